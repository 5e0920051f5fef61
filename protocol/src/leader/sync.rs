//! How a learner is brought up to date: DIFF, TRUNC or SNAP (`LearnerHandler.syncFollower` and
//! `queueCommittedProposals`; protocol reference §6.1).

use crate::config::Settings;
use crate::database::Database;
use crate::decision::{SyncMode, SyncRule};
use crate::defects::Defect;
use crate::packet::Packet;
use crate::storage::Storage;
use crate::txn::Txn;
use crate::zxid::Zxid;
use std::collections::VecDeque;
use std::sync::Arc;

/// What `choose` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) mode: SyncMode,
    pub(crate) rule: SyncRule,
    /// The zxid of the DIFF or TRUNC; for a SNAP the zxid from which forwarding starts.
    pub(crate) zxid: Zxid,
    /// Transactions to send after it, each with its COMMIT.
    pub(crate) proposals: Vec<Arc<Txn>>,
    /// Forwarding starts after this zxid.
    pub(crate) queued_to: Zxid,
    /// The window's raw bounds, 0x0 when it is empty.
    pub(crate) window: (Zxid, Zxid),
}

/// The walk over a history: what is decided so far, and what is queued.
struct Walk {
    peer_last: Zxid,
    last_committed: Zxid,
    first: Option<(SyncMode, Zxid)>,
    queued_to: Zxid,
    proposals: Vec<Arc<Txn>>,
    other_epoch: bool,
    /// A zxid within the window counts as one of its own.
    never_cuts: bool,
}

impl Walk {
    /// Goes over transactions in order, up to `limit`, and queues those that the learner lacks.
    fn over<'t>(&mut self, txns: impl Iterator<Item = &'t Arc<Txn>>, limit: Option<Zxid>) {
        let diff = (SyncMode::Diff, self.last_committed);
        let new_epoch_peer = self.peer_last.is_new_epoch();
        // Only what has not been queued yet is looked at again in a second walk.
        let from = self.queued_to;
        let mut previous = Zxid(-1);
        for txn in txns.take_while(|txn| limit.is_none_or(|limit| txn.zxid <= limit)) {
            if txn.zxid < from {
                previous = txn.zxid;
                continue;
            }
            if self.first.is_none() {
                if txn.zxid == self.peer_last {
                    self.first = Some(diff);
                    continue;
                }
                if new_epoch_peer || self.never_cuts {
                    self.first = Some(diff);
                } else if txn.zxid.epoch() != self.peer_last.epoch() {
                    self.other_epoch = true;
                    return;
                } else {
                    self.first = Some((SyncMode::Trunc, previous));
                }
            }
            if txn.zxid > self.queued_to {
                self.proposals.push(txn.clone());
                self.queued_to = txn.zxid;
            }
        }
        if self.first.is_none() && new_epoch_peer {
            self.first = Some(diff);
        }
    }
}

/// Chooses for a learner whose last logged zxid is `peer_last`. `to_be_applied` is committed and not in the tree yet:
/// the committed history ends with it. (The real leader looks at what is applied only, and can cut what it has
/// committed off a learner's log.)
pub(crate) fn choose(
    db: &Database,
    to_be_applied: &VecDeque<Arc<Txn>>,
    disk: &Storage,
    settings: &Settings,
    peer_last: Zxid,
) -> Choice {
    let last = db.state.zxid;
    let history = || db.window.iter().chain(to_be_applied);
    let raw = |txn: Option<&Arc<Txn>>| txn.map_or(Zxid::ZERO, |txn| txn.zxid);
    let window = (raw(db.window.front()), raw(db.window.back()));
    let (min, max) = match (history().next(), history().next_back()) {
        (Some(first), Some(newest)) => (first.zxid, newest.zxid),
        _ => (last, last),
    };
    let plain =
        |mode, rule, zxid, queued_to| Choice { mode, rule, zxid, proposals: Vec::new(), queued_to, window };
    let snap = |rule| plain(SyncMode::Snap, rule, last, last);

    if settings.force_snapshot_sync {
        return snap(SyncRule::Forced);
    }
    if peer_last == last {
        return plain(SyncMode::Diff, SyncRule::InSync, peer_last, peer_last);
    }
    if peer_last > max && !peer_last.is_new_epoch() {
        return plain(SyncMode::Trunc, SyncRule::LearnerAhead, max, max);
    }
    let in_window = min <= peer_last && peer_last <= max;
    let mut walk = Walk {
        peer_last,
        last_committed: max,
        first: None,
        queued_to: peer_last,
        proposals: Vec::new(),
        other_epoch: false,
        never_cuts: in_window && settings.has(Defect::DiffWithoutTrunc),
    };
    let rule = if in_window {
        walk.over(history(), None);
        match walk.first {
            Some((SyncMode::Trunc, _)) => SyncRule::WindowDiverges,
            _ => SyncRule::Window,
        }
    } else if peer_last < min && settings.snapshot_size_factor >= 0 {
        let Some(file) = disk.log.file_for(peer_last) else {
            return snap(SyncRule::LogTooShort);
        };
        let records = &disk.log.txns()[disk.log.files()[file].first..];
        let reaches = records.first().is_some_and(|txn| txn.zxid <= peer_last);
        if !reaches || peer_last <= disk.log_floor() {
            return snap(SyncRule::LogTooShort);
        }
        let size = disk.snapshots.last().map_or(0, |file| file.snapshot.bytes());
        let limit = size * settings.snapshot_size_factor as u64 / 1000;
        if limit > 0 && disk.log.bytes_after(file, settings.pre_alloc_size) > limit {
            return snap(SyncRule::LogTooLarge);
        }
        walk.over(records.iter(), Some(min));
        if walk.queued_to < min {
            return snap(if walk.other_epoch { SyncRule::OtherEpoch } else { SyncRule::Gap });
        }
        walk.over(history(), None);
        SyncRule::LogOnDisk
    } else {
        return snap(SyncRule::Unhandled);
    };
    match walk.first {
        Some((mode, zxid)) => {
            Choice { mode, rule, zxid, proposals: walk.proposals, queued_to: walk.queued_to, window }
        }
        None if walk.other_epoch => snap(SyncRule::OtherEpoch),
        None => snap(SyncRule::Unhandled),
    }
}

impl Choice {
    /// A leader that has proposed nothing in its epoch takes a learner with nothing for one that is in sync, once it has
    /// forgotten where its epoch began (ZOOKEEPER-1319).
    pub(crate) fn or_in_sync(self, last_proposed: Zxid, peer_last: Zxid) -> Choice {
        if (last_proposed, peer_last) != (Zxid::ZERO, Zxid::ZERO) {
            return self;
        }
        let (mode, rule, zxid) = (SyncMode::Diff, SyncRule::InSync, peer_last);
        Choice { mode, rule, zxid, proposals: Vec::new(), queued_to: zxid, window: self.window }
    }

    /// The packets in front of the forwarded ones. A SNAP itself is sent later, with the state of that moment.
    pub(crate) fn packets(&self) -> Vec<Packet> {
        let first = match self.mode {
            SyncMode::Diff => Some(Packet::Diff { zxid: self.zxid }),
            SyncMode::Trunc => Some(Packet::Trunc { zxid: self.zxid }),
            SyncMode::Snap => None,
        };
        let rest = self
            .proposals
            .iter()
            .flat_map(|txn| [Packet::Proposal(txn.clone()), Packet::Commit { zxid: txn.zxid }]);
        first.into_iter().chain(rest).collect()
    }
}
