//! Explorations that find ZooKeeper's own bugs.

use super::begin::Begin;
use super::graph::SETTLES;
use super::model::{Bounds, Elections, Grain, Patience};
use super::preset::{Preset, QUEUES};
use super::start::{NoStart, Start};
use crate::bugs::{Bug, amended};
use crate::judges::Judges;
use crate::scenario::Scenario;
use std::fmt::Write;

/// An exploration that finds a bug. What is not said is that of the preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hunt {
    /// The bug, by its id.
    pub bug: &'static str,
    /// The preset that it is made of.
    pub preset: &'static str,
    /// The name of its start ([`Begin`]).
    pub start: Option<&'static str>,
    /// Its bounds.
    pub bounds: Option<Bounds>,
    /// How fine its steps are.
    pub grain: Option<Grain>,
    /// The property that must speak, and by which alone it is judged.
    pub property: &'static str,
}

/// A preset as it is.
const fn of(bug: &'static str, preset: &'static str, property: &'static str) -> Hunt {
    Hunt { bug, preset, start: None, bounds: None, grain: None, property }
}

/// `newleader` from another start, with so many crashes and cuts, and the main thread prompt.
const fn from(
    bug: &'static str,
    start: Option<&'static str>,
    (crashes, cuts): (u8, u8),
    property: &'static str,
) -> Hunt {
    let bounds = Bounds { crashes, cuts, writes: 0, epochs: 4, rounds: 5, timeouts: 0, depth: u32::MAX };
    Hunt { bug, preset: "newleader", start, bounds: Some(bounds), grain: Some(QUEUES), property }
}

/// All of them, in the order of the catalogue.
pub const HUNTS: &[Hunt] = &[
    from("ZK-4646", None, (1, 0), "committed-durability"),
    from("ZK-4643", Some("held-by-two"), (2, 0), "committed-durability"),
    from("ZK-3911", None, (1, 0), "committed-durability"),
    of("ZK-2845", "one-crash", "logs-agree"),
    of("ZK-4712", "one-crash", "logs-agree"),
    from("ZK-1154", Some("deposed"), (0, 0), "logs-agree"),
    from("ZK-1282", Some("left-out"), (2, 0), "initial-history"),
    of("ZK-335", "one-crash", "one-leader-per-epoch"),
    from("ZK-4925", Some("caught-up"), (0, 0), "no-silent-divergence"),
    from("ZK-2355", None, (0, 1), "no-silent-divergence"),
    of("ZK-1419", "one-crash", "votes-rise"),
    Hunt {
        grain: Some(Grain { elections: Elections::AtOnce, ..Grain::COARSE }),
        ..from("ZK-1732", Some("kept-apart"), (1, 1), SETTLES)
    },
    Hunt { grain: None, ..from("ZK-4685", None, (0, 0), "nothing-illegal-arrives") },
    Hunt {
        bounds: Some(Bounds {
            crashes: 0,
            cuts: 0,
            writes: 1,
            epochs: 3,
            rounds: 3,
            timeouts: 0,
            depth: u32::MAX,
        }),
        ..of("ZK-4394", "one-crash", "nothing-illegal-arrives")
    },
    of("ZK-1653", "one-crash", "nobody-dies"),
    from("ZK-3023", None, (0, 0), "uptodate-is-applied"),
];

/// Bugs that no exploration can find, and why.
pub(super) const OUT_OF_REACH: &[(&str, &str)] =
    &[("ZK-1367", "it needs sessions that expire, and no time passes here")];

impl Hunt {
    /// The one for a bug.
    pub fn find(bug: &Bug) -> Option<&'static Hunt> {
        HUNTS.iter().find(|hunt| hunt.bug == bug.id())
    }

    /// What is explored: the preset, with what is said here.
    pub fn world(&self) -> Result<Preset, String> {
        let preset = Preset::find(self.preset).ok_or_else(|| format!("`{}` is no preset", self.preset))?;
        let find = |name| Begin::find(name).ok_or_else(|| format!("`{name}` is no start"));
        let start = self.start.map(find).transpose()?;
        Ok(Preset {
            start: start.map_or(preset.start, |begin| begin.text),
            bounds: self.bounds.unwrap_or(preset.bounds),
            grain: self.grain.unwrap_or(preset.grain),
            ..*preset
        })
    }

    /// The bug that is hunted.
    pub fn quarry(&self) -> Result<&'static Bug, String> {
        Bug::find(self.bug).ok_or_else(|| format!("{} is no bug of the catalogue", self.bug))
    }

    /// Whether it is judged that all settles.
    pub fn settles(&self) -> bool {
        self.property == SETTLES
    }

    /// Whether what is broken, told in these words, is this bug.
    pub fn is_shown_by(&self, property: &str, what: &str) -> bool {
        property == self.property
            && (self.settles() || self.quarry().is_ok_and(|bug| bug.is_shown_by(property, what)))
    }

    /// The start with the bug put back; else that of the machine of its time without it, or of the right one. No path may
    /// be longer than `depth`, where it is given.
    pub fn start(&self, with_bug: bool, depth: Option<u32>) -> Result<Start, String> {
        let (world, bug) = (self.world()?, self.quarry()?);
        let wrong = if with_bug { Some(crate::bugs::Wrong::bug(bug)) } else { bug.around() };
        let settings = wrong.map(|wrong| wrong.settings()).transpose()?.unwrap_or_default();
        let plain = Scenario::parse(world.name, world.start).map_err(|error| error.to_string())?;
        let (text, scenario) =
            amended(world.name, world.start, &plain, &settings).map_err(|error| error.to_string())?;
        let watching = Some(self.property).filter(|name| *name != SETTLES);
        let judges = Judges::only(watching).map_err(|name| format!("`{name}` is no property"))?;
        let bounds = Bounds { depth: depth.unwrap_or(world.bounds.depth), ..world.bounds };
        let start = Start::of(world.name, &text, &scenario, scenario.seed(), &judges, bounds, world.grain);
        start.map_err(|why| match why {
            NoStart::Scenario(diagnostic) => diagnostic.to_string(),
            NoStart::Broken(what) | NoStart::Other(what) => what,
        })
    }

    /// The options of `zablab explore` that do the same, each with a blank before it.
    pub fn options(&self) -> String {
        // Writing to a string does not fail.
        let mut text = format!(" --preset {}", self.preset);
        if let (Some(preset), Ok(world)) = (Preset::find(self.preset), self.world()) {
            changed(&mut text, preset, &world);
        }
        if let Some(start) = self.start {
            let _ = write!(text, " --start {start}");
        }
        let _ = write!(text, " --bug {} --property {}", self.bug, self.property);
        text
    }
}

/// The options that make the one of the other.
fn changed(text: &mut String, from: &Preset, to: &Preset) {
    let (a, b) = (from.bounds, to.bounds);
    let numbers = [
        ("crashes", a.crashes, b.crashes),
        ("cuts", a.cuts, b.cuts),
        ("writes", a.writes, b.writes),
        ("epochs", a.epochs, b.epochs),
        ("rounds", a.rounds, b.rounds),
        ("timeouts", a.timeouts, b.timeouts),
    ];
    for (name, _, number) in numbers.into_iter().filter(|(_, a, b)| a != b) {
        let _ = write!(text, " --{name} {number}");
    }
    let (a, b) = (from.grain, to.grain);
    if a.elections != b.elections {
        let how = match b.elections {
            Elections::StepByStep => "step-by-step",
            Elections::AtOnce => "at-once",
            Elections::Only => "only",
        };
        let _ = write!(text, " --elections {how}");
    }
    if a.patience != b.patience {
        let when = if b.patience == Patience::Any { "any" } else { "sure" };
        let _ = write!(text, " --patience {when}");
    }
    let prompt = |grain: &Grain| {
        [grain.prompt_main, grain.prompt_handlers, grain.prompt_queues, grain.prompt_files, grain.prompt_log]
    };
    if prompt(&a) != prompt(&b) {
        let names = ["main", "handlers", "queues", "files", "log"].into_iter().zip(prompt(&b));
        let names: Vec<&str> = names.filter(|(_, is)| *is).map(|(name, _)| name).collect();
        let _ =
            write!(text, " --prompt {}", if names.is_empty() { "none".to_owned() } else { names.join(",") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bugs::{CATALOGUE, MUST_FIND};

    #[test]
    fn every_hunt_is_for_a_bug_by_a_judge_of_its_own() {
        for hunt in HUNTS {
            let bug = hunt.quarry().unwrap();
            // What never settles is what a run calls late.
            let judge = if hunt.settles() { "everybody-joins" } else { hunt.property };
            assert!(bug.can_be_put_back() && bug.judges.contains(&judge), "{}", hunt.bug);
            assert_eq!(bug.id(), hunt.bug);
            hunt.start(true, None).unwrap();
            hunt.start(false, Some(3)).unwrap();
        }
    }

    #[test]
    fn every_bug_that_must_be_found_is_hunted_or_out_of_reach() {
        for bug in &CATALOGUE[..MUST_FIND] {
            let out = OUT_OF_REACH.iter().any(|(id, _)| *id == bug.id());
            assert!(Hunt::find(bug).is_some() != out, "{}", bug.id());
        }
    }

    #[test]
    fn a_find_speaks_of_the_bug() {
        let hunt = |id| Hunt::find(Bug::find(id).unwrap()).unwrap();
        let says = |id, what| hunt(id).is_shown_by("nothing-illegal-arrives", what);
        assert!(says("ZK-4394", "zk2 gets COMMIT where it has no place"));
        assert!(!says("ZK-4685", "zk2 gets COMMIT where it has no place"));
        assert!(says("ZK-4685", "zk3 gets an ACK in place of NEWLEADER's"));
        assert!(hunt("ZK-1732").is_shown_by(SETTLES, "nothing leads to it"));
        assert!(!hunt("ZK-1732").is_shown_by("nobody-dies", "zk1 has died"));
    }

    #[test]
    fn what_differs_from_the_preset_is_an_option() {
        let world = Preset::find("one-crash").unwrap();
        let (bounds, grain) = (
            Bounds { crashes: 2, ..world.bounds },
            Grain { prompt_main: false, prompt_handlers: false, ..world.grain },
        );
        let hunt =
            Hunt { bounds: Some(bounds), grain: Some(grain), ..of("ZK-2845", "one-crash", "logs-agree") };
        assert_eq!(
            hunt.options(),
            " --preset one-crash --crashes 2 --prompt none --bug ZK-2845 --property logs-agree"
        );
    }
}
