//! `zablab shrink`: a failing run, made small.

use super::clock::now;
use super::{Outcome, Output, Status, check, failing, interrupt, wrong};
use serde_json::json;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::Ordering;
use std::time::Duration;
use zablab_sim::scenario::Time;
use zablab_sim::shrink::{Progress, Shrunk, shrink};

/// Make a failing run small: a scenario of a few lines in which the same property is broken
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace, a folder of `zablab sweep`, a bundled scenario, a file, or `-` for standard input
    #[arg(value_name = "TRACE|FOLDER|SCENARIO")]
    what: String,
    /// The seed of the failing run. Without it that of the trace, else the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The property that is to stay broken (`zablab checks`), or `expectation`. Without it the first that speaks
    #[arg(long, value_name = "PROPERTY")]
    property: Option<String>,
    #[command(flatten)]
    wrong: wrong::Options,
    /// After so long the best so far is given, with exit status 3
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = check::limits::time)]
    time_limit: Time,
    /// Write the scenario to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// How often a terminal is told, at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn exec(args: Args) -> Outcome {
    let failing = failing::load(&args.what, args.seed)?.with(&args.wrong)?;
    // Before the work: an output that cannot be written is known at once.
    let target = args.out.as_ref().map(|path| failing.target(path)).transpose()?;
    let stop = interrupt::flag()?;
    let began = now();
    let interrupted = || stop.load(Ordering::Relaxed);
    let limit = Duration::from_nanos(args.time_limit.nanos());
    let spent = || interrupted() || began.elapsed() >= limit;

    let watched = io::stderr().is_terminal();
    let mut told = began;
    let mut progress = |state: &Progress| {
        if watched && told.elapsed() >= TELL_EVERY {
            told = now();
            let Progress { pass, runs, steps, servers } = state;
            // Where standard error is closed there is nobody to tell.
            let _ = write!(
                io::stderr(),
                "\r\x1b[K{:>4} s  {runs} runs, {steps} steps, {servers} servers left; trying {pass}",
                began.elapsed().as_secs()
            );
        }
    };
    let result = shrink(
        &failing.source.name,
        &failing.source.scenario,
        failing.seed,
        args.property.as_deref(),
        &spent,
        &mut progress,
    );
    if watched {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    let shrunk = result.map_err(|error| failing.refusal(args.property.as_deref(), &error))?;
    let text = shrunk.scenario.to_string();
    let mut out = Output::new();
    match (target, &args.out) {
        (Some(mut file), Some(path)) => {
            file.write_all(text.as_bytes())?;
            file.flush()?;
            if !args.json {
                writeln!(out, "{}", summary(&shrunk))?;
                writeln!(out, "zablab run {path}")?;
            }
        }
        _ if !args.json => {
            write!(out, "{text}")?;
            let _ = writeln!(io::stderr(), "{}", summary(&shrunk));
        }
        _ => {}
    }
    if args.json {
        let report = json!({
            "scenario": failing.source.name,
            "seed": failing.seed.to_string(),
            "property": shrunk.property,
            "finished": shrunk.finished,
            "runs": shrunk.runs,
            "steps": shrunk.steps,
            "stepsBefore": shrunk.steps_before,
            "servers": shrunk.servers,
            "serversBefore": shrunk.servers_before,
            "shrunkSeed": shrunk.seed.to_string(),
            "text": text,
        });
        writeln!(out, "{report:#}")?;
    }
    out.flush()?;
    Ok(match shrunk.finished {
        true => Status::Held,
        false if interrupted() => Status::Interrupted,
        false => Status::Undecided,
    })
}

fn summary(shrunk: &Shrunk) -> String {
    let Shrunk { property, steps, steps_before, servers, servers_before, runs, .. } = shrunk;
    let end = if shrunk.finished { "nothing gets smaller" } else { "the best so far" };
    format!(
        "{property}: {steps} steps of {steps_before}, {servers} servers of {servers_before}, after {runs} runs; {end}."
    )
}
