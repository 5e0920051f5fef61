//! Zxid order: a server delivers zxids in strictly rising order, without a hole inside an epoch.

use super::{Seen, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, SyncMode, Zxid};

pub(super) const NAME: &str = "zxid-order";
pub(super) const SOURCE: &str =
    "protocol reference §10.1, GlobalPrimaryOrder and LocalPrimaryOrder (Zab.tla)";

/// The last zxid each server delivered, since its memory was last set from elsewhere.
#[derive(Clone, Debug, Default)]
pub(super) struct ZxidOrder {
    last: BTreeMap<NodeId, Zxid>,
}

impl ZxidOrder {
    pub(super) fn decided(
        &mut self,
        seen: &Seen<'_>,
        node: NodeId,
        decision: &Decision,
    ) -> Option<Violation> {
        match decision {
            Decision::Booted { .. } | Decision::LeftRole { .. } => {
                self.last.remove(&node);
            }
            Decision::Synced { mode: SyncMode::Snap, zxid, .. } => {
                self.last.insert(node, *zxid);
            }
            Decision::Synced { mode: SyncMode::Trunc, .. } => {
                self.last.remove(&node);
            }
            Decision::Applied { zxid, .. } => {
                let last = self.last.insert(node, *zxid)?;
                let hook = seen.ensemble.node(node).config.settings.initial_counter.is_some();
                let first = zxid.epoch() > last.epoch() || last.is_new_epoch();
                if *zxid <= last || !(zxid.follows(last) || (hook && first)) {
                    let what = format!("{} delivers {zxid} after {last}", seen.name(node));
                    return Some(seen.violation(NAME, &[node], what));
                }
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::test_support::Scene;
    use zablab_protocol::Epoch;

    #[test]
    fn speaks_at_a_hole_and_at_a_step_back() {
        for (then, wrong) in
            [((1, 2), false), ((2, 1), false), ((1, 3), true), ((1, 1), true), ((2, 2), true)]
        {
            let scene = Scene::new();
            let mut monitor = ZxidOrder::default();
            let applied = |e, c| Decision::Applied { zxid: Zxid::new(Epoch(e), c), history: 0 };
            assert_eq!(monitor.decided(&scene.seen(), NodeId(0), &applied(1, 1)), None);
            let spoke = monitor.decided(&scene.seen(), NodeId(0), &applied(then.0, then.1)).is_some();
            assert_eq!(spoke, wrong, "{then:?} after (1, 1)");
        }
    }
}
