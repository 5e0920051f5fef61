//! The ensemble as one transition system: servers, clients, links and disks as a plain value, the actions that are enabled,
//! and one function that applies one of them. It knows no time and draws nothing; schedulers do.

mod action;
mod apply;
mod bad_disk;
mod carry;
mod client;
mod clock;
mod disk;
mod effect;
mod enabled;
mod local;
mod network;
mod node;
mod pairs;
mod scratch;
mod timers;

pub use action::Action;
pub(crate) use apply::lost;
pub(crate) use carry::{Arrived, Target};
pub use client::ClientNode;
pub use clock::Clock;
pub use disk::{Disk, Loss, WRITERS};
pub use effect::Effect;
pub(crate) use local::{Act, Deed, Wish};
pub use network::{Network, Ports, Segment, StreamHold, Ticket};
pub use node::{Ended, Node, NodeId, Part, Process};
pub use pairs::Pairs;
pub use timers::Timers;

use scratch::Scratch;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use zablab_protocol::{Client, Config, Output, Peer, Sid, Task, Timer};

/// Servers, clients, links and disks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ensemble {
    /// The servers, in the order the scenario names them.
    pub nodes: Vec<Node>,
    /// The clients.
    pub clients: Vec<ClientNode>,
    /// The connections between them.
    pub net: Network,
    /// Keep a copy of every packet in [`Effect::Sent`]. Changes nothing else.
    pub record: bool,
    /// Virtual nanoseconds, from which the servers' clocks are read. It stands still unless a scheduler moves it.
    now: Scratch<u64>,
    out: Buffer,
    woken: Woken,
}

/// What machines want done.
type Buffer = Scratch<Vec<Output>>;
/// Tasks of a prompt server that have still to make their steps within this action.
type Woken = Scratch<VecDeque<Task>>;

impl Ensemble {
    /// An ensemble of servers and clients that have never run.
    pub fn new(
        servers: impl IntoIterator<Item = (Arc<str>, Arc<Config>, bool)>,
        clients: Vec<ClientNode>,
    ) -> Ensemble {
        let servers: Vec<_> = servers.into_iter().collect();
        let known = |config: &Arc<Config>| {
            config.verifier.members().map(|(sid, _)| sid).chain([config.sid]).collect::<Vec<_>>()
        };
        let everybody: BTreeSet<Sid> = servers.iter().flat_map(|(_, config, _)| known(config)).collect();
        let everybody: Arc<[Sid]> = everybody.into_iter().collect();
        let nodes: Vec<Node> = servers
            .into_iter()
            .map(|(name, config, silent_before_start)| Node {
                name,
                listed: config.sid,
                config,
                everybody: everybody.clone(),
                process: Process::Down,
                ended: Ended::Never,
                silent_before_start,
                disk: Disk::default(),
                timers: Timers::default(),
                paused: false,
                prompt: false,
                clock: Clock::default(),
                held: 0,
                listening: Ports::default(),
                clients: Vec::new(),
            })
            .collect();
        let net = Network::new(nodes.len() + clients.len());
        Ensemble { clients, ..Ensemble::of(nodes, net) }
    }

    /// An ensemble of these servers and connections, without clients.
    pub(crate) fn of(nodes: Vec<Node>, net: Network) -> Ensemble {
        Ensemble {
            nodes,
            clients: Vec::new(),
            net,
            record: false,
            now: Scratch::default(),
            out: Buffer::default(),
            woken: Woken::default(),
        }
    }

    /// Moves the time from which the servers' clocks are read.
    pub fn set_now(&mut self, nanos: u64) {
        self.now.0 = nanos;
    }

    /// Every server.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u16).map(NodeId)
    }

    /// Every client.
    pub fn client_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let servers = self.nodes.len() as u16;
        (servers..servers + self.clients.len() as u16).map(NodeId)
    }

    /// A server.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// A client; `None` if that is a server.
    pub fn client(&self, id: NodeId) -> Option<&ClientNode> {
        self.clients.get(id.index().checked_sub(self.nodes.len())?)
    }

    fn client_mut(&mut self, id: NodeId) -> Option<&mut ClientNode> {
        self.clients.get_mut(id.index().checked_sub(self.nodes.len())?)
    }

    /// The name of a server or client.
    pub fn name(&self, id: NodeId) -> &str {
        self.client(id).map_or_else(|| &*self.node(id).name, |client| &*client.name)
    }

    /// Whether its process runs and does not stand still.
    fn runs(&self, id: NodeId) -> bool {
        self.client(id).map_or_else(|| self.node(id).runs(), ClientNode::runs)
    }

    /// The armed timers of a server or client.
    pub fn timers(&self, id: NodeId) -> &Timers {
        self.client(id).map_or_else(|| &self.node(id).timers, |client| &client.timers)
    }

    fn timers_mut(&mut self, id: NodeId) -> &mut Timers {
        match id.index().checked_sub(self.nodes.len()) {
            None => &mut self.nodes[id.index()].timers,
            Some(at) => &mut self.clients[at].timers,
        }
    }

    pub(crate) fn slot(&self, id: NodeId, timer: Timer) -> usize {
        match self.client(id) {
            None => self.node(id).slot(timer),
            Some(_) => Timers::slot(timer, 0, |_| 0),
        }
    }

    /// The tasks of a server or client that have something to do.
    pub fn ready(&self, id: NodeId) -> Vec<Task> {
        match self.client(id) {
            None => self.node(id).peer().map(Peer::ready).unwrap_or_default(),
            Some(client) if client.process.as_deref().is_some_and(Client::is_ready) => vec![Task::Main],
            Some(_) => Vec::new(),
        }
    }

    /// The number under which a server or client draws: its sid in the lists, or one that no server has.
    pub(crate) fn drawer(&self, id: NodeId) -> i64 {
        match id.index().checked_sub(self.nodes.len()) {
            None => self.node(id).listed.0,
            Some(client) => -1 - client as i64,
        }
    }

    /// The server that the lists have under this sid.
    pub fn by_sid(&self, sid: Sid) -> Option<NodeId> {
        self.ids().find(|id| self.node(*id).listed == sid)
    }
}
