//! A server's disk: what its files hold, what of it is durable, and what a crash leaves (protocol reference §2).

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
                self.cut = cut;
                self.cut.truncate(durable);
                let snapshots = &self.storage.snapshots;
                self.loose_snapshots
                    .retain(|loose| snapshots.iter().any(|file| file.snapshot.zxid == *loose));
            }
            DiskOp::Append { .. } | DiskOp::Roll => {}
        }
        Some(op)
    }

    /// The process ended: what was written stays, what was being written does not (a snapshot without its tail is
    /// no snapshot, a temporary epoch file is no epoch file).
    pub fn kill(&mut self) {
        self.under_way = Default::default();
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
