//! Commit rule: a transaction is committed only when a quorum has it durably. Asked of the disks, not of what the
//! leader believes, so that an acknowledgement before the fsync shows.
//!
//! A disk that was lost meanwhile counts with what it had durably in the epoch, as long as every quorum still has somebody
//! with the transaction.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Zxid};

/// How far the disks reached that each server has lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CommitRule {
    lost: PerServer<Option<Zxid>>,
}

impl CommitRule {
    fn had(&self, node: NodeId, zxid: Zxid) -> bool {
        let lost = self.lost.get(node).copied().flatten();
        lost.is_some_and(|lost| zxid.epoch() == lost.epoch() && zxid <= lost)
    }
}

impl Monitor for CommitRule {
    const PROPERTY: Property = Property {
        name: "durable-before-commit",
        says: "a transaction is committed only when a quorum has it durably on disk",
        source: "protocol reference §10.1, commit rule; P-DUR",
        test: "sim/src/check/commit_rule.rs::speaks_until_a_quorum_has_synced",
    };

    fn disk_lost(&mut self, _: &View<'_>, node: NodeId, durable: Option<Zxid>) -> Option<Violation> {
        // It may be lost once more before it has anything again.
        let lost = self.lost.of(node);
        *lost = durable.max(*lost);
        None
    }

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::Committed { zxid, .. } = decision else { return None };
        let verifier = &view.node(node).config.verifier;
        let sids = |counts: &dyn Fn(NodeId) -> bool| {
            verifier.set_of(view.seen.ensemble.ids().filter(|id| counts(*id)).map(|id| view.node(id).sid()))
        };
        let set = sids(&|id| view.node(id).disk.durable(*zxid));
        if verifier.contains_quorum(set) {
            return None;
        }
        let ever = sids(&|id| view.node(id).disk.durable(*zxid) || self.had(id, *zxid));
        let without = sids(&|id| !view.node(id).disk.durable(*zxid));
        let kept = verifier.contains_quorum(ever) && !verifier.contains_quorum(without);
        (!kept).then(|| {
            let holders: Vec<String> = verifier.sids(set).iter().map(ToString::to_string).collect();
            let what = format!(
                "{} commits {zxid}, which is durable on [{}] only; it takes {}",
                view.name(node),
                holders.join(", "),
                verifier.needs()
            );
            view.broken(&Self::PROPERTY, &[node], &[*zxid], what)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, committed, txn};
    use crate::ensemble::{Action, NodeId};

    #[test]
    fn speaks_until_a_quorum_has_synced() {
        let mut trial = Trial::new("durable-before-commit");
        let txn = txn(1, 1);
        assert!(trial.decide(0, committed(&txn)));
        trial.log(0, &[&txn]);
        assert!(trial.decide(0, committed(&txn)), "one of three");
        trial.append(1, &txn);
        assert!(trial.decide(0, committed(&txn)), "written and not synced");
        trial.log(1, &[]);
        assert!(!trial.decide(0, committed(&txn)));
    }

    #[test]
    fn a_lost_disk_counts_where_no_quorum_is_without_the_transaction() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        // Of three, one holder is left, and the other two are a quorum; of four, two holders are left.
        for (servers, logged, wrong) in [(3, 2, true), (4, 3, false), (4, 2, true)] {
            let mut trial = Trial::of(servers, "durable-before-commit");
            (0..logged).for_each(|node| assert!(!trial.log(node, &[&a])));
            let wipe = Action::Wipe(NodeId(0));
            let mut effects = Vec::new();
            for _ in 0..2 {
                effects.clear();
                trial.ensemble.apply(&wipe, &mut effects);
                assert!(trial.act(&wipe, &effects).is_empty());
            }
            assert_eq!(trial.decide(1, committed(&a)), wrong, "{logged} of {servers}");
            assert!(trial.decide(1, committed(&b)), "nobody had it");
        }
    }
}
