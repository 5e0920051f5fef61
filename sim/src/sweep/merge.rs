//! Reports of shards, joined into the one of the undivided sweep.

use super::report::{Ended, Order, Report, Timing};
use super::{Shard, State};
use std::collections::BTreeMap;

/// Joins the reports of one sweep's shards, each with a name for errors. All is as in the report of the undivided sweep
/// but the timing: what shards ran behind the seed at which that one would have stopped is left out.
pub fn merge(reports: Vec<(String, Report)>) -> Result<Report, String> {
    let mut by_shard: BTreeMap<Shard, (String, Report)> = BTreeMap::new();
    let mut first: Option<(String, Order, String)> = None;
    for (name, report) in reports {
        let Some(shard) = report.order.shard else {
            return Err(format!("{name} is of an undivided sweep; expected the report of a shard"));
        };
        let order = Order { shard: None, ..report.order.clone() };
        match &first {
            None => first = Some((name.clone(), order, report.version.clone())),
            Some((other, _, version)) if *version != report.version => {
                return Err(format!("{other} was written by zablab {version}, {name} by {}", report.version));
            }
            Some((other, known, _)) if *known != order => {
                return Err(format!(
                    "{other} and {name} are of different sweeps: {}",
                    difference(known, &order)
                ));
            }
            Some(_) => {}
        }
        if let Some((other, known)) =
            by_shard.values().find(|(_, known)| known.order.shard.is_some_and(|s| s.of != shard.of))
        {
            let of = known.order.shard.map_or(0, |shard| shard.of);
            return Err(format!("{other} is of {of} shards, {name} of {}", shard.of));
        }
        if let Some((other, _)) = by_shard.get(&shard) {
            return Err(format!("shard {shard} is there twice: {other} and {name}"));
        }
        by_shard.insert(shard, (name, report));
    }
    let (Some((_, order, version)), Some(of)) = (first, by_shard.keys().next().map(|shard| shard.of)) else {
        return Err("there is no report".to_owned());
    };
    let mut merged = Report { version, ..Report::new(order) };
    merged.ended = Ended::Complete;
    let (mut jobs, mut wall) = (0, 0.0);
    for number in 1..=of {
        let shard = Shard { number, of };
        let Some((_, report)) = by_shard.get(&shard) else {
            merged.missing.push(shard.to_string());
            let from = merged.order.seeds.part(shard).from;
            incomplete(&mut merged, Ended::UnderWay, from);
            continue;
        };
        jobs += report.timing.jobs;
        wall = f64::max(wall, report.timing.wall_seconds);
        let enough = merged.order.enough();
        if merged.has_enough() {
            continue;
        }
        let reached = report.stations.iter().find(|station| kinds(&merged.state, &station.state) >= enough);
        let (state, next) = match reached {
            Some(station) => (&station.state, station.next),
            None => (&report.state, report.next),
        };
        merged.state.add(state);
        match report.ended {
            // Where an earlier shard is not finished, the whole is not, whatever came behind.
            _ if reached.is_some() => incomplete(&mut merged, Ended::Failures, next),
            Ended::Complete if merged.ended == Ended::Complete => merged.next = next,
            Ended::Complete => {}
            ended => incomplete(&mut merged, ended, next),
        }
    }
    merged.green = merged.state.failures.is_empty();
    merged.timing = Timing::new(jobs, wall, &merged.state.tally);
    Ok(merged)
}

/// The first shard that does not go on to the next says how the whole ended, and where.
fn incomplete(merged: &mut Report, ended: Ended, next: u64) {
    if merged.ended == Ended::Complete {
        (merged.ended, merged.next) = (ended, next);
    }
}

/// How many distinct failures both have together.
fn kinds(one: &State, other: &State) -> usize {
    let new = |failure: &&_| !one.failures.iter().any(|known| known.is_like(failure));
    one.failures.len() + other.failures.iter().filter(new).count()
}

fn difference(one: &Order, other: &Order) -> String {
    let all = |order: &Order| {
        let going = if order.keep_going { ", keeping going" } else { "" };
        let wrong = order.wrong.words();
        format!(
            "`{}`{wrong}, seeds {}{going}, at most {} failures",
            order.name, order.seeds, order.max_failures
        )
    };
    let (one, other) = (all(one), all(other));
    if one == other { "the scenario's text is another one".to_owned() } else { format!("{one}; {other}") }
}
