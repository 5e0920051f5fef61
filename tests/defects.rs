//! Deliberate faults of the machine are found by random runs, by the judge whose business they are.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;
use zablab_sim::storm::Profile;

/// The judge that speaks first, and the first seed in which one does.
fn found(defect: &str, seeds: u64) -> Option<(&'static str, u64)> {
    (0..seeds).find_map(|seed| {
        let plan = Profile::find("everything").unwrap().plan(seed).unwrap();
        let text = format!("{plan}set defects {defect}\n");
        let scenario = Scenario::parse("storm", &text).unwrap();
        let outcome = Run::new("storm", &text, &scenario, seed).unwrap().finish(&mut []).unwrap();
        let violations = outcome.violations.iter().map(|violation| violation.property);
        let missing = outcome.missing.iter().map(|missing| missing.property);
        let findings = outcome.findings.iter().map(|finding| finding.property);
        violations.chain(missing).chain(findings).next().map(|first| (first, seed))
    })
}

#[test]
fn a_defect_is_found_by_the_judge_whose_business_it_is() {
    for (defect, property) in [
        ("ack-before-fsync", "durable-before-commit"),
        ("commit-without-quorum", "durable-before-commit"),
        ("reign-without-quorum", "leader-elected"),
    ] {
        assert_eq!(found(defect, 100).map(|(property, _)| property), Some(property), "{defect}");
    }
}
