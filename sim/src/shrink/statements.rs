//! Takes out steps.

use super::search::Search;
use super::{ddmin, edit};
use crate::scenario::Scenario;

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
        let pair = (at + 1..steps.len()).find(|other| {
            let candidate: Scenario = edit::without_lines(&search.best, &[steps[at], steps[*other]]);
            search.take(candidate)
        });
        at = if pair.is_some() { at } else { at + 1 };
    }
    search.best != before
}
