//! What a sweep has come to: the file that machines read, that a later sweep goes on from, and that shards are merged from.

use super::failure::Failure;
use super::{Seeds, Shard, Subject, Tally, Trial, digits};
use crate::bugs::Wrong;
use serde::{Deserialize, Serialize};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// What a sweep was asked to do. Two sweeps of one order and one version come to the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The profile or scenario.
    pub name: String,
    /// See [`Subject::digest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What is deliberately wrong with the machine.
    #[serde(flatten)]
    pub wrong: Wrong,
    /// All seeds, those of other shards, too.
    pub seeds: Seeds,
    /// The part of them that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Whether it goes on behind the lowest seed that fails.
    pub keep_going: bool,
    /// How many distinct failures it goes on to.
    pub max_failures: usize,
}

impl Order {
    /// All seeds of a subject, stopping at the lowest that fails.
    pub fn new(subject: &Subject, seeds: Seeds) -> Order {
        Order {
            name: subject.name().to_owned(),
            digest: subject.digest(),
            wrong: subject.wrong().clone(),
            seeds,
            shard: None,
            keep_going: false,
            max_failures: 1,
        }
    }

    /// The seeds to run.
    pub fn part(&self) -> Seeds {
        self.shard.map_or(self.seeds, |shard| self.seeds.part(shard))
    }

    /// With so many distinct failures it is over.
    pub(super) fn enough(&self) -> usize {
        if self.keep_going { self.max_failures } else { 1 }
    }
}

/// How a sweep came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It has none: it goes on, or it was killed.
    UnderWay,
    /// Every seed was run.
    Complete,
    /// There were as many distinct failures as were asked for.
    Failures,
    /// Its time was over.
    TimeLimit,
    /// Somebody asked it to stop.
    Interrupted,
}

/// What seeds came to, up to some seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Sums.
    #[serde(flatten)]
    pub tally: Tally,
    /// Every distinct failure, by its lowest seed.
    pub failures: Vec<Failure>,
}

impl State {
    /// Adds a failure; whether there was none like it.
    fn fail(&mut self, failure: &Failure) -> bool {
        match self.failures.iter_mut().find(|known| known.is_like(failure)) {
            Some(known) => known.absorb(failure),
            None => {
                self.failures.push(failure.clone());
                return true;
            }
        }
        false
    }

    /// Adds what seeds came to that are all higher.
    pub(super) fn add(&mut self, other: &State) {
        self.tally.add(&other.tally);
        for failure in &other.failures {
            self.fail(failure);
        }
    }
}

/// What was the case when a distinct failure first came. Merging needs it: a sweep may be over with the first failure
/// of a shard that no earlier shard has, and not with the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// The seed behind it.
    #[serde(with = "digits")]
    pub next: u64,
    /// What was the case.
    #[serde(flatten)]
    pub state: State,
}

/// How long it took. Nothing else depends on the wall clock or on the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Threads.
    pub jobs: usize,
    /// Seconds.
    pub wall_seconds: f64,
    /// Runs a second.
    pub seeds_per_second: f64,
    /// Virtual seconds a second.
    pub virtual_seconds_per_second: f64,
}

impl Timing {
    /// Rates for so long a time.
    pub fn new(jobs: usize, wall_seconds: f64, tally: &Tally) -> Timing {
        #[allow(clippy::cast_precision_loss)] // It is a rate.
        let rate = |count: u64| if wall_seconds > 0.0 { rounded(count as f64 / wall_seconds) } else { 0.0 };
        Timing {
            jobs,
            wall_seconds: rounded(wall_seconds),
            seeds_per_second: rate(tally.runs),
            virtual_seconds_per_second: rate(tally.virtual_nanos / 1_000_000_000),
        }
    }
}

/// To thousandths, so that it is read as it was written.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// What a sweep has come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `sweep`.
    pub zablab: String,
    /// [`FORMAT`].
    pub format: u32,
    /// The version of zablab that wrote it.
    pub version: String,
    /// What was asked for.
    #[serde(flatten)]
    pub order: Order,
    /// Whether no run failed.
    pub green: bool,
    /// How it came to its end.
    pub ended: Ended,
    /// The first seed that it says nothing about.
    #[serde(with = "digits")]
    pub next: u64,
    /// Shards whose reports were missing when it was merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What the seeds up to there came to.
    #[serde(flatten)]
    pub state: State,
    /// In a shard, what was the case at each distinct failure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stations: Vec<Station>,
    /// How long it took.
    pub timing: Timing,
}

impl Report {
    /// Nothing is done yet.
    pub fn new(order: Order) -> Report {
        Report {
            zablab: "sweep".to_owned(),
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            green: true,
            ended: Ended::UnderWay,
            next: order.part().from,
            order,
            missing: Vec::new(),
            state: State::default(),
            stations: Vec::new(),
            timing: Timing::default(),
        }
    }

    /// Whether there is nothing left to do.
    pub fn is_over(&self) -> bool {
        matches!(self.ended, Ended::Complete | Ended::Failures)
    }

    /// Takes in the next seed; whether it failed as none before.
    pub(super) fn take(&mut self, trial: &Trial) -> bool {
        self.next = trial.seed + 1;
        self.state.tally.count(trial);
        let Some(failure) = &trial.failure else { return false };
        self.green = false;
        let is_new = self.state.fail(failure);
        if is_new && self.order.shard.is_some() {
            self.stations.push(Station { next: self.next, state: self.state.clone() });
        }
        is_new
    }

    /// Whether there are as many distinct failures as were asked for.
    pub(super) fn has_enough(&self) -> bool {
        self.state.failures.len() >= self.order.enough()
    }
}
