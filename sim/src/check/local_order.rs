//! Local primary order: what one leader proposed in one epoch is delivered in that order, without a hole.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, SyncMode, Zxid};

/// The last zxid each server delivered, since its memory was last set from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LocalOrder {
    last: PerServer<Option<Zxid>>,
}

impl Monitor for LocalOrder {
    const PROPERTY: Property = Property {
        name: "local-primary-order",
        says: "what a leader proposed in an epoch is delivered in that order, without a hole",
        source: "protocol reference §10.1, LocalPrimaryOrder (Zab.tla, over all pairs)",
        test: "sim/src/check/local_order.rs::speaks_at_a_hole",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Booted { .. } | Decision::LeftRole { .. } => *self.last.of(node) = None,
            Decision::Synced { mode: SyncMode::Snap, zxid, .. } => *self.last.of(node) = Some(*zxid),
            Decision::Synced { mode: SyncMode::Trunc, .. } => *self.last.of(node) = None,
            Decision::Applied { zxid, .. } => {
                let last = self.last.of(node).replace(*zxid)?;
                let in_order = if last.epoch() == zxid.epoch() && !last.is_new_epoch() {
                    *zxid == last.next()
                } else {
                    let courses = view.ledger.courses_of(zxid.epoch());
                    zxid.counter() == 1 || courses.iter().any(|course| course.first() == Some(*zxid))
                };
                if !in_order {
                    let what = format!("{} delivers {zxid} after {last}: a hole", view.name(node));
                    return Some(view.broken(&Self::PROPERTY, &[node], &[last, *zxid], what));
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

    #[test]
    fn speaks_at_a_hole() {
        for (then, wrong) in [((1, 2), false), ((2, 1), false), ((1, 3), true), ((2, 2), true)] {
            let mut trial = Trial::new("local-primary-order");
            assert!(!trial.decide(0, applied(&[&txn(1, 1)])));
            assert_eq!(trial.decide(0, applied(&[&txn(then.0, then.1)])), wrong, "{then:?} after (1, 1)");
        }
    }
}
