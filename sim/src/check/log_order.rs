//! Log order: a log's zxids rise, by one inside an epoch, and each later epoch begins with counter 1.

use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::sync::Arc;
use zablab_protocol::Txn;

/// Remembers nothing beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LogOrder;

impl Monitor for LogOrder {
    const PROPERTY: Property = Property {
        name: "log-order",
        says: "the zxids of a log rise, without a hole inside an epoch",
        source: "protocol reference §10.1, log order",
        test: "sim/src/check/log_order.rs::speaks_at_a_hole_and_at_a_step_back",
    };

    fn appended(&mut self, view: &View<'_>, node: NodeId, txn: &Arc<Txn>) -> Option<Violation> {
        let (last, zxid) = (view.ledger.tail(node).point.0, txn.zxid);
        // The hook of §9 begins an epoch at another counter.
        let hook = view.node(node).config.settings.initial_counter.is_some();
        let first = zxid.epoch() > last.epoch() || last.is_new_epoch();
        if zxid > last && (zxid.follows(last) || hook && first) {
            return None;
        }
        let what = format!("{} logs {zxid} behind {last}", view.name(node));
        Some(view.broken(&Self::PROPERTY, &[node], &[last, zxid], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, txn};

    #[test]
    fn speaks_at_a_hole_and_at_a_step_back() {
        for (then, wrong) in
            [((1, 2), false), ((3, 1), false), ((1, 3), true), ((1, 1), true), ((2, 2), true), ((0, 7), true)]
        {
            let mut trial = Trial::new("log-order");
            assert!(!trial.append(0, &txn(1, 1)));
            assert_eq!(trial.append(0, &txn(then.0, then.1)), wrong, "{then:?} behind (1, 1)");
        }
    }
}
