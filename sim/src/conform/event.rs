//! What a line of a server's log says, as data: one variant for each message that bears on the quorum protocol.

use zablab_protocol::{Notification, ServerState, SessionId, Sid, SyncMode, Zxid};

/// One understood line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which of the server's files, in the order in which they were read.
    pub file: u16,
    /// Its number in the file, from 1.
    pub line: u32,
    /// Milliseconds since 1970 by the server's own clock; `None` where the layout has no time stamp.
    pub time: Option<i64>,
    /// Who wrote it.
    pub thread: Thread,
    /// What it says.
    pub event: Event,
    /// What the stack trace behind it names: the exception's class and message, without frames.
    pub cause: Option<Box<str>>,
}

/// The threads of a server. Lines of one are in order; lines of different ones may be out of order by some tens of
/// milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thread {
    /// `main`: reads the configuration and loads the database.
    Boot,
    /// `QuorumPeer[myid=N]…`: the main thread.
    Peer,
    /// `WorkerReceiver[myid=N]`.
    Receiver,
    /// `ListenerHandler-…`, `QuorumConnectionThread-…`, `RecvWorker:N`, `SendWorker:N`: election connections.
    Election,
    /// `LeaderConnector-…`.
    Connector,
    /// `LearnerHandler-ADDRESS`; the number stands for the address, in the order of appearance in the file.
    Handler(u32),
    /// `SyncThread:N`.
    Log,
    /// `Snapshot Thread`.
    Snapshot,
    /// `CommitProcessor:N` and its workers.
    Commit,
    /// Any other.
    Other,
}

/// ZAB's state in `Peer state changed: …` (`QuorumPeer.ZabState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZabState {
    /// `discovery`
    Discovery,
    /// `synchronization`
    Synchronization,
    /// `broadcast`
    Broadcast,
}

/// What a line says. Texts are those of 3.7 and 3.8 unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the text of a variant's line says what its fields are")]
pub enum Event {
    // --- a process starts ---
    /// `Reading configuration from: …`
    ReadingConfig,
    /// `Starting quorum peer, myid=N` (3.4: `Starting quorum peer`)
    StartingPeer { sid: Option<Sid> },
    /// A setting that the log names: zoo.cfg's key (or `commitLogCount`, `snapshotSizeFactor` in thousandths,
    /// `minNotificationInterval`, `maxNotificationInterval`, `maxTimeToWaitForEpoch`), and its value.
    Setting { key: &'static str, value: i64 },
    /// `Snapshotting: 0x… to …/snapshot.…`
    Snapshotting { zxid: Zxid },
    /// `Reading snapshot …/snapshot.…`
    ReadingSnapshot { zxid: Zxid },
    /// `N txns loaded in … ms`
    TxnsLoaded { count: u64 },
    /// `Snapshot loaded in … ms, highest zxid is 0x…`
    DatabaseLoaded { zxid: Zxid },
    /// `currentEpoch not found! Creating with a reasonable default of N.`
    CurrentEpochMade { epoch: i64 },
    /// `acceptedEpoch not found! …`
    AcceptedEpochMade { epoch: i64 },
    /// `Unable to load database on disk`; the cause says why.
    CannotLoad,
    /// `Exiting JVM with code N`, and what else ends a process (`Invalid config, exiting abnormally` has none).
    Exiting { code: Option<i32> },
    /// `Either no config or no quorum defined in config, running in standalone mode`
    Standalone,
    /// `N is accepting connections now, my election bind port: …` (older: `My election bind port: …`)
    ElectionPortOpen { sid: Option<Sid> },

    // --- election ---
    /// `LOOKING`
    Looking,
    /// `New election. My id = N, proposed zxid=0x…`
    NewElection { sid: Sid, zxid: Zxid },
    /// `Notification: …`, any layout. `my_state` is `None` where the line ends before it.
    Heard { from: Sid, said: Notification, my_state: Option<ServerState> },
    /// `Notification time out: N ms`
    NotificationTimeout { next: u64 },
    /// `Oracle indicates not to follow`
    Oracle,
    /// `Cannot open channel to N at election address …`
    CannotOpenChannel { to: Sid },
    /// `Received connection request from …`
    ConnectionRequest,
    /// `Have smaller server identifier, so dropping the connection: …`
    DroppedConnection { to: Sid },
    /// `Connection broken for id N, my id = M`
    ChannelBroken { with: Sid },
    /// `Interrupting SendWorker …`, `Interrupted while waiting for message on queue`, `Send worker leaving thread …`,
    /// `Exception when using channel: …`: what follows a broken channel.
    ChannelEnds,
    /// `We got a connection request from a server with our own ID.`
    OwnIdCalls,

    // --- roles ---
    /// `Peer state changed: …`
    StateChanged { state: ServerState, zab: Option<ZabState>, mode: Option<SyncMode> },
    /// `FOLLOWING`, `LEADING`, `OBSERVING`
    Role { state: ServerState },
    /// `FOLLOWING - LEADER ELECTION TOOK - N MS` and its like
    ElectionTook { state: ServerState },
    /// `PeerState set to LOOKING`
    SetToLooking,

    // --- a learner ---
    /// `Successfully connected to leader, using address: …`; the port of the address.
    ReachedLeader { port: Option<u16> },
    /// `Unexpected exception, tries=N, remaining init limit=…, connecting to …`
    CannotReachLeader { tries: u32, port: Option<u16> },
    /// `Unexpected exception, retries exceeded. …`, `Failed connect to …`
    GaveUpConnecting,
    /// `Getting a diff from the leader 0x…`, `Getting a snapshot from leader 0x…`,
    /// `Truncating log to get in sync with the leader 0x…`; `Zxid::NONE` where it is not said (3.4: SNAP)
    Synced { mode: SyncMode, zxid: Zxid },
    /// `Got zxid 0x… expected 0x…`, in the stream of a synchronization (`Learner`) or in broadcast (`Follower`)
    FirstProposal { zxid: Zxid, expected: Zxid, syncing: bool },
    /// `Learner received NEWLEADER message`
    NewLeader,
    /// `Learner received UPTODATE message`
    UpToDate,
    /// `Leaders epoch, E is less than accepted epoch, A` (in a cause or a line of its own)
    EpochTooOld { epoch: i64, accepted: i64 },
    /// `Exception when following the leader` (`observing`); the cause says why.
    LearnerFailed,
    /// `Disconnected from leader … Sync state: true`
    Disconnected { synced: bool },
    /// `shutdown Follower`, `shutdown called` of an observer
    LearnerShutdown,
    /// `Revalidating client: 0x…`
    Revalidating { session: SessionId },

    // --- a leader ---
    /// `Follower sid: N : info : …`
    LearnerArrived { sid: Sid, observer: bool },
    /// `Synchronizing with Learner sid: N maxCommittedLog=… minCommittedLog=… lastProcessedZxid=… peerLastZxid=…`
    /// (3.4 has no lastProcessedZxid)
    Synchronizing { sid: Sid, max: Zxid, min: Zxid, last: Option<Zxid>, peer: Zxid },
    /// `Using committedLog for peer sid: N`
    UsingCommittedLog { sid: Sid },
    /// `Use txnlog and committedLog for peer sid: N`
    UsingTxnLog { sid: Sid },
    /// `Unhandled scenario for peer sid: N …`
    Unhandled { sid: Sid },
    /// `On disk txn sync enabled with snapshotSizeFactor …` or `disabled`
    TxnLogSync { enabled: bool },
    /// `Unable to find proposals from txnlog for zxid: 0x…`
    NotInTxnLog { zxid: Zxid },
    /// `Txnlog size: N exceeds sizeLimit: M`
    TxnLogTooLarge { size: u64, limit: u64 },
    /// `Sending DIFF zxid=0x… for peer sid: N`, `Sending TRUNC zxid to send 0x…`
    Sending { sid: Sid, mode: SyncMode, zxid: Zxid },
    /// `Sending snapshot last zxid of peer is 0x…, zxid of leader is 0x…, send zxid of db as 0x…`
    SendingSnapshot { peer: Zxid, leader: Zxid, db: Zxid },
    /// `Have quorum of supporters, sids: [[1, 2]]; starting up and setting last processed zxid: 0x…`
    Supporters { sids: Vec<Sid>, zxid: Zxid },
    /// `Shutdown called. For the reason …`; for `Not sufficient followers synced, only synced with sids: [ [N] ]` who was.
    LeaderShutdown { reason: Box<str>, only: Option<Vec<Sid>> },
    /// `******* GOODBYE … ********`, and the other lines of a handler that ends; the learner where it is named.
    HandlerEnds { sid: Option<Sid> },

    // --- the log, sessions ---
    /// `Creating new log file: log.…`
    NewLogFile { zxid: Zxid },
    /// `Current zxid N is <= M for …`
    LogOutOfOrder { zxid: Zxid, last: Zxid },
    /// `Committing global session 0x…`
    SessionOpened { session: SessionId },
    /// `Expiring session 0x…, timeout of …ms exceeded`
    SessionExpiring { session: SessionId },
    /// `Submitting global closeSession request for session 0x…`, `Close of session 0x…`
    SessionClosing { session: SessionId },
    /// `Severe unrecoverable error, from thread : …`
    Severe,
}
