//! What the choice of steps asks of one server, or of the connections between two. Looked up once for each state.

use super::model::Model;
use crate::ensemble::{Act, Network, Node, NodeId, Process, Target};
use zablab_protocol::{ConnId, Input, Phase, Port, ServerState, Timer};

/// What stands in the way of an act that is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing.
    Free,
    /// A notification time-out: it is counted.
    Notification,
    /// A time-out of a connection, by pair and own handle.
    Silence(usize, ConnId),
    /// A leader counts who is with it.
    Count,
    /// A time-out of a leader that waits for a quorum.
    NoQuorum,
    /// A time-out of whoever tries to reach a server.
    NoWay(NodeId),
}

/// How the process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Down,
    Booting,
    Up,
}

/// Of one server.
#[derive(Clone, Debug)]
pub(super) struct NodeFacts {
    /// What can happen to it by itself.
    pub(super) acts: Vec<(Act, Guard)>,
    pub(super) life: Life,
    /// It runs and does not stand still.
    pub(super) runs: bool,
    pub(super) is_off: bool,
    pub(super) target: Target,
    pub(super) takes_learners: bool,
    pub(super) state: Option<ServerState>,
    pub(super) phase: Option<Phase>,
    pub(super) serves: bool,
    /// Whom it follows; itself if it leads.
    pub(super) leader: Option<NodeId>,
    pub(super) epoch: i64,
    pub(super) round: u64,
    /// A power failure would take something from its disk.
    pub(super) loose: bool,
}

impl NodeFacts {
    pub(super) fn of(node: &Node, model: &Model) -> NodeFacts {
        let id_of = |sid| model.sids.iter().position(|other| *other == sid).map(|at| NodeId(at as u16));
        let status = node.status();
        let leader = status.and_then(|status| status.leader).and_then(id_of);
        let link = status.and_then(|status| status.quorum_link);
        let guard = |act: &Act| match act {
            Act::Input(Input::Timer(timer)) => match timer {
                Timer::Notification => Guard::Notification,
                Timer::LearnerRead => link.map_or(Guard::Free, |conn| silence(model, conn)),
                Timer::Handshake(conn)
                | Timer::HandlerRead(conn)
                | Timer::HandlerWait(conn)
                | Timer::Proposal(conn, _) => silence(model, *conn),
                Timer::HalfTick => Guard::Count,
                Timer::LeaderWait | Timer::Disloyal => Guard::NoQuorum,
                Timer::ConnectBudget => leader.map_or(Guard::Free, Guard::NoWay),
                Timer::ElectionConnect(sid) => id_of(*sid).map_or(Guard::Free, Guard::NoWay),
                // To try again gives nothing up.
                Timer::ConnectRetry
                | Timer::FinalizeWait
                | Timer::SessionTick
                | Timer::ClientRead
                | Timer::ClientPing
                | Timer::Bind => Guard::Free,
            },
            _ => Guard::Free,
        };
        // Without sessions nothing comes of it.
        let idle = |act: &Act| matches!(act, Act::Input(Input::Timer(Timer::SessionTick)));
        let acts = node.own_acts().into_iter().filter(|act| !idle(act));
        NodeFacts {
            acts: acts.map(|act| (act.clone(), guard(&act))).collect(),
            life: match node.process {
                Process::Down => Life::Down,
                Process::Booting => Life::Booting,
                Process::Up(_) => Life::Up,
            },
            runs: node.runs(),
            is_off: node.is_off(),
            target: node.as_target(),
            takes_learners: node.listens_on(Port::Quorum),
            state: status.map(|status| status.state),
            phase: node.peer().map(|peer| peer.phase()),
            serves: status.is_some_and(|status| status.serving),
            leader,
            epoch: status.map_or(0, |status| status.accepted_epoch.0),
            round: status.map_or(0, |status| status.round.0),
            loose: node.disk.is_loose(),
        }
    }

    pub(super) fn is_looking(&self) -> bool {
        self.state == Some(ServerState::Looking) && self.phase != Some(Phase::Booting)
    }

    /// Nothing happens to it before it is told something, or waits no longer.
    pub(super) fn is_idle(&self) -> bool {
        self.acts.iter().all(|(act, _)| matches!(act, Act::Input(Input::Timer(_))))
    }

    /// On the way to an established epoch, but not LOOKING.
    pub(super) fn discovers(&self) -> bool {
        matches!(self.phase, Some(Phase::Discovery | Phase::LeaderDiscovery))
    }
}

/// How a server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It does not run.
    Down,
    /// It looks for a leader.
    Looking,
    /// It follows a server.
    Follows(u16),
    /// It leads.
    Leads,
}

impl Standing {
    pub(super) fn of(facts: &NodeFacts) -> Standing {
        match (facts.state, facts.leader) {
            (None, _) => Standing::Down,
            (Some(ServerState::Leading), _) => Standing::Leads,
            (Some(ServerState::Following | ServerState::Observing), Some(leader)) => {
                Standing::Follows(leader.0)
            }
            _ => Standing::Looking,
        }
    }
}

fn silence(model: &Model, conn: ConnId) -> Guard {
    let (pair, own) = model.pairs.own(conn);
    Guard::Silence(pair, own)
}

/// The next segment of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) conn: ConnId,
    pub(super) to: NodeId,
    pub(super) port: Port,
}

/// Of the connections between two servers.
#[derive(Clone, Debug)]
pub(super) struct LinkFacts {
    /// What may arrive.
    pub(super) heads: Vec<Head>,
    /// Attempts under way: who dials whom on which port.
    pub(super) dials: Vec<(NodeId, Port, NodeId)>,
    pub(super) is_cut: bool,
    /// Something cuts them, on the one port or the other.
    pub(super) is_hurt: bool,
    /// Own handles of connections that both ends hold.
    standing: u64,
    /// Quorum connections that both ends hold, or an attempt at one.
    pub(super) joins: bool,
    /// Connections that one end holds at least.
    pub(super) conns: usize,
}

impl LinkFacts {
    pub(super) fn of(link: &Network, (a, b): (NodeId, NodeId)) -> LinkFacts {
        let streams = link.streams().filter(|(conn, to)| link.may_arrive(*conn, *to));
        let heads = streams.filter_map(|(conn, to)| {
            let (port, _) = link.other_end(conn, to)?;
            Some(Head { conn, to, port })
        });
        let standing: Vec<ConnId> = link.standing().collect();
        let on_quorum =
            |conn: &ConnId| link.other_end(*conn, a).is_some_and(|(port, _)| port == Port::Quorum);
        let dials: Vec<_> = link.dials().collect();
        let is_cut = |port| link.is_cut(a, b, port) || link.is_cut(b, a, port);
        LinkFacts {
            heads: heads.collect(),
            is_cut: is_cut(Port::Quorum),
            is_hurt: is_cut(Port::Quorum) || is_cut(Port::Election),
            standing: standing.iter().fold(0, |set, conn| set | 1 << conn.0.min(63)),
            joins: standing.iter().any(on_quorum) || dials.iter().any(|(_, port, _)| *port == Port::Quorum),
            dials,
            conns: link.count(),
        }
    }

    /// Whether something can still come on a connection: both ends hold it and nothing cuts it, or it is under way.
    pub(super) fn may_speak(&self, conn: ConnId, to: NodeId) -> bool {
        let on_its_way = self.heads.iter().any(|head| head.conn == conn && head.to == to);
        on_its_way || (!self.is_cut && self.standing >> conn.0.min(63) & 1 == 1)
    }
}
