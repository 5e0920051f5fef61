//! Where a scenario comes from: a bundled name, or a file.

use super::{BadInput, config};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use zablab_sim::bundled;
use zablab_sim::scenario::Scenario;
use zablab_sim::storm;

/// A scenario with its name and text.
pub(crate) struct Source {
    /// The bundled name, or the path as given.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) scenario: Scenario,
}

impl Source {
    /// With what its profile draws from the seed, if it names one: the text of a run says what is run.
    pub(crate) fn drawn(self, seed: u64) -> Source {
        match storm::drawn(&self.scenario, seed) {
            None => self,
            Some(scenario) => Source { text: scenario.to_string(), scenario, ..self },
        }
    }
}

/// Opens a file to read; every way to fail has its own words. `expected` completes 'expected …'.
pub(crate) fn open(path: &str, expected: &str) -> Result<File, BadInput> {
    let what = match fs::metadata(path) {
        Ok(found) if found.is_dir() => format!("is a directory; expected {expected}"),
        Ok(_) => match File::open(path) {
            Ok(file) => return Ok(file),
            Err(error) => format!("cannot be read: {error}"),
        },
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "does not exist".to_owned(),
            _ => format!("cannot be read: {error}"),
        },
    };
    Err(BadInput(format!("{path} {what}")))
}

/// Reads a file.
pub(crate) fn bytes(path: &str) -> Result<Vec<u8>, BadInput> {
    let mut bytes = Vec::new();
    let read = open(path, "a file")?.read_to_end(&mut bytes);
    read.map_err(|error| BadInput(format!("{path} cannot be read: {error}")))?;
    Ok(bytes)
}

/// Reads a text file.
pub(crate) fn read(path: &str) -> Result<String, BadInput> {
    let bytes = bytes(path)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        BadInput(format!("{path} is not UTF-8 text: line {line} has bytes that are none"))
    })
}

/// Reads standard input.
pub(crate) fn stdin() -> Result<String, BadInput> {
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.map_err(|error| BadInput(format!("standard input cannot be read: {error}")))?;
    Ok(text)
}

/// Reads standard input, whatever it is.
pub(crate) fn stdin_bytes() -> Result<Vec<u8>, BadInput> {
    let mut bytes = Vec::new();
    let read = io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| BadInput(format!("standard input cannot be read: {error}")))?;
    Ok(bytes)
}

/// A bundled scenario by its name, else a file; `-` is standard input. The configurations it names are read, too.
pub(crate) fn load(name: &str) -> Result<Source, BadInput> {
    let text = match bundled::find(name) {
        Some(text) => text.to_owned(),
        None if name == "-" => stdin()?,
        None if !name.contains(['/', '.']) && fs::metadata(name).is_err() => return Err(unknown(name)),
        None => read(name)?,
    };
    let scenario = Scenario::parse(name, &text)?;
    config::expand(Source { name: name.to_owned(), text, scenario })
}

/// Whether two paths lead to one file, by whatever way.
pub(crate) fn is_same_file(one: &str, other: &str) -> bool {
    let identity = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

/// The one of some names that was most likely meant.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (distance, near) = known.map(|known| (strsim::damerau_levenshtein(name, known), known)).min()?;
    (distance <= 2.max(name.len() / 3)).then_some(near)
}

fn unknown(name: &str) -> BadInput {
    let hint = match nearest(name, bundled::SCENARIOS.iter().map(|(known, _)| *known)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`zablab list` shows the bundled ones".to_owned(),
    };
    BadInput(format!("`{name}` is neither a bundled scenario nor a file; {hint}"))
}
