//! Settings back to their defaults.

use super::search::Search;
use super::{ddmin, edit};
use crate::scenario::{Scenario, Statement, Time, Value};

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
    let Some(Statement::Set(setting)) = &scenario.lines[at].statement else { return Vec::new() };
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
