//! The best candidate so far, and the one way to replace it.

use super::oracle::{Failure, Oracle};
use super::{Progress, edit};
use crate::scenario::Scenario;

/// What the passes work on.
pub(super) struct Search<'a> {
    pub(super) best: Scenario,
    pub(super) failure: Failure,
    pub(super) oracle: Oracle<'a>,
    pub(super) progress: &'a mut dyn FnMut(&Progress),
    /// What the pass under way is called.
    pub(super) pass: &'static str,
}

impl Search<'_> {
    /// Takes a candidate if it fails in the same way and is in no respect worse as a test: no more lines that do not
    /// come true, and still green once the fault is mended where the best one is. Says whether it did.
    pub(super) fn take(&mut self, candidate: Scenario) -> bool {
        !self.is_over() && self.consider(candidate)
    }

    /// The same, however little time is left.
    pub(super) fn consider(&mut self, candidate: Scenario) -> bool {
        if candidate == self.best {
            return false;
        }
        let failure = self.oracle.fails(&candidate);
        let taken = failure
            .filter(|failure| failure.unmet <= self.failure.unmet && (failure.mends || !self.failure.mends));
        if let Some(failure) = taken {
            self.best = candidate;
            self.failure = failure;
        }
        (self.progress)(&Progress {
            pass: self.pass,
            runs: self.oracle.runs,
            steps: edit::steps(&self.best).len(),
            servers: self.best.servers().len(),
        });
        taken.is_some()
    }

    /// Nothing more is to be tried.
    pub(super) fn is_over(&self) -> bool {
        self.oracle.is_spent()
    }
}
