//! `zablab probes`: the situations that random runs are meant to reach.

use super::{Outcome, Output, Status};
use serde_json::{Value, json};
use std::io::Write;
use zablab_sim::probe::SITUATIONS;

/// List the situations that a sweep counts, by phase of the protocol
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    if args.json {
        let all: Vec<Value> = SITUATIONS
            .iter()
            .map(
                |situation| json!({"name": situation.name, "phase": situation.phase, "says": situation.says}),
            )
            .collect();
        writeln!(out, "{:#}", Value::Array(all))?;
    } else {
        let width = SITUATIONS.iter().map(|situation| situation.name.len()).max().unwrap_or(0);
        let mut phase = "";
        for situation in SITUATIONS {
            if situation.phase != phase {
                let gap = if phase.is_empty() { "" } else { "\n" };
                phase = situation.phase;
                writeln!(out, "{gap}{phase}:")?;
            }
            writeln!(out, "  {:<width$}  {}", situation.name, situation.says)?;
        }
    }
    out.flush()?;
    Ok(Status::Held)
}
