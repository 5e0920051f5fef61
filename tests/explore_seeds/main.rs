//! What random seeds of the timed scheduler reach, the exhaustive search reaches too.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod plan;
mod summary;
mod watch;

use plan::May;
use rustc_hash::{FxHashMap, FxHashSet};
use summary::{Rule, Server};
use watch::Reached;
use zablab_sim::explore::{Bounds, Preset, Search, Start};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

/// Every summary that a search reaches.
struct Explored {
    all: FxHashSet<[u32; 3]>,
    numbers: FxHashMap<Server, u32>,
    start: Vec<Server>,
    states: usize,
}

impl Explored {
    fn of(preset: &Preset, bounds: Bounds, rule: Rule) -> Explored {
        let scenario = Scenario::parse(preset.name, preset.start).unwrap();
        let judges = Judges::default();
        let start = Start::of(preset.name, preset.start, &scenario, 0, &judges, bounds, preset.grain);
        let start = start.unwrap_or_else(|why| panic!("{why:?}"));
        let mut search = Search::from(&start.world, &start.model).in_full();
        while search.advance(10_000) {}
        assert!(search.is_complete(), "{:?}", search.found());
        let first = start.world.servers().map(|node| Server::of(node, rule)).collect();
        let mut explored = Explored {
            all: FxHashSet::default(),
            numbers: FxHashMap::default(),
            start: first,
            states: search.states(),
        };
        // A state of a server is kept once by the search, so that its place tells it from others.
        let mut known: FxHashMap<usize, u32> = FxHashMap::default();
        for world in search.worlds() {
            let mut summary = [0; 3];
            for (at, node) in world.servers().enumerate() {
                summary[at] = *known.entry(std::ptr::from_ref(node).addr()).or_insert_with(|| {
                    let next = explored.numbers.len() as u32;
                    *explored.numbers.entry(Server::of(node, rule)).or_insert(next)
                });
            }
            explored.all.insert(summary);
        }
        explored
    }

    fn has(&self, summary: &[Server]) -> bool {
        let numbers: Option<Vec<u32>> =
            summary.iter().map(|server| self.numbers.get(server).copied()).collect();
        numbers.is_some_and(|all| self.all.contains(&[all[0], all[1], all[2]]))
    }
}

fn seeds() -> u64 {
    std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200)
}

/// Summaries that seeds reach and the search does not, the earliest seed's first, told.
fn missing(preset: &Preset, bounds: Bounds, may: May, rule: Rule, seeds: u64) -> Vec<String> {
    let explored = Explored::of(preset, bounds, rule);
    let mut reached = Reached::default();
    for seed in 0..seeds {
        watch::run(preset.start, &explored.start, may, rule, (preset.bounds, preset.grain), seed, &mut reached);
    }
    let mut all: Vec<_> = reached.all.iter().filter(|(summary, _)| !explored.has(summary)).collect();
    all.sort_by_key(|(_, when)| **when);
    println!(
        "{}: {} states, {} summaries explored; {} reached by {seeds} seeds ({} began elsewhere, left: {:?}), {} missing",
        preset.name,
        explored.states,
        explored.all.len(),
        reached.all.len(),
        reached.elsewhere,
        reached.left,
        all.len(),
    );
    let told = |(summary, (seed, at)): &(&Vec<Server>, &(u64, u64))| {
        format!("seed {seed} at {} ms:\n{summary:#?}\n{}", at / 1_000_000, plan::text(preset.start, may, *seed).0)
    };
    all.iter().map(told).collect()
}

fn all_explored(preset: &str, may: May, rule: Rule) {
    let preset = Preset::find(preset).unwrap();
    let missing = missing(preset, preset.bounds, may, rule, seeds());
    assert!(missing.is_empty(), "{} missing; the first:\n{}", missing.len(), missing[0]);
}

#[test]
fn elections_step_by_step() {
    all_explored("election", May { crash: false, write: false, notify: true, length: 8_000 }, Rule::Rest);
}

#[test]
fn discovery_and_synchronization_task_by_task() {
    all_explored(
        "discovery-and-sync",
        May { crash: false, write: false, notify: false, length: 15_000 },
        Rule::Exact,
    );
}
