//! What is explored: the bounds of the world, and how fine its steps are.

use crate::ensemble::{Ensemble, NodeId, Pairs};
use std::sync::Arc;
use zablab_protocol::{QuorumVerifier, Sid, Task, Writer};

/// How often what nobody forces may happen, and how far epochs and rounds may go. Beyond it nothing is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounds {
    /// Kills and power failures together; 0 to 7. Restarts are free.
    pub crashes: u8,
    /// Cuts of the connections between two servers; 0 to 7. Healing is free.
    pub cuts: u8,
    /// Writes that a leader is asked for; 0 to 15.
    pub writes: u8,
    /// No acceptedEpoch above this.
    pub epochs: u8,
    /// No election round above this.
    pub rounds: u8,
    /// How often a LOOKING server's notification time-out may pass, each server; 0 to 3.
    pub timeouts: u8,
    /// No path is longer than so many steps.
    pub depth: u32,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { crashes: 1, cuts: 0, writes: 1, epochs: 3, rounds: 3, timeouts: 1, depth: u32::MAX }
    }
}

/// How elections go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Elections {
    /// Notification by notification.
    StepByStep,
    /// Servers that can hear each other hold theirs at one go, up to where the leader's epoch is established or nothing more
    /// happens.
    AtOnce,
    /// Notification by notification, and nothing else: who has left the election does nothing more.
    Only,
}

/// When timers fire that give something up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Patience {
    /// Whenever they are armed.
    Any,
    /// Only where what they wait for cannot come any more: the other end is cut off or gone, or a quorum is out of reach.
    Sure,
}

/// How fine the steps are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grain {
    /// How elections go.
    pub elections: Elections,
    /// When a timer gives something up.
    pub patience: Patience,
    /// The main thread acts within the step that woke it.
    pub prompt_main: bool,
    /// So do a leader's handlers.
    pub prompt_handlers: bool,
    /// So do the log writer and the commit applier.
    pub prompt_queues: bool,
    /// Writes to disk are done within the step that began them, but for those of the log.
    pub prompt_files: bool,
    /// So are those of the log.
    pub prompt_log: bool,
    /// Both ends of a connection that is cut learn of it.
    pub cuts_break: bool,
    /// A process that is started has read its data within the same step, and power fails only where that takes something.
    pub plain_crashes: bool,
}

impl Grain {
    /// Every step by itself.
    pub const FINE: Grain = Grain {
        elections: Elections::StepByStep,
        patience: Patience::Any,
        prompt_main: false,
        prompt_handlers: false,
        prompt_queues: false,
        prompt_files: false,
        prompt_log: false,
        cuts_break: false,
        plain_crashes: false,
    };

    /// As much within one step as can be, elections apart.
    pub const COARSE: Grain = Grain {
        elections: Elections::StepByStep,
        patience: Patience::Sure,
        prompt_main: true,
        prompt_handlers: true,
        prompt_queues: true,
        prompt_files: true,
        prompt_log: true,
        cuts_break: true,
        plain_crashes: true,
    };

    /// Whether a task acts within the step that woke it.
    pub(super) fn is_prompt(&self, task: Task) -> bool {
        match task {
            Task::Main => self.prompt_main,
            Task::Handler(_) => self.prompt_handlers,
            Task::Log | Task::Commit => self.prompt_queues,
        }
    }

    /// Whether a write is done within the step that began it.
    pub(super) fn is_prompt_write(&self, writer: Writer) -> bool {
        match writer {
            Writer::Log => self.prompt_log,
            Writer::Main | Writer::Snapshot => self.prompt_files,
        }
    }
}

/// A world, its bounds and its grain.
#[derive(Clone, Debug)]
pub struct Model {
    /// The bounds.
    pub bounds: Bounds,
    /// The grain.
    pub grain: Grain,
    /// Virtual nanoseconds: time does not pass.
    pub(super) now: u64,
    pub(super) sids: Arc<[Sid]>,
    pub(super) pairs: Pairs,
    pub(super) ends: Vec<(NodeId, NodeId)>,
    pub(super) verifier: Arc<QuorumVerifier>,
}

impl Model {
    /// Of an ensemble at a time in virtual nanoseconds. It must have no clients, and have given out handles by pair.
    pub(super) fn of(ensemble: &Ensemble, now: u64, bounds: Bounds, grain: Grain) -> Model {
        let sids: Arc<[Sid]> = ensemble.nodes.iter().map(|node| node.listed).collect();
        let pairs = Pairs::of(sids.len());
        Model {
            bounds,
            grain,
            now,
            pairs,
            ends: pairs.all().collect(),
            verifier: ensemble.nodes[0].config.verifier.clone(),
            sids,
        }
    }

    pub(super) fn servers(&self) -> usize {
        self.sids.len()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.sids.len() as u16).map(NodeId)
    }

    /// The servers of which something is true.
    pub(super) fn those(&self, is: impl Fn(NodeId) -> bool) -> Servers {
        self.ids().filter(|id| is(*id)).fold(Servers(0), |set, id| Servers(set.0 | 1 << id.index()))
    }

    /// Those of a set.
    pub(super) fn members(&self, set: Servers) -> impl Iterator<Item = NodeId> + use<> {
        self.ids().filter(move |id| set.has(*id))
    }

    /// Whether these servers are a quorum.
    pub(super) fn is_quorum(&self, set: Servers) -> bool {
        let sids = self.members(set).map(|id| self.sids[id.index()]);
        self.verifier.contains_quorum(self.verifier.set_of(sids))
    }
}

/// A set of servers, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Servers(pub(super) u8);

impl Servers {
    pub(super) fn has(self, id: NodeId) -> bool {
        self.0 >> id.index() & 1 == 1
    }

    pub(super) fn has_both(self, (a, b): (NodeId, NodeId)) -> bool {
        self.has(a) && self.has(b)
    }
}

/// What of the bounds is used up, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Used(pub(super) u32);

impl Used {
    const CRASH: u32 = 1;
    const CUT: u32 = 1 << 3;
    const WRITE: u32 = 1 << 6;
    const TIMEOUT: u32 = 1 << 10;

    pub(super) fn crashes(self) -> u8 {
        (self.0 & 7) as u8
    }

    pub(super) fn cuts(self) -> u8 {
        (self.0 >> 3 & 7) as u8
    }

    pub(super) fn writes(self) -> u8 {
        (self.0 >> 6 & 15) as u8
    }

    pub(super) fn timeouts(self, id: NodeId) -> u8 {
        (self.0 >> (10 + 2 * id.index()) & 3) as u8
    }

    pub(super) fn crash(&mut self) {
        self.0 += Used::CRASH;
    }

    pub(super) fn cut(&mut self) {
        self.0 += Used::CUT;
    }

    pub(super) fn write(&mut self) {
        self.0 += Used::WRITE;
    }

    pub(super) fn timeout(&mut self, id: NodeId) {
        self.0 += Used::TIMEOUT << (2 * id.index());
    }
}
