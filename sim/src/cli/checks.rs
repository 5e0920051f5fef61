//! `zablab checks`: what a run and a history are judged by.

use super::{Outcome, Output, Status};
use serde_json::{Value, json};
use std::io::Write;
use zablab_sim::judges::{HISTORY_JUDGES, JUDGES};

/// List the properties that runs and histories are judged by, with their sources and the test in which each speaks
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    let judges = || JUDGES.iter().chain(HISTORY_JUDGES);
    if args.json {
        let all: Vec<Value> = judges()
            .flat_map(|(when, properties)| properties.iter().map(move |property| (when, property)))
            .map(|(when, property)| {
                json!({
                    "name": property.name,
                    "judged": when,
                    "says": property.says,
                    "source": property.source,
                    "test": property.test,
                })
            })
            .collect();
        writeln!(out, "{:#}", Value::Array(all))?;
    } else {
        for (at, (when, properties)) in judges().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            writeln!(out, "Judged {when}:")?;
            for property in *properties {
                writeln!(out, "\n  {}", property.name)?;
                writeln!(out, "    {}", property.says)?;
                writeln!(out, "    source: {}", property.source)?;
                writeln!(out, "    speaks in {}", property.test)?;
            }
        }
    }
    out.flush()?;
    Ok(Status::Held)
}
