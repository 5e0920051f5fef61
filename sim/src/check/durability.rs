//! Committed durability: no TRUNC, no power failure and no disk that is lost takes a committed transaction from so many disks
//! that a quorum of servers is left without it.

use super::ledger::NOTHING;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{DiskOp, Zxid};

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Durability;

impl Durability {
    /// Without a holder in every quorum, one could elect a leader that has never heard of it.
    fn left(&self, view: &View<'_>, node: NodeId, how: &str) -> Option<Violation> {
        let (zxid, _) = view.ledger.last();
        if zxid == NOTHING.0 || holds(view, node, zxid) {
            return None;
        }
        let verifier = &view.node(node).config.verifier;
        let without = view.seen.ensemble.ids().filter(|id| !holds(view, *id, zxid));
        let without = verifier.set_of(without.map(|id| view.node(id).sid()));
        verifier.contains_quorum(without).then(|| {
            let sids: Vec<String> = verifier.sids(without).iter().map(ToString::to_string).collect();
            let what = format!(
                "{how} took {zxid} from {}: it is committed, and servers [{}] without it are a quorum",
                view.name(node),
                sids.join(", ")
            );
            view.broken(&Self::PROPERTY, &[node], &[zxid], what)
        })
    }
}

fn holds(view: &View<'_>, node: NodeId, zxid: Zxid) -> bool {
    view.node(node).disk.durable(zxid)
}

impl Monitor for Durability {
    const PROPERTY: Property = Property {
        name: "committed-durability",
        says: "no TRUNC, power failure or lost disk leaves a quorum of servers without a committed transaction",
        source: "protocol reference §10.1, committed durability; P-DUR",
        test: "sim/src/check/durability.rs::speaks_when_a_cut_leaves_a_quorum_without_it",
    };

    fn wrote(&mut self, view: &View<'_>, node: NodeId, op: &DiskOp) -> Option<Violation> {
        matches!(op, DiskOp::Truncate { .. }).then(|| self.left(view, node, "a cut of the log"))?
    }

    fn powered_off(&mut self, view: &View<'_>, node: NodeId) -> Option<Violation> {
        self.left(view, node, "a power failure")
    }

    fn disk_lost(&mut self, view: &View<'_>, node: NodeId, _: Option<Zxid>) -> Option<Violation> {
        self.left(view, node, "the loss of a disk")
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, committed, txn, zxid};
    use crate::ensemble::{Action, Loss, NodeId};
    use zablab_protocol::DiskOp;

    #[test]
    fn speaks_when_a_cut_leaves_a_quorum_without_it() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        for (holders, wrong) in [(2, true), (3, false)] {
            let mut trial = Trial::new("committed-durability");
            (0..holders).for_each(|node| assert!(!trial.log(node, &[&a, &b])));
            trial.decide(0, committed(&a));
            assert!(!trial.write(2, DiskOp::Truncate { zxid: zxid(1, 1) }), "never had it");
            trial.decide(0, committed(&b));
            let cut = DiskOp::Truncate { zxid: zxid(1, 1) };
            assert_eq!(trial.write(1, cut), wrong || holders == 3, "{holders} had it");
        }
    }

    #[test]
    fn speaks_when_a_power_failure_takes_what_was_not_synced() {
        let txn = txn(1, 1);
        for (synced, wrong) in [(true, false), (false, true)] {
            let mut trial = Trial::new("committed-durability");
            trial.log(0, &[&txn]);
            if synced { trial.log(1, &[&txn]) } else { trial.append(1, &txn) };
            trial.decide(0, committed(&txn));
            let off = Action::PowerOff(NodeId(1), Loss::Unsynced);
            trial.ensemble.apply(&off, &mut Vec::new());
            assert_eq!(!trial.act(&off, &[]).is_empty(), wrong);
        }
    }
}
