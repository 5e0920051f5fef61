//! The log writer (`SyncRequestProcessor`): a queue of transactions to log, a batch appended and not yet synced,
//! and acknowledgements that go out only after the batch's fsync.

use crate::input::{Task, Work};
use crate::io::Io;
use crate::output::Output;
use crate::storage::{DiskOp, Writer};
use crate::txn::Txn;
use std::collections::VecDeque;
use std::sync::Arc;

/// Queue, batch, and the count towards the next snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct LogWriter {
    queue: VecDeque<Arc<Txn>>,
    /// Taken from the queue; in the process's own buffer until the flush, on its way to the disk during it.
    batch: Vec<Arc<Txn>>,
    flushing: bool,
    /// A write has failed, and with it the thread. It is still handed what there is to log.
    dead: bool,
    /// So many of the oldest in batch and queue are of a role that is over: nobody acknowledges them (ZOOKEEPER-4712).
    orphans: usize,
    /// Transactions logged since the last snapshot.
    since_snapshot: u64,
    /// Snapshots taken so far in this process; with the sid it spreads the next one.
    snapshots: u64,
}

impl LogWriter {
    pub(crate) fn push(&mut self, txn: Arc<Txn>, io: &mut Io<'_>) {
        self.queue.push_back(txn);
        if self.queue.len() == 1 && !self.flushing && !self.dead {
            io.wake(Task::Log, Work::Step);
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        !self.flushing && !self.dead && (!self.queue.is_empty() || !self.batch.is_empty())
    }

    /// Nothing queued, nothing on its way; or nobody who would take it.
    pub(crate) fn is_idle(&self) -> bool {
        self.dead || self.queue.is_empty() && self.batch.is_empty() && !self.flushing
    }

    /// Its write failed ([`Defect::LogThreadDiesAlone`](crate::Defect)).
    pub(crate) fn die(&mut self) {
        self.dead = true;
        self.flushing = false;
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    /// The next role has a log writer of its own; what the dead one left is nobody's. Whether there was a dead one.
    pub(crate) fn revive(&mut self) -> bool {
        let was_dead = std::mem::take(&mut self.dead);
        if was_dead {
            self.queue.clear();
            self.batch.clear();
        }
        was_dead
    }

    /// The role is over, and its queue goes on.
    pub(crate) fn outlive_role(&mut self) {
        self.orphans = self.batch.len() + self.queue.len();
    }

    /// Takes the next transaction into the batch; flushes when the queue is empty or the batch is full. The answer is
    /// the batch whose flush has begun.
    pub(crate) fn run(&mut self, batch_max: usize, io: &mut Io<'_>) -> &[Arc<Txn>] {
        if self.flushing || self.dead {
            return &[];
        }
        if let Some(txn) = self.queue.pop_front() {
            self.batch.push(txn);
            self.since_snapshot += 1;
        }
        if self.batch.is_empty() {
            return &[];
        }
        if self.queue.is_empty() || self.batch.len() >= batch_max {
            for txn in &self.batch {
                io.out.push(Output::Disk { writer: Writer::Log, op: DiskOp::Append { txn: txn.clone() } });
            }
            io.out.push(Output::Disk { writer: Writer::Log, op: DiskOp::Sync });
            self.flushing = true;
            &self.batch
        } else {
            io.wake(Task::Log, Work::Step);
            &[]
        }
    }

    /// The fsync is done. The transactions of the batch move into `logged`, in order, to be acknowledged.
    pub(crate) fn flushed(&mut self, logged: &mut Vec<Arc<Txn>>, io: &mut Io<'_>) {
        self.flushing = false;
        let orphans = self.orphans.min(self.batch.len());
        self.orphans -= orphans;
        logged.extend(self.batch.drain(..).skip(orphans));
        if !self.queue.is_empty() {
            io.wake(Task::Log, Work::Step);
        }
    }

    /// A write failed: what is queued is not written any more.
    pub(crate) fn abandon(&mut self) {
        self.queue.clear();
        self.batch.clear();
        self.flushing = false;
    }

    /// Whether the log is to be rolled and a snapshot taken now. Servers do so at different counts, between
    /// snapCount/2 and snapCount; the real one draws the count, this one derives it from its sid.
    pub(crate) fn wants_snapshot(&mut self, snap_count: u64, sid: i64) -> bool {
        let half = (snap_count / 2).max(1);
        let spread = (sid as u64).wrapping_add(self.snapshots).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        if self.since_snapshot <= half + spread % half {
            return false;
        }
        self.since_snapshot = 0;
        self.snapshots += 1;
        true
    }
}
