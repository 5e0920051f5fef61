//! `zablab score`: how soon each of ZooKeeper's own bugs is found.

use super::clock::cpu_seconds;
use super::{BadInput, Outcome, Output, Status, interrupt, wrong};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};
use zablab_sim::bugs::Bug;
use zablab_sim::score::{Found, Record, Scale, Search, rows, table};

/// Measure how soon random runs find each of ZooKeeper's own bugs
///
/// For each bug, several searches from seeds of their own, with `everything` and with the profile that suits it best. A
/// search ends at the first find of the bug's own properties, or is given up behind 20,000 seeds. The seed of a find must
/// be silent without the bug. The exit status is 1 if it is not, or if a bug is found by none of its searches; 3 if not all
/// are done
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Three searches with `everything` for each bug, each of 2,000 seeds at most
    #[arg(long)]
    quick: bool,
    /// These bugs alone, with a comma between
    #[arg(long, value_name = "ZK-N", value_delimiter = ',', value_parser = wrong::bug)]
    bug: Vec<&'static Bug>,
    /// Keep every search that is done in this folder, and do none again that is there
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    /// How many searches go on at once [default: one a core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// The file of a folder that holds what was found.
const FILE: &str = "score.json";

pub(crate) fn exec(args: &Args) -> Outcome {
    let scale = if args.quick { Scale::QUICK } else { Scale::FULL };
    let asked = |bug: &Bug| args.bug.is_empty() || args.bug.iter().any(|known| known.number == bug.number);
    if let Some(bug) = args.bug.iter().find(|bug| !bug.can_be_put_back()) {
        return Err(BadInput(format!(
            "{} cannot be put back yet: the machine has no switch for it",
            bug.id()
        )));
    }
    let searches = scale.searches(&asked);
    let there = match &args.resume {
        Some(folder) => kept(folder)?,
        None => Vec::new(),
    };
    // What nobody asks for now stays in the folder.
    let (found, others): (Vec<Found>, Vec<Found>) =
        there.into_iter().partition(|found| searches.contains(&found.search));
    let left: Vec<&Search> =
        searches.iter().filter(|search| found.iter().all(|found| found.search != **search)).collect();
    let stop = interrupt::flag()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let jobs = args.jobs.or(thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let bar = ProgressBar::new(searches.len() as u64).with_position(found.len() as u64);
    // A template that is wrong would leave the plain bar.
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} searches, {msg}") {
        bar.set_style(style);
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new((found, None::<String>)));
    let work = || {
        while let Some(search) = left.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stopped()) {
            let result = search.run(&cpu_seconds, &stopped);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(Some(new)) => {
                    bar.inc(1);
                    bar.set_message(format!("{} after {} seeds", new.search.bug, new.seeds));
                    done.0.push(new);
                    if let Some(folder) = &args.resume
                        && let Err(error) = keep(folder, done.0.iter().chain(&others))
                    {
                        done.1.get_or_insert(error.to_string());
                    }
                }
                Ok(None) => {}
                Err(what) => {
                    done.1.get_or_insert(what);
                }
            }
            if done.1.is_some() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(left.len()) {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let (mut found, error) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(what) = error {
        return Err(BadInput(what));
    }
    // In the order of the searches, whichever was done first.
    found.sort_by_key(|found| searches.iter().position(|search| *search == found.search));
    let whole = found.len() == searches.len();
    let mut out = Output::new();
    if args.json {
        let report = json!({"whole": whole, "rows": rows(&found), "searches": found});
        writeln!(out, "{report:#}")?;
    } else {
        write!(out, "{}", table(&found))?;
        if !whole {
            writeln!(out, "\nNOT FINISHED: {} of {} searches.", found.len(), searches.len())?;
        }
    }
    out.flush()?;
    let is_found = |bug: &str| found.iter().any(|found| found.search.bug == bug && found.is_find());
    let silent = found.iter().all(|found| found.without_bug.is_none());
    Ok(match () {
        () if stopped() => Status::Interrupted,
        () if !silent => Status::Failed,
        () if !whole => Status::Undecided,
        () if searches.iter().all(|search| is_found(&search.bug)) => Status::Held,
        () => Status::Failed,
    })
}

/// What an earlier score left in a folder.
fn kept(folder: &Path) -> Result<Vec<Found>, BadInput> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BadInput(format!("{} cannot be read: {error}", path.display()))),
    };
    Record::parse(&text)
        .map(|record| record.found)
        .map_err(|what| BadInput(format!("{} {what}", path.display())))
}

fn keep<'a>(folder: &Path, found: impl Iterator<Item = &'a Found>) -> io::Result<()> {
    let cannot = |error: io::Error| {
        io::Error::new(error.kind(), format!("{} cannot be written to: {error}", folder.display()))
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    let mut found: Vec<Found> = found.cloned().collect();
    found.sort_by(|a, b| a.search.cmp(&b.search));
    let text = Record::new(found).to_string();
    // Renamed into its place, so that nobody ever finds half of it.
    let half = folder.join("score.json.part");
    fs::write(&half, text).and_then(|()| fs::rename(&half, folder.join(FILE))).map_err(cannot)
}
