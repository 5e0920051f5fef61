//! Where an election alone is looked at in fewer orders, nothing is missed.

use crate::plain::Plain;
use crate::{ELECTION, NOTHING, Verdict, bug, first_round, start, whole};
use indexmap::IndexSet;
use zablab_sim::explore::{Bounds, Move, Standing, Start, Taken, World};

/// What fewer orders come to, held against all of them: how many states each.
fn compared(start: &Start) -> (usize, usize) {
    let (mut fewer, mut full) = (whole(start, false), whole(start, true));
    assert!(!full.is_reduced() && (fewer.is_reduced() || fewer.generated() == full.generated()));
    let (few, all) = (Verdict::of(&mut fewer).broken, Verdict::of(&mut full).broken);
    assert_eq!(few.map(|(property, _)| property), all.map(|(property, _)| property));
    if all.is_some() {
        return (fewer.states(), full.states());
    }
    assert_eq!(fewer.ends(), full.ends());
    assert_eq!(fewer.stuck().is_some(), full.stuck().is_some());
    let worlds: IndexSet<World> = full.worlds().collect();
    assert!(fewer.worlds().all(|world| worlds.contains(&world)), "a state that cannot be reached");
    (fewer.states(), full.states())
}

fn election(text: &str, timeouts: u8) -> (usize, usize) {
    compared(&start(text, Bounds { timeouts, rounds: 3, ..NOTHING }, ELECTION))
}

/// Servers of which zk3 has led, and zk1 has missed two writes.
const UNEQUAL_ZXIDS: &str = "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start all
at 3s  kill zk1
at 4s  create /a times 2 at zk3
at 5s  kill zk2 zk3
at 6s  hold NOTIFICATION zk1 zk2 zk3 to zk1 zk2 zk3
       start all
at 12s end
";

/// Servers with the same last zxid, of which zk1 has seen one epoch more.
const UNEQUAL_EPOCHS: &str = "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s  start zk1 zk2
at 5s  kill zk1 zk2
at 6s  hold NOTIFICATION zk1 zk2 zk3 to zk1 zk2 zk3
       start all
at 12s end
";

#[test]
fn an_election_of_three() {
    let (fewer, full) = election(&first_round(3), 0);
    assert!(fewer < full, "{fewer} of {full}");
}

#[test]
fn an_election_of_two_with_time_outs() {
    election(&first_round(2), 2);
}

#[test]
fn an_election_of_unequal_servers() {
    election(UNEQUAL_ZXIDS, 0);
    election(UNEQUAL_EPOCHS, 0);
}

#[test]
fn an_election_with_bugs() {
    for text in [first_round(3), UNEQUAL_ZXIDS.to_owned(), UNEQUAL_EPOCHS.to_owned()] {
        election(&bug(&text, "ZK-1419"), 0);
        election(&bug(&text, "ZK-975"), 0);
    }
    election(&bug(&first_round(4), "ZK-975"), 0);
}

/// A number that is always the same for a seed and a place.
fn draw(seed: usize, at: usize, below: usize) -> usize {
    (seed * 7919 + at * 104_729 + (seed + 3) * (at + 5) * 31) % below
}

/// From states on the way, in which some have heard of others' votes, or have decided already.
#[test]
fn what_is_left_of_an_election() {
    let mut decided = 0;
    for seed in 0..40 {
        let text =
            [first_round(3), UNEQUAL_ZXIDS.to_owned(), bug(UNEQUAL_EPOCHS, "ZK-1419")][seed % 3].clone();
        let mut start = start(&text, Bounds { timeouts: (seed % 2) as u8, ..NOTHING }, ELECTION);
        for at in 0..8 + seed % 12 {
            let moves = start.world.moves(&start.model);
            if moves.is_empty() {
                break;
            }
            if let Taken::To(next) = start.world.take(moves[draw(seed, at, moves.len())], &start.model) {
                start.world = next;
            }
        }
        let standings = start.world.standings(&start.model);
        decided += usize::from(standings.iter().any(|standing| *standing != Standing::Looking));
        compared(&start);
    }
    assert!(decided > 5, "{decided}");
}

/// An order that is as good as any other where nothing depends on it, and here something does.
#[test]
fn too_few_orders_miss_something() {
    let start = start(&first_round(3), NOTHING, ELECTION);
    let all = Plain::explored(&start, |_| {});
    let one = Plain::explored(&start, |moves: &mut Vec<Move>| moves.truncate(1));
    assert!(all.ends.len() > one.ends.len(), "{:?} {:?}", all.ends, one.ends);
    let plain: Vec<_> = all.ends.into_iter().collect();
    assert_eq!(whole(&start, true).ends(), plain, "ends are those of a plain loop");
}
