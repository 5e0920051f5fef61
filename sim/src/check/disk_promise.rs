//! A disk keeps what its server promised: what it acknowledged is there when it comes back, log, snapshot and epoch files.

use super::ledger::{Ledger, Point};
use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, DiskOp, Epoch, Packet, SyncMode, Zxid};

/// What a server has acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Promise {
    /// A transaction, with the history up to it.
    point: Option<Point>,
    /// By ACKEPOCH.
    accepted: Option<Epoch>,
    /// By the ACK of a transaction of that epoch: with it in the log, and an older currentEpoch, nobody could tell that all
    /// before it is there.
    current: Option<Epoch>,
}

/// What each server has promised to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct DiskPromise {
    promised: PerServer<Promise>,
}

impl Monitor for DiskPromise {
    const PROPERTY: Property = Property {
        name: "disk-keeps-promises",
        says: "what a server acknowledged is on its disk when it comes back",
        source: "P-DISK; protocol reference §2.3, the order of durable writes",
        test: "sim/src/check/disk_promise.rs::speaks_when_what_was_acknowledged_is_gone",
    };

    fn sent(&mut self, view: &View<'_>, from: NodeId, packet: &Packet) -> Option<Violation> {
        match packet {
            Packet::Ack { zxid } if zxid.is_new_epoch() => {
                let promise = self.promised.of(from);
                if let [course] = view.ledger.courses_of(zxid.epoch()) {
                    let older = promise.point.is_none_or(|point| point.0 <= course.base.0);
                    // An observer logs later; nobody counts on it.
                    if older && view.node(from).config.is_participant() {
                        promise.point = Some(course.base);
                    }
                }
            }
            Packet::Ack { zxid } => {
                if let Some((point, _)) = view.ledger.proposal(*zxid) {
                    let promise = self.promised.of(from);
                    promise.point = Some(point);
                    promise.current = promise.current.max(Some(zxid.epoch()));
                }
            }
            Packet::AckEpoch { .. } => {
                let accepted = view.status(from).map(|status| status.accepted_epoch);
                let promise = self.promised.of(from);
                promise.accepted = promise.accepted.max(accepted);
            }
            _ => {}
        }
        None
    }

    fn decided(&mut self, _: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        // The leader's state takes the place of its own.
        if let Decision::Synced { mode: SyncMode::Snap, .. } = decision {
            self.promised.of(node).point = None;
        }
        None
    }

    fn wrote(&mut self, view: &View<'_>, node: NodeId, op: &DiskOp) -> Option<Violation> {
        // Its leader told it to forget the rest.
        if let DiskOp::Truncate { zxid } = op {
            let promise = self.promised.of(node);
            if promise.point.is_some_and(|point| point.0 > *zxid) {
                promise.point = Some(view.ledger.tail(node).point);
            }
        }
        None
    }

    /// It comes back as a new server; whether that is tolerable, others judge by what it takes from everybody.
    fn disk_lost(&mut self, _: &View<'_>, node: NodeId, _: Option<Zxid>) -> Option<Violation> {
        self.promised.forget(node);
        None
    }

    fn up(&mut self, view: &View<'_>, node: NodeId) -> Option<Violation> {
        let promise = self.promised.of(node).clone();
        let files = view.node(node).disk.storage();
        let name = view.name(node);
        let tail = view.ledger.tail(node).point;
        if let Some(point) = promise.point.filter(|point| !view.ledger.extends(tail, *point)) {
            let what = format!("{name} comes back with {}, and had acknowledged {}", tail.0, point.0);
            return Some(view.broken(&Self::PROPERTY, &[node], &[point.0, tail.0], what));
        }
        if let Some(file) = files.snapshots.last().filter(|file| !knows(view.ledger, file)) {
            let zxid = file.snapshot.zxid;
            let what = format!("{name} comes back with a snapshot at {zxid} of a history that nobody had");
            return Some(view.broken(&Self::PROPERTY, &[node], &[zxid], what));
        }
        let epochs = [
            ("acceptedEpoch", promise.accepted, files.accepted_epoch),
            ("currentEpoch", promise.current, files.current_epoch),
        ];
        let (file, promised, there) =
            epochs.into_iter().find(|(_, promised, there)| promised.is_some() && there < promised)?;
        let told = |epoch: Option<Epoch>| epoch.map_or("none".to_owned(), |epoch| epoch.to_string());
        let (there, promised) = (told(there), told(promised));
        let what = format!("{name} comes back with {file} {there}, and had acknowledged {promised}");
        Some(view.broken(&Self::PROPERTY, &[node], &[], what))
    }
}

fn knows(ledger: &Ledger, file: &zablab_protocol::SnapshotFile) -> bool {
    ledger.knows((file.snapshot.zxid, file.snapshot.history))
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, end_of, txn, zxid};
    use crate::ensemble::{Action, Effect, Loss, NodeId};
    use zablab_protocol::{DiskOp, Epoch, Packet, Zxid};

    /// Server 1 acknowledges something on its connection to server 2.
    fn acknowledge(trial: &mut Trial, packet: Packet) {
        let link = trial.ensemble.node(NodeId(0)).status().and_then(|status| status.quorum_link).unwrap();
        let mut effects = Vec::new();
        trial.ensemble.send(NodeId(0), link, packet, &mut effects);
        assert!(trial.act(&Action::ReleaseAll, &effects).is_empty());
        assert!(!effects.is_empty());
    }

    fn comes_back(trial: &mut Trial, loss: Loss) -> bool {
        let off = Action::PowerOff(NodeId(0), loss);
        trial.ensemble.apply(&off, &mut Vec::new());
        assert!(trial.act(&off, &[]).is_empty());
        trial.effect(Effect::Up(NodeId(0)))
    }

    #[test]
    fn speaks_when_what_was_acknowledged_is_gone() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        for (acknowledged, wrong) in [(None, false), (Some(&a), false), (Some(&b), true)] {
            let mut trial = Trial::serving("disk-keeps-promises");
            trial.course(1, 1, (Zxid::ZERO, 0), &[&a, &b]);
            trial.log(0, &[&a]);
            trial.append(0, &b);
            if let Some(txn) = acknowledged {
                acknowledge(&mut trial, Packet::Ack { zxid: txn.zxid });
            }
            assert_eq!(comes_back(&mut trial, Loss::Unsynced), wrong, "{acknowledged:?}");
        }
    }

    #[test]
    fn is_silent_about_what_its_leader_had_it_cut() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        let mut trial = Trial::serving("disk-keeps-promises");
        trial.course(1, 1, (Zxid::ZERO, 0), &[&a, &b]);
        trial.log(0, &[&a, &b]);
        acknowledge(&mut trial, Packet::Ack { zxid: b.zxid });
        trial.write(0, DiskOp::Truncate { zxid: zxid(1, 1) });
        trial.log(0, &[]);
        assert!(!comes_back(&mut trial, Loss::Unsynced));
    }

    #[test]
    fn speaks_when_the_initial_history_is_gone() {
        let a = txn(1, 1);
        for (logged, wrong) in [(true, false), (false, true)] {
            let mut trial = Trial::serving("disk-keeps-promises");
            trial.course(1, 1, end_of(&[&a]), &[]);
            trial.course(0, 1, (Zxid::ZERO, 0), &[]);
            if logged {
                trial.log(0, &[&a]);
            } else {
                trial.append(0, &a);
            }
            acknowledge(&mut trial, Packet::Ack { zxid: Zxid::new_epoch(Epoch(1)) });
            assert_eq!(comes_back(&mut trial, Loss::Unsynced), wrong, "logged: {logged}");
        }
    }

    #[test]
    fn speaks_when_a_transaction_of_an_epoch_is_there_and_the_epoch_is_not() {
        for (epoch, wrong) in [(1, false), (2, true)] {
            let a = txn(epoch, 1);
            let mut trial = Trial::serving("disk-keeps-promises");
            trial.course(epoch, 1, (Zxid::ZERO, 0), &[&a]);
            trial.log(0, &[&a]);
            acknowledge(&mut trial, Packet::Ack { zxid: a.zxid });
            assert_eq!(comes_back(&mut trial, Loss::Unsynced), wrong, "epoch {epoch}");
        }
    }
}
