//! The tree of what a scenario says to a learner. None of it changes a run.

use crate::scenario::ast::Span;

/// `ask "…" right "…" wrong "…"`: here a learner is asked what will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The question: one line, not blank.
    pub question: String,
    /// Two to [`Ask::MOST`] answers in the order in which they are offered, no two with the same text, exactly one of
    /// them right.
    pub answers: Vec<Answer>,
}

/// What a learner can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One line, not blank.
    pub text: String,
    /// The run bears it out.
    pub right: bool,
}

impl Ask {
    /// The most answers that a question offers.
    pub const MOST: usize = 5;

    /// The place of the right answer, from 0.
    pub fn right(&self) -> usize {
        self.answers.iter().position(|answer| answer.right).unwrap_or_default()
    }
}

/// `belief "…"`: the wrong belief that a lesson corrects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    /// One line, not blank.
    pub text: String,
    /// Where it stood.
    pub span: Span,
}
