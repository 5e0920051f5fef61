//! A network taken apart into the connections of each pair of servers, and put together again. What happens between two
//! servers concerns no other, and handles given out by pair say nothing about the order in which other pairs connected.

use super::network::{Conn, Network};
use super::{NodeId, Ports};
use std::collections::VecDeque;
use zablab_protocol::{ConnId, Port};

/// The numbers of pairs of so many servers: the pair of `a` and `b` is number `b (b - 1) / 2 + a`, where `a < b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pairs {
    servers: usize,
}

impl Pairs {
    /// Of so many servers.
    pub fn of(servers: usize) -> Pairs {
        Pairs { servers }
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.servers * self.servers.saturating_sub(1) / 2
    }

    /// The number of the pair of two different servers.
    pub fn number(self, a: NodeId, b: NodeId) -> usize {
        let (low, high) = (a.index().min(b.index()), a.index().max(b.index()));
        high * (high - 1) / 2 + low
    }

    /// Every pair, in the order of the numbers; the lower server first.
    pub fn all(self) -> impl Iterator<Item = (NodeId, NodeId)> {
        (1..self.servers as u16).flat_map(|b| (0..b).map(move |a| (NodeId(a), NodeId(b))))
    }

    /// The handle in the whole network of a pair's own handle.
    pub fn whole(self, pair: usize, own: ConnId) -> ConnId {
        ConnId(own.0 * self.count() as u32 + pair as u32)
    }

    /// The pair that a handle of the whole network belongs to, and the pair's own handle.
    pub fn own(self, whole: ConnId) -> (usize, ConnId) {
        let count = self.count().max(1) as u32;
        ((whole.0 % count) as usize, ConnId(whole.0 / count))
    }
}

impl Network {
    /// From now on handles are given out by pair ([`Pairs::whole`]). To be called before the first connection.
    pub(crate) fn number_by_pair(&mut self) {
        self.by_pair = true;
    }

    /// The first free handle for a connection between two servers.
    pub(super) fn free_handle(&mut self, from: NodeId, to: NodeId) -> usize {
        if !self.by_pair {
            return self.conns.iter().position(|conn| !conn.used).unwrap_or(self.conns.len());
        }
        let pairs = Pairs::of(self.nodes);
        let pair = pairs.number(from, to);
        let handles = (0..).map(|own| pairs.whole(pair, ConnId(own)).0 as usize);
        let is_free = |at: &usize| self.conns.get(*at).is_none_or(|conn| !conn.used);
        let at = { handles }.find(is_free).unwrap_or(self.conns.len());
        if at >= self.conns.len() {
            self.conns.resize_with(at, Conn::unused);
        }
        at
    }

    /// The network of each pair, with handles of its own. The whole one must have given out handles by pair.
    pub(crate) fn split(&self) -> Vec<Network> {
        let pairs = Pairs::of(self.nodes);
        let mut all: Vec<Network> = pairs.all().map(|(a, b)| self.between(a, b)).collect();
        for (at, conn) in self.conns.iter().enumerate().filter(|(_, conn)| conn.used) {
            let (pair, own) = pairs.own(ConnId(at as u32));
            all[pair].put(own.0 as usize, conn.clone());
        }
        for ((from, port, to), conn) in &self.dials {
            let own = conn.map(|conn| pairs.own(conn).1);
            all[pairs.number(*from, *to)].dials.insert((*from, *port, *to), own);
        }
        all
    }

    /// The faults between two servers, without any connection.
    fn between(&self, a: NodeId, b: NodeId) -> Network {
        let mut net = Network::new(self.nodes);
        for (from, to) in [(a, b), (b, a)] {
            let at = self.pair(from, to);
            (net.cut[at], net.refused[at]) = (self.cut[at], self.refused[at]);
        }
        let concerned = self.held.iter().filter(|hold| [(a, b), (b, a)].contains(&(hold.from, hold.to)));
        net.held = concerned.cloned().collect();
        net
    }

    /// The whole network of these, each of a pair.
    pub(crate) fn join<'a>(servers: usize, links: impl IntoIterator<Item = &'a Network>) -> Network {
        let pairs = Pairs::of(servers);
        let mut whole = Network::new(servers);
        whole.number_by_pair();
        for (pair, link) in links.into_iter().enumerate() {
            for (own, conn) in link.conns.iter().enumerate().filter(|(_, conn)| conn.used) {
                whole.put(pairs.whole(pair, ConnId(own as u32)).0 as usize, conn.clone());
            }
            for (dial, conn) in &link.dials {
                whole.dials.insert(*dial, conn.map(|conn| pairs.whole(pair, conn)));
            }
            for (at, ports) in link.cut.iter().enumerate() {
                whole.cut[at] = Ports::from_bits(whole.cut[at].bits() | ports.bits());
            }
            for (at, ports) in link.refused.iter().enumerate() {
                whole.refused[at] = Ports::from_bits(whole.refused[at].bits() | ports.bits());
            }
            whole.held.extend(link.held.iter().cloned());
        }
        whole
    }

    fn put(&mut self, at: usize, conn: Conn) {
        if at >= self.conns.len() {
            self.conns.resize_with(at + 1, Conn::unused);
        }
        self.conns[at] = conn;
    }

    /// Forgets what free handles were once used for.
    pub(crate) fn tidy(&mut self) {
        let used = self.conns.iter().rposition(|conn| conn.used).map_or(0, |last| last + 1);
        self.conns.truncate(used);
        self.conns.iter_mut().filter(|conn| !conn.used).for_each(|conn| *conn = Conn::unused());
        self.held.sort_by_key(|hold| (hold.from, hold.to, hold.packet, hold.ports.bits()));
    }
}

impl Conn {
    /// What stands under a handle that nobody has.
    fn unused() -> Conn {
        let end = || super::network::End {
            node: NodeId(u16::MAX),
            open: false,
            unheard: false,
            inbound: VecDeque::new(),
        };
        Conn { port: Port::Election, ends: [end(), end()], used: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_without_gaps() {
        for servers in 2..8 {
            let pairs = Pairs::of(servers);
            let numbers: Vec<usize> = pairs.all().map(|(a, b)| pairs.number(b, a)).collect();
            assert_eq!(numbers, (0..pairs.count()).collect::<Vec<_>>());
            for conn in 0..40 {
                let (pair, own) = pairs.own(ConnId(conn));
                assert_eq!(pairs.whole(pair, own), ConnId(conn));
            }
        }
    }

    #[test]
    fn a_network_is_what_its_pairs_are() {
        let (a, b, c) = (NodeId(0), NodeId(1), NodeId(2));
        let mut net = Network::new(3);
        net.number_by_pair();
        let mut effects = Vec::new();
        net.dial(a, Port::Quorum, c);
        for (from, to) in [(c, b), (a, c), (c, b)] {
            net.open(from, Port::Election, to, &mut effects);
        }
        net.set_cut(b, c, Ports::ALL, true);
        let links = net.split();
        assert_eq!(links.len(), 3);
        assert_eq!(Network::join(3, &links), net);
        net.close(ConnId(2), b, false, &mut effects);
        net.close(ConnId(2), c, false, &mut effects);
        assert_ne!(Network::join(3, &net.split()), net, "what the free handle was used for shows");
        net.tidy();
        assert_eq!(Network::join(3, &net.split()), net);
    }
}
