//! ZooKeeper's four promises to its clients, judged from their history by the zxids of the answers. Each needs a sort
//! and a sweep, and says by which two facts it is broken.

use crate::ops::{Op, ops};
use std::collections::{BTreeMap, BTreeSet};
use zablab_protocol::Sid;
use zablab_sim::history::{Event, Type};

/// What ZooKeeper promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// Acknowledged writes have distinct zxids, in an order that agrees with real time.
    Writes,
    /// A session's answers come in the order of its requests, and nothing it sees goes back.
    Fifo,
    /// An answer at a zxid shows just what was there after that zxid.
    Prefix,
    /// A read behind a sync shows what was acknowledged before the sync was sent. A sync asks no quorum and a leader does
    /// not match its own clients' syncs with anything (protocol reference §7.4), hence [`Excuse`].
    Sync,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) Promise, pub(crate) String);

/// Times between which something was the case, in virtual nanoseconds.
pub(crate) type Span = (u64, u64);

/// When a sync is not judged, and of which server; `None`: of any.
pub(crate) type Excuse = (Option<Sid>, Span);

/// Judges a history in which every change of the znodes that are read is an operation.
pub(crate) fn judge(history: &[Event], excuses: &[Excuse]) -> Vec<Broken> {
    let ops = ops(history);
    let mut broken = Vec::new();
    writes(&ops, &mut broken);
    fifo(&ops, &mut broken);
    prefix(&ops, &mut broken);
    sync(&ops, excuses, &mut broken);
    broken
}

/// A recipe is several requests, so that others of its session end in its midst.
fn is_recipe(op: &Op<'_>) -> bool {
    matches!(op.begin.f, "lock" | "unlock" | "put" | "take")
}

/// Whether its answer carries the zxid of a transaction of its own.
fn is_write(op: &Op<'_>) -> bool {
    match op.begin.f {
        "take" => op.ok().is_some_and(|end| !end.value.is_null()),
        f => matches!(f, "write" | "cas" | "create" | "delete" | "check" | "multi" | "put" | "unlock"),
    }
}

/// Beginnings and ends in the order of the history.
fn moments<'o, 'h>(ops: &'o [Op<'h>]) -> impl Iterator<Item = (&'o Op<'h>, bool)> {
    let begins = ops.iter().map(|op| (op.begun, op, false));
    let ends = ops.iter().filter_map(|op| op.end.map(|(at, _)| (at, op, true)));
    let mut all: Vec<_> = begins.chain(ends).collect();
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter().map(|(_, op, ended)| (op, ended))
}

/// For each operation, by where it begins, the acknowledged write with the highest zxid before it.
fn acknowledged_before<'o, 'h>(ops: &'o [Op<'h>]) -> BTreeMap<usize, (i64, &'o Op<'h>)> {
    let mut highest: Option<(i64, &Op<'_>)> = None;
    let mut before = BTreeMap::new();
    for (op, ended) in moments(ops) {
        if !ended {
            before.extend(highest.map(|highest| (op.begun, highest)));
        } else if let Some(zxid) = op.zxid().filter(|_| is_write(op))
            && highest.is_none_or(|(highest, _)| zxid > highest)
        {
            highest = Some((zxid, op));
        }
    }
    before
}

fn writes(ops: &[Op<'_>], broken: &mut Vec<Broken>) {
    let before = acknowledged_before(ops);
    let mut by_zxid: BTreeMap<i64, &Op<'_>> = BTreeMap::new();
    for op in ops.iter().filter(|op| is_write(op)) {
        let Some(zxid) = op.zxid() else { continue };
        if let Some(other) = by_zxid.insert(zxid, op) {
            broken.push(Broken(
                Promise::Writes,
                format!("one zxid for two writes: {}; {}", other.told(), op.told()),
            ));
        }
        if let Some((floor, earlier)) = before.get(&op.begun)
            && *floor >= zxid
        {
            broken.push(Broken(
                Promise::Writes,
                format!("{} is below what ended before it began: {}", op.told(), earlier.told()),
            ));
        }
    }
}

fn fifo(ops: &[Op<'_>], broken: &mut Vec<Broken>) {
    let mut seen: BTreeMap<u32, (i64, &Op<'_>)> = BTreeMap::new();
    let mut answered: BTreeMap<u32, &Op<'_>> = BTreeMap::new();
    for (op, _) in moments(ops).filter(|(_, ended)| *ended) {
        let Some(zxid) = op.zxid() else { continue };
        let process = op.begin.process;
        let mut tell = |what: &str, other: &Op<'_>| {
            broken.push(Broken(Promise::Fifo, format!("{} {what} {}", op.told(), other.told())))
        };
        if let Some((least, earlier)) = seen.get(&process)
            && (zxid < *least || zxid == *least && is_write(op))
        {
            tell("shows less than", earlier);
        }
        if !is_recipe(op) {
            if let Some(earlier) = answered.get(&process)
                && earlier.begin.xid > op.begin.xid
            {
                tell("ends behind", earlier);
            }
            answered.insert(process, op);
        }
        if seen.get(&process).is_none_or(|(least, _)| zxid > *least) {
            seen.insert(process, (zxid, op));
        }
    }
}

/// What an operation says of a znode's data at a zxid.
enum Fact {
    /// It was written; what it was before, where that is known.
    Written {
        value: String,
        from: Option<String>,
    },
    Read {
        value: String,
    },
}

fn prefix(ops: &[Op<'_>], broken: &mut Vec<Broken>) {
    let mut keys: BTreeMap<&str, Vec<(i64, bool, Fact, &Op<'_>)>> = BTreeMap::new();
    let mut unknown: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for op in ops {
        let (key, asked) = (&*op.begin.key, &op.begin.value);
        let (f, end) = (op.begin.f, op.ok());
        let written = match f {
            "write" => Some((asked.to_string(), None)),
            "cas" => Some((asked[1].to_string(), Some(asked[0].to_string()))),
            "delete" => Some(("null".to_owned(), None)),
            _ => None,
        };
        match (written, end, op.zxid()) {
            (Some((value, from)), Some(_), Some(zxid)) => {
                keys.entry(key).or_default().push((zxid, false, Fact::Written { value, from }, op));
            }
            (Some((value, _)), ..) if op.end.is_none_or(|(_, end)| end.kind == Type::Info) => {
                unknown.entry(key).or_default().insert(value);
            }
            (None, Some(end), Some(zxid)) if f == "read" => {
                let value = end.value.to_string();
                keys.entry(key).or_default().push((zxid, true, Fact::Read { value }, op));
            }
            _ => {}
        }
    }
    for (key, mut facts) in keys {
        facts.sort_by_key(|(zxid, reads, ..)| (*zxid, *reads));
        let mut unknown = unknown.remove(key).unwrap_or_default();
        // The value, the zxid of the newest fact that it rests on, and whose.
        let (mut now, mut since, mut by) = ("null".to_owned(), -1, None);
        for (zxid, _, fact, op) in facts {
            let shown = match &fact {
                Fact::Read { value } => Some(value),
                Fact::Written { from, .. } => from.as_ref(),
            };
            // A write of unknown outcome may have taken effect once, somewhere behind the newest fact.
            if let Some(shown) = shown.filter(|shown| **shown != now)
                && !(zxid > since && unknown.remove(shown))
            {
                let by = by.map_or("nothing".to_owned(), Op::told);
                broken.push(Broken(
                    Promise::Prefix,
                    format!("{} comes upon {shown}, not {now}: {by}", op.told()),
                ));
            }
            let value = match fact {
                Fact::Read { value } | Fact::Written { value, .. } => value,
            };
            (now, since, by) = (value, zxid, Some(op));
        }
    }
}

fn sync(ops: &[Op<'_>], excuses: &[Excuse], broken: &mut Vec<Broken>) {
    let before = acknowledged_before(ops);
    let mut last: BTreeMap<u32, &Op<'_>> = BTreeMap::new();
    for op in ops {
        let previous = last.insert(op.begin.process, op).filter(|previous| previous.begin.f == "sync");
        let (Some(sync), "read", Some(zxid)) = (previous, op.begin.f, op.zxid()) else { continue };
        let (Some(synced), Some((floor, write))) = (sync.ok(), before.get(&sync.begun)) else { continue };
        let excused = excuses.iter().any(|(server, (from, to))| {
            let there = server.is_none() || *server == synced.server;
            there && *from <= synced.time && sync.begin.time <= *to
        });
        if zxid < *floor && !excused {
            broken.push(Broken(
                Promise::Sync,
                format!("{} behind {} lacks {}", op.told(), sync.told(), write.told()),
            ));
        }
    }
}
