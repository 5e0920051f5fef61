//! Leadership: over all time at most one server becomes the established leader of an epoch.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, Epoch};

/// Who established which epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct OneLeader {
    by_epoch: BTreeMap<Epoch, NodeId>,
}

impl Monitor for OneLeader {
    const PROPERTY: Property = Property {
        name: "one-leader-per-epoch",
        says: "over all time at most one server becomes the established leader of an epoch",
        source: "protocol reference §10.1, Leadership1 and Leadership2 (Zab.tla); P-ONE",
        test: "sim/src/check/one_leader.rs::speaks_when_a_second_server_establishes_an_epoch",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let Decision::EpochEstablished { epoch, .. } = decision else { return None };
        let first = *self.by_epoch.entry(*epoch).or_insert(node);
        (first != node).then(|| {
            let (old, new) = (view.name(first), view.name(node));
            let what = format!("{new} establishes epoch {epoch}, which {old} had established");
            view.broken(&Self::PROPERTY, &[first, node], &[], what)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::Trial;
    use zablab_protocol::{Decision, Epoch, Zxid};

    #[test]
    fn speaks_when_a_second_server_establishes_an_epoch() {
        let mut trial = Trial::new("one-leader-per-epoch");
        let established = |epoch| Decision::EpochEstablished { epoch: Epoch(epoch), history_to: Zxid::ZERO };
        assert!(!trial.decide(0, established(1)));
        assert!(!trial.decide(0, established(1)), "its own");
        assert!(!trial.decide(1, established(2)));
        assert!(trial.decide(1, established(1)));
    }
}
