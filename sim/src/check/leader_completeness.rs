//! Leader completeness: what an epoch begins with holds everything committed in the epochs before it, that is, what
//! clients were told or could read.

use super::ledger::NOTHING;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Zxid};

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LeaderCompleteness;

impl Monitor for LeaderCompleteness {
    const PROPERTY: Property = Property {
        name: "leader-completeness",
        says: "a leader that has its supporters holds everything committed in earlier epochs",
        source: "protocol reference §10.1, leader completeness; P-DUR",
        test: "sim/src/check/leader_completeness.rs::speaks_when_a_leader_lacks_what_was_committed",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let (history, last) = match decision {
            Decision::Supporters { zxid, .. } => {
                let base = view.ledger.course(zxid.epoch(), node)?.base;
                (base, view.ledger.last_before(zxid.epoch()))
            }
            // Its log is all there is of it.
            Decision::Standalone { .. } => (view.ledger.tail(node).point, view.ledger.last()),
            _ => return None,
        };
        if last == NOTHING || view.ledger.extends(history, last) {
            return None;
        }
        let (name, zxid): (_, Zxid) = (view.name(node), last.0);
        let what = format!("{name} leads with a history that lacks what was committed up to {zxid}");
        Some(view.broken(&Self::PROPERTY, &[node], &[zxid, history.0], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, committed, end_of, supporters, txn};
    use zablab_protocol::Zxid;

    #[test]
    fn speaks_when_a_leader_lacks_what_was_committed() {
        let (a, b) = (txn(1, 1), txn(1, 2));
        for (held, wrong) in [(vec![], true), (vec![&a], true), (vec![&a, &b], false)] {
            let mut trial = Trial::new("leader-completeness");
            trial.course(1, 0, (Zxid::ZERO, 0), &[&a, &b]);
            trial.decide(0, committed(&a));
            trial.decide(0, committed(&b));
            trial.course(2, 1, end_of(&held), &[]);
            assert_eq!(trial.decide(1, supporters(2)), wrong, "{} of two", held.len());
        }
    }
}
