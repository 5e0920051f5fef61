//! What releases had: the order of a learner's steps, and the switches that stand for their bugs.

use super::put_back::PutBack;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A release of ZooKeeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Release {
    /// The line of releases: 3, 9.
    line: (u8, u8),
    /// The number in its line.
    patch: u8,
}

/// The lines of releases that are known, with the last release of each.
const LINES: [(u8, u8); 10] =
    [(0, 1), (1, 2), (2, 2), (3, 6), (4, 14), (5, 10), (6, 4), (7, 2), (8, 6), (9, 5)];

/// From a release on, up to another one, which no longer has it.
type Span = (Release, Release);

const fn r(minor: u8, patch: u8) -> Release {
    Release { line: (3, minor), patch }
}

/// Behind the last release.
const NOW: Release = r(u8::MAX, 0);
/// Before the first one.
const FIRST: Release = r(0, 0);

impl Release {
    /// `3.8.4`, of a line that is known.
    pub fn parse(text: &str) -> Option<Release> {
        let mut numbers = text.split('.').map(|number| {
            number.bytes().all(|digit| digit.is_ascii_digit()).then(|| number.parse::<u8>().ok()).flatten()
        });
        let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let last = LINES.iter().find(|(line, _)| *line == minor)?.1;
        (numbers.next().is_none() && major == 3 && patch <= last).then(|| r(minor, patch))
    }

    fn is_in(self, spans: &[Span]) -> bool {
        spans.iter().any(|(from, to)| (*from..*to).contains(&self))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.line.0, self.line.1, self.patch)
    }
}

impl std::str::FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Release, String> {
        Release::parse(text)
            .ok_or_else(|| "expected a release of ZooKeeper from 3.0.0 to 3.9.5, such as 3.8.4".to_owned())
    }
}

impl TryFrom<String> for Release {
    type Error = String;

    fn try_from(text: String) -> Result<Release, String> {
        text.parse()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> String {
        release.to_string()
    }
}

/// The order of steps at NEWLEADER and UPTODATE, by release: what 2678, 3911, 4785 and 4646's repair made of it.
const NEWLEADER: [(&str, &[Span]); 6] = [
    ("snap", &[(FIRST, r(4, 10)), (r(5, 0), r(5, 3))]),
    ("late-log", &[(r(4, 10), r(5, 0)), (r(5, 3), r(5, 9)), (r(6, 0), r(6, 3))]),
    ("async-log", &[(r(5, 9), r(6, 0)), (r(6, 3), r(8, 5)), (r(9, 0), r(9, 2))]),
    ("sync-log", &[(r(8, 5), r(9, 0)), (r(9, 2), r(9, 3))]),
    ("committed-only", &[(r(9, 3), r(9, 4))]),
    ("right", &[(r(9, 4), NOW)]),
];

/// The switches, with the issue whose fix took each away, and the releases before that. A fault that was open in July 2026
/// lasts to the end.
const SWITCHES: &[(&str, u32, &[Span])] = &[
    ("early-last-zxid", 790, &[(FIRST, r(3, 2))]),
    ("no-accepted-epoch", 335, &[(FIRST, r(4, 0))]),
    ("vote-order-unguarded", 1419, &[(r(4, 0), r(4, 4))]),
    ("joiner-compares-full-vote", 1732, &[(FIRST, r(4, 6)), (r(5, 0), r(5, 5))]),
    ("no-vote-refresh", 1732, &[(FIRST, r(4, 6))]),
    ("self-leader-ignores-round", 1514, &[(FIRST, r(4, 4))]),
    ("leave-when-all-voted", 975, &[(FIRST, r(4, 0))]),
    ("trust-single-leading", 975, &[(FIRST, r(4, 0))]),
    ("check-leader-wrong-tally", 3537, &[(FIRST, r(6, 0))]),
    ("quorum-without-self", 1270, &[(FIRST, r(4, 0))]),
    ("epoch-ack-timeout-ignored", 1192, &[(FIRST, r(4, 0))]),
    ("epoch-strictly-greater", 1343, &[(r(4, 0), r(4, 3))]),
    ("log-thread-dies-alone", 2247, &[(FIRST, r(4, 9)), (r(5, 0), r(5, 3))]),
    ("no-memory-ahead-of-disk-check", 4882, &[(FIRST, r(4, 9)), (r(5, 0), r(5, 3))]),
    ("no-rollover-guard", 1277, &[(FIRST, r(3, 5)), (r(4, 0), r(4, 4))]),
    ("no-recovery-marker", 1653, &[(FIRST, r(4, 6)), (r(5, 0), NOW)]),
    ("log-queue-survives-shutdown", 4712, &[(r(4, 10), r(5, 0)), (r(5, 3), r(9, 3))]),
    ("reuse-db-without-replay", 2845, &[(r(4, 10), r(4, 12)), (r(5, 3), r(5, 4))]),
    ("last-zxid-at-diff-header", 2355, &[(FIRST, r(4, 11)), (r(5, 0), r(5, 4))]),
    ("diff-without-trunc", 1154, &[(FIRST, r(3, 4))]),
    ("last-proposed-zero", 1319, &[(r(4, 0), r(4, 1))]),
    ("sync-skips-session-table", 1367, &[(r(3, 4), r(3, 5)), (r(4, 0), r(4, 3))]),
    ("keep-db-after-partial-snap", 3642, &[(r(4, 10), r(5, 0)), (r(5, 3), r(5, 10)), (r(6, 0), r(6, 3))]),
    ("snapshot-not-synced", 2872, &[(FIRST, r(5, 10))]),
    ("newleader-before-snapshot", 3104, &[(FIRST, r(5, 5))]),
];

/// What releases had besides, and the machine cannot be made to have: the issue, what it is about, the releases.
const UNCOVERED: &[(u32, &str, &[Span])] = &[
    (962, "transactions fall between a DIFF and the live stream", &[(FIRST, r(3, 3))]),
    (1156, "TRUNC cuts one record too many", &[(FIRST, r(3, 4))]),
    (1697, "a learner that still loads is dropped by the sync limit", &[(FIRST, r(4, 6))]),
    (1558, "a snapshot is saved at start, with what is not committed", &[(FIRST, r(4, 6))]),
    (1551, "an observer drops what comes between snapshot and UPTODATE", &[(FIRST, r(4, 6))]),
    (1863, "requests complete out of order", &[(FIRST, r(5, 0))]),
    (2307, "the accepted epoch is in memory before it is on disk", &[(FIRST, r(5, 8)), (r(6, 0), r(6, 3))]),
    (2325, "a server that lost its snapshots starts empty", &[(FIRST, r(5, 3))]),
    (2930, "a dead peer blocks notifications to the living", &[(FIRST, r(5, 8))]),
    (2959, "observers count for the quorum of an epoch", &[(FIRST, r(4, 13)), (r(5, 0), r(5, 4))]),
    (3109, "a leader that lost its voters waits for the whole init limit", &[(FIRST, r(6, 0))]),
    (3598, "the commit applier of one role goes on in the next", &[(FIRST, r(6, 0))]),
    (3701, "a TRUNC fails and the server goes on", &[(FIRST, r(5, 7))]),
    (
        4537,
        "a commit overtakes a request of its session",
        &[(r(6, 0), r(6, 4)), (r(7, 0), r(7, 2)), (r(8, 0), r(8, 1))],
    ),
    (4837, "a snapshot above the cut survives a TRUNC", &[(FIRST, NOW)]),
];

/// What a release had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The settings that make the machine like it, as far as it can be.
    pub settings: Vec<PutBack>,
    /// What it had and the machine does not get, each with its issue.
    pub uncovered: Vec<String>,
}

impl Past {
    /// What a release had.
    pub fn of(release: Release) -> Past {
        let mut past = Past { settings: Vec::new(), uncovered: Vec::new() };
        let order = NEWLEADER.iter().find(|(_, spans)| release.is_in(spans));
        if let Some((order, _)) = order.filter(|(order, _)| *order != "right") {
            past.add(PutBack::Word("newleader", order), 2678);
        }
        for (switch, issue, _) in SWITCHES.iter().filter(|(_, _, spans)| release.is_in(spans)) {
            past.add(PutBack::Defect(switch), *issue);
        }
        let uncovered = UNCOVERED.iter().filter(|(_, _, spans)| release.is_in(spans));
        past.uncovered.extend(uncovered.map(|(issue, what, _)| format!("ZK-{issue}: {what}")));
        past
    }

    fn add(&mut self, setting: PutBack, issue: u32) {
        if setting.is_known() {
            self.settings.push(setting);
        } else {
            self.uncovered.push(format!("ZK-{issue}: there is no `{setting}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn had(release: &str) -> Vec<String> {
        let past = Past::of(Release::parse(release).unwrap());
        past.settings.iter().map(PutBack::to_string).collect()
    }

    #[test]
    fn every_release_has_one_order_of_steps() {
        for (minor, last) in LINES {
            for patch in 0..=last {
                let release = r(minor, patch);
                let orders = NEWLEADER.iter().filter(|(_, spans)| release.is_in(spans)).count();
                assert_eq!(orders, 1, "{release}");
            }
        }
    }

    #[test]
    fn releases_have_what_the_catalogue_says() {
        for (release, order) in [
            ("3.4.6", "set newleader snap"),
            ("3.5.5", "set newleader late-log"),
            ("3.5.9", "set newleader async-log"),
            ("3.6.1", "set newleader late-log"),
            ("3.6.3", "set newleader async-log"),
            ("3.7.0", "set newleader async-log"),
            ("3.8.0", "set newleader async-log"),
            ("3.8.4", "set newleader async-log"),
            ("3.8.5", "set newleader sync-log"),
            ("3.9.0", "set newleader async-log"),
            ("3.9.2", "set newleader sync-log"),
            ("3.9.3", "set newleader committed-only"),
        ] {
            assert!(had(release).contains(&order.to_owned()), "{release}: {:?}", had(release));
        }
        assert!(had("3.9.4").iter().all(|line| !line.contains("newleader")));
        let has = |release: &str, switch: &str| had(release).contains(&format!("set defects {switch}"));
        assert!(has("3.8.4", "log-queue-survives-shutdown") && !has("3.9.3", "log-queue-survives-shutdown"));
        assert!(has("3.5.3", "reuse-db-without-replay") && !has("3.5.4", "reuse-db-without-replay"));
        assert!(has("3.4.10", "last-zxid-at-diff-header") && !has("3.4.11", "last-zxid-at-diff-header"));
    }

    #[test]
    fn what_is_no_release_is_refused() {
        for text in ["", "3", "3.8", "3.8.99", "3.10.0", "2.0.0", "3.8.4.1", "3.8.x", "+3.8.4", "3.8.4-rc1"] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
        assert_eq!("3.8.4".parse::<Release>().unwrap().to_string(), "3.8.4");
    }
}
