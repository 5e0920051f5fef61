//! What a run's clients saw, judged at its end.

use super::Run;
use super::reigns::Reigns;
use crate::consistency::{self, Finding, promises, recipes};
use crate::history::History;
use crate::liveness::Missing;

/// What is wrong with a history, and what only looks so.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
}

impl Run {
    /// Decides which of the properties that the scenario names were kept. One that was not judged is neither kept nor broken.
    pub(super) fn decide_claims(&mut self, complete: bool, missing: &[Missing], findings: &[Finding]) {
        for (line, property) in std::mem::take(&mut self.claims) {
            if !self.checked || !self.judges.include(property) {
                continue;
            }
            let violations = self.violations.iter().map(|violation| (violation.property, &violation.what));
            let missing = missing.iter().map(|missing| (missing.property, &missing.what));
            let findings = findings.iter().map(|finding| (finding.property, &finding.sentence));
            let broken = violations.chain(missing).chain(findings).find(|(name, _)| *name == property);
            match broken.map(|(_, what)| what.clone()) {
                Some(what) => self.not_met(line, format!("expect no violation {property}"), what),
                None if complete => self.met += 1,
                None => {}
            }
        }
    }

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
