//! What leaders have proposed and not committed, and since when.

use crate::ensemble::{Effect, NodeId};
use crate::liveness::Proposed;
use std::collections::{BTreeMap, VecDeque};
use zablab_protocol::{Decision, Zxid};

/// Each leader's proposals that are under way, in order, with the time of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Proposals {
    by_leader: BTreeMap<NodeId, VecDeque<(Zxid, u64)>>,
}

impl Proposals {
    /// One action was applied.
    pub(super) fn observe(&mut self, now: u64, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Decided { node, decision: Decision::Proposed { zxid, .. } } => {
                    self.by_leader.entry(*node).or_default().push_back((*zxid, now));
                }
                Effect::Decided { node, decision: Decision::Committed { zxid, .. } } => {
                    if let Some(proposed) = self.by_leader.get_mut(node) {
                        proposed.retain(|(other, _)| other != zxid);
                    }
                }
                Effect::Decided { node, decision: Decision::GaveUp { .. } } | Effect::Down(node, _) => {
                    self.by_leader.remove(node);
                }
                _ => {}
            }
        }
    }

    /// The oldest of each.
    pub(super) fn oldest(&self) -> Vec<Proposed> {
        let first = |(leader, proposed): (&NodeId, &VecDeque<(Zxid, u64)>)| {
            let (zxid, since) = *proposed.front()?;
            Some(Proposed { leader: *leader, zxid, since })
        };
        self.by_leader.iter().filter_map(first).collect()
    }
}
