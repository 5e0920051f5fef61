//! How fast the simulator is, in one run: ratios hold where single figures drift. `cargo bench` prints the table.
//!
//! An event is a delivered packet, a completed disk operation, a fired timer or a client request; task steps do not
//! count. CPU seconds are those of this process, so a busy machine changes little.

mod clock;

use clock::cpu_nanos;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use zablab_sim::history::Type;
use zablab_sim::run::{Outcome, Run};
use zablab_sim::scenario::Scenario;
use zablab_sim::storm::Profile;

/// Seconds of one piece of work: the best of three measurements, each of so many pieces that the clock's grain does
/// not show. Also what the last piece gave.
fn best<T>(pieces: u32, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut least = f64::INFINITY;
    let mut last = None;
    for _ in 0..3 {
        let begin = cpu_nanos();
        for _ in 0..pieces {
            last = Some(black_box(work()));
        }
        least = least.min((cpu_nanos() - begin) as f64 / 1e9 / f64::from(pieces));
    }
    (least, last.expect("at least one run"))
}

/// The yardstick: pop and push of 64-byte events on a heap that holds as many as three servers keep.
fn bare_heap() -> (f64, u64) {
    const TURNS: u64 = 5_000_000;
    let (seconds, _) = best(1, || {
        let mut heap: BinaryHeap<Reverse<[u64; 8]>> =
            (0..32).map(|at| Reverse([at * 977 % 31, at, 0, 0, 0, 0, 0, 0])).collect();
        for turn in 0..TURNS {
            if let Some(Reverse(mut event)) = heap.pop() {
                event[0] += 1 + event[1].wrapping_mul(turn) % 61;
                heap.push(Reverse(event));
            }
        }
        heap
    });
    (seconds, TURNS)
}

fn run(text: &str, pieces: u32, checked: bool) -> (f64, Outcome) {
    let scenario = Scenario::parse("bench", text).expect("a valid scenario");
    best(pieces, || {
        let mut run = Run::new("bench", text, &scenario, 0).expect("a valid scenario");
        run.checked = checked;
        let outcome = run.finish(&mut []).expect("no observer, no error");
        assert!(outcome.is_green(), "{:?} {:?}", outcome.unmet, outcome.violations);
        outcome
    })
}

fn row(name: &str, seconds: f64, events: u64, virtual_nanos: Option<u64>) {
    let rate = events as f64 / seconds;
    let pace = virtual_nanos.map_or_else(|| "-".to_owned(), |n| format!("{:.0}", n as f64 / 1e9 / seconds));
    println!("{name:<44} {seconds:>9.3} {events:>10} {:>14.0} {pace:>16}", rate);
}

const IDLE: &str = "\
ensemble zk1 zk2 zk3
at 0s start all
at 5s expect available
at 3605s expect available
";

const WRITES: &str = "\
ensemble zk1 zk2 zk3
at 0s start all
at 5s create /n times 100000 at leader
by 4000s expect answered 100000
at 4000s expect available
";

/// Operations of one kind by closed-loop clients with sessions, spread over the servers; no pause between an answer and
/// the next request.
fn clients(kind: &str) -> String {
    format!(
        "ensemble zk1 zk2 zk3\nworkload w clients 16 keys 16 operations 100000 {kind} 1\n\
         at 0s start all\nat 5s start w\nat 600s expect pending 0\n"
    )
}

fn rate(name: &str, seconds: f64, outcome: &Outcome, what: &str, count: usize) {
    row(name, seconds, outcome.events, None);
    println!("    {:.0} {what} per CPU second", count as f64 / seconds);
}

fn completed(outcome: &Outcome) -> usize {
    outcome.history.iter().filter(|event| event.kind == Type::Ok).count()
}

/// Random runs of `everything`, all judges on: each of so many servers, the plan drawn and the run judged.
fn storms(servers: u32, seeds: u64) {
    let profile = Profile::find("everything").expect("a profile of that name");
    let begin = cpu_nanos();
    let (mut events, mut virtual_time) = (0, 0);
    for seed in 0..seeds {
        let plan = profile.plan_for(seed, Some(servers));
        let run = Run::new("bench", "", &plan, seed).expect("a valid plan");
        let outcome = run.finish(&mut []).expect("no observer, no error");
        assert!(outcome.is_green(), "{:?} {:?}", outcome.unmet, outcome.violations);
        events += outcome.events;
        virtual_time += outcome.virtual_time;
    }
    let seconds = (cpu_nanos() - begin) as f64 / 1e9;
    row(&format!("everything, {servers} servers, {seeds} seeds"), seconds, events, Some(virtual_time));
    println!("    {:.1} seeds per CPU second", seeds as f64 / seconds);
}

fn main() {
    println!("{:<44} {:>9} {:>10} {:>14} {:>16}", "", "CPU s", "events", "events/CPU s", "virtual s/CPU s");
    let (seconds, turns) = bare_heap();
    row("bare heap, 64-byte events, pop and push", seconds, turns, None);
    let (seconds, idle) = run(IDLE, 100, true);
    row("three servers idle for an hour", seconds, idle.events, Some(idle.virtual_time));
    let (checked, writes) = run(WRITES, 1, true);
    row("three servers, 100,000 writes, monitors on", checked, writes.events, Some(writes.virtual_time));
    let (unchecked, writes) = run(WRITES, 1, false);
    row("three servers, 100,000 writes, monitors off", unchecked, writes.events, Some(writes.virtual_time));
    for (kind, what) in [("writes", "committed writes"), ("reads", "reads")] {
        let (seconds, outcome) = run(&clients(kind), 1, true);
        rate(&format!("16 closed-loop clients, {kind}"), seconds, &outcome, what, completed(&outcome));
    }
    for (servers, seeds) in [(3, 400), (5, 300), (7, 200), (15, 60), (51, 6)] {
        storms(servers, seeds);
    }
    println!("monitors cost {:.0} %", (checked / unchecked - 1.0) * 100.0);
}
