//! The folder of a distinct failure: all it takes to see it again.

use super::Subject;
use super::failure::Failure;
use super::panics::{Quiet, caught};
use super::report::Order;
use crate::report::verdict;
use crate::run::Run;
use crate::trace::{Header, TraceWriter};
use crate::view::lineage;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// The command that runs one seed of a sweep again.
pub fn reproduce(order: &Order, seed: u64) -> String {
    let wrong = order.wrong.options();
    // The last seed of all has none behind it, and is never run.
    format!("zablab sweep {} --seeds {seed}..{}{wrong}", order.name, seed.saturating_add(1))
}

/// The file of a failure's folder that holds its scenario, made small.
pub const SMALL: &str = "shrunk.zab";

/// The file of a failure's folder that holds the lines that reproduce it.
const REPRODUCE: &str = "reproduce.txt";

/// A failure's folder.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
}

impl Folder {
    /// Writes the folder of a failure within `out`: the lines that reproduce it, the plan of its lowest seed, the trace
    /// of its run, and the verdict with what led there.
    pub fn write(out: &Path, subject: &Subject, order: &Order, failure: &Failure) -> io::Result<Folder> {
        let path = out.join(&failure.folder);
        fs::create_dir_all(&path)?;
        let seed = failure.seed;
        let text = match subject.text(seed) {
            Ok(text) => text,
            Err(error) => format!("# There is no plan: the profile's text is wrong.\n# {}\n", error.message),
        };
        fs::write(path.join("plan.zab"), &text)?;
        let plan = path.join("plan.zab");
        let lines = format!("{}\nzablab run {} --seed {seed}\n", reproduce(order, seed), plan.display());
        fs::write(path.join(REPRODUCE), lines)?;
        let quiet = Quiet::begin();
        let told = caught(&quiet, || told(&path, subject, seed, &text));
        let verdict = match told {
            Ok(told) => told?,
            // It ends as the run of the sweep did: the trace leads up to there.
            Err(_) => None,
        };
        let verdict = verdict.unwrap_or_else(|| format!("BROKEN {}: {}\n", failure.property, failure.what));
        fs::write(path.join("verdict.txt"), verdict)?;
        Ok(Folder { path })
    }

    /// A copy of it within `out`, whose lines that reproduce it name the copy. What is there already stays.
    pub fn copy(&self, out: &Path) -> io::Result<Folder> {
        let path = self.path.file_name().map_or_else(|| out.to_owned(), |name| out.join(name));
        if path.exists() {
            return Ok(Folder { path });
        }
        fs::create_dir_all(&path)?;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let target = path.join(entry.file_name());
            if entry.file_name() == REPRODUCE {
                let (from, to) = (self.path.display().to_string(), path.display().to_string());
                fs::write(target, fs::read_to_string(entry.path())?.replace(&from, &to))?;
            } else if entry.file_type()?.is_file() {
                fs::copy(entry.path(), target)?;
            }
        }
        Ok(Folder { path })
    }
}

/// Runs a seed again, traced; its verdict, unless there is no run.
fn told(folder: &Path, subject: &Subject, seed: u64, text: &str) -> io::Result<Option<String>> {
    let Ok(run) = subject.run(seed) else { return Ok(None) };
    let trace = BufWriter::new(File::create(folder.join("trace.jsonl"))?);
    let mut trace = TraceWriter::new(trace, &Header::new(subject.name(), text, seed))?;
    let mut outcome = run.finish(&mut [&mut trace])?;
    trace.finish(&outcome)?;
    let step = outcome.violations.first().map(|violation| violation.step);
    if let (Some(step), Ok(first), Ok(again)) = (step, subject.run(seed), subject.run(seed)) {
        let runs: [Run; 2] = [first, again];
        outcome.lineage = lineage(runs, step)?;
    }
    Ok(Some(verdict(subject.name(), seed, &outcome)))
}
