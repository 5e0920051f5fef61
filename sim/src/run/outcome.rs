//! What a run came to.

use super::Faults;
use crate::check::Violation;
use crate::consistency::Finding;
use crate::ensemble::Ensemble;
use crate::history;
use crate::liveness::{Missing, Standing};
use crate::probe::Reached;
use crate::trace::RunHash;
use crate::view::Ancestor;
use serde::Serialize;

/// Bounds on every run. Reaching one ends it: a finding of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Actions, task steps included.
    pub steps: u64,
    /// Actions at one instant of virtual time.
    pub steps_at_once: u64,
    /// Virtual nanoseconds.
    pub virtual_time: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 100_000_000, steps_at_once: 1_000_000, virtual_time: 30 * 24 * 3600 * 1_000_000_000 }
    }
}

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// The scenario was carried out.
    Complete,
    /// A bound was reached; which.
    Runaway(String),
    /// Somebody asked it to stop.
    Interrupted,
}

/// Something the scenario demanded and did not get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmet {
    /// The line of the scenario.
    pub line: u32,
    /// Virtual nanoseconds when it was decided.
    pub at: u64,
    /// What the line says.
    pub expected: String,
    /// What was the case.
    pub instead: String,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Expectations that held.
    pub met: usize,
    /// Expectations, steps and triggers that failed.
    pub unmet: Vec<Unmet>,
    /// What was broken as the scenario foretold, and with it, at the end of the run: no failing.
    pub foretold: Vec<Violation>,
    /// Properties that were broken; each run stops at the first.
    pub violations: Vec<Violation>,
    /// What led to the first violation, foretold or not, if anybody looked; see [`lineage`](crate::view::lineage).
    pub lineage: Vec<Ancestor>,
    /// What there was of progress at the end; `None` where that was not judged: the run did not come to its end.
    pub progress: Option<Standing>,
    /// What should have come true by then, and has not.
    pub missing: Vec<Missing>,
    /// By how many properties the run was judged.
    pub judged: usize,
    /// What clients were told against what they are promised.
    pub findings: Vec<Finding>,
    /// What they were told that looks so, and is not owed to them.
    pub notes: Vec<Finding>,
    /// What the clients saw.
    pub history: Vec<history::Event>,
    /// What happened to the servers and their links meanwhile, and who led.
    pub marks: Vec<history::Mark>,
    /// The situations that it reached, where that was asked for ([`Run::probe`](super::Run::probe)).
    pub reached: Reached,
    /// The digest of the run.
    pub hash: RunHash,
    /// Actions applied.
    pub steps: u64,
    /// Packets delivered, disk operations completed, timers fired, client requests.
    pub events: u64,
    /// Virtual nanoseconds.
    pub virtual_time: u64,
    /// What the scenario did to servers, links and clients.
    pub faults: Faults,
    /// The ensemble at the end.
    pub ensemble: Ensemble,
}

impl Outcome {
    /// Whether everything held.
    pub fn is_green(&self) -> bool {
        self.ending == Ending::Complete
            && self.unmet.is_empty()
            && self.violations.is_empty()
            && self.missing.is_empty()
            && self.findings.is_empty()
    }

    /// Every property that is broken, with what was said of it: those of every action in the order of time, then those of
    /// the end.
    pub fn broken(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let violations = self.violations.iter().map(|found| (found.property, &*found.what));
        let missing = self.missing.iter().map(|found| (found.property, &*found.what));
        let findings = self.findings.iter().map(|found| (found.property, &*found.sentence));
        violations.chain(missing).chain(findings)
    }
}
