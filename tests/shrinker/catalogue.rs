//! What the shrinker makes of each of ZooKeeper's own bugs, and of each switch that tests the tester: a table of steps
//! before and after, and bounds for it.

use super::{judge, run};
use zablab_sim::bugs::{Bug, CATALOGUE, Wrong, amend};
use zablab_sim::scenario::Scenario;
use zablab_sim::shrink::{PANIC, shrink};
use zablab_sim::storm::Profile;
use zablab_sim::sweep::{Quiet, caught};

/// Switches for testing the tester, each with a seed from which on one that fails is looked for.
const SWITCHES: [(&str, u64); 8] = [
    ("ack-before-fsync", 0),
    ("commit-without-quorum", 0),
    ("keep-tail", 0),
    ("welcome-any-client", 164),
    ("ignore-moves", 284),
    ("reign-without-quorum", 0),
    ("exit-when-trunc-fails", 660),
    ("panic-at-trunc", 0),
];

/// The same for bugs, of which only seeds count where a property of their own speaks first.
const BUGS: [(u32, u64); 26] = [
    (4646, 344),
    (4643, 1339),
    (3911, 708),
    (2845, 3),
    (4712, 18),
    (1154, 3),
    (1282, 3760),
    (335, 0),
    (4925, 5),
    (2355, 31),
    (1419, 34),
    (1732, 1636),
    (4685, 62),
    (4394, 1),
    (1653, 303),
    (1367, 38),
    (3023, 17),
    (1319, 78),
    (790, 97),
    (2247, 19),
    (1277, 8),
    (1270, 32),
    (1343, 35),
    (3642, 1317),
    (3104, 3432),
    (975, 0),
];

/// How many seeds are gone through for each.
const SEEDS: u64 = 3_000;

/// No failure takes more runs: a run of a plan takes some milliseconds, so that a minute is enough by far.
const RUNS: u64 = 6_000;

/// No lesson of a bug of ZooKeeper's has more steps.
const BUG_STEPS: usize = 15;

/// A failing run.
struct Case {
    name: String,
    plan: Scenario,
    seed: u64,
    property: &'static str,
    is_bug: bool,
}

/// What spoke first, where it is what is looked for.
fn failure(plan: &Scenario, seed: u64, bug: Option<&Bug>) -> Option<&'static str> {
    let Ok(outcome) = caught(&Quiet::begin(), || run(plan, seed)) else { return Some(PANIC) };
    let (property, what) = outcome.broken().next()?;
    bug.is_none_or(|bug| bug.is_shown_by(property, what)).then_some(property)
}

/// The first failing run among so many seeds.
fn case(name: String, wrong: &Wrong, bug: Option<&Bug>, from: u64) -> Option<Case> {
    let (profile, settings) = (Profile::find("everything").unwrap(), wrong.settings().unwrap());
    (from..from + SEEDS).find_map(|seed| {
        let mut plan = profile.plan(seed).unwrap();
        amend(&mut plan, &settings);
        let property = failure(&plan, seed, bug)?;
        Some(Case { name: name.clone(), plan, seed, property, is_bug: bug.is_some() })
    })
}

fn cases() -> Vec<Case> {
    let switches = SWITCHES.into_iter().map(|(name, from)| {
        let found = case(name.to_owned(), &Wrong::defects(name), None, from);
        found.unwrap_or_else(|| panic!("{name} is not found"))
    });
    let bugs = CATALOGUE.iter().map(|bug| {
        let known = BUGS.iter().find(|(number, _)| *number == bug.number);
        let from = known.map_or(0, |(_, from)| *from);
        let found = case(bug.id(), &Wrong::bug(bug), Some(bug), from);
        found.unwrap_or_else(|| panic!("{} is not found", bug.id()))
    });
    switches.chain(bugs).collect()
}

#[test]
fn every_bug_becomes_a_lesson() {
    let cases = cases();
    let mut steps = Vec::new();
    for Case { name, plan, seed, property, is_bug } in &cases {
        let what = format!("{name}, seed {seed}, {property}");
        let runs = std::cell::Cell::new(0);
        let spent = || runs.replace(runs.get() + 1) >= RUNS;
        let small = shrink("storm", plan, *seed, Some(property), &spent, &mut |_| ()).unwrap();
        println!("{what}: {} of {} steps, {} runs", small.steps, small.steps_before, small.runs);
        assert_eq!(small.property, *property, "{what}");
        if *property == PANIC {
            assert!(small.finished, "{what}");
            assert_eq!(failure(&small.scenario, small.seed, None), Some(PANIC), "{what}");
        } else {
            judge(&small, &what);
        }
        assert!(!is_bug || small.steps <= BUG_STEPS, "{what}: {} steps\n{}", small.steps, small.scenario);
        steps.push(small.steps);
    }
    steps.sort_unstable();
    println!("median {} of {} failures: {steps:?}", steps[steps.len() / 2], steps.len());
    assert!(steps.len() >= 30, "only {} failures", steps.len());
    assert!(steps[steps.len() / 2] <= 10, "{steps:?}");
}
