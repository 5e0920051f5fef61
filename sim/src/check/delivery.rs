//! What each server delivered last.

use super::per_server::PerServer;
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, SyncMode, Zxid};

/// The last zxid each server delivered, since its memory was last set from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LastDelivered(PerServer<Option<Zxid>>);

impl LastDelivered {
    /// Takes in a decision. Of a delivery behind another: that one's zxid, and its own.
    pub(super) fn decided(&mut self, node: NodeId, decision: &Decision) -> Option<(Zxid, Zxid)> {
        match decision {
            Decision::Booted { .. } | Decision::LeftRole { .. } => *self.0.of(node) = None,
            Decision::Synced { mode: SyncMode::Snap, zxid, .. } => *self.0.of(node) = Some(*zxid),
            Decision::Synced { mode: SyncMode::Trunc, .. } => *self.0.of(node) = None,
            Decision::Applied { zxid, .. } => return Some((self.0.of(node).replace(*zxid)?, *zxid)),
            _ => {}
        }
        None
    }
}
