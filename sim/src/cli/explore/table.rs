//! What all presets come to, and what finds ZooKeeper's own bugs.

use super::super::{BadInput, Outcome, Output, Status, interrupt, source, wrong};
use super::Args;
use super::asked::{Aims, Limits, no_start, of_preset};
use super::going::{Ended, Explored, explore};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use zablab_sim::explore::{HUNTS, Hunt, Measured, OfHunt, OfPreset, PRESETS, Preset, Row, Start, tables};
use zablab_sim::judges::Judges;

/// The file of a folder that holds what was measured.
const FILE: &str = "explore.json";

pub(super) fn exec(args: &Args, mut out: Output) -> Outcome {
    for name in &args.only {
        known(name)?;
    }
    let asked = |name: &str| args.only.is_empty() || args.only.iter().any(|only| is_called(only, name));
    let stop = interrupt::flag()?;
    let mut measured = match &args.resume {
        Some(folder) => kept(folder)?,
        None => Measured::default(),
    };
    let keep = |measured: &mut Measured| -> Result<(), BadInput> {
        in_order(measured);
        args.resume.as_ref().map_or(Ok(()), |folder| keep(folder, measured)).map_err(BadInput::from)
    };
    let limits = Limits::of(args);
    for preset in PRESETS.iter().filter(|preset| asked(preset.name)) {
        // One that has become another is none that was done.
        measured.presets.retain(|done| done.preset != preset.name || done.is_of(preset));
        if measured.presets.iter().any(|done| done.preset == preset.name) {
            continue;
        }
        let Some(row) = of(preset, limits, &stop)? else { break };
        measured.presets.push(OfPreset::of(preset, row));
        keep(&mut measured)?;
    }
    for hunt in HUNTS.iter().filter(|hunt| asked(hunt.bug)) {
        measured.hunts.retain(|done| done.bug != hunt.bug || done.options == hunt.options());
        if measured.hunts.iter().any(|done| done.bug == hunt.bug) {
            continue;
        }
        let Some(done) = hunted(hunt, limits, &stop).map_err(BadInput)? else { break };
        measured.hunts.push(done);
        keep(&mut measured)?;
    }
    in_order(&mut measured);
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&measured)?)?;
    } else {
        write!(out, "{}", tables(&measured))?;
    }
    out.flush()?;
    let presets = measured.presets.iter().filter(|done| asked(&done.preset));
    let rows: Vec<&Row> = presets.map(|done| &done.row).collect();
    let hunts: Vec<&OfHunt> = measured.hunts.iter().filter(|done| asked(&done.bug)).collect();
    let speaks = |hunt: &&OfHunt| hunt.without.as_ref().is_some_and(|row| row.broken.is_some());
    Ok(match () {
        () if stop.load(Ordering::Relaxed) => Status::Interrupted,
        () if rows.iter().any(|row| row.broken.is_some()) || hunts.iter().any(speaks) => Status::Failed,
        () if rows.iter().all(|row| row.ended == Ended::Complete.name())
            && hunts.iter().all(|hunt| hunt.is_find()) =>
        {
            Status::Held
        }
        () => Status::Undecided,
    })
}

fn is_called(only: &str, name: &str) -> bool {
    only.trim().eq_ignore_ascii_case(name)
}

/// A preset, or a bug that is hunted.
fn known(only: &str) -> Result<(), BadInput> {
    let names = || PRESETS.iter().map(|preset| preset.name).chain(HUNTS.iter().map(|hunt| hunt.bug));
    if names().any(|name| is_called(only, name)) {
        return Ok(());
    }
    let what = match wrong::bug(only) {
        Ok(bug) => format!("nothing hunts {} yet", bug.id()),
        Err(_) => format!("`{only}` is neither a preset nor a bug that is hunted"),
    };
    let hint = match source::nearest(only, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", names().collect::<Vec<_>>().join(", ")),
    };
    Err(BadInput(format!("{what}; {hint}")))
}

/// A preset explored; `None`: it was interrupted.
fn of(preset: &Preset, limits: Limits, stop: &AtomicBool) -> Result<Option<Row>, BadInput> {
    let source = of_preset(preset)?;
    let (judges, seed) = (Judges::default(), source.scenario.seed());
    let start =
        Start::of(&source.name, &source.text, &source.scenario, seed, &judges, preset.bounds, preset.grain);
    let start = start.map_err(|why| no_start(preset.name, why))?;
    let explored = explore(&start, &Aims { settles: true, full: false, limits }, stop);
    Ok((explored.ended != Ended::Interrupted).then(|| row(&explored)))
}

/// A bug hunted, and the same without it; `None`: it was interrupted.
fn hunted(hunt: &Hunt, limits: Limits, stop: &AtomicBool) -> Result<Option<OfHunt>, String> {
    let aims = Aims { settles: hunt.settles(), full: false, limits };
    let with = explore(&hunt.start(true, None)?, &aims, stop);
    let depth = match &with.broken {
        // What its property says of another bug is no find.
        Some(broken) if hunt.is_shown_by(broken.property, &broken.what) => {
            u32::try_from(broken.path.len()).ok()
        }
        _ => None,
    };
    let without = match depth {
        // What settles cannot be said of a part of the world.
        Some(depth) => {
            let depth = Some(depth).filter(|_| !hunt.settles());
            Some(explore(&hunt.start(false, depth)?, &aims, stop))
        }
        None => None,
    };
    let is_cut_short = |explored: &Explored| explored.ended == Ended::Interrupted;
    if is_cut_short(&with) || without.as_ref().is_some_and(is_cut_short) {
        return Ok(None);
    }
    let without = without.as_ref().map(row);
    Ok(Some(OfHunt { bug: hunt.bug.to_owned(), options: hunt.options(), with: row(&with), without }))
}

fn row(explored: &Explored) -> Row {
    let depth = explored.broken.as_ref().map_or(explored.depth, |broken| broken.path.len());
    Row {
        ended: explored.ended.name().to_owned(),
        states: explored.states as u64,
        generated: explored.generated,
        depth: depth as u64,
        broken: explored.broken.as_ref().map(|broken| broken.property.to_owned()),
        bytes_per_state: explored.bytes_per_state() as u64,
        cpu_seconds: (explored.timing.cpu_seconds * 1000.0).round() / 1000.0,
    }
}

/// In the order of the lists, whichever was done first.
fn in_order(measured: &mut Measured) {
    measured.presets.sort_by_key(|done| PRESETS.iter().position(|preset| preset.name == done.preset));
    measured.hunts.sort_by_key(|done| HUNTS.iter().position(|hunt| hunt.bug == done.bug));
}

/// What an earlier table left in a folder.
fn kept(folder: &Path) -> Result<Measured, BadInput> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Measured::default()),
        Err(error) => return Err(BadInput(format!("{} cannot be read: {error}", path.display()))),
    };
    serde_json::from_str(&text).map_err(|error| BadInput(format!("{} is no table: {error}", path.display())))
}

fn keep(folder: &Path, measured: &Measured) -> io::Result<()> {
    let cannot = |error: io::Error| {
        io::Error::new(error.kind(), format!("{} cannot be written to: {error}", folder.display()))
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    let text = serde_json::to_string_pretty(measured)? + "\n";
    // Renamed into its place, so that nobody ever finds half of it.
    let half = folder.join("explore.json.part");
    fs::write(&half, text).and_then(|()| fs::rename(&half, folder.join(FILE))).map_err(cannot)
}
