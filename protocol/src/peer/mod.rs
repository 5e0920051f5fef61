//! One server: takes inputs, hands them to the election or to its role, and changes roles.

mod boot;
mod client_port;
mod failed_write;
mod phase;
mod waits;

pub use phase::Phase;
pub use waits::{MainWrite, Waits};

use crate::config::Config;
use crate::decision::{Decision, GaveUp};
use crate::defects::Defect;
use crate::election::Outcome;
use crate::ids::{ConnId, Millis, Port, ServerState, Sid};
use crate::input::{Input, Task, Timer, Work};
use crate::io::Io;
use crate::leader::Leader;
use crate::leader::handler::Incoming;
use crate::learner::{self, Learner};
use crate::output::{Exit, Output};
use crate::packet::Packet;
use crate::server::Server;
use crate::session::SessionTable;
use crate::standalone::Standalone;
use crate::storage::{DiskOp, Storage, Writer};
use crate::txn::Txn;
use crate::vote::Vote;
use crate::zxid::{Epoch, Zxid};
use std::collections::VecDeque;
use std::sync::Arc;

/// What the main thread is busy with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Role {
    /// The first writes of a fresh data directory, one after the other.
    Booting {
        writes: VecDeque<DiskOp>,
        replayed: usize,
    },
    Looking,
    Leader(Box<Leader>),
    Learner(Box<Learner>),
    Standalone(Box<Standalone>),
    /// The role is over; the processors are being stopped. The server still answers elections with its old state.
    Leaving {
        was_serving: bool,
        reload: bool,
        /// The log writer is not waited for.
        leaves_log: bool,
        torn_down: bool,
        resync: Resync,
    },
    /// The process has ended.
    Exited,
}

/// Whether the log must be synced before the next election: after a write of it that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Resync {
    No,
    Due,
    UnderWay,
}

/// A ZooKeeper server of a quorum, as a state machine. See the crate's page for the contract with its driver.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    server: Server,
    role: Role,
}

/// How far a server is in ZAB (`QuorumPeer.ZabState`), as monitoring shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// LOOKING, FOLLOWING, LEADING, OBSERVING.
    pub state: ServerState,
    /// Whether clients are served: what `zkServer.sh status` calls a mode.
    pub serving: bool,
    /// Whether it serves alone, without an election.
    pub standalone: bool,
    /// acceptedEpoch.
    pub accepted_epoch: Epoch,
    /// currentEpoch.
    pub current_epoch: Epoch,
    /// lastProcessedZxid.
    pub last_processed: Zxid,
    /// The digest of the applied history.
    pub history: u64,
    /// The vote: the running proposal while LOOKING, else the settled one.
    pub vote: Vote,
    /// The round.
    pub round: crate::Round,
    /// Whom it follows, if it is a learner; itself if it leads.
    pub leader: Option<Sid>,
    /// A learner's connection to the leader.
    pub quorum_link: Option<ConnId>,
}

impl Peer {
    /// Starts an election.
    fn look(&mut self, io: &mut Io<'_>) {
        self.role = Role::Looking;
        self.server.state = ServerState::Looking;
        let me = self.server.myself();
        self.server.election.start(&self.server.config, &me, io);
    }

    /// One thing happens. Effects are appended to `out`, in order. `disk` is what the server's files hold now.
    pub fn step(&mut self, input: Input, now: Millis, disk: &Storage, out: &mut Vec<Output>) {
        let mut io = Io { disk, now, out };
        let io = &mut io;
        match input {
            _ if self.role == Role::Exited => {}
            Input::Accepted { conn, port: Port::Election } => {
                self.server.election.channels.accepted(conn, io)
            }
            Input::Accepted { conn, port: Port::Client } => self.server.connections.accepted(conn),
            Input::Accepted { conn, .. } => match &mut self.role {
                Role::Leader(leader) => leader.accepted(conn, &self.server, io),
                _ => io.close(conn),
            },
            Input::Connected { port: Port::Election, to, conn } => {
                self.server.election.channels.connected(to, conn, io);
            }
            Input::Connected { to, conn, .. } => match &mut self.role {
                Role::Learner(learner) if learner.leader == to && learner.conn.is_none() => {
                    learner.connected(conn, &self.server, io);
                }
                _ => io.close(conn),
            },
            Input::ConnectFailed { port: Port::Election, to } => {
                self.server.election.channels.connect_failed(to, false, io);
            }
            Input::ConnectFailed { .. } => self.with_learner(io, |learner, _, io| learner.connect_failed(io)),
            Input::Received { conn, packet } => self.received(conn, packet, io),
            Input::Closed { conn } => self.closed(conn, io),
            Input::Timer(timer) => self.timer(timer, io),
            Input::DiskDone(writer) => self.disk_done(writer, io),
            Input::DiskFailed(writer) => self.disk_failed(writer, io),
            Input::Run(Task::Main) => self.run_main(io),
            Input::Run(Task::Log) => {
                let batch_max = self.server.config.settings.max_batch_size;
                let begun = self.server.log.run(batch_max, io);
                if !begun.is_empty() && self.server.config.settings.defects.has(Defect::AckBeforeFsync) {
                    let txns = begun.to_vec();
                    self.acknowledge(txns, io);
                }
            }
            Input::Run(Task::Commit) => {
                if let Some(txn) = self.server.run_applier(io) {
                    match &mut self.role {
                        Role::Leader(leader) => leader.applied(&txn),
                        Role::Standalone(alone) => alone.prep.applied(&txn),
                        _ => {}
                    }
                }
            }
            Input::Run(Task::Handler(conn)) => {
                self.with_leader(io, |leader, server, io| leader.run_handler(conn, server, io));
            }
            Input::Client { origin, op } => self.local_request(origin, op, io),
            // For clients.
            Input::Ask { .. } => {}
        }
    }

    fn with_leader(
        &mut self,
        io: &mut Io<'_>,
        act: impl FnOnce(&mut Leader, &mut Server, &mut Io<'_>) -> Result<(), GaveUp>,
    ) {
        if let Role::Leader(leader) = &mut self.role
            && let Err(why) = act(leader, &mut self.server, io)
        {
            self.give_up(why, io);
        }
    }

    fn with_learner(
        &mut self,
        io: &mut Io<'_>,
        act: impl FnOnce(&mut Learner, &mut Server, &mut Io<'_>) -> learner::Step,
    ) {
        if let Role::Learner(learner) = &mut self.role {
            match act(learner, &mut self.server, io) {
                Ok(()) => {}
                Err(learner::Stop::GiveUp(why)) => self.give_up(why, io),
                Err(learner::Stop::Exit(exit)) => self.exit(exit, io),
            }
        }
    }

    fn received(&mut self, conn: ConnId, packet: Packet, io: &mut Io<'_>) {
        match packet {
            Packet::Notification(notification) => {
                let Some(from) = self.server.election.channels.peer_of(conn) else {
                    return;
                };
                let me = self.server.myself();
                let server = &mut self.server;
                server.election.receive(from, notification, &server.config, &me, io);
                if notification.state == ServerState::Looking {
                    self.with_leader(io, |leader, server, _| leader.looking_again(from, server));
                }
            }
            Packet::Hello { sid } if self.server.election.channels.is_handshake(conn) => {
                self.server.election.channels.hello(conn, sid, io);
            }
            Packet::ConnectRequest { session, timeout, last_zxid_seen } => {
                self.connect_request(conn, session, timeout, last_zxid_seen, io);
            }
            Packet::ClientRequest { cxid, op } => self.client_request(conn, cxid, op, io),
            packet => match &mut self.role {
                Role::Leader(leader) => leader.incoming(conn, Incoming::Packet(packet), io),
                Role::Learner(learner) if learner.conn == Some(conn) => {
                    learner.incoming(Incoming::Packet(packet), io);
                }
                _ => {}
            },
        }
    }

    fn closed(&mut self, conn: ConnId, io: &mut Io<'_>) {
        match &mut self.role {
            Role::Leader(leader) if leader.handles(conn) => leader.incoming(conn, Incoming::Closed, io),
            Role::Learner(learner) if learner.conn == Some(conn) => learner.incoming(Incoming::Closed, io),
            _ if self.server.connections.get(conn).is_some() => self.server.close_client(conn, io),
            _ => {
                self.server.election.channels.closed(conn, io);
                io.close(conn);
            }
        }
    }

    fn timer(&mut self, timer: Timer, io: &mut Io<'_>) {
        match timer {
            Timer::Notification | Timer::FinalizeWait => {
                let me = self.server.myself();
                let server = &mut self.server;
                if let Some(outcome) = server.election.timed_out(timer, &server.config, &me, io) {
                    self.elected(&outcome, io);
                }
            }
            Timer::ElectionConnect(to) => self.server.election.channels.connect_failed(to, true, io),
            Timer::Handshake(conn) => self.server.election.channels.handshake_timed_out(conn, io),
            Timer::ConnectRetry | Timer::ConnectBudget | Timer::LearnerRead => {
                self.with_learner(io, |learner, server, io| learner.timed_out(timer, server, io));
            }
            Timer::LeaderWait => {
                self.with_leader(io, |leader, server, io| leader.wait_timed_out(server, io));
            }
            Timer::SessionTick => match &mut self.role {
                Role::Leader(_) => self.with_leader(io, |leader, server, io| leader.session_tick(server, io)),
                Role::Standalone(alone) => alone.session_tick(&mut self.server, io),
                _ => {}
            },
            // For clients.
            Timer::ClientRead | Timer::ClientPing => {}
            Timer::Bind => self.exit(Exit::CannotListen { sid: self.server.config.sid }, io),
            Timer::HalfTick => self.with_leader(io, |leader, server, io| leader.half_tick(server, io)),
            Timer::Disloyal => self.with_leader(io, |leader, _, _| {
                leader.patience_over();
                Ok(())
            }),
            Timer::HandlerRead(conn) | Timer::HandlerWait(conn) | Timer::Proposal(conn, _) => {
                self.with_leader(io, |leader, server, io| {
                    leader.handler_timed_out(conn, timer, server, io);
                    Ok(())
                });
            }
        }
    }

    fn disk_done(&mut self, writer: Writer, io: &mut Io<'_>) {
        match writer {
            Writer::Main => match self.role {
                Role::Booting { .. } => self.boot_on(io),
                Role::Leader(_) => self.with_leader(io, |leader, server, io| leader.written(server, io)),
                Role::Learner(_) => self.with_learner(io, |learner, server, io| learner.written(server, io)),
                Role::Leaving { resync: Resync::UnderWay, .. } => self.looks_again(io),
                Role::Looking | Role::Leaving { .. } | Role::Standalone(_) | Role::Exited => {}
            },
            Writer::Log => self.logged(io),
            Writer::Snapshot => self.server.snapshots.written(&self.server.db, io),
        }
    }

    /// The log writer's batch is durable: acknowledge it, and see whether a snapshot is due.
    fn logged(&mut self, io: &mut Io<'_>) {
        let mut txns: Vec<Arc<Txn>> = Vec::new();
        self.server.log.flushed(&mut txns, io);
        let config = self.server.config.clone();
        // A snapshot ahead of the log would leave a hole in it that nobody sees.
        let logged_all = io.disk.log.last().is_some_and(|last| last >= self.server.db.state.zxid);
        if self.server.serving
            && logged_all
            && self.server.snapshots.is_idle()
            && self.server.log.wants_snapshot(config.settings.snap_count, config.sid.0)
        {
            io.out.push(Output::Disk { writer: Writer::Log, op: DiskOp::Roll });
            self.server.snapshots.begin(&self.server.db, io);
        }
        if !config.settings.defects.has(Defect::AckBeforeFsync) {
            self.acknowledge(txns, io);
        }
        if let Role::Leaving { torn_down: true, .. } = self.role
            && self.server.log.is_idle()
        {
            io.wake(Task::Main, Work::Step);
        }
    }

    /// What the log has counts as logged.
    fn acknowledge(&mut self, txns: Vec<Arc<Txn>>, io: &mut Io<'_>) {
        match &mut self.role {
            Role::Leader(leader) => {
                let me = self.server.config.sid;
                for txn in &txns {
                    leader.process_ack(me, txn.zxid, &mut self.server, io);
                }
            }
            Role::Learner(learner) => learner.logged(&txns, io),
            Role::Standalone(alone) => alone.logged(txns, &mut self.server, io),
            _ => {}
        }
    }

    fn run_main(&mut self, io: &mut Io<'_>) {
        match &mut self.role {
            Role::Looking => {
                let me = self.server.myself();
                let server = &mut self.server;
                if let Some(outcome) = server.election.run(&server.config, &me, io) {
                    self.elected(&outcome, io);
                }
            }
            Role::Leader(_) => self.with_leader(io, |leader, server, io| leader.run(server, io)),
            Role::Learner(_) => self.with_learner(io, |learner, server, io| learner.run(server, io)),
            Role::Leaving { torn_down, leaves_log, resync, .. } => {
                *torn_down = true;
                if (*leaves_log || self.server.log.is_idle()) && *resync != Resync::UnderWay {
                    self.left(io);
                }
            }
            Role::Booting { .. } | Role::Standalone(_) | Role::Exited => {}
        }
    }

    /// The election is over; the role is entered with the main thread's next step.
    fn elected(&mut self, outcome: &Outcome, io: &mut Io<'_>) {
        self.server.state = outcome.state;
        if outcome.state == ServerState::Leading {
            self.server.needs_snap = false;
        }
        self.server.settled = outcome.vote;
        self.server.settled_round = outcome.round;
        self.role = match outcome.state {
            Leader::STATE => Role::Leader(Box::new(Leader::new())),
            state => {
                Role::Learner(Box::new(Learner::new(outcome.vote.leader, state == ServerState::Observing)))
            }
        };
        io.wake(Task::Main, Work::EnterRole);
    }

    /// Leaves the role: connections and clients go at once, the processors stop with the main thread's next step.
    fn give_up(&mut self, why: GaveUp, io: &mut Io<'_>) {
        let was_serving = self.server.serving;
        // With the log writer went the processors, and the database.
        let log_has_died = self.server.log.revive();
        let (mut reload, mut leaves_log) = (log_has_died, false);
        let mut unsynced = log_has_died;
        let settings = &self.server.config.settings;
        match &mut self.role {
            Role::Leader(leader) => leader.shut_down(io),
            Role::Learner(learner) => {
                debug_assert!(
                    log_has_died || was_serving == learner.was_serving(),
                    "a learner serves from UPTODATE on"
                );
                reload |= learner.memory_is_ahead_of_disk(settings);
                unsynced |= learner.cut_is_unsynced();
                leaves_log = settings.has(Defect::LogQueueSurvivesShutdown);
                learner.shut_down(io);
            }
            _ => {}
        }
        io.decide(Decision::GaveUp { state: self.server.state, why });
        self.server.stop_serving(io);
        let resync = if unsynced { Resync::Due } else { Resync::No };
        self.role = Role::Leaving { was_serving, reload, leaves_log, torn_down: false, resync };
        io.wake(Task::Main, Work::LeaveRole);
    }

    /// The processors have stopped and the log writer's queue is on disk: memory catches up with the log, and the
    /// next election begins (`ZooKeeperServer.shutdown`).
    fn left(&mut self, io: &mut Io<'_>) {
        if let Role::Leaving { resync: resync @ Resync::Due, .. } = &mut self.role {
            *resync = Resync::UnderWay;
            io.write(DiskOp::Sync);
            return;
        }
        self.looks_again(io);
    }

    fn looks_again(&mut self, io: &mut Io<'_>) {
        let Role::Leaving { was_serving, reload, .. } = self.role else {
            return;
        };
        self.server.snapshots.outlive_role(&self.server.db);
        let replays = was_serving && !self.server.config.settings.has(Defect::ReuseDbWithoutReplay);
        let fast_forwarded = if replays { self.server.db.fast_forward(io.disk) } else { 0 };
        // What a role that was left before has not logged yet, nobody waits for any more.
        self.server.log.outlive_role();
        if reload {
            self.server.reload(io.disk);
        }
        let zxid = self.server.db.state.zxid;
        io.decide(Decision::LeftRole { zxid, fast_forwarded, reloaded: reload });
        self.look(io);
    }

    fn exit(&mut self, exit: Exit, io: &mut Io<'_>) {
        self.server.stop_serving(io);
        self.role = Role::Exited;
        io.out.push(Output::Exit(exit));
    }

    /// The tasks that have something to do.
    pub fn ready(&self) -> Vec<Task> {
        let mut ready = Vec::new();
        let main = match &self.role {
            Role::Looking => self.server.election.is_ready(),
            Role::Leader(leader) => leader.is_ready(),
            Role::Learner(learner) => learner.is_ready(),
            Role::Leaving { torn_down, leaves_log, resync, .. } => {
                let log_is_done = *leaves_log || self.server.log.is_idle();
                !torn_down || (log_is_done && *resync != Resync::UnderWay)
            }
            Role::Booting { .. } | Role::Standalone(_) | Role::Exited => false,
        };
        if main {
            ready.push(Task::Main);
        }
        if self.role == Role::Exited {
            return ready;
        }
        if self.server.log.is_ready() {
            ready.push(Task::Log);
        }
        if self.server.commits.is_ready() {
            ready.push(Task::Commit);
        }
        if let Role::Leader(leader) = &self.role {
            ready.extend(leader.ready_handlers().map(Task::Handler));
        }
        ready
    }

    /// What monitoring would show of this server.
    pub fn status(&self) -> Status {
        let server = &self.server;
        let looking = matches!(self.role, Role::Looking);
        let (leader, quorum_link) = match &self.role {
            Role::Leader(_) => (Some(server.config.sid), None),
            Role::Learner(learner) => (Some(learner.leader), learner.conn),
            _ => (None, None),
        };
        Status {
            state: server.state,
            serving: server.serving,
            standalone: matches!(self.role, Role::Standalone(_)),
            accepted_epoch: server.accepted_epoch,
            current_epoch: server.current_epoch,
            last_processed: server.db.state.zxid,
            history: server.db.state.history,
            vote: if looking { server.election.proposed } else { server.settled },
            round: if looking { server.election.logical_clock } else { server.settled_round },
            leader,
            quorum_link,
        }
    }

    /// The votes that its election holds, by sender in ascending order, and whether each counts for its own proposal; none
    /// unless it is LOOKING.
    pub fn tally(&self) -> Vec<(Sid, Vote, bool)> {
        self.server.election.tally_of(&self.server.config)
    }

    /// Whether clients are served.
    pub fn is_serving(&self) -> bool {
        self.server.serving
    }

    /// The sessions that exist, as this server has them.
    pub fn sessions(&self) -> &SessionTable {
        &self.server.db.state.sessions
    }

    /// The tree as this server has it.
    pub fn tree(&self) -> &crate::Tree {
        &self.server.db.state.tree
    }

    /// Whether its tree is what the transactions that it has applied make it. Loaded from a fuzzy snapshot, it is not before
    /// all is applied again that was while the snapshot was taken ([`Snapshot`](crate::Snapshot)).
    pub fn is_whole(&self) -> bool {
        self.server.db.is_whole()
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.server.config
    }

    /// Whether an election connection to `sid` stands.
    pub fn has_election_link(&self, sid: Sid) -> bool {
        self.server.election.channels.is_open(sid)
    }
}
