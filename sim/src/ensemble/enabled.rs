//! Which actions can happen.

use super::{Action, ClientNode, Ended, Ensemble, NodeId, Part, Process, WRITERS};
use zablab_protocol::Port;

impl Ensemble {
    /// Whether the action can happen now. Faults always can.
    pub fn is_enabled(&self, action: &Action) -> bool {
        match action {
            Action::Deliver { conn, to } => self.runs(*to) && self.net.may_arrive(*conn, *to),
            Action::Timer { node, timer } => {
                self.runs(*node) && self.timers(*node).get(self.slot(*node, *timer)) == Some(*timer)
            }
            Action::DiskDone { node, writer } => {
                let node = self.node(*node);
                node.runs() && !node.holds(Part::Disk) && node.disk.under_way(*writer).is_some()
            }
            Action::Run { node, task } => {
                let held = || self.client(*node).is_none() && self.node(*node).holds(Part::of(*task));
                self.runs(*node) && !held()
            }
            Action::Ask { client, .. } => self.runs(*client),
            Action::Boot(node) => {
                matches!(self.node(*node).process, Process::Booting) && !self.node(*node).paused
            }
            // Whoever stands still does not learn of a refusal either.
            Action::Arrive { from, port, to } => self.runs(*from) && self.net.is_dialling(*from, *port, *to),
            _ => true,
        }
    }

    /// Every action that is enabled and is no fault: deliveries, attempts, timers, disk completions, task steps.
    pub fn enabled(&self) -> Vec<Action> {
        let mut all: Vec<Action> =
            self.net.streams().map(|(conn, to)| Action::Deliver { conn, to }).collect();
        all.extend(self.net.dials().map(|(from, port, to)| Action::Arrive { from, port, to }));
        for id in self.ids() {
            let node = self.node(id);
            all.push(Action::Boot(id));
            all.extend(node.timers.armed().map(|(_, timer)| Action::Timer { node: id, timer }));
            all.extend(WRITERS.map(|writer| Action::DiskDone { node: id, writer }));
            all.extend(self.ready(id).into_iter().map(|task| Action::Run { node: id, task }));
        }
        for id in self.client_ids() {
            all.extend(self.timers(id).armed().map(|(_, timer)| Action::Timer { node: id, timer }));
            all.extend(self.ready(id).into_iter().map(|task| Action::Run { node: id, task }));
        }
        all.retain(|action| self.is_enabled(action));
        all
    }

    /// Whether an action of the scenario would change anything: killing who is down, healing what is whole does not.
    pub fn changes(&self, action: &Action) -> bool {
        let down = |id: &NodeId| match self.client(*id) {
            Some(client) => client.process.is_none(),
            None => self.node(*id).process == Process::Down,
        };
        let paused =
            |id: &NodeId| self.client(*id).map_or_else(|| self.node(*id).paused, |client| client.paused);
        let all = [Port::Election, Port::Quorum, Port::Client];
        match action {
            Action::Start(id) => self.client(*id).map_or_else(|| down(id), ClientNode::is_over),
            Action::Kill(id) => !down(id),
            Action::PowerOff(id, _) => !down(id) || self.node(*id).ended != Ended::PoweredOff,
            Action::Wipe(id) => !down(id) || !self.node(*id).disk.is_empty(),
            Action::Fill(id, _) => !self.node(*id).disk.is_full(),
            Action::Mend(id) => self.node(*id).disk.is_bad(),
            Action::Pause(id) => !down(id) && !paused(id),
            Action::Resume(id) => paused(id),
            Action::Cut { from, to, ports, on } => {
                all.iter().any(|port| ports.has(*port) && self.net.is_cut(*from, *to, *port) != *on)
            }
            Action::Refuse { from, to, ports, on } => {
                all.iter().any(|port| ports.has(*port) && self.net.is_refused(*from, *to, *port) != *on)
            }
            Action::Reset { a, b, ports } => !self.net.conns_between(*a, *b, *ports).is_empty(),
            Action::HoldPart { node, part, on } => self.node(*node).holds(*part) != *on,
            Action::HoldStream { hold, on: false } => self.net.would_release(hold),
            Action::ReleaseAll => self.net.holds_any() || self.nodes.iter().any(|node| node.held != 0),
            _ => true,
        }
    }
}
