//! A small ensemble on which the monitors' own tests put one property to the test.

use super::ledger::Point;
use super::{Checks, Seen, Violation};
use crate::ensemble::{Action, Effect, Ensemble, NodeId};
use crate::schedule::{Moment, Pace, Timed};
use std::sync::Arc;
use zablab_protocol::{
    Change, Config, Decision, DiskOp, Epoch, ErrorCode, Millis, Origin, PeerType, QuorumVerifier, Settings,
    Sid, Txn, Writer, Zxid,
};

/// Servers and the monitor of one property.
pub(super) struct Trial {
    pub(super) ensemble: Ensemble,
    pub(super) checks: Checks,
}

impl Trial {
    /// Three servers that have never run.
    pub(super) fn new(property: &str) -> Trial {
        Trial::of(3, property)
    }

    /// So many servers that have never run.
    pub(super) fn of(servers: i64, property: &str) -> Trial {
        let members = (1..=servers).map(|sid| (Sid(sid), PeerType::Participant));
        let verifier = Arc::new(QuorumVerifier::majority(members).unwrap());
        let server = |sid: i64| {
            let config = Config { sid: Sid(sid), verifier: verifier.clone(), settings: Settings::default() };
            (Arc::from(format!("zk{sid}")), Arc::new(config), false)
        };
        assert!(Checks::PROPERTIES.iter().any(|known| known.name == property));
        let checks = Checks::only(|name| name == property);
        Trial { ensemble: Ensemble::new((1..=servers).map(server), Vec::new()), checks }
    }

    /// Two of them have elected the second, and both serve; server 0 is the follower.
    pub(super) fn serving(property: &str) -> Trial {
        let mut trial = Trial::new(property);
        let mut timed = Timed::new(trial.ensemble, 0, vec![Pace::default(); 3]);
        for id in [NodeId(0), NodeId(1)] {
            timed.perform(&Action::Start(id), 0);
        }
        for _ in 0..10_000 {
            if let Some((action, cause)) = timed.take_next() {
                timed.perform(&action, cause);
            }
            if timed.ensemble.node(NodeId(0)).status().is_some_and(|status| status.serving) {
                trial.ensemble = timed.ensemble;
                return trial;
            }
        }
        panic!("nobody serves");
    }

    /// An action with its effects; what the monitor says of them.
    pub(super) fn act(&mut self, action: &Action, effects: &[Effect]) -> Vec<Violation> {
        let seen = Seen { moment: Moment::default(), action, effects, ensemble: &self.ensemble };
        let mut found = Vec::new();
        self.checks.observe(&seen, &mut found);
        found
    }

    pub(super) fn effect(&mut self, effect: Effect) -> bool {
        !self.act(&Action::ReleaseAll, &[effect]).is_empty()
    }

    /// Whether the monitor speaks at a decision.
    pub(super) fn decide(&mut self, node: u16, decision: Decision) -> bool {
        self.effect(Effect::Decided { node: NodeId(node), decision })
    }

    /// An epoch with its leader, its initial history and its proposals.
    pub(super) fn course(&mut self, epoch: i64, leader: u16, base: Point, txns: &[&Arc<Txn>]) {
        self.checks.ledger.lead(epoch, leader, base, txns);
    }

    /// A write to disk that is done at once; whether the monitor speaks at it.
    pub(super) fn write(&mut self, node: u16, op: DiskOp) -> bool {
        let disk = &mut self.ensemble.nodes[usize::from(node)].disk;
        if disk.begin(Writer::Main, op.clone()) {
            disk.complete(Writer::Main);
            return self.effect(Effect::DiskWrote { node: NodeId(node), op });
        }
        self.effect(Effect::DiskBegan { node: NodeId(node), writer: Writer::Main })
    }

    pub(super) fn append(&mut self, node: u16, txn: &Arc<Txn>) -> bool {
        self.write(node, DiskOp::Append { txn: txn.clone() })
    }

    /// Records that are synced.
    pub(super) fn log(&mut self, node: u16, txns: &[&Arc<Txn>]) -> bool {
        let spoke = txns.iter().any(|txn| self.append(node, txn));
        spoke | self.write(node, DiskOp::Sync)
    }
}

pub(super) fn zxid(epoch: i64, counter: u32) -> Zxid {
    Zxid::new(Epoch(epoch), counter)
}

pub(super) fn txn(epoch: i64, counter: u32) -> Arc<Txn> {
    other_txn(epoch, counter, ErrorCode::NoNode)
}

/// Another one of the same zxid.
pub(super) fn other_txn(epoch: i64, counter: u32, code: ErrorCode) -> Arc<Txn> {
    Arc::new(Txn::new(zxid(epoch, counter), Origin::default(), Millis(0), Change::Error { code }))
}

/// Where a history ends that begins with nothing.
pub(super) fn end_of(txns: &[&Arc<Txn>]) -> Point {
    let start = (Zxid::ZERO, 0);
    txns.iter()
        .fold(start, |(_, history), txn| (txn.zxid, zablab_protocol::extend_history(history, txn.digest)))
}

pub(super) fn proposed(txn: &Txn) -> Decision {
    Decision::Proposed { zxid: txn.zxid, origin: txn.origin, digest: txn.digest }
}

pub(super) fn committed(txn: &Txn) -> Decision {
    Decision::Committed { zxid: txn.zxid, digest: txn.digest }
}

/// The last of these is applied, on the others.
pub(super) fn applied(txns: &[&Arc<Txn>]) -> Decision {
    let (zxid, history) = end_of(txns);
    Decision::Applied { zxid, history, tree: Some(0), txn: txns[txns.len() - 1].clone() }
}

pub(super) fn supporters(epoch: i64) -> Decision {
    Decision::Supporters { sids: Vec::new(), zxid: zxid(epoch, 0) }
}
