//! The timed side: every summary that runs reach within the bounds.

use crate::World;
use crate::plan;
use crate::summary::{self, Server};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::io;
use zablab_protocol::{Decision, Epoch, Phase, ServerState, Sid, Timer};
use zablab_sim::ensemble::{Action, Effect, Ensemble, Node};
use zablab_sim::explore::Elections;
use zablab_sim::run::{Observer, Run, StepView};
use zablab_sim::scenario::Scenario;

/// Every summary, with the first seed that reached it, and when.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) all: FxHashMap<Vec<Server>, (u64, u64)>,
    /// Runs that began elsewhere.
    pub(crate) elsewhere: u64,
    /// Runs that left the bounds, by how.
    pub(crate) left: BTreeMap<&'static str, u64>,
}

struct Watch<'a> {
    reached: &'a mut Reached,
    seed: u64,
    from: u64,
    start: &'a [Server],
    world: &'a World,
    began: bool,
    timeouts: Vec<u8>,
    led: Vec<bool>,
    /// The acceptedEpoch with which each went into its election.
    accepted: Vec<Option<Epoch>>,
    /// One that is electing has another one already.
    discovered: bool,
    /// Who has decided, and has no established epoch.
    decided: Vec<bool>,
    /// Whose votes have made each the leader that it is.
    voters: Vec<Vec<Sid>>,
    /// Whose main thread or handlers have something to do.
    restless: Vec<bool>,
    last: Vec<Server>,
}

/// Why a run is over, where that is no error.
const OVER: &str = "over";

impl Watch<'_> {
    /// How this step leaves the bounds.
    fn leaves(&mut self, action: &Action, nodes: &[&Node]) -> Option<&'static str> {
        let World { bounds, grain, .. } = self.world;
        match action {
            Action::Timer { node, timer: Timer::Notification } if grain.elections != Elections::AtOnce => {
                let count = &mut self.timeouts[node.index()];
                *count += 1;
                if *count > bounds.timeouts {
                    return Some("notification time-outs");
                }
            }
            // An election and its discovery are one step: an epoch that was accepted in one that fails was never accepted there.
            Action::Kill(_) | Action::PowerOff(..) if self.discovered => {
                return Some("a crash amid discovery");
            }
            // Nor does anybody come into an election that others have decided.
            Action::Boot(_) if grain.elections == Elections::AtOnce && self.decided.contains(&true) => {
                return Some("a server up amid discovery");
            }
            // What it has done already is one step with what it can do at once: nothing comes between.
            Action::Kill(node) | Action::PowerOff(node, _) if self.restless[node.index()] => {
                return Some("a crash amid what is one step");
            }
            Action::Client { node, .. } if !self.led[node.index()] => return Some("a write at no leader"),
            _ => {}
        }
        for node in nodes {
            let Some(status) = node.status() else { continue };
            if status.round.0 > u64::from(bounds.rounds) {
                return Some("rounds");
            }
            if status.accepted_epoch.0 > i64::from(bounds.epochs) {
                return Some("epochs");
            }
            if grain.elections == Elections::Only && status.accepted_epoch.0 > 0 {
                return Some("beyond the election");
            }
        }
        None
    }
}

impl Watch<'_> {
    /// A leader's epoch is there, and one whose vote has made it the leader is not with it: to the search they come to it in one step.
    /// `electing` is what [`summary::electing`] says.
    fn strays(&mut self, step: &StepView<'_>, electing: &[bool]) -> bool {
        for effect in step.effects {
            let Effect::Decided { node, decision } = effect else { continue };
            if let Decision::Elected { state: ServerState::Leading, supporters, .. } = decision {
                self.voters[node.index()].clone_from(supporters);
            }
        }
        let nodes = &step.ensemble.nodes;
        let strays = |voters: &[Sid]| {
            nodes.iter().zip(electing).any(|(node, electing)| *electing && voters.contains(&node.sid()))
        };
        let has_epoch = |at: usize| {
            self.decided[at]
                && nodes[at].peer().is_some_and(|peer| peer.phase() == Phase::LeaderSynchronization)
        };
        self.world.grain.elections == Elections::AtOnce
            && (0..nodes.len()).any(|at| has_epoch(at) && strays(&self.voters[at]))
    }

    fn note_elections(&mut self, ensemble: &Ensemble, electing: &[bool]) {
        self.discovered = false;
        for (at, (node, electing)) in ensemble.nodes.iter().zip(electing).enumerate() {
            self.decided[at] = *electing && !summary::looks(node);
            let before = &mut self.accepted[at];
            let now = node.disk.storage().accepted_epoch;
            if *electing {
                self.discovered |= now != *before && self.world.grain.elections == Elections::AtOnce;
            } else {
                *before = now;
            }
        }
    }
}

fn leads(node: &Node) -> bool {
    node.status().is_some_and(|status| status.serving && status.leader == Some(node.sid()))
}

impl Observer for Watch<'_> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if step.moment.at < self.from {
            return Ok(());
        }
        if !self.began {
            if !matches!(step.action, Action::ReleaseAll) {
                return Ok(());
            }
            self.began = true;
        }
        let World { rule, .. } = *self.world;
        // What it comes to at once may be beyond the bounds already.
        let rest = summary::at_rest(step.ensemble, rule);
        let nodes: Vec<&Node> = rest.as_ref().unwrap_or(step.ensemble).nodes.iter().collect();
        let electing = summary::electing(&step.ensemble.nodes.iter().collect::<Vec<_>>());
        if let Some(why) = self.leaves(step.action, &nodes).or_else(|| {
            self.strays(step, &electing).then_some("an epoch without one whose vote has made its leader")
        }) {
            *self.reached.left.entry(why).or_default() += 1;
            return Err(io::Error::other(OVER));
        }
        self.note_elections(step.ensemble, &electing);
        let restless = |node| summary::prompt_task(node, rule).is_some();
        self.restless = step.ensemble.nodes.iter().map(restless).collect();
        self.led = step.ensemble.nodes.iter().map(leads).collect();
        let now = summary::summaries(&nodes, rule);
        if self.last.is_empty() && now != self.start {
            self.reached.elsewhere += 1;
            return Err(io::Error::other(OVER));
        }
        if now != self.last {
            self.reached.all.entry(now.clone()).or_insert((self.seed, step.moment.at));
            self.last = now;
        }
        Ok(())
    }
}

/// One seed's run is watched, from a start that these servers are in.
pub(crate) fn run(world: &World, start: &[Server], seed: u64, reached: &mut Reached) {
    let (text, from) = plan::text(world.start, world.may, seed);
    let scenario = Scenario::parse("seed", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut run = Run::new("seed", &text, &scenario, seed).unwrap();
    run.checked = false;
    let servers = run.ensemble().nodes.len();
    let mut watch = Watch {
        reached,
        world,
        seed,
        from,
        start,
        began: false,
        timeouts: vec![0; servers],
        led: vec![false; servers],
        accepted: vec![None; servers],
        discovered: false,
        decided: vec![false; servers],
        voters: vec![Vec::new(); servers],
        restless: vec![false; servers],
        last: Vec::new(),
    };
    if let Err(error) = run.finish(&mut [&mut watch]) {
        assert_eq!(error.to_string(), OVER, "seed {seed}");
    }
}
