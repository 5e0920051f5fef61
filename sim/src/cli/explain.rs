//! `zablab explain`: a run, told to a learner.

mod quiz;
mod why;

use super::again::Again;
use super::{Outcome, Output, Status, paper, source, wrong};
use std::io::Write;
use zablab_sim::bugs::Wrong;
use zablab_sim::explain::{Lesson, Style, Teller};
use zablab_sim::recording::{Limits, Parts, Recorder};
use zablab_sim::run::Ending;

/// Tell a run to a learner: what is done, who decided what and by which rule, and why whoever does not serve does not
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A bundled scenario or a file; a trace, whose run is made again; or a moment, NAME:SEED@STEP#HASH, up to which it is told
    #[arg(value_name = "SCENARIO|TRACE|MOMENT")]
    run: String,
    /// The seed of a scenario's run. Without it the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Ask for a prediction before each outcome, and read it from standard input: a number or the words; an empty line where
    /// you do not know
    #[arg(long, conflicts_with_all = ["why", "json"])]
    ask: bool,
    /// Only say what one server or client is at one moment, and why: `zk1@30s`
    #[arg(long, value_name = "WHO@TIME", value_parser = why::at)]
    why: Option<why::At>,
    #[command(flatten)]
    wrong: wrong::Options,
    #[command(flatten)]
    paper: paper::Paper,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// A learner's screen is no wider, and no narrower.
const WIDEST: usize = 100;
const NARROWEST: usize = 40;

pub(crate) fn exec(args: Args) -> Outcome {
    let again = Again::load(&args.run, args.seed)?.with(&args.wrong)?;
    let style = Style { width: paper::width().clamp(NARROWEST, WIDEST), color: args.paper.color() };
    if let Some(at) = &args.why {
        return why::exec(again, at, style, args.json);
    }
    let (name, text, scenario, seed) = again.parts();
    let parts = Parts { turns: true, states: true, why: true, transactions: true, ..Parts::NONE };
    let mut recorder = Recorder::only(again.run().ensemble(), 0..=u64::MAX, Limits::default(), parts);
    let moment = again.is_moment();
    let Some(outcome) = again.finish(&mut recorder)? else { return Ok(Status::Interrupted) };
    let status = match outcome.ending {
        _ if moment => Status::Held,
        Ending::Runaway(_) => Status::Undecided,
        _ if outcome.is_green() => Status::Held,
        _ => Status::Failed,
    };
    let mut recording = recorder.finish(&name, &text, &scenario, seed, &outcome);
    if moment {
        // What comes after it is not judged.
        recording.verdict = vec![format!("This is as far as {} goes.", recording.moment)];
        recording.green = true;
    }
    let lesson = Lesson::of(&recording, args.ask);
    let mut out = Output::new();
    let run = whole(&args, &name, (seed != scenario.seed()).then_some(seed));
    let teller = Teller::new(&recording, style, &run);
    if args.json {
        writeln!(out, "{:#}", lesson.json(&recording))?;
    } else if args.ask {
        quiz::exec(&mut out, &teller, &lesson)?;
    } else {
        write!(out, "{}", teller.whole(&lesson))?;
    }
    out.flush()?;
    Ok(status)
}

/// The command that tells all of a run. A trace and a moment name a seed, which may be another than the scenario's.
fn whole(args: &Args, name: &str, seed: Option<u64>) -> String {
    let mut run = format!("zablab run {name}");
    if let Some(seed) = args.seed.or(seed) {
        run += &format!(" --seed {seed}");
    }
    let Wrong { bugs, release, defects } = args.wrong.wrong();
    if !bugs.is_empty() {
        run += &format!(" --bug {}", bugs.join(","));
    }
    if let Some(release) = release {
        run += &format!(" --as {release}");
    }
    if let Some(defects) = defects {
        run += &format!(" --defects {defects}");
    }
    run
}

/// The party that was most likely meant.
fn hint<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match source::nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", known.collect::<Vec<_>>().join(", ")),
    }
}
