//! Takes out steps.

use super::search::Search;
use super::{ddmin, edit};
use crate::scenario::{Scenario, Step};

/// Two lines of a schedule that are further apart are not tried together: there can be hundreds.
const TOGETHER: usize = 8;

/// By delta debugging over the steps and triggers.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    let steps = edit::steps(&before);
    let mut gone: Vec<usize> = Vec::new();
    ddmin::reduce(steps.len(), |out| {
        let mut all = gone.clone();
        all.extend(out.iter().map(|at| steps[*at]));
        let taken = search.take(edit::without_lines(&before, &all));
        if taken {
            gone = all;
        }
        taken
    });
    // Pairs that only go together: a cut and its heal, a kill and its start.
    let mut at = 0;
    while at < edit::steps(&search.best).len() {
        let steps = edit::steps(&search.best);
        // Of a schedule, what goes together stands together.
        let is_next = |at: usize| matches!(edit::step_of(&search.best.lines[steps[at]]), Some(Step::Next(_)));
        let far = |other: usize| other - at > TOGETHER && is_next(at) && is_next(other);
        let others: Vec<usize> = (at + 1..steps.len()).filter(|other| !far(*other)).collect();
        let pair = others.into_iter().find(|other| {
            let candidate: Scenario = edit::without_lines(&search.best, &[steps[at], steps[*other]]);
            search.take(candidate)
        });
        at = if pair.is_some() { at } else { at + 1 };
    }
    search.best != before
}
