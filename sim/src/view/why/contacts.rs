//! What a run has shown so far of who is there and who hears whom: the facts that a why is made of.

use crate::ensemble::{Action, Effect, Ended, Ensemble, NodeId, Part, Ports, Process, Timers};
use crate::run::StepView;
use std::collections::BTreeMap;
use zablab_protocol::{ClientEvent, Decision, Millis, Packet, Phase, Port, ServerState, Sid, Timer, Waits};

/// One direction of a link: what `from` does with `to`.
#[derive(Clone, Debug, Default)]
pub(super) struct Link {
    /// When `to` last heard `from`, by port.
    heard: [Option<u64>; 3],
    /// The last attempt of `from` on a port of `to` failed: when, and whether nobody answered.
    failed: [Option<(u64, bool)>; 3],
    /// Since when nothing gets through, by port.
    cut: [Option<u64>; 3],
    /// Since when connections are refused, by port.
    refused: [Option<u64>; 3],
    /// Since when something is held back, and what; `None` for everything.
    held: Vec<(u64, Option<&'static str>)>,
}

const PORTS: [Port; 3] = [Port::Election, Port::Quorum, Port::Client];

impl Link {
    /// When it was heard last: on the client port, or on those between servers.
    pub(super) fn heard(&self, port: Port) -> Option<u64> {
        match port {
            Port::Client => self.heard[port as usize],
            _ => self.heard[Port::Election as usize].max(self.heard[Port::Quorum as usize]),
        }
    }

    pub(super) fn failed(&self, port: Port) -> Option<(u64, bool)> {
        self.failed[port as usize]
    }

    pub(super) fn cut(&self, port: Port) -> Option<u64> {
        self.cut[port as usize]
    }

    pub(super) fn refused(&self, port: Port) -> Option<u64> {
        self.refused[port as usize]
    }

    /// Whether packets of a kind are held back.
    pub(super) fn holds(&self, kind: &str) -> bool {
        self.held.iter().any(|(_, packet)| packet.is_none_or(|packet| packet == kind))
    }

    pub(super) fn held(&self) -> Option<(u64, Option<&'static str>)> {
        self.held.first().copied()
    }
}

/// What is known of one party.
#[derive(Clone, Debug, Default)]
pub(super) struct Party {
    /// Since when its process is what it is: down, booting, up.
    pub(super) process: u64,
    /// Since when it has its state, and serves or not.
    pub(super) role: u64,
    /// Since when it waits for what it waits for.
    pub(super) waits: u64,
    /// LOOKING: how long it listens before it tries again, and what its own clock shows then.
    pub(super) listens: Option<(Millis, Millis)>,
    /// Since when it stands still.
    pub(super) paused: Option<u64>,
    /// Parts of it that are held, since when.
    pub(super) held: Vec<(Part, u64)>,
    /// Since when its disk takes no writes.
    pub(super) disk: Option<u64>,
    /// When it last left a role, and why, in words.
    pub(super) gave_up: Option<(u64, String)>,
    /// A client's connection is gone: when, from which server, and after which silence.
    pub(super) disconnected: Option<(u64, Sid, Option<Millis>)>,
}

/// What a party is, to see when it becomes something else.
type Was = (Option<(ServerState, bool, bool)>, Option<Waits>);

/// Remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Contacts {
    parties: BTreeMap<NodeId, Party>,
    links: BTreeMap<(NodeId, NodeId), Link>,
    was: BTreeMap<NodeId, Was>,
}

/// Whom an action or its effects concern.
pub(crate) fn touched(step: &StepView<'_>) -> Vec<NodeId> {
    let mut all = Vec::new();
    match step.action {
        Action::Start(id)
        | Action::Boot(id)
        | Action::Kill(id)
        | Action::PowerOff(id, _)
        | Action::Wipe(id)
        | Action::Fill(id, _)
        | Action::Mend(id)
        | Action::Pause(id)
        | Action::Resume(id)
        | Action::Deliver { to: id, .. }
        | Action::Arrive { to: id, .. }
        | Action::Fail { node: id, .. }
        | Action::Timer { node: id, .. }
        | Action::DiskDone { node: id, .. }
        | Action::Run { node: id, .. }
        | Action::HoldPart { node: id, .. }
        | Action::Ask { client: id, .. }
        | Action::Client { node: id, .. } => all.push(*id),
        Action::Cut { .. }
        | Action::Refuse { .. }
        | Action::Reset { .. }
        | Action::HoldStream { .. }
        | Action::ReleaseAll => {}
    }
    for effect in step.effects {
        if let Effect::Started(id) | Effect::Up(id) | Effect::Down(id, _) | Effect::Decided { node: id, .. } =
            effect
        {
            all.push(*id);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

impl Contacts {
    pub(super) fn party(&self, id: NodeId) -> Party {
        self.parties.get(&id).cloned().unwrap_or_default()
    }

    /// What `from` does with `to`.
    pub(super) fn link(&self, from: NodeId, to: NodeId) -> Link {
        self.links.get(&(from, to)).cloned().unwrap_or_default()
    }

    /// Takes a step in. Says whether what is told of others than those it touched can have changed.
    pub(super) fn step(
        &mut self,
        step: &StepView<'_>,
        give_up: impl Fn(&Decision) -> Option<String>,
    ) -> bool {
        let at = step.moment.at;
        let mut news = self.action(step, at);
        for effect in step.effects {
            news |= self.effect(step, effect, at, &give_up);
        }
        for id in touched(step) {
            news |= self.look(step.ensemble, id, at);
        }
        news
    }

    /// Notes since when a server is what it is.
    fn look(&mut self, ensemble: &Ensemble, id: NodeId, at: u64) -> bool {
        if ensemble.client(id).is_some() {
            return false;
        }
        let node = ensemble.node(id);
        // Before it has booted and while it leaves a role it is in none.
        let idle = node.peer().is_some_and(|peer| matches!(peer.phase(), Phase::Booting | Phase::Leaving));
        let state = node.status().map(|status| (status.state, status.serving, idle));
        let now = (state, node.peer().map(|peer| peer.waits()));
        let was = self.was.entry(id).or_default();
        let (role, waits) = (was.0 != now.0, was.1 != now.1);
        let party = self.parties.entry(id).or_default();
        if role {
            party.role = at;
        }
        // Of what it waits for the kind counts: one more vote does not begin a new wait.
        if was.1.as_ref().map(std::mem::discriminant) != now.1.as_ref().map(std::mem::discriminant) || role {
            party.waits = at;
        }
        *was = now;
        role || waits
    }

    fn link_mut(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        self.links.entry((from, to)).or_default()
    }

    fn action(&mut self, step: &StepView<'_>, at: u64) -> bool {
        let mark = |since: &mut Option<u64>, on: bool| {
            *since = on.then(|| since.unwrap_or(at));
        };
        let each = |ports: &Ports| PORTS.into_iter().filter(|port| ports.has(*port)).collect::<Vec<_>>();
        match step.action {
            Action::Deliver { conn, to } => {
                if let Some(delivered) = step.delivered {
                    let port = step.ensemble.net.other_end(*conn, *to).map(|(port, _)| port);
                    let port = port.unwrap_or(match delivered.packet {
                        Packet::Notification(_) | Packet::Hello { .. } => Port::Election,
                        _ => Port::Quorum,
                    });
                    let link = self.link_mut(delivered.from, *to);
                    link.heard[port as usize] = Some(at);
                }
                return false;
            }
            Action::Cut { from, to, ports, on } => {
                let link = self.link_mut(*from, *to);
                each(ports).into_iter().for_each(|port| mark(&mut link.cut[port as usize], *on));
            }
            Action::Refuse { from, to, ports, on } => {
                let link = self.link_mut(*from, *to);
                each(ports).into_iter().for_each(|port| mark(&mut link.refused[port as usize], *on));
            }
            Action::HoldStream { hold, on } => {
                let link = self.link_mut(hold.from, hold.to);
                let what = hold.packet;
                link.held.retain(|(_, held)| *held != what && (*on || what.is_some()));
                if *on {
                    link.held.push((at, what));
                }
            }
            Action::ReleaseAll => {
                self.links.values_mut().for_each(|link| link.held.clear());
                self.parties.values_mut().for_each(|party| party.held.clear());
            }
            Action::HoldPart { node, part, on } => {
                let held = &mut self.parties.entry(*node).or_default().held;
                held.retain(|(other, _)| other != part);
                if *on {
                    held.push((*part, at));
                }
            }
            Action::Pause(id) | Action::Resume(id) => {
                let on = matches!(step.action, Action::Pause(_));
                mark(&mut self.parties.entry(*id).or_default().paused, on);
            }
            Action::Fill(id, _) | Action::Mend(id) | Action::Fail { node: id, .. } => {
                let on = !matches!(step.action, Action::Mend(_));
                mark(&mut self.parties.entry(*id).or_default().disk, on);
            }
            _ => return false,
        }
        true
    }

    fn effect(
        &mut self,
        step: &StepView<'_>,
        effect: &Effect,
        at: u64,
        give_up: &impl Fn(&Decision) -> Option<String>,
    ) -> bool {
        match effect {
            Effect::Started(id) | Effect::Up(id) | Effect::Down(id, _) => {
                let party = self.parties.entry(*id).or_default();
                party.process = at;
                if matches!(effect, Effect::Down(..)) {
                    (party.paused, party.gave_up) = (None, None);
                }
            }
            Effect::TimerSet { node, slot, after }
                if *slot == Timers::slot(Timer::Notification, 0, |_| 0) =>
            {
                let shown = step.ensemble.node(*node).clock.read(at);
                self.parties.entry(*node).or_default().listens = Some((*after, Millis(shown.0 + after.0)));
            }
            Effect::Client { client, event } => return self.client(step.ensemble, *client, event, at),
            Effect::Decided { node, decision } => {
                let (to, port, failed) = match decision {
                    Decision::CannotOpenChannel { to, unanswered } => {
                        (*to, Port::Election, Some((at, *unanswered)))
                    }
                    Decision::ChannelOpen { with } => (*with, Port::Election, None),
                    Decision::CannotReachLeader { leader, .. } => (*leader, Port::Quorum, Some((at, false))),
                    Decision::ReachedLeader { leader } => (*leader, Port::Quorum, None),
                    Decision::GaveUp { .. } => {
                        let why = give_up(decision).unwrap_or_default();
                        self.parties.entry(*node).or_default().gave_up = Some((at, why));
                        return true;
                    }
                    Decision::Elected { .. } | Decision::Serving { .. } | Decision::NewElection { .. } => {
                        return true;
                    }
                    _ => return false,
                };
                let Some(to) = step.ensemble.by_sid(to) else { return false };
                let link = self.link_mut(*node, to);
                let before = link.failed[port as usize].replace((0, false)).is_some();
                link.failed[port as usize] = failed;
                return before != failed.is_some();
            }
            _ => return false,
        }
        true
    }

    fn client(&mut self, ensemble: &Ensemble, client: NodeId, event: &ClientEvent, at: u64) -> bool {
        let (server, failed) = match event {
            ClientEvent::CannotConnect { server } => (*server, Some((at, false))),
            ClientEvent::Connected { server, .. } => (*server, None),
            ClientEvent::Disconnected { server, silent } => {
                self.parties.entry(client).or_default().disconnected = Some((at, *server, *silent));
                return true;
            }
            _ => return false,
        };
        if let Some(server) = ensemble.by_sid(server) {
            self.link_mut(client, server).failed[Port::Client as usize] = failed;
        }
        if failed.is_none() {
            self.parties.entry(client).or_default().disconnected = None;
        }
        true
    }
}

/// How a process ended, as the reason that nobody is there; with the time, where that is not told otherwise.
pub(super) fn ended(ended: &Ended, at: Option<&str>) -> String {
    let when = at.map_or_else(String::new, |at| format!(" at {at}"));
    match ended {
        Ended::Never => "it has never been started".to_owned(),
        Ended::Killed => format!("its process was killed{when}"),
        Ended::PoweredOff => format!("its machine lost power{when}"),
        Ended::Exited(exit) => format!("it exited{when} with {}: {exit}", exit.code()),
    }
}

/// Whether nobody is there.
pub(super) fn is_down(ensemble: &Ensemble, id: NodeId) -> bool {
    matches!(ensemble.node(id).process, Process::Down)
}
