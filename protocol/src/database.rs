//! The server's memory (`ZKDatabase`): the tree and the sessions, how far they are applied, and the window of recent
//! committed transactions that a DIFF is served from. It outlives a role: a server that goes back to electing keeps it.

use crate::config::Settings;
use crate::error::ErrorCode;
use crate::request::Reply;
use crate::storage::{Snapshot, Storage};
use crate::txn::Txn;
use crate::zxid::Zxid;
use std::collections::VecDeque;
use std::sync::Arc;

/// State and window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Database {
    /// Its zxid is lastProcessedZxid: that of the newest applied transaction, or a value forced by SNAP, TRUNC or
    /// leadership.
    pub(crate) state: Snapshot,
    /// The newest transaction that the tree holds. It is below lastProcessedZxid only where that was moved ahead of the
    /// tree.
    applied: Zxid,
    /// committedLog: filled by applying and by replay.
    pub(crate) window: VecDeque<Arc<Txn>>,
    window_max: usize,
    /// Transactions that the tree has are coming once more, and the newest of them has not: for now it is older in parts.
    goes_over: bool,
}

/// What a transaction reaches beside the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The window that a DIFF is served from.
    pub(crate) window: bool,
    /// The table of sessions.
    pub(crate) sessions: bool,
}

impl Reach {
    pub(crate) const ALL: Reach = Reach { window: true, sessions: true };
}

impl Database {
    /// Reads the newest snapshot and replays the log (`ZKDatabase.loadDataBase`). Also says how many records were
    /// replayed.
    pub(crate) fn load(disk: &Storage, settings: &Settings) -> (Database, usize) {
        let (state, replayed) = disk.restore();
        let window_max = settings.commit_log_count;
        let applied = state.zxid;
        let mut db = Database { state, applied, window: VecDeque::new(), window_max, goes_over: false };
        for txn in &replayed[replayed.len().saturating_sub(window_max + 1)..] {
            db.enter_window(txn);
        }
        (db, replayed.len())
    }

    /// Applies a transaction and puts it into the window; the answer is what its client is told. One that the tree has
    /// already is carried out again, as the real server does with what a SNAP covers and the stream brings all the same;
    /// behind the last of them the tree is as it was. Nobody is told: `None`.
    pub(crate) fn apply(&mut self, txn: &Arc<Txn>, reach: Reach) -> Option<Result<Reply, ErrorCode>> {
        self.goes_over = txn.zxid < self.applied;
        if txn.zxid <= self.applied {
            let _ = self.state.apply_again(txn, reach.sessions);
            return None;
        }
        if reach.window {
            self.enter_window(txn);
        }
        self.applied = txn.zxid;
        let last_processed = self.state.zxid;
        let result = self.state.apply(txn, reach.sessions);
        self.state.zxid = last_processed.max(txn.zxid);
        Some(result)
    }

    /// Applies every logged transaction above lastProcessedZxid, committed or not (`fastForwardDataBase`,
    /// ZOOKEEPER-2845).
    pub(crate) fn fast_forward(&mut self, disk: &Storage) -> usize {
        let tail = disk.log.after(self.state.zxid);
        tail.iter().for_each(|txn| {
            self.apply(txn, Reach::ALL);
        });
        tail.len()
    }

    /// Moves lastProcessedZxid to where no transaction has brought it.
    pub(crate) fn force_last_processed(&mut self, zxid: Zxid) {
        self.state.zxid = zxid;
    }

    /// Takes over a leader's state.
    pub(crate) fn install(&mut self, snapshot: &Snapshot) {
        self.state = snapshot.clone();
        self.applied = snapshot.zxid;
        self.goes_over = false;
        self.window.clear();
    }

    /// Whether the tree is what the applied transactions make it: not before all is applied that was, when a fuzzy snapshot
    /// was taken, and not while a synchronization goes over what the tree has. Nobody is shown it before.
    pub(crate) fn is_whole(&self) -> bool {
        !self.goes_over && self.state.whole_from <= self.applied
    }

    /// A copy to write to disk or to send, taken at once, or the beginning of one.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.state.clone())
    }

    /// Such a copy, begun earlier, with the rest taken now.
    pub(crate) fn complete(&self, begun: &Arc<Snapshot>) -> Arc<Snapshot> {
        begun.completed(&self.state, self.applied)
    }

    /// The release before 3.10 drops the oldest before it adds, so the window holds one more than its setting.
    fn enter_window(&mut self, txn: &Arc<Txn>) {
        if self.window.len() > self.window_max {
            self.window.pop_front();
        }
        self.window.push_back(txn.clone());
    }
}
