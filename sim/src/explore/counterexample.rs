//! A path of the search as a scenario: the world is frozen where the search began, and then what the path says happens, line by
//! line. So a counterexample is run, replayed, explained and made small like any other failure.

use super::actions::actions;
use super::moves::Move;
use super::start::Start;
use super::words::said;
use super::world::{Taken, World};
use crate::ensemble::{Action, Ensemble};
use crate::judges::Judges;
use crate::liveness::Standing as Progress;
use crate::run::{Handles, Run, describe, opened};
use crate::scenario::{Prefix, Scenario, Statement, Step, Time, Timed};
use std::collections::{BTreeMap, BTreeSet};
use zablab_protocol::ConnId;

/// Between two lines, in virtual nanoseconds.
const PACE: u64 = 1_000_000;
/// How long the world goes on by itself at least, where it is to be shown that nothing comes of it.
const QUIET: u64 = 120_000_000_000;

/// How a counterexample goes on behind its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// It ends: the last step breaks a property.
    Ends,
    /// All is healed and started, and the world is let go, to show that it does not recover.
    On,
}

/// A scenario that takes a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// Its canonical text.
    pub text: String,
    /// The property that its run breaks, if any.
    pub breaks: Option<String>,
}

impl Counterexample {
    /// Of a path from a start. `about` is the comment at its head. The error says what cannot be written or does not come to the
    /// same: a fault of ours.
    pub fn of(
        start: &Start,
        name: &str,
        path: &[Move],
        goes: Goes,
        about: &str,
        judges: &Judges,
    ) -> Result<Counterexample, String> {
        let mut quiet = QUIET;
        loop {
            let text = written(start, path, goes, about, quiet)?;
            let scenario = Scenario::parse(name, &text).map_err(|error| error.message)?;
            let text = scenario.to_string();
            let mut run = Run::new(name, &text, &scenario, start.seed).map_err(|error| error.message)?;
            run.judge_by(judges.clone());
            let outcome = run.finish(&mut []).map_err(|error| error.to_string())?;
            if let Some(unmet) = outcome.unmet.first().filter(|_| outcome.violations.is_empty()) {
                return Err(format!(
                    "line {} does not happen: {}; {}",
                    unmet.line, unmet.expected, unmet.instead
                ));
            }
            match outcome.progress {
                // What is missing is late only when it had all the time that it may take.
                Some(Progress::TooEarly { quiet: was, bound, .. }) if goes == Goes::On && was < bound => {
                    quiet += (bound - was + 1) * 1_000_000;
                }
                _ => {
                    let broken = outcome.violations.first().map(|violation| violation.property);
                    let missing = || outcome.missing.first().map(|missing| missing.property);
                    return Ok(Counterexample { text, breaks: broken.or_else(missing).map(str::to_owned) });
                }
            }
        }
    }
}

/// The text, not yet in its canonical form; `quiet` is how long it goes on, in virtual nanoseconds.
fn written(start: &Start, path: &[Move], goes: Goes, about: &str, quiet: u64) -> Result<String, String> {
    let at = start.reached.at;
    let mut text: String = about.lines().map(|line| format!("# {line}\n")).collect();
    text.push_str(&without_end(&start.scenario, &start.reached.idle).of_seed(start.seed).to_string());
    text.push_str(&format!("\nat {} freeze\n", Time(at)));
    let mut twins = Twins::of(start, &text)?;
    if twins.plain.changes(&Action::ReleaseAll) {
        text.push_str("    release\n");
    }
    twins.apply(&Action::ReleaseAll)?;
    let mut now = at;
    let mut world = start.world.clone();
    let mut take = |world: &mut World, step: Move| -> Result<(), String> {
        for action in actions(world, step, &start.model) {
            let line = twins.line(&action)?;
            twins.apply(&action)?;
            if let Some(line) = line {
                now += PACE;
                text.push_str(&format!("at {} {line}\n", Time(now)));
            }
        }
        if let Taken::To(next) = world.take(step, &start.model) {
            *world = next;
        }
        Ok(())
    };
    for step in path {
        take(&mut world, *step)?;
    }
    if goes == Goes::On {
        // Where something stays cut off or down, nothing is owed.
        for _ in 0..start.model.servers() + start.model.ends.len() {
            let mends = |step: &Move| matches!(step, Move::Heal(_) | Move::Start(_));
            let Some(step) = world.moves(&start.model).into_iter().find(mends) else { break };
            take(&mut world, step)?;
        }
    }
    match goes {
        Goes::Ends => {}
        Goes::On => {
            text.push_str(&format!("at {} thaw\nat {} end\n", Time(now + PACE), Time(now + PACE + quiet)))
        }
    }
    Ok(text)
}

/// What a path goes on behind has no end of its own, and nothing that was still to come there.
fn without_end(scenario: &Scenario, idle: &BTreeSet<u32>) -> Scenario {
    let mut scenario = scenario.clone();
    let ends = |timed: &Timed| {
        timed.action == crate::scenario::Action::Step(Step::End) && matches!(timed.prefix, Prefix::At(_))
    };
    scenario.lines.retain(|line| match &line.statement {
        Some(Statement::Timed(timed)) => {
            // What no text contains has no number of its own.
            let waits = line.span.line > 0 && idle.contains(&line.span.line);
            !ends(timed) && !waits
        }
        _ => true,
    });
    scenario
}

/// The ensemble as the search has it and as a run has it: the same but for the handles of connections.
struct Twins {
    by_pair: Ensemble,
    plain: Ensemble,
    /// The handle that a run has, by that of the search.
    handles: BTreeMap<ConnId, ConnId>,
}

impl Twins {
    fn of(start: &Start, text: &str) -> Result<Twins, String> {
        let scenario = Scenario::parse("counterexample", text).map_err(|error| error.message)?;
        let run = Run::new("counterexample", text, &scenario, start.seed).map_err(|error| error.message)?;
        let plain = run.reach(Handles::AsTheyCome).map_err(|why| why.words())?;
        let mut by_pair = start.reached.ensemble.clone();
        by_pair.nodes.iter_mut().for_each(|node| node.prompt = false);
        let handles = start.reached.opened.iter().copied().zip(plain.opened).collect();
        Ok(Twins { by_pair, plain: plain.ensemble, handles })
    }

    /// The action, with the handles of a run.
    fn as_run(&self, action: &Action) -> Action {
        let of = |conn: &ConnId| self.handles.get(conn).copied().unwrap_or(*conn);
        match action {
            Action::Deliver { conn, to } => Action::Deliver { conn: of(conn), to: *to },
            Action::Timer { node, timer } => Action::Timer { node: *node, timer: timer.on(of) },
            Action::Run { node, task } => Action::Run { node: *node, task: task.on(of) },
            other => other.clone(),
        }
    }

    fn apply(&mut self, action: &Action) -> Result<(), String> {
        let plain = self.as_run(action);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        if !self.by_pair.is_enabled(action) || !self.plain.is_enabled(&plain) {
            return Err(format!("{action:?} cannot happen where the search took it"));
        }
        self.by_pair.apply(action, &mut ours);
        self.plain.apply(&plain, &mut theirs);
        self.handles.extend(opened(&ours).zip(opened(&theirs)));
        Ok(())
    }

    /// The line that says an action; `None` where another line says it already.
    fn line(&self, action: &Action) -> Result<Option<String>, String> {
        let action = self.as_run(action);
        if matches!(action, Action::Cut { from, to, .. } if from > to) {
            return Ok(None);
        }
        let said = said(&self.plain, &action).ok_or_else(|| format!("no line says {action:?}"))?;
        let by_itself = describe(&self.plain, &action).is_some();
        Ok(Some(if by_itself { format!("next {said}") } else { said }))
    }
}
