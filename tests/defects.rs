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
fn every_defect_is_looked_for() {
    let all: Vec<_> = FOUND.iter().chain(&SHOWN).map(|(defect, ..)| *defect).collect();
    assert_eq!(all, Defect::NAMES);
}
