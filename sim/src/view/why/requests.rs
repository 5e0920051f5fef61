//! How far the requests of clients have got.

use crate::ensemble::{Action, Effect, NodeId};
use crate::run::StepView;
use std::collections::BTreeMap;
use zablab_protocol::{ClientEvent, ClientState, Decision, DiskOp, Packet, SessionId, Zxid};

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The client has no connection to send it on.
    Unsent,
    /// It is on its way to the server.
    Sent,
    /// A server has it.
    Arrived(NodeId),
    /// A learner has passed it on to its leader.
    Forwarded(NodeId),
    /// A leader has given it a number and proposed it.
    Numbered(NodeId, Zxid),
    /// It is committed.
    Committed(Zxid),
}

/// A request that has no answer.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// For what.
    pub(super) what: String,
    /// Whether it writes.
    pub(super) writes: bool,
    /// When it was asked.
    pub(super) asked: u64,
    /// Where it is.
    pub(super) way: Way,
    /// Since when it is there.
    pub(super) since: u64,
}

/// Follows the requests of the clients that a scenario names.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    open: BTreeMap<(NodeId, i32), Request>,
    sessions: BTreeMap<SessionId, NodeId>,
    /// When the leader gave a session up.
    pub(super) expired: BTreeMap<SessionId, u64>,
}

impl Requests {
    /// The oldest request of a client, and how many it has.
    pub(super) fn oldest(&self, client: NodeId) -> Option<(&Request, usize)> {
        let mut all = self.open.range((client, i32::MIN)..=(client, i32::MAX)).map(|(_, request)| request);
        let first = all.next()?;
        Some((first, 1 + all.count()))
    }

    fn get_to(&mut self, request: (NodeId, i32), way: Way, at: u64) -> bool {
        let Some(known) = self.open.get_mut(&request) else { return false };
        (known.way, known.since) = (way, at);
        true
    }

    /// Takes a step in. Says whether a client that the step did not touch can have come further.
    pub(super) fn step(&mut self, step: &StepView<'_>) -> bool {
        let (ensemble, at) = (step.ensemble, step.moment.at);
        let mut news = false;
        match step.action {
            Action::Ask { client, op } if op.is_asked() => {
                let Some(known) = ensemble.client(*client).filter(|client| !client.quiet) else {
                    return false;
                };
                let Some(machine) = known.process.as_ref() else { return false };
                let sent = machine.state() == ClientState::Connected;
                let way = if sent { Way::Sent } else { Way::Unsent };
                let (what, writes) = (op.to_string(), op.is_write());
                let request = Request { what, writes, asked: at, way, since: at };
                self.open.insert((*client, machine.next_cxid().wrapping_sub(1)), request);
            }
            Action::Deliver { to, .. } => {
                if let Some(delivered) = step.delivered
                    && let Packet::ClientRequest { cxid, .. } = &delivered.packet
                {
                    news |= self.get_to((delivered.from, *cxid), Way::Arrived(*to), at);
                }
            }
            _ => {}
        }
        // Who has a proposal on disk, and whose ACK the leader has, is part of what is told of it.
        let synced =
            step.effects.iter().any(|effect| matches!(effect, Effect::DiskWrote { op: DiskOp::Sync, .. }));
        let counts = |leader: NodeId| match step.action {
            Action::Deliver { to: node, .. } | Action::Run { node, .. } => *node == leader,
            _ => false,
        };
        let mut ways = self.open.values().map(|request| request.way);
        news |= ways.any(|way| matches!(way, Way::Numbered(leader, _) if synced || counts(leader)));
        for effect in step.effects {
            news |= self.effect(effect, at);
        }
        news
    }

    fn effect(&mut self, effect: &Effect, at: u64) -> bool {
        match effect {
            Effect::Client { client, event } => {
                match event {
                    ClientEvent::Connected { session, .. } => {
                        self.sessions.insert(*session, *client);
                        let own = self.open.range_mut((*client, i32::MIN)..=(*client, i32::MAX));
                        own.for_each(|(_, request)| (request.way, request.since) = (Way::Sent, at));
                    }
                    ClientEvent::Completed(done) => {
                        self.open.remove(&(*client, done.origin.cxid));
                    }
                    _ => {}
                }
                true
            }
            Effect::Decided { node, decision } => match decision {
                Decision::Forwarded { session, cxid } => {
                    let Some(client) = self.sessions.get(session) else { return false };
                    self.get_to((*client, *cxid), Way::Forwarded(*node), at)
                }
                Decision::Proposed { zxid, origin, .. } => {
                    let Some(client) = self.sessions.get(&origin.session) else { return false };
                    self.get_to((*client, origin.cxid), Way::Numbered(*node, *zxid), at)
                }
                Decision::Committed { zxid, .. } => {
                    let mut all = self.open.iter();
                    let found = all.find_map(|(key, request)| match request.way {
                        Way::Numbered(_, number) if number == *zxid => Some(*key),
                        _ => None,
                    });
                    found.is_some_and(|request| self.get_to(request, Way::Committed(*zxid), at))
                }
                Decision::SessionExpiring { session, .. } => {
                    self.expired.insert(*session, at);
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }
}
