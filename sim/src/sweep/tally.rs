//! What runs sum up to. Sums of parts are those of the whole, whoever ran them.

use super::digits;
use super::failure::OTHERS;
use super::trial::{Progress, Trial};
use crate::judges::Judges;
use crate::liveness;
use crate::probe::{SITUATIONS, Situation};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How many of the slowest and longest seeds are told.
const EXTREMES: usize = 5;

/// In how many runs a property held, and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    /// It held.
    pub held: u64,
    /// It was broken.
    pub broken: u64,
    /// It is one of a run's end, and was not owed, or the run did not come so far.
    pub undecided: u64,
}

/// A seed that stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extreme {
    /// Which.
    #[serde(with = "digits")]
    pub seed: u64,
    /// Its events.
    pub events: u64,
    /// Its virtual nanoseconds.
    pub virtual_nanos: u64,
}

/// Sums over runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Those that failed.
    pub failed: u64,
    /// Packets delivered, disk operations completed, timers fired, client requests.
    pub events: u64,
    /// Virtual nanoseconds.
    #[serde(with = "digits")]
    pub virtual_nanos: u64,
    /// What was done to servers, links and clients, by kind.
    pub faults: BTreeMap<String, u64>,
    /// In how many runs each situation was reached.
    pub probes: BTreeMap<String, u64>,
    /// What came of each property.
    pub properties: BTreeMap<String, Verdicts>,
    /// The seeds with the most events, which is what takes time; the most first, of equals the lowest.
    pub slowest: Vec<Extreme>,
    /// The seeds with the most virtual time.
    pub longest: Vec<Extreme>,
}

impl Tally {
    /// Adds a run.
    pub fn count(&mut self, trial: &Trial) {
        self.runs += 1;
        self.events += trial.events;
        self.virtual_nanos = self.virtual_nanos.saturating_add(trial.virtual_nanos);
        for (kind, times) in trial.faults.iter() {
            add(&mut self.faults, kind, |sum| *sum += u64::from(times));
        }
        for situation in SITUATIONS {
            let reached = u64::from(trial.reached.has(situation.probe));
            add(&mut self.probes, situation.name, |sum| *sum += reached);
        }
        let failure = trial.failure.as_deref();
        self.failed += u64::from(failure.is_some());
        // A run that panicked, or could not be, shows nothing about any property.
        let judged = failure.is_none_or(|failure| !OTHERS[2..].contains(&&*failure.property));
        for property in Judges::known().chain(OTHERS) {
            let broken = failure.is_some_and(|failure| failure.spoke().any(|spoke| spoke == property));
            let waits = liveness::PROPERTIES.iter().any(|known| known.name == property);
            let undecided = !judged || (waits && trial.progress == Progress::Undecided);
            add(&mut self.properties, property, |verdicts| match () {
                () if broken => verdicts.broken += 1,
                () if undecided => verdicts.undecided += 1,
                () => verdicts.held += 1,
            });
        }
        let extreme = Extreme { seed: trial.seed, events: trial.events, virtual_nanos: trial.virtual_nanos };
        self.slowest.push(extreme);
        self.longest.push(extreme);
        self.rank();
    }

    /// Adds the sums of other runs.
    pub fn add(&mut self, other: &Tally) {
        self.runs += other.runs;
        self.failed += other.failed;
        self.events += other.events;
        self.virtual_nanos = self.virtual_nanos.saturating_add(other.virtual_nanos);
        for (kind, times) in &other.faults {
            add(&mut self.faults, kind, |sum| *sum += times);
        }
        for (probe, times) in &other.probes {
            add(&mut self.probes, probe, |sum| *sum += times);
        }
        for (property, more) in &other.properties {
            add(&mut self.properties, property, |verdicts| {
                verdicts.held += more.held;
                verdicts.broken += more.broken;
                verdicts.undecided += more.undecided;
            });
        }
        self.slowest.extend(&other.slowest);
        self.longest.extend(&other.longest);
        self.rank();
    }

    /// The situations that no run reached, in the order of the table.
    pub fn never_reached(&self) -> impl Iterator<Item = &'static Situation> + '_ {
        SITUATIONS.iter().filter(|situation| self.probes.get(situation.name).is_none_or(|times| *times == 0))
    }

    fn rank(&mut self) {
        self.slowest.sort_by_key(|extreme| (Reverse(extreme.events), extreme.seed));
        self.longest.sort_by_key(|extreme| (Reverse(extreme.virtual_nanos), extreme.seed));
        self.slowest.truncate(EXTREMES);
        self.longest.truncate(EXTREMES);
    }
}

/// Changes what stands under a name; the name is copied once.
fn add<V: Default>(sums: &mut BTreeMap<String, V>, name: &str, change: impl FnOnce(&mut V)) {
    match sums.get_mut(name) {
        Some(sum) => change(sum),
        None => change(sums.entry(name.to_owned()).or_default()),
    }
}
