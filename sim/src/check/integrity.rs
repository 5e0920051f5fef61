//! Integrity: a zxid names one transaction, and nothing is delivered that no leader proposed.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, extend_history};

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Integrity;

impl Monitor for Integrity {
    const PROPERTY: Property = Property {
        name: "integrity",
        says: "a zxid names one transaction, of an epoch that its leader established, and nothing is delivered that nobody proposed",
        source: "protocol reference §10.1, Integrity (Zab.tla); P-ZXID",
        test: "sim/src/check/integrity.rs::speaks_when_a_zxid_is_given_out_twice",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let name = view.name(node);
        let (zxid, what) = match decision {
            Decision::Proposed { zxid, .. } if view.ledger.proposal(*zxid).is_some() => {
                (*zxid, format!("{name} proposes {zxid}, which names another transaction already"))
            }
            Decision::Proposed { zxid, .. }
                if view.ledger.course(zxid.epoch(), node).is_none()
                    && view.status(node).is_some_and(|status| !status.standalone) =>
            {
                (*zxid, format!("{name} proposes {zxid}, of an epoch that it has not established"))
            }
            Decision::Applied { zxid, txn, .. } => match view.ledger.proposal(*zxid) {
                Some(((_, history), before)) if extend_history(before, txn.digest) == history => return None,
                Some(_) => (*zxid, format!("{name} delivers a {zxid} that is not the one proposed")),
                None => (*zxid, format!("{name} delivers {zxid}, which nobody proposed")),
            },
            _ => return None,
        };
        Some(view.broken(&Self::PROPERTY, &[node], &[zxid], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, other_txn, proposed, txn};
    use zablab_protocol::{ErrorCode, Zxid};

    #[test]
    fn speaks_when_a_zxid_is_given_out_twice() {
        let (a, other) = (txn(1, 1), other_txn(1, 1, ErrorCode::BadVersion));
        let mut trial = Trial::new("integrity");
        trial.course(1, 0, (Zxid::ZERO, 0), &[]);
        assert!(!trial.decide(0, proposed(&a)));
        assert!(trial.decide(0, proposed(&other)));
        trial.course(1, 1, (Zxid::ZERO, 0), &[]);
        assert!(trial.decide(1, proposed(&other)), "a second leader of the epoch");
    }

    #[test]
    fn speaks_when_a_zxid_is_of_an_epoch_that_is_not_its_leaders() {
        let mut trial = Trial::serving("integrity");
        trial.course(1, 1, (Zxid::ZERO, 0), &[]);
        assert!(!trial.decide(1, proposed(&txn(1, 1))));
        assert!(trial.decide(1, proposed(&txn(2, 0))), "the counter ran over");
    }

    #[test]
    fn speaks_when_what_is_delivered_was_not_proposed() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        let mut trial = Trial::new("integrity");
        trial.course(1, 0, (Zxid::ZERO, 0), &[&a]);
        assert!(!trial.decide(2, applied(&[&a])));
        assert!(trial.decide(2, applied(&[&other_txn(1, 1, ErrorCode::BadVersion)])));
        assert!(trial.decide(2, applied(&[&a, &b])));
    }
}
