//! The server's memory (`ZKDatabase`): the tree, how far it is applied, and the window of recent committed
//! transactions that a DIFF is served from. It outlives a role: a server that goes back to electing keeps it.

use crate::storage::{Snapshot, Storage};
use crate::tree::Tree;
use crate::txn::{Txn, extend_history};
use crate::zxid::Zxid;
use std::collections::VecDeque;
use std::sync::Arc;

/// Tree, position and window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Database {
    pub(crate) tree: Tree,
    /// lastProcessedZxid: that of the newest applied transaction, or a value forced by SNAP, TRUNC or leadership.
    pub(crate) last_processed: Zxid,
    /// The digest of what was applied.
    pub(crate) history: u64,
    /// committedLog: filled by applying and by replay.
    pub(crate) window: VecDeque<Arc<Txn>>,
    window_max: usize,
}

impl Database {
    /// Reads the newest snapshot and replays the log (`ZKDatabase.loadDataBase`). Also says how many records were
    /// replayed.
    pub(crate) fn load(disk: &Storage, window_max: usize) -> (Database, usize) {
        let (state, replayed) = disk.restore();
        let mut db = Database {
            tree: state.tree,
            last_processed: state.zxid,
            history: state.history,
            window: VecDeque::new(),
            window_max,
        };
        for txn in &replayed[replayed.len().saturating_sub(window_max + 1)..] {
            db.enter_window(txn);
        }
        (db, replayed.len())
    }

    /// Applies a transaction and puts it into the window. One that is not above lastProcessedZxid is there already
    /// (a synchronization may bring it twice) and does nothing; the answer says so.
    pub(crate) fn apply(&mut self, txn: &Arc<Txn>) -> bool {
        if txn.zxid <= self.last_processed {
            return false;
        }
        self.tree.apply(txn.zxid, &txn.change);
        self.history = extend_history(self.history, txn.digest);
        self.last_processed = txn.zxid;
        self.enter_window(txn);
        true
    }

    /// Applies every logged transaction above lastProcessedZxid, committed or not (`fastForwardDataBase`,
    /// ZOOKEEPER-2845).
    pub(crate) fn fast_forward(&mut self, disk: &Storage) -> usize {
        let tail = disk.log.after(self.last_processed);
        tail.iter().for_each(|txn| {
            self.apply(txn);
        });
        tail.len()
    }

    /// Takes over a leader's state.
    pub(crate) fn install(&mut self, snapshot: &Snapshot) {
        self.tree = snapshot.tree.clone();
        self.history = snapshot.history;
        self.last_processed = snapshot.zxid;
        self.window.clear();
    }

    /// A copy to write to disk or to send.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(Snapshot { zxid: self.last_processed, tree: self.tree.clone(), history: self.history })
    }

    /// The release before 3.10 drops the oldest before it adds, so the window holds one more than its setting.
    fn enter_window(&mut self, txn: &Arc<Txn>) {
        if self.window.len() > self.window_max {
            self.window.pop_front();
        }
        self.window.push_back(txn.clone());
    }
}
