//! What is falsified is objected to: each recording with one fact changed, many times over.

use super::{ensemble, judged, recordings};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use zablab_protocol::ServerState;
use zablab_sim::bugs::Release;
use zablab_sim::conform::event::{Entry, Event, Thread};
use zablab_sim::conform::{Ensemble, ServerLog, open, report};

/// How many of each folder.
const EACH: usize = 14;
/// Of a hundred, this many must be caught.
const CAUGHT: usize = 95;
/// This many may be let through, each with its reason.
const EXCUSES: usize = 10;

/// Falsifications that nobody could object to: the folder, the server, the line, what was changed, and why.
const EXCUSED: &[(&str, &str, u32, &str, &str)] = &[
    (
        "j2-2000-writes",
        "zk3",
        244,
        "the zxid of a proposal",
        "one more proposal between NEWLEADER and UPTODATE would not be told",
    ),
    ("j8-2000-writes-snapcount-300", "zk1", 275, "the first zxid of a log", ROLLED),
    ("j8-2000-writes-snapcount-300", "zk1", 284, "the first zxid of a log", ROLLED),
    ("j8-2000-writes-snapcount-300", "zk1", 293, "the first zxid of a log", ROLLED),
    ("j8-2000-writes-snapcount-300", "zk2", 191, "the first zxid of a log", ROLLED),
    (
        "j8-2000-writes-snapcount-300",
        "zk3",
        74,
        "the leader of a vote",
        "server 1 has just said that before it heard of the other, and a message may be late",
    ),
    ("docker-start-123", "zk1", 42, "the zxid of a vote", "the sender's excerpt begins where it is said"),
    (
        "docker-start-123",
        "zk3",
        1,
        "the leader of a vote",
        "the first line of an excerpt, and nobody has heard it",
    ),
    ("e-lone-survivor", "zk3", 311, "the epoch of a vote", "the sender's log ends before"),
    (
        "windows-pseudo-cluster",
        "zk2",
        4,
        "the order of two lines",
        "an excerpt without times: between the two a role may have ended and another election begun",
    ),
];

/// Why the beginning of a log file is anybody's guess.
const ROLLED: &str = "when a log is rolled is drawn, and no decoded transactions lie beside these logs";

/// A line and what becomes of it.
struct Mutation {
    server: usize,
    line: u32,
    /// The other line, where two change places.
    other: Option<u32>,
    what: String,
    text: String,
}

fn text_of(log: &ServerLog) -> Vec<String> {
    let mut bytes = Vec::new();
    open(&log.files[0]).unwrap().read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

/// Replaces the number behind `key` by what `change` makes of it.
fn number(line: &str, key: &str, change: impl Fn(i64) -> i64) -> Option<String> {
    let at = line.find(key)? + key.len();
    let rest = &line[at..];
    let hex = rest.starts_with("0x");
    let digits = if hex { &rest[2..] } else { rest };
    let is_digit = |c: char| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
    let end = digits.find(|c| !is_digit(c)).unwrap_or(digits.len());
    let value = i64::from_str_radix(&digits[..end], if hex { 16 } else { 10 }).ok()?;
    let new = change(value);
    let new = if hex { format!("0x{new:x}") } else { new.to_string() };
    Some(format!("{}{new}{}", &line[..at], &digits[end..]))
}

fn word(line: &str, from: &str, to: &str) -> Option<String> {
    line.contains(from).then(|| line.replacen(from, to, 1))
}

/// What can be changed in a line: what it is, and the line with it.
fn changes(
    line: &str,
    entry: &Entry,
    sids: &[i64],
    rng: &mut ChaCha8Rng,
) -> Vec<(&'static str, Option<String>)> {
    let other = |sid: i64| {
        let others: Vec<i64> = sids.iter().copied().filter(|other| *other != sid).collect();
        others.get(sid as usize % others.len().max(1)).copied().unwrap_or(sid + 1)
    };
    let up = |n: i64| n + 1;
    let down = |n: i64| if n > 0 { n - 1 } else { n + 1 };
    let either = rng.random::<bool>();
    let step = move |n: i64| if either { up(n) } else { down(n) };
    let epoch = |n: i64| n + (1 << 32);
    let state = |line: &str, key: &str| {
        let states = ["LOOKING", "FOLLOWING", "LEADING"];
        let found = states.iter().position(|state| line.contains(&format!("{key}{state}")))?;
        let from = format!("{key}{}", states[found]);
        word(line, &from, &format!("{key}{}", states[(found + 1) % 3]))
    };
    match &entry.event {
        Event::Heard { .. } if line.contains("n.leader:") => vec![
            ("the leader of a vote", number(line, "n.leader:", other)),
            ("the zxid of a vote", number(line, "n.zxid:", step)),
            ("the epoch of a vote", number(line, "n.peerEpoch:", step)),
            ("the round of a vote", number(line, "n.round:", up)),
            ("the state of a sender", state(line, "n.state:")),
            ("the state of a receiver", state(line, "my state:")),
        ],
        Event::Heard { .. } => vec![("the epoch of a vote", {
            let changed = line.replacen("0x4 (n.peerEPoch)", "0x7 (n.peerEPoch)", 1);
            (changed != line).then_some(changed)
        })],
        Event::NewElection { .. } => vec![("the zxid of a candidate", number(line, "proposed zxid=", step))],
        Event::NotificationTimeout { .. } => vec![("a time-out", number(line, "time out: ", |n| 2 * n))],
        Event::Role { state: ServerState::Following } => {
            vec![("a role", word(line, "- FOLLOWING", "- LEADING"))]
        }
        Event::Role { state: ServerState::Leading } => {
            vec![("a role", word(line, "- LEADING", "- FOLLOWING"))]
        }
        Event::StateChanged { .. } => vec![
            ("a role", word(line, "changed: following", "changed: leading")),
            ("a role", word(line, "changed: leading", "changed: following")),
            ("a synchronization", word(line, "- diff", "- snap")),
            ("a synchronization", word(line, "- snap", "- diff")),
        ],
        Event::Supporters { .. } => vec![
            ("an epoch", number(line, "zxid: ", epoch)),
            ("who supports", number(line, "sids: [[", other)),
        ],
        Event::Synced { .. } => vec![
            (
                "a synchronization",
                word(line, "Getting a diff from the leader", "Getting a snapshot from leader"),
            ),
            (
                "a synchronization",
                word(line, "Getting a snapshot from leader", "Getting a diff from the leader"),
            ),
            ("the zxid of a synchronization", number(line, "leader ", step)),
        ],
        Event::Sending { .. } => vec![("the zxid of a synchronization", number(line, "zxid=", step))],
        Event::SendingSnapshot { .. } => vec![
            ("the zxid of a synchronization", number(line, "zxid of db as ", step)),
            ("a learner's zxid", number(line, "of peer is ", up)),
        ],
        Event::Synchronizing { .. } => vec![
            ("the end of the window", number(line, "maxCommittedLog=", step)),
            ("the beginning of the window", number(line, "minCommittedLog=", step)),
            ("the leader's zxid", number(line, "lastProcessedZxid=", step)),
            ("a learner's zxid", number(line, "peerLastZxid=", step)),
        ],
        Event::FirstProposal { .. } => vec![("the zxid of a proposal", number(line, "Got zxid ", up))],
        Event::NewLogFile { .. } => {
            let at = line.rfind("log.").map(|at| at + 4);
            let changed = at.and_then(|at| {
                let zxid = i64::from_str_radix(line[at..].trim(), 16).ok()?;
                Some(format!("{}{:x}", &line[..at], zxid + 1))
            });
            vec![("the first zxid of a log", changed)]
        }
        Event::Snapshotting { .. } if entry.thread == Thread::Peer => {
            vec![("the zxid of a snapshot", number(line, "Snapshotting: ", up))]
        }
        Event::DatabaseLoaded { .. } => vec![("what a server has", number(line, "highest zxid is ", step))],
        _ => Vec::new(),
    }
}

/// Whether a line has its place in an order: what its thread says before and after it follows from the protocol.
fn is_ordered(event: &Event) -> bool {
    matches!(
        event,
        Event::NewElection { .. }
            | Event::Role { .. }
            | Event::StateChanged { .. }
            | Event::Synced { .. }
            | Event::NewLeader
            | Event::UpToDate
            | Event::LearnerFailed
            | Event::Disconnected { .. }
            | Event::NotificationTimeout { .. }
            | Event::Supporters { .. }
            | Event::Synchronizing { .. }
            | Event::Sending { .. }
    )
}

/// The text behind the head of a line, which keeps time, thread and class.
fn swapped(one: &str, other: &str) -> Option<(String, String)> {
    let at = |line: &str| line.find(']').and_then(|_| line.find(" [myid").or(Some(0)));
    let (a, b) = (at(one)?, at(other)?);
    Some((format!("{}{}", &one[..a], &other[b..]), format!("{}{}", &other[..b], &one[a..])))
}

fn draw(ensemble: &Ensemble, texts: &[Vec<String>], rng: &mut ChaCha8Rng) -> Option<Mutation> {
    let sids: Vec<i64> = ensemble.servers.iter().map(|log| log.sid.0).collect();
    let server = rng.random_range(0..ensemble.servers.len());
    let log = &ensemble.servers[server];
    if log.entries.is_empty() {
        return None;
    }
    let at = rng.random_range(0..log.entries.len());
    let entry = &log.entries[at];
    let line = &texts[server][entry.line as usize - 1];
    if rng.random_ratio(1, 5) {
        let next = log.entries[at + 1..].iter().find(|next| next.thread == entry.thread)?;
        let close = entry.time.zip(next.time).is_none_or(|(one, other)| other - one < 5_000);
        if !close || !is_ordered(&entry.event) || !is_ordered(&next.event) || next.event == entry.event {
            return None;
        }
        // The lines `Peer state changed: leading` and `LEADING` say the same, and so do their like.
        if let (Event::StateChanged { zab: None, .. }, Event::Role { .. }) = (&entry.event, &next.event) {
            return None;
        }
        let other = &texts[server][next.line as usize - 1];
        let (first, _) = swapped(line, other)?;
        return Some(Mutation {
            server,
            line: entry.line,
            other: Some(next.line),
            what: "the order of two lines".to_owned(),
            text: first,
        });
    }
    let all: Vec<(&str, String)> = changes(line, entry, &sids, rng)
        .into_iter()
        .filter_map(|(what, changed)| Some((what, changed.filter(|changed| changed != line)?)))
        .collect();
    if all.is_empty() {
        return None;
    }
    let (what, text) = &all[rng.random_range(0..all.len())];
    Some(Mutation { server, line: entry.line, other: None, what: (*what).to_owned(), text: text.clone() })
}

/// A copy of an ensemble's files, with one line changed.
fn falsify(ensemble: &Ensemble, texts: &[Vec<String>], mutation: &Mutation, to: &Path) {
    let _ = fs::remove_dir_all(to);
    for (index, log) in ensemble.servers.iter().enumerate() {
        let from = log.files[0].parent().unwrap();
        let alone = from != ensemble.folder;
        let folder = if alone { to.join(&log.name) } else { to.to_owned() };
        fs::create_dir_all(&folder).unwrap();
        let mut lines = texts[index].clone();
        if index == mutation.server {
            let at = mutation.line as usize - 1;
            if let Some(other) = mutation.other {
                let (first, second) = swapped(&lines[at], &lines[other as usize - 1]).unwrap();
                lines[at] = first;
                lines[other as usize - 1] = second;
            } else {
                lines[at] = mutation.text.clone();
            }
        }
        let name = if alone { "zk.log".to_owned() } else { format!("{}.log", log.name) };
        fs::write(folder.join(name), lines.join("\n") + "\n").unwrap();
        for beside in ["zoo.cfg", "txns.txt", "txns.txt.gz"] {
            if alone && from.join(beside).is_file() {
                fs::copy(from.join(beside), folder.join(beside)).unwrap();
            }
        }
    }
}

fn objects(folder: &Path, release: Option<Release>) -> bool {
    let reading = zablab_sim::conform::read(&[folder.to_owned()], None);
    reading.ensembles.len() != 1
        || reading
            .ensembles
            .iter()
            .any(|ensemble| report::is_wrong(ensemble, &judged(ensemble, release), true))
}

#[test]
fn what_is_falsified_is_objected_to() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("falsified");
    let (mut all, mut let_through): (usize, Vec<String>) = (0, Vec::new());
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (number, (folder, release)) in recordings().into_iter().enumerate() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let ensemble = ensemble(&folder);
        let texts: Vec<Vec<String>> = ensemble.servers.iter().map(text_of).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
        let mut drawn = Vec::new();
        while drawn.len() < EACH {
            let Some(mutation) = draw(&ensemble, &texts, &mut rng) else { continue };
            let place = (mutation.server, mutation.line, mutation.what.clone());
            if drawn.contains(&place) {
                if rng.random_ratio(1, 50) {
                    break;
                }
                continue;
            }
            drawn.push(place);
            falsify(&ensemble, &texts, &mutation, &scratch);
            all += 1;
            let kind = kinds.entry(mutation.what.clone()).or_default();
            kind.0 += 1;
            if objects(&scratch, release) {
                kind.1 += 1;
                continue;
            }
            let server = &ensemble.servers[mutation.server].name;
            let what = (name.as_str(), server.as_str(), mutation.line, mutation.what.as_str());
            let excused = EXCUSED
                .iter()
                .any(|(folder, server, line, which, _)| (*folder, *server, *line, *which) == what);
            let mark = if excused { "excused" } else { "LET THROUGH" };
            let_through.push(format!("{mark} {what:?}: {}", mutation.text));
        }
    }
    let caught = all - let_through.len();
    assert!(all >= 200, "{all}");
    assert!(caught * 100 >= all * CAUGHT, "{caught} of {all}\n{kinds:#?}\n{let_through:#?}");
    assert!(let_through.len() <= EXCUSES, "{caught} of {all}\n{let_through:#?}");
    let unexcused: Vec<&String> = let_through.iter().filter(|line| !line.starts_with("excused")).collect();
    assert!(unexcused.is_empty(), "{caught} of {all}\n{unexcused:#?}");
}
