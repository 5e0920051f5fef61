//! The search of every interleaving against stateright's, on the same model in one run: different states a CPU second, and
//! bytes a state. `cargo bench --bench explore` prints the table. Whole models, so that both do the same; one thread each.
//!
//! Bytes are how much more the process ever has in memory (`VmHWM`) than when the search
//! begins (`VmRSS`), over the number of its states; each search is a process of its own.

mod clock;

use clock::cpu_nanos;
use stateright::{Checker, Model as _, Property};
use std::process::Command;
use zablab_sim::explore::{Bounds, Elections, Grain, Move, Search, Start, Taken, World};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

const FIRST_ROUND: &str = "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s hold NOTIFICATION zk1 zk2 zk3 to zk1 zk2 zk3
      start all
at 5s end
";

const SERVING: &str = "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s start all
at 3s end
";

const NOTHING: Bounds =
    Bounds { crashes: 0, cuts: 0, writes: 0, epochs: 3, rounds: 3, timeouts: 0, depth: u32::MAX };

const COARSE: Grain = Grain { elections: Elections::AtOnce, ..Grain::COARSE };

/// Every task and every write to disk by itself.
const FINE: Grain = Grain {
    prompt_main: false,
    prompt_handlers: false,
    prompt_queues: false,
    prompt_files: false,
    prompt_log: false,
    ..COARSE
};

/// A model: its name, where it starts, its bounds and its grain.
type Case = (&'static str, &'static str, Bounds, Grain);

const CASES: &[Case] = &[
    ("election of three", FIRST_ROUND, NOTHING, Grain { elections: Elections::Only, ..COARSE }),
    ("a crash and a write", SERVING, Bounds { crashes: 1, writes: 1, ..NOTHING }, COARSE),
    ("two writes, task by task", SERVING, Bounds { writes: 2, ..NOTHING }, FINE),
];

struct Adapter(Start);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    World(World),
    Broken,
}

impl stateright::Model for Adapter {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        vec![State::World(self.0.world.clone())]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Move>) {
        if let State::World(world) = state {
            actions.extend(world.moves(&self.0.model));
        }
    }

    fn next_state(&self, state: &State, step: Move) -> Option<State> {
        let State::World(world) = state else { return None };
        match world.take(step, &self.0.model) {
            Taken::To(next) => Some(State::World(next)),
            Taken::Broken(_) => Some(State::Broken),
            Taken::Beyond | Taken::Nowhere => None,
        }
    }

    fn properties(&self) -> Vec<Property<Adapter>> {
        vec![Property::always("nothing is broken", |_, state| matches!(state, State::World(_)))]
    }
}

fn start((name, text, bounds, grain): &Case) -> Start {
    let scenario = Scenario::parse(name, text).expect("a valid scenario");
    Start::of(name, text, &scenario, 0, &Judges::default(), *bounds, *grain).expect("something to explore")
}

/// CPU seconds of this process: of the thread that calls, or of all, also those that have ended, in hundredths of a second.
fn cpu_seconds(all: bool) -> f64 {
    if !all {
        return cpu_nanos() as f64 / 1e9;
    }
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = behind_name.skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

/// Bytes of this process in memory: now (`VmRSS:`), or the most that it ever had (`VmHWM:`).
fn memory(which: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(which));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn searched(start: &Start) -> usize {
    let mut search = Search::from(&start.world, &start.model).in_full();
    while search.advance(10_000) {}
    assert!(search.is_complete(), "{:?}", search.found());
    search.states()
}

fn checked(start: Start) -> usize {
    let checker = Adapter(start).checker().threads(1).spawn_bfs().join();
    assert_eq!(checker.discoveries().len(), 0, "nothing is broken");
    checker.unique_state_count()
}

/// One search in this process: states, CPU seconds and bytes, on a line.
fn one(case: &Case, engine: &str) {
    let start = start(case);
    // stateright's threads are its own.
    let all = engine != "zablab";
    let (cpu, before) = (cpu_seconds(all), memory("VmRSS:"));
    let states = if all { checked(start) } else { searched(&start) };
    println!("{states} {} {}", cpu_seconds(all) - cpu, memory("VmHWM:").saturating_sub(before));
}

/// The same in a process of its own.
fn apart(case: &Case, engine: &str) -> (u64, f64, f64) {
    let me = std::env::current_exe().expect("a program has a path");
    let output = Command::new(me).args(["--one", case.0, engine]).output().expect("this program can be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [states, seconds, bytes] = numbers[..] else {
        panic!("{engine}: {text}{}", String::from_utf8_lossy(&output.stderr))
    };
    (states as u64, states / seconds, bytes / states)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--one") {
        let case = CASES.iter().find(|case| case.0 == args[at + 1]).expect("a case of that name");
        return one(case, &args[at + 2]);
    }
    println!("{:<42} {:<11} {:>9} {:>13} {:>9}", "", "", "states", "states/CPU s", "B/state");
    for case in CASES {
        let (states, ours, our_bytes) = apart(case, "zablab");
        let (same, theirs, their_bytes) = apart(case, "stateright");
        assert_eq!(states, same, "{}", case.0);
        println!("{:<42} {:<11} {states:>9} {ours:>13.0} {our_bytes:>9.0}", case.0, "zablab");
        println!("{:<42} {:<11} {same:>9} {theirs:>13.0} {their_bytes:>9.0}", "", "stateright");
        println!("    {:.1} times as fast, {:.2} times the memory", ours / theirs, our_bytes / their_bytes);
    }
}
