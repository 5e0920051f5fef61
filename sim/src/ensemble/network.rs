//! Connections between servers: FIFO streams that stall, delay and break, as TCP's do; cuts and refusals.

use super::{Effect, NodeId};
use std::collections::{BTreeMap, VecDeque};
use zablab_protocol::{ConnId, Packet, Port};

/// What a scheduler notes on something under way: when it is due and which step caused it. No part of the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticket {
    /// Virtual nanoseconds.
    pub due: u64,
    /// The step that caused it.
    pub cause: u64,
}

impl PartialEq for Ticket {
    fn eq(&self, _: &Ticket) -> bool {
        true
    }
}

impl Eq for Ticket {}

impl std::hash::Hash for Ticket {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// What travels towards one end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Somebody connected: the listening end learns of it.
    Accepted,
    /// The connection stands: the dialling end learns of it.
    Opened,
    /// A packet.
    Packet(Packet),
    /// The other end closed.
    Fin,
    /// The connection broke here and now: no cut or hold keeps this back.
    Reset,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct End {
    pub(super) node: NodeId,
    /// The process has not closed it yet.
    pub(super) open: bool,
    /// It sent something to a machine that was off: once that is back, it says that it knows no such connection.
    pub(super) unheard: bool,
    /// On its way to this end.
    pub(super) inbound: VecDeque<(Segment, Ticket)>,
}

/// A connection. Its first end dialled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Conn {
    pub(super) port: Port,
    pub(super) ends: [End; 2],
    pub(super) used: bool,
}

/// A set of ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Ports(u8);

impl Ports {
    /// Every port.
    pub const ALL: Ports = Ports(0b111);

    /// One port, or all of them.
    pub fn only(port: Option<Port>) -> Ports {
        port.map_or(Ports::ALL, |port| Ports(1 << port as u8))
    }

    /// Whether `port` is in it.
    pub fn has(self, port: Port) -> bool {
        self.0 >> port as u8 & 1 == 1
    }

    pub(super) fn bits(self) -> u8 {
        self.0
    }

    pub(super) fn from_bits(bits: u8) -> Ports {
        Ports(bits)
    }
}

/// A stream, or one type of packet on it, that does not arrive until released.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamHold {
    /// The packet's name; `None` = everything.
    pub packet: Option<&'static str>,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// On these ports.
    pub ports: Ports,
}

impl StreamHold {
    fn includes(&self, held: &StreamHold) -> bool {
        self.from == held.from
            && self.to == held.to
            && self.ports.0 & held.ports.0 != 0
            && (self.packet.is_none() || self.packet == held.packet)
    }
}

/// All connections, and the faults between servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    pub(super) nodes: usize,
    /// Handles are given out by pair rather than in the order in which connections come to be.
    pub(super) by_pair: bool,
    pub(super) conns: Vec<Conn>,
    /// Attempts under way: (from, port, to), and the connection once the target has accepted.
    pub(super) dials: BTreeMap<(NodeId, Port, NodeId), Option<ConnId>>,
    pub(super) cut: Vec<Ports>,
    pub(super) refused: Vec<Ports>,
    pub(super) held: Vec<StreamHold>,
}

impl Network {
    pub(super) fn new(nodes: usize) -> Network {
        Network {
            nodes,
            by_pair: false,
            conns: Vec::new(),
            dials: BTreeMap::new(),
            cut: vec![Ports::default(); nodes * nodes],
            refused: vec![Ports::default(); nodes * nodes],
            held: Vec::new(),
        }
    }

    pub(super) fn pair(&self, from: NodeId, to: NodeId) -> usize {
        from.index() * self.nodes + to.index()
    }

    /// Whether nothing from `from` reaches `to` on this port.
    pub fn is_cut(&self, from: NodeId, to: NodeId, port: Port) -> bool {
        self.cut[self.pair(from, to)].has(port)
    }

    /// Whether `to` refuses connections from `from` on this port.
    pub fn is_refused(&self, from: NodeId, to: NodeId, port: Port) -> bool {
        self.refused[self.pair(from, to)].has(port)
    }

    pub(super) fn set_cut(&mut self, from: NodeId, to: NodeId, ports: Ports, on: bool) {
        let at = self.pair(from, to);
        self.cut[at] = if on { Ports(self.cut[at].0 | ports.0) } else { Ports(self.cut[at].0 & !ports.0) };
    }

    pub(super) fn set_refused(&mut self, from: NodeId, to: NodeId, ports: Ports, on: bool) {
        let at = self.pair(from, to);
        let old = self.refused[at].0;
        self.refused[at] = Ports(if on { old | ports.0 } else { old & !ports.0 });
    }

    pub(super) fn hold(&mut self, hold: StreamHold) {
        if !self.held.contains(&hold) {
            self.held.push(hold);
        }
    }

    /// Lets go what the release names or includes: every packet type where it names none, on the ports it names.
    pub(super) fn release(&mut self, release: &StreamHold) {
        for held in &mut self.held {
            if release.includes(held) {
                held.ports = Ports(held.ports.0 & !release.ports.0);
            }
        }
        self.held.retain(|held| held.ports != Ports::default());
    }

    /// Whether the release would let anything go.
    pub(crate) fn would_release(&self, release: &StreamHold) -> bool {
        self.held.iter().any(|held| release.includes(held))
    }

    /// Whether anything is held.
    pub(crate) fn holds_any(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether nothing cuts or holds what one sends the other on this port.
    pub fn lets_through(&self, from: NodeId, to: NodeId, port: Port) -> bool {
        let holds = |hold: &StreamHold| hold.from == from && hold.to == to && hold.ports.has(port);
        !self.is_cut(from, to, port) && !self.held.iter().any(holds)
    }

    pub(super) fn release_all(&mut self) {
        self.held.clear();
    }

    /// Whether an attempt is under way.
    pub fn is_dialling(&self, from: NodeId, port: Port, to: NodeId) -> bool {
        self.dials.get(&(from, port, to)) == Some(&None)
    }

    /// Every attempt under way.
    pub fn dials(&self) -> impl Iterator<Item = (NodeId, Port, NodeId)> + '_ {
        self.dials.iter().filter(|(_, conn)| conn.is_none()).map(|(dial, _)| *dial)
    }

    pub(super) fn dial(&mut self, from: NodeId, port: Port, to: NodeId) {
        self.dials.insert((from, port, to), None);
    }

    /// The target has accepted; the dialler does not know yet.
    pub(super) fn answer_dial(&mut self, from: NodeId, port: Port, to: NodeId, conn: ConnId) {
        self.dials.insert((from, port, to), Some(conn));
    }

    /// Whether the connection is the answer to an attempt of `from` that is still under way.
    pub(super) fn is_answer(&self, from: NodeId, port: Port, to: NodeId, conn: ConnId) -> bool {
        self.dials.get(&(from, port, to)) == Some(&Some(conn))
    }

    /// The attempt is over. Gives the connection that came of it, if the dialler was not told yet.
    pub(super) fn end_dial(&mut self, from: NodeId, port: Port, to: NodeId) -> Option<ConnId> {
        self.dials.remove(&(from, port, to)).flatten()
    }

    pub(super) fn end_dials_of(&mut self, node: NodeId) {
        self.dials.retain(|(from, _, _), _| *from != node);
    }

    fn end(&self, conn: ConnId, node: NodeId) -> Option<usize> {
        let conn = self.conns.get(conn.0 as usize).filter(|conn| conn.used)?;
        conn.ends.iter().position(|end| end.node == node)
    }

    /// The port of a connection, and who sits at the other end from `node`.
    pub fn other_end(&self, conn: ConnId, node: NodeId) -> Option<(Port, NodeId)> {
        let end = self.end(conn, node)?;
        let conn = &self.conns[conn.0 as usize];
        Some((conn.port, conn.ends[1 - end].node))
    }

    /// Whether both ends of a connection are open.
    pub fn stands(&self, conn: ConnId) -> bool {
        self.conns.get(conn.0 as usize).is_some_and(|conn| conn.used && conn.ends.iter().all(|end| end.open))
    }

    /// How many connections there are.
    pub(crate) fn count(&self) -> usize {
        self.conns.iter().filter(|conn| conn.used).count()
    }

    /// Every connection that both ends hold.
    pub(crate) fn standing(&self) -> impl Iterator<Item = ConnId> + '_ {
        (0..self.conns.len() as u32).map(ConnId).filter(|conn| self.stands(*conn))
    }

    /// What comes next towards `node` on a connection.
    pub fn head(&self, conn: ConnId, node: NodeId) -> Option<&(Segment, Ticket)> {
        self.conns[conn.0 as usize].ends[self.end(conn, node)?].inbound.front()
    }

    /// The packet that is `index`-th in line towards `node`.
    pub fn packet(&self, conn: ConnId, node: NodeId, index: usize) -> Option<&Packet> {
        match self.conns.get(conn.0 as usize)?.ends[self.end(conn, node)?].inbound.get(index)? {
            (Segment::Packet(packet), _) => Some(packet),
            _ => None,
        }
    }

    /// The ticket of what came `index`-th in line towards `node`.
    pub(crate) fn ticket_mut(&mut self, conn: ConnId, node: NodeId, index: usize) -> Option<&mut Ticket> {
        let end = self.end(conn, node)?;
        self.conns[conn.0 as usize].ends[end].inbound.get_mut(index).map(|(_, ticket)| ticket)
    }

    /// The latest due time of what is on its way towards `node`, before `index`.
    pub(crate) fn due_before(&self, conn: ConnId, node: NodeId, index: usize) -> u64 {
        let Some(end) = self.end(conn, node) else { return 0 };
        let before = index.checked_sub(1);
        before.and_then(|at| self.conns[conn.0 as usize].ends[end].inbound.get(at)).map_or(0, |(_, t)| t.due)
    }

    /// Whether the next segment towards `node` may arrive: nothing cuts or holds it.
    pub fn may_arrive(&self, conn: ConnId, node: NodeId) -> bool {
        let Some((segment, _)) = self.head(conn, node) else { return false };
        let Some((port, from)) = self.other_end(conn, node) else { return false };
        if *segment == Segment::Reset {
            return true;
        }
        let held = || {
            self.held.iter().any(|hold| {
                hold.from == from
                    && hold.to == node
                    && hold.ports.has(port)
                    && match (hold.packet, segment) {
                        (None, _) => true,
                        (Some(name), Segment::Packet(packet)) => packet.name() == name,
                        (Some(_), _) => false,
                    }
            })
        };
        !self.is_cut(from, node, port) && (self.held.is_empty() || !held())
    }

    /// Every stream with something on its way: the connection and the end it goes to.
    pub fn streams(&self) -> impl Iterator<Item = (ConnId, NodeId)> + '_ {
        self.conns.iter().enumerate().filter(|(_, conn)| conn.used).flat_map(|(at, conn)| {
            let busy = conn.ends.iter().filter(|end| !end.inbound.is_empty());
            busy.map(move |end| (ConnId(at as u32), end.node))
        })
    }

    /// A connection comes to be. The first free handle is used.
    pub(super) fn open(&mut self, from: NodeId, port: Port, to: NodeId, effects: &mut Vec<Effect>) -> ConnId {
        let end = |node| End { node, open: true, unheard: false, inbound: VecDeque::new() };
        let fresh = Conn { port, ends: [end(from), end(to)], used: true };
        let at = self.free_handle(from, to);
        match self.conns.get_mut(at) {
            Some(conn) => *conn = fresh,
            None => self.conns.push(fresh),
        }
        let conn = ConnId(at as u32);
        effects.push(Effect::Opened { conn, from, port, to });
        conn
    }

    /// Puts something on its way towards `to`. Dropped if that end is closed.
    pub(super) fn push(&mut self, conn: ConnId, to: NodeId, segment: Segment) -> Option<usize> {
        let end = self.end(conn, to)?;
        let end = &mut self.conns[conn.0 as usize].ends[end];
        if !end.open {
            return None;
        }
        end.inbound.push_back((segment, Ticket::default()));
        Some(end.inbound.len() - 1)
    }

    /// Takes what comes next towards `node`.
    pub(crate) fn pop(&mut self, conn: ConnId, node: NodeId) -> Option<Segment> {
        let end = self.end(conn, node)?;
        self.conns[conn.0 as usize].ends[end].inbound.pop_front().map(|(segment, _)| segment)
    }

    /// Whether `node` still holds its end.
    pub(crate) fn is_open(&self, conn: ConnId, node: NodeId) -> bool {
        self.end(conn, node).is_some_and(|end| self.conns[conn.0 as usize].ends[end].open)
    }

    /// `node` gives up its end. The other end learns of it, unless this one vanished without a word.
    pub(super) fn close(&mut self, conn: ConnId, node: NodeId, vanished: bool, effects: &mut Vec<Effect>) {
        let Some(end) = self.end(conn, node) else { return };
        let slot = &mut self.conns[conn.0 as usize];
        if !slot.ends[end].open {
            return;
        }
        slot.ends[end].open = false;
        slot.ends[end].inbound.clear();
        let other = slot.ends[1 - end].node;
        if !slot.ends[1 - end].open {
            slot.used = false;
            effects.push(Effect::Freed { conn });
        } else if !vanished {
            self.fin(conn, other, effects);
        }
    }

    /// Tells `to` that the connection is over.
    pub(super) fn fin(&mut self, conn: ConnId, to: NodeId, effects: &mut Vec<Effect>) {
        let Some((_, from)) = self.other_end(conn, to) else { return };
        let end = self.end(conn, to).map(|end| &self.conns[conn.0 as usize].ends[end]);
        // Once is enough.
        if end.is_some_and(|end| matches!(end.inbound.back(), Some((Segment::Fin, _)))) {
            return;
        }
        if let Some(index) = self.push(conn, to, Segment::Fin) {
            effects.push(Effect::Sent { conn, from, to, index, packet: None, digest: 0 });
        }
    }

    /// What `node` sent went to a machine that is off.
    pub(super) fn unheard(&mut self, conn: ConnId, node: NodeId) {
        if let Some(end) = self.end(conn, node) {
            self.conns[conn.0 as usize].ends[end].unheard = true;
        }
    }

    /// A machine is on again: what was sent to it meanwhile is sent again, and it answers that the connection is gone.
    pub(super) fn answer_unheard(&mut self, node: NodeId, effects: &mut Vec<Effect>) {
        for at in 0..self.conns.len() {
            let conn = ConnId(at as u32);
            let gone =
                self.conns[at].used && self.conns[at].ends.iter().any(|end| end.node == node && !end.open);
            let Some((_, other)) = self.other_end(conn, node).filter(|_| gone) else { continue };
            if self.end(conn, other).is_some_and(|end| self.conns[at].ends[end].unheard) {
                self.fin(conn, other, effects);
            }
        }
    }

    /// Breaks a connection towards `node`; what was on its way is gone.
    pub(super) fn reset(&mut self, conn: ConnId, node: NodeId, effects: &mut Vec<Effect>) {
        let Some((_, from)) = self.other_end(conn, node) else { return };
        if let Some(end) = self.end(conn, node) {
            self.conns[conn.0 as usize].ends[end].inbound.clear();
        }
        if let Some(index) = self.push(conn, node, Segment::Reset) {
            effects.push(Effect::Sent { conn, from, to: node, index, packet: None, digest: 2 });
        }
    }

    /// Breaks the standing connections between two servers on some ports, towards both.
    pub(super) fn break_between(&mut self, a: NodeId, b: NodeId, ports: Ports, effects: &mut Vec<Effect>) {
        for conn in self.conns_between(a, b, ports) {
            self.reset(conn, a, effects);
            self.reset(conn, b, effects);
        }
    }

    /// The connections that `node` has an open end of.
    pub(super) fn conns_of(&self, node: NodeId) -> Vec<ConnId> {
        let holds = |conn: &Conn| conn.used && conn.ends.iter().any(|end| end.node == node && end.open);
        (0..self.conns.len()).filter(|at| holds(&self.conns[*at])).map(|at| ConnId(at as u32)).collect()
    }

    /// The standing connections between two servers on some ports.
    pub(super) fn conns_between(&self, a: NodeId, b: NodeId, ports: Ports) -> Vec<ConnId> {
        self.conns_of(a)
            .into_iter()
            .filter(|conn| {
                self.other_end(*conn, a).is_some_and(|(port, other)| other == b && ports.has(port))
            })
            .collect()
    }
}
