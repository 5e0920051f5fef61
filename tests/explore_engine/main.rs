//! The engine of `explore` against others: another explorer of the same model, a plain loop over plain values, and counts by
//! hand.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod adapter;
mod agree;
mod by_hand;
mod fewer_orders;
mod plain;
mod settles;

use zablab_sim::bugs::{Wrong, amended};
use zablab_sim::explore::{Bounds, Elections, Grain, Search, Start};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

/// Nothing but the election.
const ELECTION: Grain = Grain { elections: Elections::Only, ..Grain::COARSE };

/// Nothing that nobody forces, and no end.
const NOTHING: Bounds =
    Bounds { crashes: 0, cuts: 0, writes: 0, epochs: 9, rounds: 9, timeouts: 0, depth: u32::MAX };

/// Servers in their first round, connected, with their first notifications under way.
fn first_round(servers: u32) -> String {
    let all: Vec<String> = (1..=servers).map(|sid| format!("zk{sid}")).collect();
    let all = all.join(" ");
    format!(
        "ensemble {all}\nset minNotificationInterval 60000\n\nat 0s hold NOTIFICATION {all} to {all}\n      start all\nat 5s end\n"
    )
}

/// Servers that serve, without anything under way.
fn serving(servers: u32) -> String {
    let all: Vec<String> = (1..=servers).map(|sid| format!("zk{sid}")).collect();
    format!("ensemble {}\nset minNotificationInterval 60000\n\nat 0s start all\nat 3s end\n", all.join(" "))
}

fn start(text: &str, bounds: Bounds, grain: Grain) -> Start {
    let scenario = Scenario::parse("test", text).unwrap();
    Start::of("test", text, &scenario, 0, &Judges::default(), bounds, grain).unwrap()
}

/// The text with these switches set.
fn wrong(text: &str, wrong: &Wrong) -> String {
    let scenario = Scenario::parse("test", text).unwrap();
    amended("test", text, &scenario, &wrong.settings().unwrap()).unwrap().0
}

fn bug(text: &str, id: &str) -> String {
    wrong(text, &Wrong { bugs: vec![id.to_owned()], ..Wrong::default() })
}

fn whole<'m>(start: &'m Start, full: bool) -> Search<'m> {
    let search = Search::from(&start.world, &start.model);
    let mut search = if full { search.in_full() } else { search };
    while search.advance(10_000) {}
    search
}

/// What a search comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    /// Different states, if nothing is broken: where something is, explorers stop at different moments.
    states: Option<usize>,
    /// The property, and the length of the shortest path to where it is broken.
    broken: Option<(&'static str, usize)>,
}

impl Verdict {
    fn of(search: &mut Search<'_>) -> Verdict {
        let broken = search.found().map(|found| (found.violation.property, found.path.len()));
        Verdict { states: broken.is_none().then(|| search.states()), broken }
    }
}
