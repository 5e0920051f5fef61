//! What a story tells once and then leaves out until something changes.

use std::collections::BTreeMap;
use zablab_protocol::{Decision, Sid};

/// How many notification time-outs in a row are told.
const TIMEOUTS: u32 = 3;

/// What has been told of each server.
#[derive(Clone, Debug)]
pub(crate) struct Folds<K> {
    /// Attempts that failed before: (who, whom).
    unreachable: BTreeMap<(K, Sid), u32>,
    /// Notification time-outs in a row.
    timeouts: BTreeMap<K, u32>,
}

impl<K> Default for Folds<K> {
    fn default() -> Folds<K> {
        Folds { unreachable: BTreeMap::new(), timeouts: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> Folds<K> {
    /// Whether a decision says what has been told before.
    pub(crate) fn folds(&mut self, who: K, decision: &Decision) -> bool {
        match decision {
            Decision::CannotOpenChannel { to, .. } => {
                let tries = self.unreachable.entry((who, *to)).or_default();
                *tries += 1;
                *tries > 1
            }
            Decision::NotificationTimeout { .. } => {
                let timeouts = self.timeouts.entry(who).or_default();
                *timeouts += 1;
                *timeouts > TIMEOUTS
            }
            Decision::NewElection { .. } | Decision::Elected { .. } => {
                self.timeouts.remove(&who);
                self.unreachable.retain(|(other, _), _| *other != who);
                false
            }
            Decision::ChannelOpen { with } => {
                self.unreachable.remove(&(who, *with));
                false
            }
            _ => false,
        }
    }
}
