//! What a run's clients saw, judged at its end.

use super::Run;
use super::reigns::Reigns;
use crate::consistency::{self, Finding, promises, recipes};
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
        let asked = |finding: &Finding| self.judges.include(finding.property);
        if !self.checked || !consistency::PROPERTIES.iter().any(|property| self.judges.include(property.name))
        {
            return Judged::default();
        }
        // A run's own history pairs every completion with its invoke.
        let Ok(history) = History::of_run(&self.users.history, &self.marks.all) else {
            return Judged::default();
        };
        let excuses = self.reigns.as_ref().map(Reigns::excuses).unwrap_or_default();
        let promises = promises::judge(&history, &excuses);
        let locks = recipes::lock::judge(&history);
        let queues = recipes::queue::judge(&history);
        let findings = promises.findings.into_iter().chain(locks.findings).chain(queues);
        let notes = promises.notes.into_iter().chain(locks.notes);
        Judged { findings: findings.filter(asked).collect(), notes: notes.filter(asked).collect() }
    }
}
