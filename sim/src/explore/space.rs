//! The same steps as those of [`World`], each done once: the states of servers and links are kept by number, a global state is
//! a row of numbers, and what a step of one server does from one of its states is remembered.

use super::cursor::{Cursor, deliver};
use super::facts::{LinkFacts, NodeFacts};
use super::intern::Table;
use super::model::{Model, Used};
use super::moves::{Move, View};
use super::step::{Composite, Sight};
use super::world::World;
use crate::check::{Checks, Violation};
use crate::ensemble::{Act, Disk, Ensemble, Network, Node, NodeId, Wish};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A row of numbers: the servers, the links, what the monitors remember, and what of the bounds is used up.
pub(super) type Row = [u32];

/// A server's states, with what is known of each.
#[derive(Default)]
struct Nodes {
    states: Table<Arc<Node>>,
    facts: Vec<Known>,
    /// Within a step, as monitors see them.
    between: Table<Arc<Node>>,
    disks: Table<Arc<Disk>>,
    /// By state and act.
    steps: FxHashMap<(u32, u32), u32>,
}

/// Of a server's state.
struct Known {
    facts: NodeFacts,
    /// The acts of `facts`, by number.
    acts: Box<[u32]>,
    disk: u32,
}

/// A link's states, with what is known of each.
#[derive(Default)]
struct Links {
    states: Table<Arc<Network>>,
    facts: Vec<LinkFacts>,
    /// By state, wishes, and who wishes them of whom with its machine off: the next state, and which of the wishes to send were
    /// not granted, by number.
    granted: FxHashMap<(u32, u32, u8), (u32, u32)>,
    /// By state and stream: the next state, and what its receiver is told.
    delivered: FxHashMap<(u32, u16), (u32, Option<u32>)>,
}

/// A step of one server, from one of its states.
struct Remembered {
    node: u32,
    /// What is wished of each other server.
    wishes: Box<[Wished]>,
    /// What monitors see of it.
    sights: Box<[Sight]>,
    asks_disks: bool,
    asks_network: bool,
}

/// What a step wishes of one other server: the pair, that server, the wishes by number, and the places of wishes to send among all.
type Wished = (u16, NodeId, u32, Box<[u32]>);

/// What the monitors make of a step.
#[derive(Clone, Copy)]
enum Seen {
    Fine(u32),
    Broken(u32),
}

/// Everything that is known of the world so far.
pub(super) struct Space<'m> {
    pub(super) model: &'m Model,
    nodes: Vec<Nodes>,
    links: Vec<Links>,
    acts: Table<Act>,
    wishes: Table<Box<[Wish]>>,
    /// Places of wishes to send that were not granted; none of them is number 0.
    refusals: Table<Box<[u32]>>,
    steps: Vec<Remembered>,
    checks: Table<Arc<Checks>>,
    /// By what the monitors remember, the step, and the disks of all servers where a monitor asks for them.
    watched: FxHashMap<[u32; 8], Seen>,
    /// The same where a wish was not granted, or where a monitor asks for the connections.
    watched_long: FxHashMap<Box<[u32]>, Seen>,
    long: Vec<u32>,
    /// Which wishes to send of the step under way were not granted.
    failed: Vec<u32>,
    broken: Vec<Violation>,
    /// What monitors are shown, and of which state of each server the disk there is.
    ensemble: Ensemble,
    shown: Vec<u32>,
}

impl<'m> Space<'m> {
    pub(super) fn of(first: &World, model: &'m Model) -> Space<'m> {
        let servers = model.servers();
        let mut refusals = Table::default();
        refusals.number(Box::default());
        Space {
            refusals,
            model,
            nodes: (0..model.servers()).map(|_| Nodes::default()).collect(),
            links: (0..model.pairs.count()).map(|_| Links::default()).collect(),
            acts: Table::default(),
            wishes: Table::default(),
            steps: Vec::new(),
            checks: Table::default(),
            watched: FxHashMap::default(),
            watched_long: FxHashMap::default(),
            long: Vec::new(),
            failed: Vec::new(),
            broken: Vec::new(),
            ensemble: Ensemble::of(
                first.nodes.iter().map(|node| (**node).clone()).collect(),
                Network::join(servers, []),
            ),
            shown: vec![u32::MAX; servers],
        }
    }

    /// How many numbers a state has.
    pub(super) fn width(&self) -> usize {
        self.model.servers() + self.model.pairs.count() + 2
    }

    /// How many states of servers, of links and of the monitors are known.
    pub(super) fn parts(&self) -> [usize; 3] {
        let nodes = self.nodes.iter().map(|nodes| nodes.states.len()).sum();
        let links = self.links.iter().map(|links| links.states.len()).sum();
        [nodes, links, self.checks.len()]
    }

    /// The row of a world.
    pub(super) fn row(&mut self, world: &World) -> Vec<u32> {
        let mut row: Vec<u32> = Vec::with_capacity(self.width());
        for (at, node) in world.nodes.iter().enumerate() {
            row.push(self.node(NodeId(at as u16), node.clone()));
        }
        for (pair, link) in world.links.iter().enumerate() {
            row.push(self.link(pair, link.clone()));
        }
        row.push(self.checks.number(world.checks.clone()).0);
        row.push(world.used.0);
        row
    }

    /// The world of a row.
    pub(super) fn world(&self, row: &Row) -> World {
        let (servers, pairs) = (self.model.servers(), self.model.pairs.count());
        World {
            nodes: (0..servers).map(|at| self.nodes[at].states.get(row[at]).clone()).collect(),
            links: (0..pairs).map(|pair| self.links[pair].states.get(row[servers + pair]).clone()).collect(),
            checks: self.checks.get(row[servers + pairs]).clone(),
            used: Used(row[servers + pairs + 1]),
        }
    }

    fn node(&mut self, id: NodeId, node: Arc<Node>) -> u32 {
        let nodes = &mut self.nodes[id.index()];
        let (number, fresh) = nodes.states.number(node.clone());
        if fresh {
            let facts = NodeFacts::of(&node, self.model);
            let acts = facts.acts.iter().map(|(act, _)| self.acts.number(act.clone()).0).collect();
            let disk = nodes.disks.number(Arc::new(node.disk.clone())).0;
            nodes.facts.push(Known { facts, acts, disk });
        }
        number
    }

    fn link(&mut self, pair: usize, link: Arc<Network>) -> u32 {
        let links = &mut self.links[pair];
        let (number, fresh) = links.states.number(link.clone());
        if fresh {
            links.facts.push(LinkFacts::of(&link, self.model.ends[pair]));
        }
        number
    }

    pub(super) fn view(&self, row: &Row) -> View<'_> {
        let servers = self.model.servers();
        View {
            nodes: self.nodes.iter().zip(row).map(|(nodes, at)| &nodes.facts[*at as usize].facts).collect(),
            links: self
                .links
                .iter()
                .zip(&row[servers..])
                .map(|(links, at)| &links.facts[*at as usize])
                .collect(),
            used: Used(row[self.width() - 1]),
        }
    }

    /// Takes a step, and counts it; says whether it leads anywhere.
    pub(super) fn go(&mut self, row: &mut Row, step: Move) -> Result<bool, Violation> {
        At { space: self, row }.go(step, |_| {})
    }

    fn delivered(&mut self, pair: u16, from: u32, nth: u16) -> (u32, Option<u32>) {
        if let Some(known) = self.links[usize::from(pair)].delivered.get(&(from, nth)) {
            return *known;
        }
        let links = &self.links[usize::from(pair)];
        let head = links.facts[from as usize].heads[usize::from(nth)];
        let mut link = (**links.states.get(from)).clone();
        let input = deliver(&mut link, pair, head.conn, head.to, self.model);
        link.tidy();
        let number = self.link(usize::from(pair), Arc::new(link));
        let act = input.map(|input| self.acts.number(Act::Input(input)).0);
        self.links[usize::from(pair)].delivered.insert((from, nth), (number, act));
        (number, act)
    }

    fn act(&mut self, row: &mut Row, id: NodeId, act: u32) -> Result<(), Violation> {
        let before = row[id.index()];
        let number = match self.nodes[id.index()].steps.get(&(before, act)) {
            Some(number) => *number,
            None => self.work_out(id, before, act),
        };
        let servers = self.model.servers();
        self.failed.clear();
        for at in 0..self.steps[number as usize].wishes.len() {
            let (pair, to, wishes, _) = &self.steps[number as usize].wishes[at];
            let (pair, to, wishes) = (usize::from(*pair), *to, *wishes);
            let is_off = self.nodes[to.index()].facts[row[to.index()] as usize].facts.is_off;
            let (link, refused) = self.granted(pair, row[servers + pair], wishes, id, to, is_off);
            row[servers + pair] = link;
            if refused != 0 {
                let places = &self.steps[number as usize].wishes[at].3;
                self.failed.extend(self.refusals.get(refused).iter().map(|nth| places[*nth as usize]));
            }
        }
        if !self.steps[number as usize].sights.is_empty() {
            self.watch(row, id, number)?;
        }
        row[id.index()] = self.steps[number as usize].node;
        Ok(())
    }

    fn work_out(&mut self, id: NodeId, before: u32, act: u32) -> u32 {
        let node = self.nodes[id.index()].states.get(before).clone();
        let composite = Composite::of(&node, id, self.acts.get(act).clone(), self.model);
        let mut sights: Box<[Sight]> = composite.sights().into();
        let asks_disks = sights.iter().any(Sight::asks_disks);
        let asks_network = sights.iter().any(Sight::asks_network);
        let mut by_peer: Vec<(NodeId, Vec<Wish>, Vec<u32>)> = Vec::new();
        for (nth, (to, wish)) in composite.wishes.iter().enumerate() {
            let at = by_peer.iter().position(|(other, _, _)| other == to).unwrap_or_else(|| {
                by_peer.push((*to, Vec::new(), Vec::new()));
                by_peer.len() - 1
            });
            by_peer[at].1.push(wish.clone());
            if matches!(wish, Wish::Send(..)) {
                by_peer[at].2.push(nth as u32);
            }
        }
        let wishes = by_peer.into_iter().map(|(to, wishes, places)| {
            let pair = self.model.pairs.number(id, to) as u16;
            (pair, to, self.wishes.number(wishes.into()).0, places.into_boxed_slice())
        });
        let wishes = wishes.collect();
        let after = composite.node().map_or(before, |node| self.node(id, node.clone()));
        let nodes = &mut self.nodes[id.index()];
        for sight in &mut sights {
            sight.share(|node| match nodes.states.find(&node) {
                Some(known) => known.clone(),
                None => nodes.between.once(node),
            });
        }
        let number = self.steps.len() as u32;
        self.steps.push(Remembered { node: after, wishes, sights, asks_disks, asks_network });
        self.nodes[id.index()].steps.insert((before, act), number);
        number
    }

    fn granted(
        &mut self,
        pair: usize,
        link: u32,
        wishes: u32,
        from: NodeId,
        to: NodeId,
        is_off: bool,
    ) -> (u32, u32) {
        let side = u8::from(from < to) | u8::from(is_off) << 1;
        if let Some(known) = self.links[pair].granted.get(&(link, wishes, side)) {
            return *known;
        }
        let mut net = (**self.links[pair].states.get(link)).clone();
        let (mut refused, mut sends) = (Vec::new(), 0);
        for wish in self.wishes.get(wishes) {
            let sent = net.grant(from, to, wish, is_off);
            if matches!(wish, Wish::Send(..)) {
                refused.extend((!sent).then_some(sends));
                sends += 1;
            }
        }
        net.tidy();
        let number = self.link(pair, Arc::new(net));
        let refused = self.refusals.number(refused.into()).0;
        self.links[pair].granted.insert((link, wishes, side), (number, refused));
        (number, refused)
    }

    /// The monitors watch a step. The row has the links after it and the server before it.
    fn watch(&mut self, row: &mut Row, id: NodeId, step: u32) -> Result<(), Violation> {
        let servers = self.model.servers();
        let Remembered { asks_disks, asks_network, .. } = self.steps[step as usize];
        let checks_at = row.len() - 2;
        let mut key = [0u32; 8];
        (key[0], key[1]) = (row[checks_at], step);
        for (at, nodes) in self.nodes.iter().enumerate().filter(|_| asks_disks) {
            key[2 + at] = nodes.facts[row[at] as usize].disk;
        }
        let is_plain = self.failed.is_empty() && !asks_network;
        let seen = if is_plain {
            self.watched.get(&key).copied()
        } else {
            let links = &row[servers..if asks_network { checks_at } else { servers }];
            self.long.clear();
            self.long.extend(key);
            self.long.extend_from_slice(links);
            self.long.extend_from_slice(&self.failed);
            self.watched_long.get(self.long.as_slice()).copied()
        };
        let seen = match seen {
            Some(seen) => seen,
            None => {
                let seen = self.look(row, id, step);
                if is_plain {
                    self.watched.insert(key, seen);
                } else {
                    self.watched_long.insert(self.long.as_slice().into(), seen);
                }
                seen
            }
        };
        match seen {
            Seen::Fine(checks) => {
                row[checks_at] = checks;
                Ok(())
            }
            Seen::Broken(at) => Err(self.broken[at as usize].clone()),
        }
    }

    /// The monitors are shown a step that they have not seen in this state of theirs. The server's state in the row is that before
    /// it.
    fn look(&mut self, row: &Row, id: NodeId, step: u32) -> Seen {
        let servers = self.model.servers();
        let Remembered { asks_disks, asks_network, .. } = self.steps[step as usize];
        // Of the others no monitor asks for more than their disks.
        if asks_disks {
            for (at, number) in row[..servers].iter().enumerate() {
                if self.shown[at] != *number {
                    self.ensemble.nodes[at].disk = self.nodes[at].states.get(*number).disk.clone();
                    self.shown[at] = *number;
                }
            }
        }
        self.shown[id.index()] = u32::MAX;
        if asks_network {
            let links = self.links.iter().zip(&row[servers..]).map(|(links, at)| &**links.states.get(*at));
            self.ensemble.net = Network::join(servers, links);
        }
        let mut checks = (**self.checks.get(row[row.len() - 2])).clone();
        for sight in &self.steps[step as usize].sights {
            let failed = |nth: usize| self.failed.contains(&(nth as u32));
            if let Err(violation) = sight.watch(&mut checks, &mut self.ensemble, failed) {
                self.broken.push(violation);
                return Seen::Broken(self.broken.len() as u32 - 1);
            }
        }
        Seen::Fine(self.checks.number(Arc::new(checks)).0)
    }
}

/// A state under way.
struct At<'a, 'm> {
    space: &'a mut Space<'m>,
    row: &'a mut Row,
}

impl Cursor for At<'_, '_> {
    fn model(&self) -> &Model {
        self.space.model
    }

    fn view(&self) -> View<'_> {
        self.space.view(self.row)
    }

    fn set_used(&mut self, used: Used) {
        self.row[self.space.width() - 1] = used.0;
    }

    fn own(&mut self, node: NodeId, nth: u16) -> Result<(), Violation> {
        let known = &self.space.nodes[node.index()].facts[self.row[node.index()] as usize];
        let act = known.acts[usize::from(nth)];
        self.space.act(self.row, node, act)
    }

    fn deliver(&mut self, pair: u16, nth: u16) -> Result<(), Violation> {
        let at = self.space.model.servers() + usize::from(pair);
        let head = self.space.links[usize::from(pair)].facts[self.row[at] as usize].heads[usize::from(nth)];
        let (link, act) = self.space.delivered(pair, self.row[at], nth);
        self.row[at] = link;
        act.map_or(Ok(()), |act| self.space.act(self.row, head.to, act))
    }

    fn act(&mut self, id: NodeId, act: Act) -> Result<(), Violation> {
        let act = self.space.acts.number(act).0;
        self.space.act(self.row, id, act)
    }

    fn change<T>(&mut self, pair: u16, change: impl FnOnce(&mut Network) -> T) -> T {
        let pair = usize::from(pair);
        let at = self.space.model.servers() + pair;
        let mut link = (**self.space.links[pair].states.get(self.row[at])).clone();
        let told = change(&mut link);
        link.tidy();
        self.row[at] = self.space.link(pair, Arc::new(link));
        told
    }
}
