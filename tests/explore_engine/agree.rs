//! Three explorers of one model reach the same states and find the same.

use crate::adapter;
use crate::plain::Plain;
use crate::{ELECTION, NOTHING, Verdict, bug, first_round, serving, start, whole, wrong};
use zablab_sim::bugs::Wrong;
use zablab_sim::explore::{Bounds, Elections, Grain};

const COLD: &str = "ensemble zk1 zk2\n\nat 0s end\n";

/// What all three come to.
fn agreed(text: &str, bounds: Bounds, grain: Grain) -> Verdict {
    let start = start(text, bounds, grain);
    let mut search = whole(&start, true);
    let ours = Verdict::of(&mut search);
    let plain = Plain::explored(&start, |_| {});
    assert_eq!(plain.verdict(), ours, "a plain loop");
    if ours.broken.is_none() {
        assert_eq!(search.depth(), plain.depth, "the longest of all shortest paths");
        assert!(search.worlds().eq(plain.worlds.iter().cloned()), "the same states, in the same order");
    }
    assert_eq!(adapter::explored(&start), ours, "stateright");
    ours
}

/// Nothing is broken, and there are more states than that.
fn clean(text: &str, bounds: Bounds, grain: Grain, more_than: usize) {
    let verdict = agreed(text, bounds, grain);
    assert_eq!(verdict.broken, None);
    assert!(verdict.states.is_some_and(|states| states > more_than), "{verdict:?}");
}

#[test]
fn the_first_steps_of_two_servers_each_by_itself() {
    clean(
        COLD,
        Bounds { crashes: 1, cuts: 1, writes: 1, timeouts: 1, depth: 11, ..NOTHING },
        Grain::FINE,
        1000,
    );
}

#[test]
fn steps_of_two_servers_that_serve_each_by_itself() {
    clean(
        &serving(2),
        Bounds { crashes: 1, cuts: 1, writes: 1, timeouts: 1, depth: 5, ..NOTHING },
        Grain::FINE,
        1000,
    );
}

#[test]
fn elections() {
    clean(&first_round(2), Bounds { timeouts: 2, ..NOTHING }, ELECTION, 200);
    clean(&first_round(3), Bounds { depth: 9, ..NOTHING }, ELECTION, 1000);
}

#[test]
fn a_write() {
    clean(&serving(2), Bounds { writes: 1, ..NOTHING }, Grain::COARSE, 4);
}

#[test]
fn a_write_task_by_task() {
    let grain = Grain {
        prompt_main: false,
        prompt_handlers: false,
        prompt_queues: false,
        prompt_files: false,
        prompt_log: false,
        ..Grain::COARSE
    };
    clean(&serving(3), Bounds { writes: 1, ..NOTHING }, grain, 900);
}

#[test]
fn a_crash() {
    clean(
        &serving(2),
        Bounds { crashes: 1, writes: 1, epochs: 3, rounds: 3, depth: 16, ..NOTHING },
        Grain::COARSE,
        1000,
    );
}

#[test]
fn a_crash_with_elections_at_one_go() {
    let grain = Grain { elections: Elections::AtOnce, ..Grain::COARSE };
    clean(&serving(3), Bounds { crashes: 1, epochs: 3, rounds: 3, ..NOTHING }, grain, 1000);
}

#[test]
fn cuts_with_elections_at_one_go() {
    let grain = Grain { elections: Elections::AtOnce, ..Grain::COARSE };
    let bounds = Bounds { crashes: 1, cuts: 2, writes: 1, epochs: 3, rounds: 3, depth: 6, ..NOTHING };
    clean(&serving(3), bounds, grain, 1000);
    clean(&serving(3), bounds, Grain { cuts_break: false, prompt_log: false, ..grain }, 1000);
}

#[test]
fn a_commit_without_a_quorum_is_found_at_the_same_step() {
    let text = wrong(&serving(3), &Wrong::defects("commit-without-quorum"));
    let verdict = agreed(&text, Bounds { writes: 1, ..NOTHING }, Grain::COARSE);
    assert_eq!(verdict.broken.map(|(property, _)| property), Some("durable-before-commit"));
}

#[test]
fn an_election_without_a_quorum_is_found_at_the_same_step() {
    let text = bug(&first_round(4), "ZK-975");
    let verdict = agreed(&text, NOTHING, ELECTION);
    assert_eq!(verdict.broken.map(|(property, _)| property), Some("elected-by-quorum"));
}
