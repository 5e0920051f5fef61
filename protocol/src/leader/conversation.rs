//! A handler's conversation with its learner, step by step (`LearnerHandler.run`).

use super::handler::{Incoming, Stage};
use super::{Leader, Step, sync};
use crate::decision::{Decision, Dropped, SyncMode};
use crate::defects::Defect;
use crate::ids::{ConnId, Sid};
use crate::input::{Task, Timer, Work};
use crate::io::Io;
use crate::packet::Packet;
use crate::request::Op;
use crate::server::Server;
use crate::session::Owner;
use crate::zxid::{Epoch, Zxid};
use std::collections::VecDeque;

impl Leader {
    /// Whether the handler can go on: what it waits for is there, or a packet to read.
    pub(super) fn is_handler_ready(&self, at: usize) -> bool {
        let handler = &self.handlers[at];
        match handler.stage {
            _ if self.stage < super::Stage::WaitEpoch => false,
            Stage::WaitEpoch => self.epoch_is_chosen(),
            Stage::WaitEpochAcked => self.epoch_acked,
            Stage::BeginSync | Stage::SendSnap | Stage::SendQueue => true,
            Stage::WaitSupporters => self.supported,
            Stage::WaitServing => self.stage == super::Stage::Broadcast,
            _ => !handler.inbox.is_empty(),
        }
    }

    /// A handler's step: one packet, or the end of a wait.
    pub(crate) fn run_handler(&mut self, conn: ConnId, server: &mut Server, io: &mut Io<'_>) -> Step {
        let Some(at) = self.handlers.iter().position(|handler| handler.conn == conn) else {
            return Ok(());
        };
        if !self.is_handler_ready(at) {
            return Ok(());
        }
        if self.handlers[at].stage.waits() {
            self.end_wait(at, server, io);
        } else {
            match self.handlers[at].inbox.pop_front() {
                Some(Incoming::Packet(packet)) => {
                    if let Err(why) = self.read(at, packet, server, io)? {
                        self.drop_learner(conn, why, io);
                        return Ok(());
                    }
                }
                Some(Incoming::Closed) => {
                    self.drop_learner(conn, Dropped::Closed, io);
                    return Ok(());
                }
                None => {}
            }
        }
        // Reading may have moved the others.
        if let Some(at) = self.handlers.iter().position(|handler| handler.conn == conn)
            && self.is_handler_ready(at)
        {
            io.wake(Task::Handler(conn), Work::Step);
        }
        Ok(())
    }

    /// Begins a wait for the others: the connection is not read meanwhile.
    fn wait(&mut self, at: usize, stage: Stage, server: &Server, io: &mut Io<'_>) {
        let conn = self.handlers[at].conn;
        self.handlers[at].stage = stage;
        io.cancel(Timer::HandlerRead(conn));
        io.set(Timer::HandlerWait(conn), server.config.settings.init_time());
    }

    fn end_wait(&mut self, at: usize, server: &Server, io: &mut Io<'_>) {
        let settings = &server.config.settings;
        let conn = self.handlers[at].conn;
        match self.handlers[at].stage {
            Stage::WaitEpoch => {
                io.cancel(Timer::HandlerWait(conn));
                io.send(conn, Packet::LeaderInfo { zxid: Zxid::new_epoch(self.epoch) });
                self.handlers[at].stage = Stage::AwaitAckEpoch;
                io.set(Timer::HandlerRead(conn), settings.init_time());
            }
            Stage::WaitEpochAcked => {
                io.cancel(Timer::HandlerWait(conn));
                self.choose_sync(at, server, io);
            }
            Stage::BeginSync if self.handlers[at].snap => self.begin_snapshot(at, server, io),
            Stage::SendSnap => self.send_snapshot(at, server, io),
            Stage::BeginSync | Stage::SendQueue => self.send_queue(at, server, io),
            Stage::WaitSupporters => {
                io.cancel(Timer::HandlerWait(conn));
                self.handlers[at].stage = Stage::WaitServing;
            }
            Stage::WaitServing => {
                let handler = &mut self.handlers[at];
                handler.stage = Stage::Serving;
                handler.push(Packet::UpToDate, settings.sync_time(), io);
                io.set(Timer::HandlerRead(conn), settings.sync_time());
            }
            _ => {}
        }
    }

    /// Chooses the mode and starts to forward, in one go: nothing may fall between (`syncFollower`,
    /// `startForwarding`).
    pub(super) fn choose_sync(&mut self, at: usize, server: &Server, io: &mut Io<'_>) {
        let peer_last = self.handlers[at].peer_last;
        let settings = &server.config.settings;
        let none = VecDeque::new();
        let unapplied = if settings.has(Defect::CutsUnapplied) { &none } else { &self.to_be_applied };
        let choice = sync::choose(&server.db, unapplied, io.disk, settings, peer_last)
            .or_in_sync(self.last_proposed, peer_last);
        let learner = self.handlers[at].sid.unwrap_or(crate::Sid::NONE);
        io.decide(Decision::SyncChosen {
            learner,
            mode: choice.mode,
            rule: choice.rule,
            zxid: choice.zxid,
            peer_last,
            last_processed: server.db.state.zxid,
            min_committed: choice.window.0,
            max_committed: choice.window.1,
            proposals: choice.proposals.len(),
        });
        let handler = &mut self.handlers[at];
        handler.outbox = choice.packets();
        handler.snap = choice.mode == SyncMode::Snap;
        if self.last_proposed > choice.queued_to {
            for txn in self.to_be_applied.iter().filter(|txn| txn.zxid > choice.queued_to) {
                handler.outbox.push(Packet::Proposal(txn.clone()));
                handler.outbox.push(Packet::Commit { zxid: txn.zxid });
            }
            if !handler.observer {
                for pending in self.outstanding.iter().filter(|pending| pending.txn.zxid > choice.queued_to) {
                    handler.outbox.push(Packet::Proposal(pending.txn.clone()));
                }
            }
        }
        if handler.snap && server.config.settings.has(Defect::NewLeaderBeforeSnapshot) {
            handler.outbox.push(Packet::NewLeader { zxid: Zxid::new_epoch(self.epoch) });
        }
        handler.forwarding = true;
        handler.stage = Stage::BeginSync;
        self.forget_acks(learner, choice.queued_to, server);
        self.drop_older(learner, at, io);
    }

    /// What a learner had logged above the point where its synchronization starts, it logs again: an acknowledgement
    /// of the first time may not count, since a TRUNC or SNAP may have taken the record away.
    fn forget_acks(&mut self, learner: Sid, above: Zxid, server: &Server) {
        if server.config.settings.has(Defect::AcksOutliveTrunc) {
            return;
        }
        for pending in self.outstanding.iter_mut().filter(|pending| pending.txn.zxid > above) {
            pending.forget(learner, &server.config.verifier);
        }
    }

    /// A learner that connects again leaves an old connection behind; acknowledgements still queued there are void.
    fn drop_older(&mut self, learner: Sid, newest: usize, io: &mut Io<'_>) {
        let newest = self.handlers[newest].conn;
        let older =
            self.handlers.iter().filter(|h| h.sid == Some(learner) && h.conn != newest).map(|h| h.conn);
        for conn in older.collect::<Vec<_>>() {
            self.drop_learner(conn, Dropped::Superseded, io);
        }
    }

    /// A SNAP begins: its label is lastProcessedZxid of this moment, and its tree is copied while commits go on.
    fn begin_snapshot(&mut self, at: usize, server: &Server, io: &mut Io<'_>) {
        let handler = &mut self.handlers[at];
        let snapshot = server.db.snapshot();
        io.decide(Decision::SnapshotSent {
            learner: handler.sid.unwrap_or(crate::Sid::NONE),
            peer_last: handler.peer_last,
            last_proposed: self.last_proposed,
            zxid: snapshot.zxid,
        });
        handler.begun = Some(snapshot);
        handler.stage = Stage::SendSnap;
    }

    /// The rest of the state is copied, and the SNAP goes out. What was applied meanwhile stands in the queue.
    fn send_snapshot(&mut self, at: usize, server: &Server, io: &mut Io<'_>) {
        let handler = &mut self.handlers[at];
        if let Some(begun) = handler.begun.take() {
            io.send(handler.conn, Packet::Snap { snapshot: server.db.complete(&begun) });
        }
        handler.stage = Stage::SendQueue;
    }

    /// Sends the queue, and behind it NEWLEADER: by then the learner has all that belongs to the SNAP.
    fn send_queue(&mut self, at: usize, server: &Server, io: &mut Io<'_>) {
        let limit = server.config.settings.sync_time();
        let handler = &mut self.handlers[at];
        handler.sending = true;
        for packet in std::mem::take(&mut handler.outbox) {
            handler.push(packet, limit, io);
        }
        if !handler.snap || !server.config.settings.has(Defect::NewLeaderBeforeSnapshot) {
            handler.push(Packet::NewLeader { zxid: Zxid::new_epoch(self.epoch) }, limit, io);
        }
        handler.stage = Stage::AwaitNewLeaderAck;
        io.set(Timer::HandlerRead(handler.conn), server.config.settings.init_time());
    }

    /// Reads a packet. The outer error ends the leader's role, the inner one this connection.
    fn read(
        &mut self,
        at: usize,
        packet: Packet,
        server: &mut Server,
        io: &mut Io<'_>,
    ) -> Result<Result<(), Dropped>, crate::decision::GaveUp> {
        let conn = self.handlers[at].conn;
        let settings = &server.config.settings;
        let unexpected = Ok(Err(Dropped::UnexpectedPacket { packet: packet.name() }));
        match self.handlers[at].stage {
            Stage::AwaitInfo => {
                let Packet::FollowerInfo { sid, accepted_epoch, observer } = packet else {
                    return unexpected;
                };
                io.decide(Decision::LearnerArrived { sid, accepted_epoch, observer });
                let handler = &mut self.handlers[at];
                handler.sid = Some(sid);
                handler.observer = observer;
                self.wait(at, Stage::WaitEpoch, server, io);
                self.propose_epoch(sid, accepted_epoch, server, io)?;
            }
            Stage::AwaitAckEpoch => {
                let Packet::AckEpoch { zxid, current_epoch } = packet else {
                    return unexpected;
                };
                self.handlers[at].peer_last = zxid;
                if let Err(why) = self.ack_epoch(at, zxid, current_epoch, server, io) {
                    return Ok(Err(why));
                }
            }
            Stage::AwaitNewLeaderAck => {
                let Packet::Ack { zxid } = packet else {
                    return unexpected;
                };
                let sid = self.handlers[at].sid.unwrap_or(crate::Sid::NONE);
                if zxid == Zxid::new_epoch(self.epoch) {
                    self.wait(at, Stage::WaitSupporters, server, io);
                    self.note_supporter(sid, server, io);
                } else {
                    io.decide(Decision::NewLeaderAckOfOtherEpoch { sid, zxid });
                    io.cancel(Timer::HandlerRead(conn));
                    self.handlers[at].stage = Stage::WaitServing;
                }
            }
            Stage::Serving => {
                io.set(Timer::HandlerRead(conn), settings.sync_time());
                self.handlers[at].ticks_left = settings.sync_limit + 1;
                match packet {
                    Packet::Ack { zxid } => {
                        self.handlers[at].acknowledged(zxid, io);
                        if let Some(sid) = self.handlers[at].sid {
                            self.process_ack(sid, zxid, server, io);
                        }
                    }
                    Packet::Request { op: Op::Sync { .. }, .. } => self.process_sync(conn, server, io),
                    Packet::Request { origin, op } => {
                        self.submit(origin, &op, Owner::Handler(conn), server, io)?;
                    }
                    Packet::Ping { touched, .. } => {
                        for (session, timeout) in touched {
                            self.prep.tracker.touch(session, timeout, io.now);
                        }
                    }
                    Packet::Revalidate { session, timeout } => {
                        let valid = self.prep.tracker.touch(session, timeout, io.now);
                        if valid {
                            self.prep.tracker.set_owner(session, Owner::Handler(conn));
                        }
                        let limit = server.config.settings.sync_time();
                        self.handlers[at].push(Packet::Revalidated { session, valid }, limit, io);
                    }
                    // Anything else is only logged.
                    _ => {}
                }
            }
            // These stages do not read.
            Stage::WaitEpoch
            | Stage::WaitEpochAcked
            | Stage::BeginSync
            | Stage::SendSnap
            | Stage::SendQueue
            | Stage::WaitSupporters
            | Stage::WaitServing => {}
        }
        Ok(Ok(()))
    }

    /// ACKEPOCH: a learner ahead of the leader loses its connection, one that had accepted the epoch before does not
    /// count. Once a quorum has acknowledged, nobody is checked.
    fn ack_epoch(
        &mut self,
        at: usize,
        zxid: Zxid,
        current_epoch: Option<Epoch>,
        server: &Server,
        io: &mut Io<'_>,
    ) -> Result<(), Dropped> {
        let sid = self.handlers[at].sid.unwrap_or(crate::Sid::NONE);
        self.wait(at, Stage::WaitEpochAcked, server, io);
        if self.epoch_acked {
            return Ok(());
        }
        let defects = server.config.settings.defects;
        match current_epoch {
            None if defects.has(Defect::CountMinusOneAck) => self.note_epoch_ack(sid, zxid, server, io),
            None => io.decide(Decision::EpochAckNotCounted { sid }),
            Some(epoch) if (epoch, zxid) > self.summary && !defects.has(Defect::NoAcceptedEpoch) => {
                return Err(Dropped::Ahead { epoch, zxid });
            }
            Some(_) => self.note_epoch_ack(sid, zxid, server, io),
        }
        Ok(())
    }
}
