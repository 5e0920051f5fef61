//! Local primary order: what one leader proposed in one epoch is delivered in that order, without a hole.

use super::delivery::LastDelivered;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::Decision;

/// What each server delivered last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LocalOrder {
    last: LastDelivered,
}

impl Monitor for LocalOrder {
    const PROPERTY: Property = Property {
        name: "local-primary-order",
        says: "what a leader proposed in an epoch is delivered in that order, without a hole",
        source: "protocol reference §10.1, LocalPrimaryOrder (Zab.tla, over all pairs)",
        test: "sim/src/check/local_order.rs::speaks_at_a_hole",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let (last, zxid) = self.last.decided(node, decision)?;
        let in_order = if last.epoch() == zxid.epoch() && !last.is_new_epoch() {
            zxid == last.next()
        } else {
            let courses = view.ledger.courses_of(zxid.epoch());
            zxid.counter() == 1 || courses.iter().any(|course| course.first() == Some(zxid))
        };
        (!in_order).then(|| {
            let what = format!("{} delivers {zxid} after {last}: a hole", view.name(node));
            view.broken(&Self::PROPERTY, &[node], &[last, zxid], what)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, txn};

    #[test]
    fn speaks_at_a_hole() {
        for (then, wrong) in [((1, 2), false), ((2, 1), false), ((1, 3), true), ((2, 2), true)] {
            let mut trial = Trial::new("local-primary-order");
            assert!(!trial.decide(0, applied(&[&txn(1, 1)])));
            assert_eq!(trial.decide(0, applied(&[&txn(then.0, then.1)])), wrong, "{then:?} after (1, 1)");
        }
    }
}
