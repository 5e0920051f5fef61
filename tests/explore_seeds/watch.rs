//! The timed side: every summary that runs reach within the bounds.

use crate::plan::{self, May};
use crate::summary::{self, Rule, Server};
use rustc_hash::FxHashMap;
use std::io;
use zablab_protocol::Timer;
use zablab_sim::ensemble::{Action, Ensemble, Node};
use zablab_sim::explore::{Bounds, Elections, Grain};
use zablab_sim::run::{Observer, Run, StepView};
use zablab_sim::scenario::Scenario;

/// Every summary, with the first seed that reached it, and when.
#[derive(Default)]
pub struct Reached {
    pub all: FxHashMap<Vec<Server>, (u64, u64)>,
    /// Runs that began elsewhere.
    pub elsewhere: u64,
    /// Runs that left the bounds, by how.
    pub left: std::collections::BTreeMap<&'static str, u64>,
}

struct Watch<'a> {
    reached: &'a mut Reached,
    seed: u64,
    from: u64,
    start: &'a [Server],
    rule: Rule,
    bounds: Bounds,
    grain: Grain,
    began: bool,
    timeouts: [u8; 3],
    led: Vec<bool>,
    last: Vec<Server>,
}

/// Why a run is over, where that is no error.
const OVER: &str = "over";

impl Watch<'_> {
    /// How this step leaves the bounds.
    fn leaves(&mut self, action: &Action, ensemble: &Ensemble) -> Option<&'static str> {
        let bounds = &self.bounds;
        match action {
            Action::Timer { node, timer: Timer::Notification } if self.grain.elections != Elections::AtOnce => {
                let count = &mut self.timeouts[node.index()];
                *count += 1;
                if *count > bounds.timeouts {
                    return Some("notification time-outs");
                }
            }
            Action::Client { node, .. } if !self.led[node.index()] => return Some("a write at no leader"),
            _ => {}
        }
        for node in &ensemble.nodes {
            let Some(status) = node.status() else { continue };
            if status.round.0 > u64::from(bounds.rounds) {
                return Some("rounds");
            }
            if status.accepted_epoch.0 > i64::from(bounds.epochs) {
                return Some("epochs");
            }
            if self.grain.elections == Elections::Only && status.accepted_epoch.0 > 0 {
                return Some("beyond the election");
            }
        }
        None
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
        if let Some(why) = self.leaves(step.action, step.ensemble) {
            *self.reached.left.entry(why).or_default() += 1;
            return Err(io::Error::other(OVER));
        }
        self.led = step.ensemble.nodes.iter().map(leads).collect();
        let now = summary::of(step.ensemble, self.rule);
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

/// One seed's run is watched.
pub fn run(
    start_text: &str,
    start: &[Server],
    may: May,
    rule: Rule,
    (bounds, grain): (Bounds, Grain),
    seed: u64,
    reached: &mut Reached,
) {
    let (text, from) = plan::text(start_text, may, seed);
    let scenario = Scenario::parse("seed", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut run = Run::new("seed", &text, &scenario, seed).unwrap();
    run.checked = false;
    let mut watch = Watch {
        reached,
        seed,
        from,
        start,
        rule,
        bounds,
        grain,
        began: false,
        timeouts: [0; 3],
        led: vec![false; 3],
        last: Vec::new(),
    };
    if let Err(error) = run.finish(&mut [&mut watch]) {
        assert_eq!(error.to_string(), OVER, "seed {seed}");
    }
}
