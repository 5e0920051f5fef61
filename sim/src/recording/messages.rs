//! Packets on their way: sent when, received when, or never.

use super::{Instant, LeftOut, keep};
use crate::ensemble::{Action, Effect, NodeId};
use crate::run::StepView;
use std::collections::{BTreeMap, VecDeque, btree_map::Entry};
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

/// A connection that stands.
#[derive(Clone, Copy, Debug)]
struct Conn {
    port: Port,
    ends: [NodeId; 2],
}

/// Follows packets from their senders to their receivers.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    pub(super) all: Vec<Message>,
    /// By receiver; none is empty.
    streams: BTreeMap<(NodeId, ConnId), Stream>,
    conns: BTreeMap<ConnId, Conn>,
}

impl Messages {
    /// One action was applied. Only what is sent while `told` becomes part of the list, and no more than `limit`.
    pub(super) fn step(&mut self, step: &StepView<'_>, told: bool, limit: usize, left_out: &mut LeftOut) {
        let when = Instant::of(step);
        let mut touched = Vec::new();
        if let Action::Deliver { conn, to } = step.action {
            let place = self.arrives(*to, *conn);
            if let (Some(place), true) = (place, step.delivered.is_some()) {
                self.all[place].fate = Fate::Received(when);
            } else {
                self.lose(place, when);
            }
            touched.push(*to);
        }
        for effect in step.effects {
            match effect {
                Effect::Opened { conn, from, port, to } => {
                    self.conns.insert(*conn, Conn { port: *port, ends: [*from, *to] });
                }
                Effect::Freed { conn } => self.forget(*conn, when),
                Effect::Down(node, _) => touched.push(*node),
                Effect::Sent { conn, from, to, index, packet, .. } => {
                    touched.push(*from);
                    let told = packet.as_ref().filter(|packet| told && is_told(packet, left_out));
                    let port = self.conns.get(conn).map_or(Port::Quorum, |conn| conn.port);
                    let place = told.and_then(|packet| {
                        keep(&mut self.all, limit, &mut left_out.messages, || Message {
                            from: from.index(),
                            to: to.index(),
                            port,
                            packet: packet.name(),
                            words: packet.to_string(),
                            sent: when,
                            fate: Fate::UnderWay,
                        })
                    });
                    let stream = self.streams.entry((*to, *conn)).or_default();
                    let dropped: Vec<_> = stream.drain((*index).min(stream.len())..).collect();
                    stream.resize(*index, None);
                    stream.push_back(place);
                    dropped.into_iter().for_each(|place| self.lose(place, when));
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

    /// The next segment of a stream is there: its message, if it is one that is told.
    fn arrives(&mut self, to: NodeId, conn: ConnId) -> Option<usize> {
        let Entry::Occupied(mut stream) = self.streams.entry((to, conn)) else { return None };
        let place = stream.get_mut().pop_front().flatten();
        if stream.get().is_empty() {
            stream.remove();
        }
        place
    }

    fn lose(&mut self, place: Option<usize>, when: Instant) {
        if let Some(place) = place {
            self.all[place].fate = Fate::Lost(when);
        }
    }

    fn lose_all(&mut self, to: NodeId, conn: ConnId, when: Instant) {
        for place in self.streams.remove(&(to, conn)).unwrap_or_default() {
            self.lose(place, when);
        }
    }

    fn forget(&mut self, conn: ConnId, when: Instant) {
        let ends = self.conns.remove(&conn).map(|conn| conn.ends);
        for end in ends.into_iter().flatten() {
            self.lose_all(end, conn, when);
        }
    }

    /// An end that its owner has closed receives nothing any more.
    fn closed(&mut self, step: &StepView<'_>, node: NodeId, when: Instant) {
        let busy =
            self.streams.range((node, ConnId(0))..=(node, ConnId(u32::MAX))).map(|((_, conn), _)| *conn);
        let gone: Vec<_> = busy.filter(|conn| !step.ensemble.net.is_open(*conn, node)).collect();
        for conn in gone {
            self.lose_all(node, conn, when);
        }
    }
}

/// Whether a packet is more than a heartbeat.
fn is_told(packet: &Packet, left_out: &mut LeftOut) -> bool {
    let heartbeat = packet.name() == "PING";
    left_out.heartbeats += u64::from(heartbeat);
    !heartbeat
}
