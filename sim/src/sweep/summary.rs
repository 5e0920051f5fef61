//! What a sweep has come to, for people.

use super::failure::Failure;
use super::report::{Ended, Report};
use super::tally::Extreme;
use crate::probe::SITUATIONS;
use crate::view::seconds;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// So many situations that were never reached are named.
const NEVER: usize = 12;

/// How many other seeds of a failure are named.
const OTHERS: usize = 10;

/// The summary, ending with a line break. `folder`: where a failure's folder is; in one that has a file of the name
/// `small`, that is what is told to run.
pub fn summary(report: &Report, folder: &dyn Fn(&Failure) -> PathBuf, small: &str) -> String {
    let mut text = String::new();
    for failure in &report.state.failures {
        tell(&mut text, failure, report, &folder(failure), small);
    }
    let (order, tally) = (&report.order, &report.state.tally);
    let shard = order.shard.map(|shard| format!(", shard {shard} ({})", order.part())).unwrap_or_default();
    let wrong = order.wrong.words();
    let failed = match (tally.failed, report.state.failures.len()) {
        (0, _) => "none failed".to_owned(),
        (failed, 1) => format!("{failed} failed"),
        (failed, ways) => format!("{failed} failed in {ways} ways"),
    };
    let runs = if tally.runs == 1 { "run" } else { "runs" };
    let mut line = |what: String| {
        text.push_str(&what);
        text.push('\n');
    };
    line(format!("{}{wrong}, seeds {}{shard}: {} {runs}, {failed}.", order.name, order.seeds, tally.runs));
    let row = |name: &str, what: String| format!("  {name:<11} {what}");
    line(row("events", format!("{} in {} s of virtual time", tally.events, seconds(tally.virtual_nanos))));
    if !tally.faults.is_empty() {
        line(row("faults", faults(&tally.faults)));
    }
    let whole = |held: u64| held == tally.runs;
    let kept = tally.properties.values().filter(|verdicts| whole(verdicts.held)).count();
    line(row("properties", format!("{kept} of {} held in every run", tally.properties.len())));
    for (name, verdicts) in tally.properties.iter().filter(|(_, verdicts)| !whole(verdicts.held)) {
        let mut parts = vec![format!("held in {}", verdicts.held)];
        if verdicts.broken > 0 {
            parts.push(format!("broken in {}", verdicts.broken));
        }
        if verdicts.undecided > 0 {
            parts.push(format!("not judged in {}", verdicts.undecided));
        }
        line(row("", format!("{name}: {}", parts.join(", "))));
    }
    let never: Vec<&str> = tally.never_reached().map(|situation| situation.name).collect();
    let reached = SITUATIONS.len() - never.len();
    let listed = match never.len() {
        0 => String::new(),
        1..=NEVER => format!("; never {}", never.join(", ")),
        _ => "; `--json` has how often each".to_owned(),
    };
    line(row("probes", format!("{reached} of {} situations reached{listed}", SITUATIONS.len())));
    let extremes = |all: &[Extreme], says: &dyn Fn(&Extreme) -> String| {
        all.iter()
            .map(|extreme| format!("{} ({})", extreme.seed, says(extreme)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if tally.runs > 0 {
        line(row("slowest", extremes(&tally.slowest, &|seed| format!("{} events", seed.events))));
        line(row("longest", extremes(&tally.longest, &|seed| format!("{} s", seconds(seed.virtual_nanos)))));
    }
    let timing = &report.timing;
    line(row(
        "speed",
        format!(
            "{:.1} s with {}: {:.0} seeds and {:.0} s of virtual time a second",
            timing.wall_seconds,
            if timing.jobs == 1 { "1 job".to_owned() } else { format!("{} jobs", timing.jobs) },
            timing.seeds_per_second,
            timing.virtual_seconds_per_second
        ),
    ));
    if !report.missing.is_empty() {
        line(format!("No report of shard {}: this is not the whole.", report.missing.join(", ")));
    }
    let left = order.part().to - report.next;
    let behind = format!("{left} seeds from {} on were not looked at", report.next);
    match report.ended {
        Ended::Complete => {}
        Ended::Failures if left == 0 => {}
        Ended::Failures if order.keep_going => {
            line(format!("STOPPED at {} distinct failures: {behind}.", order.max_failures));
        }
        Ended::Failures => line(format!("STOPPED at the lowest seed that fails: {behind}.")),
        Ended::TimeLimit => line(format!("STOPPED at the time limit: {behind}.")),
        Ended::Interrupted => line(format!("INTERRUPTED: {behind}.")),
        Ended::UnderWay => line(format!("NOT FINISHED: {behind}.")),
    }
    text
}

/// How often each kind of fault came; what was held, and what was set, in one number each.
fn faults(all: &BTreeMap<String, u64>) -> String {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, times) in all {
        let kind = match kind.split_once(' ') {
            Some((word @ ("hold" | "set"), _)) => word,
            _ => kind,
        };
        *sums.entry(kind).or_default() += times;
    }
    sums.iter().map(|(kind, times)| format!("{kind} {times}")).collect::<Vec<_>>().join(", ")
}

fn tell(text: &mut String, failure: &Failure, report: &Report, folder: &Path, small: &str) {
    let others = failure.count - 1;
    let more = match others {
        0 => String::new(),
        others => {
            let named: Vec<String> = failure.seeds.iter().skip(1).take(OTHERS).map(u64::to_string).collect();
            let dots = if others > named.len() as u64 { " …" } else { "" };
            format!(", and in {others} more: {}{dots}", named.join(" "))
        }
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "BROKEN {} in seed {}{more}", failure.property, failure.seed);
    for line in failure.what.lines() {
        let _ = writeln!(text, "  {line}");
    }
    if !failure.also.is_empty() {
        let _ = writeln!(text, "  also broken: {}", failure.also.join(", "));
    }
    if !failure.decisions.is_empty() {
        let _ = writeln!(text, "  last decided: {}", failure.decisions.join(", "));
    }
    let _ = writeln!(text, "  {}", super::reproduce(&report.order, failure.seed));
    let small = folder.join(small);
    if small.exists() {
        let _ = writeln!(text, "  zablab run {}", small.display());
    }
    let _ = writeln!(text, "  {}\n", folder.display());
}
