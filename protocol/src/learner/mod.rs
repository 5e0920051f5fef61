//! The learner, follower or observer (`Learner`, `Follower`, `Observer`; protocol reference §5 to §7): reach the
//! leader, accept its epoch, be synchronized, follow.

mod at_newleader;
mod follow;
mod synchronize;

use crate::config::Settings;
use crate::decision::{Decision, GaveUp, SyncMode};
use crate::defects::Defect;
use crate::ids::{ConnId, Port, Sid};
use crate::input::{Task, Timer, Work};
use crate::io::Io;
use crate::leader::handler::Incoming;
use crate::output::{Exit, Output};
use crate::packet::Packet;
use crate::peer::{MainWrite, Phase, Waits};
use crate::request::Origin;
use crate::server::Server;
use crate::storage::DiskOp;
use crate::sync_order::SyncOrder;
use crate::txn::Txn;
use crate::zxid::{Epoch, Zxid};
use std::collections::VecDeque;
use std::sync::Arc;

/// Where the learner's main thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    /// The server object is being built.
    Entering,
    /// A try to connect is under way.
    Connecting,
    /// The last try failed; the next follows soon.
    RetryWait,
    /// FOLLOWERINFO is sent; LEADERINFO is due.
    AwaitLeaderInfo,
    /// acceptedEpoch is being written.
    WriteAcceptedEpoch,
    /// ACKEPOCH is sent; DIFF, TRUNC or SNAP is due.
    AwaitSync,
    /// The log is being cut.
    Truncating,
    /// In the stream, before NEWLEADER.
    Syncing,
    /// NEWLEADER: the snapshot is being written.
    WriteSnapshot,
    /// NEWLEADER: the log above a SNAP is being cut.
    CutLog,
    /// NEWLEADER: the committed transactions of the stream are being made durable.
    WriteHistory,
    /// NEWLEADER: currentEpoch is being written.
    WriteCurrentEpoch,
    /// NEWLEADER: the log writer has the transactions of the stream; the ACK goes out with the next step.
    HistoryQueued,
    /// NEWLEADER is acknowledged; UPTODATE is due.
    AwaitUpToDate,
    /// UPTODATE: currentEpoch is being written only now.
    WriteEpochLate,
    /// Broadcast.
    Following,
}

impl Stage {
    /// Whether the main thread waits for its own write and reads nothing.
    fn writes(self) -> bool {
        use Stage::{CutLog, Truncating, WriteAcceptedEpoch, WriteCurrentEpoch, WriteEpochLate};
        use Stage::{WriteHistory, WriteSnapshot};
        let (history, epochs) =
            (self == WriteHistory, [WriteAcceptedEpoch, WriteCurrentEpoch, WriteEpochLate]);
        history || epochs.contains(&self) || matches!(self, Truncating | WriteSnapshot | CutLog)
    }
}

/// Why the learner's main thread stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Back to LOOKING.
    GiveUp(GaveUp),
    /// The process ends.
    Exit(Exit),
}

impl From<GaveUp> for Stop {
    fn from(why: GaveUp) -> Stop {
        Stop::GiveUp(why)
    }
}

pub(crate) type Step = Result<(), Stop>;

/// The learner role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Learner {
    pub(crate) leader: Sid,
    observer: bool,
    stage: Stage,
    pub(crate) conn: Option<ConnId>,
    inbox: VecDeque<Incoming>,
    tries: u32,
    /// The leader's epoch, from LEADERINFO.
    epoch: Epoch,
    /// lastLoggedZxid as it was before FOLLOWERINFO went out.
    last_logged: Zxid,
    mode: Option<SyncMode>,
    /// Committed transactions go to the log rather than straight into the tree.
    write_to_log: bool,
    /// The log was cut and must be synced before currentEpoch is written.
    log_is_cut: bool,
    /// Proposals of the stream that are not logged yet (`packetsNotLogged`).
    not_logged: VecDeque<Arc<Txn>>,
    /// COMMITs of the stream that are not carried out yet (`packetsCommitted`).
    committed: VecDeque<Zxid>,
    last_queued: Option<Zxid>,
    /// Logged at NEWLEADER, to be acknowledged after UPTODATE (`delayedProposals`).
    unacknowledged: Vec<Arc<Txn>>,
    /// Proposals logged or being logged, not committed yet (`pendingTxns`).
    pending: VecDeque<Arc<Txn>>,
    /// Syncs that are on their way to the leader and back, in order.
    pending_syncs: VecDeque<Origin>,
}

impl Learner {
    pub(crate) fn new(leader: Sid, observer: bool) -> Learner {
        Learner {
            leader,
            observer,
            stage: Stage::Entering,
            conn: None,
            inbox: VecDeque::new(),
            tries: 0,
            epoch: Epoch(-1),
            last_logged: Zxid::ZERO,
            mode: None,
            write_to_log: false,
            log_is_cut: false,
            not_logged: VecDeque::new(),
            committed: VecDeque::new(),
            last_queued: None,
            unacknowledged: Vec::new(),
            pending: VecDeque::new(),
            pending_syncs: VecDeque::new(),
        }
    }

    /// Whether the main thread has something to do.
    pub(crate) fn is_ready(&self) -> bool {
        let goes_on = matches!(self.stage, Stage::Entering | Stage::HistoryQueued);
        goes_on || (!self.stage.writes() && !self.inbox.is_empty())
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.stage {
            Stage::Following if self.observer => Phase::Observation,
            Stage::Following => Phase::Broadcast,
            Stage::AwaitUpToDate | Stage::WriteEpochLate => Phase::AwaitUpToDate,
            stage if stage < Stage::AwaitSync => Phase::Discovery,
            _ => Phase::Synchronization(self.mode),
        }
    }

    /// What it waits for.
    pub(crate) fn waits(&self) -> Waits {
        let (leader, epoch, mode) = (self.leader, self.epoch, self.mode);
        match self.stage {
            Stage::Entering | Stage::HistoryQueued => Waits::Itself,
            Stage::Connecting | Stage::RetryWait => Waits::Connection { leader, failed: self.tries },
            Stage::AwaitLeaderInfo => Waits::LeaderInfo { leader },
            Stage::WriteAcceptedEpoch => Waits::Disk(MainWrite::AcceptedEpoch),
            Stage::AwaitSync => Waits::Sync { leader, epoch },
            Stage::Truncating | Stage::CutLog => Waits::Disk(MainWrite::LogCut),
            Stage::Syncing => Waits::NewLeader { leader, mode },
            Stage::WriteSnapshot => Waits::Disk(MainWrite::Snapshot),
            Stage::WriteHistory => Waits::Disk(MainWrite::History),
            Stage::WriteCurrentEpoch | Stage::WriteEpochLate => Waits::Disk(MainWrite::CurrentEpoch),
            Stage::AwaitUpToDate => Waits::UpToDate { leader, epoch },
            Stage::Following => Waits::Nothing,
        }
    }

    /// Whether broadcast was reached.
    pub(crate) fn was_serving(&self) -> bool {
        self.stage == Stage::Following
    }

    /// Whether its log was cut, and a power failure could bring back what was cut off.
    pub(crate) fn cut_is_unsynced(&self) -> bool {
        self.log_is_cut && self.stage < Stage::WriteCurrentEpoch
    }

    /// How the process ends if what the main thread writes now fails; `None` where only the role does.
    pub(crate) fn fatal_write(&self) -> Option<Exit> {
        match self.stage {
            Stage::WriteSnapshot => Some(Exit::SnapshotFailed),
            Stage::Truncating | Stage::CutLog => Some(Exit::TruncationFailed),
            _ => None,
        }
    }

    /// Whether memory holds a state that the disk does not, and is to be given up: a SNAP or TRUNC that has not come to its
    /// end.
    pub(crate) fn memory_is_ahead_of_disk(&self, settings: &Settings) -> bool {
        if self.mode == Some(SyncMode::Snap) && settings.has(Defect::KeepDbAfterPartialSnap) {
            return false;
        }
        if self.mode == Some(SyncMode::Trunc) && settings.has(Defect::TruncAppliesToMemory) {
            return false;
        }
        let all_in_memory = settings.newleader == SyncOrder::Snap && self.mode.is_some();
        let loaded = all_in_memory || matches!(self.mode, Some(SyncMode::Snap | SyncMode::Trunc));
        loaded && self.stage < Stage::AwaitUpToDate
    }

    /// Takes the try to connect as running.
    fn dial(&mut self, io: &mut Io<'_>) {
        self.stage = Stage::Connecting;
        io.connect(Port::Quorum, self.leader);
    }

    pub(crate) fn connected(&mut self, conn: ConnId, server: &Server, io: &mut Io<'_>) {
        io.cancel(Timer::ConnectBudget);
        io.decide(Decision::ReachedLeader { leader: self.leader });
        self.conn = Some(conn);
        // What it has cannot be mended: it comes as if it had nothing.
        self.last_logged = if server.needs_snap { Zxid::ZERO } else { server.db.state.zxid };
        io.send(
            conn,
            Packet::FollowerInfo {
                sid: server.config.sid,
                accepted_epoch: server.accepted_epoch,
                observer: self.observer,
            },
        );
        self.stage = Stage::AwaitLeaderInfo;
        self.listen(server, io);
    }

    pub(crate) fn connect_failed(&mut self, io: &mut Io<'_>) -> Step {
        io.decide(Decision::CannotReachLeader { leader: self.leader, tries: self.tries });
        self.tries += 1;
        if self.tries == Settings::LEADER_CONNECT_TRIES {
            return Err(GaveUp::CannotConnect { leader: self.leader }.into());
        }
        self.stage = Stage::RetryWait;
        io.set(Timer::ConnectRetry, Settings::LEADER_CONNECT_DELAY);
        Ok(())
    }

    pub(crate) fn timed_out(&mut self, timer: Timer, server: &Server, io: &mut Io<'_>) -> Step {
        match timer {
            Timer::ConnectRetry if self.stage == Stage::RetryWait => self.dial(io),
            Timer::ConnectBudget if self.stage < Stage::AwaitLeaderInfo => {
                return Err(GaveUp::CannotConnect { leader: self.leader }.into());
            }
            // What is queued was there in time.
            Timer::LearnerRead if !self.is_ready() && !self.stage.writes() => {
                let after = self.patience(server);
                return Err(GaveUp::LeaderSilent { leader: self.leader, after }.into());
            }
            _ => {}
        }
        Ok(())
    }

    fn patience(&self, server: &Server) -> crate::Millis {
        let settings = &server.config.settings;
        if self.stage < Stage::AwaitUpToDate { settings.init_time() } else { settings.sync_time() }
    }

    fn listen(&self, server: &Server, io: &mut Io<'_>) {
        io.set(Timer::LearnerRead, self.patience(server));
    }

    pub(crate) fn incoming(&mut self, what: Incoming, io: &mut Io<'_>) {
        self.inbox.push_back(what);
        if self.inbox.len() == 1 && self.is_ready() {
            io.wake(Task::Main, Work::Step);
        }
    }

    /// The main thread's step: enter the role, or read one packet.
    pub(crate) fn run(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        if self.stage == Stage::Entering {
            io.set(Timer::ConnectBudget, server.config.settings.connect_time());
            self.dial(io);
            return Ok(());
        }
        if !self.is_ready() {
            return Ok(());
        }
        if self.stage == Stage::HistoryQueued {
            self.acknowledge(io);
            self.go_on(server, io);
            return Ok(());
        }
        match self.inbox.pop_front() {
            Some(Incoming::Packet(packet)) => self.read(packet, server, io)?,
            Some(Incoming::Closed) => return Err(GaveUp::LeaderGone { leader: self.leader }.into()),
            None => {}
        }
        self.go_on(server, io);
        Ok(())
    }

    /// After a packet or a write: listen again, unless there is more to read or a write to wait for.
    fn go_on(&self, server: &Server, io: &mut Io<'_>) {
        if self.stage.writes() {
            io.cancel(Timer::LearnerRead);
        } else {
            self.listen(server, io);
            if self.is_ready() {
                io.wake(Task::Main, Work::Step);
            }
        }
    }

    fn read(&mut self, packet: Packet, server: &mut Server, io: &mut Io<'_>) -> Step {
        match self.stage {
            Stage::AwaitLeaderInfo => self.accept_epoch(&packet, server, io),
            Stage::AwaitSync => self.start_sync(packet, server, io),
            Stage::Syncing | Stage::AwaitUpToDate => self.sync(packet, server, io),
            Stage::Following => self.follow(packet, server, io),
            _ => Ok(()),
        }
    }

    /// LEADERINFO: a newer epoch is made durable before it is answered; one accepted before is answered so that it does
    /// not count; an older one is refused (`Learner.registerWithLeader`).
    fn accept_epoch(&mut self, packet: &Packet, server: &Server, io: &mut Io<'_>) -> Step {
        let Packet::LeaderInfo { zxid } = packet else {
            return Err(GaveUp::UnexpectedPacket { packet: packet.name() }.into());
        };
        let (epoch, accepted) = (zxid.epoch(), server.accepted_epoch);
        self.epoch = epoch;
        if server.config.settings.defects.has(Defect::NoAcceptedEpoch) {
            let mine = self.last_logged.epoch();
            if epoch < mine {
                return Err(GaveUp::EpochTooOld { epoch, accepted: mine }.into());
            }
            self.stage = Stage::WriteAcceptedEpoch;
            io.write(DiskOp::AcceptedEpoch { epoch });
            return Ok(());
        }
        match epoch.cmp(&accepted) {
            std::cmp::Ordering::Greater => {
                self.stage = Stage::WriteAcceptedEpoch;
                io.write(DiskOp::AcceptedEpoch { epoch });
            }
            std::cmp::Ordering::Equal => {
                io.decide(Decision::EpochAcceptedBefore { epoch });
                self.ack_epoch(None, io);
            }
            std::cmp::Ordering::Less => return Err(GaveUp::EpochTooOld { epoch, accepted }.into()),
        }
        Ok(())
    }

    fn ack_epoch(&mut self, current_epoch: Option<Epoch>, io: &mut Io<'_>) {
        if let Some(conn) = self.conn {
            io.send(conn, Packet::AckEpoch { zxid: self.last_logged, current_epoch });
        }
        self.stage = Stage::AwaitSync;
    }

    /// The main thread's write is done.
    pub(crate) fn written(&mut self, server: &mut Server, io: &mut Io<'_>) -> Step {
        match self.stage {
            Stage::WriteAcceptedEpoch => {
                server.accepted_epoch = self.epoch;
                io.decide(Decision::EpochAccepted { epoch: self.epoch });
                self.ack_epoch(Some(server.current_epoch), io);
            }
            _ => self.sync_written(server, io)?,
        }
        self.go_on(server, io);
        Ok(())
    }

    /// The log writer has made these durable: acknowledge them.
    pub(crate) fn logged(&self, txns: &[Arc<Txn>], io: &mut Io<'_>) {
        if let Some(conn) = self.conn.filter(|_| !self.observer) {
            txns.iter().for_each(|txn| io.send(conn, Packet::Ack { zxid: txn.zxid }));
        }
    }

    /// The role is over.
    pub(crate) fn shut_down(&mut self, io: &mut Io<'_>) {
        if self.stage == Stage::Connecting {
            io.out.push(Output::Abandon { port: Port::Quorum, to: self.leader });
        }
        for timer in [Timer::ConnectRetry, Timer::ConnectBudget, Timer::LearnerRead] {
            io.cancel(timer);
        }
        if let Some(conn) = self.conn.take() {
            io.close(conn);
        }
    }
}
