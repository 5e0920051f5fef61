//! The transaction logs of an ensemble, decoded, against each other and against what the servers told.

use super::event::{Entry, Event};
use super::together::Conflict;
use super::{ServerLog, TxnLine};
use std::collections::{BTreeMap, BTreeSet};
use zablab_protocol::{SessionId, Sid, SyncMode, Zxid};

/// Holds all that lies beside the logs against each other: one zxid is one transaction, and who says that a session began
/// has the transaction that began it.
pub(super) fn prefixes(servers: &[ServerLog]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    let mut known: BTreeMap<Zxid, (Sid, &TxnLine)> = BTreeMap::new();
    let mut all_there = true;
    for (at, server) in servers.iter().enumerate() {
        let Some(txns) = &server.txns else {
            all_there = false;
            continue;
        };
        let made = |entry: &&Entry| matches!(entry.event, Event::CurrentEpochMade { .. });
        // One that began with nothing a second time has lost what it knew.
        let wiped = server.entries.iter().filter(made).count() > 1;
        all_there &= !txns.is_cut() && !server.is_excerpt && !wiped;
        for entry in txns.entries() {
            let (whose, other) = *known.entry(entry.zxid).or_insert((server.sid, entry));
            if (other.session, other.cxid, &other.kind, &other.path)
                != (entry.session, entry.cxid, &entry.kind, &entry.path)
            {
                let why = format!(
                    "{} is {} for server {whose} and {} for server {}",
                    entry.zxid,
                    words(other),
                    words(entry),
                    server.sid
                );
                let entry = server.entries.len().saturating_sub(1);
                conflicts.push(Conflict { check: "same-transactions", server: at, entry, why });
            }
        }
    }
    for (at, server) in servers.iter().enumerate() {
        files(at, server, &mut conflicts);
        order(at, server, &mut conflicts);
    }
    if all_there {
        sessions(servers, &known, &mut conflicts);
    }
    conflicts
}

fn words(txn: &TxnLine) -> String {
    let path = txn.path.as_deref().map_or(String::new(), |path| format!(" {path}"));
    format!("{}{path} of session {}", txn.kind, txn.session)
}

/// Every session that a log tells of was created by a transaction.
fn sessions(servers: &[ServerLog], known: &BTreeMap<Zxid, (Sid, &TxnLine)>, conflicts: &mut Vec<Conflict>) {
    let created: BTreeSet<SessionId> =
        known.values().filter(|(_, txn)| &*txn.kind == "createSession").map(|(_, txn)| txn.session).collect();
    for (place, server) in servers.iter().enumerate() {
        for (at, entry) in server.entries.iter().enumerate() {
            if let Event::SessionOpened { session } = &entry.event
                && !created.contains(session)
            {
                let why = format!("no transaction creates session {session}");
                conflicts.push(Conflict { check: "sessions-are-created", server: place, entry: at, why });
            }
        }
    }
}

/// Every file of the log that a server tells of is there, unless it was told to cut its log, or has begun with nothing
/// since.
fn files(place: usize, server: &ServerLog, conflicts: &mut Vec<Conflict>) {
    let Some(txns) = &server.txns else { return };
    let is_cut =
        |entry: &Entry| matches!(entry.event, Event::Synced { mode: SyncMode::Trunc, .. } | Event::Severe);
    if server.is_excerpt || server.entries.iter().any(is_cut) {
        return;
    }
    let made = |entry: &Entry| matches!(entry.event, Event::CurrentEpochMade { .. });
    let from = server.entries.iter().rposition(made).unwrap_or(0);
    let there: BTreeSet<Zxid> = txns.files.iter().filter_map(|file| file.begins).collect();
    for (at, entry) in server.entries.iter().enumerate().skip(from) {
        if let Event::NewLogFile { zxid } = &entry.event
            && !there.contains(zxid)
        {
            let why = format!("server {} has no such file beside its log", server.sid);
            conflicts.push(Conflict { check: "log-files-are-there", server: place, entry: at, why });
        }
    }
}

/// Entries ascend, one by one within an epoch, unless the log itself told of disorder, or a SNAP stood for some of them.
fn order(place: usize, server: &ServerLog, conflicts: &mut Vec<Conflict>) {
    let Some(txns) = &server.txns else { return };
    let told = |entry: &Entry| {
        matches!(entry.event, Event::LogOutOfOrder { .. } | Event::Synced { mode: SyncMode::Snap, .. })
    };
    if server.entries.iter().any(told) {
        return;
    }
    let mut last: Option<Zxid> = None;
    for file in &txns.files {
        for (at, txn) in file.entries.iter().enumerate() {
            let left_out = file.cut.is_some_and(|(before, _)| before == at);
            if let Some(before) = last
                && (txn.zxid <= before
                    || !left_out && txn.zxid.epoch() == before.epoch() && txn.zxid != before.next())
            {
                let why =
                    format!("in the transaction log of server {}, {} follows {before}", server.sid, txn.zxid);
                let entry = server.entries.len().saturating_sub(1);
                conflicts.push(Conflict { check: "transactions-in-order", server: place, entry, why });
            }
            last = Some(txn.zxid);
        }
    }
}
