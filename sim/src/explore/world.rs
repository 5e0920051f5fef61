//! A state as a plain value, and its steps as plain functions: what the fast search remembers, done each time anew. It is what
//! other explorers are given, and what the fast one is held against.

use super::cursor::{Cursor, deliver};
use super::facts::{LinkFacts, NodeFacts, Standing};
use super::model::{Elections, Model, Used};
use super::moves::{Move, View, moves};
use super::step::Composite;
use crate::check::{Checks, Violation};
use crate::ensemble::{Act, Ensemble, Network, Node, NodeId};
use std::sync::Arc;

/// Servers, the connections of each pair, what the monitors remember, and what of the bounds is used up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) links: Vec<Arc<Network>>,
    pub(super) checks: Arc<Checks>,
    pub(super) used: Used,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// There it leads.
    To(World),
    /// Beyond the bounds.
    Beyond,
    /// Nowhere: an election in which nobody decides.
    Nowhere,
    /// A property is broken.
    Broken(Violation),
}

impl World {
    /// An ensemble whose network has given out handles by pair, without clients, as the monitors know it.
    pub(super) fn of(ensemble: &Ensemble, checks: Checks) -> World {
        let node = |node: &Node| {
            let mut node = node.clone();
            node.untimed();
            Arc::new(node)
        };
        let link = |mut link: Network| {
            link.tidy();
            Arc::new(link)
        };
        World {
            nodes: ensemble.nodes.iter().map(node).collect(),
            links: ensemble.net.split().into_iter().map(link).collect(),
            checks: Arc::new(checks),
            used: Used::default(),
        }
    }

    /// Every step that can be taken.
    pub fn moves(&self, model: &Model) -> Vec<Move> {
        let mut all = Vec::new();
        Walker::at(self.clone(), model).moves(&mut all);
        all
    }

    /// Takes one of [`World::moves`].
    pub fn take(&self, step: Move, model: &Model) -> Taken {
        let mut walker = Walker::at(self.clone(), model);
        match walker.go(step, |_| {}) {
            Err(violation) => Taken::Broken(violation),
            Ok(false) => Taken::Nowhere,
            Ok(true) if is_beyond(&walker.view(), model) => Taken::Beyond,
            Ok(true) => Taken::To(walker.world),
        }
    }

    /// Its servers.
    pub fn servers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(|node| &**node)
    }

    /// How its servers stand.
    pub fn standings(&self, model: &Model) -> Vec<Standing> {
        self.nodes.iter().map(|node| Standing::of(&NodeFacts::of(node, model))).collect()
    }

    /// The fine steps of which one consists.
    pub(super) fn fine(&self, step: Move, model: &Model) -> Vec<Move> {
        let mut all = Vec::new();
        // What breaks at its last fine step is known to whoever asks.
        let _ = Walker::at(self.clone(), model).go(step, |fine| all.push(fine));
        all
    }
}

/// Whether a round or an epoch is beyond the bounds.
pub(super) fn is_beyond(view: &View<'_>, model: &Model) -> bool {
    let bounds = &model.bounds;
    view.nodes
        .iter()
        .any(|facts| facts.round > u64::from(bounds.rounds) || facts.epoch > i64::from(bounds.epochs))
}

/// Whether all is as it should be in the end. Of an election alone: everybody has decided. (For whom, is no promise of
/// FastLeaderElection's: discovery sees to it.) Otherwise everybody serves under one leader.
pub(super) fn is_settled(view: &View<'_>, model: &Model) -> bool {
    match model.grain.elections {
        Elections::Only => view.nodes.iter().all(|facts| !facts.is_looking()),
        _ => {
            let leader = view.nodes.iter().next().and_then(|facts| facts.leader);
            leader.is_some() && view.nodes.iter().all(|facts| facts.serves && facts.leader == leader)
        }
    }
}

/// A world under way, with the facts of its parts.
pub(super) struct Walker<'a> {
    model: &'a Model,
    pub(super) world: World,
    pub(super) nodes: Vec<NodeFacts>,
    pub(super) links: Vec<LinkFacts>,
}

impl Cursor for Walker<'_> {
    fn model(&self) -> &Model {
        self.model
    }

    fn view(&self) -> View<'_> {
        View { nodes: self.nodes.iter().collect(), links: self.links.iter().collect(), used: self.world.used }
    }

    fn set_used(&mut self, used: Used) {
        self.world.used = used;
    }

    fn own(&mut self, node: NodeId, nth: u16) -> Result<(), Violation> {
        let (act, _) = self.nodes[node.index()].acts[usize::from(nth)].clone();
        self.act(node, act)
    }

    fn deliver(&mut self, pair: u16, nth: u16) -> Result<(), Violation> {
        let model = self.model;
        let head = self.links[usize::from(pair)].heads[usize::from(nth)];
        let input = self.change(pair, |link| deliver(link, pair, head.conn, head.to, model));
        input.map_or(Ok(()), |input| self.act(head.to, Act::Input(input)))
    }

    fn change<T>(&mut self, pair: u16, change: impl FnOnce(&mut Network) -> T) -> T {
        let pair = usize::from(pair);
        let link = Arc::make_mut(&mut self.world.links[pair]);
        let told = change(link);
        link.tidy();
        self.links[pair] = LinkFacts::of(link, self.model.ends[pair]);
        told
    }

    fn act(&mut self, id: NodeId, act: Act) -> Result<(), Violation> {
        let before = self.world.nodes.clone();
        let composite = Composite::of(&before[id.index()], id, act, self.model);
        let mut failed = Vec::new();
        for (nth, (to, wish)) in composite.wishes.iter().enumerate() {
            let pair = self.model.pairs.number(id, *to);
            let link = Arc::make_mut(&mut self.world.links[pair]);
            if !link.grant(id, *to, wish, self.nodes[to.index()].is_off) {
                failed.push(nth);
            }
            link.tidy();
        }
        for (pair, link) in self.world.links.iter().enumerate() {
            self.links[pair] = LinkFacts::of(link, self.model.ends[pair]);
        }
        let sights = composite.sights();
        if !sights.is_empty() {
            let nodes = before.iter().map(|node| (**node).clone()).collect();
            let net = Network::join(self.model.servers(), self.world.links.iter().map(|link| &**link));
            let mut ensemble = Ensemble::of(nodes, net);
            let checks = Arc::make_mut(&mut self.world.checks);
            for sight in sights {
                sight.watch(checks, &mut ensemble, |nth| failed.contains(&nth))?;
            }
        }
        if let Some(node) = composite.node() {
            self.nodes[id.index()] = NodeFacts::of(node, self.model);
            self.world.nodes[id.index()] = node.clone();
        }
        Ok(())
    }
}

impl<'a> Walker<'a> {
    pub(super) fn at(world: World, model: &'a Model) -> Walker<'a> {
        let nodes = world.nodes.iter().map(|node| NodeFacts::of(node, model)).collect();
        let links = world.links.iter().zip(&model.ends);
        let links = links.map(|(link, ends)| LinkFacts::of(link, *ends)).collect();
        Walker { model, world, nodes, links }
    }

    fn moves(&self, all: &mut Vec<Move>) {
        moves(&self.view(), self.model, all);
    }
}
