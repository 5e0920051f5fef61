//! What came of logs, for people and for machines.

use super::judge::Judged;
use super::{Counts, Ensemble, ServerLog, open};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{BufRead, Read};

/// How many lines of one kind are told of one server; all of them are counted.
const TOLD: usize = 20;
/// How much of a line is shown.
const SHOWN: usize = 300;

/// What a line of a file says; nothing if it cannot be read any more.
fn line_of(log: &ServerLog, file: u16, line: u32) -> String {
    let Some(reader) = log.files.get(usize::from(file)).and_then(|path| open(path).ok()) else {
        return String::new();
    };
    let mut reader = reader;
    let mut buffer = Vec::new();
    for number in 1..=line {
        buffer.clear();
        let Ok(length) = reader.by_ref().take(1 << 20).read_until(b'\n', &mut buffer) else { break };
        if length == 0 {
            return String::new();
        }
        if buffer.last() != Some(&b'\n') && reader.skip_until(b'\n').is_err() {
            break;
        }
        if number == line {
            return String::from_utf8_lossy(&buffer).trim_end().chars().take(SHOWN).collect();
        }
    }
    String::new()
}

/// Where an entry stands: `zk1/zk.log:12`.
fn place(log: &ServerLog, entry: usize) -> String {
    let Some(entry) = log.entries.get(entry) else { return log.name.clone() };
    let path = log.files.get(usize::from(entry.file)).map(|path| path.display().to_string());
    format!("{}:{}", path.unwrap_or_default(), entry.line)
}

fn quoted(log: &ServerLog, entry: usize) -> String {
    log.entries.get(entry).map_or(String::new(), |entry| line_of(log, entry.file, entry.line))
}

/// Whether anything is wrong: the machine disagrees, a check fails, a line of a known shape cannot be read, or, if that
/// counts, a line is not known.
pub fn is_wrong(ensemble: &Ensemble, judged: &Judged, strict: bool) -> bool {
    let odd = |log: &ServerLog| log.counts.malformed > 0 || strict && log.counts.unknown > 0;
    judged.objections() > 0 || ensemble.servers.iter().any(odd)
}

/// One server in a line.
fn summary(log: &ServerLog, explained: usize, undecided: usize) -> String {
    let Counts { lines, trace_lines, unknown, malformed, .. } = &log.counts;
    let ignored: u64 = log.counts.ignored.values().sum();
    let mut text = format!(
        "{:<6} {lines} lines: {} of the protocol, {explained} explained",
        log.name,
        log.entries.len()
    );
    let mut also = |count: u64, what: &str| {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    };
    also(undecided as u64, "not decided");
    also(ignored, "ignored on purpose");
    also(*trace_lines, "of stack traces");
    also(*unknown, "unknown");
    also(*malformed, "that cannot be read");
    also(log.counts.giant, "too long");
    also(log.counts.invalid_utf8, "not UTF-8");
    also(log.counts.other_servers.values().sum(), "of other servers");
    if log.is_excerpt {
        text.push_str("; an excerpt");
    }
    text
}

/// The verdict on an ensemble in words, ending with a line break.
pub fn verdict(ensemble: &Ensemble, judged: &Judged, strict: bool) -> String {
    let mut text = String::new();
    let mut line = |what: String| {
        text.push_str(&what);
        text.push('\n');
    };
    for (log, replayed) in ensemble.servers.iter().zip(&judged.servers) {
        line(summary(log, replayed.explained, replayed.undecided.len()));
        for (entry, why) in replayed.undecided.iter().take(TOLD) {
            line(format!("  not decided: {}: {why}", place(log, *entry)));
        }
        for (path, why) in &log.counts.broken {
            line(format!("  {} ends early: {why}", path.display()));
        }
        for odd in log.counts.malformed_lines.iter().take(TOLD) {
            let path = log.files.get(usize::from(odd.file)).map(|path| path.display().to_string());
            line(format!("  {}:{}: {}", path.unwrap_or_default(), odd.line, odd.text));
            line(format!("    expected a line like `{}`", odd.expected.unwrap_or_default()));
        }
        for note in &log.notes {
            line(format!("  note: {note}"));
        }
    }
    if !ensemble.release.covers(judged.release) {
        let (judged, written) = (judged.release, &ensemble.release);
        line(format!("Judged as {judged}, though its lines are those of {written}."));
    }
    let mut assumed: Vec<String> = judged.assumed.clone();
    for (log, replayed) in ensemble.servers.iter().zip(&judged.servers) {
        for (when, what) in &replayed.assumed {
            assumed.push(format!("{}, at {}: {what}", log.name, place(log, when.entry)));
        }
    }
    if !assumed.is_empty() {
        line(format!("Taken to be so, since no line shows it ({}):", assumed.len()));
        assumed.iter().take(TOLD).for_each(|what| line(format!("  {what}")));
    }
    for (log, ahead) in ensemble.servers.iter().zip(&judged.clocks).filter(|(_, ahead)| **ahead != 0) {
        let (way, first) = (if *ahead > 0 { "ahead of" } else { "behind" }, &ensemble.servers[0].name);
        let seconds = ahead.unsigned_abs() / 1000;
        line(format!(
            "The clock of {} is about {seconds} s {way} that of {first}, by which all is told.",
            log.name
        ));
    }
    let mut ignored: BTreeMap<&str, u64> = BTreeMap::new();
    for (why, count) in ensemble.servers.iter().flat_map(|log| &log.counts.ignored) {
        *ignored.entry(why).or_default() += count;
    }
    let reasons: Vec<String> = ignored.iter().map(|(why, count)| format!("{why} {count}")).collect();
    if !reasons.is_empty() {
        line(format!("Ignored on purpose: {}", reasons.join(", ")));
    }
    for (log, replayed) in ensemble.servers.iter().zip(&judged.servers) {
        for disagreement in replayed.disagreements.iter().take(TOLD) {
            line(format!("DISAGREES {}", place(log, disagreement.entry)));
            line(format!("  {}", quoted(log, disagreement.entry)));
            line(format!("  {}", disagreement.why));
        }
    }
    for conflict in judged.together.conflicts.iter().take(TOLD) {
        let log = ensemble.servers.get(conflict.server);
        let at = log.map_or(String::new(), |log| place(log, conflict.entry));
        line(format!("BROKEN {} {at}", conflict.check));
        if let Some(log) = log {
            line(format!("  {}", quoted(log, conflict.entry)));
        }
        line(format!("  {}", conflict.why));
    }
    let explained: usize = judged.servers.iter().map(|server| server.explained).sum();
    let undecided: usize = judged.servers.iter().map(|server| server.undecided.len()).sum();
    let objections = judged.objections();
    let (traced, untraced) = (judged.together.traced, judged.together.untraced);
    let head = if is_wrong(ensemble, judged, strict) { "Does not conform" } else { "Conforms" };
    line(format!(
        "{head} as ZooKeeper {}: {explained} lines explained, {undecided} not decided, {objections} objections; {traced} \
         notifications traced to their senders, {untraced} of senders whose log does not say.",
        judged.release
    ));
    text
}

/// The verdict on an ensemble for machines.
pub fn json(ensemble: &Ensemble, judged: &Judged, strict: bool) -> Value {
    let servers: Vec<Value> = ensemble
        .servers
        .iter()
        .zip(&judged.servers)
        .map(|(log, replayed)| {
            let files: Vec<String> = log.files.iter().map(|path| path.display().to_string()).collect();
            let at = |entry: usize| {
                let entry = log.entries.get(entry);
                json!({
                    "file": entry.and_then(|entry| files.get(usize::from(entry.file))),
                    "line": entry.map(|entry| entry.line),
                })
            };
            let assumed: Vec<Value> = replayed
                .assumed
                .iter()
                .map(|(when, what)| json!({ "at": at(when.entry), "what": what }))
                .collect();
            let undecided: Vec<Value> = replayed
                .undecided
                .iter()
                .map(|(entry, why)| json!({ "at": at(*entry), "why": why }))
                .collect();
            let disagreements: Vec<Value> = replayed
                .disagreements
                .iter()
                .map(|found| {
                    json!({ "at": at(found.entry), "text": quoted(log, found.entry), "why": found.why })
                })
                .collect();
            json!({
                "sid": log.sid.0,
                "name": log.name,
                "files": files,
                "excerpt": log.is_excerpt,
                "lines": log.counts.lines,
                "protocol": log.entries.len(),
                "explained": replayed.explained,
                "undecided": undecided,
                "ignored": log.counts.ignored,
                "unknown": log.counts.unknown,
                "malformed": log.counts.malformed,
                "traceLines": log.counts.trace_lines,
                "assumed": assumed,
                "disagreements": disagreements,
            })
        })
        .collect();
    let conflicts: Vec<Value> = judged
        .together
        .conflicts
        .iter()
        .map(|conflict| {
            let log = ensemble.servers.get(conflict.server);
            json!({
                "check": conflict.check,
                "sid": log.map(|log| log.sid.0),
                "at": log.map(|log| place(log, conflict.entry)),
                "why": conflict.why,
            })
        })
        .collect();
    json!({
        "folder": ensemble.folder.display().to_string(),
        "release": { "judgedAs": judged.release.to_string(), "inferred": ensemble.release.to_string() },
        "conforms": !is_wrong(ensemble, judged, strict),
        "servers": servers,
        "conflicts": conflicts,
        "assumed": judged.assumed,
        "clocksAheadMs": judged.clocks,
        "traced": judged.together.traced,
        "untraced": judged.together.untraced,
    })
}
