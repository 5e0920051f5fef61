//! What is said about a configuration: refusals, warnings and notes, each with file, line and key.

use super::properties;
use crate::scenario::Diagnostic;
use std::fmt;
use std::ops::Range;

/// Where something stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// Bytes of the line.
    pub(super) span: Range<usize>,
}

/// A file by its name and lines, to show what is wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) file: String,
    lines: Vec<String>,
}

/// How much a [`Notice`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It says something that is not done here, or by nobody.
    Note,
    /// It is accepted, and hardly meant.
    Warning,
}

/// Something to know about a configuration that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// The file, as its reader called it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key.
    pub key: String,
    /// What is to be known.
    pub what: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Notice { severity, file, line, key, what } = self;
        let severity = match severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {file}:{line}: {key}: {what}")
    }
}

/// Why a configuration is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// File, line, column, what is wrong, what would be right.
    pub diagnostic: Box<Diagnostic>,
    /// The key it is about.
    pub key: String,
    /// The code with which a real server ends; `None` where it would run and the simulation cannot.
    pub exit: Option<u8>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let real = match self.exit {
            Some(code) => format!("a ZooKeeper server ends here with exit code {code}"),
            None => "a ZooKeeper server takes this; it cannot be simulated".to_owned(),
        };
        Diagnostic::clone(&self.diagnostic).with_help(&real).fmt(f)
    }
}

impl std::error::Error for Refusal {}

/// Exit code of a wrong invocation or configuration (`ExitCode.INVALID_INVOCATION`).
pub(super) const INVALID: Option<u8> = Some(2);
/// Exit code of an exception that nobody expected (`ExitCode.UNEXPECTED_ERROR`).
pub(super) const UNEXPECTED: Option<u8> = Some(1);
/// Nothing is wrong with it in the real world.
pub(super) const NOT_SIMULATED: Option<u8> = None;

impl Source {
    pub(super) fn new(file: &str, text: &str) -> Source {
        Source {
            file: file.to_owned(),
            lines: properties::lines(text).into_iter().map(str::to_owned).collect(),
        }
    }

    /// `expected` completes 'expected …'.
    pub(super) fn refuse(
        &self,
        key: &str,
        place: &Place,
        exit: Option<u8>,
        message: impl Into<String>,
        expected: impl fmt::Display,
    ) -> Refusal {
        let source = self.lines.get(place.line.wrapping_sub(1)).map_or("", String::as_str);
        let before = source.get(..place.span.start).unwrap_or(source);
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let diagnostic = Diagnostic {
            file: self.file.as_str().into(),
            line: narrow(place.line.max(1)),
            column: narrow(before.chars().count() + 1),
            message: message.into().into(),
            label: format!("expected {expected}").into(),
            help: Vec::new(),
            source: source.into(),
            span: place.span.clone(),
        };
        Refusal { diagnostic: Box::new(diagnostic), key: key.to_owned(), exit }
    }

    /// Behind the last line: where something is missing.
    pub(super) fn end(&self) -> Place {
        let last = self.lines.last().map_or(0, String::len);
        Place { line: self.lines.len().max(1), span: last..last }
    }

    pub(super) fn notice(
        &self,
        severity: Severity,
        key: &str,
        place: &Place,
        what: impl Into<String>,
    ) -> Notice {
        Notice {
            severity,
            file: self.file.clone(),
            line: place.line.max(1),
            key: key.to_owned(),
            what: what.into(),
        }
    }
}

impl Refusal {
    /// The same with one more line of advice.
    pub(super) fn help(mut self, help: &str) -> Refusal {
        self.diagnostic = Box::new(self.diagnostic.with_help(help));
        self
    }
}
