//! The question that every candidate is asked: does the same property still speak?

use crate::run::{Ending, Limits, Observer, Outcome, Run};
use crate::scenario::Scenario;
use crate::schedule::Log;
use crate::sweep::{Panicked, Quiet, caught};
use std::collections::BTreeSet;
use std::io;
use xxhash_rust::xxh3::xxh3_128;

/// The name that stands for an expectation of the scenario which is not met, where no property spoke.
pub const EXPECTATION: &str = "expectation";

/// The name that stands for a run that comes to no end: it reaches one of its [`Limits`].
pub const RUNAWAY: &str = "runaway";

/// The name that stands for a panic: a fault of zablab itself.
pub const PANIC: &str = "panic";

/// How a run is carried out: [`Run::finish`], outside of tests.
pub(super) type Finish = fn(Run, &mut [&mut dyn Observer]) -> io::Result<Outcome>;

/// What a run came to.
pub(super) type Ran = Result<Outcome, Panicked>;

/// What has to stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// This property is broken.
    Property(&'static str),
    /// No property is, and this line of the scenario does not come true.
    Expectation(String),
    /// It comes to no end.
    Runaway,
    /// It panics at this line of the source.
    Panic(Panicked),
}

/// What a run said of what is wrong with it: each property once, the first that spoke first; [`EXPECTATION`] and
/// [`RUNAWAY`] where none did.
pub fn spoken(outcome: &Outcome) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for (name, _) in outcome.broken() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() && !outcome.unmet.is_empty() {
        names.push(EXPECTATION);
    }
    if names.is_empty() && matches!(outcome.ending, Ending::Runaway(_)) {
        names.push(RUNAWAY);
    }
    names
}

impl Target {
    /// Whether a run fails in the same way. A claim of the scenario that names the property is no second failure.
    fn is_hit(&self, ran: &Ran) -> bool {
        let outcome = match (self, ran) {
            (Target::Panic(known), Err(panicked)) => return panicked.place == known.place,
            (Target::Panic(_), Ok(_)) | (_, Err(_)) => return false,
            (_, Ok(outcome)) => outcome,
        };
        match self {
            Target::Panic(_) => false,
            Target::Runaway => matches!(outcome.ending, Ending::Runaway(_)),
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
            // What comes too late, or never, is no failure of its own.
            Target::Runaway | Target::Panic(_) => return 0,
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
    finish: Finish,
    /// Digests of what did not fail.
    refused: BTreeSet<u128>,
    /// Runs so far.
    pub(super) runs: u64,
    spent: &'a dyn Fn() -> bool,
}

impl<'a> Oracle<'a> {
    /// For what a run of `steps` actions led to. Candidates get several times as many before they count as run away,
    /// unless that is what they are to do: then the bounds are those of every run.
    pub(super) fn new(name: &'a str, target: Target, steps: u64, spent: &'a dyn Fn() -> bool) -> Oracle<'a> {
        let usual = Limits::default();
        let limits = match &target {
            Target::Runaway => usual,
            _ => Limits { steps: steps.saturating_mul(4).saturating_add(100_000).min(usual.steps), ..usual },
        };
        Oracle { name, target, limits, finish: Run::finish, refused: BTreeSet::new(), runs: 0, spent }
    }

    /// Runs are carried out in another way.
    pub(super) fn by(self, finish: Finish) -> Oracle<'a> {
        Oracle { finish, ..self }
    }

    /// Nothing more is to be tried.
    pub(super) fn is_spent(&self) -> bool {
        (self.spent)()
    }

    /// One run of a scenario; `None` where it is none. Its draws are noted where somebody wants them.
    pub(super) fn run(&mut self, scenario: &Scenario, draws: Option<Log>) -> Option<Ran> {
        let mut run = self.prepare(scenario)?;
        if let Some(log) = draws {
            run.note_draws(log);
        }
        // Only an observer gives an error, and there is none.
        finished(run, self.finish, &mut []).ok()
    }

    /// One run of a scenario, watched.
    pub(super) fn told(&mut self, scenario: &Scenario, observer: &mut dyn Observer) -> Option<Ran> {
        let run = self.prepare(scenario)?;
        finished(run, self.finish, &mut [observer]).ok()
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
        let ran = self.run(candidate, None)?;
        if !self.target.is_hit(&ran) {
            return None;
        }
        let unmet = ran.as_ref().map_or(0, |outcome| self.target.others_unmet(outcome));
        let at = ran.as_ref().map_or(u64::MAX, failed_at);
        let mends = match super::edit::mended(candidate) {
            Some(mended) => self.run(&mended, None).is_some_and(|ran| ran.is_ok_and(|ran| ran.is_green())),
            None => true,
        };
        Some(Failure { unmet, mends, at })
    }
}

/// Carries out a run; a panic on the way is what it came to.
pub(super) fn finished(run: Run, finish: Finish, observers: &mut [&mut dyn Observer]) -> io::Result<Ran> {
    match caught(&Quiet::begin(), || finish(run, observers)) {
        Ok(outcome) => outcome.map(Ok),
        Err(panicked) => Ok(Err(panicked)),
    }
}

/// When it failed: virtual nanoseconds of the violation, or of the end of the run.
pub(super) fn failed_at(outcome: &Outcome) -> u64 {
    outcome.violations.first().map_or(outcome.virtual_time, |violation| violation.at)
}
