//! Commit rule: a transaction is committed only when a quorum has it durably. Asked of the disks, not of what the
//! leader believes, so that an acknowledgement before the fsync shows.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::Decision;

/// Remembers nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CommitRule;

impl Monitor for CommitRule {
    const PROPERTY: Property = Property {
        name: "durable-before-commit",
        says: "a transaction is committed only when a quorum has it durably on disk",
        source: "protocol reference §10.1, commit rule; P-DUR",
        test: "sim/src/check/commit_rule.rs::speaks_until_a_quorum_has_synced",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::Committed { zxid, .. } = decision else { return None };
        let verifier = &view.node(node).config.verifier;
        let holders = view.seen.ensemble.nodes.iter().filter(|node| node.disk.durable(*zxid));
        let set = verifier.set_of(holders.map(|node| node.sid()));
        (!verifier.contains_quorum(set)).then(|| {
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
}
