//! Deliberate faults of the machine, each where right behaviour was one line. They show that a tester finds what is
//! wrong; without a switch the machine is as it should be.

macro_rules! defects {
    ($($(#[$says:meta])* $defect:ident = $name:literal,)*) => {
        /// A deliberate fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Defect {
            $($(#[$says])* $defect,)*
        }

        impl Defect {
            /// Every fault.
            pub const ALL: [Defect; [$($name),*].len()] = [$(Defect::$defect,)*];

            /// The names of [`Defect::ALL`], in its order.
            pub const NAMES: [&'static str; Defect::ALL.len()] = [$($name,)*];
        }
    };
}

defects! {
    /// A server acknowledges a proposal when its write begins, not when its fsync is done.
    AckBeforeFsync = "ack-before-fsync",
    /// A leader commits a proposal at its first acknowledgement.
    CommitWithoutQuorum = "commit-without-quorum",
    /// A learner that is told to truncate its log leaves it as it is.
    KeepTail = "keep-tail",
    /// A server takes in a client that has seen more than itself.
    WelcomeAnyClient = "welcome-any-client",
    /// A leader lets a request pass that comes by a server which its session has left.
    IgnoreMoves = "ignore-moves",
    /// A leader goes on without a quorum behind it.
    ReignWithoutQuorum = "reign-without-quorum",
    /// A learner whose log cannot be cut as a TRUNC asks ends (`Learner.syncWithLeader`), and does so at every start.
    ExitWhenTruncFails = "exit-when-trunc-fails",
    /// A learner that is told to truncate its log panics, which no machine does by its contract.
    PanicAtTrunc = "panic-at-trunc",

    // Election, discovery, the leader.

    /// ZOOKEEPER-335, 1081, 1082, before 3.4.0 (`Leader.lead`, `Learner.registerWithLeader`): no promise is asked for. A
    /// leader's epoch is that of its own last zxid plus one, a vote has no epoch beside that of its zxid, a learner refuses
    /// an epoch only if its own last zxid is of a later one, and no leader asks whether a learner is ahead of it. The epoch
    /// files are written, and nobody reads them.
    NoAcceptedEpoch = "no-accepted-epoch",
    /// ZOOKEEPER-790, before 3.3.2 (`Leader.lead`): lastProcessedZxid is that of the new epoch as soon as the leader knows
    /// it, not when it has its supporters. If it gets none, it votes with it: alone with an epoch in the vote it wins only
    /// over servers of its own currentEpoch.
    EarlyLastZxid = "early-last-zxid",
    /// ZOOKEEPER-1419, 3.4.0 to 3.4.3 (`FastLeaderElection.totalOrderPredicate`): of votes with equal zxids the larger sid
    /// wins, whatever their epochs.
    VoteOrderUnguarded = "vote-order-unguarded",
    /// ZOOKEEPER-1732, 1805, 1818, before 3.4.6 and 3.5.5 (`Vote.equals`): votes of servers that follow or lead agree only
    /// if they agree in zxid, round and epoch as well.
    JoinerComparesFullVote = "joiner-compares-full-vote",
    /// ZOOKEEPER-1732, before 3.4.6 (`QuorumPeer.updateElectionVote`): a server that serves goes on showing the epoch of the
    /// election, not the one that was established.
    NoVoteRefresh = "no-vote-refresh",
    /// ZOOKEEPER-1514, before 3.4.4 (`FastLeaderElection.checkLeader`): a server takes the lead that others name it for,
    /// whatever the round of their votes.
    SelfLeaderIgnoresRound = "self-leader-ignores-round",
    /// ZOOKEEPER-975, before 3.4.0 (`FastLeaderElection.lookForLeader`): a server leaves the election as soon as every voter
    /// has voted, for whomever.
    LeaveWhenAllVoted = "leave-when-all-voted",
    /// ZOOKEEPER-975, before 3.4.0 (`FastLeaderElection.lookForLeader`): one LEADING vote of the same round ends the
    /// election.
    TrustSingleLeading = "trust-single-leading",
    /// ZOOKEEPER-3537, before 3.6.0 (`FastLeaderElection.lookForLeader`): whether the leader of a vote of the same round says
    /// itself that it leads is looked up among the settled votes of any round, and votes of the same round agree only in full.
    CheckLeaderWrongTally = "check-leader-wrong-tally",
    /// ZOOKEEPER-1270, before 3.4.0 (`Leader.getEpochToPropose`, `waitForEpochAck`): followers alone may choose the epoch and
    /// acknowledge it, before the leader's main thread has come to say so itself.
    QuorumWithoutSelf = "quorum-without-self",
    /// ZOOKEEPER-1192, before 3.4.0 (`Leader.waitForEpochAck`): the time-out of the wait for ACKEPOCH goes unseen, and the
    /// leader and its handlers go on as if a quorum had answered.
    EpochAckTimeoutIgnored = "epoch-ack-timeout-ignored",
    /// ZOOKEEPER-1343, 3.4.0 to 3.4.2 (`Leader.getEpochToPropose`): an acceptedEpoch that equals the candidate does not raise
    /// it.
    EpochStrictlyGreater = "epoch-strictly-greater",
    /// The other half of ZOOKEEPER-1343 (`Leader.waitForEpochAck`): an ACKEPOCH that says that the epoch was accepted before
    /// counts.
    CountMinusOneAck = "count-minus-one-ack",
    /// ZOOKEEPER-2247, before 3.4.9 and 3.5.3 (`SyncRequestProcessor.run`, `ZooKeeperServerListenerImpl.notifyStopping`): after
    /// a failed write of the log the log writer and the processors end, and the role goes on: a leader pings, and takes no
    /// request.
    LogThreadDiesAlone = "log-thread-dies-alone",
    /// ZOOKEEPER-4882, not fixed (`ZooKeeperServer.shutdown`): a server whose write of the log failed leaves its role with the
    /// memory that it has, which may be ahead of the log.
    NoMemoryAheadOfDiskCheck = "no-memory-ahead-of-disk-check",
    /// ZOOKEEPER-1277, before 3.3.5 and 3.4.4 (`Leader.propose`): behind the last counter of an epoch comes the first zxid
    /// of the next, without an election.
    NoRolloverGuard = "no-rollover-guard",

    // Synchronization and recovery.

    /// ZOOKEEPER-4643 (fixed in `Learner.syncWithLeader`): at NEWLEADER a follower writes currentEpoch before the
    /// transactions of the stream. Between the two it has an epoch whose initial history it lacks.
    EpochBeforeHistory = "epoch-before-history",
    /// ZOOKEEPER-1282 (fixed in `Learner.syncWithLeader`): a learner acknowledges NEWLEADER with the old currentEpoch, and
    /// writes the new one at UPTODATE.
    EpochAtUpToDate = "epoch-at-uptodate",
    /// ZOOKEEPER-1653 (fixed in `QuorumPeer.loadDataBase`): a server whose data is of a later epoch than its currentEpoch
    /// does not start; nothing tells it that it ended between the two writes.
    NoRecoveryMarker = "no-recovery-marker",
    /// ZOOKEEPER-4712 (fixed in `LearnerZooKeeperServer.shutdown`): a learner leaves its role without waiting for its log
    /// writer, which goes on with the queue of that role during the next.
    LogQueueSurvivesShutdown = "log-queue-survives-shutdown",
    /// ZOOKEEPER-2845 (fixed in `ZooKeeperServer.shutdown`, `ZKDatabase.fastForwardDataBase`): a server that leaves a role
    /// keeps its tree as it is, and votes with it, though its log may hold more.
    ReuseDbWithoutReplay = "reuse-db-without-replay",
    /// ZOOKEEPER-2355 (fixed in `Learner.syncWithLeader`): the header of a DIFF moves lastProcessedZxid to the leader's,
    /// before any of the transactions has come.
    LastZxidAtDiffHeader = "last-zxid-at-diff-header",
    /// ZOOKEEPER-1154 (fixed in `LearnerHandler.run`): a leader sends a DIFF wherever the learner's zxid lies within its
    /// window, also if no transaction has that zxid.
    DiffWithoutTrunc = "diff-without-trunc",
    /// ZOOKEEPER-1319 (fixed in `Leader.lead`): a leader has proposed nothing, says 0, until its first proposal; a learner
    /// that has nothing either is told that it is in sync.
    LastProposedZero = "last-proposed-zero",
    /// ZOOKEEPER-1367 (fixed in `Learner.syncWithLeader`): transactions of a synchronization reach a learner's tree and
    /// not its table of sessions.
    SyncSkipsSessionTable = "sync-skips-session-table",
    /// ZOOKEEPER-3642 (fixed in `ZooKeeperServer.shutdown`): a learner whose SNAP broke off keeps the leader's state in
    /// memory, though its disk has none of it.
    KeepDbAfterPartialSnap = "keep-db-after-partial-snap",
    /// ZOOKEEPER-2872 (fixed in `ZooKeeperServer.takeSnapshot`): the snapshot that a SNAP ends with is not synced.
    SnapshotNotSynced = "snapshot-not-synced",
    /// ZOOKEEPER-3104 (fixed in `LearnerHandler.run`): a leader queues NEWLEADER as soon as it forwards to the learner, before
    /// it copies the state that a SNAP carries. What was committed meanwhile is in that state, and comes behind NEWLEADER: a
    /// learner that has carried out what comes before it has gone back in part, and saves that under the label of the SNAP.
    NewLeaderBeforeSnapshot = "newleader-before-snapshot",

    // What ZooKeeper does still, by its source in July 2026; docs/findings.md tells of each.

    /// `Leader.startForwarding`: what a learner has acknowledged counts, although a TRUNC has taken it away since.
    AcksOutliveTrunc = "acks-outlive-trunc",
    /// `LearnerHandler.syncFollower`: a learner is measured against what the leader has applied; what is committed and not
    /// yet applied there is cut off its log, and sent again.
    CutsUnapplied = "cuts-unapplied",
    /// `Learner.syncWithLeader`: what is committed behind a TRUNC is applied in memory and goes into a snapshot that is not
    /// synced (the other half of ZOOKEEPER-2872), neither is the cut, and if the stream breaks off, memory keeps it
    /// (ZOOKEEPER-5094).
    TruncAppliesToMemory = "trunc-applies-to-memory",
}

/// Some faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Defects(u64);

impl Defects {
    /// Whether the machine has this one.
    pub fn has(self, defect: Defect) -> bool {
        self.0 & 1 << defect as u8 != 0
    }
}

impl FromIterator<Defect> for Defects {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Defects {
        Defects(defects.into_iter().fold(0, |bits, defect| bits | 1 << defect as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_place_of_its_own() {
        for (at, defect) in Defect::ALL.into_iter().enumerate() {
            assert_eq!(defect as usize, at);
            let alone = Defects::from_iter([defect]);
            assert!(Defect::ALL.into_iter().all(|other| alone.has(other) == (other == defect)));
            assert!(!Defects::default().has(defect));
        }
    }
}
