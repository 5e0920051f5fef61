//! The world of clients, from outside: how they find a server, what faults do to them, how long their sessions live, what
//! workloads do.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod determinism;
mod failover;
mod faults;
mod sessions;
mod sync;
mod users;
mod watches;
mod workloads;

use std::io;
use std::sync::Arc;
use zablab_protocol::{ClientEvent, Completion, Decision, Packet};
use zablab_sim::ensemble::{Action, Effect};
use zablab_sim::history::Event;
use zablab_sim::run::{Ending, Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;

const SECOND: u64 = 1_000_000_000;
const MILLI: u64 = 1_000_000;
/// No packet is longer under way, and no dial, unless a scenario says so.
const LATENCY: u64 = 600_000;

/// Three servers that boot together; zk3 leads well before 2 s. A tick is half a second: sessions of 1 s to 10 s.
const THREE: &str = "ensemble zk1 zk2 zk3\nset tickTime 500\nset boot 500ms\nset takeover 20ms\nset zk3 takeover 5ms\n\
                     at 0s start all\n";

/// What clients and servers did, by name, and when.
#[derive(Default)]
struct Log {
    told: Vec<(u64, String, ClientEvent)>,
    decided: Vec<(u64, String, Decision)>,
    got: Vec<(u64, String, String, Packet)>,
    dialled: Vec<(u64, String, String)>,
}

impl Observer for Log {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let (at, name) = (step.moment.at, |id| step.ensemble.name(id).to_owned());
        if let (Action::Deliver { to, .. }, Some(delivered)) = (step.action, step.delivered) {
            self.got.push((at, name(*to), name(delivered.from), delivered.packet.clone()));
        }
        for effect in step.effects {
            match effect {
                Effect::Client { client, event } => self.told.push((at, name(*client), event.clone())),
                Effect::Decided { node, decision } => self.decided.push((at, name(*node), decision.clone())),
                Effect::Dialled { from, to, .. } => self.dialled.push((at, name(*from), name(*to))),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A run that is over, with what was seen of it.
struct Ran {
    outcome: Outcome,
    log: Log,
}

/// A run in which everything held.
fn run_seed(text: &str, seed: u64) -> Ran {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let mut log = Log::default();
    let outcome = Run::new("test", text, &scenario, seed).unwrap().finish(&mut [&mut log]).unwrap();
    assert_eq!(outcome.violations, [], "seed {seed}:\n{text}");
    assert_eq!(outcome.ending, Ending::Complete, "seed {seed}:\n{text}");
    assert_eq!(outcome.unmet, [], "seed {seed}:\n{text}");
    Ran { outcome, log }
}

/// Runs the three servers with more lines.
fn run_three(lines: &str, seed: u64) -> Ran {
    run_seed(&format!("{THREE}{lines}\n"), seed)
}

fn run(lines: &str) -> Ran {
    run_three(lines, 0)
}

impl Ran {
    /// What a client was told, and when.
    fn told(&self, client: &str) -> impl Iterator<Item = (u64, &ClientEvent)> {
        self.log.told.iter().filter(move |(_, name, _)| name == client).map(|(at, _, event)| (*at, event))
    }

    /// The outcomes of a client's requests, and when it had them.
    fn completed(&self, client: &str) -> Vec<(u64, Arc<Completion>)> {
        let done = |(at, event): (u64, &'_ ClientEvent)| match event {
            ClientEvent::Completed(done) => Some((at, done.clone())),
            _ => None,
        };
        self.told(client).filter_map(done).collect()
    }

    /// When a client lost a server, which, and after how much silence in milliseconds.
    fn lost(&self, client: &str) -> Vec<(u64, i64, Option<u64>)> {
        let lost = |(at, event): (u64, &ClientEvent)| match event {
            ClientEvent::Disconnected { server, silent } => {
                Some((at, server.0, silent.map(|silent| silent.0)))
            }
            _ => None,
        };
        self.told(client).filter_map(lost).collect()
    }

    /// When a client was connected, to which server, and whether with a new session.
    fn connected(&self, client: &str) -> Vec<(u64, i64, bool)> {
        let connected = |(at, event): (u64, &ClientEvent)| match event {
            ClientEvent::Connected { server, fresh, .. } => Some((at, server.0, *fresh)),
            _ => None,
        };
        self.told(client).filter_map(connected).collect()
    }

    /// When a client could not reach a server, and which.
    fn failed(&self, client: &str) -> Vec<(u64, i64)> {
        let failed = |(at, event): (u64, &ClientEvent)| match event {
            ClientEvent::CannotConnect { server } => Some((at, server.0)),
            _ => None,
        };
        self.told(client).filter_map(failed).collect()
    }

    /// When one got packets of a type from another.
    fn got(&self, name: &str, from: &str, packet: &str) -> Vec<u64> {
        let wanted = |(_, to, by, what): &&(u64, String, String, Packet)| {
            to == name && by == from && what.name() == packet
        };
        self.log.got.iter().filter(wanted).map(|(at, ..)| *at).collect()
    }

    /// When somebody decided that, and who.
    fn decided(&self, what: &str) -> Vec<(u64, &str)> {
        let wanted = |(_, _, decision): &&(u64, String, Decision)| decision.name() == what;
        self.log.decided.iter().filter(wanted).map(|(at, name, _)| (*at, &**name)).collect()
    }

    fn history(&self) -> &[Event] {
        &self.outcome.history
    }
}
