//! What a sweep is to do: from the command line, from what an earlier one left, and from the engine that runs it.

use super::super::{BadInput, source};
use super::{Args, report_in};
use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use zablab_sim::bugs::Wrong;
use zablab_sim::storm::{PROFILES, Profile};
use zablab_sim::sweep::{Order, Report, Seeds, Shard, Subject};

/// A sweep that can begin.
pub(super) struct Ordered {
    pub(super) subject: Subject,
    /// How far it has come.
    pub(super) report: Report,
    /// Where failures go.
    pub(super) out: PathBuf,
    /// Whether the report goes there, too.
    pub(super) keeps: bool,
    /// The variable of the environment that the shard was taken from.
    pub(super) source: Option<&'static str>,
}

/// How many distinct failures a sweep that keeps going goes on to, unless it is told.
const FAILURES: usize = 10;

pub(super) fn ordered(args: &Args) -> Result<Ordered, BadInput> {
    let Some(seeds) = args.seeds else {
        // Without seeds there is a folder to go on in, which says what is wrong with the machine.
        if !args.wrong.wrong().is_nothing() {
            return Err(BadInput(
                "what is wrong with the machine of a sweep is said with --seeds".to_owned(),
            ));
        }
        return goes_on(args.resume.as_deref().unwrap_or(Path::new(".")));
    };
    let wrong = args.wrong.wrong();
    args.wrong.tell_uncovered();
    let subject = subject(args.subject.as_deref().unwrap_or("everything"), wrong, seeds)?;
    let (shard, variable) = match args.shard {
        Some(shard) => (Some(shard), None),
        None => Shard::of_environment(|name| env::var(name).ok())?
            .map(|(s, v)| (Some(s), Some(v)))
            .unwrap_or_default(),
    };
    let shard = shard.filter(|shard| shard.of > 1);
    let order = Order {
        shard,
        keep_going: args.keep_going,
        max_failures: match args.max_failures.map(NonZeroUsize::get) {
            _ if !args.keep_going => 1,
            given => given.unwrap_or(FAILURES),
        },
        ..Order::new(&subject, seeds)
    };
    let folder = args.out.as_ref().or(args.resume.as_ref());
    let keeps = folder.is_some() || shard.is_some();
    let mut out = folder.cloned().unwrap_or_else(|| PathBuf::from("zablab-failures"));
    if let Some(shard) = shard {
        out.push(shard.folder());
    }
    let earlier = if args.resume.is_some() { report_in(&out)? } else { None };
    let report = match earlier {
        None => Report::new(order),
        Some(report) => {
            same_version(&out, &report)?;
            if report.order != order {
                let what = "holds another sweep; without --seeds it goes on";
                return Err(BadInput(format!(
                    "{} {what}: `{}`, seeds {}",
                    out.display(),
                    report.order.name,
                    report.order.seeds
                )));
            }
            report
        }
    };
    Ok(Ordered { subject, report, out, keeps, source: variable.filter(|_| shard.is_some()) })
}

/// The sweep that a folder holds.
fn goes_on(folder: &Path) -> Result<Ordered, BadInput> {
    let Some(report) = report_in(folder)? else {
        let what = "holds no report.json of a sweep; give --seeds to begin one";
        return Err(BadInput(format!("{} {what}", folder.display())));
    };
    same_version(folder, &report)?;
    let order = &report.order;
    let subject = subject(&order.name, order.wrong.clone(), order.seeds)?;
    if subject.digest() != order.digest {
        let what = "has changed since the sweep began; begin another one";
        return Err(BadInput(format!("the scenario {} {what}", order.name)));
    }
    Ok(Ordered { subject, report, out: folder.to_owned(), keeps: true, source: None })
}

fn same_version(folder: &Path, report: &Report) -> Result<(), BadInput> {
    let here = env!("CARGO_PKG_VERSION");
    if report.version == here {
        return Ok(());
    }
    let (folder, there) = (folder.display(), &report.version);
    Err(BadInput(format!("{folder} holds a sweep of zablab {there}; this is {here}, whose runs are others")))
}

/// A profile by its name, else a scenario.
fn subject(name: &str, wrong: Wrong, seeds: Seeds) -> Result<Subject, BadInput> {
    let subject = match Profile::find(name) {
        Some(profile) => Subject::profile(profile),
        None => {
            let is_word = !name.contains(['/', '.']) && name != "-";
            let profile = source::nearest(name, PROFILES.iter().map(|profile| profile.name));
            match (source::load(name), profile) {
                (Ok(source), _) => Subject::scenario(&source.name, &source.text, source.scenario),
                (Err(_), Some(near)) if is_word => {
                    return Err(BadInput(format!(
                        "`{name}` is neither a profile nor a scenario; did you mean `{near}`?"
                    )));
                }
                (Err(error), _) => return Err(error),
            }
        }
    };
    let is_right = wrong.is_nothing();
    let subject = subject.with(wrong)?;
    // What a person wrote is checked here; a plan that a profile gets wrong is a finding.
    if !is_right || subject.digest().is_some() {
        subject.run(seeds.from)?;
    }
    Ok(subject)
}
