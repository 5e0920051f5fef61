//! A server acknowledges the NEWLEADER of an epoch only if that is the newest that it has accepted, by its disk.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Decision, Epoch};

/// Remembers nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct NewLeaderEpoch;

impl Monitor for NewLeaderEpoch {
    const PROPERTY: Property = Property {
        name: "newleader-of-accepted-epoch",
        says: "a server acknowledges NEWLEADER of an epoch only if its disk has that as the newest it accepted",
        source: "protocol reference §10.1, epoch uniqueness of NEWLEADER; §6.4",
        test: "sim/src/check/newleader_epoch.rs::speaks_without_the_epoch_on_disk",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::NewLeaderAcked { epoch } = decision else { return None };
        let accepted = view.node(node).disk.storage().accepted_epoch;
        if accepted == Some(*epoch) {
            return None;
        }
        let told = |epoch: Option<Epoch>| epoch.map_or("none".to_owned(), |epoch| epoch.to_string());
        let what = format!(
            "{} acknowledges NEWLEADER of epoch {epoch} with acceptedEpoch {} on disk",
            view.name(node),
            told(accepted)
        );
        Some(view.broken(&Self::PROPERTY, &[node], &[], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::Trial;
    use zablab_protocol::{Decision, DiskOp, Epoch};

    #[test]
    fn speaks_without_the_epoch_on_disk() {
        let mut trial = Trial::new("newleader-of-accepted-epoch");
        let acked = |epoch| Decision::NewLeaderAcked { epoch: Epoch(epoch) };
        assert!(trial.decide(0, acked(1)));
        trial.write(0, DiskOp::AcceptedEpoch { epoch: Epoch(1) });
        assert!(!trial.decide(0, acked(1)));
        assert!(trial.decide(0, acked(2)));
        trial.write(0, DiskOp::AcceptedEpoch { epoch: Epoch(2) });
        assert!(trial.decide(0, acked(1)), "it has accepted a newer one");
    }
}
