//! Clocks of hosts that differ, as their logs show it: a notification is heard after it is sent, never before.

use super::ServerLog;
use super::event::{Entry, Event};
use std::collections::BTreeMap;
use zablab_protocol::{Notification, ServerState, Sid};

/// Differences up to this are borne without a word, ms.
const SKEW: i64 = 2_000;

/// When a server sent each of its votes first: it hears them itself.
fn sent(log: &ServerLog) -> BTreeMap<(Sid, i64, i64, u64), i64> {
    let mut first = BTreeMap::new();
    for (from, said, time) in log.entries.iter().filter_map(heard) {
        if from == log.sid {
            first.entry(key(&said)).or_insert(time);
        }
    }
    first
}

fn heard(entry: &Entry) -> Option<(Sid, Notification, i64)> {
    match &entry.event {
        Event::Heard { from, said, .. } if said.state == ServerState::Looking => {
            Some((*from, *said, entry.time?))
        }
        _ => None,
    }
}

fn key(said: &Notification) -> (Sid, i64, i64, u64) {
    (said.vote.leader, said.vote.zxid.0, said.vote.peer_epoch.0, said.round.0)
}

/// The least time from sending to hearing, over all votes that one server sent and the other heard: not more than what the
/// other's clock is ahead, and the least delay.
fn least(from: &ServerLog, to: &ServerLog) -> Option<i64> {
    // The first time may be left out.
    if from.is_excerpt {
        return None;
    }
    let sent = sent(from);
    let lags = to.entries.iter().filter_map(heard).filter(|(sender, ..)| *sender == from.sid);
    lags.filter_map(|(_, said, time)| Some(time - sent.get(&key(&said))?)).min()
}

/// How far each server's clock is ahead of the first one's, ms, where it must be: 0 for all that may be right.
pub(super) fn ahead(servers: &[ServerLog]) -> Vec<i64> {
    let mut known: Vec<Option<i64>> = vec![None; servers.len()];
    if let Some(first) = known.first_mut() {
        *first = Some(0);
    }
    // From one to the next, as far as they hear each other.
    while let Some((other, value)) = (0..servers.len()).filter(|at| known[*at].is_none()).find_map(|at| {
        let mut seen = (0..servers.len()).filter_map(|by| Some((by, known[by]?)));
        seen.find_map(|(by, base)| Some((at, base + apart(&servers[by], &servers[at])?)))
    }) {
        known[other] = Some(value);
    }
    known.into_iter().map(|value| value.unwrap_or(0)).collect()
}

/// How far the clock of `other` is ahead of that of `one`, if they have heard each other at all.
fn apart(one: &ServerLog, other: &ServerLog) -> Option<i64> {
    let (most, least) = (least(one, other), least(other, one).map(|lag| -lag));
    let (low, high) = match (least, most) {
        (None, None) => return None,
        (low, high) => (low.unwrap_or(i64::MIN / 4), high.unwrap_or(i64::MAX / 4)),
    };
    Some(if low <= SKEW && high >= -SKEW {
        0
    } else if low > SKEW {
        if high < i64::MAX / 4 { i64::midpoint(low, high) } else { low }
    } else if low > i64::MIN / 4 {
        i64::midpoint(low, high)
    } else {
        high
    })
}
