//! The server's memory (`ZKDatabase`): the tree and the sessions, how far they are applied, and the window of recent
//! committed transactions that a DIFF is served from. It outlives a role: a server that goes back to electing keeps it.

use crate::error::ErrorCode;
use crate::request::Reply;
use crate::storage::{Snapshot, Storage};
use crate::txn::Txn;
use std::collections::VecDeque;
use std::sync::Arc;

/// State and window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Database {
    /// Its zxid is lastProcessedZxid: that of the newest applied transaction, or a value forced by SNAP, TRUNC or
    /// leadership.
    pub(crate) state: Snapshot,
    /// committedLog: filled by applying and by replay.
    pub(crate) window: VecDeque<Arc<Txn>>,
    window_max: usize,
}

impl Database {
    /// Reads the newest snapshot and replays the log (`ZKDatabase.loadDataBase`). Also says how many records were
    /// replayed.
    pub(crate) fn load(disk: &Storage, window_max: usize) -> (Database, usize) {
        let (state, replayed) = disk.restore();
        let mut db = Database { state, window: VecDeque::new(), window_max };
        for txn in &replayed[replayed.len().saturating_sub(window_max + 1)..] {
            db.enter_window(txn);
        }
        (db, replayed.len())
    }

    /// Applies a transaction and puts it into the window; the answer is what its client is told. One that is not above
    /// lastProcessedZxid is there already (a synchronization may bring it twice) and does nothing: `None`.
    pub(crate) fn apply(&mut self, txn: &Arc<Txn>) -> Option<Result<Reply, ErrorCode>> {
        if txn.zxid <= self.state.zxid {
            return None;
        }
        self.enter_window(txn);
        Some(self.state.apply(txn))
    }

    /// Applies every logged transaction above lastProcessedZxid, committed or not (`fastForwardDataBase`,
    /// ZOOKEEPER-2845).
    pub(crate) fn fast_forward(&mut self, disk: &Storage) -> usize {
        let tail = disk.log.after(self.state.zxid);
        tail.iter().for_each(|txn| {
            self.apply(txn);
        });
        tail.len()
    }

    /// Takes over a leader's state.
    pub(crate) fn install(&mut self, snapshot: &Snapshot) {
        self.state = snapshot.clone();
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
