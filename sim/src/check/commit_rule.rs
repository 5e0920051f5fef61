//! Commit rule: a transaction is committed only when a quorum has it durably. Asked of the disks, not of what the
//! leader believes, so that an acknowledgement before the fsync shows.

use super::{Seen, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::Decision;

pub(super) const NAME: &str = "durable-before-commit";
pub(super) const SOURCE: &str = "protocol reference §10.1, commit rule; P-DUR of the bug catalogue";

pub(super) fn decided(seen: &Seen<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
    let Decision::Committed { zxid, .. } = decision else { return None };
    let verifier = &seen.ensemble.node(node).config.verifier;
    let holders = seen.ensemble.nodes.iter().filter(|node| node.disk.durable(*zxid));
    let set = verifier.set_of(holders.map(|node| node.sid()));
    (!verifier.contains_quorum(set)).then(|| {
        let holders: Vec<String> = verifier.sids(set).iter().map(ToString::to_string).collect();
        let what = format!(
            "{} commits {zxid}, which is durable on [{}] only; it takes {}",
            seen.name(node),
            holders.join(", "),
            verifier.needs()
        );
        seen.violation(NAME, &[node], what)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::test_support::{Scene, txn};
    use zablab_protocol::{DiskOp, Writer};

    #[test]
    fn speaks_until_a_quorum_has_synced() {
        let mut scene = Scene::new();
        let txn = txn(1, 1);
        let committed = Decision::Committed { zxid: txn.zxid, digest: txn.digest };
        for (at, synced) in [(0, true), (1, false), (1, true)] {
            assert!(decided(&scene.seen(), NodeId(0), &committed).is_some());
            let disk = &mut scene.ensemble.nodes[at].disk;
            if synced {
                disk.begin(Writer::Log, DiskOp::Sync);
                if disk.storage().log.last().is_none() {
                    disk.begin(Writer::Log, DiskOp::Append { txn: txn.clone() });
                    disk.begin(Writer::Log, DiskOp::Sync);
                }
                disk.complete(Writer::Log);
            } else {
                disk.begin(Writer::Log, DiskOp::Append { txn: txn.clone() });
            }
        }
        assert_eq!(decided(&scene.seen(), NodeId(0), &committed), None);
    }
}
