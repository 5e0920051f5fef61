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

/// Each fault with a profile whose runs show it, and the judge whose business it is.
const FOUND: [(&str, &str, &str); 6] = [
    ("ack-before-fsync", "everything", "durable-before-commit"),
    ("commit-without-quorum", "everything", "durable-before-commit"),
    ("keep-tail", "everything", "no-silent-divergence"),
    ("welcome-any-client", "clients", "fifo-client-order"),
    ("ignore-moves", "clients", "session-integrity"),
    ("reign-without-quorum", "everything", "leader-elected"),
];

#[test]
fn a_defect_is_found_by_the_judge_whose_business_it_is() {
    for (defect, profile, property) in FOUND {
        assert_eq!(found(profile, defect, 300).map(|(property, _)| property), Some(property), "{defect}");
    }
}

#[test]
fn every_defect_is_looked_for() {
    assert_eq!(FOUND.map(|(defect, ..)| defect), Defect::NAMES);
}
