//! Whether what clients saw is consistent: linearizability, which many systems promise, and the four promises of
//! ZooKeeper, which is not linearizable.

pub mod expected;
pub mod explain;
pub mod html;
mod infer;
mod judge;
pub mod linear;
mod model;
pub mod promises;
pub mod recipes;
pub(crate) mod words;

pub use infer::{Inferred, infer};
pub use judge::{Judgement, judge};
pub use model::Model;

use crate::check::Property;
use std::fmt;

/// What a run's own history is judged by.
pub const PROPERTIES: &[Property] = &[
    promises::writes::PROPERTY,
    promises::fifo::PROPERTY,
    promises::prefix::PROPERTY,
    promises::sync::PROPERTY,
    recipes::lock::PROPERTY,
    recipes::queue::PROPERTY,
];

/// What came of judging a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Holds,
    /// Something is.
    Violated,
    /// The budget was spent before either was shown.
    Unknown,
}

impl Verdict {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The property's name.
    pub property: &'static str,
    /// The guilty operation and the facts that clash, in one sentence.
    pub sentence: String,
    /// The operations that clash, by their places in the history's `operations`; the guilty one first.
    pub operations: Vec<usize>,
    /// The longest prefix that can be put in order, in an order that explains it; empty where that says nothing.
    pub prefix: Vec<Taken>,
}

/// An operation in the order that explains a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its place in the history's `operations`.
    pub operation: usize,
    /// The state after it, in words.
    pub state: String,
}
