//! The learner's side of a synchronization, up to NEWLEADER and on to UPTODATE (`Learner.syncWithLeader`; protocol
//! reference §6.4).

use super::at_newleader::reach;
use super::{Learner, Stage, Step, Stop};
use crate::decision::{Decision, GaveUp, SyncMode};
use crate::defects::Defect;
use crate::io::Io;
use crate::output::Exit;
use crate::packet::Packet;
use crate::server::Server;
use crate::storage::DiskOp;
use crate::sync_order::SyncOrder;
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
        let settings = &server.config.settings;
        self.write_to_log = match mode {
            SyncMode::Diff => settings.newleader != SyncOrder::Snap,
            SyncMode::Trunc => {
                settings.newleader != SyncOrder::Snap && !settings.has(Defect::TruncAppliesToMemory)
            }
            SyncMode::Snap => false,
        };
        self.stage = Stage::Syncing;
        match packet {
            Packet::Diff { zxid } if server.config.settings.has(Defect::LastZxidAtDiffHeader) => {
                server.db.force_last_processed(zxid);
            }
            Packet::Snap { snapshot } => server.db.install(&snapshot),
            Packet::Trunc { zxid } => {
                let defects = server.config.settings.defects;
                assert!(
                    !defects.has(Defect::PanicAtTrunc),
                    "a learner is told to truncate its log at {zxid}"
                );
                if !io.disk.can_truncate(zxid) {
                    if defects.has(Defect::ExitWhenTruncFails) {
                        return Err(Stop::Exit(Exit::CannotTruncate { zxid }));
                    }
                    server.needs_snap = true;
                    return Err(GaveUp::CannotTruncate { zxid }.into());
                }
                self.log_is_cut = !defects.has(Defect::TruncAppliesToMemory);
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
            Packet::Proposal(txn) => self.queue(txn, server)?,
            Packet::Commit { zxid } => {
                let forgotten = self.stage > Stage::Syncing && server.config.settings.newleader.forgets();
                if self.not_logged.is_empty() && (self.committed.is_empty() || forgotten) {
                    return Err(GaveUp::UnexpectedPacket { packet: "COMMIT" }.into());
                }
                self.commit_in_stream(zxid, server, io);
            }
            Packet::Inform(txn) => {
                let zxid = txn.zxid;
                self.queue(txn, server)?;
                self.commit_in_stream(zxid, server, io);
            }
            Packet::NewLeader { .. } if self.stage == Stage::Syncing => {
                io.decide(Decision::NewLeader {
                    epoch: self.epoch,
                    committed: self.committed.len(),
                    outstanding: self.not_logged.len() - self.committed.len().min(self.not_logged.len()),
                });
                self.new_leader(server, io);
            }
            Packet::UpToDate if self.stage == Stage::AwaitUpToDate => self.up_to_date(server, io)?,
            Packet::NewLeader { .. } | Packet::UpToDate => {
                return Err(GaveUp::UnexpectedPacket { packet: packet.name() }.into());
            }
            // Pings keep the connection alive and are not answered yet; anything else is passed over.
            _ => {}
        }
        Ok(())
    }

    /// A proposal of the stream must follow the one before it (ZOOKEEPER-4925); the first one is taken as it is.
    fn queue(&mut self, txn: Arc<Txn>, server: &Server) -> Step {
        let settings = &server.config.settings;
        if let Some(last) = self.last_queued
            && settings.newleader == SyncOrder::Right
            && txn.zxid != last.next()
            && txn.zxid.epoch() <= last.epoch()
            // A TRUNC may go to where the epoch begins.
            && !(last.is_new_epoch() && settings.initial_counter.is_some())
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
            server.apply_reaching(&txn, reach(server), io);
        }
    }

    /// The head of the queue, if it is the one committed; anything else is passed over with a warning.
    pub(super) fn take_not_logged(&mut self, zxid: Zxid, io: &mut Io<'_>) -> Option<Arc<Txn>> {
        if self.not_logged.front().is_some_and(|txn| txn.zxid == zxid) {
            return self.not_logged.pop_front();
        }
        io.decide(Decision::UnmatchedCommit { zxid });
        None
    }
}
