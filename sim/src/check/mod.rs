//! Properties that every run must keep, watched after every action. Each file names its source; none of them acts.

mod commit_rule;
mod epochs;
mod one_leader;
mod prefix;
mod property;
mod zxid_order;

#[cfg(test)]
mod test_support;

pub use property::Property;

use crate::ensemble::{Action, Effect, Ensemble, NodeId};
use crate::schedule::Moment;
use serde::Serialize;

/// A property was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Its name.
    pub property: &'static str,
    /// Virtual nanoseconds.
    pub at: u64,
    /// The step.
    pub step: u64,
    /// The servers that clash.
    pub servers: Vec<String>,
    /// What clashed, in one sentence.
    pub what: String,
}

/// What a monitor sees of one action.
pub struct Seen<'a> {
    /// When.
    pub moment: Moment,
    /// The action.
    pub action: &'a Action,
    /// Its effects.
    pub effects: &'a [Effect],
    /// The ensemble after it.
    pub ensemble: &'a Ensemble,
}

impl Seen<'_> {
    fn violation(&self, property: &'static str, servers: &[NodeId], what: String) -> Violation {
        let servers = servers.iter().map(|id| self.ensemble.node(*id).name.to_string()).collect();
        Violation { property, at: self.moment.at, step: self.moment.step, servers, what }
    }

    fn name(&self, id: NodeId) -> &str {
        &self.ensemble.node(id).name
    }
}

/// All monitors of a run.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    one_leader: one_leader::OneLeader,
    prefix: prefix::Prefix,
    zxid_order: zxid_order::ZxidOrder,
    epochs: epochs::Epochs,
}

impl Checks {
    /// The properties with their sources.
    pub const PROPERTIES: &'static [(&'static str, &'static str)] = &[
        (one_leader::NAME, one_leader::SOURCE),
        (prefix::NAME, prefix::SOURCE),
        (zxid_order::NAME, zxid_order::SOURCE),
        (epochs::NAME, epochs::SOURCE),
        (commit_rule::NAME, commit_rule::SOURCE),
    ];

    /// Watches one action.
    pub fn observe(&mut self, seen: &Seen<'_>, found: &mut Vec<Violation>) {
        for effect in seen.effects {
            match effect {
                Effect::Decided { node, decision } => {
                    found.extend(self.one_leader.decided(seen, *node, decision));
                    found.extend(self.prefix.decided(seen, *node, decision));
                    found.extend(self.zxid_order.decided(seen, *node, decision));
                    found.extend(commit_rule::decided(seen, *node, decision));
                }
                Effect::DiskWrote { node, op } => found.extend(self.epochs.wrote(seen, *node, op)),
                _ => {}
            }
        }
    }
}
