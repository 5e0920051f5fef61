//! Settings back to their defaults.

use super::round::rounder;
use super::search::Search;
use super::{ddmin, edit};
use crate::scenario::{Drawn, Scenario, Statement, Time, Value};

/// Takes out `set` lines and draws that are given, then makes simpler what stays.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let start = search.best.clone();
    let settable = |statement: &Option<Statement>| {
        matches!(statement, Some(Statement::Set(_) | Statement::Pin(_) | Statement::Config(_)))
    };
    let places: Vec<usize> =
        (0..start.lines.len()).filter(|at| settable(&start.lines[*at].statement)).collect();
    let mut gone: Vec<usize> = Vec::new();
    ddmin::reduce(places.len(), |out| {
        let mut all = gone.clone();
        all.extend(out.iter().map(|at| places[*at]));
        let taken = search.take(edit::without_lines(&start, &all));
        if taken {
            gone = all;
        }
        taken
    });
    for at in 0..search.best.lines.len() {
        while let Some(simpler) = simpler(&search.best, at).into_iter().find(|one| search.take(one.clone())) {
            debug_assert_eq!(simpler, search.best);
        }
    }
    search.best != start
}

/// The scenario with a simpler value in one of its `set` lines.
fn simpler(scenario: &Scenario, at: usize) -> Vec<Scenario> {
    let setting = match &scenario.lines[at].statement {
        Some(Statement::Set(setting)) => setting,
        Some(Statement::Pin(pin)) => return rounder_pins(scenario, at, pin.value),
        _ => return Vec::new(),
    };
    let values: Vec<Value> = match &setting.value {
        Value::Names(names) if names.len() > 1 => {
            let one_less = |gone: usize| {
                let left = names.iter().enumerate().filter(|(at, _)| *at != gone);
                Value::Names(left.map(|(_, name)| *name).collect())
            };
            (0..names.len()).map(one_less).collect()
        }
        // One time is simpler than a range.
        Value::Duration { min, max } if min < max => [*max, *min, Time(min.0 + (max.0 - min.0) / 2)]
            .map(|time| Value::Duration { min: time, max: time })
            .to_vec(),
        Value::Duration { min, .. } => {
            rounder(*min).into_iter().map(|time| Value::Duration { min: time, max: time }).collect()
        }
        _ => Vec::new(),
    };
    let with = |value| {
        let mut scenario = scenario.clone();
        if let Some(Statement::Set(setting)) = &mut scenario.lines[at].statement {
            setting.value = value;
        }
        scenario
    };
    values.into_iter().map(with).collect()
}

/// The scenario with a rounder value in one of its `pin` lines.
fn rounder_pins(scenario: &Scenario, at: usize, value: Drawn) -> Vec<Scenario> {
    let Drawn::Time(time) = value else { return Vec::new() };
    let with = |rounder| {
        let mut scenario = scenario.clone();
        if let Some(Statement::Pin(pin)) = &mut scenario.lines[at].statement {
            pin.value = Drawn::Time(rounder);
        }
        scenario
    };
    rounder(time).into_iter().map(with).collect()
}
