//! Probes: situations of the protocol that storms are meant to reach, listed before anybody reaches them. A sweep that
//! finds nothing says little until it says where it has been.
//!
//! Like monitors they only watch: each is marked from the machine's decisions, and from what a fault meets.

mod bad_disks;
mod decided;
mod promise;
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
        promise::of(profile).contains(&self.probe)
            || profile == "everything" && !promise::NOBODYS.contains(&self.probe)
    }
}

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
    /// The log of a server of which a write is about to fail.
    failing: Option<bad_disks::Failing>,
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
            Action::Deliver { to: node, .. }
            | Action::Run { node, .. }
            | Action::Timer { node, .. }
            | Action::DiskDone { node, .. }
            | Action::Wipe(node) => {
                let server = ensemble.client(*node).is_none().then(|| ensemble.node(*node));
                server.and_then(|server| server.peer()).map(|peer| peer.phase())
            }
            _ => None,
        };
        self.failing = bad_disks::failing(action, ensemble);
        if let Action::Kill(node) | Action::PowerOff(node, _) | Action::Pause(node) = action {
            self.strike(action, *node, ensemble);
        }
    }

    /// An action was applied.
    pub(crate) fn after(&mut self, seen: &Seen<'_>) {
        self.struck(seen);
        for effect in seen.effects {
            match effect {
                Effect::Decided { node, decision } => self.decided(seen.ensemble, *node, decision),
                Effect::DiskWrote { op, .. } => self.wrote(op),
                Effect::DiskFailed { node, op } => self.write_failed(seen.ensemble, *node, op),
                Effect::DiskLost { node, .. } => self.disk_lost(*node),
                _ => {}
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
    fn every_profile_promises_what_it_is_there_for() {
        for profile in crate::storm::PROFILES {
            let promised = SITUATIONS.iter().filter(|situation| situation.promised_by(profile.name)).count();
            assert!(promised > 0, "{}", profile.name);
            let listed = promise::of(profile.name);
            assert!(profile.name == "everything" || listed.len() == promised, "{}: one twice", profile.name);
        }
    }

    #[test]
    fn every_situation_is_marked_where_it_is_recognised() {
        let code =
            concat!(include_str!("decided.rs"), include_str!("struck.rs"), include_str!("bad_disks.rs"));
        for situation in SITUATIONS {
            assert!(code.contains(&format!("probe!(self, {})", situation.name)), "{}", situation.name);
        }
    }
}
