//! Global primary order: transactions of a later epoch are delivered after those of every earlier one; a server's zxids
//! only rise.

use super::delivery::LastDelivered;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::Decision;

/// What each server delivered last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct GlobalOrder {
    last: LastDelivered,
}

impl Monitor for GlobalOrder {
    const PROPERTY: Property = Property {
        name: "global-primary-order",
        says: "a server delivers zxids in strictly rising order",
        source: "protocol reference §10.1, GlobalPrimaryOrder (Zab.tla)",
        test: "sim/src/check/global_order.rs::speaks_at_a_step_back",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let (last, zxid) = self.last.decided(node, decision)?;
        (zxid <= last).then(|| {
            let what = format!("{} delivers {zxid} after {last}", view.name(node));
            view.broken(&Self::PROPERTY, &[node], &[last, zxid], what)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, applied, txn};

    #[test]
    fn speaks_at_a_step_back() {
        for (then, wrong) in [((2, 2), false), ((2, 1), true), ((3, 1), false), ((1, 9), true)] {
            let mut trial = Trial::new("global-primary-order");
            assert!(!trial.decide(0, applied(&[&txn(2, 1)])));
            assert_eq!(trial.decide(0, applied(&[&txn(then.0, then.1)])), wrong, "{then:?} after (2, 1)");
        }
    }
}
