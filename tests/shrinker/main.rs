//! Failing runs come back small: machines that are deliberately broken, under random plans. `ZABLAB_TEST_SEEDS` at 20000 or
//! more makes thirty failures small, else some.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod catalogue;
mod command;
mod turning;

use zablab_sim::run::{Outcome, Run};
use zablab_sim::scenario::{Expectation, Line, Scenario, Statement};
use zablab_sim::shrink::{NotShrunk, Shrunk, shrink, spoken};
use zablab_sim::storm::Profile;

/// Defects that random plans find soon, then those that take long.
const FREQUENT: [&str; 3] = ["ack-before-fsync", "commit-without-quorum", "reign-without-quorum"];
const RARE: [&str; 3] = ["keep-tail", "welcome-any-client", "ignore-moves"];

fn broken_plan(defect: &str, seed: u64) -> Scenario {
    let plan = Profile::find("everything").unwrap().plan(seed).unwrap();
    Scenario::parse("storm", &format!("{plan}set defects {defect}\n")).unwrap()
}

fn run(scenario: &Scenario, seed: u64) -> Outcome {
    let text = scenario.to_string();
    let scenario = Scenario::parse("run", &text).unwrap();
    Run::new("run", &text, &scenario, seed).unwrap().finish(&mut []).unwrap()
}

/// The first seeds under which a defect is found, at most so many of so many.
fn failures(defect: &'static str, count: usize, seeds: u64) -> Vec<(&'static str, u64)> {
    let fails = |seed: &u64| !spoken(&run(&broken_plan(defect, *seed), *seed)).is_empty();
    (0..seeds).filter(fails).take(count).map(|seed| (defect, seed)).collect()
}

fn shrunk(scenario: &Scenario, seed: u64) -> Shrunk {
    shrink("storm", scenario, seed, None, &|| false, &mut |_| ()).unwrap()
}

/// What must be true of every outcome.
fn judge(small: &Shrunk, what: &str) {
    let text = small.scenario.to_string();
    let read = Scenario::parse("small", &text).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!((&read, read.to_string()), (&small.scenario, text.clone()), "{what}: not canonical");
    let outcome = run(&read, read.seed());
    assert!(spoken(&outcome).contains(&small.property), "{what}: another failure\n{text}");
    let claims = read.timed().filter(|timed| {
        matches!(&timed.action, zablab_sim::scenario::Action::Expect(Expectation::NoViolation(name)) if *name == small.property)
    });
    assert_eq!(claims.count(), 1, "{what}: no reason\n{text}");
    assert_eq!(outcome.unmet.len(), 1, "{what}: {:?}\n{text}", outcome.unmet);
    assert!(small.finished, "{what}");
    // Once the fault is mended all is well.
    let mut mended = read.clone();
    let wrong = |line: &Line| matches!(&line.statement, Some(Statement::Set(set)) if ["defects", "newleader"].contains(&&*set.key));
    mended.lines.retain(|line| !wrong(line));
    assert!(mended.lines.len() < read.lines.len(), "{what}: nothing is wrong with the machine\n{text}");
    assert!(run(&mended, mended.seed()).is_green(), "{what}: not green without the defect\n{text}");
}

#[test]
fn failures_come_back_small() {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200u64);
    let whole = seeds >= 20_000;
    let each = if whole { 9 } else { 2 };
    let mut found: Vec<_> = FREQUENT.iter().flat_map(|defect| failures(defect, each, 400)).collect();
    if whole {
        found.extend(RARE.iter().flat_map(|defect| failures(defect, 3, 1500)));
        assert!(found.len() >= 30, "only {} failures", found.len());
    }
    let mut steps = Vec::new();
    for (defect, seed) in found {
        let what = format!("{defect}, seed {seed}");
        let small = shrunk(&broken_plan(defect, seed), seed);
        judge(&small, &what);
        let again = shrunk(&small.scenario, small.seed);
        assert_eq!(
            again.scenario, small.scenario,
            "{what}: it gets smaller:\n{}\n{}",
            small.scenario, again.scenario
        );
        println!("{what}: {} of {} steps, {} runs", small.steps, small.steps_before, small.runs);
        steps.push(small.steps);
    }
    steps.sort_unstable();
    let median = steps[steps.len() / 2];
    println!("median {median} steps of {} failures: {steps:?}", steps.len());
    assert!(median <= 10);
}

#[test]
fn the_same_failure_becomes_the_same_file() {
    let (defect, seed) = failures("reign-without-quorum", 1, 400)[0];
    let plan = broken_plan(defect, seed);
    assert_eq!(shrunk(&plan, seed).scenario.to_string(), shrunk(&plan, seed).scenario.to_string());
}

#[test]
fn a_green_run_is_refused_and_so_is_another_property() {
    let plan = Profile::find("everything").unwrap().plan(0).unwrap();
    let refused = |scenario: &Scenario, property| {
        shrink("storm", scenario, 0, property, &|| false, &mut |_| ()).unwrap_err()
    };
    assert_eq!(refused(&plan, None), NotShrunk::Green);
    let broken = broken_plan("ack-before-fsync", 0);
    assert_eq!(refused(&broken, Some("leader-elected")), NotShrunk::Other(vec!["durable-before-commit"]));
}

#[test]
fn when_time_is_over_the_best_so_far_is_given() {
    let (defect, seed) = failures("reign-without-quorum", 1, 400)[0];
    let plan = broken_plan(defect, seed);
    let runs = std::cell::Cell::new(0);
    let spent = || runs.replace(runs.get() + 1) >= 20;
    let small = shrink("storm", &plan, seed, None, &spent, &mut |_| ()).unwrap();
    assert!(!small.finished && small.steps <= small.steps_before);
    assert!(spoken(&run(&small.scenario, small.seed)).contains(&small.property));
}
