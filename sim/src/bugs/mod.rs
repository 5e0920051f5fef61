//! ZooKeeper's own bugs: what each was, how it is put back into the machine, and what must notice it.
//!
//! An entry is a lesson before it is a switch: what went wrong, the shortest way there, and what to look at. What is
//! counted for an entry is a violation of one of its own properties; several share their switch, and whatever else that
//! switch breaks is a find for another entry.

mod discovery;
mod election;
mod leader;
mod lesson;
mod put_back;
mod recovery;
mod release;
mod sync;
mod wrong;

pub use lesson::{Lesson, Shown};
pub use put_back::PutBack;
pub use release::{Past, Release};
pub use wrong::{Wrong, amend, amended};

use crate::{bundled, judges};

/// A bug that ZooKeeper had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bug {
    /// Its number among ZooKeeper's issues.
    pub number: u32,
    /// Other issues about the same fault, or fixed by the same change.
    pub also: &'static [u32],
    /// What is wrong, in a line.
    pub title: &'static str,
    /// The part of the protocol that it is about.
    pub class: Class,
    /// The releases that had it, and those that no longer do, in words.
    pub releases: &'static str,
    /// The settings that put it back; empty: it cannot be put back yet.
    pub settings: &'static [PutBack],
    /// Switches among them that belong to its time and not to it: what shows with them alone is no find of this bug.
    pub era: &'static [&'static str],
    /// The codes of the properties that it breaks, its first one the most telling.
    pub breaks: &'static [&'static str],
    /// The judges that must speak, one of them at least, before any other.
    pub judges: &'static [&'static str],
    /// What else the violation must say, where bugs with one switch break one property; else empty.
    pub words: &'static str,
    /// The profile of random runs that finds it soonest besides `everything`.
    pub profile: &'static str,
    /// What goes wrong, and why.
    pub mechanism: &'static str,
    /// The shortest way there, step by step.
    pub schedule: &'static [&'static str],
    /// What a run of it shows.
    pub look: &'static str,
    /// What a model checker needed to find it, as published.
    pub published: Option<&'static str>,
}

/// What a bug is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Who leads.
    Election,
    /// Which epoch it is.
    Discovery,
    /// How a learner catches up.
    Sync,
    /// What a disk says after a crash.
    Recovery,
    /// What outlives a role in one process.
    Restart,
    /// What a leader or its log writer does while it leads.
    Broadcast,
    /// What becomes of sessions when the leader changes.
    Sessions,
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Class::Election => "election",
            Class::Discovery => "discovery",
            Class::Sync => "sync",
            Class::Recovery => "recovery",
            Class::Restart => "restart",
            Class::Broadcast => "broadcast",
            Class::Sessions => "sessions",
        })
    }
}

/// The bugs that a tester must find, the most instructive first, and then the next best.
pub const CATALOGUE: &[&Bug] = &[
    &sync::ZK_4646,
    &sync::ZK_4643,
    &sync::ZK_3911,
    &recovery::ZK_2845,
    &recovery::ZK_4712,
    &sync::ZK_1154,
    &sync::ZK_1282,
    &discovery::ZK_335,
    &sync::ZK_4925,
    &sync::ZK_2355,
    &election::ZK_1419,
    &election::ZK_1732,
    &sync::ZK_4685,
    &sync::ZK_4394,
    &recovery::ZK_1653,
    &sync::ZK_1367,
    &sync::ZK_3023,
    &sync::ZK_1319,
    &leader::ZK_790,
    &leader::ZK_2247,
    &leader::ZK_1277,
    &recovery::ZK_3642,
    &discovery::ZK_1270,
    &discovery::ZK_1343,
    &sync::ZK_3104,
    &election::ZK_975,
];

/// How many of [`CATALOGUE`], from the first on, must be found.
pub const MUST_FIND: usize = 16;

impl Bug {
    /// The one of that name: `ZK-4646`, in any case, or the number alone; another issue about it will do.
    pub fn find(name: &str) -> Option<&'static Bug> {
        let digits =
            name.get(..3).filter(|head| head.eq_ignore_ascii_case("zk-")).map_or(name, |_| &name[3..]);
        let number: u32 =
            digits.parse().ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
        let known = |bug: &&&Bug| bug.number == number;
        let also = |bug: &&&Bug| bug.also.contains(&number);
        CATALOGUE.iter().find(known).or_else(|| CATALOGUE.iter().find(also)).copied()
    }

    /// `ZK-4646`.
    pub fn id(&self) -> String {
        format!("ZK-{}", self.number)
    }

    /// The bundled scenario that shows it, if there is one.
    pub fn scenario(&self) -> Option<(&'static str, &'static str)> {
        let name = format!("zk-{}", self.number);
        bundled::SCENARIOS.iter().find(|(known, _)| *known == name).copied()
    }

    /// Whether the machine has what it takes to put it back.
    pub fn can_be_put_back(&self) -> bool {
        !self.settings.is_empty() && self.settings.iter().all(PutBack::is_known)
    }

    /// Whether a violation of this property, told in these words, is a find of this bug.
    pub fn is_shown_by(&self, property: &str, what: &str) -> bool {
        self.judges.contains(&property) && what.split(' ').any(|word| word.contains(self.words))
    }

    /// What is wrong with the machine of its time without it; `None`: nothing.
    pub fn around(&self) -> Option<Wrong> {
        (!self.era.is_empty()).then(|| Wrong::defects(&self.era.join(":")))
    }

    /// Whether it must be found.
    pub fn is_must(&self) -> bool {
        CATALOGUE[..MUST_FIND].iter().any(|bug| bug.number == self.number)
    }
}

/// The judges of a run that a name stands for: its own, or those with that code in their source (`P-DUR`).
pub fn judges_of(name: &str) -> Vec<&'static str> {
    let properties = || judges::JUDGES.iter().flat_map(|(_, properties)| properties.iter());
    let is_code = name.starts_with("P-") || name.starts_with("L-");
    let coded = |source: &str| is_code && source.split([' ', ',', ';', '(', ')']).any(|word| word == name);
    properties()
        .filter(|property| property.name == name || coded(property.source))
        .map(|property| property.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::storm::Profile;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_is_whole() {
        let mut numbers = BTreeSet::new();
        for bug in CATALOGUE {
            let id = bug.id();
            assert!(numbers.insert(bug.number), "{id} is there twice");
            assert!(bug.schedule.len() >= 2 && !bug.mechanism.is_empty() && !bug.look.is_empty(), "{id}");
            assert!(Profile::find(bug.profile).is_some_and(|profile| profile.name != "everything"), "{id}");
            assert!(!bug.breaks.is_empty() && !bug.judges.is_empty(), "{id}");
            for code in bug.breaks {
                assert!(!judges_of(code).is_empty(), "{id}: nobody judges {code}");
            }
            for judge in bug.judges {
                assert_eq!(judges_of(judge), [*judge], "{id}");
            }
            assert!(bug.era.iter().all(|name| bug.settings.contains(&PutBack::Defect(name))), "{id}");
            assert!(bug.era.is_empty() || bug.era.len() < bug.settings.len(), "{id}: nothing of it is left");
            if bug.can_be_put_back() {
                let settings = Wrong::bug(bug).settings().unwrap();
                let text = "ensemble zk1\nat 1s end\n";
                let scenario = Scenario::parse(&id, text).unwrap();
                let (text, _) = amended(&id, text, &scenario, &settings).unwrap();
                assert!(text.matches("\nset ").count() >= 1, "{text}");
            }
        }
        assert!(CATALOGUE.len() >= MUST_FIND);
    }

    #[test]
    fn a_bug_has_many_names() {
        for name in ["ZK-4646", "zk-4646", "4646", "ZK-4785", "4785"] {
            assert_eq!(Bug::find(name).map(|bug| bug.number), Some(4646), "{name}");
        }
        for name in ["", "ZK-", "ZK-1", "zk4646", "4646a", "+4646", "é646"] {
            assert_eq!(Bug::find(name), None, "{name}");
        }
    }

    #[test]
    fn a_code_stands_for_all_judges_that_name_it() {
        assert_eq!(judges_of("P-INIT"), ["initial-history"]);
        assert_eq!(judges_of("votes-rise"), ["votes-rise"]);
        assert!(judges_of("P-DUR").len() >= 3);
        assert!(judges_of("P-").is_empty() && judges_of("protocol").is_empty());
    }
}
