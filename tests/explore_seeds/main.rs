//! What random seeds of the timed scheduler reach, the exhaustive search reaches too: summaries of all servers, every one of a
//! run's against all that a search within the same bounds has found. Runs that leave the bounds are no more looked at. The number of seeds
//! is scaled by `ZABLAB_TEST_SEEDS` (default 200); `.ci/nightly` runs many, and the searches that take long.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod plan;
mod summary;
mod watch;

use plan::May;
use rustc_hash::{FxHashMap, FxHashSet};
use summary::{Rule, Server};
use watch::Reached;
use zablab_sim::ensemble::Node;
use zablab_sim::explore::{Bounds, Elections, Grain, Preset, Search, Start};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

/// What is reached from where, and how the two sides are compared.
#[derive(Clone, Copy)]
struct World {
    name: &'static str,
    start: &'static str,
    bounds: Bounds,
    grain: Grain,
    may: May,
    rule: Rule,
    /// Of so many summaries that the search reaches, the seeds must reach more than one.
    one_in: usize,
}

impl World {
    fn of(preset: &str, may: May, rule: Rule) -> World {
        let Preset { name, start, bounds, grain, .. } = *Preset::find(preset).unwrap();
        World { name, start, bounds, grain, may, rule, one_in: 5 }
    }
}

/// Every summary that a search reaches.
#[derive(Default)]
struct Explored {
    all: FxHashSet<Vec<u32>>,
    numbers: FxHashMap<Server, u32>,
    start: Vec<Server>,
    states: usize,
}

impl Explored {
    fn of(world: &World, bounds: Bounds) -> Explored {
        let World { name, start, grain, rule, .. } = *world;
        let scenario = Scenario::parse(name, start).unwrap();
        let start = Start::of(name, start, &scenario, 0, &Judges::default(), bounds, grain);
        let start = start.unwrap_or_else(|why| panic!("{why:?}"));
        let mut search = Search::from(&start.world, &start.model).in_full();
        while search.advance(10_000) {}
        assert!(search.is_complete(), "{:?}", search.found());
        let first = summary::summaries(&start.world.servers().collect::<Vec<_>>(), rule);
        let mut explored = Explored { start: first, states: search.states(), ..Explored::default() };
        // The search keeps a state of a server once: its place tells it from others.
        let mut known: FxHashMap<(usize, bool), u32> = FxHashMap::default();
        for world in search.worlds() {
            let nodes: Vec<&Node> = world.servers().collect();
            let summary = nodes.iter().zip(summary::electing(&nodes)).map(|(node, electing)| {
                *known.entry((std::ptr::from_ref(*node).addr(), electing)).or_insert_with(|| {
                    let next = explored.numbers.len() as u32;
                    *explored.numbers.entry(Server::of(node, rule, electing)).or_insert(next)
                })
            });
            explored.all.insert(summary.collect());
        }
        explored
    }

    fn has(&self, summary: &[Server]) -> bool {
        let numbers: Option<Vec<u32>> =
            summary.iter().map(|server| self.numbers.get(server).copied()).collect();
        numbers.is_some_and(|all| self.all.contains(&all))
    }
}

fn seeds() -> u64 {
    std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

/// Summaries that seeds reach and a search within these bounds does not, the earliest seed's first, told.
fn missing(world: &World, bounds: Bounds, seeds: u64) -> Vec<String> {
    let explored = Explored::of(world, bounds);
    let mut reached = Reached::default();
    for seed in 0..seeds {
        watch::run(world, &explored.start, seed, &mut reached);
    }
    let mut all: Vec<_> = reached.all.iter().filter(|(summary, _)| !explored.has(summary)).collect();
    all.sort_by_key(|(_, when)| **when);
    println!(
        "{}: {} summaries of {} states explored; {} reached by {seeds} seeds, {} of them missing. Runs that began \
         elsewhere: {}; that left the bounds: {:?}",
        world.name,
        explored.all.len(),
        explored.states,
        reached.all.len(),
        all.len(),
        reached.elsewhere,
        reached.left,
    );
    assert!(
        reached.elsewhere * 2 < seeds && reached.all.len() * world.one_in > explored.all.len(),
        "the seeds show little"
    );
    let told = |(summary, (seed, at)): &(&Vec<Server>, &(u64, u64))| {
        let text = plan::text(world.start, world.may, *seed).0;
        let servers: String = summary.iter().map(|server| format!("{server:?}\n")).collect();
        format!("seed {seed} at {} ms:\n{servers}{text}", at / 1_000_000)
    };
    all.iter().map(told).collect()
}

fn all_explored(world: &World) {
    let missing = missing(world, world.bounds, seeds());
    assert!(
        missing.is_empty(),
        "{} missing; the first:\n{}",
        missing.len(),
        missing[..missing.len().min(6)].join("\n")
    );
}

const QUIET: May = May { crash: false, write: false, notify: false, roles: false, length: 15_000 };
const CRASH: May = May { crash: true, write: true, notify: false, roles: true, length: 40_000 };

/// Two servers in their first round.
const TWO: &str = "ensemble zk1 zk2
set minNotificationInterval 60000

at 0s hold NOTIFICATION zk1 zk2 to zk1 zk2
      start all
at 5s end
";

fn two() -> World {
    World { name: "one-crash of two", start: TWO, ..World::of("one-crash", CRASH, Rule::Elected) }
}

#[test]
fn elections_step_by_step() {
    let world = World::of("election", May { roles: true, ..QUIET }, Rule::Rest);
    all_explored(&World { bounds: Bounds { timeouts: 0, ..world.bounds }, ..world });
}

#[test]
#[ignore = "it looks at a million states"]
fn elections_step_by_step_with_time_outs() {
    all_explored(&World::of("election", May { notify: true, roles: true, ..QUIET }, Rule::Rest));
}

#[test]
fn discovery_and_synchronization_task_by_task() {
    all_explored(&World::of("discovery-and-sync", QUIET, Rule::Exact));
}

#[test]
fn one_crash_of_two() {
    all_explored(&two());
}

#[test]
fn one_crash_of_two_elections_step_by_step() {
    let world = two();
    let bounds = Bounds { epochs: 2, rounds: 2, writes: 0, ..world.bounds };
    let grain = Grain { elections: Elections::StepByStep, ..world.grain };
    all_explored(&World { bounds, grain, rule: Rule::Rest, may: May { write: false, ..CRASH }, ..world });
}

#[test]
#[ignore = "it looks at half a million states"]
fn one_crash_of_three() {
    let world = World::of("one-crash", CRASH, Rule::Elected);
    let bounds = Bounds { writes: 0, epochs: 2, rounds: 2, ..world.bounds };
    all_explored(&World { bounds, may: May { write: false, ..CRASH }, ..world });
}

#[test]
#[ignore = "it looks at 35 million states, and takes 6 GB"]
fn one_crash_of_three_with_a_write() {
    all_explored(&World { one_in: 10, ..World::of("one-crash", CRASH, Rule::Elected) });
}

#[test]
fn what_a_crash_reaches_is_missing_without_one() {
    let world = two();
    assert!(!missing(&world, Bounds { crashes: 0, ..world.bounds }, 20).is_empty());
}
