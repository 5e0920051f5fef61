//! A distinct failure: a property and what was decided last before it spoke, with every seed in which that came.

use super::digits;
use super::fingerprint::{LastDecisions, fingerprint};
use super::panics::Panicked;
use crate::report::moment;
use crate::run::{Ending, Outcome};
use crate::scenario::Diagnostic;
use crate::shrink::{EXPECTATION, PANIC, RUNAWAY};
use serde::{Deserialize, Serialize};

/// What fails a run besides the properties of [`judges`](crate::judges).
pub const OTHERS: [&str; 4] = [EXPECTATION, RUNAWAY, "plan", PANIC];

/// How many seeds of a failure are listed; all are counted.
const LISTED: usize = 100;

/// Seeds that fail alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The property that spoke first, or one of [`OTHERS`].
    pub property: String,
    /// The other properties that spoke in the lowest seed.
    pub also: Vec<String>,
    /// Tells causes apart; see [`LastDecisions`].
    pub fingerprint: String,
    /// What it stands for: the last decisions, each with the role of its server.
    pub decisions: Vec<String>,
    /// The lowest seed.
    #[serde(with = "digits")]
    pub seed: u64,
    /// What was wrong in it, in a sentence.
    pub what: String,
    /// Where its run ended, by name; `None` where it has no end.
    pub moment: Option<String>,
    /// The name of its folder.
    pub folder: String,
    /// In how many seeds it came.
    pub count: u64,
    /// The lowest of them.
    #[serde(with = "digits::list")]
    pub seeds: Vec<u64>,
}

impl Failure {
    /// What an outcome that is not green came from. The first is what a reader should look at first: what broke on the
    /// way, what clients were told, what is missing at the end, and then what the scenario itself demanded.
    pub fn of_outcome(name: &str, seed: u64, outcome: &Outcome, last: &LastDecisions) -> Option<Failure> {
        let violations = outcome.violations.iter().map(|found| (found.property, found.what.clone()));
        let findings = outcome.findings.iter().map(|found| (found.property, found.sentence.clone()));
        let missing = outcome.missing.iter().map(|found| (found.property, found.what.clone()));
        let unmet = outcome.unmet.iter().map(|unmet| {
            (EXPECTATION, format!("line {}: {}; instead, {}", unmet.line, unmet.expected, unmet.instead))
        });
        let runaway = match &outcome.ending {
            Ending::Runaway(limit) => Some((RUNAWAY, format!("stopped at the limit of {limit}"))),
            _ => None,
        };
        let mut all = violations.chain(findings).chain(missing).chain(unmet).chain(runaway);
        let (property, what) = all.next()?;
        let mut also: Vec<String> = all.map(|(other, _)| other.to_owned()).collect();
        also.sort_unstable();
        also.dedup();
        also.retain(|other| other != property);
        let mut failure = Failure::new(name, property, seed, what);
        failure.also = also;
        failure.decisions = last.words();
        failure.fingerprint = match outcome.unmet.first() {
            // Different demands fail for different reasons; names and times in them are a matter of the seed.
            Some(unmet) if property == EXPECTATION => {
                let demand: String =
                    unmet.expected.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
                fingerprint([&*last.fingerprint(&[]), &*demand].into_iter())
            }
            _ => last.fingerprint(outcome.violations.first().map_or(&[], |violation| &violation.servers)),
        };
        failure.moment = Some(moment(name, seed, outcome));
        Some(failure)
    }

    /// A scenario that could not be run.
    pub fn of_plan(name: &str, seed: u64, error: &Diagnostic) -> Failure {
        let mut failure = Failure::new(name, OTHERS[2], seed, error.to_string());
        failure.fingerprint = fingerprint([&*error.message].into_iter());
        failure
    }

    /// A fault of our own.
    pub fn of_panic(name: &str, seed: u64, panicked: &Panicked) -> Failure {
        let what = format!("{} ({})", panicked.message, panicked.place);
        let mut failure = Failure::new(name, PANIC, seed, what);
        failure.fingerprint = fingerprint([&*panicked.place].into_iter());
        failure
    }

    fn new(name: &str, property: &str, seed: u64, what: String) -> Failure {
        let stem = name.rsplit('/').next().unwrap_or(name);
        let stem = stem.strip_suffix(".zab").unwrap_or(stem);
        Failure {
            property: property.to_owned(),
            also: Vec::new(),
            fingerprint: String::new(),
            decisions: Vec::new(),
            seed,
            what,
            moment: None,
            folder: format!("{stem}-{seed}-{property}"),
            count: 1,
            seeds: vec![seed],
        }
    }

    /// Whether both are of one kind.
    pub fn is_like(&self, other: &Failure) -> bool {
        self.property == other.property && self.fingerprint == other.fingerprint
    }

    /// Every property that spoke in the lowest seed.
    pub fn spoke(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.property).chain(&self.also).map(String::as_str)
    }

    /// Adds the seeds of another one of its kind, which are all higher.
    pub(super) fn absorb(&mut self, other: &Failure) {
        self.count += other.count;
        let room = LISTED.saturating_sub(self.seeds.len());
        self.seeds.extend(other.seeds.iter().take(room));
    }
}
