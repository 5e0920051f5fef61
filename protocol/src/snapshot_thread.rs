//! The snapshot thread that the log writer starts (`SyncRequestProcessor.run`, `ZooKeeperServer.takeSnapshot`): it copies
//! the tree to a file while transactions go on.

use crate::database::Database;
use crate::io::Io;
use crate::output::Output;
use crate::storage::{DiskOp, Snapshot, SnapshotFile, Writer};
use std::sync::Arc;

/// Where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum SnapshotThread {
    /// No snapshot is under way.
    #[default]
    Idle,
    /// The first part is being written; the rest will be copied behind it.
    Begun(Arc<Snapshot>),
    /// The first part is being written; the rest was copied when the role ended, with nothing in it that is not committed.
    Copied(Arc<Snapshot>),
    /// The rest is being written.
    Ending,
}

impl SnapshotThread {
    pub(crate) fn is_idle(&self) -> bool {
        *self == SnapshotThread::Idle
    }

    /// Begins a snapshot of memory.
    pub(crate) fn begin(&mut self, db: &Database, io: &mut Io<'_>) {
        let begun = db.snapshot();
        let op = DiskOp::SnapshotPart { zxid: begun.zxid };
        io.out.push(Output::Disk { writer: Writer::Snapshot, op });
        *self = SnapshotThread::Begun(begun);
    }

    /// Its write is done.
    pub(crate) fn written(&mut self, db: &Database, io: &mut Io<'_>) {
        let snapshot = match std::mem::take(self) {
            SnapshotThread::Begun(begun) => db.complete(&begun),
            SnapshotThread::Copied(snapshot) => snapshot,
            SnapshotThread::Idle | SnapshotThread::Ending => return,
        };
        let file = SnapshotFile { snapshot, from_leader: false };
        let op = DiskOp::Snapshot { file, synced: false };
        io.out.push(Output::Disk { writer: Writer::Snapshot, op });
        *self = SnapshotThread::Ending;
    }

    /// The role is over, and memory will be brought to another state: that of the disk, or another leader's.
    pub(crate) fn outlive_role(&mut self, db: &Database) {
        if let SnapshotThread::Begun(begun) = self {
            *self = SnapshotThread::Copied(db.complete(begun));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::database::Reach;
    use crate::ids::Millis;
    use crate::request::Origin;
    use crate::session::SessionId;
    use crate::storage::Storage;
    use crate::txn::{Change, Txn};
    use crate::zxid::{Epoch, Zxid};

    fn create(db: &mut Database, counter: u32, path: &str) {
        let change = Change::Create {
            path: path.into(),
            data: "".into(),
            parent_cversion: counter as i32,
            owner: SessionId::NONE,
        };
        let txn = Txn::new(Zxid::new(Epoch(1), counter), Origin::default(), Millis(0), change);
        db.apply(&Arc::new(txn), Reach::ALL);
    }

    #[test]
    fn what_was_not_committed_when_the_role_ended_is_not_in_the_file() {
        for leaves in [false, true] {
            let disk = Storage::default();
            let mut db = Database::load(&disk, &Settings::default()).0;
            create(&mut db, 1, "/b");
            let (mut thread, mut out) = (SnapshotThread::default(), Vec::new());
            let mut io = Io { disk: &disk, now: Millis(0), out: &mut out };
            thread.begin(&db, &mut io);
            create(&mut db, 2, "/b/1");
            if leaves {
                thread.outlive_role(&db);
            }
            create(&mut db, 3, "/b/2");
            thread.written(&db, &mut io);
            let Some(Output::Disk { op: DiskOp::Snapshot { file, .. }, .. }) = out.last() else {
                panic!("{out:?}");
            };
            assert!(file.snapshot.tree.get("/b/1").is_some());
            assert_eq!(file.snapshot.tree.get("/b/2").is_none(), leaves);
            assert_eq!(file.snapshot.newest().counter(), if leaves { 2 } else { 3 });
            let io = &mut Io { disk: &disk, now: Millis(0), out: &mut Vec::new() };
            thread.written(&db, io);
            assert!(thread.is_idle());
        }
    }
}
