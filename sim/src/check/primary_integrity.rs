//! Primary integrity: before a leader proposes, it has everything of earlier epochs that was ever delivered anywhere.

use super::ledger::Point;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, Epoch};

/// The last transaction of each epoch that a serving server has delivered, and who did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct PrimaryIntegrity {
    delivered: BTreeMap<Epoch, (NodeId, Point)>,
}

impl Monitor for PrimaryIntegrity {
    const PROPERTY: Property = Property {
        name: "primary-integrity",
        says: "a leader that proposes has everything of earlier epochs that any server ever delivers",
        source: "protocol reference §10.1, PrimaryIntegrity (Zab.tla)",
        test: "sim/src/check/primary_integrity.rs::speaks_when_a_leader_proposes_without_what_was_delivered",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let (leader, epoch, base, (who, point)) = match decision {
            Decision::Proposed { zxid, .. } => {
                let epoch = zxid.epoch();
                let course = view.ledger.course(epoch, node).filter(|course| course.first().is_none())?;
                let (_, earlier) = self.delivered.range(..epoch).next_back()?;
                (node, epoch, course.base, *earlier)
            }
            Decision::Applied { zxid, history, .. } if view.is_serving(node) => {
                let point = (*zxid, *history);
                let last = self.delivered.entry(zxid.epoch()).or_insert((node, point));
                if last.1.0 < *zxid {
                    *last = (node, point);
                }
                let later = view.ledger.courses_after(zxid.epoch()).iter();
                let mut proposing = later.filter(|course| course.first().is_some());
                let course = proposing.find(|course| !view.ledger.extends(course.base, point))?;
                (course.leader, course.epoch, course.base, (node, point))
            }
            _ => return None,
        };
        if view.ledger.extends(base, point) {
            return None;
        }
        let what = format!(
            "{} proposes in epoch {epoch} without {}, which {} has delivered",
            view.name(leader),
            point.0,
            view.name(who)
        );
        Some(view.broken(&Self::PROPERTY, &[leader, who], &[point.0, base.0], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, end_of, proposed, txn};
    use zablab_protocol::Zxid;

    #[test]
    fn speaks_when_a_leader_proposes_without_what_was_delivered() {
        let (a, b, c) = (txn(1, 1), txn(1, 2), txn(2, 1));
        for (held, wrong) in [(vec![&a], true), (vec![&a, &b], false)] {
            let mut trial = Trial::serving("primary-integrity");
            trial.course(1, 0, (Zxid::ZERO, 0), &[&a, &b]);
            assert!(!trial.decide(0, applied(&[&a, &b])));
            trial.course(2, 1, end_of(&held), &[]);
            assert_eq!(trial.decide(1, proposed(&c)), wrong, "before");

            let mut trial = Trial::serving("primary-integrity");
            trial.course(1, 0, (Zxid::ZERO, 0), &[&a, &b]);
            trial.course(2, 1, end_of(&held), &[&c]);
            assert!(!trial.decide(0, applied(&[&a])));
            assert_eq!(trial.decide(0, applied(&[&a, &b])), wrong, "later");
        }
    }
}
