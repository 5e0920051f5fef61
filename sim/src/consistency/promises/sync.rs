//! Sync, then read: what a session reads behind a sync shows everything that was acknowledged before the sync was sent.

use super::view::{Kind, View, finding};
use super::{Judged, MOST};
use crate::check::Property;
use crate::consistency::Finding;
use crate::history::Outcome;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;
use zablab_protocol::Zxid;

/// The promise. No quorum is asked for a sync and a leader does not match its own clients' syncs with anything (protocol
/// reference §7.4), hence [`Excuse`].
pub const PROPERTY: Property = Property {
    name: "sync-then-read",
    says: "what a session reads behind an acknowledged sync shows everything that was acknowledged before the sync was sent",
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

/// The first read of a session behind each of its syncs, both answered: each with its sync.
pub(super) fn first_reads(view: &View<'_>) -> impl Iterator<Item = (usize, usize)> {
    let mut syncs: IndexMap<i64, usize, FxBuildHasher> = IndexMap::default();
    view.history.operations.iter().enumerate().filter_map(move |(at, op)| {
        match (view.kinds[at], op.outcome) {
            (Kind::Sync, Outcome::Ok) => {
                syncs.insert(op.process, at);
                None
            }
            (Kind::Read, Outcome::Ok) => syncs.swap_remove(&op.process).map(|sync| (at, sync)),
            _ => None,
        }
    })
}

/// What excuses a sync from being judged.
pub(super) fn excuse<'e>(view: &View<'_>, sync: usize, excuses: &'e [Excuse]) -> Option<&'e Excuse> {
    let op = view.op(sync);
    let (from, to) = (op.times.0, op.times.1.unwrap_or(u64::MAX));
    excuses.iter().find(|excuse| {
        let there = excuse.server.is_none() || excuse.server == op.server;
        there && excuse.from <= to && from <= excuse.to
    })
}

pub(super) fn judge(view: &View<'_>, excuses: &[Excuse], judged: &mut Judged) {
    let of_keys = view.history.znode_zxids.then(|| Acknowledged::of(view));
    // The latest of each session, by whether it is excused. One read behind each is told.
    let mut owed: IndexMap<i64, usize, FxBuildHasher> = IndexMap::default();
    let mut excused: IndexMap<i64, (usize, &Excuse), FxBuildHasher> = IndexMap::default();
    let (mut findings, mut notes) = (Vec::new(), Vec::new());
    for (at, op) in view.history.operations.iter().enumerate().filter(|(_, op)| op.outcome == Outcome::Ok) {
        match view.kinds[at] {
            Kind::Sync => match excuse(view, at, excuses) {
                None => {
                    owed.insert(op.process, at);
                }
                Some(excuse) => {
                    excused.insert(op.process, (at, excuse));
                }
            },
            Kind::Read => {
                let owes = owed.get(&op.process).and_then(|sync| lacking(view, of_keys.as_ref(), at, *sync));
                if let Some(found) = owes {
                    owed.swap_remove(&op.process);
                    findings.push(found);
                } else if let Some((sync, excuse)) = excused.get(&op.process).copied()
                    && let Some(mut found) = lacking(view, of_keys.as_ref(), at, sync)
                {
                    excused.swap_remove(&op.process);
                    found.sentence.push_str(&format!("; {}", excuse.why));
                    notes.push(found);
                }
            }
            _ => {}
        }
        if findings.len() == MOST {
            break;
        }
    }
    notes.truncate(MOST);
    judged.findings.extend(findings);
    judged.notes.extend(notes);
}

/// What a read lacks of what was acknowledged before a sync was sent.
fn lacking(view: &View<'_>, of_keys: Option<&Acknowledged>, read: usize, sync: usize) -> Option<Finding> {
    let op = view.op(read);
    // Where the zxid is the znode's own, only that znode's writes count.
    let acknowledged = match of_keys {
        None => view.before[sync],
        Some(of_keys) => of_keys.before(view.op(sync).invoked, op.key),
    };
    let (zxid, (highest, write)) = (op.zxid?, acknowledged?);
    if zxid >= highest {
        return None;
    }
    let write = write as usize;
    let sentence = format!(
        "{} lacks zxid {}, acknowledged to {} before the {} ahead of the read was sent",
        view.told(read),
        Zxid(highest),
        view.told(write),
        view.told(sync),
    );
    Some(finding(PROPERTY.name, vec![read, sync, write], sentence))
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
