//! Random faults over many seeds: no property is broken, no client is promised what is not kept, nothing panics, and
//! after the last fault the service comes back. The number of seeds is scaled by `ZABLAB_TEST_SEEDS` (default 200).

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use zablab_sim::history::Type;
use zablab_sim::liveness::Standing;
use zablab_sim::run::{Ending, Run};
use zablab_sim::scenario::Scenario;
use zablab_sim::storm::Profile;

#[test]
fn no_property_is_broken_and_the_service_comes_back() {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200u64);
    let from = std::env::var("ZABLAB_TEST_FROM").ok().and_then(|n| n.parse().ok()).unwrap_or(0u64);
    let (mut commits, mut reads) = (0, 0);
    for seed in from..from + seeds {
        let text = Profile::find("everything").unwrap().plan(seed).unwrap().to_string();
        let scenario = Scenario::parse("storm", &text).unwrap_or_else(|error| panic!("{error}"));
        let outcome = Run::new("storm", &text, &scenario, seed).unwrap().finish(&mut []).unwrap();
        assert_eq!(outcome.violations, [], "seed {seed}:\n{text}");
        assert_eq!(outcome.ending, Ending::Complete, "seed {seed}");
        assert_eq!(outcome.unmet, [], "seed {seed}:\n{text}");
        assert_eq!(
            (outcome.missing, outcome.progress),
            (vec![], Some(Standing::Kept)),
            "seed {seed}:\n{text}"
        );
        assert_eq!(outcome.findings, [], "seed {seed}:\n{text}");
        reads += outcome.history.iter().filter(|event| event.f == "read" && event.kind == Type::Ok).count();
        commits +=
            outcome.ensemble.nodes.iter().map(|node| node.disk.storage().log.txns().len()).max().unwrap_or(0);
    }
    assert!(commits as u64 > seeds * 5, "the storms hardly write: {commits} transactions in {seeds} runs");
    assert!(reads as u64 > seeds * 20, "the storms hardly read: {reads} reads in {seeds} runs");
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
