//! Servers that take part in one epoch have logs of which one begins the other: whatever a server logs stands where its
//! leader proposed it, and who acknowledges NEWLEADER has nothing that the epoch did not begin with.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::sync::Arc;
use zablab_protocol::{Decision, Txn, extend_history};

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LogOnCourse;

impl Monitor for LogOnCourse {
    const PROPERTY: Property = Property {
        name: "logs-agree",
        says: "servers that take part in one epoch have logs of which one begins the other",
        source: "P-HIST, I-10 of EuroSys'25",
        test: "sim/src/check/log_on_course.rs::speaks_when_a_record_stands_on_another_history",
    };

    fn appended(&mut self, view: &View<'_>, node: NodeId, txn: &Arc<Txn>) -> Option<Violation> {
        let before = view.ledger.tail(node).point;
        let point = (txn.zxid, extend_history(before.1, txn.digest));
        if view.ledger.knows(point) {
            return None;
        }
        let what = format!(
            "{} logs {} behind {}, and nobody proposed it on that history",
            view.name(node),
            txn.zxid,
            before.0
        );
        Some(view.broken(&Self::PROPERTY, &[node], &[before.0, txn.zxid], what))
    }

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::NewLeaderAcked { epoch } = decision else { return None };
        // An observer logs what it is told is committed, later; its acknowledgement does not count.
        if !view.node(node).config.is_participant() {
            return None;
        }
        let tail = view.ledger.tail(node).point;
        let courses = view.ledger.courses_of(*epoch);
        let begins = |base| view.ledger.extends(base, tail);
        let goes_on = |base| tail.0.epoch() == *epoch && view.ledger.extends(tail, base);
        if courses.is_empty() || courses.iter().any(|course| begins(course.base) || goes_on(course.base)) {
            return None;
        }
        let what = format!(
            "{} acknowledges NEWLEADER of epoch {epoch} with a log up to {}, and the epoch began with another history",
            view.name(node),
            tail.0
        );
        Some(view.broken(&Self::PROPERTY, &[node], &[tail.0], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, end_of, other_txn, txn};
    use zablab_protocol::{Decision, Epoch, ErrorCode, Zxid};

    #[test]
    fn speaks_when_a_record_stands_on_another_history() {
        let (a, b, other) = (txn(1, 1), txn(1, 2), other_txn(1, 1, ErrorCode::BadVersion));
        for (first, then, wrong) in [(&a, &b, false), (&other, &b, true), (&a, &txn(1, 3), true)] {
            let mut trial = Trial::new("logs-agree");
            trial.course(1, 0, (Zxid::ZERO, 0), &[&a, &b]);
            trial.append(1, first);
            assert_eq!(trial.append(1, then), wrong);
        }
    }

    #[test]
    fn speaks_when_newleader_is_acknowledged_with_more_than_the_initial_history() {
        let (a, b, c, d) = (txn(1, 1), txn(1, 2), txn(2, 1), txn(1, 3));
        let acked = Decision::NewLeaderAcked { epoch: Epoch(2) };
        for (log, wrong) in [
            (vec![], false),
            (vec![&a], false),
            (vec![&a, &b], false),
            (vec![&a, &b, &c], false),
            (vec![&a, &b, &d], true),
        ] {
            let mut trial = Trial::new("logs-agree");
            trial.course(1, 0, (Zxid::ZERO, 0), &[&a, &b, &d]);
            trial.course(2, 0, end_of(&[&a, &b]), &[&c]);
            trial.log(1, &log);
            assert_eq!(trial.decide(1, acked.clone()), wrong, "{} records", log.len());
        }
    }
}
