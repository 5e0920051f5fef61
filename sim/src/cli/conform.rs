//! `zablab conform`: are logs of real servers what the machine would have written?

use super::{BadInput, Outcome, Output, Status, complain_softly, source, wrong};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use zablab_protocol::Sid;
use zablab_sim::bugs::Release;
use zablab_sim::conform::course::{Courses, Difference, Likeness, Turn, compare};
use zablab_sim::conform::judge::{Judged, judge, judge_as};
use zablab_sim::conform::story::{Told, as_logged, story, table};
use zablab_sim::conform::{Ensemble, Reading, find, read, report};
use zablab_sim::judges::Judges;
use zablab_sim::run::Run;

/// What is told of an ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum View {
    /// What happened, by time, with the reasons that the machine gives
    Story,
    /// What became of each server, turn by turn
    Course,
    /// The verdict alone
    Verdict,
}

/// Hold the logs of real servers against the machine, line by line
///
/// Reads the logs of ZooKeeper 3.4 to 3.9 in any of their layouts, plain or in gzip; a folder is searched with all below it,
/// and zoo.cfg and decoded transactions (txns.txt) are used where they lie beside a log. The exit status is 1 if the
/// machine disagrees with a line, a check across servers fails, or a line of a known shape cannot be read; 2 if there is
/// no line of a server
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Logs, or folders that hold them
    #[arg(value_name = "DIR|FILE", required = true)]
    paths: Vec<PathBuf>,
    /// The release that wrote them; inferred from the shape of the lines where it is not given
    #[arg(long = "as", value_name = "VERSION")]
    release: Option<Release>,
    /// Whose log it is, where nothing else says so
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    sid: Option<i64>,
    /// A line that is not known fails, too
    #[arg(long)]
    strict: bool,
    /// What to tell
    #[arg(long, value_enum, value_name = "VIEW", default_value_t = View::Story, conflicts_with = "json")]
    view: View,
    /// Tell what the lines say, and do not ask the machine
    #[arg(long, conflicts_with_all = ["json", "against", "release"])]
    no_replay: bool,
    /// Run this scenario and compare: did the servers take the same course?
    #[arg(long, value_name = "SCENARIO")]
    against: Option<String>,
    /// The seed of that run; without it the scenario's own, or 0
    #[arg(long, value_name = "N", requires = "against")]
    seed: Option<u64>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    for path in &args.paths {
        if !path.exists() {
            return Err(BadInput(format!("{}: there is no such file or folder", path.display())));
        }
        // It is read more than once.
        if !path.is_file() && !path.is_dir() {
            return Err(BadInput(format!("{}: this is no file and no folder", path.display())));
        }
    }
    let sid = args.sid.map(Sid);
    if args.no_replay {
        return tell(args, sid);
    }
    let reading = read(&args.paths, sid);
    if reading.ensembles.is_empty() {
        return Err(nothing(&reading));
    }
    if args.against.is_some() && reading.ensembles.len() > 1 {
        let count = reading.ensembles.len();
        return Err(BadInput(format!("--against takes the logs of one ensemble, and here are {count}")));
    }
    let mut out = Output::new();
    let mut status = Status::Held;
    let mut reports: Vec<Value> = Vec::new();
    let mut unjudged = false;
    for ensemble in &reading.ensembles {
        let judged = match args.release {
            Some(release) => judge_as(ensemble, release),
            None => judge(ensemble),
        };
        let judged = match judged {
            Ok(judged) => judged,
            Err(why) => {
                complain_softly(&format!("{}: it cannot be judged: {why}", ensemble.folder.display()));
                unjudged = true;
                continue;
            }
        };
        if report::is_wrong(ensemble, &judged, args.strict) {
            status = Status::Failed;
        }
        let likeness =
            args.against.as_ref().map(|name| against(args, name, ensemble, &judged)).transpose()?;
        if let Some(Likeness::Different(_)) = likeness {
            status = Status::Failed;
        }
        if args.json {
            let mut report = report::json(ensemble, &judged, args.strict);
            if let Some(likeness) = &likeness {
                report["against"] = json!({ "course": word(likeness), "first": first(likeness) });
            }
            reports.push(report);
        } else {
            show(args, ensemble, &judged, likeness.as_ref(), &mut out)?;
        }
    }
    let skipped: Vec<(String, &str)> =
        reading.skipped.iter().map(|file| (file.path.display().to_string(), file.why.as_str())).collect();
    if args.json {
        let skipped: Vec<Value> =
            skipped.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect();
        let report = json!({ "zablab": "conform", "format": 1, "ensembles": reports, "skipped": skipped });
        writeln!(out, "{report:#}")?;
    } else {
        skipped.iter().try_for_each(|(path, why)| writeln!(out, "Not read: {path}: {why}"))?;
    }
    Ok(if unjudged && status == Status::Held { Status::BadInput } else { status })
}

fn nothing(reading: &Reading) -> BadInput {
    let mut text = "no log of a ZooKeeper server is there".to_owned();
    for file in reading.skipped.iter().take(5) {
        text.push_str(&format!("\n  {}: {}", file.path.display(), file.why));
    }
    BadInput(text)
}

/// The logs as they are, with nothing kept of them.
fn tell(args: &Args, sid: Option<Sid>) -> Outcome {
    let found = find(&args.paths, sid);
    if found.ensembles.is_empty() {
        return Err(nothing(&Reading { ensembles: Vec::new(), skipped: found.skipped }));
    }
    let mut out = Output::new();
    for (folder, sources) in &found.ensembles {
        writeln!(out, "{}", folder.display())?;
        let counts = match args.view {
            View::Story => as_logged(sources, &mut out)?,
            View::Course | View::Verdict => as_logged(sources, &mut std::io::sink())?,
        };
        for (source, counts) in sources.iter().zip(counts) {
            let (lines, protocol, unknown) = (counts.lines, counts.protocol, counts.unknown);
            writeln!(out, "{}: {lines} lines, {protocol} of the protocol, {unknown} unknown", source.name)?;
        }
    }
    Ok(Status::Held)
}

fn names(ensemble: &Ensemble) -> BTreeMap<Sid, String> {
    ensemble.servers.iter().map(|server| (server.sid, server.name.clone())).collect()
}

fn show(
    args: &Args,
    ensemble: &Ensemble,
    judged: &Judged,
    likeness: Option<&Likeness>,
    out: &mut Output,
) -> Result<(), BadInput> {
    writeln!(out, "{}, of ZooKeeper {}", ensemble.folder.display(), ensemble.release)?;
    let names = names(ensemble);
    match args.view {
        View::Story => {
            let logs = ensemble.servers.iter().zip(&judged.servers).zip(&judged.clocks);
            let told = logs.map(|((log, replayed), ahead)| Told {
                sid: log.sid,
                entries: &log.entries,
                replayed,
                ahead: *ahead,
            });
            let told: Vec<Told<'_>> = told.collect();
            story(&told, &names, out)?;
            table(&told, &names, out)?;
        }
        View::Course => {
            let courses = judged.courses(ensemble);
            for (sid, name) in &names {
                for turn in courses.of(*sid) {
                    writeln!(out, "{name:<6} {turn}")?;
                }
            }
        }
        View::Verdict => {}
    }
    write!(out, "{}", report::verdict(ensemble, judged, args.strict))?;
    if let Some(likeness) = likeness {
        let name = args.against.as_deref().unwrap_or_default();
        writeln!(out, "Against {name}: {}", word(likeness))?;
        if let Some(what) = first(likeness) {
            writeln!(out, "  {what}")?;
        }
    }
    Ok(())
}

/// Runs the scenario, as the release that the logs are judged as, and compares.
fn against(args: &Args, name: &str, ensemble: &Ensemble, judged: &Judged) -> Result<Likeness, BadInput> {
    let release = args.release.unwrap_or(judged.release);
    let source = wrong::Options::of(release).apply_silently(source::load(name)?)?;
    let seed = args.seed.unwrap_or_else(|| source.scenario.seed());
    let mut run = Run::new(&source.name, &source.text, &source.scenario, seed)?;
    // A property that speaks would end it.
    run.judge_by(Judges::none());
    let mut ran = Courses::default();
    run.finish(&mut [&mut ran])?;
    Ok(compare(&judged.courses(ensemble), &ran))
}

fn word(likeness: &Likeness) -> &'static str {
    match likeness {
        Likeness::Same => "same",
        Likeness::ButForTiming(_) => "same but for timing",
        Likeness::Different(_) => "different",
    }
}

/// The first difference in words.
fn first(likeness: &Likeness) -> Option<String> {
    let (Likeness::ButForTiming(difference) | Likeness::Different(difference)) = likeness else {
        return None;
    };
    let Difference { sid, turn, logged, ran } = difference;
    let words = |turn: &Option<Turn>| turn.as_ref().map_or("nothing more".to_owned(), Turn::to_string);
    Some(format!("server {sid}, turn {turn}: logged: {}; in the run: {}", words(logged), words(ran)))
}
