//! `zablab replay`: run again from a trace, and prove that it is the same run.

use super::{BadInput, Outcome, Output, Status};
use std::fs::{self, File};
use std::io::{BufReader, Write};
use zablab_sim::report::moment;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;
use zablab_sim::trace::Replay;

/// Run again from a trace and prove that it is the same run, or show the first step that differs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace, as `zablab run --trace` writes it
    #[arg(value_name = "TRACE")]
    trace: String,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let path = &args.trace;
    let about = |what: &dyn std::fmt::Display| BadInput(format!("{path}: {what}"));
    if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        return Err(BadInput(format!("{path} is a directory; expected a trace")));
    }
    let file = File::open(path).map_err(|error| BadInput(format!("{path} cannot be opened: {error}")))?;
    let mut replay = Replay::new(BufReader::new(file)).map_err(|error| about(&error))?;
    let header = replay.header().clone();
    let seed = replay.seed().map_err(|error| about(&error))?;
    let scenario = Scenario::parse(&header.scenario, &header.text)
        .map_err(|error| BadInput(format!("{path}, line 1 holds a scenario that does not parse\n{error}")))?;
    let run = Run::new(&header.scenario, &header.text, &scenario, seed)?;
    // The only error an observer of this kind gives is that it found a difference, which it remembers.
    let outcome = run.finish(&mut [&mut replay]).ok();
    let mut out = Output::new();
    match replay.finish(outcome.as_ref()).map_err(|error| about(&error))? {
        Some(difference) => {
            writeln!(out, "{path}, {difference}")?;
            Ok(Status::Failed)
        }
        None => {
            if let Some(outcome) = &outcome {
                let name = moment(&header.scenario, seed, outcome);
                writeln!(out, "The same run, {} steps: {name}", outcome.steps)?;
            }
            Ok(Status::Held)
        }
    }
}
