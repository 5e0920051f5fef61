//! `zablab turning-point`: the point of no return of a failing run.

use super::clock::now;
use super::{Outcome, Output, Status, failing, interrupt, wrong};
use serde_json::json;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::Ordering;
use std::time::Duration;
use zablab_sim::turning_point::{Progress, TurningPoint, turning_point};
use zablab_sim::view::seconds;

/// Find the last moment from which a failing run can still go well, and the event that sealed it
///
/// The run is made again up to a step, and from there on with fresh draws.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace, a folder of `zablab sweep`, a bundled scenario, a file, or `-` for standard input
    #[arg(value_name = "TRACE|FOLDER|SCENARIO")]
    what: String,
    /// The seed of the failing run. Without it that of the trace, else the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The property that is meant (`zablab checks`), or `expectation`. Without it the first that speaks
    #[arg(long, value_name = "PROPERTY")]
    property: Option<String>,
    #[command(flatten)]
    wrong: wrong::Options,
    /// How many runs with fresh draws must all fail before a step counts as too late
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tries: u32,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// How often a terminal is told, at most.
const TELL_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn exec(args: &Args) -> Outcome {
    let failing = failing::load(&args.what, args.seed)?.with(&args.wrong)?;
    let stop = interrupt::flag()?;
    let spent = || stop.load(Ordering::Relaxed);
    let (name, seed) = (&failing.source.name, failing.seed);
    let wanted = args.property.as_deref();
    let watched = io::stderr().is_terminal();
    let began = now();
    let mut told = began;
    let mut progress = |state: &Progress| {
        if watched && told.elapsed() >= TELL_EVERY {
            told = now();
            let Progress { runs, good, left } = state;
            // Where standard error is closed there is nobody to tell.
            let _ = write!(
                io::stderr(),
                "\r\x1b[K{:>4} s  {runs} runs; it can go well from step {good} on, {left} steps left to look at",
                began.elapsed().as_secs()
            );
        }
    };
    let found =
        turning_point(name, &failing.source.scenario, seed, wanted, args.tries, &spent, &mut progress);
    if watched {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    let point = found.map_err(|error| failing.refusal(wanted, &error))?;
    let mut out = Output::new();
    if args.json {
        let mut report = json!(point);
        report["scenario"] = json!(name);
        report["seed"] = json!(seed.to_string());
        writeln!(out, "{report:#}")?;
    } else {
        write!(out, "{}", words(name, seed, &point))?;
    }
    out.flush()?;
    Ok(if point.finished { Status::Held } else { Status::Interrupted })
}

fn words(name: &str, seed: u64, point: &TurningPoint) -> String {
    let TurningPoint { property, sealed, moment, saved, tries, broken_step, broken_at, finished, .. } = point;
    let broken = format!("{property} is broken at {} s, step {broken_step}.\n", seconds(*broken_at));
    let Some(event) = sealed else {
        return format!(
            "{name}, seed {seed}: there is no point of no return. None of {tries} runs with fresh draws from the start goes \
             well: what fails is the plan, whatever the draws.\n{broken}"
        );
    };
    let at = seconds(event.at);
    if !finished {
        return format!(
            "{name}, seed {seed}: interrupted. The point of no return is at {at} s, step {} ({}), or later.\n\
             {} {}\nJust before, {saved} of {tries} runs with fresh draws go well.\n{broken}",
            event.step,
            moment.as_deref().unwrap_or_default(),
            event.who,
            event.what,
        );
    }
    format!(
        "{name}, seed {seed}: the point of no return is at {at} s, step {} ({}).\n\
         Sealed by: {} {}\n\
         Just before, {saved} of {tries} runs with fresh draws go well; right after, none.\n{broken}",
        event.step,
        moment.as_deref().unwrap_or_default(),
        event.who,
        event.what,
    )
}
