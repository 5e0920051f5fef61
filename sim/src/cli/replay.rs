//! `zablab replay`: run again from a trace, and prove that it is the same run.

use super::{BadInput, Outcome, Output, Status, html, source};
use std::io::{BufReader, Write};
use zablab_sim::report::moment;
use zablab_sim::run::{Observer, Run};
use zablab_sim::scenario::Scenario;
use zablab_sim::trace::{Replay, Replayed};

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
    let mut replay = Replay::new(BufReader::new(file)).map_err(|error| about(&error))?;
    let header = replay.header().clone();
    let seed = replay.seed().map_err(|error| about(&error))?;
    let scenario = Scenario::parse(&header.scenario, &header.text)
        .map_err(|error| wrong_scenario(path, &error.to_string()))?;
    let prepare = || -> Result<Run, BadInput> {
        Run::new(&header.scenario, &header.text, &scenario, seed)
            .map_err(|error| wrong_scenario(path, &error.to_string()))
    };
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
        let drawn = html::Drawn { name: &header.scenario, text: &header.text, scenario: &scenario, seed };
        drawn.write(target, &args.page, recorder, outcome, prepare)?;
    }
    let mut out = Output::new();
    let status = match (replay.finish(outcome.as_ref()).map_err(|error| about(&error))?, outcome) {
        (Replayed::Differs(difference), _) => {
            writeln!(out, "{path}, {difference}")?;
            Status::Failed
        }
        (Replayed::Same, Some(outcome)) => {
            let name = moment(&header.scenario, seed, &outcome);
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

fn wrong_scenario(path: &str, error: &str) -> BadInput {
    let error = error.strip_prefix("error: ").unwrap_or(error);
    BadInput(format!("{path}, line 1 holds a scenario that is wrong: {error}"))
}
