//! No server that serves shows its clients a transaction that is not committed.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::Decision;

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct AppliedCommitted;

impl Monitor for AppliedCommitted {
    const PROPERTY: Property = Property {
        name: "applied-is-committed",
        says: "no serving server applies what is not committed",
        source: "protocol reference §10.1, applied at most what is committed",
        test: "sim/src/check/applied_committed.rs::speaks_when_a_serving_server_is_ahead",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::Applied { zxid, .. } = decision else { return None };
        if view.ledger.committed.find(*zxid).is_some() || !view.is_serving(node) {
            return None;
        }
        let what = format!("{} serves, and applies {zxid}, which is not committed", view.name(node));
        Some(view.broken(&Self::PROPERTY, &[node], &[*zxid], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, committed, txn};

    #[test]
    fn speaks_when_a_serving_server_is_ahead() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        let mut trial = Trial::serving("applied-is-committed");
        assert!(trial.decide(0, applied(&[&a])));
        trial.decide(1, committed(&a));
        assert!(!trial.decide(0, applied(&[&a])));
        assert!(trial.decide(0, applied(&[&a, &b])));
        assert!(!trial.decide(2, applied(&[&a, &b])), "it serves nobody");
    }
}
