//! A follower that its leader counts as up to date has applied what its synchronization brought.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Packet, Zxid};

/// How far the last synchronization of each server reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct UpToDateApplied {
    synced_to: PerServer<Option<Zxid>>,
}

impl UpToDateApplied {
    /// Whether a follower's ACK of UPTODATE has come to its leader.
    fn is_counted(view: &View<'_>, node: NodeId) -> bool {
        let net = &view.seen.ensemble.net;
        let Some(status) = view.status(node).filter(|status| status.serving) else { return false };
        let Some(link) = status.quorum_link else { return false };
        let Some((_, leader)) = net.other_end(link, node) else { return false };
        let ack = Packet::Ack { zxid: Zxid::new_epoch(status.accepted_epoch) };
        let on_its_way = (0..).map_while(|at| net.packet(link, leader, at)).any(|packet| *packet == ack);
        net.is_open(link, node) && net.is_open(link, leader) && !on_its_way
    }
}

impl Monitor for UpToDateApplied {
    const PROPERTY: Property = Property {
        name: "uptodate-is-applied",
        says: "a follower that its leader counts as up to date has applied what its synchronization brought",
        source: "protocol reference §6.4, UPTODATE; ZOOKEEPER-3023",
        test: "sim/src/check/uptodate_applied.rs::speaks_when_the_leader_counts_a_follower_that_lags",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Synced { zxid, .. } => *self.synced_to.of(node) = Some(*zxid),
            // An observer applies later; its leader does not count it.
            Decision::Applied { zxid, .. } if view.node(node).config.is_participant() => {
                let due = self.synced_to.get(node).copied().flatten();
                if due.is_some_and(|due| *zxid <= due) && Self::is_counted(view, node) {
                    let name = view.name(node);
                    let what = format!("{name} applies {zxid} of its synchronization after its leader was told that it is up to date");
                    return Some(view.broken(&Self::PROPERTY, &[node], &[*zxid], what));
                }
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, txn};
    use crate::ensemble::NodeId;
    use zablab_protocol::{Decision, Packet, Sid, SyncMode, Zxid};

    #[test]
    fn speaks_when_the_leader_counts_a_follower_that_lags() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        for (last, on_its_way, wrong) in [(&a, false, true), (&b, false, false), (&a, true, false)] {
            let mut trial = Trial::serving("uptodate-is-applied");
            let status = trial.ensemble.node(NodeId(0)).status().unwrap();
            let link = status.quorum_link.unwrap();
            let ack = Packet::Ack { zxid: Zxid::new_epoch(status.accepted_epoch) };
            let (_, leader) = trial.ensemble.net.other_end(link, NodeId(0)).unwrap();
            while trial.ensemble.net.pop(link, leader).is_some() {}
            if on_its_way {
                trial.ensemble.send(NodeId(0), link, ack, &mut Vec::new());
            }
            let synced = Decision::Synced { mode: SyncMode::Diff, zxid: a.zxid, leader: Sid(2) };
            assert!(!trial.decide(0, synced));
            assert_eq!(trial.decide(0, applied(&[last])), wrong, "{}, {on_its_way}", last.zxid);
        }
    }
}
