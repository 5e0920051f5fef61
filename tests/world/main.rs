//! The world does to servers what it says (links, power, pauses, clocks, disks), and keeps laws of its own.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod disks;
mod network;
mod process;
mod scheduler;
#[path = "../watch/mod.rs"]
mod watch;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use watch::{Everything, SECOND, Seen, THREE};
use zablab_protocol::{ConnId, Decision, Dropped, GaveUp, Packet, Port, Storage};
use zablab_sim::ensemble::{Action, Effect, Ensemble, Node, NodeId, Process, Timers};
use zablab_sim::run::{Ending, Limits, Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;

const MILLI: u64 = 1_000_000;
/// No packet is longer under way, and no dial, unless a scenario says so.
const LATENCY: u64 = 600_000;
/// syncLimit times tickTime.
const SILENCE: u64 = 10 * SECOND;

fn watched(text: &str, seed: u64, observer: &mut dyn Observer) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Run::new("test", text, &scenario, seed).unwrap().finish(&mut [observer]).unwrap();
    assert_eq!(outcome.violations, [], "{text}");
    assert_eq!(outcome.ending, Ending::Complete, "{text}");
    assert_eq!(outcome.unmet, [], "{text}");
    outcome
}

/// A run that is over and in which everything held, with all that happened.
struct Ran {
    outcome: Outcome,
    seen: Vec<Seen>,
}

fn run_seed(text: &str, seed: u64) -> Ran {
    let mut everything = Everything::default();
    let outcome = watched(text, seed, &mut everything);
    Ran { outcome, seen: everything.0 }
}

/// Runs the three servers with more lines.
fn run(lines: &str) -> Ran {
    run_seed(&format!("{THREE}{lines}\n"), 0)
}

impl Ran {
    fn node(&self, name: &str) -> &Node {
        self.outcome.ensemble.nodes.iter().find(|node| &*node.name == name).unwrap()
    }

    fn files(&self, name: &str) -> &Storage {
        self.node(name).disk.storage()
    }

    /// The zxids in its log.
    fn log(&self, name: &str) -> Vec<i64> {
        self.files(name).log.txns().iter().map(|txn| txn.zxid.0).collect()
    }

    fn is(&self, id: NodeId, name: &str) -> bool {
        &*self.outcome.ensemble.node(id).name == name
    }

    /// What a server decided, and when.
    fn decisions(&self, name: &str) -> impl Iterator<Item = (u64, &Decision)> {
        self.seen.iter().flat_map(move |seen| {
            seen.effects.iter().filter_map(move |effect| match effect {
                Effect::Decided { node, decision } if self.is(*node, name) => Some((seen.at, decision)),
                _ => None,
            })
        })
    }

    fn decided(&self, name: &str, what: &str) -> Vec<u64> {
        self.decisions(name).filter(|(_, d)| d.name() == what).map(|(at, _)| at).collect()
    }

    /// Why a server left its roles, and when.
    fn gave_up(&self, name: &str) -> Vec<(u64, GaveUp)> {
        let why = |(at, decision): (u64, &Decision)| match decision {
            Decision::GaveUp { why, .. } => Some((at, why.clone())),
            _ => None,
        };
        self.decisions(name).filter_map(why).collect()
    }

    /// Why a leader dropped learners that it knew by name, and when.
    fn dropped(&self, name: &str) -> Vec<(u64, i64, Dropped)> {
        let why = |(at, decision): (u64, &Decision)| match decision {
            Decision::LearnerDropped { sid: Some(sid), why } => Some((at, sid.0, why.clone())),
            _ => None,
        };
        self.decisions(name).filter_map(why).collect()
    }

    /// When a server got packets from another on a port.
    fn got(&self, name: &str, from: &str, port: Port) -> Vec<u64> {
        let of = |packet: &Packet| match packet {
            Packet::Hello { .. } | Packet::Notification(_) => Port::Election,
            _ => Port::Quorum,
        };
        self.seen
            .iter()
            .filter(|seen| matches!(seen.action, Action::Deliver { to, .. } if self.is(to, name)))
            .filter(|seen| {
                seen.packet.as_ref().is_some_and(|(by, packet)| self.is(*by, from) && of(packet) == port)
            })
            .map(|seen| seen.at)
            .collect()
    }

    fn last_before(&self, name: &str, from: &str, port: Port, at: u64) -> u64 {
        self.got(name, from, port).into_iter().rfind(|got| *got <= at).unwrap()
    }

    /// When a server dialled another.
    fn dialled(&self, name: &str, port: Port, whom: &str) -> Vec<u64> {
        let is_dial = |effect: &Effect| match effect {
            Effect::Dialled { from, port: on, to } => {
                *on == port && self.is(*from, name) && self.is(*to, whom)
            }
            _ => false,
        };
        let dials = self.seen.iter().filter(|seen| seen.effects.iter().any(is_dial));
        dials.map(|seen| seen.at).collect()
    }

    /// When attempts of a server reached the place where another is or should be.
    fn arrived(&self, name: &str, port: Port, whom: &str) -> Vec<u64> {
        let is_arrival = |action: &Action| match action {
            Action::Arrive { from, port: on, to } => {
                *on == port && self.is(*from, name) && self.is(*to, whom)
            }
            _ => false,
        };
        self.seen.iter().filter(|seen| is_arrival(&seen.action)).map(|seen| seen.at).collect()
    }

    /// The first failed dial of a server to another: after how long, and whether for want of an answer.
    fn first_failure(&self, name: &str, whom: &str, since: u64) -> (u64, bool) {
        let sid = self.node(whom).sid();
        let failure = |(at, decision): (u64, &Decision)| match decision {
            Decision::CannotOpenChannel { to, unanswered } if *to == sid && at > since => {
                Some((at, *unanswered))
            }
            _ => None,
        };
        let (at, unanswered) = self.decisions(name).find_map(failure).unwrap();
        let dialled = self.dialled(name, Port::Election, whom).into_iter().rfind(|dialled| *dialled <= at);
        (at - dialled.unwrap(), unanswered)
    }
}
