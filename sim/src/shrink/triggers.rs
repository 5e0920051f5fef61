//! Triggers that wait for less, and steps that wait for nothing.

use super::edit;
use super::search::Search;
use crate::scenario::{Line, Moment, Occurrence, Prefix, Scenario, Statement, Time, Timed, Trigger};

/// Each trigger in turn, until none gets simpler.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for at in edit::steps(&before) {
        while let Some(Line {
            statement: Some(Statement::Timed(Timed { prefix: Prefix::When(trigger), .. })),
            ..
        }) = search.best.lines.get(at)
        {
            let all = simpler(&trigger.clone());
            if !all.into_iter().any(|prefix| search.take(with(&search.best, at, prefix))) {
                break;
            }
        }
    }
    // What became a step of its own time goes to its place.
    search.best = edit::bare(&search.best);
    search.best != before
}

/// Simpler prefixes, the simplest first.
fn simpler(trigger: &Trigger) -> Vec<Prefix> {
    let mut all = Vec::new();
    if let Some(armed) = trigger.armed {
        let second = Time::SECOND.0;
        all.extend([Time(armed.0.div_ceil(second) * second), armed].map(Prefix::At));
    }
    let mut with = |change: &dyn Fn(&mut Trigger)| {
        let mut simpler = trigger.clone();
        change(&mut simpler);
        if simpler != *trigger {
            all.push(Prefix::When(simpler));
        }
    };
    with(&|trigger| {
        trigger.armed = None;
        trigger.within = None;
    });
    with(&|trigger| trigger.within = None);
    with(&|trigger| trigger.nth = 1);
    with(&|trigger| trigger.nth = trigger.nth.div_ceil(2));
    with(&|trigger| trigger.event.moment = Moment::After);
    with(&|trigger| match &mut trigger.event.occurrence {
        Occurrence::Wrote { number, .. } => *number = None,
        Occurrence::Got { from, .. } => *from = None,
        Occurrence::Ran(_) | Occurrence::Decided(_) => {}
    });
    all
}

fn with(scenario: &Scenario, at: usize, prefix: Prefix) -> Scenario {
    let mut scenario = scenario.clone();
    if let Some(Statement::Timed(timed)) = &mut scenario.lines[at].statement {
        timed.prefix = prefix;
    }
    scenario
}
