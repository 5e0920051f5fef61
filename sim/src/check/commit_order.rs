//! A leader commits in the order in which it proposed, and leaves none out.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Zxid};

/// The last transaction that each leader has committed in its present role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CommitOrder {
    last: PerServer<Option<Zxid>>,
}

impl Monitor for CommitOrder {
    const PROPERTY: Property = Property {
        name: "commits-in-order",
        says: "a leader commits in the order in which it proposed, and leaves none out",
        source: "protocol reference §10.1, commit rule (after z-1); §7.2 (Leader.tryToCommit)",
        test: "sim/src/check/commit_order.rs::speaks_when_one_is_left_out",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Booted { .. } | Decision::LeftRole { .. } => *self.last.of(node) = None,
            Decision::Committed { zxid, .. } => {
                let last = self.last.of(node).replace(*zxid);
                let first = view.ledger.course(zxid.epoch(), node).and_then(|course| course.first());
                // Alone it goes on in an epoch that it began in an earlier life.
                let goes_on = || last.is_none() && view.status(node).is_some_and(|status| status.standalone);
                let in_order = match last {
                    Some(last) if last.epoch() == zxid.epoch() => *zxid == last.next(),
                    last => first.is_none_or(|first| first == *zxid) && last.is_none_or(|last| last < *zxid),
                };
                if !in_order && !goes_on() {
                    let name = view.name(node);
                    let behind = last.map_or("before any other".to_owned(), |last| format!("after {last}"));
                    let what = format!("{name} commits {zxid} {behind}, and leaves some of its proposals out");
                    let zxids: Vec<Zxid> = last.into_iter().chain([*zxid]).collect();
                    return Some(view.broken(&Self::PROPERTY, &[node], &zxids, what));
                }
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, committed, txn};
    use zablab_protocol::Zxid;

    #[test]
    fn speaks_when_one_is_left_out() {
        let all: Vec<_> = (1..=3).map(|counter| txn(1, counter)).collect();
        let all: Vec<_> = all.iter().collect();
        for (order, wrong) in [(vec![0, 1, 2], None), (vec![1], Some(0)), (vec![0, 2], Some(1)), (vec![0, 0], Some(1))] {
            let mut trial = Trial::new("commits-in-order");
            trial.course(1, 0, (Zxid::ZERO, 0), &all);
            let spoke = order.iter().position(|at| trial.decide(0, committed(all[*at])));
            assert_eq!(spoke, wrong, "{order:?}");
        }
    }
}
