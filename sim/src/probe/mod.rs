//! Probes: situations of the protocol that storms are meant to reach, listed before anybody reaches them. A sweep that
//! finds nothing says little until it says where it has been.
//!
//! Like monitors they only watch: each is marked from the machine's decisions, and from what a fault meets.

mod decided;
mod struck;
mod table;

pub use table::{Probe, SITUATIONS};

use crate::check::Seen;
use crate::ensemble::{Action, Effect, Ensemble, NodeId};
use zablab_protocol::Phase;

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Its probe.
    pub probe: Probe,
    /// Its name.
    pub name: &'static str,
    /// The phase of the protocol that it belongs to.
    pub phase: &'static str,
    /// What happens, in a line.
    pub says: &'static str,
}

impl Situation {
    /// Whether a profile promises to reach it within 20,000 seeds.
    pub fn promised_by(&self, profile: &str) -> bool {
        profile == "everything" && !UNPROMISED.contains(&self.probe)
    }
}

/// What no profile has reached in so many seeds, and so none promises.
const UNPROMISED: &[Probe] = &[
    Probe::CannotTruncate,
    Probe::ObserverIgnored,
    Probe::RuleWindowDiverges,
    Probe::TruncWithProposals,
    Probe::NewLeaderAckOfOtherEpoch,
    Probe::UnmatchedCommit,
    Probe::AckOfFuture,
    Probe::CommitWithoutProposal,
    Probe::PausedInTrunc,
];

/// A set of probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reached([u64; 3]);

const _: () = assert!(SITUATIONS.len() <= 3 * 64);

impl Reached {
    /// Adds one.
    pub fn insert(&mut self, probe: Probe) {
        self.0[probe as usize / 64] |= 1 << (probe as usize % 64);
    }

    /// Whether it is there.
    pub fn has(&self, probe: Probe) -> bool {
        self.0[probe as usize / 64] & 1 << (probe as usize % 64) != 0
    }

    /// Those that are there.
    pub fn iter(&self) -> impl Iterator<Item = Probe> + '_ {
        SITUATIONS.iter().map(|situation| situation.probe).filter(|probe| self.has(*probe))
    }
}

/// Marks a situation as reached.
macro_rules! probe {
    ($probes:expr, $name:ident) => {
        $probes.reached.insert($crate::probe::Probe::$name)
    };
}
use probe;

/// Watches a run.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    reached: Reached,
    /// What ended each server last.
    ended: Vec<Option<struck::Fault>>,
    before: Option<struck::Before>,
    /// Where the server that acts was on its way before.
    phase: Option<Phase>,
}

impl Probes {
    /// What was reached so far.
    pub fn reached(&self) -> Reached {
        self.reached
    }

    /// An action is about to be applied.
    pub(crate) fn before(&mut self, action: &Action, ensemble: &Ensemble) {
        self.before = None;
        self.phase = match action {
            Action::Deliver { to: node, .. } | Action::Run { node, .. } | Action::Timer { node, .. } => {
                let server = ensemble.client(*node).is_none().then(|| ensemble.node(*node));
                server.and_then(|server| server.peer()).map(|peer| peer.phase())
            }
            _ => None,
        };
        if let Action::Kill(node) | Action::PowerOff(node, _) | Action::Pause(node) = action {
            self.strike(action, *node, ensemble);
        }
    }

    /// An action was applied.
    pub(crate) fn after(&mut self, seen: &Seen<'_>) {
        self.struck(seen);
        for effect in seen.effects {
            if let Effect::Decided { node, decision } = effect {
                self.decided(seen.ensemble, *node, decision);
            }
        }
    }

    fn ended(&mut self, node: NodeId) -> &mut Option<struck::Fault> {
        if self.ended.len() <= node.index() {
            self.ended.resize(node.index() + 1, None);
        }
        &mut self.ended[node.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_situation_has_a_place_and_a_name_of_its_own() {
        let names: BTreeSet<&str> = SITUATIONS.iter().map(|situation| situation.name).collect();
        assert_eq!(names.len(), SITUATIONS.len());
        for (at, situation) in SITUATIONS.iter().enumerate() {
            assert_eq!(situation.probe as usize, at);
            let mut reached = Reached::default();
            reached.insert(situation.probe);
            assert_eq!(reached.iter().collect::<Vec<_>>(), [situation.probe]);
        }
    }

    #[test]
    fn every_situation_is_marked_where_it_is_recognised() {
        let code = concat!(include_str!("decided.rs"), include_str!("struck.rs"));
        for situation in SITUATIONS {
            assert!(code.contains(&format!("probe!(self, {})", situation.name)), "{}", situation.name);
        }
    }
}
