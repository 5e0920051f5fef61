//! Deliberate faults of the machine are found by random runs, by the judge whose business they are.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use zablab_protocol::Defect;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;
use zablab_sim::storm::Profile;

/// The judge that speaks first, and the first seed in which one does.
fn found(profile: &str, defect: &str, seeds: u64) -> Option<(&'static str, u64)> {
    (0..seeds).find_map(|seed| {
        let plan = Profile::find(profile).unwrap().plan(seed).unwrap();
        let text = format!("{plan}set defects {defect}\n");
        let scenario = Scenario::parse("storm", &text).unwrap();
        let outcome = Run::new("storm", &text, &scenario, seed).unwrap().finish(&mut []).unwrap();
        let violations = outcome.violations.iter().map(|violation| violation.property);
        let missing = outcome.missing.iter().map(|missing| missing.property);
        let findings = outcome.findings.iter().map(|finding| finding.property);
        violations.chain(missing).chain(findings).next().map(|first| (first, seed))
    })
}

/// Each fault, or faults that show together, with a profile whose runs show it, and the judge whose business it is.
const FOUND: [(&str, &str, &str); 11] = [
    ("ack-before-fsync", "everything", "durable-before-commit"),
    ("commit-without-quorum", "everything", "durable-before-commit"),
    ("keep-tail", "everything", "no-silent-divergence"),
    ("welcome-any-client", "clients", "fifo-client-order"),
    ("ignore-moves", "clients", "session-integrity"),
    ("reign-without-quorum", "everything", "leader-elected"),
    ("no-accepted-epoch", "everything", "one-leader-per-epoch"),
    ("vote-order-unguarded", "everything", "votes-rise"),
    ("self-leader-ignores-round", "everything", "elected-by-quorum"),
    ("leave-when-all-voted", "everything", "elected-by-quorum"),
    ("trust-single-leading", "everything", "elected-by-quorum"),
];

/// Faults that so few seeds do not show, or no storm.
const RARE: [&str; 11] = [
    "early-last-zxid",
    "joiner-compares-full-vote",
    "no-vote-refresh",
    "check-leader-wrong-tally",
    "quorum-without-self",
    "epoch-ack-timeout-ignored",
    "epoch-strictly-greater",
    "count-minus-one-ack",
    "log-thread-dies-alone",
    "no-memory-ahead-of-disk-check",
    "no-rollover-guard",
];

#[test]
fn a_defect_is_found_by_the_judge_whose_business_it_is() {
    for (defect, profile, property) in FOUND {
        assert_eq!(found(profile, defect, 300).map(|(property, _)| property), Some(property), "{defect}");
    }
}

/// Each fault that is too rare for so few seeds, with a bundled scenario that shows it.
const SHOWN: [(&str, &str, &str); 1] = [("exit-when-trunc-fails", "trunc-below-a-snap", "nobody-dies")];

#[test]
fn a_rare_defect_is_shown_by_a_scenario_that_is_green_without_it() {
    for (defect, name, property) in SHOWN {
        let bundled = zablab_sim::bundled::find(name).unwrap();
        let run = |text: &str| {
            let scenario = Scenario::parse(name, text).unwrap();
            Run::new(name, text, &scenario, 0).unwrap().finish(&mut []).unwrap()
        };
        assert!(run(bundled).is_green(), "{name}");
        let outcome = run(&format!("{bundled}set defects {defect}\n"));
        assert_eq!(
            outcome.violations.first().map(|violation| violation.property),
            Some(property),
            "{defect}"
        );
    }
}

#[test]
fn every_defect_is_looked_for_or_known_to_be_rare() {
    let looked_for = |name: &str| {
        let mut all = FOUND.iter().chain(&SHOWN);
        all.any(|(defects, ..)| defects.split(':').any(|one| one == name))
    };
    for name in Defect::NAMES {
        assert!(looked_for(name) != RARE.contains(&name), "{name}");
    }
    assert!(RARE.iter().all(|name| Defect::NAMES.contains(name)));
}
