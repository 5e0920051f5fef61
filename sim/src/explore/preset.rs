//! Worlds to explore that have a name: where they start, their bounds, and what they make coarser.

use super::begin::{ELECTED, FIRST_ROUND, LOGGED_ALONE};
use super::model::{Bounds, Elections, Grain};

/// A world with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a line.
    pub says: &'static str,
    /// The scenario that leads to its start.
    pub start: &'static str,
    /// Its bounds.
    pub bounds: Bounds,
    /// How fine its steps are.
    pub grain: Grain,
}

impl Preset {
    /// The one of that name.
    pub fn find(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }
}

/// Elections at one go, and what is between the queues of a server a step of its own.
pub(super) const QUEUES: Grain = Grain {
    elections: Elections::AtOnce,
    prompt_queues: false,
    prompt_files: false,
    prompt_log: false,
    ..Grain::COARSE
};

/// All of them. ARCHITECTURE.md says what each makes coarser, and whether anything is missed by it.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "election",
        says: "three servers, connected, one round: who can win, and does everybody decide?",
        start: FIRST_ROUND.text,
        bounds: Bounds { crashes: 0, cuts: 0, writes: 0, epochs: 1, rounds: 1, timeouts: 1, depth: u32::MAX },
        grain: Grain { elections: Elections::Only, ..QUEUES },
    },
    Preset {
        name: "discovery-and-sync",
        says: "from an elected leader to a serving ensemble, task by task; a follower has missed two writes",
        start: ELECTED.text,
        bounds: Bounds { crashes: 0, cuts: 0, writes: 0, epochs: 3, rounds: 3, timeouts: 0, depth: u32::MAX },
        grain: Grain { prompt_main: false, prompt_handlers: false, ..QUEUES },
    },
    Preset {
        name: "one-crash",
        says: "three servers in their first round: one crash anywhere, one write, elections at one go",
        start: FIRST_ROUND.text,
        bounds: Bounds { crashes: 1, cuts: 0, writes: 1, epochs: 3, rounds: 3, timeouts: 0, depth: u32::MAX },
        grain: QUEUES,
    },
    Preset {
        name: "one-crash-in-full",
        says: "the same with its elections notification by notification",
        start: FIRST_ROUND.text,
        bounds: Bounds { crashes: 1, cuts: 0, writes: 1, epochs: 3, rounds: 3, timeouts: 1, depth: u32::MAX },
        grain: Grain { elections: Elections::StepByStep, ..QUEUES },
    },
    Preset {
        name: "two-crashes-two-writes",
        says: "the configuration of the published tables: two crashes, two cuts, two writes, elections at one go",
        start: FIRST_ROUND.text,
        bounds: Bounds { crashes: 2, cuts: 2, writes: 2, epochs: 4, rounds: 5, timeouts: 0, depth: u32::MAX },
        grain: QUEUES,
    },
    Preset {
        name: "newleader",
        says: "a follower's tasks around NEWLEADER, with one crash: zk3, elected, has a write that nobody else has",
        start: LOGGED_ALONE.text,
        bounds: Bounds { crashes: 1, cuts: 0, writes: 0, epochs: 4, rounds: 5, timeouts: 0, depth: u32::MAX },
        grain: Grain { prompt_main: false, ..QUEUES },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn every_preset_starts_from_a_scenario() {
        for preset in PRESETS {
            Scenario::parse(preset.name, preset.start).unwrap();
            assert_eq!(Preset::find(preset.name).map(|found| found.says), Some(preset.says));
        }
    }
}
