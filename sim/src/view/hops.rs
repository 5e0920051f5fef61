//! The way of a request, hop by hop: client, server, leader, logs, commit, trees, answer.

use crate::ensemble::{Action, Effect, Ensemble, NodeId};
use crate::run::StepView;
use std::collections::{BTreeMap, BTreeSet};
use zablab_protocol::{ClientEvent, Decision, DiskOp, Packet, ServerState, SessionId, Zxid};

/// So many requests of a client are told one by one; a reader has seen enough then.
const TOLD: u32 = 40;

/// Follows the requests of the clients that a scenario names.
#[derive(Clone, Debug, Default)]
pub(super) struct Hops {
    asked: BTreeMap<NodeId, u32>,
    /// Sessions of clients whose requests are told.
    sessions: BTreeSet<SessionId>,
    /// Writes under way, and who has them on disk.
    writes: BTreeMap<Zxid, BTreeSet<NodeId>>,
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
                let asked = self.asked.entry(*client).or_default();
                *asked += 1;
                if *asked > TOLD {
                    if let Some(machine) = ensemble.client(*client).and_then(|client| client.process.as_ref())
                    {
                        self.sessions.remove(&machine.session());
                    }
                    return Some((*client, "goes on asking; its further requests are not told".to_owned()));
                }
                Some((*client, format!("asks: {op}")))
            }
            Action::Deliver { to, .. } => {
                let delivered = step.delivered?;
                match &delivered.packet {
                    Packet::ClientRequest { op, .. }
                        if op.is_asked() && self.tells(ensemble, delivered.from) =>
                    {
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
                    self.sessions.insert(*session);
                }
                None
            }
            Effect::Decided { node, decision } => self.decision(step.ensemble, *node, decision),
            Effect::DiskWrote { node, op: DiskOp::Sync } => self.logged(step.ensemble, *node),
            _ => None,
        }
    }

    fn decision(
        &mut self,
        ensemble: &Ensemble,
        node: NodeId,
        decision: &Decision,
    ) -> Option<(NodeId, String)> {
        let what = match decision {
            Decision::Forwarded { session, .. } if self.sessions.contains(session) => {
                let leader = ensemble.node(node).status().and_then(|status| status.leader);
                let leader = leader.and_then(|sid| ensemble.by_sid(sid)).map(|id| ensemble.name(id));
                format!("forwards it to {}", leader.unwrap_or("its leader"))
            }
            // Sessions come and go by transactions of their own, which have no request.
            Decision::Proposed { zxid, origin, .. }
                if origin.cxid > 0 && self.sessions.contains(&origin.session) =>
            {
                self.writes.insert(*zxid, BTreeSet::new());
                let verifier = &ensemble.node(node).config.verifier;
                match verifier.members().count() {
                    1 => format!("gives it {zxid}, and logs it"),
                    _ => format!("gives it {zxid}, and proposes it to its followers"),
                }
            }
            Decision::Committed { zxid, .. } if self.writes.contains_key(zxid) => {
                let needs = ensemble.node(node).config.verifier.needs();
                format!("commits {zxid}: logged by {needs}")
            }
            Decision::Applied { zxid, .. } if self.writes.contains_key(zxid) => format!("applies {zxid}"),
            _ => return None,
        };
        Some((node, what))
    }

    /// A sync of the log is done: which of the writes under way it has made durable.
    fn logged(&mut self, ensemble: &Ensemble, node: NodeId) -> Option<(NodeId, String)> {
        let server = ensemble.node(node);
        let mut fresh: Vec<String> = Vec::new();
        for (zxid, holders) in &mut self.writes {
            if server.disk.durable(*zxid) && holders.insert(node) {
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
