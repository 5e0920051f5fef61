//! Where a scenario comes from: a bundled name, or a file.

use super::BadInput;
use std::fs;
use std::io;
use zablab_sim::bundled;
use zablab_sim::scenario::Scenario;

/// A scenario with its name and text.
pub(crate) struct Source {
    /// The bundled name, or the path as given.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) scenario: Scenario,
}

/// Reads a text file; every way to fail has its own words.
pub(crate) fn read(path: &str) -> Result<String, BadInput> {
    let what = match fs::metadata(path) {
        Ok(found) if found.is_dir() => "is a directory; expected a file".to_owned(),
        Ok(_) => match fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => return Ok(text),
            Ok(Err(error)) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
                format!("is not UTF-8 text: line {line} has bytes that are none")
            }
            Err(error) => format!("cannot be read: {error}"),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => "does not exist".to_owned(),
        Err(error) => format!("cannot be read: {error}"),
    };
    Err(BadInput(format!("{path} {what}")))
}

/// A bundled scenario by its name, else a file.
pub(crate) fn load(name: &str) -> Result<Source, BadInput> {
    let text = match bundled::find(name) {
        Some(text) => text.to_owned(),
        None if !name.contains(['/', '.']) && fs::metadata(name).is_err() => return Err(unknown(name)),
        None => read(name)?,
    };
    let scenario = Scenario::parse(name, &text)?;
    Ok(Source { name: name.to_owned(), text, scenario })
}

fn unknown(name: &str) -> BadInput {
    let near = bundled::SCENARIOS
        .iter()
        .map(|(known, _)| (strsim::damerau_levenshtein(name, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 2.max(name.len() / 3));
    let hint = match near {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => "`zablab list` shows the bundled ones".to_owned(),
    };
    BadInput(format!("{name} is neither a bundled scenario nor a file; {hint}"))
}
