//! `zablab list`: the bundled scenarios.

use super::{Outcome, Output, Status};
use serde_json::{Value, json};
use std::io::Write;
use zablab_sim::bundled::SCENARIOS;
use zablab_sim::scenario::Scenario;

/// List the bundled scenarios
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    let mut all = Vec::new();
    for (name, text) in SCENARIOS {
        let scenario = Scenario::parse(name, text)?;
        let about = scenario.title().unwrap_or_default().to_owned();
        all.push((*name, about));
    }
    if args.json {
        let all: Vec<Value> = all.iter().map(|(name, about)| json!({"name": name, "about": about})).collect();
        writeln!(out, "{:#}", Value::Array(all))?;
    } else {
        let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, about) in all {
            writeln!(out, "{name:<width$}  {about}")?;
        }
    }
    out.flush()?;
    Ok(Status::Held)
}
