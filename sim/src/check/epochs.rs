//! Epochs on disk: acceptedEpoch and currentEpoch never fall, and currentEpoch never exceeds acceptedEpoch.

use super::{Seen, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{DiskOp, Epoch};

pub(super) const NAME: &str = "epochs-rise";
pub(super) const SOURCE: &str = "protocol reference §10.1, epoch monotonicity; §1, the invariant on disk";

/// The epochs each server has written so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Epochs {
    written: BTreeMap<(NodeId, &'static str), Epoch>,
}

impl Epochs {
    pub(super) fn wrote(&mut self, seen: &Seen<'_>, node: NodeId, op: &DiskOp) -> Option<Violation> {
        let (DiskOp::AcceptedEpoch { epoch } | DiskOp::CurrentEpoch { epoch }) = op else { return None };
        let before = self.written.insert((node, op.file()), *epoch);
        if let Some(before) = before.filter(|before| before > epoch) {
            let what = format!("{} writes {} {epoch} after {before}", seen.name(node), op.file());
            return Some(seen.violation(NAME, &[node], what));
        }
        let files = seen.ensemble.node(node).disk.storage();
        match (files.current_epoch, files.accepted_epoch) {
            (Some(current), Some(accepted)) if current > accepted => {
                let what =
                    format!("{} has currentEpoch {current} above acceptedEpoch {accepted}", seen.name(node));
                Some(seen.violation(NAME, &[node], what))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::test_support::Scene;
    use zablab_protocol::Writer;

    #[test]
    fn speaks_when_an_epoch_falls() {
        let scene = Scene::new();
        let mut monitor = Epochs::default();
        let wrote = |epoch| DiskOp::AcceptedEpoch { epoch: Epoch(epoch) };
        assert_eq!(monitor.wrote(&scene.seen(), NodeId(0), &wrote(2)), None);
        assert_eq!(monitor.wrote(&scene.seen(), NodeId(1), &wrote(1)), None);
        assert!(monitor.wrote(&scene.seen(), NodeId(0), &wrote(1)).is_some());
    }

    #[test]
    fn speaks_when_current_epoch_overtakes_accepted_epoch() {
        let mut scene = Scene::new();
        let mut monitor = Epochs::default();
        for op in [DiskOp::AcceptedEpoch { epoch: Epoch(1) }, DiskOp::CurrentEpoch { epoch: Epoch(2) }] {
            let disk = &mut scene.ensemble.nodes[0].disk;
            disk.begin(Writer::Main, op.clone());
            disk.complete(Writer::Main);
            let spoke = monitor.wrote(&scene.seen(), NodeId(0), &op).is_some();
            assert_eq!(spoke, matches!(op, DiskOp::CurrentEpoch { .. }));
        }
    }
}
