//! What a server keeps on disk, as a value (protocol reference §2).
//!
//! The machine reads a [`Storage`] and asks for changes with [`DiskOp`]s; the driver owns the value, decides
//! when each change is there for other readers and when it is durable, and what a crash leaves of it.

use crate::error::ErrorCode;
use crate::request::Reply;
use crate::session::SessionTable;
use crate::tree::Tree;
use crate::txn::{Change, Txn, extend_history};
use crate::zxid::{Epoch, Zxid};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// A copy of the whole state (`snapshot.<zxid>`, and what SNAP carries).
///
/// It is fuzzy where transactions were applied while it was taken: label, sessions and history are those of the beginning,
/// and parts of the tree are newer. With the transactions behind the label, whether the tree has some of them or not, it
/// becomes that of [`Snapshot::whole_from`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// lastProcessedZxid when it was begun.
    pub zxid: Zxid,
    /// The newest transaction that a part of the tree may have, where that is above the label (the zxid of the digest in a
    /// real file, `DataTree.serializeZxidDigest`).
    pub whole_from: Zxid,
    /// The tree.
    pub tree: Tree,
    /// The sessions that exist.
    pub sessions: SessionTable,
    /// The digest of the history that led there ([`extend_history`]).
    pub history: u64,
}

impl Default for Snapshot {
    fn default() -> Snapshot {
        let (zxid, whole_from) = (Zxid::ZERO, Zxid::ZERO);
        Snapshot { zxid, whole_from, tree: Tree::default(), sessions: SessionTable::default(), history: 0 }
    }
}

impl Snapshot {
    /// Applies the next transaction (`ZKDatabase.processTxn`), with or without what it means for the table of sessions; the
    /// answer is what its client is told.
    pub(crate) fn apply(&mut self, txn: &Txn, sessions: bool) -> Result<Reply, ErrorCode> {
        self.history = extend_history(self.history, txn.digest);
        self.zxid = txn.zxid;
        self.apply_again(txn, sessions)
    }

    /// The same for one that its label covers.
    pub(crate) fn apply_again(&mut self, txn: &Txn, sessions: bool) -> Result<Reply, ErrorCode> {
        match txn.change {
            Change::CreateSession { timeout } if sessions => self.sessions.open(txn.origin.session, timeout),
            Change::CloseSession { .. } if sessions => self.sessions.close(txn.origin.session),
            _ => {}
        }
        self.tree.apply(txn)
    }

    /// What a snapshot that was begun with this state holds if it is completed now, with `end` for the state and `applied`
    /// for its newest transaction.
    pub(crate) fn completed(self: &Arc<Self>, end: &Snapshot, applied: Zxid) -> Arc<Snapshot> {
        if self.tree.digest() == end.tree.digest() {
            return self.clone();
        }
        let tree = Tree::in_pieces(&self.tree, &end.tree);
        let whole_from = self.whole_from.max(end.whole_from).max(applied);
        Arc::new(Snapshot { tree, whole_from, ..(**self).clone() })
    }

    /// Whether parts of it are newer than its label says.
    pub fn is_fuzzy(&self) -> bool {
        self.whole_from > self.zxid
    }

    /// The newest transaction that any part of it may have.
    pub fn newest(&self) -> Zxid {
        self.zxid.max(self.whole_from)
    }

    /// The size of its file (protocol reference §2.1).
    pub fn bytes(&self) -> u64 {
        16 + 4 + 4 + 5 + 13 + 25 + 12 * self.sessions.len() as u64 + self.tree.bytes()
    }
}

/// A snapshot file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotFile {
    /// Its content.
    pub snapshot: Arc<Snapshot>,
    /// Whether it came from a leader by SNAP: then the log may lack transactions below it, and must not be read
    /// across it (ZOOKEEPER-2099).
    pub from_leader: bool,
}

/// One file of the transaction log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogFile {
    /// The zxid in its name, that of its first record.
    pub name: Zxid,
    /// Index of its first record in [`Log::txns`].
    pub first: usize,
    /// Bytes of header and records, without padding.
    pub bytes: u64,
}

/// The transaction log: records in order, and where the files begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Log {
    txns: Arc<Vec<Arc<Txn>>>,
    files: Vec<LogFile>,
    /// The next append starts a new file.
    rolled: bool,
}

/// Bytes of a log file's header: magic, version, dbid.
const LOG_HEADER_BYTES: u64 = 16;
/// `FilePadding`: a file grows when less than this is left of its padding.
const PADDING_MARGIN: u64 = 4096;

impl Log {
    /// Every record, in ascending order of zxid.
    pub fn txns(&self) -> &[Arc<Txn>] {
        &self.txns
    }

    /// The files, oldest first.
    pub fn files(&self) -> &[LogFile] {
        &self.files
    }

    /// The last record's zxid.
    pub fn last(&self) -> Option<Zxid> {
        self.txns.last().map(|txn| txn.zxid)
    }

    /// The records with a zxid above `zxid`.
    pub fn after(&self, zxid: Zxid) -> &[Arc<Txn>] {
        &self.txns[self.txns.partition_point(|txn| txn.zxid <= zxid)..]
    }

    /// Adds a record, in a new file if there is none or the last was rolled.
    pub fn append(&mut self, txn: Arc<Txn>) {
        if self.rolled || self.files.is_empty() {
            self.rolled = false;
            self.files.push(LogFile { name: txn.zxid, first: self.txns.len(), bytes: LOG_HEADER_BYTES });
        }
        if let Some(file) = self.files.last_mut() {
            file.bytes += txn.log_bytes();
        }
        Arc::make_mut(&mut self.txns).push(txn);
    }

    /// Ends the current file (`FileTxnLog.rollLog`; also what a restart does).
    pub fn roll(&mut self) {
        self.rolled = true;
    }

    /// Whether the next record starts a new file.
    pub fn is_rolled(&self) -> bool {
        self.rolled || self.files.is_empty()
    }

    /// Drops every record above `zxid` and gives them back (`FileTxnLog.truncate`).
    ///
    /// The real method keeps the first record at or above `zxid`, which is one too many where `zxid` itself is
    /// not in the log (the zxid of a new epoch); see the crate's page.
    pub fn truncate(&mut self, zxid: Zxid) -> Vec<Arc<Txn>> {
        let keep = self.txns.partition_point(|txn| txn.zxid <= zxid);
        let cut = Arc::make_mut(&mut self.txns).split_off(keep);
        self.files.retain(|file| file.first < keep);
        if let Some(file) = self.files.last_mut() {
            file.bytes =
                LOG_HEADER_BYTES + self.txns[file.first..].iter().map(|txn| txn.log_bytes()).sum::<u64>();
        }
        self.rolled = true;
        cut
    }

    /// Drops the records from index `keep` on: what a crash left of an unsynced tail.
    pub fn keep_first(&mut self, keep: usize) {
        let last = self.txns.get(keep.wrapping_sub(1)).map_or(Zxid(i64::MIN), |txn| txn.zxid);
        self.truncate(last);
    }

    /// The file that a reader who wants the records from `zxid` on opens first: the newest one whose name is below
    /// `zxid`, else the oldest (`FileTxnLog.FileTxnIterator.init`).
    pub fn file_for(&self, zxid: Zxid) -> Option<usize> {
        match self.files.partition_point(|file| file.name < zxid) {
            0 if self.files.is_empty() => None,
            at => Some(at.saturating_sub(1)),
        }
    }

    /// Size on disk of the files after `index`, with their padding (`FileTxnIterator.getStorageSize`).
    pub fn bytes_after(&self, index: usize, pre_alloc_kb: u64) -> u64 {
        self.files[index + 1..].iter().map(|file| padded(file.bytes, pre_alloc_kb * 1024)).sum()
    }
}

/// Size of a log file that holds `bytes`, padded ahead in steps of `step` (`FilePadding`).
fn padded(bytes: u64, step: u64) -> u64 {
    if step == 0 {
        return bytes;
    }
    let mut size = LOG_HEADER_BYTES + step;
    while bytes + PADDING_MARGIN >= size {
        size += step;
    }
    size
}

/// Everything a server keeps on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Storage {
    /// `acceptedEpoch`; `None` = no such file.
    pub accepted_epoch: Option<Epoch>,
    /// `currentEpoch`; `None` = no such file.
    pub current_epoch: Option<Epoch>,
    /// Valid snapshots, oldest first.
    pub snapshots: Vec<SnapshotFile>,
    /// The transaction log.
    pub log: Log,
}

impl Storage {
    /// Puts a snapshot file among the others. One of the same name leads to the same state, and the less fuzzy of the two
    /// is kept: the real server overwrites it, and for a moment has neither.
    pub fn add_snapshot(&mut self, file: SnapshotFile) {
        let zxid = file.snapshot.zxid;
        let at = self.snapshots.partition_point(|old| old.snapshot.zxid < zxid);
        match self.snapshots.get_mut(at) {
            Some(old) if old.snapshot.zxid == zxid => {
                old.from_leader |= file.from_leader;
                if file.snapshot.whole_from < old.snapshot.whole_from {
                    old.snapshot = file.snapshot;
                }
            }
            _ => self.snapshots.insert(at, file),
        }
    }

    /// Cuts everything above `zxid`: records, and snapshots that may hold them (ZOOKEEPER-4837). Gives back what
    /// was cut from the log.
    pub fn truncate(&mut self, zxid: Zxid) -> Vec<Arc<Txn>> {
        self.snapshots.retain(|file| file.snapshot.newest() <= zxid);
        self.log.truncate(zxid)
    }

    /// The last zxid of log and snapshots.
    pub fn last(&self) -> Option<Zxid> {
        self.log.last().max(self.snapshots.last().map(|file| file.snapshot.zxid))
    }

    /// Whether what is left after a cut to `zxid` rebuilds the state of that moment: not below all snapshots, and not
    /// below one that came from a leader.
    pub fn can_truncate(&self, zxid: Zxid) -> bool {
        self.log_floor() <= zxid && self.snapshots.iter().any(|file| file.snapshot.newest() <= zxid)
    }

    /// The zxid below which the log may have holes: that of the newest snapshot that came from a leader.
    pub fn log_floor(&self) -> Zxid {
        self.snapshots
            .iter()
            .rev()
            .find(|file| file.from_leader)
            .map_or(Zxid(i64::MIN), |file| file.snapshot.zxid)
    }

    /// The newest snapshot with every later record of the log applied, committed or not
    /// (`FileTxnSnapLog.restore`), and the applied records.
    pub fn restore(&self) -> (Snapshot, &[Arc<Txn>]) {
        let mut state = self.snapshots.last().map(|file| (*file.snapshot).clone()).unwrap_or_default();
        let replayed = self.log.after(state.zxid);
        for txn in replayed {
            // Nobody waits for the answers.
            let _ = state.apply(txn, true);
        }
        (state, replayed)
    }

    /// Whether the transaction is held: in the log, or covered by a snapshot.
    pub fn holds(&self, zxid: Zxid) -> bool {
        self.log.txns.binary_search_by_key(&zxid, |txn| txn.zxid).is_ok()
            || self.snapshots.last().is_some_and(|file| file.snapshot.zxid >= zxid)
    }
}

/// The three threads of a server that write to disk; each waits for its own writes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Writer {
    /// The log writer (`SyncRequestProcessor`).
    Log,
    /// The main thread (`QuorumPeer`): epoch files, truncation, snapshots and log records of a synchronization.
    Main,
    /// The snapshot thread that the log writer starts.
    Snapshot,
}

/// A change to the disk. Every one but `Append` and `Roll` is completed by `Input::DiskDone` of the same writer;
/// a writer has at most one such change under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub enum DiskOp {
    /// Hand a record to the operating system: there after a kill, durable after `Sync`.
    Append {
        /// The record.
        txn: Arc<Txn>,
    },
    /// The next record starts a new file.
    Roll,
    /// Make everything appended so far durable (fsync).
    Sync,
    /// Write `acceptedEpoch`: temporary file, fsync, rename.
    AcceptedEpoch {
        /// The value.
        epoch: Epoch,
    },
    /// Write `currentEpoch` likewise.
    CurrentEpoch {
        /// The value.
        epoch: Epoch,
    },
    /// Write the first part of a snapshot file. Nobody reads the file before all of it is there.
    SnapshotPart {
        /// Its label.
        zxid: Zxid,
    },
    /// Write a snapshot file, or the rest of one.
    Snapshot {
        /// The file.
        #[serde(serialize_with = "snapshot_zxid")]
        file: SnapshotFile,
        /// Whether it is fsynced and renamed into place, or may vanish at a power failure.
        synced: bool,
    },
    /// Cut the log, without fsync.
    Truncate {
        /// The last zxid to keep.
        zxid: Zxid,
    },
}

fn snapshot_zxid<S: serde::Serializer>(file: &SnapshotFile, serializer: S) -> Result<S::Ok, S::Error> {
    file.snapshot.zxid.serialize(serializer)
}

impl DiskOp {
    /// The words under which a scenario names what was written.
    pub fn file(&self) -> &'static str {
        match self {
            DiskOp::Append { .. } | DiskOp::Roll | DiskOp::Sync => "log",
            DiskOp::AcceptedEpoch { .. } => "acceptedEpoch",
            DiskOp::CurrentEpoch { .. } => "currentEpoch",
            DiskOp::SnapshotPart { .. } | DiskOp::Snapshot { .. } => "snapshot",
            DiskOp::Truncate { .. } => "truncation",
        }
    }

    /// In numbers, for a running digest.
    pub fn words(&self) -> [u64; 2] {
        match self {
            DiskOp::Append { txn } => [1, txn.digest],
            DiskOp::Roll => [2, 0],
            DiskOp::Sync => [3, 0],
            DiskOp::AcceptedEpoch { epoch } => [4, epoch.0 as u64],
            DiskOp::CurrentEpoch { epoch } => [5, epoch.0 as u64],
            DiskOp::Snapshot { file, synced } => [6 + u64::from(*synced), file.snapshot.zxid.0 as u64],
            DiskOp::Truncate { zxid } => [8, zxid.0 as u64],
            DiskOp::SnapshotPart { zxid } => [9, zxid.0 as u64],
        }
    }
}

impl fmt::Display for DiskOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiskOp::Append { txn } => write!(f, "append {}", txn.zxid),
            DiskOp::Roll => f.write_str("roll log"),
            DiskOp::Sync => f.write_str("fsync log"),
            DiskOp::AcceptedEpoch { epoch } => write!(f, "acceptedEpoch {epoch}"),
            DiskOp::CurrentEpoch { epoch } => write!(f, "currentEpoch {epoch}"),
            DiskOp::SnapshotPart { zxid } => write!(f, "first part of snapshot {zxid}"),
            DiskOp::Snapshot { file, .. } => write!(f, "snapshot {}", file.snapshot.zxid),
            DiskOp::Truncate { zxid } => write!(f, "truncate to {zxid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Millis;
    use crate::request::Origin;
    use crate::session::SessionId;

    fn txn(epoch: i64, counter: u32) -> Arc<Txn> {
        let change = Change::Create {
            path: format!("/n{counter}").into(),
            data: "".into(),
            parent_cversion: 1,
            owner: SessionId::NONE,
        };
        Arc::new(Txn::new(Zxid::new(Epoch(epoch), counter), Origin::default(), Millis(0), change))
    }

    fn log(of: &[(i64, u32)]) -> Log {
        let mut log = Log::default();
        of.iter().for_each(|(e, c)| log.append(txn(*e, *c)));
        log
    }

    #[test]
    fn a_log_file_is_as_large_as_the_real_one() {
        assert_eq!(padded(LOG_HEADER_BYTES, 65_536 * 1024), 67_108_880);
        assert_eq!(padded(67_108_880 - PADDING_MARGIN, 65_536 * 1024), 67_108_880 + 65_536 * 1024);
    }

    #[test]
    fn truncation_keeps_the_named_record_and_drops_later_files() {
        let mut log = log(&[(1, 1), (1, 2)]);
        log.roll();
        log.append(txn(1, 3));
        let cut = log.truncate(Zxid::new(Epoch(1), 2));
        assert_eq!(cut.iter().map(|txn| txn.zxid.counter()).collect::<Vec<_>>(), [3]);
        assert_eq!((log.files().len(), log.last()), (1, Some(Zxid::new(Epoch(1), 2))));
        log.append(txn(2, 1));
        assert_eq!(log.files().len(), 2, "a truncated log goes on in a new file");
    }

    #[test]
    fn truncation_to_a_zxid_that_no_record_has_drops_all_above_it() {
        let mut log = log(&[(1, 1), (2, 1)]);
        log.truncate(Zxid::new(Epoch(2), 0));
        assert_eq!(log.last(), Some(Zxid::new(Epoch(1), 1)));
    }

    #[test]
    fn restore_replays_what_the_snapshot_lacks() {
        let mut storage = Storage { log: log(&[(1, 1), (1, 2)]), ..Storage::default() };
        storage.add_snapshot(SnapshotFile { snapshot: Arc::default(), from_leader: false });
        let (state, replayed) = storage.restore();
        assert_eq!((state.zxid, replayed.len()), (Zxid::new(Epoch(1), 2), 2));
        storage.add_snapshot(SnapshotFile { snapshot: Arc::new(state.clone()), from_leader: false });
        let (again, replayed) = storage.restore();
        assert_eq!((again, replayed.len()), (state, 0));
    }

    /// A snapshot with this label, of which parts are as new as `newest`.
    fn file(label: u32, newest: u32) -> SnapshotFile {
        let [zxid, whole_from] = [label, newest].map(|counter| Zxid::new(Epoch(1), counter));
        let snapshot = Arc::new(Snapshot { zxid, whole_from, ..Snapshot::default() });
        SnapshotFile { snapshot, from_leader: false }
    }

    #[test]
    fn a_cut_takes_snapshots_with_parts_above_it() {
        let mut storage = Storage { log: log(&[(1, 1), (1, 2), (1, 3)]), ..Storage::default() };
        storage.add_snapshot(file(1, 3));
        let cut = Zxid::new(Epoch(1), 2);
        assert!(!storage.can_truncate(cut));
        storage.add_snapshot(file(0, 0));
        assert!(storage.can_truncate(cut));
        storage.truncate(cut);
        assert_eq!(storage.snapshots, [file(0, 0)]);
    }

    #[test]
    fn of_two_snapshots_with_one_label_the_less_fuzzy_stays() {
        for order in [[3, 1], [1, 3]] {
            let mut storage = Storage::default();
            order.into_iter().for_each(|newest| storage.add_snapshot(file(1, newest)));
            assert_eq!(storage.snapshots, [file(1, 1)]);
        }
    }
}
