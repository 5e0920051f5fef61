//! The leader (`Leader.lead`; protocol reference §5 to §7): its main thread from discovery to broadcast, and the
//! quorums that its handlers and it wait for together.

mod broadcast;
mod conversation;
pub(crate) mod handler;
mod sync;

use crate::decision::{Decision, Dropped, GaveUp};
use crate::defects::Defect;
use crate::ids::{ConnId, Port, ServerState, Sid};
use crate::input::{Task, Timer, Work};
use crate::io::Io;
use crate::output::Output;
use crate::packet::Packet;
use crate::peer::{MainWrite, Phase, Waits};
use crate::prep::Prep;
use crate::quorum::{MemberSet, QuorumVerifier};
use crate::server::Server;
use crate::session::SessionTracker;
use crate::storage::{DiskOp, SnapshotFile};
use crate::txn::Txn;
use crate::zxid::{Epoch, Zxid};
use broadcast::Outstanding;
use handler::{Handler, Incoming};
use std::collections::VecDeque;
use std::sync::Arc;

/// Where the leader's main thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    /// The server object is being built; the quorum port is not bound yet.
    Entering,
    /// `loadData` writes a snapshot.
    Loading,
    /// Waits for a quorum of FOLLOWERINFO.
    WaitEpoch,
    /// acceptedEpoch is being written; everybody waits.
    WriteAcceptedEpoch,
    /// Waits for a quorum of ACKEPOCH.
    WaitEpochAck,
    /// currentEpoch is being written; handlers synchronize meanwhile.
    WriteCurrentEpoch,
    /// Waits for a quorum of NEWLEADER's ACK.
    WaitSupporters,
    /// Serves.
    Broadcast,
}

/// The leader role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Leader {
    stage: Stage,
    /// The candidate, and once chosen the epoch itself.
    epoch: Epoch,
    /// Who has reported an acceptedEpoch. Nobody leaves it when a connection drops.
    connecting: MemberSet,
    /// Who has acknowledged the epoch.
    electing: MemberSet,
    /// Whether a quorum has; nobody's history is checked any more.
    epoch_acked: bool,
    /// Who has acknowledged NEWLEADER.
    supporters: MemberSet,
    supported: bool,
    /// (currentEpoch, lastProcessedZxid) when the role began.
    summary: (Epoch, Zxid),
    handlers: Vec<Handler>,
    /// The next half-tick is a whole one.
    whole_tick: bool,
    patience_over: bool,
    /// The main thread has come to the quorum's wait that it is at. Where the quorum needs it, it does so in the step in
    /// which it is ready.
    has_reported: bool,
    last_proposed: Zxid,
    last_committed: Zxid,
    /// Gives out zxids, validates, and watches the sessions.
    pub(crate) prep: Prep,
    outstanding: VecDeque<Outstanding>,
    /// Committed and not yet applied here.
    to_be_applied: VecDeque<Arc<Txn>>,
    /// Syncs of learners' clients, each with the proposal that it waits for.
    pending_syncs: VecDeque<(Zxid, ConnId)>,
}

/// What a step of the leader means for the server.
pub(crate) type Step = Result<(), GaveUp>;

impl Leader {
    pub(crate) fn new() -> Leader {
        Leader {
            stage: Stage::Entering,
            epoch: Epoch(-1),
            connecting: MemberSet::default(),
            electing: MemberSet::default(),
            epoch_acked: false,
            supporters: MemberSet::default(),
            supported: false,
            summary: (Epoch(-1), Zxid(-1)),
            handlers: Vec::new(),
            whole_tick: false,
            patience_over: false,
            has_reported: false,
            last_proposed: Zxid::ZERO,
            last_committed: Zxid::ZERO,
            prep: Prep::default(),
            outstanding: VecDeque::new(),
            to_be_applied: VecDeque::new(),
            pending_syncs: VecDeque::new(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.stage {
            Stage::Broadcast => Phase::LeaderBroadcast,
            Stage::WriteCurrentEpoch | Stage::WaitSupporters => Phase::LeaderSynchronization,
            _ => Phase::LeaderDiscovery,
        }
    }

    /// What it waits for.
    pub(crate) fn waits(&self, verifier: &QuorumVerifier) -> Waits {
        let epoch = self.epoch;
        match self.stage {
            Stage::Entering => Waits::Itself,
            Stage::Loading => Waits::Disk(MainWrite::Snapshot),
            Stage::WaitEpoch => Waits::FollowerInfo { from: verifier.sids(self.connecting) },
            Stage::WriteAcceptedEpoch => Waits::Disk(MainWrite::AcceptedEpoch),
            Stage::WaitEpochAck => Waits::EpochAcks { epoch, from: verifier.sids(self.electing) },
            Stage::WriteCurrentEpoch => Waits::Disk(MainWrite::CurrentEpoch),
            Stage::WaitSupporters => Waits::NewLeaderAcks { epoch, from: verifier.sids(self.supporters) },
            Stage::Broadcast => Waits::Nothing,
        }
    }

    /// Whether the snapshot that a leader begins with is being written.
    pub(crate) fn loads(&self) -> bool {
        self.stage == Stage::Loading
    }

    /// Whether the main thread has something to do.
    pub(crate) fn is_ready(&self) -> bool {
        match self.stage {
            Stage::Entering => true,
            Stage::WaitEpoch | Stage::WriteAcceptedEpoch | Stage::WaitEpochAck => !self.has_reported,
            Stage::WaitSupporters => self.supported,
            _ => false,
        }
    }

    /// The main thread's step.
    pub(crate) fn run(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        match self.stage {
            Stage::Entering if !server.config.settings.listens => return Err(GaveUp::CannotListen),
            Stage::Entering => {
                io.out.push(Output::Listen { port: Port::Quorum, open: true });
                self.stage = Stage::Loading;
                let file = SnapshotFile { snapshot: server.db.snapshot(), from_leader: false };
                io.write(DiskOp::Snapshot { file, synced: false });
            }
            Stage::WaitSupporters if self.supported => self.start_serving(server, io),
            _ if self.is_ready() => self.report(server, io)?,
            _ => {}
        }
        Ok(())
    }

    /// The main thread comes to the waits of discovery, which others may have ended by now
    /// ([`Defect::QuorumWithoutSelf`]).
    fn report(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        let me = server.config.sid;
        self.has_reported = true;
        match self.stage {
            Stage::WaitEpoch => self.propose_epoch(me, server.accepted_epoch, server, io)?,
            Stage::WaitEpochAck if self.epoch_acked => self.write_current_epoch(io),
            Stage::WaitEpochAck => self.note_epoch_ack(me, self.summary.1, server, io),
            _ => {}
        }
        self.wake_handlers(io);
        Ok(())
    }

    /// The main thread's write is done.
    pub(crate) fn written(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        let me = server.config.sid;
        match self.stage {
            Stage::Loading => {
                self.stage = Stage::WaitEpoch;
                self.summary = (server.current_epoch, server.db.state.zxid);
                self.wait_for_quorum(server, io);
                if let Some(patience) = server.config.settings.max_time_to_wait_for_epoch {
                    io.set(Timer::Disloyal, crate::Millis(patience));
                }
                let defects = server.config.settings.defects;
                if defects.has(Defect::NoAcceptedEpoch) {
                    self.epoch = self.summary.1.epoch().next();
                    self.claim(server);
                }
                if defects.has(Defect::QuorumWithoutSelf) {
                    io.wake(Task::Main, Work::Step);
                    self.wake_handlers(io);
                } else {
                    self.report(server, io)?;
                }
            }
            Stage::WriteAcceptedEpoch => {
                server.accepted_epoch = self.epoch;
                self.prep.hzxid = Zxid::new_epoch(self.epoch);
                if !server.config.settings.has(Defect::LastProposedZero) {
                    self.last_proposed = self.prep.hzxid;
                }
                self.claim(server);
                self.stage = Stage::WaitEpochAck;
                self.wait_for_quorum(server, io);
                if self.has_reported && server.config.settings.has(Defect::QuorumWithoutSelf) {
                    // It comes to this wait, too, with a step of its own.
                    self.has_reported = false;
                    io.wake(Task::Main, Work::Step);
                } else if self.has_reported {
                    self.note_epoch_ack(server.config.sid, self.summary.1, server, io);
                }
                self.wake_handlers(io);
            }
            Stage::WriteCurrentEpoch => {
                server.current_epoch = self.epoch;
                io.decide(Decision::EpochEstablished { epoch: self.epoch, history_to: self.summary.1 });
                self.stage = Stage::WaitSupporters;
                self.wait_for_quorum(server, io);
                self.note_supporter(me, server, io);
                if self.supported {
                    io.wake(Task::Main, Work::Step);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The epoch is known, and nobody supports it yet.
    fn claim(&self, server: &mut Server) {
        if server.config.settings.defects.has(Defect::EarlyLastZxid) {
            server.db.force_last_processed(Zxid::new_epoch(self.epoch));
        }
    }

    fn wait_for_quorum(&self, server: &Server, io: &mut Io<'_>) {
        io.set(Timer::LeaderWait, server.config.settings.init_time());
    }

    /// `getEpochToPropose`, one caller: counts the report, and decides once it makes a quorum with this server in it.
    /// A report after the decision is not considered.
    fn propose_epoch(&mut self, sid: Sid, accepted: Epoch, server: &Server, io: &mut Io<'_>) -> Step {
        if self.stage > Stage::WaitEpoch {
            return Ok(());
        }
        let verifier = &server.config.verifier;
        let defects = server.config.settings.defects;
        let promised = !defects.has(Defect::NoAcceptedEpoch);
        let new = if defects.has(Defect::EpochStrictlyGreater) { Epoch::gt } else { Epoch::ge };
        if promised && new(&accepted, &self.epoch) {
            self.epoch = accepted.next();
        }
        verifier.add(&mut self.connecting, sid);
        if !self.is_quorum(self.connecting, server) {
            return Ok(());
        }
        if self.epoch > Epoch::MAX {
            return Err(GaveUp::EpochExhausted);
        }
        io.cancel(Timer::LeaderWait);
        io.cancel(Timer::Disloyal);
        let from = if promised { verifier.sids(self.connecting) } else { Vec::new() };
        io.decide(Decision::EpochChosen { epoch: self.epoch, from });
        self.stage = Stage::WriteAcceptedEpoch;
        io.write(DiskOp::AcceptedEpoch { epoch: self.epoch });
        Ok(())
    }

    /// The quorums of discovery need this server itself.
    fn is_quorum(&self, set: MemberSet, server: &Server) -> bool {
        let verifier = &server.config.verifier;
        let with_me = verifier.has(set, server.config.sid)
            || server.config.settings.defects.has(Defect::QuorumWithoutSelf);
        with_me && verifier.contains_quorum(set)
    }

    fn epoch_is_chosen(&self) -> bool {
        self.stage > Stage::WriteAcceptedEpoch
    }

    /// `waitForEpochAck`, after the history was found not to be ahead.
    fn note_epoch_ack(&mut self, sid: Sid, last_zxid: Zxid, server: &Server, io: &mut Io<'_>) {
        let verifier = &server.config.verifier;
        if last_zxid != Zxid(-1) {
            verifier.add(&mut self.electing, sid);
        }
        if self.epoch_acked || !self.is_quorum(self.electing, server) {
            return;
        }
        self.epoch_acked = true;
        if self.stage == Stage::WaitEpochAck {
            self.end_epoch_wait(server, io);
        }
        self.wake_handlers(io);
    }

    /// The main thread goes on from its wait for ACKEPOCH, if it has come to it.
    fn end_epoch_wait(&mut self, server: &Server, io: &mut Io<'_>) {
        io.cancel(Timer::LeaderWait);
        let by = server.config.verifier.sids(self.electing);
        io.decide(Decision::EpochAcked { epoch: self.epoch, by });
        if self.has_reported {
            self.write_current_epoch(io);
        }
    }

    fn write_current_epoch(&mut self, io: &mut Io<'_>) {
        self.stage = Stage::WriteCurrentEpoch;
        io.write(DiskOp::CurrentEpoch { epoch: self.epoch });
    }

    /// `waitForNewLeaderAck`: this server's own is one among the others.
    fn note_supporter(&mut self, sid: Sid, server: &Server, io: &mut Io<'_>) {
        // The main thread has not yet proposed what is acknowledged.
        if !self.has_reported {
            io.decide(Decision::AckOfFuture { sid, zxid: Zxid::new_epoch(self.epoch) });
            return;
        }
        let verifier = &server.config.verifier;
        verifier.add(&mut self.supporters, sid);
        if self.supported || !verifier.contains_quorum(self.supporters) {
            return;
        }
        self.supported = true;
        if self.stage == Stage::WaitSupporters {
            io.wake(Task::Main, Work::Step);
        }
        self.wake_handlers(io);
    }

    /// `startZkServer`, and broadcast begins.
    fn start_serving(&mut self, server: &mut Server, io: &mut Io<'_>) {
        let zxid = Zxid::new_epoch(self.epoch);
        io.cancel(Timer::LeaderWait);
        io.decide(Decision::Supporters { sids: server.config.verifier.sids(self.supporters), zxid });
        self.last_committed = zxid;
        server.refresh_vote(self.epoch);
        server.db.force_last_processed(zxid);
        if let Some(counter) = server.config.settings.initial_counter {
            self.prep.hzxid = Zxid::new(self.epoch, counter);
        }
        let tick = crate::Millis(server.config.settings.tick_time);
        self.prep.tracker = SessionTracker::new(&server.db.state.sessions, tick, io.now);
        io.set(Timer::SessionTick, self.prep.tracker.until_next(io.now));
        server.begin_sessions(io);
        server.serving = true;
        self.stage = Stage::Broadcast;
        io.decide(Decision::Serving { epoch: self.epoch });
        io.set(Timer::HalfTick, server.config.settings.half_tick());
        self.wake_handlers(io);
    }

    /// The leader's own wait for a quorum ran out.
    pub(crate) fn wait_timed_out(&mut self, server: &Server, io: &mut Io<'_>) -> Step {
        if self.stage == Stage::WaitEpochAck
            && server.config.settings.defects.has(Defect::EpochAckTimeoutIgnored)
        {
            self.end_epoch_wait(server, io);
            return Ok(());
        }
        let verifier = &server.config.verifier;
        let needs = verifier.needs();
        match self.stage {
            Stage::WaitEpoch => Err(GaveUp::EpochWait { only: verifier.sids(self.connecting), needs }),
            Stage::WaitEpochAck => Err(GaveUp::EpochAckWait { only: verifier.sids(self.electing), needs }),
            Stage::WaitSupporters if !self.supported => {
                Err(GaveUp::NewLeaderWait { only: verifier.sids(self.supporters), needs })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn patience_over(&mut self) {
        self.patience_over = true;
    }

    /// A server is LOOKING (ZOOKEEPER-3109): if it had voted for this leader and the wait for the epoch has lasted too
    /// long, leading is hopeless.
    pub(crate) fn looking_again(&self, sid: Sid, server: &Server) -> Step {
        let voted = server.config.verifier.has(server.election.supporters, sid);
        if self.patience_over && self.stage == Stage::WaitEpoch && voted {
            return Err(GaveUp::VotersChangedMind { sid });
        }
        Ok(())
    }

    pub(crate) fn accepted(&mut self, conn: ConnId, server: &Server, io: &mut Io<'_>) {
        let settings = &server.config.settings;
        self.handlers.push(Handler::new(conn, settings.init_limit + settings.sync_limit + 1));
        io.set(Timer::HandlerRead(conn), settings.init_time());
    }

    /// Whether a handler of this connection exists.
    pub(crate) fn handles(&self, conn: ConnId) -> bool {
        self.handlers.iter().any(|handler| handler.conn == conn)
    }

    /// Something came on a learner's connection.
    pub(crate) fn incoming(&mut self, conn: ConnId, what: Incoming, io: &mut Io<'_>) {
        let Some(at) = self.handlers.iter().position(|handler| handler.conn == conn) else {
            return;
        };
        self.handlers[at].inbox.push_back(what);
        if self.handlers[at].inbox.len() == 1 && self.is_handler_ready(at) {
            io.wake(Task::Handler(conn), Work::Step);
        }
    }

    fn wake_handlers(&self, io: &mut Io<'_>) {
        for at in 0..self.handlers.len() {
            if self.is_handler_ready(at) {
                io.wake(Task::Handler(self.handlers[at].conn), Work::Step);
            }
        }
    }

    /// The connections whose handlers have something to do.
    pub(crate) fn ready_handlers(&self) -> impl Iterator<Item = ConnId> + '_ {
        (0..self.handlers.len()).filter(|at| self.is_handler_ready(*at)).map(|at| self.handlers[at].conn)
    }

    /// Whom it counts as in sync, itself among them.
    pub(crate) fn in_sync(&self, server: &Server) -> MemberSet {
        let verifier = &server.config.verifier;
        let synced = self.handlers.iter().filter(|handler| handler.ticks_left > 0);
        let mut set = verifier.set_of(synced.filter_map(|handler| handler.sid));
        verifier.add(&mut set, server.config.sid);
        set
    }

    /// Half a tick has passed: every second time counts who is synced, every time pings (`Leader.lead`, its last loop).
    pub(crate) fn half_tick(&mut self, server: &Server, io: &mut Io<'_>) -> Step {
        let settings = &server.config.settings;
        if self.whole_tick {
            for handler in &mut self.handlers {
                handler.ticks_left = handler.ticks_left.saturating_sub(1);
            }
            let verifier = &server.config.verifier;
            let set = self.in_sync(server);
            if !verifier.contains_quorum(set) && !settings.defects.has(Defect::ReignWithoutQuorum) {
                return Err(GaveUp::LostQuorum { only: verifier.sids(set), needs: verifier.needs() });
            }
        }
        self.whole_tick = !self.whole_tick;
        let ping = Packet::Ping { zxid: self.last_proposed, touched: Vec::new() };
        let mut overdue = Vec::new();
        for handler in self.handlers.iter_mut().filter(|handler| handler.sending) {
            match handler.overdue() {
                Some(zxid) => overdue.push((handler.conn, zxid)),
                None => handler.push(ping.clone(), settings.sync_time(), io),
            }
        }
        for (conn, zxid) in overdue {
            self.drop_learner(conn, Dropped::ProposalOverdue { zxid }, io);
        }
        io.set(Timer::HalfTick, settings.half_tick());
        Ok(())
    }

    /// A timer of a handler fired.
    pub(crate) fn handler_timed_out(&mut self, conn: ConnId, timer: Timer, server: &Server, io: &mut Io<'_>) {
        let settings = &server.config.settings;
        let Some(at) = self.handlers.iter().position(|handler| handler.conn == conn) else { return };
        let ready = self.is_handler_ready(at);
        let handler = &mut self.handlers[at];
        let serving = handler.stage >= handler::Stage::WaitServing;
        match timer {
            Timer::Proposal(_, slot) => handler.proposal_timed_out(slot),
            // What it waits for is there; only its step is still to come.
            Timer::HandlerWait(_) if ready => {}
            Timer::HandlerWait(_)
                if handler.stage == handler::Stage::WaitEpochAcked
                    && settings.defects.has(Defect::EpochAckTimeoutIgnored) =>
            {
                self.choose_sync(at, server, io);
                io.wake(Task::Handler(conn), Work::Step);
            }
            Timer::HandlerWait(_) => self.drop_learner(conn, Dropped::WaitedInVain, io),
            // What is queued was there in time.
            _ if !handler.inbox.is_empty() => {}
            _ => {
                let after = if serving { settings.sync_time() } else { settings.init_time() };
                self.drop_learner(conn, Dropped::Silent { after }, io);
            }
        }
    }

    /// Closes a learner's connection and forgets its handler.
    pub(crate) fn drop_learner(&mut self, conn: ConnId, why: Dropped, io: &mut Io<'_>) {
        let Some(at) = self.handlers.iter().position(|handler| handler.conn == conn) else {
            return;
        };
        let handler = self.handlers.remove(at);
        self.prep.tracker.orphan(conn);
        self.pending_syncs.retain(|(_, waiting)| *waiting != conn);
        handler.cancel_timers(io);
        io.close(conn);
        io.decide(Decision::LearnerDropped { sid: handler.sid, why });
    }

    /// The role is over: every connection goes (`Leader.shutdown`).
    pub(crate) fn shut_down(&mut self, io: &mut Io<'_>) {
        io.out.push(Output::Listen { port: Port::Quorum, open: false });
        for timer in [Timer::LeaderWait, Timer::HalfTick, Timer::SessionTick, Timer::Disloyal] {
            io.cancel(timer);
        }
        for handler in self.handlers.drain(..) {
            handler.cancel_timers(io);
            io.close(handler.conn);
        }
    }

    /// What the role is called while it lasts.
    pub(crate) const STATE: ServerState = ServerState::Leading;
}
