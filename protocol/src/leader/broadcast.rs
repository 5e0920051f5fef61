//! Proposing, counting acknowledgements, committing in order (`Leader.propose`, `processAck`, `tryToCommit`;
//! protocol reference §7).

use super::Leader;
use super::handler::Handler;
use crate::decision::{Decision, GaveUp};
use crate::defects::Defect;
use crate::ids::{ConnId, Sid};
use crate::io::Io;
use crate::packet::Packet;
use crate::quorum::{MemberSet, QuorumVerifier};
use crate::request::{Op, Origin};
use crate::server::Server;
use crate::session::Owner;
use crate::txn::Txn;
use crate::zxid::Zxid;
use std::sync::Arc;

/// A proposal that is not committed, and who has logged it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outstanding {
    pub(crate) txn: Arc<Txn>,
    acks: MemberSet,
}

impl Outstanding {
    /// Takes an acknowledgement back.
    pub(super) fn forget(&mut self, sid: Sid, verifier: &QuorumVerifier) {
        verifier.remove(&mut self.acks, sid);
    }
}

impl Leader {
    /// The oldest proposal that is not committed, and who has acknowledged it.
    pub(crate) fn unacknowledged(&self, verifier: &QuorumVerifier) -> Option<(Zxid, Vec<Sid>)> {
        self.outstanding.front().map(|first| (first.txn.zxid, verifier.sids(first.acks)))
    }

    /// A write: give it the next zxid, validate it, propose it. One that fails is proposed as an error.
    pub(crate) fn submit(
        &mut self,
        origin: Origin,
        op: &Op,
        by: Owner,
        server: &mut Server,
        io: &mut Io<'_>,
    ) -> Result<(), GaveUp> {
        // Nobody takes requests where the log writer has ended.
        if server.log.is_dead() {
            return Ok(());
        }
        if self.prep.hzxid.counter() >= Zxid::LAST_COUNTER
            && !server.config.settings.defects.has(Defect::NoRolloverGuard)
        {
            return Err(GaveUp::CounterExhausted);
        }
        if server.config.settings.defects.has(Defect::IgnoreMoves) {
            self.prep.tracker.set_owner(origin.session, by);
        }
        let txn = Arc::new(self.prep.submit(origin, op, by, &server.db, io.now));
        let zxid = txn.zxid;
        self.last_proposed = zxid;
        io.decide(Decision::Proposed { origin, zxid, digest: txn.digest });
        self.outstanding.push_back(Outstanding { txn: txn.clone(), acks: MemberSet::default() });
        let limit = server.config.settings.sync_time();
        for handler in self.followers() {
            handler.push(Packet::Proposal(txn.clone()), limit, io);
        }
        server.log.push(txn, io);
        Ok(())
    }

    fn followers(&mut self) -> impl Iterator<Item = &mut Handler> {
        self.handlers.iter_mut().filter(|handler| handler.forwarding && !handler.observer)
    }

    /// Somebody has logged a proposal: commit it if that makes a quorum and nothing before it is outstanding.
    pub(crate) fn process_ack(&mut self, sid: Sid, zxid: Zxid, server: &mut Server, io: &mut Io<'_>) {
        let Some(first) = self.outstanding.front().map(|first| first.txn.zxid) else {
            return;
        };
        if zxid.is_new_epoch() || zxid <= self.last_committed {
            return;
        }
        let at = zxid.0.checked_sub(first.0).and_then(|at| usize::try_from(at).ok());
        let Some(pending) = at.and_then(|at| self.outstanding.get_mut(at)) else {
            io.decide(Decision::AckOfFuture { sid, zxid });
            return;
        };
        let verifier = &server.config.verifier;
        verifier.add(&mut pending.acks, sid);
        let enough = verifier.contains_quorum(pending.acks)
            || server.config.settings.defects.has(Defect::CommitWithoutQuorum);
        if zxid == first && enough {
            self.commit_first(server, io);
        }
    }

    fn commit_first(&mut self, server: &mut Server, io: &mut Io<'_>) {
        let Some(Outstanding { txn, .. }) = self.outstanding.pop_front() else {
            return;
        };
        let zxid = txn.zxid;
        let limit = server.config.settings.sync_time();
        self.last_committed = zxid;
        io.decide(Decision::Committed { zxid, digest: txn.digest });
        for handler in self.followers() {
            handler.push(Packet::Commit { zxid }, limit, io);
        }
        for handler in self.handlers.iter_mut().filter(|handler| handler.forwarding && handler.observer) {
            handler.push(Packet::Inform(txn.clone()), limit, io);
        }
        self.to_be_applied.push_back(txn.clone());
        server.commit(txn, io);
        while self.pending_syncs.front().is_some_and(|(after, _)| *after <= zxid) {
            if let Some((_, conn)) = self.pending_syncs.pop_front() {
                self.answer_sync(conn, server, io);
            }
        }
    }

    /// A learner's client wants to see everything committed by now. No quorum is asked: a deposed leader that has not
    /// noticed answers as well (`Leader.processSync`; protocol reference §7.4).
    pub(super) fn process_sync(&mut self, conn: ConnId, server: &Server, io: &mut Io<'_>) {
        if self.outstanding.is_empty() {
            self.answer_sync(conn, server, io);
        } else {
            self.pending_syncs.push_back((self.last_proposed, conn));
        }
    }

    /// Behind every COMMIT that the learner has been sent.
    fn answer_sync(&mut self, conn: ConnId, server: &Server, io: &mut Io<'_>) {
        let limit = server.config.settings.sync_time();
        if let Some(handler) = self.handlers.iter_mut().find(|handler| handler.conn == conn) {
            handler.push(Packet::Sync, limit, io);
        }
    }

    /// A tick of the sessions: what has expired is closed, like any other write.
    pub(crate) fn session_tick(&mut self, server: &mut Server, io: &mut Io<'_>) -> Result<(), GaveUp> {
        for session in self.prep.tracker.tick(io) {
            self.submit(Origin { session, cxid: 0 }, &Op::CloseSession, Owner::Me, server, io)?;
        }
        Ok(())
    }

    /// The leader's own applier has applied a transaction.
    pub(crate) fn applied(&mut self, txn: &Txn) {
        if self.to_be_applied.front().is_some_and(|first| first.zxid == txn.zxid) {
            self.to_be_applied.pop_front();
        }
        self.prep.applied(txn);
    }
}
