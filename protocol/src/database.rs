//! The server's memory (`ZKDatabase`): the tree and the sessions, how far they are applied, and the window of recent
//! committed transactions that a DIFF is served from. It outlives a role: a server that goes back to electing keeps it.

use crate::config::Settings;
use crate::defects::Defect;
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
    /// Transactions that are there already change the tree again (ZOOKEEPER-3104).
    applies_twice: bool,
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
        let applies_twice = settings.has(Defect::NewLeaderBeforeSnapshot);
        let applied = state.zxid;
        let mut db = Database { state, applied, window: VecDeque::new(), window_max, applies_twice };
        for txn in &replayed[replayed.len().saturating_sub(window_max + 1)..] {
            db.enter_window(txn);
        }
        (db, replayed.len())
    }

    /// Applies a transaction and puts it into the window; the answer is what its client is told. One that is not above
    /// lastProcessedZxid is there already (a synchronization may bring it twice) and does nothing: `None`.
    pub(crate) fn apply(&mut self, txn: &Arc<Txn>, reach: Reach) -> Option<Result<Reply, ErrorCode>> {
        if txn.zxid <= self.applied {
            if self.applies_twice {
                let _ = self.state.tree.apply(txn);
            }
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
        self.window.clear();
    }

    /// A copy to write to disk or to send.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.state.clone())
    }

    /// The release before 3.10 drops the oldest before it adds, so the window holds one more than its setting.
    fn enter_window(&mut self, txn: &Arc<Txn>) {
        if self.window.len() > self.window_max {
            self.window.pop_front();
        }
        self.window.push_back(txn.clone());
    }
}
