//! How soon each of ZooKeeper's own bugs is found by random runs: the tester's score.
//!
//! A search goes through seeds from one that is drawn for it, with the bug put back, until a property of the bug's own is
//! broken. Nothing else is judged meanwhile: what another property says is no find, and does not end a run either; nor is
//! it one where another bug of its time speaks first, or where the machine of that time does without the bug what it does with
//! it. The seed of a find is run once more by the right machine and every judge, and must be silent. Searches of one entry
//! know nothing of each other.

mod record;
mod table;

pub use record::Record;
pub use table::{Row, rows, table};

use crate::bugs::{Bug, CATALOGUE, PutBack, Wrong, judges_of};
use crate::judges::Judges;
use crate::run::Outcome;
use crate::scenario::Diagnostic;
use crate::storm::Profile;
use crate::sweep::Subject;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// A search that is to be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Search {
    /// The bug, by its id.
    pub bug: String,
    /// The profile that draws the plans.
    pub profile: String,
    /// Which one of the searches for that bug with that profile, from 0.
    pub number: u32,
    /// So many seeds, and it is given up.
    pub limit: u64,
}

/// What came of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// What was to be done.
    #[serde(flatten)]
    pub search: Search,
    /// The property that spoke; `None`: it was given up.
    pub property: Option<String>,
    /// The seeds that were run, the one with the find included.
    pub seeds: u64,
    /// Their events.
    pub events: u64,
    /// The seconds of one processor that they took. Nothing else depends on the machine.
    pub cpu_seconds: f64,
    /// What spoke at the seed of the find without the bug, if anything did: then it is no find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_bug: Option<String>,
}

impl Found {
    /// Whether the bug was found.
    pub fn is_find(&self) -> bool {
        self.property.is_some() && self.without_bug.is_none()
    }
}

/// What a score asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Searches for each bug with each profile.
    pub searches: u32,
    /// Seeds of a search, at most.
    pub limit: u64,
    /// Whether the profile that suits a bug best is tried besides `everything`.
    pub own_profile: bool,
}

impl Scale {
    /// All that there is to know.
    pub const FULL: Scale = Scale { searches: 9, limit: 20_000, own_profile: true };
    /// A first answer.
    pub const QUICK: Scale = Scale { searches: 3, limit: 2_000, own_profile: false };

    /// The searches for some bugs, in the order of the catalogue; those that can be put back alone.
    pub fn searches(&self, wanted: &dyn Fn(&Bug) -> bool) -> Vec<Search> {
        let mut all = Vec::new();
        for bug in CATALOGUE.iter().filter(|bug| bug.can_be_put_back() && wanted(bug)) {
            let own = self.own_profile.then_some(bug.profile);
            for profile in std::iter::once("everything").chain(own) {
                all.extend((0..self.searches).map(|number| Search {
                    bug: bug.id(),
                    profile: profile.to_owned(),
                    number,
                    limit: self.limit,
                }));
            }
        }
        all
    }
}

impl Search {
    /// The seed that it begins with.
    pub fn first_seed(&self) -> u64 {
        // Far from the seeds that people try, with room for all that follow it.
        xxh3_64(format!("{} {} {}", self.bug, self.profile, self.number).as_bytes()) >> 1
    }

    /// Does it. `cpu`: the seconds of a processor that this thread has had. `None`: `stop` became true before its end. An
    /// error is a bug that nobody knows, or a plan that cannot be run.
    pub fn run(&self, cpu: &dyn Fn() -> f64, stop: &dyn Fn() -> bool) -> Result<Option<Found>, String> {
        let bug = Bug::find(&self.bug).ok_or_else(|| format!("{} is no bug of the catalogue", self.bug))?;
        let profile =
            Profile::find(&self.profile).ok_or_else(|| format!("{} is no profile", self.profile))?;
        let subject = Subject::profile(profile).with(Wrong::bug(bug))?;
        let around = bug.around().map(|wrong| Subject::profile(profile).with(wrong)).transpose()?;
        let rivals = rivals(bug);
        let names = bug.judges.iter().chain(&rivals).copied().collect::<Vec<_>>();
        let judges = Judges::only(names).map_err(|name| format!("{name} is no property"))?;
        let (first, began) = (self.first_seed(), cpu());
        let mut found = Found {
            search: self.clone(),
            property: None,
            seeds: 0,
            events: 0,
            cpu_seconds: 0.0,
            without_bug: None,
        };
        for seed in first..first.saturating_add(self.limit) {
            if stop() {
                return Ok(None);
            }
            let with = finished(&subject, seed, Some(&judges))?;
            found.seeds += 1;
            found.events += with.events;
            let Some(property) = own(bug, &rivals, &with) else { continue };
            // The machine of its time may have done without it.
            if let Some(around) = &around {
                let without = finished(around, seed, Some(&judges))?;
                found.events += without.events;
                if own(bug, &rivals, &without).is_some() {
                    continue;
                }
            }
            found.property = Some(property.to_owned());
            break;
        }
        found.cpu_seconds = ((cpu() - began) * 1000.0).round() / 1000.0;
        if found.property.is_some() {
            let seed = first + found.seeds - 1;
            let outcome = finished(&Subject::profile(profile), seed, None)?;
            let speaks = |(property, what)| format!("{}, seed {seed}: {property}: {what}", profile.name);
            found.without_bug = outcome.broken().next().map(speaks);
        }
        Ok(Some(found))
    }
}

/// The run of a seed, by some judges or by all of them.
fn finished(subject: &Subject, seed: u64, judges: Option<&Judges>) -> Result<Outcome, String> {
    let mut run = subject.run(seed).map_err(|error: Diagnostic| error.to_string())?;
    if let Some(judges) = judges {
        run.judge_by(judges.clone());
    }
    run.finish(&mut []).map_err(|error| error.to_string())
}

/// What tells of the bugs of its time, where this one has such: once that has spoken, the rest may be their doing.
fn rivals(bug: &Bug) -> Vec<&'static str> {
    let of_its_time = |setting: &PutBack| bug.era.iter().any(|name| *setting == PutBack::Defect(name));
    let others =
        CATALOGUE.iter().filter(|other| other.can_be_put_back() && other.settings.iter().all(of_its_time));
    others.flat_map(|other| judges_of(other.breaks[0])).filter(|name| !bug.judges.contains(name)).collect()
}

/// The first of a bug's own properties that speaks, if none of its rivals has spoken before.
fn own(bug: &Bug, rivals: &[&str], outcome: &Outcome) -> Option<&'static str> {
    let mut before = outcome.broken().take_while(|(property, _)| !rivals.contains(property));
    before.find(|(property, what)| bug.is_shown_by(property, what)).map(|(property, _)| property)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(bug: &str, limit: u64) -> Found {
        let search = Search { bug: bug.to_owned(), profile: "everything".to_owned(), number: 0, limit };
        search.run(&|| 0.0, &|| false).unwrap().unwrap()
    }

    #[test]
    fn a_search_ends_at_the_first_find_of_the_bugs_own() {
        let found = search("ZK-1419", 200);
        assert_eq!(found.property.as_deref(), Some("votes-rise"));
        assert!(found.seeds >= 1 && found.seeds < 200 && found.events > 0);
        let again = search("ZK-1419", found.seeds);
        assert_eq!((again.seeds, again.events, again.property), (found.seeds, found.events, found.property));
        if found.seeds > 1 {
            assert_eq!(search("ZK-1419", found.seeds - 1).property, None);
        }
    }

    #[test]
    fn what_tells_of_the_other_bugs_of_its_time_ends_a_run_without_a_find() {
        let names = |id| rivals(Bug::find(id).unwrap());
        assert_eq!(names("ZK-790"), judges_of("P-ONE"));
        assert!(names("ZK-335").is_empty() && names("ZK-4646").is_empty());
    }

    #[test]
    fn searches_begin_apart_and_are_the_same_every_time() {
        let all = Scale::FULL.searches(&|_| true);
        let mut seeds: Vec<u64> = all.iter().map(Search::first_seed).collect();
        seeds.sort_unstable();
        assert!(seeds.windows(2).all(|pair| pair[1] - pair[0] > Scale::FULL.limit));
        assert_eq!(all, Scale::FULL.searches(&|_| true));
        assert_eq!(Scale::QUICK.searches(&|bug| bug.number == 4646).len(), 3);
    }

    #[test]
    fn a_search_that_is_stopped_gives_nothing() {
        let search = Scale::QUICK.searches(&|bug| bug.number == 1419).remove(0);
        assert_eq!(search.run(&|| 0.0, &|| true), Ok(None));
    }
}
