//! Session integrity: the requests of a session take effect in the order in which its client numbered them, whichever servers
//! they came by; and a tree holds ephemeral znodes of sessions that are open in it, and of no others.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Change, Decision, SessionId, Txn, Zxid};

/// The last request of each session that was delivered, and up to which transaction that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sessions {
    up_to: Option<Zxid>,
    requests: BTreeMap<SessionId, i32>,
}

impl Sessions {
    /// A transaction that no server delivered before.
    fn delivered(&mut self, view: &View<'_>, node: NodeId, txn: &Txn) -> Option<Violation> {
        let session = txn.origin.session;
        match &txn.change {
            Change::CreateSession { .. } | Change::CloseSession { .. } => {
                self.requests.remove(&session);
                return None;
            }
            // A request that came too late, by way of a server that the session has left (SESSIONMOVED), changes nothing.
            Change::Error { .. } | Change::MultiFailed(_) => return None,
            _ => {}
        }
        // Nobody tracks who owns a local session, so nothing keeps a request of an earlier connection back.
        if session.is_local() {
            return None;
        }
        let cxid = txn.origin.cxid;
        let before = self.requests.insert(session, cxid).filter(|before| *before >= cxid)?;
        let what = format!(
            "{} delivers request {cxid} of session {session} at {} behind its request {before}",
            view.name(node),
            txn.zxid
        );
        Some(view.broken(&Self::PROPERTY, &[node], &[txn.zxid], what))
    }
}

impl Monitor for Sessions {
    const PROPERTY: Property = Property {
        name: "session-integrity",
        says: "a session's requests take effect in order, and its ephemeral znodes live as long as it does",
        source: "protocol reference §10.1, session integrity; §8.2",
        test: "sim/src/check/sessions.rs::speaks_when_a_request_overtakes_another",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Applied { zxid, txn, .. } if view.is_serving(node) => {
                if self.up_to < Some(*zxid) {
                    self.up_to = Some(*zxid);
                    if let Some(violation) = self.delivered(view, node, txn) {
                        return Some(violation);
                    }
                }
                made(view, node, *zxid, &txn.change)
            }
            Decision::SessionClosed { session, .. } => {
                let last = view.status(node)?.last_processed;
                orphans(view, node, last, *session)
            }
            _ => None,
        }
    }
}

/// Ephemeral znodes that a change made for a session that is not open, if a server has any.
fn made(view: &View<'_>, node: NodeId, zxid: Zxid, change: &Change) -> Option<Violation> {
    match change {
        Change::Create { owner, .. } if *owner != SessionId::NONE => orphans(view, node, zxid, *owner),
        Change::Multi(parts) => parts.iter().find_map(|part| made(view, node, zxid, part)),
        _ => None,
    }
}

/// Ephemeral znodes of a session that is not open, if a server has any.
fn orphans(view: &View<'_>, node: NodeId, zxid: Zxid, session: SessionId) -> Option<Violation> {
    let peer = view.node(node).peer()?;
    if peer.sessions().timeout(session).is_some() || session.is_local() {
        return None;
    }
    let path = peer.tree().ephemerals(session).next()?;
    let what = format!("{} has {path} at {zxid}, and session {session} is not open there", view.name(node));
    Some(view.broken(&Sessions::PROPERTY, &[node], &[zxid], what))
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, zxid};
    use std::sync::Arc;
    use zablab_protocol::{Change, Decision, ErrorCode, Millis, Origin, SessionId, Txn};

    const SESSION: i64 = 9 << 56;

    fn applied(counter: u32, session: i64, cxid: i32, change: Change) -> Decision {
        let origin = Origin { session: SessionId(session), cxid };
        let txn = Arc::new(Txn::new(zxid(1, counter), origin, Millis(0), change));
        Decision::Applied { zxid: txn.zxid, history: 0, tree: Some(0), txn }
    }

    #[test]
    fn speaks_when_a_request_overtakes_another() {
        let late = Change::Error { code: ErrorCode::SessionMoved };
        for (then, wrong) in [
            (applied(2, SESSION, 6, Change::Check), false),
            (applied(2, SESSION, 5, Change::Check), true),
            (applied(2, SESSION, 4, Change::Check), true),
            (applied(2, SESSION, 4, late), false),
            (applied(2, SESSION + 1, 4, Change::Check), false),
            (applied(1, SESSION, 5, Change::Check), false),
        ] {
            let mut trial = Trial::serving("session-integrity");
            assert!(!trial.decide(0, applied(1, SESSION, 5, Change::Check)));
            assert_eq!(trial.decide(1, then.clone()), wrong, "{then:?}");
        }
    }

    #[test]
    fn a_session_that_is_created_again_counts_anew() {
        let mut trial = Trial::serving("session-integrity");
        trial.decide(0, applied(1, SESSION, 5, Change::Check));
        trial.decide(0, applied(2, SESSION, 0, Change::CloseSession { paths: Arc::default() }));
        assert!(!trial.decide(0, applied(3, SESSION, 1, Change::Check)));
    }
}
