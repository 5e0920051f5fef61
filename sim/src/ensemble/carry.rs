//! What a machine wants done, carried out on its own server and on the connections it has. Each looks at nothing else, so
//! that who explores all interleavings can do one without the other.

use super::apply::lost;
use super::{Effect, Ended, Network, Node, NodeId, Part, Ports, Process, Segment};
use std::collections::VecDeque;
use std::sync::Arc;
use zablab_protocol::{ConnId, Input, Output, Packet, Port, Sid, Task, Work};

/// Whom a connection attempt reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    /// Nobody answers, not even with a refusal.
    silent: bool,
    listening: Ports,
}

impl Target {
    /// Whether nobody answers.
    pub(crate) fn is_silent(self) -> bool {
        self.silent
    }
}

/// What became of a connection attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// Both ends will be told.
    Accepted,
    /// The dialler is to be told now.
    Refused,
    /// It goes on.
    Unanswered,
}

impl Node {
    /// Carries out what concerns the server alone; gives back what concerns connections, or ends the process.
    pub(super) fn carry_out(
        &mut self,
        id: NodeId,
        output: Output,
        woken: &mut VecDeque<Task>,
        effects: &mut Vec<Effect>,
    ) -> Option<Output> {
        match output {
            Output::Listen { port, open } => {
                let bits = Ports::only(Some(port)).bits();
                let listening = self.listening.bits();
                self.listening = Ports::from_bits(if open { listening | bits } else { listening & !bits });
            }
            Output::SetTimer { timer, after } => {
                let slot = self.slot(timer);
                self.timers.set(slot, timer, after);
                effects.push(Effect::TimerSet { node: id, slot, after });
            }
            Output::CancelTimer(timer) => {
                let slot = self.slot(timer);
                if self.timers.take(slot) {
                    effects.push(Effect::TimerCancelled { node: id, slot });
                }
            }
            Output::Disk { writer, op } => {
                if self.disk.begin(writer, op) {
                    effects.push(Effect::DiskBegan { node: id, writer });
                }
            }
            Output::Wake { task, work } => {
                if !self.prompt || work != Work::Step || self.holds(Part::of(task)) {
                    effects.push(Effect::Woke { node: id, task, work });
                } else if !woken.contains(&task) {
                    woken.push_back(task);
                }
            }
            Output::Answer(answer) => {
                self.clients.retain(|origin| *origin != answer.origin);
                effects.push(Effect::Answered { node: id, answer });
            }
            Output::Client(event) => effects.push(Effect::Client { client: id, event }),
            Output::Decided(decision) => effects.push(Effect::Decided { node: id, decision }),
            other => return Some(other),
        }
        None
    }

    /// The process ends: its memory and timers go. Its connections are the network's.
    pub(super) fn end_process(&mut self, id: NodeId, how: Ended, effects: &mut Vec<Effect>) {
        self.process = Process::Down;
        self.paused = false;
        self.timers.clear();
        self.listening = Ports::default();
        self.disk.kill();
        for origin in std::mem::take(&mut self.clients) {
            effects.push(Effect::Answered { node: id, answer: Arc::new(lost(origin)) });
        }
        self.ended = how;
    }

    /// Whether the machine is off, so that nobody says that a connection is gone.
    pub(crate) fn is_off(&self) -> bool {
        self.ended == Ended::PoweredOff && self.process == Process::Down
    }

    /// Whether it accepts connections on a port.
    pub(crate) fn listens_on(&self, port: Port) -> bool {
        self.listening.has(port)
    }

    /// What a connection attempt meets here.
    pub(crate) fn as_target(&self) -> Target {
        let silent = self.process == Process::Down
            && match self.ended {
                Ended::PoweredOff => true,
                Ended::Never => self.silent_before_start,
                Ended::Killed | Ended::Exited(_) => false,
            };
        Target { silent, listening: self.listening }
    }
}

impl Network {
    /// A packet goes out. To an end that is gone it breaks the connection, if anybody is there to say so: `is_off` says
    /// whether the receiver's machine is off. `copy` is kept with the effect. Says whether it is on its way.
    pub(crate) fn send(
        &mut self,
        from: NodeId,
        conn: ConnId,
        packet: Packet,
        copy: Option<Packet>,
        is_off: bool,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if !self.is_open(conn, from) {
            return false;
        }
        let Some((port, to)) = self.other_end(conn, from) else { return false };
        let digest =
            packet.words().iter().fold(0u64, |sum, word| (sum.rotate_left(29) ^ word).wrapping_mul(PRIME));
        match self.push(conn, to, Segment::Packet(packet)) {
            Some(index) => {
                effects.push(Effect::Sent { conn, from, to, index, packet: copy, digest });
                return true;
            }
            // What is cut off reaches nobody who could say that the connection is gone.
            None if self.is_cut(from, to, port) => {}
            None if is_off => self.unheard(conn, from),
            // The machine is up again and knows nothing of this connection.
            None => self.fin(conn, from, effects),
        }
        false
    }

    /// An attempt is given up, and with it a connection that was about to be reported.
    pub(crate) fn abandon(&mut self, from: NodeId, port: Port, to: NodeId, effects: &mut Vec<Effect>) {
        if let Some(conn) = self.end_dial(from, port, to) {
            self.close(conn, from, false, effects);
        }
    }

    /// Everything that a process had goes with it.
    pub(crate) fn end_all(&mut self, node: NodeId, vanished: bool, effects: &mut Vec<Effect>) {
        self.end_dials_of(node);
        for conn in self.conns_of(node) {
            self.close(conn, node, vanished, effects);
        }
    }

    /// A connection attempt reaches its target. Who is refused must be told ([`Input::ConnectFailed`]).
    pub(crate) fn arrive(
        &mut self,
        from: NodeId,
        port: Port,
        to: NodeId,
        target: Target,
        effects: &mut Vec<Effect>,
    ) -> Arrived {
        if target.silent || self.is_cut(from, to, port) || self.is_cut(to, from, port) {
            effects.push(Effect::Unanswered { from, port, to });
            return Arrived::Unanswered;
        }
        // The ends of a connection are two servers: who dials its own address, under another id, finds nobody.
        if from == to || !target.listening.has(port) || self.is_refused(from, to, port) {
            self.end_dial(from, port, to);
            return Arrived::Refused;
        }
        let conn = self.open(from, port, to, effects);
        self.answer_dial(from, port, to, conn);
        for (node, segment) in [(to, Segment::Accepted), (from, Segment::Opened)] {
            if let Some(index) = self.push(conn, node, segment) {
                let other = if node == to { from } else { to };
                effects.push(Effect::Sent { conn, from: other, to: node, index, packet: None, digest: 1 });
            }
        }
        Arrived::Accepted
    }

    /// Takes what comes next on a stream: what its receiver is to be told, whose other end is listed under `from`.
    pub(crate) fn deliver(
        &mut self,
        conn: ConnId,
        to: NodeId,
        listed: Sid,
        effects: &mut Vec<Effect>,
    ) -> Option<Input> {
        let (port, from) = self.other_end(conn, to)?;
        match self.pop(conn, to)? {
            Segment::Packet(packet) => Some(Input::Received { conn, packet }),
            // Broken before the dialler knew that it stands: to it the attempt failed.
            Segment::Reset if self.is_answer(to, port, from, conn) => {
                self.end_dial(to, port, from);
                self.close(conn, to, false, effects);
                Some(Input::ConnectFailed { port, to: listed })
            }
            Segment::Fin | Segment::Reset => Some(Input::Closed { conn }),
            Segment::Accepted => Some(Input::Accepted { conn, port }),
            Segment::Opened if self.is_answer(to, port, from, conn) => {
                self.end_dial(to, port, from);
                Some(Input::Connected { port, to: listed, conn })
            }
            // Given up meanwhile.
            Segment::Opened => {
                self.close(conn, to, false, effects);
                None
            }
        }
    }
}

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
