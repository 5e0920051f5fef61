//! Bounds on a run, and the scheduler's own laws.

use super::*;

// Bounds.

fn bounded(text: &str, limits: Limits) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap();
    let mut run = Run::new("test", text, &scenario, 0).unwrap();
    run.limit(limits);
    run.finish(&mut []).unwrap()
}

#[test]
fn a_run_ends_at_a_bound_and_says_which() {
    let text = &format!("{THREE}at 60s expect leader zk3\n");
    let usual = Limits::default();
    let whole = bounded(text, usual);
    assert!(whole.is_green());

    let steps = bounded(text, Limits { steps: 100, ..usual });
    assert_eq!((&steps.ending, steps.steps), (&Ending::Runaway("100 steps".to_owned()), 100));
    assert!(!steps.is_green() && steps.met == 0);
    assert_eq!(bounded(text, Limits { steps: whole.steps + 1, ..usual }).ending, Ending::Complete);

    let time = bounded(text, Limits { virtual_time: 20 * SECOND, ..usual });
    assert_eq!(time.ending, Ending::Runaway("20 s of virtual time".to_owned()));
    assert!((20 * SECOND..22 * SECOND).contains(&time.virtual_time));

    let at_once = bounded(text, Limits { steps_at_once: 2, ..usual });
    assert!(matches!(&at_once.ending, Ending::Runaway(why) if why.ends_with("steps at one instant")));
    assert_eq!(at_once.virtual_time, 0, "three servers start at 0 s");
}

#[test]
fn a_run_without_a_bound_to_reach_is_as_long_as_its_scenario() {
    let outcome = bounded(&format!("{THREE}at 1h expect leader zk3\n"), Limits::default());
    assert!(outcome.is_green());
    assert_eq!(outcome.virtual_time, 3600 * SECOND);
}

// The laws of the scheduler.

/// A life with crashes, writes and elections, and nothing that keeps a packet back.
const BUSY: &str = "ensemble zk1 zk2 zk3 zk4=4:observer\nset latency 1ms..9ms\nset connect 2ms..4ms\n\
                    set snapCount 20\n\
    at 0s start all\nat 5s create /a times 50 at zk1\n   create /b times 50 at zk2\nat 5.3s kill zk3\n\
    at 8s start zk3\n\
    at 9s create /c times 50 at zk4\nat 9.2s power-off zk2\nat 12s start zk2\nat 14s reset zk1 from zk3\n\
    at 18s restart zk1\nat 40s end\n";

/// The same with cuts, holds and pauses.
const BLOCKED: &str = "ensemble zk1 zk2 zk3\nset latency 1ms..9ms\nat 0s start all\n\
                       at 4s create /a times 80 at zk1\n\
    at 4.1s hold COMMIT zk3 to zk1\nat 4.5s pause zk2\nat 6s release\nat 7s resume zk2\n\
    at 8s cut zk3 from zk1\n\
    at 15s heal\nat 16s create /b times 80 at leader\nat 16.2s cut zk2 to zk3\nat 18s reset zk2 from zk3\n\
    at 30s heal\n\
    at 32s restart zk1\nat 50s end\n";

/// When each segment was sent, and the packet in it.
type Stream = VecDeque<(u64, Option<Packet>)>;

/// Holds every arrival against what was sent.
#[derive(Default)]
struct Streams {
    /// By connection and receiver: when each was sent, and what.
    under_way: BTreeMap<(ConnId, NodeId), Stream>,
    last: BTreeMap<(ConnId, NodeId), u64>,
    /// The least and the longest that a packet is under way; `None`: it may be kept back.
    latency: Option<(u64, u64)>,
    delivered: u64,
}

impl Observer for Streams {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let now = step.moment.at;
        if let Action::Deliver { conn, to } = step.action {
            let stream = (*conn, *to);
            let (sent, packet) = self.under_way.get_mut(&stream).unwrap().pop_front().unwrap();
            assert_eq!(packet.as_ref(), step.delivered.map(|delivered| &delivered.packet), "out of order");
            let before = self.last.insert(stream, now).unwrap_or(0);
            if let (Some((least, most)), Some(packet)) = (self.latency, &packet) {
                assert!(
                    now >= sent + least,
                    "{} is there {} ns after it was sent",
                    packet.name(),
                    now - sent
                );
                assert!(now <= (sent + most).max(before), "{} takes {} ns", packet.name(), now - sent);
            }
            self.delivered += u64::from(packet.is_some());
        }
        for effect in step.effects {
            match effect {
                Effect::Opened { conn, from, to, .. } => {
                    for end in [*from, *to] {
                        self.under_way.insert((*conn, end), Stream::new());
                        self.last.remove(&(*conn, end));
                    }
                }
                Effect::Sent { conn, to, index, packet, .. } => {
                    let stream = self.under_way.get_mut(&(*conn, *to)).unwrap();
                    // A reset takes the place of what was under way.
                    stream.truncate(*index);
                    assert_eq!(stream.len(), *index);
                    stream.push_back((now, packet.clone()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[test]
fn a_connection_delivers_in_order_and_within_its_latency() {
    for seed in 0..20 {
        let mut streams = Streams { latency: Some((MILLI, 9 * MILLI)), ..Streams::default() };
        watched(BUSY, seed, &mut streams);
        assert!(streams.delivered > 300, "{}", streams.delivered);
    }
}

#[test]
fn a_connection_that_was_cut_held_or_paused_still_delivers_in_order() {
    for seed in 0..20 {
        let mut streams = Streams::default();
        watched(BLOCKED, seed, &mut streams);
        assert!(streams.delivered > 1000, "{}", streams.delivered);
    }
}

/// Holds every timer and every write against when it was begun.
#[derive(Default)]
struct Clocks {
    /// By server and slot: when it is to fire.
    armed: BTreeMap<(NodeId, usize), u64>,
    /// By server and writer: when the write began.
    writing: BTreeMap<(NodeId, String), u64>,
    /// When each server was resumed.
    resumed: BTreeMap<NodeId, u64>,
    fired: u64,
    written: u64,
}

/// True nanoseconds for a time of the clock of zk1, which is fast in `CLOCKS`; zk2's is slow.
fn true_time(ensemble: &Ensemble, node: NodeId, millis: u64) -> u64 {
    match &*ensemble.node(node).name {
        "zk1" => millis * MILLI * 4 / 5,
        "zk2" => millis * MILLI * 2,
        _ => millis * MILLI,
    }
}

impl Clocks {
    fn check(&self, step: &StepView<'_>) {
        for ((node, _), due) in &self.armed {
            let server = step.ensemble.node(*node);
            let late = step.moment.at > *due && step.moment.at > self.resumed.get(node).copied().unwrap_or(0);
            assert!(server.paused || !late, "a timer of {} is late", server.name);
        }
    }
}

impl Observer for Clocks {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let now = step.moment.at;
        match step.action {
            Action::Resume(node) => {
                self.resumed.insert(*node, now);
            }
            Action::Timer { node, timer } => {
                let verifier = &step.ensemble.node(*node).config.verifier;
                let member = |sid| verifier.members().position(|(member, _)| member == sid).unwrap();
                let slot = Timers::slot(*timer, verifier.members().len(), member);
                let due = self.armed.remove(&(*node, slot)).unwrap();
                let resumed = self.resumed.get(node).copied().unwrap_or(0);
                assert_eq!(now, due.max(resumed), "{timer:?} of {}", step.ensemble.node(*node).name);
                self.fired += 1;
            }
            Action::DiskDone { node, writer } => {
                let began = self.writing.remove(&(*node, format!("{writer:?}"))).unwrap();
                if !self.resumed.contains_key(node) {
                    assert!((MILLI..=6 * MILLI).contains(&(now - began)), "{} ns", now - began);
                }
                self.written += 1;
            }
            _ => {}
        }
        for effect in step.effects {
            match effect {
                Effect::TimerSet { node, slot, after } => {
                    self.armed.insert((*node, *slot), now + true_time(step.ensemble, *node, after.0));
                }
                Effect::TimerCancelled { node, slot } => {
                    assert!(self.armed.remove(&(*node, *slot)).is_some());
                }
                Effect::DiskBegan { node, writer } => {
                    self.writing.insert((*node, format!("{writer:?}")), now);
                }
                Effect::Down(gone, _) => {
                    self.armed.retain(|(node, _), _| node != gone);
                    self.writing.retain(|(node, _), _| node != gone);
                    self.resumed.remove(gone);
                }
                _ => {}
            }
        }
        self.check(step);
        Ok(())
    }
}

#[test]
fn a_timer_fires_neither_early_nor_late_and_a_write_takes_its_time() {
    for text in [BUSY, BLOCKED] {
        let text = text.replace("at 0s start all", "at 0s clock zk1 1.25\n   clock zk2 0.5\n   start all");
        for seed in 0..10 {
            let mut clocks = Clocks::default();
            watched(&text, seed, &mut clocks);
            assert!(clocks.fired > 30 && clocks.written > 30, "{} {}", clocks.fired, clocks.written);
        }
    }
}

#[test]
fn a_server_that_is_down_does_nothing_and_one_that_boots_waits() {
    struct Alive;
    impl Observer for Alive {
        fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
            let node = match step.action {
                Action::Deliver { to: node, .. }
                | Action::Timer { node, .. }
                | Action::DiskDone { node, .. }
                | Action::Run { node, .. } => step.ensemble.node(*node),
                _ => return Ok(()),
            };
            assert!(matches!(node.process, Process::Up(_)), "{:?} at {}", step.action, node.name);
            assert!(!node.paused, "{:?} at {}", step.action, node.name);
            Ok(())
        }
    }
    for text in [BUSY, BLOCKED] {
        for seed in 0..10 {
            watched(text, seed, &mut Alive);
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run_and_another_seed_is_another() {
    for text in [BUSY, BLOCKED] {
        let hashes: Vec<_> = (0..6).map(|seed| run_seed(text, seed).outcome.hash).collect();
        let again: Vec<_> = (0..6).map(|seed| run_seed(text, seed).outcome.hash).collect();
        assert_eq!(hashes, again);
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash), "seed {at}");
        }
    }
}

#[test]
fn fixed_times_still_leave_the_seed_in_the_hash() {
    let text = "ensemble zk1\nset latency 1ms\nset connect 1ms\nset boot 500ms\nset teardown 1ms\n\
                set takeover 1ms\n\
                set fsync 1ms\nset write 1ms\nat 0s start zk1\nat 2s expect zk1 standalone\n";
    let (a, b) = (run_seed(text, 1), run_seed(text, 2));
    assert_ne!(a.outcome.hash, b.outcome.hash);
    assert_eq!(a.outcome.steps, b.outcome.steps);
    assert!(a.seen.iter().map(|seen| seen.at).eq(b.seen.iter().map(|seen| seen.at)), "no draw is left");
}
