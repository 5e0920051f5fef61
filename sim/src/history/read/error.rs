//! What is wrong with a file that should be a history.

use super::super::operation::Unpaired;
use std::fmt;

/// Why a file is no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// What is wrong.
    pub what: String,
    /// What was expected there.
    pub expected: String,
}

/// A count that is shown; it ends where its type does.
fn shown(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl ReadError {
    /// At a byte of the text.
    pub(super) fn at(
        text: &str,
        byte: usize,
        what: impl Into<String>,
        expected: impl Into<String>,
    ) -> ReadError {
        let before = text.get(..byte).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        ReadError {
            line: shown(before.matches('\n').count() + 1),
            column: shown(before[start..].chars().count() + 1),
            what: what.into(),
            expected: expected.into(),
        }
    }

    /// Of an event that does not fit those before it; its line starts at `column`.
    pub(super) fn unpaired(error: Unpaired, column: u32) -> ReadError {
        let (line, what, expected) = match error {
            Unpaired::NeverInvoked { line } => {
                (line, "this completes what was never invoked".to_owned(), "an `invoke` before it")
            }
            Unpaired::InvokedTwice { line, open } => (
                line,
                format!("this is invoked while the process has that of line {open} open"),
                "its completion first, or another `xid`",
            ),
            Unpaired::NoPair { line } => {
                (line, "the value of a `cas` is no pair".to_owned(), "a value such as [from, to]")
            }
            Unpaired::OfAnother { line, open, said, invoked } => (
                line,
                format!("this completes `{said}`, but line {open} invoked `{invoked}`"),
                "the `f`, the `key` and the `value` of the invoke",
            ),
        };
        ReadError { line, column, what, expected: expected.to_owned() }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ReadError { line, column, what, expected } = self;
        write!(f, "line {line}, column {column}: {what}; expected {expected}")
    }
}

impl std::error::Error for ReadError {}
