//! `zablab replay`: run again from a trace, and prove that it is the same run.

use super::again::{Opened, prepared};
use super::source::{self, Source};
use super::{BadInput, Outcome, Output, Status, html};
use std::io::{BufReader, Write};
use zablab_sim::report::moment;
use zablab_sim::run::Observer;
use zablab_sim::trace::Replayed;

/// Run again from a trace and prove that it is the same run, or show the first step that differs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace, as `zablab run --trace` writes it
    #[arg(value_name = "TRACE")]
    trace: String,
    #[command(flatten)]
    page: html::Options,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let path = &args.trace;
    let about = |what: &dyn std::fmt::Display| BadInput(format!("{path}, {what}"));
    let file = source::open(path, "a trace")?;
    let Opened { mut replay, source, seed } = Opened::of(path, BufReader::new(file))?;
    let Source { name, text, scenario } = &source;
    let prepare = || prepared(path, &source, seed);
    let run = prepare()?;
    let page = args.page.target(path)?;
    let mut recorder = args.page.recorder(&run)?;
    let mut observers: Vec<&mut dyn Observer> = vec![&mut replay];
    if let Some(recorder) = &mut recorder {
        observers.push(recorder);
    }
    // The only error an observer of this kind gives is that it has seen enough, and it remembers why.
    let outcome = run.finish(&mut observers).ok();
    if let (Some(target), Some(recorder), Some(outcome)) = (page, recorder, &outcome) {
        let drawn = html::Drawn { name, text, scenario, seed };
        drawn.write(target, &args.page, recorder, outcome, prepare)?;
    }
    let mut out = Output::new();
    let status = match (replay.finish(outcome.as_ref()).map_err(|error| about(&error))?, outcome) {
        (Replayed::Differs(difference), _) => {
            writeln!(out, "{path}, {difference}")?;
            Status::Failed
        }
        (Replayed::Same, Some(outcome)) => {
            let name = moment(name, seed, &outcome);
            writeln!(out, "The same run, {} steps: {name}", outcome.steps)?;
            Status::Held
        }
        (Replayed::Same, None) => return Err(BadInput(format!("{path} led to a run without an end"))),
        (Replayed::Interrupted { steps }, _) => {
            writeln!(out, "The same run, {steps} steps; then it was interrupted.")?;
            Status::Held
        }
    };
    out.flush()?;
    Ok(status)
}
