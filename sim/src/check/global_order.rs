//! Global primary order: transactions of a later epoch are delivered after those of every earlier one; a server's zxids
//! only rise.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, SyncMode, Zxid};

/// The last zxid each server delivered, since its memory was last set from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct GlobalOrder {
    last: PerServer<Option<Zxid>>,
}

impl Monitor for GlobalOrder {
    const PROPERTY: Property = Property {
        name: "global-primary-order",
        says: "a server delivers zxids in strictly rising order",
        source: "protocol reference §10.1, GlobalPrimaryOrder (Zab.tla)",
        test: "sim/src/check/global_order.rs::speaks_at_a_step_back",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::Booted { .. } | Decision::LeftRole { .. } => *self.last.of(node) = None,
            Decision::Synced { mode: SyncMode::Snap, zxid, .. } => *self.last.of(node) = Some(*zxid),
            Decision::Synced { mode: SyncMode::Trunc, .. } => *self.last.of(node) = None,
            Decision::Applied { zxid, .. } => {
                let last = self.last.of(node).replace(*zxid)?;
                if *zxid <= last {
                    let what = format!("{} delivers {zxid} after {last}", view.name(node));
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
    fn speaks_at_a_step_back() {
        for (then, wrong) in [((2, 2), false), ((2, 1), true), ((3, 1), false), ((1, 9), true)] {
            let mut trial = Trial::new("global-primary-order");
            assert!(!trial.decide(0, applied(&[&txn(2, 1)])));
            assert_eq!(trial.decide(0, applied(&[&txn(then.0, then.1)])), wrong, "{then:?} after (2, 1)");
        }
    }
}
