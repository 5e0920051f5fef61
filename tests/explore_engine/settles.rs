//! `settles`: from every state one can be reached in which all is as it should be. Bugs leave states from which none can.

use crate::{NOTHING, bug, first_round, serving, start, whole};
use zablab_sim::explore::{Bounds, Elections, Grain, Move, Search, Standing};

const AT_ONCE: Grain = Grain { elections: Elections::AtOnce, ..Grain::COARSE };

/// zk3 leads by a later election than the one by which zk2 follows it; whoever looks for a leader now hears of both.
const LATE: &str = include_str!("late.zab");

/// The steps to the first state that nothing settled can be reached from, and how servers stand there.
fn stuck(text: &str, bounds: Bounds) -> Option<(Vec<Move>, Vec<Standing>)> {
    let start = start(text, bounds, AT_ONCE);
    let mut search: Search<'_> = whole(&start, true);
    assert!(search.is_complete(), "{:?}", search.found());
    let path = search.stuck()?;
    let standings = search.world(&path).standings(&start.model);
    Some((path, standings))
}

/// ZOOKEEPER-1732: zk1 finds no quorum of equal votes, and looks for ever.
#[test]
fn who_comes_late_looks_for_ever() {
    assert_eq!(stuck(LATE, NOTHING), None);
    let (path, standings) = stuck(&bug(LATE, "ZK-1732"), NOTHING).unwrap();
    assert_eq!(path, []);
    assert_eq!(standings, [Standing::Looking, Standing::Follows(2), Standing::Leads]);
}

#[test]
fn who_serves_settles_again_behind_a_crash() {
    assert_eq!(stuck(&serving(3), Bounds { crashes: 1, epochs: 3, rounds: 3, ..NOTHING }), None);
}

/// What is cut while a follower connects, and healed at once, is dialled again.
#[test]
fn a_connection_that_breaks_before_it_stands_is_made_again() {
    assert_eq!(stuck(&first_round(3), Bounds { cuts: 1, epochs: 1, rounds: 1, ..NOTHING }), None);
}
