//! Every choice the machine makes, as data, with its reason. Story, log lines and coverage are rendered from
//! these; nobody derives them again.

use crate::ids::{Millis, Round, ServerState, Sid};
use crate::packet::Notification;
use crate::request::Origin;
use crate::session::SessionId;
use crate::storage::Writer;
use crate::txn::Txn;
use crate::vote::{Because, Vote};
use crate::zxid::{Epoch, Zxid};
use serde::Serialize;
use std::sync::Arc;

/// Why a vote was adopted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Adopted {
    /// It is better than the proposal of the same round.
    Better(Because),
    /// It came with a newer round, and is better than the server's own fresh vote.
    NewerRound(Because),
}

/// Why a notification changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Ignored {
    /// Its round is over; the sender has been told.
    OlderRound,
    /// The sender or its candidate does not vote here.
    NotAVoter,
    /// The sender or this server has an empty database that may not vote (zxid -1).
    EmptyDatabase,
    /// The sender observes.
    Observing,
    /// A quorum had agreed already and this vote is not better.
    Finalizing,
}

/// How an election ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ElectedBy {
    /// A quorum of LOOKING servers agreed, and nothing better came within finalizeWait.
    FinalizeWait,
    /// A quorum follows a leader that says so itself, in the same round.
    SameRound,
    /// The same, whatever their round (`outOfElection`).
    Settled,
    /// Every voter has voted in this round, for whomever ([`Defect::LeaveWhenAllVoted`](crate::Defect)).
    AllVoted,
}

/// What a notification time-out did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OnTimeout {
    /// Some peer had taken the last vote: send it to everybody again.
    SentAgain,
    /// No peer had taken it: try the connections again.
    ConnectedAgain,
}

/// How a learner is brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SyncMode {
    /// The missing transactions.
    Diff,
    /// Cut, then the missing transactions.
    Trunc,
    /// Everything.
    Snap,
}

impl std::fmt::Display for SyncMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SyncMode::Diff => "DIFF",
            SyncMode::Trunc => "TRUNC",
            SyncMode::Snap => "SNAP",
        })
    }
}

/// The rule of `LearnerHandler.syncFollower` that chose the mode (protocol reference §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncRule {
    /// `forceSnapshotSync` is on.
    Forced,
    /// The learner has exactly what the leader has.
    InSync,
    /// The learner has logged more than was ever committed.
    LearnerAhead,
    /// The learner's zxid lies in the window of committed transactions kept in memory.
    Window,
    /// It lies in the window's range, but is not one of its transactions; the leader's history goes another way.
    WindowDiverges,
    /// The same, and the next transaction is of another epoch: no TRUNC across epochs.
    OtherEpoch,
    /// The missing part is older than the window, and the log on disk has it.
    LogOnDisk,
    /// The log on disk does not reach back that far, or has a hole.
    LogTooShort,
    /// It would have to read more log than `snapshotSizeFactor` allows.
    LogTooLarge,
    /// The log on disk ends before the window begins.
    Gap,
    /// None of the above (syncing from disk is off, or the learner's zxid is that of a new epoch above all).
    Unhandled,
}

/// Why a client was sent away (`ZooKeeperServer.processConnectRequest`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "why", rename_all = "camelCase")]
pub enum Refused {
    /// `ZooKeeperServer not running`.
    NotServing,
    /// `Refusing session request … as it has seen zxid <seen> our last zxid is <last> client must try another server`.
    HasSeenMore {
        /// The newest zxid it has been shown.
        seen: Zxid,
        /// What this server has applied.
        last: Zxid,
    },
}

/// Why a server left its role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "why", rename_all = "camelCase")]
pub enum GaveUp {
    /// The learner could not reach the leader: tries or time used up.
    CannotConnect {
        /// The leader.
        leader: Sid,
    },
    /// The connection to the leader ended.
    LeaderGone {
        /// The leader.
        leader: Sid,
    },
    /// Nothing from the leader for initLimit or syncLimit.
    LeaderSilent {
        /// The leader.
        leader: Sid,
        /// How long.
        after: Millis,
    },
    /// `Leaders epoch, <E> is less than accepted epoch, <a>`.
    EpochTooOld {
        /// What the leader chose.
        epoch: Epoch,
        /// What this server has accepted before.
        accepted: Epoch,
    },
    /// A proposal of the synchronization does not follow the one before (ZOOKEEPER-4925).
    HoleInStream {
        /// The last one.
        last: Zxid,
        /// The one that came.
        got: Zxid,
    },
    /// A TRUNC below what the disk can rebuild; the next leader is asked for a SNAP.
    CannotTruncate {
        /// Where to.
        zxid: Zxid,
    },
    /// A packet that this role cannot get.
    UnexpectedPacket {
        /// Its name.
        packet: &'static str,
    },
    /// Leader: the address of its quorum port is another machine's (`Leader failed to initialize any of the following
    /// sockets`).
    CannotListen,
    /// Leader: no quorum of FOLLOWERINFO within initLimit.
    EpochWait {
        /// Who had connected.
        only: Vec<Sid>,
        /// How many it needs.
        needs: String,
    },
    /// Leader: no quorum of ACKEPOCH within initLimit.
    EpochAckWait {
        /// Who had answered.
        only: Vec<Sid>,
        /// How many it needs.
        needs: String,
    },
    /// Leader: no quorum acknowledged NEWLEADER within initLimit.
    NewLeaderWait {
        /// Who had.
        only: Vec<Sid>,
        /// How many it needs.
        needs: String,
    },
    /// Leader: `Not sufficient followers synced`.
    LostQuorum {
        /// Who is left.
        only: Vec<Sid>,
        /// How many it needs.
        needs: String,
    },
    /// Leader: a voter that elected it is LOOKING again (ZOOKEEPER-3109).
    VotersChangedMind {
        /// Who.
        sid: Sid,
    },
    /// A write to disk failed (`SyncRequestProcessor`: `Severe unrecoverable error`; an epoch file that cannot be written).
    DiskFailed {
        /// Whose.
        writer: Writer,
    },
    /// Leader: the counter of this epoch is used up (ZOOKEEPER-1277).
    CounterExhausted,
    /// Leader: no epoch is left.
    EpochExhausted,
}

/// Why a leader dropped a learner's connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "why", rename_all = "camelCase")]
pub enum Dropped {
    /// It ended.
    Closed,
    /// Nothing came for initLimit or syncLimit.
    Silent {
        /// How long.
        after: Millis,
    },
    /// This learner waited for a quorum of others for initLimit.
    WaitedInVain,
    /// `Follower is ahead of the leader`.
    Ahead {
        /// Its currentEpoch.
        epoch: Epoch,
        /// Its last logged zxid.
        zxid: Zxid,
    },
    /// `Closing connection to peer due to transaction timeout.`
    ProposalOverdue {
        /// The proposal it did not acknowledge.
        zxid: Zxid,
    },
    /// A packet out of order.
    UnexpectedPacket {
        /// Its name.
        packet: &'static str,
    },
    /// The same learner has connected again.
    Superseded,
}

/// A choice, or an observation that others build on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "decision", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Decision {
    /// The database was loaded.
    Booted {
        /// lastProcessedZxid.
        zxid: Zxid,
        /// Records replayed above the snapshot, committed or not.
        replayed: usize,
        /// acceptedEpoch.
        accepted_epoch: Epoch,
        /// currentEpoch.
        current_epoch: Epoch,
    },
    /// The log is ahead of currentEpoch; since a log only grows in order, it holds all of that epoch's initial
    /// history, and currentEpoch is raised (real releases refuse to start; bugs §3, trap d).
    EpochRaised {
        /// currentEpoch on disk.
        from: Epoch,
        /// The epoch of the last zxid.
        to: Epoch,
    },
    /// `New election. My id = …, proposed zxid=…`
    NewElection {
        /// Its round.
        round: Round,
        /// The server's own vote.
        vote: Vote,
    },
    /// `Notification: my state: …`
    Heard {
        /// The sender.
        from: Sid,
        /// What it said.
        notification: Notification,
        /// What this server was doing.
        my_state: ServerState,
    },
    /// A higher round was heard of; the tally starts again.
    RoundRaised {
        /// Whose.
        from: Sid,
        /// The round left.
        old: Round,
        /// The round joined.
        round: Round,
    },
    /// The proposal changed.
    AdoptedVote {
        /// Whose vote it was.
        from: Sid,
        /// The new proposal.
        vote: Vote,
        /// The one given up.
        over: Vote,
        /// Why.
        because: Adopted,
    },
    /// The proposal stayed.
    KeptVote {
        /// Who proposed another.
        from: Sid,
        /// That other vote.
        against: Vote,
        /// The proposal.
        vote: Vote,
        /// By which field it wins; `None` if the two are the same.
        because: Option<Because>,
    },
    /// A notification changed nothing.
    IgnoredNotification {
        /// Whose.
        from: Sid,
        /// Why.
        why: Ignored,
    },
    /// A quorum agrees with the proposal: finalizeWait begins.
    QuorumAgrees {
        /// The proposal.
        vote: Vote,
        /// Who agrees.
        supporters: Vec<Sid>,
        /// How many it takes.
        needs: String,
    },
    /// A better vote came within finalizeWait.
    Reconsidered {
        /// Whose.
        from: Sid,
        /// The better vote.
        vote: Vote,
    },
    /// Nothing heard.
    NotificationTimeout {
        /// How long it listens next.
        next: Millis,
        /// What it did.
        did: OnTimeout,
        /// Who agrees with its proposal so far.
        supporters: Vec<Sid>,
        /// How many it takes.
        needs: String,
    },
    /// The election is over for this server.
    Elected {
        /// What it becomes.
        state: ServerState,
        /// The vote it settles on.
        vote: Vote,
        /// The round.
        round: Round,
        /// How it ended.
        by: ElectedBy,
        /// Who agrees.
        supporters: Vec<Sid>,
    },
    /// `Cannot open channel to <n>`
    CannotOpenChannel {
        /// Whom.
        to: Sid,
        /// Whether nobody answered within cnxTimeout, rather than refusing.
        unanswered: bool,
    },
    /// `Received connection request`
    ConnectionRequest,
    /// `Have smaller server identifier, so dropping the connection`: the other will call back.
    DroppedConnection {
        /// Whom it had dialled.
        to: Sid,
    },
    /// A server with a smaller sid called: its connection is closed and it is called back.
    CallsBack {
        /// Whom.
        to: Sid,
    },
    /// An election connection stands.
    ChannelOpen {
        /// With whom.
        with: Sid,
    },
    /// `Connection broken for id <n>`
    ChannelBroken {
        /// With whom.
        with: Sid,
    },
    /// `We got a connection request from a server with our own ID.`
    OwnIdCalls,
    /// `Unexpected exception, tries=<k>, … connecting to <leader>`
    CannotReachLeader {
        /// The leader.
        leader: Sid,
        /// Tries before this one.
        tries: u32,
    },
    /// `Successfully connected to leader`
    ReachedLeader {
        /// The leader.
        leader: Sid,
    },
    /// Leader: `Follower sid: <n> : info : …`
    LearnerArrived {
        /// The learner.
        sid: Sid,
        /// Its acceptedEpoch.
        accepted_epoch: Epoch,
        /// Whether it observes.
        observer: bool,
    },
    /// Leader: the new epoch is one above every acceptedEpoch heard of.
    EpochChosen {
        /// The epoch.
        epoch: Epoch,
        /// The quorum that had reported.
        from: Vec<Sid>,
    },
    /// Learner: the leader's epoch is accepted, durably, before it is answered.
    EpochAccepted {
        /// The epoch.
        epoch: Epoch,
    },
    /// Learner: this epoch was accepted before; the answer will not count.
    EpochAcceptedBefore {
        /// The epoch.
        epoch: Epoch,
    },
    /// Leader: an ACKEPOCH that does not count.
    EpochAckNotCounted {
        /// Whose.
        sid: Sid,
    },
    /// Leader: a quorum acknowledged the epoch.
    EpochAcked {
        /// The epoch.
        epoch: Epoch,
        /// Who.
        by: Vec<Sid>,
    },
    /// Leader: currentEpoch is durable; the epoch is established.
    EpochEstablished {
        /// The epoch.
        epoch: Epoch,
        /// The last transaction of its initial history.
        history_to: Zxid,
    },
    /// Leader: how a learner will be brought up to date. The real log prints the raw window bounds (0x0 when empty).
    SyncChosen {
        /// The learner.
        learner: Sid,
        /// The mode.
        mode: SyncMode,
        /// Which rule.
        rule: SyncRule,
        /// The zxid the first packet carries (for SNAP: see `snapshot-sent`).
        zxid: Zxid,
        /// The learner's last logged zxid.
        peer_last: Zxid,
        /// The leader's lastProcessedZxid.
        last_processed: Zxid,
        /// Oldest transaction of the window.
        min_committed: Zxid,
        /// Newest transaction of the window.
        max_committed: Zxid,
        /// Transactions queued.
        proposals: usize,
    },
    /// Leader: `Sending snapshot last zxid of peer is …`
    SnapshotSent {
        /// The learner.
        learner: Sid,
        /// The learner's last logged zxid.
        peer_last: Zxid,
        /// The leader's last proposed zxid (`zxid of leader`).
        last_proposed: Zxid,
        /// The snapshot's (`send zxid of db as`).
        zxid: Zxid,
    },
    /// Learner: the first packet of the synchronization.
    Synced {
        /// The mode.
        mode: SyncMode,
        /// Its zxid.
        zxid: Zxid,
        /// The leader.
        leader: Sid,
    },
    /// Learner: a COMMIT in the stream does not match the next proposal; passed over with a warning.
    UnmatchedCommit {
        /// The COMMIT.
        zxid: Zxid,
    },
    /// Learner: NEWLEADER arrived.
    NewLeader {
        /// Its epoch.
        epoch: Epoch,
        /// Committed transactions of the stream that are logged and applied now.
        committed: usize,
        /// Proposals that wait for UPTODATE.
        outstanding: usize,
    },
    /// Learner: history and currentEpoch are durable, NEWLEADER is acknowledged.
    NewLeaderAcked {
        /// Its epoch.
        epoch: Epoch,
    },
    /// Leader: an ACK of NEWLEADER that is of another epoch.
    NewLeaderAckOfOtherEpoch {
        /// Whose.
        sid: Sid,
        /// What came.
        zxid: Zxid,
    },
    /// Leader: `Have quorum of supporters, sids: …; starting up and setting last processed zxid: …`
    Supporters {
        /// Who.
        sids: Vec<Sid>,
        /// (epoch, 0).
        zxid: Zxid,
    },
    /// The server serves clients.
    Serving {
        /// In this epoch.
        epoch: Epoch,
    },
    /// Leader: a transaction was proposed.
    Proposed {
        /// Which.
        zxid: Zxid,
        /// Whose request it is.
        origin: Origin,
        /// The transaction's digest.
        #[serde(skip)]
        digest: u64,
    },
    /// Leader: a quorum has it.
    Committed {
        /// Which.
        zxid: Zxid,
        /// The transaction's digest.
        #[serde(skip)]
        digest: u64,
    },
    /// It is in the tree, as committed.
    Applied {
        /// Which.
        zxid: Zxid,
        /// The digest of the history with it ([`extend_history`](crate::extend_history)).
        #[serde(skip)]
        history: u64,
        /// The digest of the tree with it ([`Tree::digest`](crate::Tree::digest)), if the tree is whole
        /// ([`Peer::is_whole`](crate::Peer::is_whole)).
        #[serde(skip)]
        tree: Option<u64>,
        /// The transaction.
        #[serde(skip)]
        txn: Arc<Txn>,
    },
    /// Leader: an ACK for a proposal not made yet.
    AckOfFuture {
        /// Whose.
        sid: Sid,
        /// Which.
        zxid: Zxid,
    },
    /// Follower: a COMMIT without a pending proposal; passed over with a warning.
    CommitWithoutProposal {
        /// Which.
        zxid: Zxid,
    },
    /// Leader: a learner's connection was dropped.
    LearnerDropped {
        /// The learner; `None` if it never said who it was.
        sid: Option<Sid>,
        /// Why.
        #[serde(flatten)]
        why: Dropped,
    },
    /// The role is over.
    GaveUp {
        /// What the server was.
        state: ServerState,
        /// Why.
        #[serde(flatten)]
        why: GaveUp,
    },
    /// The role is torn down; the server is LOOKING again.
    LeftRole {
        /// lastProcessedZxid, with the tail of the log applied.
        zxid: Zxid,
        /// Logged and never applied transactions that were applied now, committed or not.
        fast_forwarded: usize,
        /// Whether memory was given up and loaded again from disk, after a broken SNAP or TRUNC.
        reloaded: bool,
    },
    /// The only server in its list serves without an election.
    Standalone {
        /// lastProcessedZxid: everything logged is committed.
        zxid: Zxid,
    },
    /// A client was sent away.
    ClientRefused {
        /// Why.
        #[serde(flatten)]
        why: Refused,
    },
    /// A client comes back with its session.
    SessionReturns {
        /// Its session.
        session: SessionId,
        /// Whether it is alive.
        valid: bool,
    },
    /// Learner: a request of its client goes to the leader.
    Forwarded {
        /// Whose.
        session: SessionId,
        /// The client's number for it.
        cxid: i32,
    },
    /// A session came to be, with the transaction that was just applied (`Committing global session`).
    SessionOpened {
        /// Which.
        session: SessionId,
        /// Its negotiated time-out.
        timeout: Millis,
    },
    /// Leader: nothing was heard of a session in time (`Expiring session <id>, timeout of <t>ms exceeded`).
    SessionExpiring {
        /// Which.
        session: SessionId,
        /// Its time-out.
        timeout: Millis,
    },
    /// A session is over, and its ephemeral znodes are gone, with the transaction that was just applied.
    SessionClosed {
        /// Which.
        session: SessionId,
        /// How many znodes went with it.
        ephemerals: usize,
    },
}

macro_rules! names {
    ($($variant:ident => $name:literal,)*) => {
        impl Decision {
            /// The names of all decisions, as scenarios and traces write them.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// Its place in [`Decision::NAMES`].
            pub fn code(&self) -> usize {
                #[allow(clippy::enum_variant_names)]
                enum Code { $($variant),* }
                match self { $(Decision::$variant { .. } => Code::$variant as usize,)* }
            }

            /// The name of this decision.
            pub fn name(&self) -> &'static str {
                match self { $(Decision::$variant { .. } => $name,)* }
            }
        }
    };
}

names! {
    Booted => "booted",
    EpochRaised => "epoch-raised",
    NewElection => "new-election",
    Heard => "heard",
    RoundRaised => "round-raised",
    AdoptedVote => "adopted-vote",
    KeptVote => "kept-vote",
    IgnoredNotification => "ignored-notification",
    QuorumAgrees => "quorum-agrees",
    Reconsidered => "reconsidered",
    NotificationTimeout => "notification-timeout",
    Elected => "elected",
    CannotOpenChannel => "cannot-open-channel",
    ConnectionRequest => "connection-request",
    DroppedConnection => "dropped-connection",
    CallsBack => "calls-back",
    ChannelOpen => "channel-open",
    ChannelBroken => "channel-broken",
    OwnIdCalls => "own-id-calls",
    CannotReachLeader => "cannot-reach-leader",
    ReachedLeader => "reached-leader",
    LearnerArrived => "learner-arrived",
    EpochChosen => "epoch-chosen",
    EpochAccepted => "epoch-accepted",
    EpochAcceptedBefore => "epoch-accepted-before",
    EpochAckNotCounted => "epoch-ack-not-counted",
    EpochAcked => "epoch-acked",
    EpochEstablished => "epoch-established",
    SyncChosen => "sync-chosen",
    SnapshotSent => "snapshot-sent",
    Synced => "synced",
    UnmatchedCommit => "unmatched-commit",
    NewLeader => "new-leader",
    NewLeaderAcked => "new-leader-acked",
    NewLeaderAckOfOtherEpoch => "new-leader-ack-of-other-epoch",
    Supporters => "supporters",
    Serving => "serving",
    Proposed => "proposed",
    Committed => "committed",
    Applied => "applied",
    AckOfFuture => "ack-of-future",
    CommitWithoutProposal => "commit-without-proposal",
    LearnerDropped => "learner-dropped",
    GaveUp => "gave-up",
    LeftRole => "left-role",
    Standalone => "standalone",
    ClientRefused => "client-refused",
    SessionReturns => "session-returns",
    Forwarded => "forwarded",
    SessionOpened => "session-opened",
    SessionExpiring => "session-expiring",
    SessionClosed => "session-closed",
}
