//! What is explored is the machine itself: whatever way is taken through a world, an ensemble that goes the same way by its own
//! actions is in the same state after every step, and so are its monitors.

use super::reached;
use crate::check::{Checks, Seen, Violation};
use crate::ensemble::{Act, Action, Effect, Ensemble};
use crate::explore::actions::actions;
use crate::explore::model::{Bounds, Elections, Grain, Model, Patience};
use crate::explore::moves::Move;
use crate::explore::world::{Taken, Walker, World};
use crate::schedule::{Key, Kind, Moment, Range, Stream};
use std::collections::BTreeMap;
use zablab_protocol::Input;

/// As far as the bounds go.
const WIDE: Bounds =
    Bounds { crashes: 7, cuts: 7, writes: 15, epochs: 100, rounds: 100, timeouts: 3, depth: u32::MAX };

const GRAINS: [(&str, Grain); 6] = [
    ("fine", Grain::FINE),
    ("fine, patient", Grain { patience: Patience::Sure, ..Grain::FINE }),
    ("tasks", Grain { prompt_main: false, prompt_handlers: false, prompt_queues: false, ..Grain::COARSE }),
    (
        "queues",
        Grain {
            elections: Elections::AtOnce,
            prompt_queues: false,
            prompt_files: false,
            prompt_log: false,
            ..Grain::COARSE
        },
    ),
    ("coarse", Grain::COARSE),
    ("coarse, elections at once", Grain { elections: Elections::AtOnce, ..Grain::COARSE }),
];

const TWO: &str = "ensemble zk1 zk2\nset minNotificationInterval 60000\n\nat 0s start all\nat 3s end\n";
const THREE: &str =
    "ensemble zk1 zk2 zk3\n\nat 0s start all\nat 3s create /a times 2 at leader\nat 4s kill zk1\nat 5s end\n";
const COLD: &str = "ensemble zk1 zk2 zk3\n\nat 0s end\n";
const OBSERVED: &str = "ensemble zk1 zk2 zk3:observer\n\nat 0s start all\nat 3s end\n";

/// Servers that are not as they should be.
const ODD: [&str; 4] = [
    "ensemble zk1 zk2 zk3\n\nat 0s start all\nat 3s fail zk1 log\n      fill zk2 disk\n      fail zk3 currentEpoch\nat 4s end\n",
    "ensemble zk1 zk2 zk3\n\nat 0s clock zk1 3\n      start all\nat 5s end\n",
    "ensemble zk1 zk2 zk3\n\nat 0s start all\nat 3s refuse zk1 from zk3 on quorum\nat 4s end\n",
    "ensemble zk1 zk2 zk3\n\nat 0s start all\nat 3s pause zk3\n      cut zk1 from zk2\nat 4s end\n",
];

/// An ensemble that goes the way of a world.
struct Beside {
    ensemble: Ensemble,
    checks: Checks,
    at: u64,
    steps: u64,
    effects: Vec<Effect>,
}

impl Beside {
    fn of(text: &str) -> Beside {
        let (mut ensemble, at, checks) = reached(text);
        ensemble.nodes.iter_mut().for_each(|node| node.prompt = false);
        ensemble.set_now(at);
        Beside { ensemble, checks, at, steps: 0, effects: Vec::new() }
    }

    fn act(&mut self, action: &Action) -> Option<Violation> {
        assert!(self.ensemble.is_enabled(action), "{action:?}");
        self.steps += 1;
        self.effects.clear();
        self.ensemble.apply(action, &mut self.effects);
        let moment = Moment { at: self.at, step: self.steps, cause: self.steps };
        let seen = Seen { moment, action, effects: &self.effects, ensemble: &self.ensemble };
        let mut found = Vec::new();
        self.checks.observe(&seen, &mut found);
        found.into_iter().next()
    }

    fn world(&self) -> World {
        World::of(&self.ensemble, self.checks.clone())
    }
}

/// What a walk came to.
#[derive(Default)]
struct Walked {
    /// How often each kind of step was taken.
    kinds: BTreeMap<&'static str, u64>,
    broken: Option<&'static str>,
}

fn kind(step: Move) -> &'static str {
    match step {
        Move::Own { .. } => "own",
        Move::Deliver { .. } => "deliver",
        Move::Arrive { .. } => "arrive",
        Move::Kill(_) => "kill",
        Move::PowerOff(_) => "power off",
        Move::Start(_) => "start",
        Move::Write(_) => "write",
        Move::Cut(_) => "cut",
        Move::Heal(_) => "heal",
        Move::Elect(_) => "elect",
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Fault,
    Timer,
    Other,
}

impl Sort {
    fn of(step: Move, walker: &Walker<'_>) -> Sort {
        match step {
            Move::Kill(_) | Move::PowerOff(_) | Move::Cut(_) => Sort::Fault,
            Move::Own { node, nth } => {
                let (act, _) = &walker.nodes[node.index()].acts[usize::from(nth)];
                if matches!(act, Act::Input(Input::Timer(_))) { Sort::Timer } else { Sort::Other }
            }
            _ => Sort::Other,
        }
    }
}

/// A walk of so many steps. `skew` leaves out the last action of each step, to show that it would be noticed.
fn walk(text: &str, grain: Grain, seed: u64, steps: usize, skew: bool) -> Result<Walked, String> {
    let mut beside = Beside::of(text);
    let mut world = beside.world();
    let model = Model::of(&beside.ensemble, beside.at, WIDE, grain);
    let mut draws = Stream::new(seed, Key { kind: Kind::Loss, a: -3, b: 0, number: 0 });
    let mut draw = |below: usize| draws.within(Range { min: 0, max: below as u64 - 1 }) as usize;
    let mut walked = Walked::default();
    for at in 0..steps {
        let all = world.moves(&model);
        if all.is_empty() {
            break;
        }
        // What is done to servers is rare enough for something to happen in between, and so are timers.
        let wanted = [Sort::Fault, Sort::Timer, Sort::Timer, Sort::Timer, Sort::Timer];
        let wanted = wanted.get(draw(30)).copied().unwrap_or(Sort::Other);
        let walker = Walker::at(world.clone(), &model);
        let some: Vec<Move> = all.iter().copied().filter(|step| Sort::of(*step, &walker) == wanted).collect();
        let step = if some.is_empty() { all[draw(all.len())] } else { some[draw(some.len())] };
        let taken = world.take(step, &model);
        if taken == Taken::Nowhere {
            continue;
        }
        *walked.kinds.entry(kind(step)).or_default() += 1;
        let mut actions = actions(&world, step, &model);
        if skew {
            actions.pop();
        }
        let found = actions.iter().find_map(|action| beside.act(action));
        match (taken, found) {
            (Taken::To(next), None) => {
                let differs = difference(&World { used: next.used, ..beside.world() }, &next);
                if let Some(what) = differs {
                    return Err(format!("seed {seed}, step {at}, {step:?}, {actions:?}: {what}"));
                }
                world = next;
            }
            (Taken::Broken(ours), Some(theirs)) => {
                let same = (ours.property, &ours.what) == (theirs.property, &theirs.what);
                walked.broken = Some(ours.property);
                return same.then_some(walked).ok_or(format!("seed {seed}, step {at}: {ours:?}, {theirs:?}"));
            }
            (taken, found) => {
                return Err(format!(
                    "seed {seed}, step {at}, {step:?}, {actions:?}: {taken:?} against {found:?}"
                ));
            }
        }
    }
    Ok(walked)
}

fn difference(theirs: &World, ours: &World) -> Option<String> {
    for (at, (a, b)) in theirs.nodes.iter().zip(&ours.nodes).enumerate() {
        if a != b {
            return Some(format!("server {at}:\n{a:#?}\n{b:#?}"));
        }
    }
    for (at, (a, b)) in theirs.links.iter().zip(&ours.links).enumerate() {
        if a != b {
            return Some(format!("pair {at}:\n{a:#?}\n{b:#?}"));
        }
    }
    (theirs != ours).then(|| "what the monitors remember".to_owned())
}

fn walks(text: &str) {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, grain) in GRAINS {
        for seed in 0..20 {
            let walked = walk(text, grain, seed, 200, false).unwrap_or_else(|what| panic!("{name}, {what}"));
            assert_eq!(walked.broken, None, "{name}, seed {seed}");
            walked.kinds.into_iter().for_each(|(kind, times)| *kinds.entry(kind).or_default() += times);
        }
    }
    for kind in ["own", "deliver", "arrive", "kill", "power off", "start", "write", "cut", "heal", "elect"] {
        assert!(kinds.contains_key(kind), "no {kind} among {kinds:?}");
    }
}

#[test]
fn an_ensemble_of_two_goes_the_same_way() {
    walks(TWO);
}

#[test]
fn an_ensemble_of_three_goes_the_same_way() {
    walks(THREE);
}

#[test]
fn one_that_has_never_run_goes_the_same_way() {
    walks(COLD);
}

#[test]
fn one_with_an_observer_goes_the_same_way() {
    walks(OBSERVED);
}

#[test]
fn odd_servers_go_the_same_way() {
    // At one go those whose disks are full elect each other for as long as an election may take.
    let step_by_step = |(_, grain): &(&str, Grain)| grain.elections == Elections::StepByStep;
    for text in ODD {
        for (name, grain) in GRAINS.into_iter().filter(step_by_step) {
            for seed in 0..10 {
                if let Err(what) = walk(text, grain, seed, 200, false) {
                    panic!("{text}{name}, {what}");
                }
            }
        }
    }
}

#[test]
fn another_way_is_noticed() {
    assert!(walk(THREE, Grain::COARSE, 0, 200, true).is_err());
}
