//! What a run's clients saw, judged at its end.

use super::reigns::Reigns;
use super::{Run, Unmet};
use crate::check::Violation;
use crate::consistency::{self, Finding, promises, recipes};
use crate::history::History;
use crate::liveness::Missing;
use crate::view::seconds;

/// What is wrong with a history, and what only looks so.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<Finding>,
}

/// A violation that the scenario expects.
pub(super) struct Foretold {
    pub(super) line: u32,
    /// The latest instant.
    pub(super) by: u64,
    pub(super) property: &'static str,
    /// The statement.
    pub(super) text: String,
}

impl Run {
    /// Decides whether the violation came that the scenario expects: the first that speaks, with what speaks of the same
    /// action. It is none of [`Run::violations`] then; but what the scenario would still have done was not shown.
    pub(super) fn decide_foretold(&mut self, complete: bool) -> Vec<Violation> {
        let mut came = Vec::new();
        for Foretold { line, by, property, text } in std::mem::take(&mut self.foretold) {
            if !complete || !self.checked || !self.judges.include(property) {
                continue;
            }
            let instead = match self.violations.first() {
                Some(found) if found.property == property && found.at <= by => {
                    self.met += 1;
                    came = std::mem::take(&mut self.violations);
                    continue;
                }
                Some(found) if found.property == property => {
                    format!("it was broken at {} s", seconds(found.at))
                }
                Some(found) if found.at <= by => format!("what was broken first is {}", found.property),
                Some(_) => "nothing was broken".to_owned(),
                None if came.is_empty() => "nothing was broken".to_owned(),
                None => "another property had been broken".to_owned(),
            };
            let at = by.min(self.timed.now());
            self.unmet.push(Unmet { line, at, expected: text, instead });
        }
        if !came.is_empty() {
            self.end_early();
        }
        self.unmet.sort_by_key(|unmet| (unmet.at, unmet.line));
        came
    }

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
