//! The way of a request, hop by hop: client, server, leader, logs, commit, trees, answer.

use crate::ensemble::{Action, Effect, Ensemble, NodeId};
use crate::run::StepView;
use std::collections::{BTreeMap, BTreeSet};
use zablab_protocol::{
    ClientEvent, ClientState, Decision, DiskOp, ErrorCode, Origin, Packet, ServerState, SessionId, Zxid,
};

/// So many requests of a client are told one by one; a reader has seen enough then.
const TOLD: u32 = 40;

/// A request: whose, and its number.
type Request = (NodeId, i32);

/// How far a request has got.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The client has no connection to send it on.
    Unsent,
    Sent,
    /// It is at this server.
    Arrived(NodeId),
    Numbered(Zxid),
    Committed(Zxid),
}

/// A write under way.
#[derive(Clone, Debug)]
struct Write {
    request: Request,
    /// Who has it on disk.
    holders: BTreeSet<NodeId>,
}

/// Follows the requests of the clients that a scenario names.
#[derive(Clone, Debug, Default)]
pub(super) struct Hops {
    asked: BTreeMap<NodeId, u32>,
    /// Sessions of clients whose requests are told.
    sessions: BTreeMap<SessionId, NodeId>,
    /// The transactions of sessions whose clients do not know of them yet.
    begun: BTreeMap<SessionId, Zxid>,
    /// Requests without an outcome.
    open: BTreeMap<Request, Way>,
    writes: BTreeMap<Zxid, Write>,
}

impl Hops {
    /// Whether a client's requests are told one by one.
    pub(super) fn tells(&self, ensemble: &Ensemble, client: NodeId) -> bool {
        ensemble.client(client).is_some_and(|client| !client.quiet)
            && self.asked.get(&client).is_none_or(|asked| *asked <= TOLD)
    }

    /// The hop that an action is.
    pub(super) fn action(&mut self, step: &StepView<'_>) -> Option<(NodeId, String)> {
        let ensemble = step.ensemble;
        match step.action {
            Action::Ask { client, op } if self.tells(ensemble, *client) => {
                let machine = ensemble.client(*client).and_then(|client| client.process.as_ref());
                let asked = self.asked.entry(*client).or_default();
                *asked += 1;
                if *asked > TOLD {
                    if let Some(machine) = machine {
                        self.sessions.remove(&machine.session());
                    }
                    return Some((*client, "goes on asking; its further requests are not told".to_owned()));
                }
                if let Some(machine) = machine {
                    let sent = machine.state() == ClientState::Connected;
                    let request = (*client, machine.next_cxid().wrapping_sub(1));
                    self.open.insert(request, if sent { Way::Sent } else { Way::Unsent });
                }
                Some((*client, format!("asks: {op}")))
            }
            Action::Deliver { to, .. } => {
                let delivered = step.delivered?;
                match &delivered.packet {
                    Packet::ClientRequest { cxid, op }
                        if op.is_asked() && self.tells(ensemble, delivered.from) =>
                    {
                        self.open.insert((delivered.from, *cxid), Way::Arrived(*to));
                        Some((*to, format!("gets the request of {}", ensemble.name(delivered.from))))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The hop that an effect is; also whose, since several servers can have moved.
    pub(super) fn effect(&mut self, step: &StepView<'_>, effect: &Effect) -> Option<(NodeId, String)> {
        match effect {
            Effect::Client { client, event: ClientEvent::Connected { session, .. } } => {
                if self.tells(step.ensemble, *client) {
                    self.sessions.insert(*session, *client);
                }
                // What it wanted to ask meanwhile is sent with that.
                for (_, way) in self.open.range_mut((*client, i32::MIN)..=(*client, i32::MAX)) {
                    *way = Way::Sent;
                }
                None
            }
            Effect::Decided { node, decision } => self.decision(step.ensemble, *node, decision),
            Effect::DiskWrote { node, op: DiskOp::Sync } => self.logged(step.ensemble, *node),
            _ => None,
        }
    }

    /// The transaction that began the session which a client learns of.
    pub(super) fn begun(&mut self, event: &ClientEvent) -> Option<Zxid> {
        match event {
            ClientEvent::Connected { session, fresh: true, .. } => self.begun.remove(session),
            _ => None,
        }
    }

    /// What its client does not know of a request that it lost.
    pub(super) fn outcome(
        &mut self,
        ensemble: &Ensemble,
        client: NodeId,
        event: &ClientEvent,
    ) -> Option<String> {
        let ClientEvent::Completed(done) = event else { return None };
        let way = self.open.remove(&(client, done.origin.cxid))?;
        if done.result != Err(ErrorCode::ConnectionLoss) {
            return None;
        }
        Some(match way {
            Way::Unsent => "(It was never sent.)".to_owned(),
            Way::Sent => "(What it cannot know: no server has got the request.)".to_owned(),
            Way::Arrived(server) => {
                format!("(What it cannot know: {} has got the request.)", ensemble.name(server))
            }
            Way::Numbered(zxid) => format!("(What it cannot know: it is {zxid}, and not committed.)"),
            Way::Committed(zxid) => format!("(What it cannot know: it is committed, as {zxid}.)"),
        })
    }

    fn decision(
        &mut self,
        ensemble: &Ensemble,
        node: NodeId,
        decision: &Decision,
    ) -> Option<(NodeId, String)> {
        let what = match decision {
            Decision::Forwarded { session, .. } if self.sessions.contains_key(session) => {
                let leader = ensemble.node(node).status().and_then(|status| status.leader);
                let leader = leader.and_then(|sid| ensemble.by_sid(sid)).map(|id| ensemble.name(id));
                format!("forwards it to {}", leader.unwrap_or("its leader"))
            }
            Decision::Proposed { zxid, origin: Origin { session, cxid }, .. } => {
                // Sessions come, and expire, by transactions that have no request; the first is the one that begins it.
                if *cxid == 0 {
                    self.begun.entry(*session).or_insert(*zxid);
                    return None;
                }
                let client = self.sessions.get(session)?;
                let request = (*client, *cxid);
                self.writes.insert(*zxid, Write { request, holders: BTreeSet::new() });
                self.get_to(request, Way::Numbered(*zxid));
                let verifier = &ensemble.node(node).config.verifier;
                match verifier.members().count() {
                    1 => format!("gives it {zxid}, and logs it"),
                    _ => format!("gives it {zxid}, and proposes it to its followers"),
                }
            }
            Decision::Committed { zxid, .. } => {
                let request = self.writes.get(zxid)?.request;
                self.get_to(request, Way::Committed(*zxid));
                let needs = ensemble.node(node).config.verifier.needs();
                format!("commits {zxid}: logged by {needs}")
            }
            Decision::Applied { zxid, .. } if self.writes.contains_key(zxid) => format!("applies {zxid}"),
            _ => return None,
        };
        Some((node, what))
    }

    fn get_to(&mut self, request: Request, way: Way) {
        if let Some(is) = self.open.get_mut(&request) {
            *is = way;
        }
    }

    /// A sync of the log is done: which of the writes under way it has made durable.
    fn logged(&mut self, ensemble: &Ensemble, node: NodeId) -> Option<(NodeId, String)> {
        let server = ensemble.node(node);
        let mut fresh: Vec<String> = Vec::new();
        for (zxid, write) in &mut self.writes {
            if server.disk.durable(*zxid) && write.holders.insert(node) {
                fresh.push(zxid.to_string());
            }
        }
        if fresh.is_empty() {
            return None;
        }
        let follows = server.status().is_some_and(|status| status.state == ServerState::Following);
        let acknowledges = if follows { ", and acknowledges it" } else { "" };
        Some((node, format!("has {} on disk{acknowledges}", fresh.join(", "))))
    }

    /// Whether the hops of this write are told.
    pub(super) fn follows(&self, zxid: Zxid) -> bool {
        self.writes.contains_key(&zxid)
    }
}
