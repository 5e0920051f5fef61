//! A server's disk: what its files hold, what of it is durable, and what a crash leaves (protocol reference §2).

use super::bad_disk::{BadDisk, Failure};
use std::sync::Arc;
use zablab_protocol::{DiskOp, Log, Storage, Txn, Writer, Zxid};

/// What a power failure takes of what was never synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Nothing: the operating system had written it back in time.
    Nothing,
    /// All of it.
    Unsynced,
    /// For each file a part, decided by the bits of this draw.
    Drawn(u64),
}

/// Files, and how much of them would survive a power failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disk {
    storage: Storage,
    /// Records of the log that are durable.
    synced: usize,
    /// A cut of the log that is not durable: these records may come back.
    cut: Vec<Arc<Txn>>,
    /// Snapshot files that are not durable.
    loose_snapshots: Vec<Zxid>,
    /// Records of the log whose bytes are known to be in the file, durable or not.
    written: usize,
    bad: BadDisk,
    /// At most one change a writer; for a sync also how far it reaches.
    under_way: [Option<(DiskOp, usize)>; 3],
}

fn index(writer: Writer) -> usize {
    match writer {
        Writer::Log => 0,
        Writer::Main => 1,
        Writer::Snapshot => 2,
    }
}

/// All writers, for going over what is under way.
pub const WRITERS: [Writer; 3] = [Writer::Log, Writer::Main, Writer::Snapshot];

impl Disk {
    /// What the server's files hold, as the server itself reads them.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The change a writer has under way.
    pub fn under_way(&self, writer: Writer) -> Option<&DiskOp> {
        self.under_way[index(writer)].as_ref().map(|(op, _)| op)
    }

    /// Whether a transaction would survive a power failure: its record is synced, or a synced snapshot covers it.
    pub fn durable(&self, zxid: Zxid) -> bool {
        let synced = &self.storage.log.txns()[..self.synced];
        let last = synced.last().map_or(Zxid(i64::MIN), |txn| txn.zxid);
        if zxid <= last {
            // Counters have no holes inside an epoch: it is most likely as far from the end as its number says.
            let back = usize::try_from(last.0.wrapping_sub(zxid.0)).unwrap_or(usize::MAX);
            let guess = synced.len().checked_sub(back.saturating_add(1));
            if guess.is_some_and(|at| synced[at].zxid == zxid)
                || synced.binary_search_by_key(&zxid, |txn| txn.zxid).is_ok()
            {
                return true;
            }
        }
        self.storage.snapshots.iter().any(|file| {
            let at = file.snapshot.zxid;
            at >= zxid && !self.loose_snapshots.contains(&at)
        })
    }

    /// The last transaction that would survive a power failure.
    pub fn last_durable(&self) -> Option<Zxid> {
        let logged = self.storage.log.txns()[..self.synced].last().map(|txn| txn.zxid);
        let zxids = self.storage.snapshots.iter().map(|file| file.snapshot.zxid);
        zxids.filter(|zxid| !self.loose_snapshots.contains(zxid)).chain(logged).max()
    }

    /// Whether a power failure could take or bring back anything.
    pub(crate) fn is_loose(&self) -> bool {
        self.first_unsynced().is_some() || !self.loose_snapshots.is_empty() || !self.cut.is_empty()
    }

    /// The first record that a power failure could take.
    pub fn first_unsynced(&self) -> Option<Zxid> {
        self.storage.log.txns().get(self.synced).map(|txn| txn.zxid)
    }

    /// Begins a change. The answer says whether it is under way now; appends and rolls are done at once.
    pub fn begin(&mut self, writer: Writer, op: DiskOp) -> bool {
        match op {
            DiskOp::Append { txn } => {
                self.storage.log.append(txn);
                false
            }
            DiskOp::Roll => {
                self.storage.log.roll();
                false
            }
            op => {
                let reach = self.storage.log.txns().len();
                self.under_way[index(writer)] = Some((op, reach));
                true
            }
        }
    }

    /// Completes what a writer has under way.
    pub fn complete(&mut self, writer: Writer) -> Option<DiskOp> {
        let (op, reach) = self.under_way[index(writer)].take()?;
        match &op {
            DiskOp::Sync => {
                self.synced = self.synced.max(reach.min(self.storage.log.txns().len()));
                self.written = self.written.max(self.synced);
                self.cut.clear();
            }
            DiskOp::AcceptedEpoch { epoch } => self.storage.accepted_epoch = Some(*epoch),
            DiskOp::CurrentEpoch { epoch } => self.storage.current_epoch = Some(*epoch),
            DiskOp::Snapshot { file, synced } => {
                let zxid = file.snapshot.zxid;
                let there = self.storage.snapshots.iter().any(|file| file.snapshot.zxid == zxid);
                if *synced {
                    self.loose_snapshots.retain(|loose| *loose != zxid);
                } else if !there {
                    self.loose_snapshots.push(zxid);
                }
                self.storage.add_snapshot(file.clone());
            }
            DiskOp::Truncate { zxid } => {
                let cut = self.storage.truncate(*zxid);
                let left = self.storage.log.txns().len();
                let durable = self.synced.saturating_sub(left);
                self.synced = self.synced.min(left);
                self.written = self.written.min(left);
                self.cut = cut;
                self.cut.truncate(durable);
                let snapshots = &self.storage.snapshots;
                self.loose_snapshots
                    .retain(|loose| snapshots.iter().any(|file| file.snapshot.zxid == *loose));
            }
            DiskOp::Append { .. } | DiskOp::Roll | DiskOp::SnapshotPart { .. } => {}
        }
        Some(op)
    }

    /// No write that needs room succeeds until [`Disk::mend`]; the draw says what is left of those that fail.
    pub fn fill(&mut self, torn: u64) {
        self.bad.fill(torn);
    }

    /// The next write of a file ([`DiskOp::file`]), or of any, fails.
    pub fn doom(&mut self, file: Option<&str>, torn: u64) {
        self.bad.doom(file, torn);
    }

    /// Every write succeeds again.
    pub fn mend(&mut self) {
        self.bad = BadDisk::default();
    }

    /// Everything on it is gone. What is wrong with it stays.
    pub fn wipe(&mut self) {
        *self = Disk { bad: std::mem::take(&mut self.bad), ..Disk::default() };
    }

    /// Whether writes fail, or one will.
    pub fn is_bad(&self) -> bool {
        self.bad.is_bad()
    }

    /// Whether there is no room left.
    pub fn is_full(&self) -> bool {
        self.bad.is_full()
    }

    /// Whether there is nothing on it.
    pub fn is_empty(&self) -> bool {
        self.storage == Storage::default()
    }

    /// Whether what a writer has under way will fail.
    pub fn will_fail(&self, writer: Writer) -> bool {
        let under_way = self.under_way[index(writer)].as_ref();
        under_way.is_some_and(|(op, reach)| self.bad.fails(op, self.grows(op, *reach)))
    }

    /// Whether a change needs room: all but cutting, and syncing what is written already.
    fn grows(&self, op: &DiskOp, reach: usize) -> bool {
        match op {
            DiskOp::Sync => reach > self.written,
            DiskOp::Truncate { .. } => false,
            _ => true,
        }
    }

    /// What a writer has under way fails. Of records that were to be written whole ones may be there; what comes behind
    /// them nobody can read, and so it is no part of the log (`FileTxnLog`, `Last transaction was partial`).
    pub fn fail(&mut self, writer: Writer) -> Option<DiskOp> {
        let (op, reach) = self.under_way[index(writer)].take()?;
        let grows = self.grows(&op, reach);
        if let Failure::Torn(bits) = self.bad.fail(&op, grows)
            && op == DiskOp::Sync
        {
            let lost = self.storage.log.txns().len() - self.written;
            let there = if lost == 0 { 0 } else { bits as usize % lost };
            self.storage.log.keep_first(self.written + there);
        }
        self.written = self.storage.log.txns().len();
        Some(op)
    }

    /// The process ended: what was written stays, what was being written does not (a snapshot without its tail is
    /// no snapshot, a temporary epoch file is no epoch file).
    pub fn kill(&mut self) {
        self.under_way = Default::default();
        self.written = self.storage.log.txns().len();
    }

    /// The power failed. Durable data stays; of the rest each file keeps any part.
    pub fn power_off(&mut self, loss: Loss) {
        self.kill();
        let len = self.storage.log.txns().len();
        let loose = len - self.synced;
        let (keep, snapshots, cut_comes_back) = match loss {
            Loss::Nothing => (loose, u64::MAX, false),
            Loss::Unsynced => (0, 0, !self.cut.is_empty()),
            Loss::Drawn(bits) => (bits as usize % (loose + 1), bits >> 32, bits >> 31 & 1 == 1),
        };
        self.storage.log.keep_first(self.synced + keep);
        let mut at = 0;
        let lost: Vec<Zxid> = std::mem::take(&mut self.loose_snapshots)
            .into_iter()
            .filter(|_| {
                at += 1;
                snapshots >> ((at - 1) % 32) & 1 == 0
            })
            .collect();
        self.storage.snapshots.retain(|file| !lost.contains(&file.snapshot.zxid));
        let cut = std::mem::take(&mut self.cut);
        // Records may only come back at the end of what is there.
        if cut_comes_back && self.storage.log.txns().len() == self.synced {
            self.append_back(cut);
        }
        self.synced = self.storage.log.txns().len();
        self.written = self.synced;
    }

    fn append_back(&mut self, cut: Vec<Arc<Txn>>) {
        let log: &mut Log = &mut self.storage.log;
        for txn in cut {
            if log.last().is_none_or(|last| last < txn.zxid) {
                log.append(txn);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zablab_protocol::{Change, Epoch, ErrorCode, Millis, Origin};

    fn txn(counter: u32) -> Arc<Txn> {
        let change = Change::Error { code: ErrorCode::NoNode };
        Arc::new(Txn::new(Zxid::new(Epoch(1), counter), Origin::default(), Millis(0), change))
    }

    fn disk(synced: u32, loose: u32) -> Disk {
        let mut disk = Disk::default();
        for counter in 1..=synced {
            disk.begin(Writer::Log, DiskOp::Append { txn: txn(counter) });
        }
        disk.begin(Writer::Log, DiskOp::Sync);
        disk.complete(Writer::Log);
        for counter in synced + 1..=synced + loose {
            disk.begin(Writer::Log, DiskOp::Append { txn: txn(counter) });
        }
        disk
    }

    #[test]
    fn a_kill_keeps_what_was_written_and_a_power_failure_what_was_synced() {
        let mut killed = disk(2, 2);
        killed.kill();
        assert_eq!(killed.storage().log.txns().len(), 4);
        let mut off = killed.clone();
        off.power_off(Loss::Unsynced);
        assert_eq!(off.storage().log.txns().len(), 2);
        assert!(off.durable(Zxid::new(Epoch(1), 2)) && !off.durable(Zxid::new(Epoch(1), 3)));
    }

    #[test]
    fn a_drawn_loss_keeps_a_prefix_and_never_less_than_what_was_synced() {
        for bits in 0..20 {
            let mut disk = disk(3, 2);
            disk.power_off(Loss::Drawn(bits));
            let left: Vec<u32> = disk.storage().log.txns().iter().map(|txn| txn.zxid.counter()).collect();
            assert_eq!(left, (1..=3 + bits as u32 % 3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_sync_covers_only_what_was_appended_before_it_began() {
        let mut disk = disk(0, 1);
        disk.begin(Writer::Log, DiskOp::Sync);
        disk.begin(Writer::Log, DiskOp::Append { txn: txn(2) });
        disk.complete(Writer::Log);
        disk.power_off(Loss::Unsynced);
        assert_eq!(disk.storage().log.txns().len(), 1);
    }

    #[test]
    fn a_full_disk_takes_no_record_whole_and_syncs_what_it_has() {
        for bits in 0..40u64 {
            let mut disk = disk(2, 3);
            disk.fill(bits << 20);
            disk.begin(Writer::Log, DiskOp::Sync);
            assert!(disk.will_fail(Writer::Log));
            assert_eq!(disk.fail(Writer::Log), Some(DiskOp::Sync));
            let left = disk.storage().log.txns().len();
            assert!((2..5).contains(&left), "{left}");
            assert!(!disk.durable(Zxid::new(Epoch(1), 3)));
            disk.begin(Writer::Log, DiskOp::Sync);
            assert!(!disk.will_fail(Writer::Log), "nothing grows");
            disk.begin(Writer::Main, DiskOp::Truncate { zxid: Zxid::new(Epoch(1), 1) });
            assert!(!disk.will_fail(Writer::Main));
            disk.begin(Writer::Main, DiskOp::AcceptedEpoch { epoch: Epoch(3) });
            assert!(disk.will_fail(Writer::Main));
            disk.mend();
            assert!(!disk.will_fail(Writer::Main));
        }
    }

    #[test]
    fn only_the_next_write_of_the_file_fails() {
        let mut disk = disk(1, 0);
        disk.doom(Some("currentEpoch"), 0);
        disk.begin(Writer::Main, DiskOp::AcceptedEpoch { epoch: Epoch(1) });
        assert!(!disk.will_fail(Writer::Main));
        disk.begin(Writer::Main, DiskOp::CurrentEpoch { epoch: Epoch(1) });
        assert!(disk.will_fail(Writer::Main));
        disk.fail(Writer::Main);
        assert_eq!(disk.storage().current_epoch, None);
        disk.begin(Writer::Main, DiskOp::CurrentEpoch { epoch: Epoch(1) });
        assert!(!disk.will_fail(Writer::Main) && !disk.is_bad());
        disk.doom(None, 0);
        assert!(disk.will_fail(Writer::Main));
    }

    #[test]
    fn a_wiped_disk_is_empty_and_as_full_as_before() {
        let mut disk = disk(2, 1);
        disk.fill(0);
        disk.wipe();
        assert!(disk.is_empty() && disk.is_full() && !disk.durable(Zxid::new(Epoch(1), 1)));
    }

    #[test]
    fn an_unsynced_cut_can_come_undone() {
        let mut cut = disk(3, 0);
        cut.begin(Writer::Main, DiskOp::Truncate { zxid: Zxid::new(Epoch(1), 1) });
        cut.complete(Writer::Main);
        assert_eq!(cut.storage().log.txns().len(), 1);
        let mut synced = cut.clone();
        cut.power_off(Loss::Unsynced);
        assert_eq!(cut.storage().log.txns().len(), 3);
        synced.begin(Writer::Main, DiskOp::Sync);
        synced.complete(Writer::Main);
        synced.power_off(Loss::Unsynced);
        assert_eq!(synced.storage().log.txns().len(), 1);
    }
}
