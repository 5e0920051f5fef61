//! Linearizability: whether one order of all operations explains what every client saw, keeps what ended before something
//! else began before it, and is allowed by the object (Herlihy and Wing 1990).
//!
//! Real time is the order of the history's events. An operation of unknown outcome may take effect at any time after its
//! invoke, or never. What failed did not happen: a failed compare-and-set is no observation either.

mod calls;
mod competition;
mod earliest;
mod events;
mod explain;
mod facts;
mod jit;
mod part;
mod problem;
mod replay;
mod search;
mod space;
mod split;
mod supply;
mod version_order;
mod visited;
mod wgl;
mod zones;

#[cfg(test)]
mod tests;

use super::{Finding, Verdict};
use crate::check::Property;
use crate::history::History;
use serde_json::Value;
use std::fmt;

/// What is judged here.
pub const PROPERTY: Property = Property {
    name: "linearizable",
    says: "one order of all operations explains every answer, and keeps what ended before something else began before it",
    source: "Herlihy and Wing, \"Linearizability: a correctness condition for concurrent objects\" (1990)",
    test: "sim/src/consistency/linear/tests/words.rs::a_value_that_was_overwritten",
};

/// The sequential object that a history is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One value: `read`, `write`, `cas`.
    Register,
    /// A text: `get`, `put`, `append`, `cas`; `null` is the empty text.
    Kv,
    /// A set: `add`, `remove`, `contains`, and `read` of all of it. What `add` and `remove` return is not looked at.
    Set,
}

/// How long and with how much a check may go on.
pub struct Budget<'a> {
    /// Whether the time is over; asked now and then.
    pub spent: &'a dyn Fn() -> bool,
    /// Bytes that the engines may keep; two fifths of them are left to the allocator, for what it cannot give back at once.
    pub memory: usize,
}

/// How a part of the history was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The order of the recorded zxids.
    VersionOrder,
    /// Zones of unique values.
    Zones,
    /// Wing and Gong's search with Lowe's memory.
    Wgl,
    /// Just-in-time linearization.
    Jit,
}

impl Engine {
    /// Its name for a reader.
    pub fn name(self) -> &'static str {
        match self {
            Engine::VersionOrder => "version order",
            Engine::Zones => "zones",
            Engine::Wgl => "WGL",
            Engine::Jit => "just-in-time",
        }
    }
}

/// What came of a key, or of an element of its set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReport {
    /// By its place in the history's `keys`.
    pub key: u32,
    /// Operations that had to be put in order.
    pub operations: usize,
    /// What decided, if anything did.
    pub engine: Option<Engine>,
    /// [`Verdict::Unknown`] also where another key was found guilty first.
    pub verdict: Verdict,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of the whole history.
    pub verdict: Verdict,
    /// What is wrong, where something is.
    pub finding: Option<Finding>,
    /// What was not enough where the verdict is unknown: `time` or `memory`.
    pub spent: Option<&'static str>,
    /// In the order of the keys.
    pub keys: Vec<KeyReport>,
}

/// An operation, or an initial value, that the model does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The line of its invoke; 0 for the initial value.
    pub line: u32,
    /// What is wrong.
    pub what: String,
    /// What the model has.
    pub expected: &'static str,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}; expected {}", self.what, self.expected)
    }
}

impl std::error::Error for Unfit {}

/// Judges `history` against `model`, each key with the same initial value.
pub fn check(history: &History, model: Model, initial: &Value, budget: &Budget<'_>) -> Result<Report, Unfit> {
    let parts = split::split(history, model, initial)?;
    Ok(competition::decide(history, model, initial, parts, budget))
}
