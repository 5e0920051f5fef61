//! What led to a step: its causes, one behind the other, back to what the scenario did.

use super::words::Names;
use crate::ensemble::{Action, Effect, Ended};
use crate::run::{Observer, Run, StepView};
use serde::Serialize;
use std::io;
use zablab_protocol::Decision;

/// Remembers what caused each step of a run.
#[derive(Clone, Debug, Default)]
struct Causes(Vec<u64>);

impl Observer for Causes {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        // Steps count from 1, without a gap.
        self.0.push(step.moment.cause);
        Ok(())
    }
}

impl Causes {
    /// A step's causes, itself last. What the scenario did has none.
    fn of(&self, step: u64) -> Lineage {
        let mut steps = Vec::new();
        let mut at = step;
        while let Some(cause) = at.checked_sub(1).and_then(|place| self.0.get(usize::try_from(place).ok()?)) {
            steps.push(at);
            // A cause always comes before what it causes.
            at = if *cause < at { *cause } else { 0 };
        }
        steps.reverse();
        Lineage { steps, ancestors: Vec::new() }
    }
}

/// An event that led to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ancestor {
    /// Virtual nanoseconds.
    pub at: u64,
    /// The step.
    pub step: u64,
    /// The server or client.
    pub who: String,
    /// What happened to it, and what it made of that.
    pub what: String,
}

/// Tells certain steps of a run when it is run again.
#[derive(Clone, Debug)]
struct Lineage {
    steps: Vec<u64>,
    ancestors: Vec<Ancestor>,
}

impl Observer for Lineage {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if self.steps.binary_search(&step.moment.step).is_err() {
            return Ok(());
        }
        self.ancestors.push(ancestor(step));
        Ok(())
    }
}

/// A step, told.
pub(crate) fn ancestor(step: &StepView<'_>) -> Ancestor {
    let (who, happened) = happened(step);
    let mut parts = vec![happened];
    parts.extend(step.effects.iter().filter_map(|effect| made_of_it(step, effect)));
    Ancestor { at: step.moment.at, step: step.moment.step, who, what: parts.join("; ") }
}

/// What led to a step of a run. The same run is run twice more: once for the causes, once to tell those of the step.
pub fn lineage([first, again]: [Run; 2], step: u64) -> io::Result<Vec<Ancestor>> {
    let mut causes = Causes::default();
    first.finish(&mut [&mut causes])?;
    let mut told = causes.of(step);
    again.finish(&mut [&mut told])?;
    Ok(told.ancestors)
}

/// Who acts, and what happens to it.
fn happened(step: &StepView<'_>) -> (String, String) {
    if let Some((who, what)) = super::faults::fault(step.ensemble, step.action) {
        return (who.to_owned(), what);
    }
    let name = |id| step.ensemble.name(id).to_owned();
    match step.action {
        Action::Start(id) => (name(*id), "is started".to_owned()),
        Action::Boot(id) => (name(*id), "has read its files".to_owned()),
        Action::Arrive { from, port, to } => {
            (name(*to), format!("is dialled by {} on the {port} port", step.ensemble.name(*from)))
        }
        Action::Deliver { to, .. } => match step.delivered {
            Some(delivered) => {
                let from = step.ensemble.name(delivered.from);
                (name(*to), format!("receives {} from {from}", delivered.packet))
            }
            None => (name(*to), "is told of a connection".to_owned()),
        },
        Action::Timer { node, timer } => (name(*node), format!("its timer {timer:?} fires")),
        Action::DiskDone { node, .. } => {
            let done = step.effects.iter().find_map(|effect| match effect {
                Effect::DiskWrote { op, .. } => Some(op.to_string()),
                _ => None,
            });
            (name(*node), format!("its disk has done: {}", done.unwrap_or_default()))
        }
        Action::Run { node, task } => (name(*node), format!("its {task} task makes a step")),
        Action::Ask { client, op } => (name(*client), format!("asks: {op}")),
        Action::Client { node, op, .. } => (name(*node), format!("gets a request: {op}")),
        other => ("all".to_owned(), format!("{other:?}")),
    }
}

/// What came of it that matters for what servers believe, keep or show.
fn made_of_it(step: &StepView<'_>, effect: &Effect) -> Option<String> {
    let names = Names(step.ensemble);
    match effect {
        Effect::Down(_, Ended::Exited(exit)) => Some(format!("it exits: {exit}")),
        Effect::Decided { decision, .. } => match decision {
            Decision::Proposed { zxid, .. } => Some(format!("proposes {zxid}")),
            Decision::Committed { zxid, .. } => Some(format!("commits {zxid}")),
            Decision::Applied { zxid, .. } => Some(format!("applies {zxid}")),
            other => names.tell(other),
        },
        _ => None,
    }
}
