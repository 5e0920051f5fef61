//! Random faults over many seeds: no property is broken, no client is promised what is not kept, nothing panics, and
//! after the last fault the service comes back. The number of seeds is scaled by `ZABLAB_TEST_SEEDS` (default 200).

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use zablab_protocol::Decision;
use zablab_sim::ensemble::Effect;
use zablab_sim::history::Type;
use zablab_sim::liveness::Standing;
use zablab_sim::run::{Ending, Observer, Run, StepView};
use zablab_sim::scenario::Scenario;
use zablab_sim::storm::{PROFILES, Profile};

/// So many seeds of the profile are judged.
fn judged(profile: &str, seeds: u64) {
    let from = std::env::var("ZABLAB_TEST_FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0u64);
    let profile = Profile::find(profile).unwrap();
    let (mut commits, mut reads) = (0, 0);
    for seed in from..from + seeds {
        let plan = profile.plan(seed).unwrap();
        let text = plan.to_string();
        let outcome = Run::new(profile.name, &text, &plan, seed).unwrap().finish(&mut []).unwrap();
        assert_eq!(outcome.violations, [], "seed {seed}:\n{text}");
        assert_eq!(outcome.ending, Ending::Complete, "seed {seed}");
        assert_eq!(
            (outcome.missing, outcome.progress),
            (vec![], Some(Standing::Kept)),
            "seed {seed}:\n{text}"
        );
        assert_eq!(outcome.unmet, [], "seed {seed}:\n{text}");
        assert_eq!(outcome.findings, [], "seed {seed}:\n{text}");
        reads += outcome.history.iter().filter(|event| event.f == "read" && event.kind == Type::Ok).count();
        commits +=
            outcome.ensemble.nodes.iter().map(|node| node.disk.storage().log.txns().len()).max().unwrap_or(0);
    }
    assert!(commits as u64 > seeds * 50, "the storms hardly write: {commits} transactions in {seeds} runs");
    assert!(reads as u64 > seeds * 50, "the storms hardly read: {reads} reads in {seeds} runs");
}

fn seeds() -> u64 {
    std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

#[test]
fn everything_at_once_breaks_no_property_and_the_service_comes_back() {
    judged("everything", seeds());
}

/// The profiles with fewer kinds of fault, in two parts that run side by side; a tenth of a large number of seeds each.
fn narrower(part: usize) {
    let seeds = seeds().min(200).max(seeds() / 10);
    let narrower = PROFILES.iter().filter(|profile| profile.name != "everything");
    for profile in narrower.skip(part).step_by(2) {
        judged(profile.name, seeds);
    }
}

#[test]
fn few_kinds_of_fault_break_no_property_and_the_service_comes_back() {
    narrower(0);
}

#[test]
fn other_few_kinds_of_fault_break_no_property_and_the_service_comes_back() {
    narrower(1);
}

/// Counts how servers were synchronized.
#[derive(Default)]
struct Modes([u64; 3]);

impl Observer for Modes {
    fn step(&mut self, view: &StepView<'_>) -> std::io::Result<()> {
        for effect in view.effects {
            if let Effect::Decided { decision: Decision::Synced { mode, .. }, .. } = effect {
                self.0[*mode as usize] += 1;
            }
        }
        Ok(())
    }
}

#[test]
fn servers_are_synchronized_in_every_way() {
    let mut modes = Modes::default();
    for seed in 0..60 {
        let plan = Profile::find("everything").unwrap().plan(seed).unwrap();
        Run::new("storm", "", &plan, seed).unwrap().finish(&mut [&mut modes]).unwrap();
    }
    assert!(modes.0.into_iter().all(|times| times > 5), "DIFF, TRUNC and SNAP: {:?}", modes.0);
}

#[test]
fn a_plan_runs_as_its_text_does() {
    for seed in 0..30 {
        let plan = Profile::find("everything").unwrap().plan(seed).unwrap();
        let text = plan.to_string();
        let read = Scenario::parse("storm", &text).unwrap_or_else(|error| panic!("{error}"));
        let hash = |scenario| Run::new("storm", &text, scenario, seed).unwrap().finish(&mut []).unwrap().hash;
        assert_eq!(hash(&plan), hash(&read), "seed {seed}");
    }
}

/// Tasks that cost nothing step within the action that woke them, unless a trigger could stand between: that may show in
/// the number of steps and in nothing else.
#[test]
fn single_steps_change_nothing_but_their_number() {
    let mut saved = 0;
    for seed in 0..60 {
        let text = Profile::find("everything").unwrap().plan(seed).unwrap().to_string();
        let stepped = format!("{text}if zk1 decided own-id-calls: kill zk1\n");
        let run = |text: &str| {
            let scenario = Scenario::parse("storm", text).unwrap_or_else(|error| panic!("{error}"));
            Run::new("storm", text, &scenario, seed).unwrap().finish(&mut []).unwrap()
        };
        let (prompt, stepped) = (run(&text), run(&stepped));
        assert_eq!((prompt.events, prompt.met), (stepped.events, stepped.met), "seed {seed}");
        assert_eq!(prompt.history, stepped.history, "seed {seed}");
        for (a, b) in prompt.ensemble.nodes.iter().zip(&stepped.ensemble.nodes) {
            assert_eq!((a.status(), &a.disk), (b.status(), &b.disk), "seed {seed}, {}", a.name);
        }
        saved += stepped.steps - prompt.steps;
    }
    assert!(saved > 0, "no storm ran without delays for its tasks");
}
