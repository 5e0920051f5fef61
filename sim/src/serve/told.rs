//! A scenario that the page has told: read, bounded, run, and taken another way.

use super::branch::{self, Prepare};
use super::classic::{Done, Standing};
use super::refusal::Refusal;
use crate::ensemble::{Effect, NodeId};
use crate::run::{self, Ending, Observer, Outcome, Run, StepView, disturbs};
use crate::scenario::{Diagnostic, Scenario, Step};
use crate::storm;
use crate::view::seconds;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The most servers and clients of a run on the page.
pub const MOST_PARTIES: usize = 64;

/// The longest line of a scenario, in bytes: what is said of it is said often.
const LONGEST_LINE: usize = 1000;

/// How much of a run is made at most.
const RUN: run::Limits =
    run::Limits { steps: 400_000, steps_at_once: 100_000, virtual_time: 6 * 3600 * 1_000_000_000 };

/// A scenario that is to be run.
pub(super) struct Told {
    pub(super) name: String,
    text: String,
    pub(super) scenario: Scenario,
    pub(super) seed: u64,
    stop: Arc<AtomicBool>,
}

impl Told {
    /// Reads a scenario, with what its profile draws, in its canonical form.
    pub(super) fn new(name: &str, text: &str, seed: u64, stop: &Arc<AtomicBool>) -> Result<Told, Refusal> {
        if let Some(at) = text.lines().position(|line| line.len() > LONGEST_LINE) {
            let line = at + 1;
            return Err(Refusal::bad(format!(
                "line {line} is too long for the page: more than {LONGEST_LINE} bytes"
            )));
        }
        let scenario = Scenario::parse(name, text)?;
        let scenario = storm::drawn(&scenario, seed).unwrap_or(scenario);
        let users: usize = scenario.workloads().iter().map(|load| load.clients as usize).sum();
        let parties = scenario.servers().len() + scenario.clients().len() + users;
        if parties > MOST_PARTIES {
            return Err(Refusal::bad(format!(
                "{parties} servers and clients are too many for the page; {MOST_PARTIES} are the most. `zablab run` takes any \
                 number"
            )));
        }
        let text = scenario.to_string();
        let scenario = Scenario::parse(name, &text)?;
        Ok(Told { name: name.to_owned(), text, scenario, seed, stop: stop.clone() })
    }

    /// Only what was seen of it: up to the first question that is not answered.
    pub(super) fn seen(mut self, answered: Option<usize>) -> Told {
        if let Some((asked, _)) = answered.and_then(|answered| branch::asked(&self.scenario, answered)) {
            self.scenario = asked;
        }
        self
    }

    pub(super) fn prepare(&self, scenario: &Scenario) -> Result<Run, Diagnostic> {
        // Its lines are numbered as in the whole text.
        let mut run = Run::new(&self.name, &self.text, scenario, self.seed)?;
        run.limit(RUN);
        run.stop_on(self.stop.clone());
        Ok(run)
    }

    pub(super) fn outcome(&self, scenario: &Scenario) -> Result<Outcome, Refusal> {
        self.prepare(scenario)?.finish(&mut []).map_err(|error| Refusal::bad(error.to_string()))
    }

    /// The run up to an instant, or why it ends before.
    pub(super) fn reach(
        &self,
        past: &Scenario,
        when: u64,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Result<Outcome, String>, Refusal> {
        let run = self.prepare(&branch::ended(past, when))?.finish(observers);
        let run = run.map_err(|error| Refusal::bad(error.to_string()))?;
        if run.ending == Ending::Complete && run.virtual_time >= when {
            return Ok(Ok(run));
        }
        let end = seconds(run.virtual_time);
        let why = match (run.violations.iter().chain(&run.foretold).next(), &run.ending) {
            (Some(broken), _) => format!("a property is broken there: {}, {}", broken.property, broken.what),
            (None, Ending::Runaway(limit)) => format!("the limit of {limit} is reached there"),
            (None, Ending::Interrupted) => "it took too long".to_owned(),
            (None, Ending::Complete) => "nothing comes after it".to_owned(),
        };
        Ok(Err(format!("the run ends at {end} s: {why}")))
    }

    /// Does something right behind an instant: these steps, or what they come to given how things stand.
    pub(super) fn act(
        &self,
        at: u64,
        steps: impl FnOnce(&Standing<'_>) -> Result<Done, Refusal>,
    ) -> Result<Value, Refusal> {
        let prepare: Prepare<'_> = &|scenario| self.prepare(scenario);
        let (past, when) = branch::past(&self.scenario, at, prepare)?;
        let mut ends = Ends::default();
        let before = self.reach(&past, when, &mut [&mut ends])?.map_err(Refusal::bad)?;
        let Done { steps, pins, told } = steps(&Standing { ensemble: &before.ensemble, ends: &ends.0 })?;
        let acted = branch::acted(&past, when, &steps, &pins);
        // A schedule is read as a whole: what is ordered where nothing is frozen is found here.
        Scenario::parse(&self.name, &acted.to_string())?;
        let after = self.outcome(&branch::ended(&acted, when))?;
        let failed = after
            .unmet
            .iter()
            .filter(|unmet| unmet.at == when)
            .find(|unmet| steps.iter().any(|step| step.to_string() == unmet.expected));
        if let Some(failed) = failed {
            return Err(Refusal::bad(format!(
                "`{}` cannot be done there: {}",
                failed.expected, failed.instead
            )));
        }
        let idle = after.steps == before.steps && steps.iter().all(shows_at_once);
        let told = if idle && told.is_empty() { "That changes nothing.".to_owned() } else { told };
        Ok(json!({"text": acted.to_string(), "at": when, "told": told}))
    }
}

/// Counts how often the processes of servers have ended.
#[derive(Default)]
struct Ends(BTreeMap<NodeId, u64>);

impl Observer for Ends {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            if let Effect::Down(node, _) = effect {
                *self.0.entry(*node).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// Whether a step that does something does it at the very instant.
fn shows_at_once(step: &Step) -> bool {
    disturbs(step) && !matches!(step, Step::Set { .. } | Step::Clock { .. } | Step::Freeze | Step::Thaw)
}
