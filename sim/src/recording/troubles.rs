//! What was done to links, disks and processes, from when to when.

#[cfg(test)]
mod tests;

use super::Instant;
use crate::ensemble::{Action, Effect, NodeId, Part, Ports, StreamHold};
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
    /// The one type of packet that was held, the part of a server, or the file whose next write is to fail; `None` for all or none.
    pub only: Option<String>,
    /// In words.
    pub what: String,
    /// Since when.
    pub from: Instant,
    /// Until when: the same as `from` for what happened at one instant, `None` for what lasts at the end of the window.
    pub until: Option<Instant>,
}

impl Trouble {
    /// Whether it happened at one instant.
    pub fn is_instant(&self) -> bool {
        self.until == Some(self.from)
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Cut,
    Refused,
    /// Packets of this type, or all.
    Held(Option<&'static str>),
    /// A part of a server.
    Part(Part),
    Paused,
    Full,
    /// The next write of this file, or of any.
    Doomed(Option<&'static str>),
}

impl Fault {
    fn kind(self) -> &'static str {
        match self {
            Fault::Cut => "cut",
            Fault::Refused => "refused",
            Fault::Held(_) | Fault::Part(_) => "held",
            Fault::Paused => "paused",
            Fault::Full | Fault::Doomed(_) => "disk",
        }
    }

    fn only(self) -> Option<String> {
        match self {
            Fault::Held(only) | Fault::Doomed(only) => only.map(str::to_owned),
            Fault::Part(part) => Some(part.to_string()),
            _ => None,
        }
    }
}

/// Where: a party, or a link on one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    lane: NodeId,
    link: Option<(NodeId, Port)>,
}

/// Something that lasts.
#[derive(Clone, Copy, Debug)]
struct Open {
    fault: Fault,
    at: Place,
    /// The place of its trouble, which it may share with those of other ports.
    trouble: usize,
}

/// Follows troubles from beginning to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles {
    all: Vec<Trouble>,
    open: Vec<Open>,
}

/// The ports of a link that anything goes over.
fn ports_of(step: &StepView<'_>, from: NodeId, to: NodeId, ports: Ports) -> Vec<Port> {
    let with_client = [from, to].iter().any(|id| step.ensemble.client(*id).is_some());
    let used: &[Port] = if with_client { &[Port::Client] } else { &[Port::Election, Port::Quorum] };
    used.iter().copied().filter(|port| ports.has(*port)).collect()
}

fn word(port: Port) -> &'static str {
    match port {
        Port::Election => "election",
        Port::Quorum => "quorum",
        Port::Client => "client",
    }
}

impl Troubles {
    pub(super) fn step(&mut self, step: &StepView<'_>) {
        let party = |lane: &NodeId| Place { lane: *lane, link: None };
        match step.action {
            Action::Cut { from, to, ports, on } => self.link(Fault::Cut, (*from, *to), *ports, *on, step),
            Action::Refuse { from, to, ports, on } => {
                self.link(Fault::Refused, (*from, *to), *ports, *on, step);
            }
            Action::HoldStream { hold, on } => {
                let StreamHold { packet, from, to, ports } = hold;
                self.link(Fault::Held(*packet), (*from, *to), *ports, *on, step);
            }
            Action::HoldPart { node, part, on: true } => self.begin(Fault::Part(*part), party(node), step),
            Action::HoldPart { node, part, on: false } => {
                self.end(step, |open| open.fault == Fault::Part(*part) && open.at.lane == *node);
            }
            Action::ReleaseAll => self.end(step, |open| open.fault.kind() == "held"),
            Action::Pause(node) => self.begin(Fault::Paused, party(node), step),
            Action::Resume(node) => self.goes_on(*node, step),
            Action::Fill(node, _) => self.begin(Fault::Full, party(node), step),
            Action::Fail { node, file, .. } => self.begin(Fault::Doomed(*file), party(node), step),
            Action::Mend(node) => self.end(step, |open| open.fault.kind() == "disk" && open.at.lane == *node),
            Action::Kill(node) => self.process_ends("killed", *node, step),
            Action::PowerOff(node, _) => self.process_ends("off", *node, step),
            Action::Wipe(node) => self.process_ends("wiped", *node, step),
            Action::Reset { a, b, .. } => self.instant("reset", *a, Some(*b), step),
            _ => {}
        }
        for effect in step.effects {
            if let Effect::DiskFailed { node, op } = effect {
                // Only a full disk fails again.
                self.end(step, |open| match open.fault {
                    Fault::Doomed(file) => open.at.lane == *node && file.is_none_or(|file| file == op.file()),
                    _ => false,
                });
            }
        }
    }

    fn link(
        &mut self,
        fault: Fault,
        (from, to): (NodeId, NodeId),
        ports: Ports,
        on: bool,
        step: &StepView<'_>,
    ) {
        let meant = ports_of(step, from, to, ports);
        if on {
            let fresh: Vec<Port> = meant
                .iter()
                .copied()
                .filter(|port| {
                    let at = Place { lane: from, link: Some((to, *port)) };
                    !self.open.iter().any(|open| (open.fault, open.at) == (fault, at))
                })
                .collect();
            let whole = ports == Ports::ALL && fresh == meant;
            return self.on_ports(fault, (from, to), &fresh, whole, step);
        }
        // What is let go may be of any type where none is named.
        let is_meant = |open: Fault| match (fault, open) {
            (Fault::Held(None), Fault::Held(_)) => true,
            _ => open == fault,
        };
        let on_link = |open: &Open| open.at.lane == from && open.at.link.is_some_and(|(at, _)| at == to);
        let on_port = |open: &Open| open.at.link.is_some_and(|(_, port)| meant.contains(&port));
        let (ended, left): (Vec<Open>, Vec<Open>) =
            self.open.iter().copied().filter(|open| is_meant(open.fault) && on_link(open)).partition(on_port);
        self.open.retain(|open| !(is_meant(open.fault) && on_link(open)));
        // The ports that stay as they are have a trouble of their own from now on, where they shared one.
        let (shared, alone): (Vec<Open>, Vec<Open>) =
            left.into_iter().partition(|open| ended.iter().any(|gone| gone.trouble == open.trouble));
        self.open.extend(alone);
        for gone in ended {
            self.all[gone.trouble].until = Some(Instant::of(step));
        }
        for open in shared {
            let ports: Vec<Port> = open.at.link.iter().map(|(_, port)| *port).collect();
            self.on_ports(open.fault, (from, to), &ports, false, step);
        }
    }

    /// A link has a trouble on some ports: one if these are `whole`, one each if not.
    fn on_ports(
        &mut self,
        fault: Fault,
        (from, to): (NodeId, NodeId),
        ports: &[Port],
        whole: bool,
        step: &StepView<'_>,
    ) {
        let mut trouble = None;
        for port in ports {
            let at = Place { lane: from, link: Some((to, *port)) };
            let place = match trouble {
                Some(place) if whole => place,
                _ => {
                    let ports = if whole { Ports::ALL } else { Ports::only(Some(*port)) };
                    let what = words(step, &of_link(fault, (from, to), ports));
                    self.push(fault, from, Some(to), what, step)
                }
            };
            self.all[place].port = (!whole).then(|| word(*port));
            trouble = Some(place);
            self.open.push(Open { fault, at, trouble: place });
        }
    }

    /// A process that ends stands still no more.
    fn process_ends(&mut self, kind: &'static str, node: NodeId, step: &StepView<'_>) {
        self.goes_on(node, step);
        self.instant(kind, node, None, step);
    }

    fn goes_on(&mut self, node: NodeId, step: &StepView<'_>) {
        self.end(step, |open| open.fault == Fault::Paused && open.at.lane == node);
    }

    fn instant(&mut self, kind: &'static str, node: NodeId, to: Option<NodeId>, step: &StepView<'_>) {
        let (lane, to, when) = (node.index(), to.map(NodeId::index), Instant::of(step));
        let what = words(step, step.action);
        self.all.push(Trouble {
            kind,
            lane,
            to,
            port: None,
            only: None,
            what,
            from: when,
            until: Some(when),
        });
    }

    /// Something is wrong with a party, unless it is already.
    fn begin(&mut self, fault: Fault, at: Place, step: &StepView<'_>) {
        if self.open.iter().all(|open| (open.fault, open.at) != (fault, at)) {
            let trouble = self.push(fault, at.lane, None, words(step, step.action), step);
            self.open.push(Open { fault, at, trouble });
        }
    }

    fn push(
        &mut self,
        fault: Fault,
        lane: NodeId,
        to: Option<NodeId>,
        what: String,
        step: &StepView<'_>,
    ) -> usize {
        self.all.push(Trouble {
            kind: fault.kind(),
            lane: lane.index(),
            to: to.map(NodeId::index),
            port: None,
            only: fault.only(),
            what,
            from: Instant::of(step),
            until: None,
        });
        self.all.len() - 1
    }

    fn end(&mut self, step: &StepView<'_>, meant: impl Fn(&Open) -> bool) {
        for open in self.open.extract_if(.., |open| meant(open)) {
            self.all[open.trouble].until = Some(Instant::of(step));
        }
    }

    /// All of them that touch the window.
    pub(super) fn finish(mut self, from: u64, end: Instant) -> Vec<Trouble> {
        let lasts = |trouble: &Trouble| trouble.until.is_none_or(|until| until.at >= from);
        self.all.retain(|trouble| lasts(trouble) && trouble.from.at <= end.at);
        self.all
    }
}

/// What is done to a link.
fn of_link(fault: Fault, (from, to): (NodeId, NodeId), ports: Ports) -> Action {
    match fault {
        Fault::Refused => Action::Refuse { from, to, ports, on: true },
        Fault::Held(packet) => Action::HoldStream { hold: StreamHold { packet, from, to, ports }, on: true },
        _ => Action::Cut { from, to, ports, on: true },
    }
}

fn words(step: &StepView<'_>, action: &Action) -> String {
    crate::view::fault(step.ensemble, action).map(|(who, what)| format!("{who} {what}")).unwrap_or_default()
}
