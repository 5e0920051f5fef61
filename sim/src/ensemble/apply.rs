//! An action happens.

use super::{Action, Effect, Ended, Ensemble, NodeId, Part, Ports, Process, Segment};
use std::sync::Arc;
use zablab_protocol::{
    Answer, Client, ConnId, ErrorCode, Input, Origin, Output, Packet, Peer, Port, Work, Zxid,
};

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
                let node = &mut self.nodes[id.index()];
                if node.process == Process::Down {
                    node.process = Process::Booting;
                    node.paused = false;
                    effects.push(Effect::Started(*id));
                    self.net.answer_unheard(*id, effects);
                }
            }
            Action::Boot(id) => self.boot(*id, effects),
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
            Action::Timer { node, timer } => {
                let slot = self.slot(*node, *timer);
                self.timers_mut(*node).take(slot);
                self.step(*node, Input::Timer(*timer), effects);
            }
            Action::DiskDone { node, writer } => {
                let disk = &mut self.nodes[node.index()].disk;
                if disk.will_fail(*writer) {
                    if let Some(op) = disk.fail(*writer) {
                        effects.push(Effect::DiskFailed { node: *node, op });
                        self.step(*node, Input::DiskFailed(*writer), effects);
                    }
                } else if let Some(op) = disk.complete(*writer) {
                    effects.push(Effect::DiskWrote { node: *node, op });
                    self.step(*node, Input::DiskDone(*writer), effects);
                }
            }
            Action::Run { node, task } => self.step(*node, Input::Run(*task), effects),
            Action::Ask { client, op } => self.step(*client, Input::Ask { op: op.clone() }, effects),
            Action::Client { node, origin, op } => {
                if self.node(*node).peer().is_some() {
                    self.nodes[node.index()].clients.push(*origin);
                    self.step(*node, Input::Client { origin: *origin, op: op.clone() }, effects);
                } else {
                    effects.push(Effect::Answered { node: *node, answer: Arc::new(lost(*origin)) });
                }
            }
            Action::Cut { from, to, ports, on } => self.net.set_cut(*from, *to, *ports, *on),
            Action::Refuse { from, to, ports, on } => self.net.set_refused(*from, *to, *ports, *on),
            Action::Reset { a, b, ports } => {
                for conn in self.net.conns_between(*a, *b, *ports) {
                    self.net.reset(conn, *a, effects);
                    self.net.reset(conn, *b, effects);
                }
            }
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

    fn boot(&mut self, id: NodeId, effects: &mut Vec<Effect>) {
        effects.push(Effect::Up(id));
        let mut out = std::mem::take(&mut self.out.0);
        let node = &mut self.nodes[id.index()];
        let now = node.clock.read(self.now.0);
        let peer = Peer::boot(node.config.clone(), now, node.disk.storage(), &mut out);
        node.process = Process::Up(Box::new(peer));
        self.carry_out(id, &mut out, effects);
        self.out.0 = out;
        self.run_woken(id, effects);
    }

    fn step(&mut self, id: NodeId, input: Input, effects: &mut Vec<Effect>) {
        self.feed(id, input, effects);
        self.run_woken(id, effects);
    }

    fn feed(&mut self, id: NodeId, input: Input, effects: &mut Vec<Effect>) {
        let mut out = std::mem::take(&mut self.out.0);
        let now = self.now.0;
        if let Some(client) = self.client_mut(id) {
            if let Some(machine) = &mut client.process {
                machine.step(input, &mut out);
            }
        } else {
            let node = &mut self.nodes[id.index()];
            if let Process::Up(peer) = &mut node.process {
                peer.step(input, node.clock.read(now), node.disk.storage(), &mut out);
            }
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
        self.net.end_dials_of(id);
        for conn in self.net.conns_of(id) {
            self.net.close(conn, id, false, effects);
        }
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
            self.feed(id, Input::Run(task), effects);
        }
    }

    /// Carries out what a machine wants done.
    fn carry_out(&mut self, id: NodeId, out: &mut Vec<Output>, effects: &mut Vec<Effect>) {
        for output in out.drain(..) {
            match output {
                Output::Send { conn, packet } => self.send(id, conn, packet, effects),
                Output::Connect { port, to } => match self.by_sid(to) {
                    Some(to) => {
                        self.net.dial(id, port, to);
                        effects.push(Effect::Dialled { from: id, port, to });
                    }
                    None => tracing::warn!(%to, "a server dials one that is not in the ensemble"),
                },
                Output::Abandon { port, to } => {
                    // A connection that was about to be reported is given up with it.
                    if let Some(conn) = self.by_sid(to).and_then(|to| self.net.end_dial(id, port, to)) {
                        self.net.close(conn, id, false, effects);
                    }
                }
                Output::Close { conn } => self.net.close(conn, id, false, effects),
                Output::Listen { port, open } => {
                    let listening = &mut self.nodes[id.index()].listening;
                    let bits = Ports::only(Some(port)).bits();
                    *listening = Ports::from_bits(if open {
                        listening.bits() | bits
                    } else {
                        listening.bits() & !bits
                    });
                }
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
                Output::Disk { writer, op } => {
                    if self.nodes[id.index()].disk.begin(writer, op) {
                        effects.push(Effect::DiskBegan { node: id, writer });
                    }
                }
                Output::Wake { task, work } => {
                    let Some(node) = self.nodes.get(id.index()) else {
                        effects.push(Effect::Woke { node: id, task, work });
                        continue;
                    };
                    if !node.prompt || work != Work::Step || node.holds(Part::of(task)) {
                        effects.push(Effect::Woke { node: id, task, work });
                    } else if !self.woken.0.contains(&task) {
                        self.woken.0.push_back(task);
                    }
                }
                Output::Answer(answer) => {
                    self.nodes[id.index()].clients.retain(|origin| *origin != answer.origin);
                    effects.push(Effect::Answered { node: id, answer });
                }
                Output::Client(event) => effects.push(Effect::Client { client: id, event }),
                Output::Decided(decision) => effects.push(Effect::Decided { node: id, decision }),
                Output::Exit(exit) => self.end_process(id, Ended::Exited(exit), effects),
            }
        }
    }

    /// A packet goes out. To an end that is gone it breaks the connection, if anybody is there to say so.
    pub(crate) fn send(&mut self, from: NodeId, conn: ConnId, packet: Packet, effects: &mut Vec<Effect>) {
        if !self.net.is_open(conn, from) {
            return;
        }
        let Some((_, to)) = self.net.other_end(conn, from) else { return };
        let digest =
            packet.words().iter().fold(0u64, |sum, word| (sum.rotate_left(29) ^ word).wrapping_mul(PRIME));
        let copy = self.record.then(|| packet.clone());
        match self.net.push(conn, to, Segment::Packet(packet)) {
            Some(index) => effects.push(Effect::Sent { conn, from, to, index, packet: copy, digest }),
            // What is cut off reaches nobody who could say that the connection is gone.
            None if self
                .net
                .other_end(conn, from)
                .is_some_and(|(port, to)| self.net.is_cut(from, to, port)) => {}
            // The machine is up again and knows nothing of this connection.
            None if self.client(to).is_some()
                || self.node(to).ended != Ended::PoweredOff
                || self.node(to).process != Process::Down =>
            {
                self.net.fin(conn, from, effects);
            }
            None => self.net.unheard(conn, from),
        }
    }

    /// A connection attempt reaches its target: accepted, refused, or not answered.
    fn arrive(&mut self, from: NodeId, port: Port, to: NodeId, effects: &mut Vec<Effect>) {
        let target = self.node(to);
        let silent = target.process == Process::Down
            && match target.ended {
                Ended::PoweredOff => true,
                Ended::Never => target.silent_before_start,
                Ended::Killed | Ended::Exited(_) => false,
            };
        if silent || self.net.is_cut(from, to, port) || self.net.is_cut(to, from, port) {
            effects.push(Effect::Unanswered { from, port, to });
            return;
        }
        // The ends of a connection are two servers: who dials its own address, under another id, finds nobody.
        if from == to || !target.listening.has(port) || self.net.is_refused(from, to, port) {
            self.net.end_dial(from, port, to);
            let to = self.node(to).listed;
            self.step(from, Input::ConnectFailed { port, to }, effects);
            return;
        }
        let conn = self.net.open(from, port, to, effects);
        self.net.answer_dial(from, port, to, conn);
        for (node, segment) in [(to, Segment::Accepted), (from, Segment::Opened)] {
            if let Some(index) = self.net.push(conn, node, segment) {
                let other = if node == to { from } else { to };
                effects.push(Effect::Sent { conn, from: other, to: node, index, packet: None, digest: 1 });
            }
        }
    }

    fn deliver(&mut self, conn: ConnId, to: NodeId, effects: &mut Vec<Effect>) {
        let Some((port, from)) = self.net.other_end(conn, to) else { return };
        match self.net.pop(conn, to) {
            Some(Segment::Packet(packet)) => self.step(to, Input::Received { conn, packet }, effects),
            // Broken before the dialler knew that it stands: to it the attempt failed.
            Some(Segment::Reset) if self.net.is_answer(to, port, from, conn) => {
                self.net.end_dial(to, port, from);
                self.net.close(conn, to, false, effects);
                let from = self.node(from).listed;
                self.step(to, Input::ConnectFailed { port, to: from }, effects);
            }
            Some(Segment::Fin | Segment::Reset) => self.step(to, Input::Closed { conn }, effects),
            Some(Segment::Accepted) => self.step(to, Input::Accepted { conn, port }, effects),
            Some(Segment::Opened) => {
                if self.net.is_answer(to, port, from, conn) {
                    self.net.end_dial(to, port, from);
                    // Only servers are dialled.
                    let sid = self.node(from).listed;
                    self.step(to, Input::Connected { port, to: sid, conn }, effects);
                } else {
                    // Given up meanwhile.
                    self.net.close(conn, to, false, effects);
                }
            }
            None => {}
        }
    }

    /// A process ends: its memory, timers and connections go. After a power failure nobody tells the others.
    fn end_process(&mut self, id: NodeId, how: Ended, effects: &mut Vec<Effect>) {
        let vanished = how == Ended::PoweredOff;
        let node = &mut self.nodes[id.index()];
        let was_there = node.process != Process::Down;
        if !was_there && !vanished {
            return;
        }
        node.process = Process::Down;
        node.paused = false;
        node.timers.clear();
        node.listening = Ports::default();
        node.disk.kill();
        for origin in std::mem::take(&mut node.clients) {
            effects.push(Effect::Answered { node: id, answer: Arc::new(lost(origin)) });
        }
        node.ended = how.clone();
        self.net.end_dials_of(id);
        for conn in self.net.conns_of(id) {
            self.net.close(conn, id, vanished, effects);
        }
        if was_there {
            effects.push(Effect::Down(id, how));
        }
    }
}

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a client sees when its server goes: the outcome is unknown.
pub(crate) fn lost(origin: Origin) -> Answer {
    Answer { origin, zxid: Zxid::ZERO, result: Err(ErrorCode::ConnectionLoss) }
}
