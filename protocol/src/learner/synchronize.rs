//! The learner's side of a synchronization (`Learner.syncWithLeader`; protocol reference §6.4).
//!
//! The order at NEWLEADER is what ZAB needs: history durable, then currentEpoch durable, then the ACK.

use super::{Learner, Stage, Step, Stop};
use crate::decision::{Decision, GaveUp, SyncMode};
use crate::defects::Defect;
use crate::io::Io;
use crate::output::Exit;
use crate::packet::Packet;
use crate::server::Server;
use crate::storage::{DiskOp, SnapshotFile};
use crate::txn::Txn;
use crate::zxid::Zxid;
use std::sync::Arc;

impl Learner {
    /// The first packet: DIFF, SNAP or TRUNC.
    pub(super) fn start_sync(&mut self, packet: Packet, server: &mut Server, io: &mut Io<'_>) -> Step {
        let packet = match packet {
            // The leader has nothing either: that is its state.
            Packet::Diff { .. } if server.needs_snap => Packet::Snap { snapshot: Arc::default() },
            packet => packet,
        };
        let (mode, zxid) = match &packet {
            Packet::Diff { zxid } => (SyncMode::Diff, *zxid),
            Packet::Trunc { zxid } => (SyncMode::Trunc, *zxid),
            Packet::Snap { snapshot } => (SyncMode::Snap, snapshot.zxid),
            other => return Err(Stop::Exit(Exit::BadSyncPacket { packet: other.name() })),
        };
        io.decide(Decision::Synced { mode, zxid, leader: self.leader });
        self.mode = Some(mode);
        server.begin_sessions(io);
        // After a TRUNC as well: applied straight into the tree, as the real learner does, these transactions would be
        // in a snapshot that is not synced, and in no log.
        self.write_to_log = mode != SyncMode::Snap;
        self.stage = Stage::Syncing;
        match packet {
            Packet::Snap { snapshot } => server.db.install(&snapshot),
            Packet::Trunc { zxid } => {
                let defects = server.config.settings.defects;
                if !io.disk.can_truncate(zxid) {
                    if defects.has(Defect::ExitWhenTruncFails) {
                        return Err(Stop::Exit(Exit::CannotTruncate { zxid }));
                    }
                    server.needs_snap = true;
                    return Err(GaveUp::CannotTruncate { zxid }.into());
                }
                self.log_is_cut = true;
                self.last_logged = zxid;
                self.stage = Stage::Truncating;
                let keeps = defects.has(Defect::KeepTail);
                let zxid = if keeps { io.disk.log.last().unwrap_or(zxid) } else { zxid };
                io.write(DiskOp::Truncate { zxid });
            }
            _ => {}
        }
        Ok(())
    }

    /// A packet of the stream, before or after NEWLEADER.
    pub(super) fn sync(&mut self, packet: Packet, server: &mut Server, io: &mut Io<'_>) -> Step {
        match packet {
            Packet::Proposal(txn) => self.queue(txn)?,
            Packet::Commit { zxid } => {
                if self.not_logged.is_empty() && self.committed.is_empty() {
                    return Err(GaveUp::UnexpectedPacket { packet: "COMMIT" }.into());
                }
                self.commit_in_stream(zxid, server, io);
            }
            Packet::Inform(txn) => {
                let zxid = txn.zxid;
                self.queue(txn)?;
                self.commit_in_stream(zxid, server, io);
            }
            Packet::NewLeader { .. } if self.stage == Stage::Syncing => {
                io.decide(Decision::NewLeader {
                    epoch: self.epoch,
                    committed: self.committed.len(),
                    outstanding: self.not_logged.len() - self.committed.len().min(self.not_logged.len()),
                });
                match self.mode {
                    Some(SyncMode::Diff) | None => self.write_history(server, io),
                    Some(mode) => {
                        let from_leader = mode == SyncMode::Snap;
                        let file = SnapshotFile { snapshot: server.db.snapshot(), from_leader };
                        self.stage = Stage::WriteSnapshot;
                        io.write(DiskOp::Snapshot { file, synced: from_leader });
                    }
                }
            }
            Packet::UpToDate if self.stage == Stage::AwaitUpToDate => self.start_following(server, io)?,
            Packet::NewLeader { .. } | Packet::UpToDate => {
                return Err(GaveUp::UnexpectedPacket { packet: packet.name() }.into());
            }
            // Pings keep the connection alive and are not answered yet; anything else is passed over.
            _ => {}
        }
        Ok(())
    }

    /// A proposal of the stream must follow the one before it (ZOOKEEPER-4925); the first one is taken as it is.
    fn queue(&mut self, txn: Arc<Txn>) -> Step {
        if let Some(last) = self.last_queued
            && txn.zxid != last.next()
            && txn.zxid.epoch() <= last.epoch()
        {
            return Err(GaveUp::HoleInStream { last, got: txn.zxid }.into());
        }
        self.last_queued = Some(txn.zxid);
        self.not_logged.push_back(txn);
        Ok(())
    }

    /// A COMMIT of the stream: remembered where the log is written, carried out in memory where a snapshot will be.
    fn commit_in_stream(&mut self, zxid: Zxid, server: &mut Server, io: &mut Io<'_>) {
        if self.write_to_log {
            self.committed.push_back(zxid);
        } else if let Some(txn) = self.take_not_logged(zxid, io) {
            server.apply(&txn, io);
        }
    }

    /// The head of the queue, if it is the one committed; anything else is passed over with a warning.
    fn take_not_logged(&mut self, zxid: Zxid, io: &mut Io<'_>) -> Option<Arc<Txn>> {
        if self.not_logged.front().is_some_and(|txn| txn.zxid == zxid) {
            return self.not_logged.pop_front();
        }
        io.decide(Decision::UnmatchedCommit { zxid });
        None
    }

    /// A follower logs and applies what the stream has committed, with one fsync, which also makes a truncation durable;
    /// the rest waits for UPTODATE. (An observer has no COMMITs here that were not applied, or waits with them.)
    fn write_history(&mut self, server: &mut Server, io: &mut Io<'_>) {
        self.write_to_log = true;
        if !self.log_is_cut && (self.observer || self.committed.is_empty()) {
            return self.write_current_epoch(io);
        }
        let committed = if self.observer { Default::default() } else { std::mem::take(&mut self.committed) };
        for zxid in committed {
            if let Some(txn) = self.take_not_logged(zxid, io) {
                io.write(DiskOp::Append { txn: txn.clone() });
                server.apply(&txn, io);
            }
        }
        io.write(DiskOp::Sync);
        self.stage = Stage::WriteHistory;
    }

    fn write_current_epoch(&mut self, io: &mut Io<'_>) {
        self.stage = Stage::WriteCurrentEpoch;
        io.write(DiskOp::CurrentEpoch { epoch: self.epoch });
    }

    /// A write of the synchronization is done.
    pub(super) fn sync_written(&mut self, server: &mut Server, io: &mut Io<'_>) {
        match self.stage {
            Stage::Truncating => {
                server.reload(io.disk);
                // Forced, as the leader's zxid may be one that no record has. What follows must follow it.
                server.db.state.zxid = self.last_logged;
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
                    self.write_history(server, io);
                }
            }
            Stage::CutLog => {
                self.log_is_cut = true;
                self.write_history(server, io);
            }
            Stage::WriteHistory => self.write_current_epoch(io),
            Stage::WriteCurrentEpoch => {
                server.current_epoch = self.epoch;
                server.needs_snap = false;
                self.stage = Stage::AwaitUpToDate;
                self.mode = None;
                io.decide(Decision::NewLeaderAcked { epoch: self.epoch });
                self.ack_epoch_start(io);
            }
            _ => {}
        }
    }

    /// The ACK of NEWLEADER; the same goes out once more after UPTODATE, and the leader ignores that one.
    pub(super) fn ack_epoch_start(&self, io: &mut Io<'_>) {
        if let Some(conn) = self.conn {
            io.send(conn, Packet::Ack { zxid: Zxid::new_epoch(self.epoch) });
        }
    }
}
