//! Histories as files: JSON Lines or Jepsen's EDN, plain or in gzip; what a file is, its content says.

mod edn;
mod error;
mod form;
mod json_lines;
mod syntax;
mod text;

pub use error::ReadError;

use super::operation::History;

/// How a history was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An event a line, each a JSON object.
    JsonLines,
    /// Jepsen's: maps of EDN, one behind the other or in a vector.
    Edn,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How it was written down.
    pub format: Format,
    /// What the clients saw.
    pub history: History,
    /// What was done to the servers meanwhile, in the order of the lines.
    pub marks: Vec<Mark>,
}

/// An event of no client: its process is a text, such as `nemesis`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its line, counted from 1.
    pub line: u32,
    /// How many events of clients stand before it.
    pub place: u32,
    /// When, in the time of the history; 0 where it does not say.
    pub time: u64,
    /// What it says.
    pub text: String,
}

/// Reads a history, whatever its format.
pub fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let text = text::text(bytes)?;
    // A byte-order mark says nothing that the bytes do not.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match format(text)? {
        Format::JsonLines => json_lines::read(text),
        Format::Edn => edn::read(text),
    }
}

/// Reads JSON Lines.
#[cfg(test)]
pub(crate) fn json_lines(text: &str) -> Result<History, ReadError> {
    json_lines::read(text).map(|reading| reading.history)
}

/// What the first characters say. Nothing at all is a history of nothing.
fn format(text: &str) -> Result<Format, ReadError> {
    let blank = |c: char| c.is_whitespace() || c == ',';
    let body = text.trim_start_matches(blank);
    let inner = body.get(1..).unwrap_or_default().trim_start_matches(blank);
    match (body.chars().next(), inner.chars().next()) {
        (None, _) | (Some('{'), Some('"' | '}')) => Ok(Format::JsonLines),
        (Some('['), _) if inner.starts_with('{') && inner[1..].trim_start().starts_with('"') => {
            Err(ReadError::at(text, text.len() - body.len(), "this is a JSON array", "an event a line"))
        }
        (Some('{' | '[' | '(' | ';' | '#'), _) => Ok(Format::Edn),
        _ => Err(ReadError::at(
            text,
            text.len() - body.len(),
            "this is neither JSON Lines nor EDN",
            r#"an event such as {"process":0,"type":"invoke","f":"read","key":"r","value":null}"#,
        )),
    }
}

#[cfg(test)]
mod tests;
