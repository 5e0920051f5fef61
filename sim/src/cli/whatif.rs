//! `zablab whatif`: the same run with one change, beside the run as it was.

use super::{BadInput, Outcome, Output, Status, failing, interrupt};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use zablab_sim::moment::Moment;
use zablab_sim::run::Run;
use zablab_sim::whatif::{Asked, Change, NotTold, what_if};

/// Make a run again with one change at one step, and tell both runs side by side
///
/// The change is any step of the scenario language, done right behind STEP (`kill zk1`, which `crash zk1` says too;
/// `cut zk1 from zk2 on quorum`, `pause zk1`, `power-off zk1`, …), or `drop`: the packet that STEP delivers or sends never
/// arrives; `delay TIME`: it arrives so much later; `draw again` or `draw TIME`: what is drawn in STEP takes another value;
/// or a `pin …` line. Every other draw stays as it was. `zablab run --trace` numbers the steps.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A trace, a bundled scenario, a file, `-` for standard input, or a moment (`NAME:SEED@STEP#hash8`)
    #[arg(value_name = "TRACE|SCENARIO|MOMENT")]
    what: String,
    /// The step behind which, or at which, something is changed. Without it that of the moment
    #[arg(long, value_name = "STEP")]
    at: Option<u64>,
    /// What is changed
    #[arg(long, value_name = "CHANGE")]
    change: String,
    /// The seed. Without it that of the trace or moment, else the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write the changed run as a scenario to this file, once it is proved to come to the same run
    #[arg(long, value_name = "FILE")]
    save: Option<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let named = !Path::new(&args.what).exists() && Moment::is_meant(&args.what);
    let moment: Option<Moment> = if named { Some(args.what.parse()?) } else { None };
    let (what, seed, named) = match &moment {
        Some(moment) => (moment.name.as_str(), args.seed.or(Some(moment.seed)), Some(moment.step)),
        None => (args.what.as_str(), args.seed, None),
    };
    let found = failing::load(what, seed)?;
    let seed = found.seed;
    let target = args.save.as_ref().map(|path| found.target_path(path)).transpose()?;
    let source = found.source.drawn(seed);
    let Some(step) = args.at.or(named) else {
        return Err(BadInput(
            "which step? `--at STEP` names it; `zablab run --trace` numbers them".to_owned(),
        ));
    };
    if step == 0 {
        return Err(BadInput("steps count from 1".to_owned()));
    }
    let change = Change::parse(&args.change, &source.scenario).map_err(BadInput)?;
    let asked = Asked { name: &source.name, text: &source.text, scenario: &source.scenario, seed };
    if let Some(moment) = &moment {
        let run = Run::new(&source.name, &source.text, &source.scenario, moment.seed)?;
        let reached = moment.reach(run, &mut [])?;
        reached.map_err(|missed| BadInput(format!("{moment} is not there: {missed}")))?;
    }
    let told = match what_if(&asked, step, &change, &interrupt::flag()?) {
        Ok(told) => told,
        Err(NotTold::Wrong(what)) => return Err(BadInput(what)),
        Err(NotTold::Interrupted) => return Ok(Status::Interrupted),
    };
    let mut out = Output::new();
    if args.json {
        let mut report = told.json();
        report["scenario"] = json!(source.name);
        report["seed"] = json!(seed.to_string());
        writeln!(out, "{report:#}")?;
    } else {
        write!(out, "{}", told.told())?;
    }
    if let Some(path) = target {
        let saved = told.saved.map_err(|why| BadInput(format!("{path} is not written: {why}")))?;
        let mut file = super::Target::create(&path)?;
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
