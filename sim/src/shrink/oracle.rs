//! The question that every candidate is asked: does the same property still speak?

use crate::run::{Ending, Limits, Observer, Outcome, Run};
use crate::scenario::Scenario;
use crate::schedule::Log;
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_128;

/// The name that stands for an expectation of the scenario which is not met, where no property spoke.
pub const EXPECTATION: &str = "expectation";

/// What has to stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// This property is broken.
    Property(&'static str),
    /// No property is, and this line of the scenario does not come true.
    Expectation(String),
}

/// What a run said of what is wrong with it: each property once, the first that spoke first; [`EXPECTATION`] where only
/// lines of the scenario did not come true.
pub fn spoken(outcome: &Outcome) -> Vec<&'static str> {
    let violations = outcome.violations.iter().map(|violation| violation.property);
    let missing = outcome.missing.iter().map(|missing| missing.property);
    let findings = outcome.findings.iter().map(|finding| finding.property);
    let mut names: Vec<&'static str> = Vec::new();
    for name in violations.chain(missing).chain(findings) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() && !outcome.unmet.is_empty() {
        names.push(EXPECTATION);
    }
    names
}

impl Target {
    /// Whether a run fails in the same way. A claim of the scenario that names the property is no second failure.
    fn is_hit(&self, outcome: &Outcome) -> bool {
        match self {
            Target::Property(property) => spoken(outcome).contains(property),
            Target::Expectation(text) => {
                outcome.ending == Ending::Complete
                    && spoken(outcome) == [EXPECTATION]
                    && outcome.unmet.iter().any(|unmet| unmet.expected == *text)
            }
        }
    }

    /// How many lines of the scenario did not come true besides.
    fn others_unmet(&self, outcome: &Outcome) -> usize {
        let claim = match self {
            Target::Property(property) => format!("expect no violation {property}"),
            Target::Expectation(text) => text.clone(),
        };
        outcome.unmet.iter().filter(|unmet| unmet.expected != claim).count()
    }
}

/// How a candidate failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// Lines of the scenario that did not come true besides what is asked for.
    pub(super) unmet: usize,
    /// With its `set defects` lines taken out the run is green; `true` where there are none.
    pub(super) mends: bool,
    /// When: virtual nanoseconds of the violation, or the end of the run.
    pub(super) at: u64,
}

/// Runs candidates.
pub(super) struct Oracle<'a> {
    name: &'a str,
    pub(super) target: Target,
    limits: Limits,
    /// Digests of what did not fail.
    refused: BTreeSet<u128>,
    /// Runs so far.
    pub(super) runs: u64,
    spent: &'a dyn Fn() -> bool,
}

impl<'a> Oracle<'a> {
    /// For what a run of `steps` actions led to. Candidates get several times as many before they count as run away.
    pub(super) fn new(name: &'a str, target: Target, steps: u64, spent: &'a dyn Fn() -> bool) -> Oracle<'a> {
        let limits = Limits { steps: steps.saturating_mul(4).saturating_add(100_000), ..Limits::default() };
        Oracle { name, target, limits, refused: BTreeSet::new(), runs: 0, spent }
    }

    /// Nothing more is to be tried.
    pub(super) fn is_spent(&self) -> bool {
        (self.spent)()
    }

    /// One run of a scenario; `None` where it is none. Its draws are noted where somebody wants them.
    pub(super) fn run(&mut self, scenario: &Scenario, draws: Option<Log>) -> Option<Outcome> {
        let mut run = self.prepare(scenario)?;
        if let Some(log) = draws {
            run.note_draws(log);
        }
        // Only an observer gives an error, and there is none.
        run.finish(&mut []).ok()
    }

    /// One run of a scenario, watched.
    pub(super) fn told(&mut self, scenario: &Scenario, observer: &mut dyn Observer) -> Option<Outcome> {
        let run = self.prepare(scenario)?;
        run.finish(&mut [observer]).ok()
    }

    fn prepare(&mut self, scenario: &Scenario) -> Option<Run> {
        let text = scenario.to_string();
        let scenario = Scenario::parse(self.name, &text).ok()?;
        let mut run = Run::new(self.name, &text, &scenario, scenario.seed()).ok()?;
        run.limit(self.limits);
        self.runs += 1;
        Some(run)
    }

    /// How a candidate fails, if it does in the same way.
    pub(super) fn fails(&mut self, candidate: &Scenario) -> Option<Failure> {
        let digest = xxh3_128(candidate.to_string().as_bytes());
        if self.refused.contains(&digest) {
            return None;
        }
        let failure = self.ask(candidate);
        if failure.is_none() {
            self.refused.insert(digest);
        }
        failure
    }

    fn ask(&mut self, candidate: &Scenario) -> Option<Failure> {
        let outcome = self.run(candidate, None)?;
        if !self.target.is_hit(&outcome) {
            return None;
        }
        let unmet = self.target.others_unmet(&outcome);
        let at = outcome.violations.first().map_or(outcome.virtual_time, |violation| violation.at);
        let mends = match super::edit::mended(candidate) {
            Some(mended) => self.run(&mended, None).is_some_and(|outcome| outcome.is_green()),
            None => true,
        };
        Some(Failure { unmet, mends, at })
    }
}
