//! The learner in broadcast (`Follower.processPacket`, `Observer.processPacket`; protocol reference §7).

use super::at_newleader::reach;
use super::{Learner, Stage, Step, Stop};
use crate::commit_processor::Committed;
use crate::decision::Decision;
use crate::io::Io;
use crate::output::Exit;
use crate::packet::Packet;
use crate::request::{Op, Origin};
use crate::server::Server;
use crate::sync_order::SyncOrder;
use crate::txn::Txn;
use crate::zxid::Zxid;
use std::sync::Arc;

impl Learner {
    /// UPTODATE: serve, log what came after NEWLEADER, then carry out what is committed of it.
    pub(super) fn start_following(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        self.ack_epoch_start(io);
        self.catch_up(server, io);
        server.serving = true;
        server.refresh_vote(self.epoch);
        self.stage = Stage::Following;
        io.decide(Decision::Serving { epoch: self.epoch });
        let logged = std::mem::take(&mut self.unacknowledged);
        self.logged(&logged, io);
        let proposals = std::mem::take(&mut self.not_logged);
        let mut committed = std::mem::take(&mut self.committed);
        if self.observer {
            for txn in proposals {
                match committed.front() {
                    Some(zxid) if *zxid == txn.zxid => {
                        committed.pop_front();
                        self.inform(txn, server, io);
                    }
                    // A proposal without its COMMIT, as an old leader sends to observers.
                    _ => io.decide(Decision::UnmatchedCommit { zxid: txn.zxid }),
                }
            }
            return Ok(());
        }
        for txn in proposals {
            self.log(txn, server, io);
        }
        for zxid in committed {
            self.commit(zxid, server, io)?;
        }
        Ok(())
    }

    /// What the stream committed is in an observer's tree before anybody is shown it: the tree may be that of a fuzzy
    /// snapshot, with parts of just these transactions.
    fn catch_up(&mut self, server: &mut Server, io: &mut Io<'_>) {
        if !self.observer || server.config.settings.newleader != SyncOrder::Right {
            return;
        }
        while let (Some(txn), Some(zxid)) = (self.not_logged.front(), self.committed.front())
            && txn.zxid == *zxid
        {
            self.committed.pop_front();
            if let Some(txn) = self.not_logged.pop_front() {
                server.log.push(txn.clone(), io);
                server.apply_reaching(&txn, reach(server), io);
            }
        }
    }

    pub(super) fn follow(&mut self, packet: Packet, server: &mut Server, io: &mut Io<'_>) -> Step {
        match packet {
            Packet::Ping { zxid, .. } => {
                if let Some(conn) = self.conn {
                    let touched = server.connections.take_touched();
                    io.send(conn, Packet::Ping { zxid, touched });
                }
            }
            Packet::Revalidated { session, valid } => {
                io.decide(Decision::SessionReturns { session, valid });
                server.connections.settle(session, valid, io);
            }
            Packet::Sync => {
                if let Some(origin) = self.pending_syncs.pop_front() {
                    server.commits.commit(Committed::Sync(origin), io);
                }
            }
            Packet::Proposal(txn) if !self.observer => self.log(txn, server, io),
            Packet::Commit { zxid } if !self.observer => self.commit(zxid, server, io)?,
            Packet::Inform(txn) if self.observer => self.inform(txn, server, io),
            // Logged by the real server as unknown or out of place, and otherwise passed over.
            _ => {}
        }
        Ok(())
    }

    pub(super) fn log(&mut self, txn: Arc<Txn>, server: &mut Server, io: &mut Io<'_>) {
        self.pending.push_back(txn.clone());
        server.log.push(txn, io);
    }

    fn commit(&mut self, zxid: Zxid, server: &mut Server, io: &mut Io<'_>) -> Step {
        match self.pending.front() {
            None => io.decide(Decision::CommitWithoutProposal { zxid }),
            Some(head) if head.zxid != zxid => {
                return Err(Stop::Exit(Exit::UnmatchedCommit { zxid, next: head.zxid }));
            }
            Some(_) => {
                if let Some(txn) = self.pending.pop_front() {
                    server.commit(txn, io);
                }
            }
        }
        Ok(())
    }

    /// An observer logs what it is informed of, without acknowledging it, and applies it.
    fn inform(&mut self, txn: Arc<Txn>, server: &mut Server, io: &mut Io<'_>) {
        server.log.push(txn.clone(), io);
        server.commit(txn, io);
    }

    /// A write or a sync of this server's own client goes to the leader.
    pub(crate) fn forward(&mut self, origin: Origin, op: Op, io: &mut Io<'_>) {
        if let Op::Sync { .. } = op {
            self.pending_syncs.push_back(origin);
        }
        if let Some(conn) = self.conn {
            io.decide(Decision::Forwarded { session: origin.session, cxid: origin.cxid });
            io.send(conn, Packet::Request { origin, op });
        }
    }
}
