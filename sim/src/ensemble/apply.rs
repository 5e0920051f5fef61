//! An action happens.

use super::{Act, Action, Arrived, Effect, Ended, Ensemble, NodeId, Process};
use std::sync::Arc;
use zablab_protocol::{Answer, Client, ConnId, ErrorCode, Input, Origin, Output, Packet, Port, Sid, Zxid};

impl Ensemble {
    /// Applies an action. One that is not enabled does nothing.
    pub fn apply(&mut self, action: &Action, effects: &mut Vec<Effect>) {
        if self.is_enabled(action) {
            self.apply_enabled(action, effects);
        }
    }

    /// Applies an action that the caller knows to be enabled.
    pub(crate) fn apply_enabled(&mut self, action: &Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Start(id) if self.client(*id).is_some() => self.start_client(*id, effects),
            Action::Start(id) => {
                if self.node(*id).process == Process::Down {
                    self.act(*id, Act::Start, effects);
                    self.net.answer_unheard(*id, effects);
                }
            }
            Action::Boot(id) => self.act(*id, Act::Boot, effects),
            Action::Kill(id) if self.client(*id).is_some() => self.end_client(*id, effects),
            Action::Kill(id) => self.end_process(*id, Ended::Killed, effects),
            Action::PowerOff(id, loss) => {
                self.end_process(*id, Ended::PoweredOff, effects);
                self.nodes[id.index()].disk.power_off(*loss);
            }
            Action::Wipe(id) => {
                if self.nodes[id.index()].process != Process::Down {
                    self.end_process(*id, Ended::PoweredOff, effects);
                }
                let disk = &mut self.nodes[id.index()].disk;
                let durable = disk.last_durable();
                disk.wipe();
                effects.push(Effect::DiskLost { node: *id, durable });
            }
            Action::Fill(id, torn) => self.nodes[id.index()].disk.fill(*torn),
            Action::Fail { node, file, torn } => self.nodes[node.index()].disk.doom(*file, *torn),
            Action::Mend(id) => self.nodes[id.index()].disk.mend(),
            Action::Pause(id) => self.pause(*id, true),
            Action::Resume(id) => self.pause(*id, false),
            Action::Arrive { from, port, to } => self.arrive(*from, *port, *to, effects),
            Action::Deliver { conn, to } => self.deliver(*conn, *to, effects),
            Action::Timer { node, timer } => self.step(*node, Input::Timer(*timer), effects),
            Action::DiskDone { node, writer } => self.step(*node, Input::DiskDone(*writer), effects),
            Action::Run { node, task } => self.step(*node, Input::Run(*task), effects),
            Action::Ask { client, op } => self.step(*client, Input::Ask { op: op.clone() }, effects),
            Action::Client { node, origin, op } => {
                if self.node(*node).peer().is_some() {
                    self.act(*node, Act::Request(*origin, op.clone()), effects);
                } else {
                    effects.push(Effect::Answered { node: *node, answer: Arc::new(lost(*origin)) });
                }
            }
            Action::Cut { from, to, ports, on } => self.net.set_cut(*from, *to, *ports, *on),
            Action::Refuse { from, to, ports, on } => self.net.set_refused(*from, *to, *ports, *on),
            Action::Reset { a, b, ports } => self.net.break_between(*a, *b, *ports, effects),
            Action::HoldPart { node, part, on } => {
                let held = &mut self.nodes[node.index()].held;
                *held = if *on { *held | 1 << *part as u8 } else { *held & !(1 << *part as u8) };
            }
            Action::HoldStream { hold, on: true } => self.net.hold(hold.clone()),
            Action::HoldStream { hold, on: false } => self.net.release(hold),
            Action::ReleaseAll => {
                self.net.release_all();
                self.nodes.iter_mut().for_each(|node| node.held = 0);
            }
        }
    }

    /// An act happens to a server, and its tasks that were woken by it make their steps.
    fn act(&mut self, id: NodeId, act: Act, effects: &mut Vec<Effect>) {
        self.take(id, act, effects);
        self.run_woken(id, effects);
    }

    fn take(&mut self, id: NodeId, act: Act, effects: &mut Vec<Effect>) {
        let mut out = std::mem::take(&mut self.out.0);
        self.nodes[id.index()].take(id, act, self.now.0, &mut out, effects);
        self.carry_out(id, &mut out, effects);
        self.out.0 = out;
    }

    /// A server or a client is told something.
    fn step(&mut self, id: NodeId, input: Input, effects: &mut Vec<Effect>) {
        if self.client(id).is_none() {
            return self.act(id, Act::Input(input), effects);
        }
        let mut out = std::mem::take(&mut self.out.0);
        if let Input::Timer(timer) = input {
            let slot = self.slot(id, timer);
            self.timers_mut(id).take(slot);
        }
        if let Some(machine) = self.client_mut(id).and_then(|client| client.process.as_mut()) {
            machine.step(input, &mut out);
        }
        self.carry_out(id, &mut out, effects);
        self.out.0 = out;
    }

    fn start_client(&mut self, id: NodeId, effects: &mut Vec<Effect>) {
        let mut out = std::mem::take(&mut self.out.0);
        if let Some(client) = self.client_mut(id).filter(|client| client.is_over()) {
            client.paused = false;
            let machine = Client::start(client.config.clone(), client.first, &mut out);
            client.process = Some(Box::new(machine));
            effects.push(Effect::Up(id));
        }
        self.carry_out(id, &mut out, effects);
        self.out.0 = out;
    }

    /// A client's process ends; its session does not.
    fn end_client(&mut self, id: NodeId, effects: &mut Vec<Effect>) {
        let Some(client) = self.client_mut(id).filter(|client| client.process.is_some()) else { return };
        client.process = None;
        client.paused = false;
        client.timers.clear();
        self.net.end_all(id, false, effects);
        effects.push(Effect::Down(id, Ended::Killed));
    }

    fn pause(&mut self, id: NodeId, on: bool) {
        match self.client_mut(id) {
            Some(client) => client.paused = on && client.process.is_some(),
            None => {
                let node = &mut self.nodes[id.index()];
                node.paused = on && node.process != Process::Down;
            }
        }
    }

    /// The tasks of a prompt server make their steps, in the order in which they were woken.
    fn run_woken(&mut self, id: NodeId, effects: &mut Vec<Effect>) {
        while let Some(task) = self.woken.0.pop_front() {
            self.take(id, Act::Input(Input::Run(task)), effects);
        }
    }

    /// Carries out what a machine wants done.
    fn carry_out(&mut self, id: NodeId, out: &mut Vec<Output>, effects: &mut Vec<Effect>) {
        for output in out.drain(..) {
            let output = match self.nodes.get_mut(id.index()) {
                Some(node) => node.carry_out(id, output, &mut self.woken.0, effects),
                None => self.carry_out_for_client(id, output, effects),
            };
            match output {
                Some(Output::Send { conn, packet }) => self.send(id, conn, packet, effects),
                Some(Output::Connect { port, to }) => match self.by_sid(to) {
                    Some(to) => {
                        self.net.dial(id, port, to);
                        effects.push(Effect::Dialled { from: id, port, to });
                    }
                    None => tracing::warn!(%to, "a server dials one that is not in the ensemble"),
                },
                Some(Output::Abandon { port, to }) => {
                    if let Some(to) = self.by_sid(to) {
                        self.net.abandon(id, port, to, effects);
                    }
                }
                Some(Output::Close { conn }) => self.net.close(conn, id, false, effects),
                Some(Output::Exit(exit)) => self.end_process(id, Ended::Exited(exit), effects),
                _ => {}
            }
        }
    }

    fn carry_out_for_client(
        &mut self,
        id: NodeId,
        output: Output,
        effects: &mut Vec<Effect>,
    ) -> Option<Output> {
        match output {
            Output::SetTimer { timer, after } => {
                let slot = self.slot(id, timer);
                self.timers_mut(id).set(slot, timer, after);
                effects.push(Effect::TimerSet { node: id, slot, after });
            }
            Output::CancelTimer(timer) => {
                let slot = self.slot(id, timer);
                if self.timers_mut(id).take(slot) {
                    effects.push(Effect::TimerCancelled { node: id, slot });
                }
            }
            Output::Wake { task, work } => effects.push(Effect::Woke { node: id, task, work }),
            Output::Client(event) => effects.push(Effect::Client { client: id, event }),
            Output::Decided(decision) => effects.push(Effect::Decided { node: id, decision }),
            other => return Some(other),
        }
        None
    }

    /// A packet goes out.
    pub(crate) fn send(&mut self, from: NodeId, conn: ConnId, packet: Packet, effects: &mut Vec<Effect>) {
        let copy = self.record.then(|| packet.clone());
        let Some((_, to)) = self.net.other_end(conn, from) else { return };
        let is_off = self.client(to).is_none() && self.node(to).is_off();
        self.net.send(from, conn, packet, copy, is_off, effects);
    }

    /// A connection attempt reaches its target: accepted, refused, or not answered.
    fn arrive(&mut self, from: NodeId, port: Port, to: NodeId, effects: &mut Vec<Effect>) {
        let target = self.node(to).as_target();
        if self.net.arrive(from, port, to, target, effects) == Arrived::Refused {
            let to = self.node(to).listed;
            self.step(from, Input::ConnectFailed { port, to }, effects);
        }
    }

    fn deliver(&mut self, conn: ConnId, to: NodeId, effects: &mut Vec<Effect>) {
        let Some((_, from)) = self.net.other_end(conn, to) else { return };
        // Only servers are dialled, and only whoever dialled needs to know whom.
        let listed = self.nodes.get(from.index()).map_or(Sid::NONE, |node| node.listed);
        if let Some(input) = self.net.deliver(conn, to, listed, effects) {
            self.step(to, input, effects);
        }
    }

    /// A process ends: its memory, timers and connections go. After a power failure nobody tells the others.
    fn end_process(&mut self, id: NodeId, how: Ended, effects: &mut Vec<Effect>) {
        let vanished = how == Ended::PoweredOff;
        let was_there = self.node(id).process != Process::Down;
        if !was_there && !vanished {
            return;
        }
        self.nodes[id.index()].end_process(id, how.clone(), effects);
        self.net.end_all(id, vanished, effects);
        if was_there {
            effects.push(Effect::Down(id, how));
        }
    }
}

/// What a client sees when its server goes: the outcome is unknown.
pub(crate) fn lost(origin: Origin) -> Answer {
    Answer { origin, zxid: Zxid::ZERO, result: Err(ErrorCode::ConnectionLoss) }
}
