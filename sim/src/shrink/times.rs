//! Times: earlier, closer together, round.

use super::edit;
use super::round::{ROUND, roundness};
use super::search::Search;
use crate::scenario::{Line, Scenario, Time};

/// Distances from the step before that are tried, in whole seconds.
const GAPS: [u64; 13] = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 60, 120];

/// One instant after the other, each moved with all that comes later, so that the distances behind it stay.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    let mut at = 0;
    while let Some(now) = instants(&search.best).get(at).copied() {
        let previous = at.checked_sub(1).and_then(|at| instants(&search.best).get(at).copied());
        let moved = wished(now, previous.unwrap_or(Time(0))).into_iter().any(|wish| {
            search.take(shifted(&search.best, now, wish)) || search.take(moved(&search.best, now, wish))
        });
        bisect(search, at);
        // One that has joined the instant before it is gone.
        if !moved || instants(&search.best).get(at).is_some_and(|new| *new <= now) {
            at += 1;
        }
    }
    search.best != before
}

/// The earliest whole second for one instant, by bisection between the instant before and where it is.
fn bisect(search: &mut Search<'_>, at: usize) {
    let second = ROUND[0];
    let all = instants(&search.best);
    let Some(now) = all.get(at).filter(|now| now.0.is_multiple_of(second)) else { return };
    let before = at.checked_sub(1).map_or(Time(0), |before| all[before]);
    let (mut low, mut high) = (before.0.div_ceil(second), now.0 / second);
    while low < high {
        let middle = low + (high - low) / 2;
        let candidate = shifted(&search.best, Time(high * second), Time(middle * second));
        if search.take(candidate) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
}

/// The different instants, in order.
fn instants(scenario: &Scenario) -> Vec<Time> {
    let mut all: Vec<Time> = scenario.lines.iter().filter_map(edit::time_of).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Better times than `now`, the best first: rounder, or as round and earlier. None lies before `earlier`.
fn wished(now: Time, earlier: Time) -> Vec<Time> {
    let second = ROUND[0];
    let from = earlier.0.div_ceil(second) * second;
    let mut all = vec![earlier];
    all.extend(GAPS.iter().map(|gap| Time(from + gap * second)));
    for unit in ROUND {
        let down = now.0 / unit * unit;
        all.extend([Time(down), Time(down.saturating_add(unit))]);
    }
    let better = |wish: &Time| {
        let (was, is) = (roundness(now), roundness(*wish));
        *wish >= earlier && (is < was || (is == was && *wish < now))
    };
    all.retain(better);
    // A rounding to seconds may come before distances that are longer than it.
    let mut tried = Vec::new();
    all.retain(|wish| {
        let new = !tried.contains(wish);
        tried.push(*wish);
        new
    });
    all
}

/// The scenario with that instant at another time, and all that comes later moved as far.
fn shifted(scenario: &Scenario, from: Time, to: Time) -> Scenario {
    change(scenario, |time| if time >= from { Time((time.0 - from.0).saturating_add(to.0)) } else { time })
}

/// The scenario with that instant alone at another time; the same scenario where it would pass another one.
fn moved(scenario: &Scenario, from: Time, to: Time) -> Scenario {
    let next = instants(scenario).into_iter().find(|time| *time > from);
    if next.is_some_and(|next| to > next) {
        return scenario.clone();
    }
    change(scenario, |time| if time == from { to } else { time })
}

fn change(scenario: &Scenario, new: impl Fn(Time) -> Time) -> Scenario {
    let line = |line: &Line| {
        let mut line = line.clone();
        if let Some(time) = edit::time_mut(&mut line) {
            *time = new(*time);
        }
        line
    };
    Scenario { lines: scenario.lines.iter().map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_better_times_are_wished_for() {
        let ms = Time::from_millis;
        let wishes = wished(ms(5_430), ms(1_000));
        assert_eq!(wishes[..3], [ms(1_000), ms(2_000), ms(3_000)]);
        assert!(wishes.contains(&ms(5_000)) && wishes.contains(&ms(6_000)) && wishes.contains(&ms(5_500)));
        assert!(!wishes.contains(&ms(5_431)));
        assert!(wished(ms(2_000), ms(2_000)).is_empty());
        assert!(wished(ms(3_000), ms(1_000)).iter().all(|wish| *wish < ms(3_000)));
    }
}
