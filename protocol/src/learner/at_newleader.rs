//! What a learner does at NEWLEADER and at UPTODATE: what the stream brought becomes durable, and the epoch with it
//! (`Learner.syncWithLeader`; protocol reference §2.3 and §6.4).
//!
//! The order is that of [`SyncOrder`]. What ZAB needs: history durable, then currentEpoch durable, then the ACK.

use super::{Learner, Stage, Step};
use crate::database::Reach;
use crate::decision::{Decision, SyncMode};
use crate::defects::Defect;
use crate::io::Io;
use crate::packet::Packet;
use crate::server::Server;
use crate::storage::{DiskOp, SnapshotFile};
use crate::sync_order::SyncOrder;
use crate::zxid::Zxid;

/// What a transaction of the stream reaches.
pub(super) fn reach(server: &Server) -> Reach {
    let settings = &server.config.settings;
    Reach {
        window: settings.newleader != SyncOrder::CommittedOnly,
        sessions: !settings.has(Defect::SyncSkipsSessionTable),
    }
}

impl Learner {
    /// NEWLEADER came: a snapshot where the log alone does not lead there, then the rest.
    pub(super) fn new_leader(&mut self, server: &mut Server, io: &mut Io<'_>) {
        let always = server.config.settings.newleader == SyncOrder::Snap;
        match self.mode {
            Some(SyncMode::Diff) | None if !always => self.make_durable(server, io),
            mode => {
                let from_leader = always || mode == Some(SyncMode::Snap);
                let synced = from_leader && !server.config.settings.has(Defect::SnapshotNotSynced);
                let file = SnapshotFile { snapshot: server.db.snapshot(), from_leader };
                self.stage = Stage::WriteSnapshot;
                io.write(DiskOp::Snapshot { file, synced });
            }
        }
    }

    /// The state that the stream began with is on disk: history and epoch, one after the other.
    fn make_durable(&mut self, server: &mut Server, io: &mut Io<'_>) {
        self.write_to_log = true;
        if server.config.settings.has(Defect::EpochBeforeHistory) {
            self.write_current_epoch(io);
        } else {
            self.write_history(server, io);
        }
    }

    /// A follower logs what the stream has brought, with one fsync, which also makes a truncation durable. (An observer has
    /// no COMMITs here that were not applied, or waits with them.)
    fn write_history(&mut self, server: &mut Server, io: &mut Io<'_>) {
        let appended = !self.observer
            && match server.config.settings.newleader {
                SyncOrder::Right | SyncOrder::CommittedOnly => self.log_committed(server, io),
                SyncOrder::SyncLog => self.log_all(io),
                SyncOrder::AsyncLog | SyncOrder::LateLog | SyncOrder::Snap => false,
            };
        if appended || self.log_is_cut {
            io.write(DiskOp::Sync);
            self.stage = Stage::WriteHistory;
        } else {
            self.history_written(server, io);
        }
    }

    /// What is committed is logged and applied; the rest waits for UPTODATE.
    fn log_committed(&mut self, server: &mut Server, io: &mut Io<'_>) -> bool {
        let committed = std::mem::take(&mut self.committed);
        let any = !committed.is_empty();
        for zxid in committed {
            if let Some(txn) = self.take_not_logged(zxid, io) {
                io.write(DiskOp::Append { txn: txn.clone() });
                server.apply_reaching(&txn, reach(server), io);
            }
        }
        any
    }

    /// Everything is logged, to be acknowledged after UPTODATE.
    fn log_all(&mut self, io: &mut Io<'_>) -> bool {
        let proposals = std::mem::take(&mut self.not_logged);
        for txn in &proposals {
            io.write(DiskOp::Append { txn: txn.clone() });
        }
        self.unacknowledged = proposals.iter().cloned().collect();
        self.pending.extend(proposals);
        !self.unacknowledged.is_empty()
    }

    fn history_written(&mut self, server: &Server, io: &mut Io<'_>) {
        let settings = &server.config.settings;
        if settings.has(Defect::EpochBeforeHistory) || settings.has(Defect::EpochAtUpToDate) {
            self.acknowledge(io);
        } else {
            self.write_current_epoch(io);
        }
    }

    fn write_current_epoch(&mut self, io: &mut Io<'_>) {
        self.stage = Stage::WriteCurrentEpoch;
        io.write(DiskOp::CurrentEpoch { epoch: self.epoch });
    }

    fn epoch_written(&mut self, server: &mut Server, io: &mut Io<'_>) {
        server.current_epoch = self.epoch;
        server.needs_snap = false;
        if server.config.settings.has(Defect::EpochBeforeHistory) {
            self.write_history(server, io);
        } else if server.config.settings.newleader == SyncOrder::AsyncLog && !self.observer {
            for txn in std::mem::take(&mut self.not_logged) {
                self.log(txn, server, io);
            }
            // The log writer runs meanwhile: it may be done before the ACK goes out.
            self.stage = Stage::HistoryQueued;
        } else {
            self.acknowledge(io);
        }
    }

    /// The ACK of NEWLEADER.
    pub(super) fn acknowledge(&mut self, io: &mut Io<'_>) {
        self.stage = Stage::AwaitUpToDate;
        self.mode = None;
        io.decide(Decision::NewLeaderAcked { epoch: self.epoch });
        self.ack_epoch_start(io);
    }

    /// UPTODATE came.
    pub(super) fn up_to_date(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        if !server.config.settings.has(Defect::EpochAtUpToDate) {
            return self.start_following(server, io);
        }
        self.stage = Stage::WriteEpochLate;
        io.write(DiskOp::CurrentEpoch { epoch: self.epoch });
        Ok(())
    }

    /// A write of the synchronization is done.
    pub(super) fn sync_written(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        match self.stage {
            Stage::Truncating => {
                server.reload(io.disk);
                // Forced, as the leader's zxid may be one that no record has. What follows must follow it.
                server.db.force_last_processed(self.last_logged);
                self.last_queued = Some(self.last_logged);
                self.stage = Stage::Syncing;
            }
            Stage::WriteSnapshot => {
                // Records above a SNAP are of a history that the leader does not have.
                let zxid = server.db.state.zxid;
                if self.mode == Some(SyncMode::Snap) && io.disk.last().is_some_and(|last| last > zxid) {
                    self.stage = Stage::CutLog;
                    io.write(DiskOp::Truncate { zxid });
                } else {
                    self.make_durable(server, io);
                }
            }
            Stage::CutLog => {
                self.log_is_cut = true;
                self.make_durable(server, io);
            }
            Stage::WriteHistory => self.history_written(server, io),
            Stage::WriteCurrentEpoch => self.epoch_written(server, io),
            Stage::WriteEpochLate => {
                server.current_epoch = self.epoch;
                return self.start_following(server, io);
            }
            _ => {}
        }
        Ok(())
    }

    /// The ACK of NEWLEADER; the same goes out once more after UPTODATE, and the leader ignores that one.
    pub(super) fn ack_epoch_start(&self, io: &mut Io<'_>) {
        if let Some(conn) = self.conn {
            io.send(conn, Packet::Ack { zxid: Zxid::new_epoch(self.epoch) });
        }
    }
}
