//! `zablab whatif`: the same run with one change, beside the run as it was.

use super::again::Again;
use super::{BadInput, Outcome, Output, Status, interrupt, may_write};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use zablab_sim::whatif::{AsItWas, Asked, Change, NotTold};

/// Make a run again with one change at one step, and tell both runs side by side
///
/// The change is any step of the scenario language, done right behind STEP (`kill zk1`, which `crash zk1` says too;
/// `cut zk1 from zk2 on quorum`, `pause zk1`, `power-off zk1`, …), or `drop`: the packet that STEP delivers or sends never
/// arrives; `delay TIME`: it arrives so much later; `draw again` or `draw TIME`: what is drawn in STEP takes another value;
/// or a `pin …` line for a draw that is made in STEP or later. Every other draw stays as it was. `zablab run --trace` numbers the steps.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace, whose run is made again; a bundled scenario or a file; `-` for standard input; or a moment, NAME:SEED@STEP#HASH
    #[arg(value_name = "TRACE|SCENARIO|MOMENT")]
    what: String,
    /// The step behind which, or at which, something is changed. Without it that of the moment
    #[arg(long, value_name = "STEP", value_parser = step, allow_negative_numbers = true)]
    at: Option<u64>,
    /// What is changed
    #[arg(long, value_name = "CHANGE")]
    change: String,
    /// The seed of a scenario's run. Without it the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write the changed run as a scenario to this file, once it is proved to come to the same run
    #[arg(long, value_name = "FILE")]
    save: Option<String>,
    /// Replace that file if it is there
    #[arg(long, requires = "save")]
    force: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// The number of a step.
fn step(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "expected the number of a step; steps count from 1".to_owned())
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut again = Again::load(&args.what, args.seed)?.whole();
    let Some(step) = args.at.or(again.moment().map(|moment| moment.step)) else {
        return Err(BadInput(
            "which step? `--at STEP` names it; `zablab run --trace` numbers them".to_owned(),
        ));
    };
    if step == 0 {
        return Err(BadInput(format!("{} is before the first step; steps count from 1", args.what)));
    }
    if let Some(path) = &args.save {
        may_write("the scenario", Path::new(path), &args.what, args.force)?;
    }
    let (name, text, scenario, seed) = again.parts();
    let asked = Asked { name: &name, text: &text, scenario: &scenario, seed };
    let change = Change::parse(&args.change, &scenario).map_err(BadInput)?;
    let mut watched = AsItWas::of(again.run_mut(), step, &change);
    let Some(outcome) = again.finish(&mut watched)? else { return Ok(Status::Interrupted) };
    let stop = interrupt::flag()?;
    let done = watched.what_if(&asked, outcome, &change, &stop).and_then(|told| {
        let saved = args.save.as_ref().map(|_| told.saved(&asked, &stop)).transpose()?;
        Ok((told, saved))
    });
    let (told, saved) = match done {
        Ok(done) => done,
        Err(NotTold::Wrong(what)) => return Err(BadInput(what)),
        Err(NotTold::Interrupted) => return Ok(Status::Interrupted),
    };
    let mut out = Output::new();
    if args.json {
        let mut report = told.json();
        report["scenario"] = json!(name);
        report["seed"] = json!(seed.to_string());
        writeln!(out, "{report:#}")?;
    } else {
        write!(out, "{}", told.told())?;
    }
    if let (Some(path), Some(saved)) = (&args.save, saved) {
        let saved = saved.map_err(|why| BadInput(format!("{path} is not written: {why}")))?;
        let mut file = super::Target::create(path)?;
        file.write_all(saved.text.as_bytes())?;
        file.flush()?;
        if !args.json {
            let seed = saved.seed.map_or_else(String::new, |seed| format!(" --seed {seed}"));
            writeln!(out, "\nzablab run {path}{seed}")?;
        }
    }
    out.flush()?;
    Ok(Status::Held)
}
