//! Packets on their way: sent when, received when, or never.

use super::{Instant, LeftOut};
use crate::ensemble::{Action, Effect, NodeId};
use crate::run::StepView;
use std::collections::{BTreeMap, VecDeque};
use zablab_protocol::{ConnId, Packet, Port};

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Received(Instant),
    /// The connection ended before it arrived.
    Lost(Instant),
    /// The run, or the window, ended first.
    UnderWay,
}

/// A packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sender's lane.
    pub from: usize,
    /// The receiver's lane.
    pub to: usize,
    /// On which port.
    pub port: Port,
    /// Its name, as [`Packet::name`] has it.
    pub packet: &'static str,
    /// Its name and what it carries.
    pub words: String,
    /// When it was sent.
    pub sent: Instant,
    /// What became of it.
    pub fate: Fate,
}

/// A stream towards one end of a connection: a place in the list of messages for each segment that is told.
type Stream = VecDeque<Option<usize>>;

/// Follows packets from their senders to their receivers.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    pub(super) all: Vec<Message>,
    streams: BTreeMap<(ConnId, NodeId), Stream>,
    ports: BTreeMap<ConnId, Port>,
}

impl Messages {
    /// One action was applied. Only what is sent while `told` becomes part of the list, and no more than `limit`.
    pub(super) fn step(&mut self, step: &StepView<'_>, told: bool, limit: usize, left_out: &mut LeftOut) {
        let when = Instant { at: step.moment.at, step: step.moment.step };
        let mut touched = Vec::new();
        if let Action::Deliver { conn, to } = step.action {
            let place = self.streams.get_mut(&(*conn, *to)).and_then(VecDeque::pop_front);
            if let (Some(Some(place)), true) = (place, step.delivered.is_some()) {
                self.all[place].fate = Fate::Received(when);
            } else {
                self.lose(place, when);
            }
            touched.push(*to);
        }
        for effect in step.effects {
            match effect {
                Effect::Opened { conn, port, .. } => {
                    self.ports.insert(*conn, *port);
                }
                Effect::Freed { conn } => self.forget(*conn, when),
                Effect::Down(node, _) => touched.push(*node),
                Effect::Sent { conn, from, to, index, packet, .. } => {
                    touched.push(*from);
                    let place = packet.as_ref().and_then(|packet| {
                        let message = self.message(*conn, *from, *to, packet, when);
                        self.enter(message, told, limit, left_out)
                    });
                    let stream = self.streams.entry((*conn, *to)).or_default();
                    let dropped: Vec<_> = stream.drain((*index).min(stream.len())..).collect();
                    stream.resize(*index, None);
                    stream.push_back(place);
                    dropped.into_iter().for_each(|place| self.lose(Some(place), when));
                }
                Effect::Decided { node, .. } => touched.push(*node),
                _ => {}
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for node in touched {
            self.closed(step, node, when);
        }
    }

    fn message(&self, conn: ConnId, from: NodeId, to: NodeId, packet: &Packet, sent: Instant) -> Message {
        Message {
            from: from.index(),
            to: to.index(),
            port: self.ports.get(&conn).copied().unwrap_or(Port::Quorum),
            packet: packet.name(),
            words: packet.to_string(),
            sent,
            fate: Fate::UnderWay,
        }
    }

    fn enter(&mut self, message: Message, told: bool, limit: usize, left_out: &mut LeftOut) -> Option<usize> {
        if !told {
            return None;
        }
        if message.packet == "PING" {
            left_out.heartbeats += 1;
            return None;
        }
        if self.all.len() >= limit {
            left_out.messages += 1;
            return None;
        }
        self.all.push(message);
        Some(self.all.len() - 1)
    }

    fn lose(&mut self, place: Option<Option<usize>>, when: Instant) {
        if let Some(Some(place)) = place {
            self.all[place].fate = Fate::Lost(when);
        }
    }

    fn forget(&mut self, conn: ConnId, when: Instant) {
        let ends: Vec<_> =
            self.streams.range((conn, NodeId(0))..=(conn, NodeId(u16::MAX))).map(|(end, _)| *end).collect();
        for end in ends {
            for place in self.streams.remove(&end).unwrap_or_default() {
                self.lose(Some(place), when);
            }
        }
    }

    /// An end that its owner has closed receives nothing any more.
    fn closed(&mut self, step: &StepView<'_>, node: NodeId, when: Instant) {
        let busy = self.streams.iter().filter(|((_, to), stream)| *to == node && !stream.is_empty());
        let gone: Vec<_> =
            busy.map(|(end, _)| *end).filter(|(conn, to)| !step.ensemble.net.is_open(*conn, *to)).collect();
        for end in gone {
            for place in self.streams.remove(&end).unwrap_or_default() {
                self.lose(Some(place), when);
            }
        }
    }
}
