//! The judges as a whole: each has a source and a test in which it speaks, and what it says of a run leads back to what
//! the scenario did.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use zablab_protocol::Decision;
use zablab_sim::bundled;
use zablab_sim::check::{Property, Violation};
use zablab_sim::ensemble::Effect;
use zablab_sim::judges::{HISTORY_JUDGES, JUDGES, Judges};
use zablab_sim::report;
use zablab_sim::run::{Observer, Run, StepView};
use zablab_sim::scenario::Scenario;
use zablab_sim::view::lineage;

fn properties() -> impl Iterator<Item = &'static Property> {
    JUDGES.iter().flat_map(|(_, properties)| properties.iter())
}

#[test]
fn every_property_has_a_name_of_its_own_a_source_and_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = BTreeSet::new();
    let of_histories = HISTORY_JUDGES.iter().flat_map(|(_, properties)| properties.iter());
    for property in properties().chain(of_histories) {
        assert!(names.insert(property.name), "{} twice", property.name);
        assert!(!property.says.is_empty() && !property.source.is_empty(), "{}", property.name);
        let (file, test) = property.test.split_once("::").unwrap();
        let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let (before, _) =
            text.split_once(&format!("fn {test}(")).unwrap_or_else(|| panic!("{}", property.test));
        assert!(before.trim_end().ends_with("#[test]"), "{} is no test", property.test);
    }
}

#[test]
fn only_what_is_asked_for_is_judged() {
    assert_eq!(Judges::default().count(), properties().count());
    for property in properties() {
        let judges = Judges::only([property.name]).unwrap();
        assert_eq!(properties().filter(|other| judges.include(other.name)).collect::<Vec<_>>(), [property]);
    }
    assert_eq!(Judges::only(["integrity", "nonsense"]), Err("nonsense"));
    let mut run = run();
    run.judge_by(Judges::only(["integrity", "leader-serves"]).unwrap());
    assert_eq!(run.finish(&mut []).unwrap().judged, 2);
}

const NAME: &str = "write-path";

fn run() -> Run {
    let text = bundled::find(NAME).unwrap();
    Run::new(NAME, text, &Scenario::parse(NAME, text).unwrap(), 0).unwrap()
}

/// Finds the step of the first commit.
#[derive(Default)]
struct FirstCommit(Option<(u64, u64)>);

impl Observer for FirstCommit {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let commits =
            |effect: &Effect| matches!(effect, Effect::Decided { decision: Decision::Committed { .. }, .. });
        if self.0.is_none() && step.effects.iter().any(commits) {
            self.0 = Some((step.moment.at, step.moment.step));
        }
        Ok(())
    }
}

#[test]
fn a_violation_is_told_with_what_led_to_it() {
    let mut first = FirstCommit::default();
    let mut outcome = run().finish(&mut [&mut first]).unwrap();
    let (at, step) = first.0.unwrap();
    let zxid = outcome.ensemble.nodes[0].disk.storage().log.txns()[0].zxid;
    outcome.lineage = lineage([run(), run()], step).unwrap();
    assert_eq!(outcome.lineage.last().unwrap().step, step);
    let first = outcome.lineage.first().unwrap();
    assert_eq!((&*first.who, &*first.what), ("c1", "starts"), "the scenario began it");
    for pair in outcome.lineage.windows(2) {
        assert!(pair[0].step < pair[1].step && pair[0].at <= pair[1].at, "{pair:?}");
    }
    outcome.violations.push(Violation {
        property: "durable-before-commit",
        at,
        step,
        servers: vec!["zk3".to_owned()],
        zxids: vec![zxid],
        what: format!("zk3 commits {zxid}, or so this test says"),
    });
    insta::assert_snapshot!("violation", report::verdict(NAME, 0, &outcome));
    let json = report::json(NAME, 0, &outcome);
    assert_eq!(json["violations"][0]["zxids"][0], zxid.to_string());
    assert_eq!(json["lineage"][0]["step"], outcome.lineage[0].step);
}
