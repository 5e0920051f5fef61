//! Leadership: over all time at most one server becomes the established leader of an epoch.

use super::{Seen, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, Epoch};

pub(super) const NAME: &str = "one-leader-per-epoch";
pub(super) const SOURCE: &str =
    "protocol reference §10.1, Leadership1 and 2 (Zab.tla); P-ONE of the bug catalogue";

/// Who established which epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct OneLeader {
    by_epoch: BTreeMap<Epoch, NodeId>,
}

impl OneLeader {
    pub(super) fn decided(
        &mut self,
        seen: &Seen<'_>,
        node: NodeId,
        decision: &Decision,
    ) -> Option<Violation> {
        let Decision::EpochEstablished { epoch, .. } = decision else { return None };
        let first = *self.by_epoch.entry(*epoch).or_insert(node);
        (first != node).then(|| {
            let (old, new) = (seen.name(first), seen.name(node));
            seen.violation(
                NAME,
                &[first, node],
                format!("{new} establishes epoch {epoch}, which {old} had established"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::test_support::Scene;
    use zablab_protocol::Zxid;

    #[test]
    fn speaks_when_a_second_server_establishes_an_epoch() {
        let scene = Scene::new();
        let mut monitor = OneLeader::default();
        let established = |epoch| Decision::EpochEstablished { epoch: Epoch(epoch), history_to: Zxid::ZERO };
        assert_eq!(monitor.decided(&scene.seen(), NodeId(0), &established(1)), None);
        assert_eq!(monitor.decided(&scene.seen(), NodeId(1), &established(2)), None);
        let violation = monitor.decided(&scene.seen(), NodeId(1), &established(1)).unwrap();
        assert_eq!(violation.servers, ["zk1", "zk2"]);
    }
}
