//! What was done to links, disks and processes, from when to when.

use super::Instant;
use crate::ensemble::{Action, NodeId, Ports};
use crate::run::StepView;
use serde::Serialize;
use zablab_protocol::Port;

/// Something that was wrong for a while, or happened at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// `cut`, `refused`, `held`, `paused`, `disk`, `killed`, `off`, `wiped`, `reset`.
    pub kind: &'static str,
    /// Where it was: a server or client, or the sender.
    pub lane: usize,
    /// The receiver, where a link was meant.
    pub to: Option<usize>,
    /// The one port that was meant; `None` for all of them or none.
    pub port: Option<&'static str>,
    /// In words.
    pub what: String,
    /// Since when.
    pub from: Instant,
    /// Until when; the same as `from` for what happened at one instant.
    pub until: Instant,
}

/// What tells one trouble from another.
type Key = (&'static str, usize, Option<usize>, Option<String>);

/// Follows troubles from beginning to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles {
    all: Vec<Trouble>,
    open: Vec<(Key, usize)>,
}

fn port(ports: Ports) -> Option<&'static str> {
    match ports {
        Ports::ALL => None,
        ports if ports.has(Port::Election) => Some("election"),
        ports if ports.has(Port::Quorum) => Some("quorum"),
        _ => Some("client"),
    }
}

impl Troubles {
    pub(super) fn step(&mut self, step: &StepView<'_>) {
        match step.action {
            Action::Cut { from, to, ports, on } => self.link("cut", (*from, *to), *ports, *on, step),
            Action::Refuse { from, to, ports, on } => self.link("refused", (*from, *to), *ports, *on, step),
            Action::HoldStream { hold, on } => self.link("held", (hold.from, hold.to), hold.ports, *on, step),
            Action::HoldPart { node, part, on } => {
                self.turn(("held", node.index(), None, Some(part.to_string())), *on, None, step);
            }
            Action::ReleaseAll => self.end_all(|key| key.0 == "held", step),
            Action::Pause(node) => self.turn(("paused", node.index(), None, None), true, None, step),
            Action::Resume(node) => self.end(&("paused", node.index(), None, None), step),
            Action::Fill(node, _) | Action::Fail { node, .. } => {
                self.turn(("disk", node.index(), None, None), true, None, step);
            }
            Action::Mend(node) => self.end(&("disk", node.index(), None, None), step),
            Action::Kill(node) => self.process_ends("killed", *node, step),
            Action::PowerOff(node, _) => self.process_ends("off", *node, step),
            Action::Wipe(node) => self.process_ends("wiped", *node, step),
            Action::Reset { a, b, .. } => self.instant("reset", *a, Some(*b), step),
            _ => {}
        }
    }

    fn link(
        &mut self,
        kind: &'static str,
        (from, to): (NodeId, NodeId),
        ports: Ports,
        on: bool,
        step: &StepView<'_>,
    ) {
        let (from, to) = (from.index(), Some(to.index()));
        // A heal of all ports ends what was done to one.
        if !on && ports == Ports::ALL {
            return self.end_all(|key| (key.0, key.1, key.2) == (kind, from, to), step);
        }
        self.turn((kind, from, to, port(ports).map(str::to_owned)), on, port(ports), step);
    }

    /// A process that ends stands still no more.
    fn process_ends(&mut self, kind: &'static str, node: NodeId, step: &StepView<'_>) {
        self.end(&("paused", node.index(), None, None), step);
        self.instant(kind, node, None, step);
    }

    fn instant(&mut self, kind: &'static str, node: NodeId, to: Option<NodeId>, step: &StepView<'_>) {
        let (lane, to, when) = (node.index(), to.map(NodeId::index), now(step));
        self.all.push(Trouble { kind, lane, to, port: None, what: words(step), from: when, until: when });
    }

    fn turn(&mut self, key: Key, on: bool, port: Option<&'static str>, step: &StepView<'_>) {
        if !on {
            self.end(&key, step);
        } else if self.open.iter().all(|(open, _)| *open != key) {
            let (kind, lane, to) = (key.0, key.1, key.2);
            let when = now(step);
            self.open.push((key, self.all.len()));
            self.all.push(Trouble { kind, lane, to, port, what: words(step), from: when, until: when });
        }
    }

    fn end(&mut self, key: &Key, step: &StepView<'_>) {
        self.end_all(|open| open == key, step);
    }

    fn end_all(&mut self, meant: impl Fn(&Key) -> bool, step: &StepView<'_>) {
        for (_, place) in self.open.extract_if(.., |(key, _)| meant(key)) {
            self.all[place].until = now(step);
        }
    }

    /// All of them that touch the window, those still open until its end.
    pub(super) fn finish(mut self, from: u64, end: Instant) -> Vec<Trouble> {
        for (_, place) in self.open {
            self.all[place].until = end;
        }
        self.all.retain(|trouble| trouble.until.at >= from && trouble.from.at <= end.at);
        self.all
    }
}

fn now(step: &StepView<'_>) -> Instant {
    Instant { at: step.moment.at, step: step.moment.step }
}

fn words(step: &StepView<'_>) -> String {
    crate::view::fault(step.ensemble, step.action)
        .map(|(who, what)| format!("{who} {what}"))
        .unwrap_or_default()
}
