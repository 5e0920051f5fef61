//! Sync, then read: a read directly behind a sync shows everything that was acknowledged before the sync was sent.

use super::view::{Kind, View, finding};
use super::{Judged, MOST};
use crate::check::Property;
use crate::history::Outcome;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;
use zablab_protocol::Zxid;

/// The promise. No quorum is asked for a sync and a leader does not match its own clients' syncs with anything (protocol
/// reference §7.4), hence [`Excuse`].
pub const PROPERTY: Property = Property {
    name: "sync-then-read",
    says: "a read sent directly behind an acknowledged sync shows everything that was acknowledged before the sync was sent",
    source: "checkers reference §4.4; protocol reference §7.4",
    test: "tests/histories/trips.rs::a_stale_read_behind_a_sync_is_found_unless_it_is_excused",
};

/// When a read behind a sync may be old, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// The server that answered the sync; `None`: any.
    pub server: Option<Arc<str>>,
    /// The sync is under way at some time from here …
    pub from: u64,
    /// … to here, in the times of the history.
    pub to: u64,
    /// Why it is not owed then.
    pub why: Arc<str>,
}

pub(super) fn judge(view: &View<'_>, excuses: &[Excuse], judged: &mut Judged) {
    let mut last: IndexMap<i64, usize, FxBuildHasher> = IndexMap::default();
    let (mut findings, mut notes) = (Vec::new(), Vec::new());
    let of_keys = view.history.znode_zxids.then(|| Acknowledged::of(view));
    for (at, op) in view.history.operations.iter().enumerate() {
        let previous = last.insert(op.process, at);
        let (Some(sync), Kind::Read, Some(zxid)) = (previous, view.kinds[at], op.zxid) else { continue };
        let synced = view.op(sync);
        if view.kinds[sync] != Kind::Sync || synced.outcome != Outcome::Ok || op.outcome != Outcome::Ok {
            continue;
        }
        // Where the zxid is the znode's own, only that znode's writes count.
        let acknowledged = match &of_keys {
            None => view.before[sync],
            Some(of_keys) => of_keys.before(synced.invoked, op.key),
        };
        let Some((highest, write)) = acknowledged.filter(|(highest, _)| zxid < *highest) else { continue };
        let write = write as usize;
        let sentence = format!(
            "{} lacks zxid {}, which was acknowledged to {} before the {} ahead of the read was sent",
            view.told(at),
            Zxid(highest),
            view.told(write),
            view.told(sync),
        );
        let mut found = finding(PROPERTY.name, vec![at, sync, write], sentence);
        let span = (synced.times.0, synced.times.1.unwrap_or(u64::MAX));
        let excuse = excuses.iter().find(|excuse| {
            let there = excuse.server.is_none() || excuse.server == synced.server;
            there && excuse.from <= span.1 && span.0 <= excuse.to
        });
        match excuse {
            None if findings.len() < MOST => findings.push(found),
            Some(excuse) if notes.len() < MOST => {
                found.sentence.push_str(&format!("; {}", excuse.why));
                notes.push(found);
            }
            _ => {}
        }
    }
    judged.findings.extend(findings);
    judged.notes.extend(notes);
}

/// The acknowledged writes of each key: where the answer stands, the highest zxid so far, and whose it is.
struct Acknowledged(IndexMap<u32, Vec<(u32, i64, u32)>, FxBuildHasher>);

impl Acknowledged {
    fn of(view: &View<'_>) -> Acknowledged {
        let mut keys: IndexMap<u32, Vec<(u32, i64, u32)>, FxBuildHasher> = IndexMap::default();
        for (at, _) in view.moments.iter().filter(|(at, ended)| *ended && view.is_write(*at as usize)) {
            let op = view.op(*at as usize);
            let (Some(zxid), Some(end)) = (op.zxid, op.completed) else { continue };
            let of_key = keys.entry(op.key).or_default();
            let newest = match of_key.last() {
                Some((_, highest, by)) if *highest > zxid => (end, *highest, *by),
                _ => (end, zxid, *at),
            };
            of_key.push(newest);
        }
        Acknowledged(keys)
    }

    /// The highest zxid of a key before a place in the history.
    fn before(&self, place: u32, key: u32) -> Option<(i64, u32)> {
        let of_key = self.0.get(&key)?;
        let ended = of_key.partition_point(|(end, ..)| *end < place);
        ended.checked_sub(1).map(|at| (of_key[at].1, of_key[at].2))
    }
}
