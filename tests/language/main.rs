//! Every statement of the scenario language means what it says: when it acts, what it demands, what it does.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod clients;
mod counterfactual;
mod draws;
mod expectations;
mod frozen;
mod holds;
mod lessons;
mod namesakes;
mod servers;
mod triggers;
#[path = "../watch/mod.rs"]
mod watch;

use std::collections::BTreeSet;
use watch::{Everything, SECOND, Seen, THREE};
use zablab_protocol::{Decision, Storage};
use zablab_sim::ensemble::{Action, Effect, Node, NodeId};
use zablab_sim::run::{Ending, Outcome, Run};
use zablab_sim::scenario::{Packet as Word, Scenario};

/// A run that is over, with all that happened.
struct Ran {
    text: String,
    outcome: Outcome,
    seen: Vec<Seen>,
}

fn run_text(text: String) -> Ran {
    let scenario = Scenario::parse("test", &text).unwrap_or_else(|error| panic!("{error}"));
    let mut everything = Everything::default();
    let outcome = Run::new("test", &text, &scenario, 0).unwrap().finish(&mut [&mut everything]).unwrap();
    assert_eq!(outcome.violations, [], "{text}");
    assert_eq!(outcome.ending, Ending::Complete, "{text}");
    Ran { text, outcome, seen: everything.0 }
}

/// Runs the three servers with more lines.
fn run(lines: &str) -> Ran {
    run_text(format!("{THREE}{lines}\n"))
}

impl Ran {
    /// What was not met: the line as it stands in the text, when, and what was the case.
    fn unmet(&self) -> Vec<(&str, u64, &str)> {
        let line = |number: u32| self.text.lines().nth(number as usize - 1).unwrap().trim();
        self.outcome.unmet.iter().map(|unmet| (line(unmet.line), unmet.at, &*unmet.instead)).collect()
    }

    /// The lines that were not met.
    fn unmet_lines(&self) -> Vec<&str> {
        self.unmet().into_iter().map(|(line, _, _)| line).collect()
    }

    fn green(self) -> Ran {
        assert_eq!(self.unmet(), [], "{}", self.text);
        self
    }

    fn node(&self, name: &str) -> &Node {
        self.outcome.ensemble.nodes.iter().find(|node| &*node.name == name).unwrap()
    }

    fn files(&self, name: &str) -> &Storage {
        self.node(name).disk.storage()
    }

    fn logged(&self, name: &str) -> i64 {
        self.files(name).log.last().map_or(0, |zxid| zxid.0)
    }

    fn current_epoch(&self, name: &str) -> Option<i64> {
        self.files(name).current_epoch.map(|epoch| epoch.0)
    }

    fn is(&self, id: NodeId, name: &str) -> bool {
        &*self.outcome.ensemble.node(id).name == name
    }

    /// When the server decided that, and what.
    fn decisions(&self, name: &str) -> Vec<(u64, &Decision)> {
        let of = |effect| match effect {
            &Effect::Decided { node, ref decision } if self.is(node, name) => Some(decision),
            _ => None,
        };
        self.seen.iter().flat_map(|seen| seen.effects.iter().filter_map(of).map(|d| (seen.at, d))).collect()
    }

    fn decided(&self, name: &str, what: &str) -> Vec<u64> {
        self.decisions(name).into_iter().filter(|(_, d)| d.name() == what).map(|(at, _)| at).collect()
    }

    /// When the server got packets of a type, and from whom.
    fn got(&self, name: &str, what: &str) -> Vec<(u64, &str)> {
        let of = |seen: &'_ Seen| match &seen.action {
            Action::Deliver { to, .. } if self.is(*to, name) => Some(seen.at),
            _ => None,
        };
        self.seen
            .iter()
            .filter_map(|seen| Some((of(seen)?, seen.packet.as_ref()?)))
            .filter(|(_, (_, packet))| packet.name() == what)
            .map(|(at, (from, _))| (at, &*self.outcome.ensemble.node(*from).name))
            .collect()
    }

    /// When the server was killed, its place among all actions first.
    fn killed(&self, name: &str) -> Vec<(usize, u64)> {
        let is_kill = |seen: &Seen| matches!(seen.action, Action::Kill(node) if self.is(node, name));
        let kills = self.seen.iter().enumerate().filter(|(_, seen)| is_kill(seen));
        kills.map(|(at, seen)| (at, seen.at)).collect()
    }
}
