//! No silent divergence: two servers that have come to the same zxid have the same tree, whatever way led there.

use super::chronicle::Chronicle;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, DiskOp, Zxid};

/// The digest of the tree after each transaction, as the first server to apply it had it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct TreeDigest {
    trees: Chronicle<u64>,
}

impl TreeDigest {
    /// A server has its state from elsewhere than the transactions it applied: its files, or a leader's. From a fuzzy
    /// snapshot its tree is that of no zxid at first, and nobody may see it then.
    fn has(&self, view: &View<'_>, node: NodeId) -> Option<Violation> {
        let peer = view.node(node).peer().filter(|peer| peer.is_whole())?;
        let status = peer.status();
        let zxid = view.ledger.transaction_of((status.last_processed, status.history)).0;
        let known = *self.trees.find(zxid)?;
        self.clash(view, node, zxid, known, peer.tree().digest())
    }

    fn clash(
        &self,
        view: &View<'_>,
        node: NodeId,
        zxid: Zxid,
        known: u64,
        tree: u64,
    ) -> Option<Violation> {
        (known != tree).then(|| {
            let what = format!("{} has another tree at {zxid} than the first to have it", view.name(node));
            view.broken(&Self::PROPERTY, &[node], &[zxid], what)
        })
    }
}

impl Monitor for TreeDigest {
    const PROPERTY: Property = Property {
        name: "no-silent-divergence",
        says: "servers that have come to the same zxid have the same tree",
        source: "protocol reference §10.1, no silent divergence; P-DIG (DigestCalculator, ZOOKEEPER-3114)",
        test: "sim/src/check/tree_digest.rs::speaks_when_trees_differ_at_one_zxid",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Applied { zxid, tree: Some(tree), .. } => match self.trees.find(*zxid) {
                Some(known) => self.clash(view, node, *zxid, *known, *tree),
                None => {
                    self.trees.insert(*zxid, *tree);
                    None
                }
            },
            // Standalone, zxids that were never written are given out again.
            Decision::Standalone { zxid } => {
                self.trees.cut(*zxid);
                None
            }
            Decision::Serving { .. } if view.node(node).peer().is_some_and(|peer| !peer.is_whole()) => {
                let what = format!("{} shows clients the tree of a snapshot, without what belongs to it", view.name(node));
                Some(view.broken(&Self::PROPERTY, &[node], &[], what))
            }
            Decision::Booted { .. } | Decision::LeftRole { .. } | Decision::Serving { .. } => {
                self.has(view, node)
            }
            _ => None,
        }
    }

    fn wrote(&mut self, view: &View<'_>, node: NodeId, op: &DiskOp) -> Option<Violation> {
        matches!(op, DiskOp::Truncate { .. }).then(|| self.has(view, node))?
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, txn, zxid};
    use crate::ensemble::{NodeId, Process};
    use zablab_protocol::{Decision, Epoch, Millis, Peer, Snapshot, SnapshotFile, Storage};

    fn applied(counter: u32, tree: u64) -> Decision {
        let txn = txn(1, counter);
        Decision::Applied { zxid: txn.zxid, history: 0, tree: Some(tree), txn }
    }

    #[test]
    fn speaks_when_trees_differ_at_one_zxid() {
        let mut trial = Trial::new("no-silent-divergence");
        assert!(!trial.decide(0, applied(1, 7)));
        assert!(!trial.decide(1, applied(2, 8)));
        assert!(!trial.decide(1, applied(1, 7)));
        assert!(trial.decide(2, applied(2, 9)));
    }

    #[test]
    fn speaks_when_a_server_begins_with_another_tree() {
        for (digest, wrong) in [(0, true), (1, false)] {
            let mut trial = Trial::serving("no-silent-divergence");
            let peer = trial.ensemble.node(NodeId(0)).peer().unwrap();
            let (zxid, tree) = (peer.status().last_processed, peer.tree().digest());
            let tree = if digest == 1 { tree } else { 0 };
            let mut decision = applied(1, tree);
            if let Decision::Applied { zxid: at, .. } = &mut decision {
                *at = zxid;
            }
            trial.decide(2, decision);
            assert_eq!(trial.decide(0, Decision::Serving { epoch: Epoch(1) }), wrong);
        }
    }

    #[test]
    fn speaks_when_a_server_shows_clients_what_is_not_whole() {
        for (newest, wrong) in [(1, false), (2, true)] {
            let mut trial = Trial::serving("no-silent-divergence");
            let snapshot = Snapshot { zxid: zxid(1, 1), whole_from: zxid(1, newest), ..Snapshot::default() };
            let mut disk = Storage::default();
            disk.add_snapshot(SnapshotFile { snapshot: snapshot.into(), from_leader: false });
            let node = &mut trial.ensemble.nodes[0];
            let peer = Peer::boot(node.config.clone(), Millis(0), &disk, &mut Vec::new());
            node.process = Process::Up(Box::new(peer));
            assert!(!trial.decide(0, Decision::LeftRole { zxid: zxid(1, 1), fast_forwarded: 0, reloaded: true }));
            assert_eq!(trial.decide(0, Decision::Serving { epoch: Epoch(1) }), wrong);
        }
    }
}
