//! The same seed gives the same run: twice, on many threads, watched or not, and as it was in `traces/hashes.txt`.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufReader};
use std::path::Path;
use std::thread;
use zablab_sim::bundled::SCENARIOS;
use zablab_sim::ensemble::{Action, Effect, NodeId};
use zablab_sim::run::{Observer, Outcome, Run, StepView};
use zablab_sim::scenario::{Scenario, Statement, Timed};
use zablab_sim::storm::Profile;
use zablab_sim::trace::{Header, Replay, Replayed, RunHash, TraceWriter};

const SEEDS: u64 = 3;

/// Hashes by scenario and seed.
type Hashes = BTreeMap<(&'static str, u64), RunHash>;

fn run(name: &str, text: &str, seed: u64, observers: &mut [&mut dyn Observer]) -> Outcome {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
    Run::new(name, text, &scenario, seed).unwrap().finish(observers).unwrap()
}

/// Every bundled scenario under every seed, beginning with the `first` of these runs.
fn hashes(first: usize, backwards: bool) -> Hashes {
    let mut runs: Vec<(&str, &str, u64)> =
        SCENARIOS.iter().flat_map(|(name, text)| (0..SEEDS).map(move |seed| (*name, *text, seed))).collect();
    let count = runs.len();
    runs.rotate_left(first % count);
    if backwards {
        runs.reverse();
    }
    runs.into_iter().map(|(name, text, seed)| ((name, seed), run(name, text, seed, &mut []).hash)).collect()
}

#[test]
fn hashes_are_the_recorded_ones() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../traces/hashes.txt"));
    let recorded = fs::read_to_string(path).unwrap();
    let recorded: Vec<&str> = recorded.lines().collect();
    let now: Vec<String> =
        hashes(0, false).iter().map(|((name, seed), hash)| format!("{name} {seed} {hash}")).collect();
    let mut changed: Vec<String> = Vec::new();
    changed
        .extend(now.iter().filter(|line| !recorded.contains(&line.as_str())).map(|line| format!("+ {line}")));
    changed.extend(
        recorded.iter().filter(|line| !now.iter().any(|now| now == *line)).map(|line| format!("- {line}")),
    );
    assert!(
        changed.is_empty(),
        "these runs (+) are not the recorded ones (-):\n{}\nIf they were meant to change, write them anew with \
         `zablab hashes > traces/hashes.txt`, and say why.",
        changed.join("\n")
    );
    assert_eq!(recorded.len(), now.len(), "a line stands twice in traces/hashes.txt");
}

#[test]
fn runs_are_the_same_twice_and_on_threads_side_by_side() {
    let first = hashes(0, false);
    assert_eq!(first, hashes(0, false));
    // Each thread takes them in an order of its own, so that different runs meet.
    let threads: Vec<_> = (0..6).map(|at| thread::spawn(move || hashes(at * 7, at % 2 == 1))).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), first);
    }
}

#[test]
fn runs_are_the_same_watched_and_unwatched() {
    for (name, text) in SCENARIOS {
        let unwatched = run(name, text, 0, &mut []);
        let mut trace = TraceWriter::new(io::sink(), &Header::new(name, text, 0)).unwrap();
        let watched = run(name, text, 0, &mut [&mut trace]);
        assert_eq!((watched.hash, watched.steps), (unwatched.hash, unwatched.steps), "{name}");
        assert_eq!((watched.met, watched.unmet), (unwatched.met, unwatched.unmet), "{name}");
        assert!(watched.ensemble.nodes == unwatched.ensemble.nodes, "{name}");
    }
}

#[test]
fn another_seed_is_another_run() {
    for (name, text) in SCENARIOS {
        assert_ne!(run(name, text, 0, &mut []).hash, run(name, text, 1, &mut []).hash, "{name}");
    }
}

/// A run with its trace.
fn traced(text: &str, seed: u64) -> (Outcome, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut trace = TraceWriter::new(&mut bytes, &Header::new("storm", text, seed)).unwrap();
    let outcome = run("storm", text, seed, &mut [&mut trace]);
    trace.finish(&outcome).unwrap();
    (outcome, bytes)
}

fn is_timed(line: &str) -> bool {
    line.starts_with("at ") || line.starts_with("by ")
}

/// The beginning of a storm: so many of its steps, each on a line of its own.
fn storm_of(seed: u64, steps: usize) -> String {
    let plan = Profile::find("everything").unwrap().plan(seed).unwrap();
    let world = plan.lines.iter().filter_map(|line| match &line.statement {
        None | Some(Statement::Timed(_)) => None,
        Some(statement) => Some(statement.to_string()),
    });
    let steps = plan.timed().take(steps).map(Timed::to_string);
    world.chain(steps).map(|line| line + "\n").collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_random_run_is_the_same_twice_and_replays(of in 0u64..100_000, steps in 1usize..60, seed: u64) {
        let text = storm_of(of, steps);
        let (outcome, trace) = traced(&text, seed);
        prop_assert_eq!(run("storm", &text, seed, &mut []).hash, outcome.hash);
        let (again, same) = traced(&text, seed);
        prop_assert_eq!(again.hash, outcome.hash);
        prop_assert!(same == trace, "the traces differ");

        let mut replay = Replay::new(BufReader::new(&trace[..])).unwrap();
        let header = replay.header().clone();
        let again = run(&header.scenario, &header.text, replay.seed().unwrap(), &mut [&mut replay]);
        prop_assert_eq!(replay.finish(Some(&again)), Ok(Replayed::Same));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_trace_with_one_byte_changed_does_not_replay(at: prop::sample::Index, byte: u8) {
        let text = "ensemble zk1 zk2 zk3\nat 0s start all\nat 2s create /a one at leader\nat 4s end\n";
        let (_, mut trace) = traced(text, 0);
        let header = trace.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        // A blank in place of the last line break would say the same.
        let at = header + at.index(trace.len() - 1 - header);
        prop_assume!(trace[at] != byte);
        trace[at] = byte;

        let mut replay = Replay::new(BufReader::new(&trace[..])).unwrap();
        let scenario = Scenario::parse("storm", text).unwrap();
        let again = Run::new("storm", text, &scenario, 0).unwrap().finish(&mut [&mut replay]).ok();
        let replayed = replay.finish(again.as_ref());
        prop_assert!(matches!(replayed, Ok(Replayed::Differs(_)) | Err(_)), "{replayed:?}");
    }
}

/// How long each boot of each server took.
#[derive(Debug, Default)]
struct Boots {
    started: BTreeMap<NodeId, u64>,
    took: BTreeMap<String, Vec<u64>>,
}

impl Observer for Boots {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            if let Effect::Started(node) = effect {
                self.started.insert(*node, step.moment.at);
            }
        }
        if let Action::Boot(node) = step.action {
            let name = step.ensemble.node(*node).name.to_string();
            self.took.entry(name).or_default().push(step.moment.at - self.started[node]);
        }
        Ok(())
    }
}

fn boots(text: &str, seed: u64) -> BTreeMap<String, Vec<u64>> {
    let mut boots = Boots::default();
    run("boots", text, seed, &mut [&mut boots]);
    boots.took
}

#[test]
fn a_step_leaves_the_draws_of_other_causes_alone() {
    let with = |before: &str| {
        format!(
            "ensemble zk1 zk2 zk3\nat 0s start zk1 zk3\n{before}at 8s start zk2\nat 10s restart zk2\nat 12s end\n"
        )
    };
    for seed in 0..20 {
        let plain = boots(&with(""), seed);
        assert_eq!(plain["zk2"].len(), 2);
        assert_ne!(plain["zk2"][0], plain["zk2"][1], "each life draws anew");
        for before in [
            "at 3s create /a one at zk3\n",
            "at 3s create /a times 50 at zk3\n",
            "at 3s kill zk1\n",
            "at 3s restart zk1\nat 5s power-off zk3\n",
            "at 3s cut zk1 from zk3\nat 6s heal\n",
        ] {
            assert_eq!(boots(&with(before), seed)["zk2"], plain["zk2"], "seed {seed}, with {before}");
        }
    }
}

#[test]
fn a_step_taken_out_of_a_storm_leaves_the_boots_of_other_servers_alone() {
    for seed in 0..8 {
        let text = storm_of(seed, 40);
        // Whether a trigger fires depends on what all servers do.
        let text: String = text.split_inclusive('\n').filter(|line| !line.contains(" if ")).collect();
        let whole = boots(&text, seed);
        let lines: Vec<&str> = text.lines().collect();
        for out in (0..lines.len()).filter(|at| is_timed(lines[*at])) {
            let rest = [&lines[..out], &lines[out + 1..]].concat().join("\n");
            let changed = boots(&rest, seed);
            for (server, took) in &whole {
                let about = |what: &str| lines[out].split(' ').any(|word| word == what);
                if !about(server) && !about("all") {
                    assert_eq!(
                        changed.get(server),
                        Some(took),
                        "{server} without `{}`, seed {seed}",
                        lines[out]
                    );
                }
            }
        }
    }
}
