//! Worlds to begin with, from a quiet one to one in which disks fail.

use crate::storm::Profile;

/// A world.
pub(super) struct Level {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    from: From,
}

/// Where its text comes from.
enum From {
    Text(&'static str),
    /// The plan of a profile of random runs, of three servers.
    Plan(&'static str),
}

/// All of them, the quiet ones first.
pub(super) const LEVELS: &[Level] = &[
    Level {
        name: "three-servers",
        title: "Three servers, nothing goes wrong",
        from: From::Text("# Three servers, and you.\n\nensemble zk1 zk2 zk3\n\nat 0s    start all\n"),
    },
    Level {
        name: "five-servers",
        title: "Five servers, nothing goes wrong",
        from: From::Text("# Five servers, and you.\n\nensemble zk1 zk2 zk3 zk4 zk5\n\nat 0s    start all\n"),
    },
    Level {
        name: "slow-links",
        title: "Slow links that break, and slow disks",
        from: From::Text(
            "# Packets take up to a third of a second, disks up to a tenth; now and then a connection breaks.\n\n\
             ensemble zk1 zk2 zk3\nset latency 1ms..300ms\nset fsync 5ms..100ms\n\nat 0s    start all\n\n\
             at 8s    reset zk1 from zk2\nat 14s   reset zk2 from zk3\nat 21s   reset zk1 from zk3\nby 40s   expect available\n",
        ),
    },
    Level {
        name: "partitions",
        title: "Links are cut, slowed, broken and refused",
        from: From::Plan("partitions"),
    },
    Level { name: "crashes", title: "Processes and machines end at any moment", from: From::Plan("crashes") },
    Level { name: "bad-disks", title: "Disks stand still, are full, or fail", from: From::Plan("disks") },
];

impl Level {
    pub(super) fn find(name: &str) -> Option<&'static Level> {
        LEVELS.iter().find(|level| level.name == name)
    }

    /// Its text for a seed.
    pub(super) fn text(&self, seed: u64) -> String {
        match self.from {
            From::Text(text) => text.to_owned(),
            From::Plan(profile) => Profile::find(profile)
                .map(|profile| profile.plan_for(seed, Some(3)))
                .unwrap_or_default()
                .to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn every_level_is_a_canonical_scenario() {
        for level in LEVELS {
            for seed in 0..5 {
                let text = level.text(seed);
                let scenario = Scenario::parse(level.name, &text).unwrap();
                assert_eq!(scenario.to_string(), text, "{}", level.name);
            }
        }
    }
}
