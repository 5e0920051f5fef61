//! Where a failing run comes from: a trace, a sweep's folder, or a scenario with a seed.

use super::source::{self, Source};
use super::{BadInput, Target, wrong};
use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;
use zablab_sim::scenario::Scenario;
use zablab_sim::shrink::NotShrunk;
use zablab_sim::trace::Replay;

/// A scenario and the seed under which it fails.
pub(crate) struct Failing {
    pub(crate) source: Source,
    pub(crate) seed: u64,
    /// The file that it came from.
    file: String,
}

impl Failing {
    /// The same on a machine with which this is wrong.
    pub(crate) fn with(self, wrong: &wrong::Options) -> Result<Failing, BadInput> {
        Ok(Failing { source: wrong.apply(self.source)?, ..self })
    }

    /// Why there is nothing to do, in words.
    pub(crate) fn refusal(&self, property: Option<&str>, error: &NotShrunk) -> BadInput {
        let (name, seed) = (&self.source.name, self.seed);
        BadInput(match (error, property) {
            (NotShrunk::Green, _) => format!("{name} with seed {seed} does not fail"),
            (NotShrunk::Other(spoken), Some(property)) => {
                let spoken = spoken.join(", ");
                format!("{name} with seed {seed} does not break {property}; what speaks is {spoken}")
            }
            (error, _) => error.to_string(),
        })
    }

    /// Opens a file to write, unless it is the one that was read.
    pub(crate) fn target(&self, path: &str) -> Result<Target, BadInput> {
        if source::is_same_file(path, &self.file) {
            return Err(BadInput(format!("{path} is what was read; the outcome needs another file")));
        }
        Ok(Target::create(path)?)
    }
}

/// What the traces of a folder end in.
const TRACE: &str = ".jsonl";

/// Reads it. A trace knows its seed; `seed` overrides it.
pub(crate) fn load(what: &str, seed: Option<u64>) -> Result<Failing, BadInput> {
    let path =
        if fs::metadata(what).is_ok_and(|found| found.is_dir()) { in_folder(what)? } else { what.to_owned() };
    if path != "-" && is_trace(&path)? {
        return of_trace(&path, seed);
    }
    let source = source::load(&path)?;
    let seed = seed.unwrap_or(source.scenario.seed());
    Ok(Failing { source, seed, file: path })
}

/// The one trace in a folder.
fn in_folder(folder: &str) -> Result<String, BadInput> {
    let entries =
        fs::read_dir(folder).map_err(|error| BadInput(format!("{folder} cannot be read: {error}")))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut traces: Vec<String> =
        paths.map(|path| path.display().to_string()).filter(|path| path.ends_with(TRACE)).collect();
    traces.sort_unstable();
    match traces.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(BadInput(format!("{folder} holds no trace (a file whose name ends in {TRACE})"))),
        several => Err(BadInput(format!("{folder} holds {} traces; give one of them", several.len()))),
    }
}

/// Whether a file is a trace: it begins with a brace, which no scenario does.
fn is_trace(path: &str) -> Result<bool, BadInput> {
    if !Path::new(path).is_file() {
        return Ok(false);
    }
    let mut first = [0];
    let read = source::open(path, "a trace or a scenario")?.read(&mut first);
    Ok(read.map_err(|error| BadInput(format!("{path} cannot be read: {error}")))? == 1 && first == *b"{")
}

fn of_trace(path: &str, seed: Option<u64>) -> Result<Failing, BadInput> {
    let about = |what: &dyn std::fmt::Display| BadInput(format!("{path}, {what}"));
    let replay =
        Replay::new(BufReader::new(source::open(path, "a trace")?)).map_err(|error| about(&error))?;
    let recorded = replay.seed().map_err(|error| about(&error))?;
    let header = replay.header();
    let scenario = Scenario::parse(&header.scenario, &header.text).map_err(|error| about(&error))?;
    let source = Source { name: header.scenario.clone(), text: header.text.clone(), scenario };
    Ok(Failing { source, seed: seed.unwrap_or(recorded), file: path.to_owned() })
}
