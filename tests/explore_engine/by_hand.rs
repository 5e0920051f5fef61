//! Models that are small enough to be counted by hand.
//!
//! Where a few events happen, each once and some only behind others, a state is a set of events that holds with each one
//! what comes before it. The tables say what happens behind what; how many such sets there are, and how many ways lead from
//! one to the next, is the number beside it.

use crate::{ELECTION, NOTHING, first_round, serving, start, whole};
use zablab_sim::explore::{Bounds, Grain};

/// An event, and those before it.
type Events<'a> = [(&'a str, &'a [&'a str])];

/// The sets that hold with each event those before it, and the ways from one to the next.
fn sets(events: &Events<'_>) -> (usize, u64) {
    let place = |name: &str| events.iter().position(|(other, _)| *other == name).unwrap();
    let may_join = |set: usize, at: usize| events[at].1.iter().all(|before| set >> place(before) & 1 == 1);
    let members = |set: usize| (0..events.len()).filter(move |at| set >> at & 1 == 1);
    let closed = (0..1usize << events.len()).filter(|set| members(*set).all(|at| may_join(*set, at)));
    let ways = |set: usize| (0..events.len()).filter(|at| set >> at & 1 == 0 && may_join(set, *at)).count();
    closed.fold((0, 0), |(states, steps), set| (states + 1, steps + ways(set) as u64))
}

fn counted(text: &str, bounds: Bounds, grain: Grain, events: &Events<'_>, by_hand: (usize, u64)) {
    assert_eq!(sets(events), by_hand);
    let start = start(text, bounds, grain);
    let mut search = whole(&start, true);
    assert_eq!((search.found(), search.stuck()), (None, None));
    assert_eq!((search.states(), search.generated()), by_hand);
    assert_eq!(search.depth(), events.len(), "each happens on the way to the end");
    assert_eq!(search.ends().iter().map(|(_, times)| *times).collect::<Vec<_>>(), [1]);
}

#[test]
fn an_election_of_two() {
    let events: &Events<'_> = &[
        ("zk1 hears that zk2 votes for zk2, and votes so", &[]),
        ("zk2 hears that zk1 votes for zk1", &[]),
        ("zk1 has waited, and follows", &["zk1 hears that zk2 votes for zk2, and votes so"]),
        (
            "zk2 hears that zk1 votes for zk2",
            &["zk1 hears that zk2 votes for zk2, and votes so", "zk2 hears that zk1 votes for zk1"],
        ),
        ("zk2 has waited, and leads", &["zk2 hears that zk1 votes for zk2"]),
    ];
    // Without the first event 2; behind it, zk1 having waited or not, 4.
    counted(&first_round(2), NOTHING, ELECTION, events, (2 + 2 * 4, 13));
}

#[test]
fn a_write() {
    let events: &Events<'_> = &[
        ("zk2 is asked for it, logs it and proposes it", &[]),
        ("zk1 logs it and acknowledges it", &["zk2 is asked for it, logs it and proposes it"]),
        ("zk2 hears so and commits it", &["zk1 logs it and acknowledges it"]),
        ("zk1 hears so and commits it", &["zk2 hears so and commits it"]),
    ];
    counted(&serving(2), Bounds { writes: 1, ..NOTHING }, Grain::COARSE, events, (5, 4));
}

#[test]
fn a_write_with_slow_disks() {
    let events: &Events<'_> = &[
        ("zk2 is asked for it and proposes it", &[]),
        ("zk2's disk has it", &["zk2 is asked for it and proposes it"]),
        ("zk1 hears of it", &["zk2 is asked for it and proposes it"]),
        ("zk1's disk has it, and zk1 says so", &["zk1 hears of it"]),
        ("zk2 hears so", &["zk1's disk has it, and zk1 says so"]),
        ("zk1 hears that it is committed", &["zk2's disk has it", "zk2 hears so"]),
    ];
    // Before all and behind all 1 each; in between two places for zk2's disk and four for zk1 and its word.
    let grain = Grain { prompt_log: false, ..Grain::COARSE };
    counted(&serving(2), Bounds { writes: 1, ..NOTHING }, grain, events, (1 + 2 * 4 + 1, 12));
}

/// A server has never run (-), is starting (s), runs (r), is killed (k) or without power (o). Of crashes there may be one.
#[test]
fn starts_and_a_crash() {
    let levels: [&[&str]; 3] = [&["--"], &["s-", "-s"], &["r-", "k-", "o-", "ss", "-r", "-k", "-o"]];
    for depth in 0..levels.len() {
        let bounds = Bounds { crashes: 1, depth: depth as u32, ..NOTHING };
        let start = start("ensemble zk1 zk2\n\nat 0s end\n", bounds, Grain::FINE);
        let states: usize = levels[..=depth].iter().map(|level| level.len()).sum();
        assert_eq!(whole(&start, true).states(), states, "{depth} steps");
    }
}

/// Two servers that serve, and nothing that could happen but that one of them is killed: it is down, then it is back.
#[test]
fn a_kill() {
    let idle = start(&serving(2), NOTHING, ELECTION);
    assert_eq!(whole(&idle, true).states(), 1);
    let kill = start(&serving(2), Bounds { crashes: 1, depth: 1, ..NOTHING }, ELECTION);
    let search = whole(&kill, true);
    assert_eq!(search.states(), 3, "as it was, without zk1, without zk2");
    let power = Grain { plain_crashes: false, ..ELECTION };
    let power = start(&serving(2), Bounds { crashes: 1, depth: 1, ..NOTHING }, power);
    assert_eq!(whole(&power, true).states(), 5, "and without power");
    assert_eq!(search.ends(), [], "who is down can start");
}
