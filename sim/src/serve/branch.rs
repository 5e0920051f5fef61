//! Branches: a scenario up to an instant, and what is done then.

use crate::run::{Observer, Run, StepView};
use crate::scenario::{
    Action, Diagnostic, Line, Pin, Prefix, Scenario, Statement, Step, Time, Timed, between,
};
use std::io;

fn timed(at: u64, step: Step) -> Line {
    Line::of(Statement::Timed(Timed::new(Prefix::At(Time(at)), Action::Step(step))))
}

/// The same scenario, as long as it lasts at least until then. No line gets another number.
pub fn until(scenario: &Scenario, at: u64) -> Scenario {
    let at = at.min(Time::MAX.0);
    let mut scenario = scenario.clone();
    if scenario.end().0 >= at {
        return scenario;
    }
    for line in &mut scenario.lines {
        if let Some(Statement::Timed(Timed { prefix, action: Action::Step(Step::End), .. })) =
            &mut line.statement
        {
            *prefix = Prefix::At(Time(at));
            return scenario;
        }
    }
    scenario.lines.push(timed(at, Step::End));
    scenario
}

/// The scenario as it was up to an instant, at which it ends.
pub(super) fn ended(scenario: &Scenario, at: u64) -> Scenario {
    let mut past = up_to(scenario, at);
    past.lines.push(timed(at, Step::End));
    past
}

/// Whether a statement has acted, or was decided, by then. A trigger that was armed is a rule of the world, and stays.
fn is_past(statement: &Timed, at: u64) -> bool {
    match (&statement.prefix, &statement.action) {
        // A question is about what the scenario does next, and that is done no more.
        (_, Action::Step(Step::End) | Action::Ask(_)) => false,
        (Prefix::At(time) | Prefix::By(time), _) => time.0 <= at,
        (Prefix::During { to, .. }, _) => to.0 <= at,
        (Prefix::When(trigger), _) => trigger.armed.is_none_or(|armed| armed.0 <= at),
    }
}

/// The scenario up to an instant. What led to a trigger may still come, and need not.
pub(super) fn up_to(scenario: &Scenario, at: u64) -> Scenario {
    let is_trigger = |line: &Line| {
        matches!(&line.statement, Some(Statement::Timed(Timed { prefix: Prefix::When(_), .. })))
    };
    let stays = |line: &Line| match &line.statement {
        Some(Statement::Timed(statement)) => is_past(statement, at),
        _ => true,
    };
    // With triggers a run goes by single steps of tasks. Were none left, it would be another run.
    let rules_end = scenario.lines.iter().any(is_trigger)
        && !scenario.lines.iter().any(|line| is_trigger(line) && stays(line));
    let mut lines = with_captions(&scenario.lines, |line| stays(line) || (rules_end && is_trigger(line)));
    for line in &mut lines {
        if let Some(Statement::Timed(Timed { prefix: Prefix::When(trigger), .. })) = &mut line.statement {
            trigger.must_fire = false;
        }
    }
    Scenario { lines }
}

/// The statements that stay. A caption goes with its statement.
fn with_captions(lines: &[Line], stays: impl Fn(&Line) -> bool) -> Vec<Line> {
    let mut kept = Vec::new();
    let mut remarks = Vec::new();
    for line in lines {
        match (&line.statement, stays(line)) {
            (None, _) => remarks.push(line.clone()),
            (Some(_), true) => {
                kept.append(&mut remarks);
                kept.push(line.clone());
            }
            (Some(_), false) => remarks.clear(),
        }
    }
    kept
}

/// The scenario up to the question behind so many others, and when that is asked. What is done at the same instant, and
/// stands behind it, is not done.
pub(super) fn asked(scenario: &Scenario, answered: usize) -> Option<(Scenario, u64)> {
    let questions = scenario.lines.iter().enumerate().filter_map(|(place, line)| match &line.statement {
        Some(Statement::Timed(Timed { prefix: Prefix::At(time), action: Action::Ask(_), .. })) => {
            Some((place, time.0))
        }
        _ => None,
    });
    let (place, at) = questions.into_iter().nth(answered)?;
    let over = |line: &Line| match &line.statement {
        Some(Statement::Timed(timed)) => at.checked_sub(1).is_some_and(|before| is_past(timed, before)),
        _ => true,
    };
    let (before, behind) = scenario.lines.split_at(place);
    let mut lines = before.to_vec();
    lines.extend(with_captions(behind, over));
    Some((Scenario { lines }, at))
}

/// Watches for the first step behind an instant.
struct Next {
    at: u64,
    /// A step was made at the very instant.
    exactly: bool,
    found: Option<u64>,
}

impl Observer for Next {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.exactly |= step.moment.at == self.at;
        if step.moment.at <= self.at {
            return Ok(());
        }
        self.found = Some(step.moment.at);
        Err(io::Error::other("the step is found"))
    }
}

/// How far behind an instant the next step is looked for: a server that is up does something within a tick.
const AHEAD: u64 = 1_000_000_000;

/// Between two lines of a frozen world, in virtual nanoseconds.
const PACE: u64 = 1_000_000;

/// The steps that are done at times, in the order in which they are.
fn steps_in_order(scenario: &Scenario) -> Vec<(Time, &Step, &Line)> {
    let mut all = Vec::new();
    for line in &scenario.lines {
        if let Some(Statement::Timed(Timed { prefix: Prefix::At(time), action: Action::Step(step), .. })) =
            &line.statement
            && *step != Step::End
        {
            all.push((*time, step, line));
        }
    }
    all.sort_by_key(|(time, ..)| *time);
    all
}

/// Since when the world is frozen at the end of a scenario, if it is.
pub(super) fn frozen_since(scenario: &Scenario) -> Option<u64> {
    let steps = steps_in_order(scenario);
    let turn = steps.iter().rfind(|(_, step, _)| matches!(step, Step::Freeze | Step::Thaw));
    turn.filter(|(_, step, _)| **step == Step::Freeze).map(|(time, ..)| time.0)
}

/// The scenario without the last that it does, if it has ever been frozen.
pub(super) fn taken_back(scenario: &Scenario) -> Option<Scenario> {
    let all = steps_in_order(scenario);
    let (.., last) = *all.last().filter(|_| all.iter().any(|(_, step, _)| **step == Step::Freeze))?;
    Some(Scenario { lines: with_captions(&scenario.lines, |line| !std::ptr::eq(line, last)) })
}

/// When something can be done behind all that is said of a world that is frozen at the end, if it is.
pub(super) fn in_frozen(past: &Scenario) -> Option<u64> {
    frozen_since(past)?;
    let at = |statement: &Timed| match statement.prefix {
        Prefix::At(time) | Prefix::By(time) => time.0,
        Prefix::During { to, .. } => to.0,
        Prefix::When(_) => 0,
    };
    Some(past.timed().map(at).max().unwrap_or(0) + PACE)
}

/// How a scenario is made into a run.
pub(super) type Prepare<'a> = &'a dyn Fn(&Scenario) -> Result<Run, Diagnostic>;

/// When something can be done right behind an instant: before anything else happens, and at a round time.
fn instant(run: Run, at: u64) -> u64 {
    let mut next = Next { at, exactly: false, found: None };
    // The only error of this observer is that it has seen enough.
    let _ = run.finish(&mut [&mut next]);
    let before = next.found.unwrap_or(at.saturating_add(AHEAD));
    match at.checked_sub(1) {
        _ if next.exactly => between(at, before),
        Some(earlier) => between(earlier, before),
        None => 0,
    }
}

/// The scenario up to an instant, and when something can be done right behind it.
pub(super) fn past(
    scenario: &Scenario,
    at: u64,
    prepare: Prepare<'_>,
) -> Result<(Scenario, u64), Diagnostic> {
    let at = at.min(Time::MAX.0 - AHEAD);
    let past = up_to(scenario, at);
    if let Some(when) = in_frozen(&past) {
        return Ok((past, when));
    }
    let when = instant(prepare(&until(scenario, at + AHEAD))?, at);
    Ok((past, when))
}

/// The branch in which these steps are done at an instant behind all that the scenario says, and these draws are given.
pub fn acted(past: &Scenario, at: u64, steps: &[Step], pins: &[Pin]) -> Scenario {
    let mut lines = past.lines.clone();
    let given = |pin: &Pin| pins.iter().any(|new| new.is_of_the_draw_of(pin));
    lines.retain(|line| !matches!(&line.statement, Some(Statement::Pin(pin)) if given(pin)));
    let declared = |line: &Line| !matches!(line.statement, None | Some(Statement::Timed(_)));
    let behind = lines.iter().rposition(declared).map_or(0, |at| at + 1);
    lines.splice(behind..behind, pins.iter().map(|pin| Line::of(Statement::Pin(pin.clone()))));
    for (number, step) in steps.iter().enumerate() {
        let mut line = timed(at, step.clone());
        line.blank_before = number == 0 && !lines.last().is_some_and(is_step);
        lines.push(line);
    }
    Scenario { lines }
}

fn is_step(line: &Line) -> bool {
    matches!(
        &line.statement,
        Some(Statement::Timed(Timed { prefix: Prefix::At(_), action: Action::Step(_), .. }))
    )
}
