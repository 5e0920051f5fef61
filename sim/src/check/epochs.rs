//! Epochs on disk: acceptedEpoch and currentEpoch never fall, and currentEpoch never exceeds acceptedEpoch.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{DiskOp, Epoch, Zxid};

/// The epochs each server has written so far: accepted and current.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Epochs {
    written: PerServer<[Option<Epoch>; 2]>,
}

impl Monitor for Epochs {
    const PROPERTY: Property = Property {
        name: "epochs-rise",
        says: "acceptedEpoch and currentEpoch never fall, and currentEpoch never exceeds acceptedEpoch",
        source: "protocol reference §10.1, epoch monotonicity; §1, the invariant on disk",
        test: "sim/src/check/epochs.rs::speaks_when_an_epoch_falls",
    };

    fn disk_lost(&mut self, _: &View<'_>, node: NodeId, _: Option<Zxid>) -> Option<Violation> {
        self.written.forget(node);
        None
    }

    fn wrote(&mut self, view: &View<'_>, node: NodeId, op: &DiskOp) -> Option<Violation> {
        let (epoch, file) = match op {
            DiskOp::AcceptedEpoch { epoch } => (*epoch, 0),
            DiskOp::CurrentEpoch { epoch } => (*epoch, 1),
            _ => return None,
        };
        let name = view.name(node);
        let before = self.written.of(node)[file].replace(epoch);
        if let Some(before) = before.filter(|before| *before > epoch) {
            let what = format!("{name} writes {} {epoch} after {before}", op.file());
            return Some(view.broken(&Self::PROPERTY, &[node], &[], what));
        }
        let files = view.node(node).disk.storage();
        match (files.current_epoch, files.accepted_epoch) {
            (Some(current), Some(accepted)) if current > accepted => {
                let what = format!("{name} has currentEpoch {current} above acceptedEpoch {accepted}");
                Some(view.broken(&Self::PROPERTY, &[node], &[], what))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::Trial;
    use zablab_protocol::{DiskOp, Epoch};

    #[test]
    fn speaks_when_an_epoch_falls() {
        let mut trial = Trial::new("epochs-rise");
        let wrote = |epoch| DiskOp::AcceptedEpoch { epoch: Epoch(epoch) };
        assert!(!trial.write(0, wrote(2)));
        assert!(!trial.write(1, wrote(1)));
        assert!(trial.write(0, wrote(1)));
    }

    #[test]
    fn speaks_when_current_epoch_overtakes_accepted_epoch() {
        let mut trial = Trial::new("epochs-rise");
        assert!(!trial.write(0, DiskOp::AcceptedEpoch { epoch: Epoch(1) }));
        assert!(trial.write(0, DiskOp::CurrentEpoch { epoch: Epoch(2) }));
    }
}
