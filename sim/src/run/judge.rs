//! What a run's clients saw, judged at its end.

use super::Run;
use crate::consistency::Finding;
use crate::consistency::{promises, recipes};
use crate::history::History;

/// What is wrong with a history, and what only looks so.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
}

impl Run {
    /// By ZooKeeper's promises, and by what its recipes promise.
    pub(super) fn judge(&self) -> Judged {
        if !self.checked {
            return Judged::default();
        }
        // A run's own history pairs every completion with its invoke.
        let Ok(history) = History::of_run(&self.users.history) else { return Judged::default() };
        let excuses = self.reigns.as_ref().map(|reigns| reigns.excuses()).unwrap_or_default();
        let promises = promises::judge(&history, &excuses);
        let locks = recipes::lock::judge(&history);
        let (mut findings, mut notes) = (promises.findings, promises.notes);
        findings.extend(locks.findings);
        findings.extend(recipes::queue::judge(&history));
        notes.extend(locks.notes);
        Judged { findings, notes }
    }
}
