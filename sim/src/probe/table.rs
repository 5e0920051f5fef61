//! The situations, by phase. Each is marked by a `probe!` where it is recognised.

use super::Situation;

/// Lists the situations, and makes a probe of each.
macro_rules! situations {
    ($($phase:literal: { $($name:ident $says:literal)* })*) => {
        /// A situation that a good storm gets a machine into.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Probe {
            $($(#[doc = $says] $name,)*)*
        }

        /// All of them, in the order of the table.
        pub const SITUATIONS: &[Situation] = &[
            $($(Situation { probe: Probe::$name, name: stringify!($name), phase: $phase, says: $says },)*)*
        ];
    };
}

situations! {
    "election": {
        AdoptedByPeerEpoch "a better vote of the round is adopted: its peerEpoch is higher"
        AdoptedByZxid "a better vote of the round is adopted: its zxid is higher"
        AdoptedBySid "a better vote of the round is adopted: its sid is higher"
        NewerRoundByPeerEpoch "a vote of a newer round is adopted, by its peerEpoch"
        NewerRoundByZxid "a vote of a newer round is adopted, by its zxid"
        NewerRoundBySid "a vote of a newer round is adopted, by its sid"
        KeptByPeerEpoch "a worse vote is heard: its peerEpoch is lower"
        KeptByZxid "a worse vote is heard: its zxid is lower"
        KeptBySid "a worse vote is heard: its sid is lower"
        KeptEqual "the server's own vote is heard from another"
        RoundRaised "a newer round is joined, and the tally starts again"
        OlderRoundTold "a vote of an older round is ignored, and its sender told"
        ObserverIgnored "a vote that an observer is asked about is ignored"
        FinalizingIgnored "a vote that is not better comes within finalizeWait"
        Reconsidered "a better vote comes within finalizeWait"
        QuorumAgrees "a quorum agrees, and finalizeWait begins"
        ElectedByFinalizeWait "an election ends with finalizeWait"
        ElectedInSameRound "an election ends because a leader of the same round has a quorum"
        ElectedBySettled "a server joins an ensemble that is settled, whatever its round"
        ElectedToLead "a server becomes LEADING"
        ElectedToFollow "a server becomes FOLLOWING"
        ElectedToObserve "a server becomes OBSERVING"
        TimeoutSentAgain "nothing is heard, and the vote is sent to all again"
        TimeoutConnectedAgain "nothing is heard, no peer had taken the vote, and all are dialled again"
        DialRefused "an election connection is refused"
        DialUnanswered "an election connection is not answered"
        CallsBack "a smaller sid calls, and is called back"
        DroppedForLargerSid "a connection to a larger sid is dropped, for that one to call back"
        ChannelBroken "an election connection breaks"
    }
    "discovery": {
        LeaderReached "a learner has connected to its leader"
        LeaderNotReached "a learner's try to connect to its leader fails"
        ObserverArrived "an observer reports to a leader"
        AcceptedMoreThanLeader "a learner reports a higher acceptedEpoch than the others"
        EpochChosen "a leader has a quorum of FOLLOWERINFO and chooses its epoch"
        EpochChosenByMoreThanQuorum "more than a majority had reported when the epoch was chosen"
        EpochAccepted "a learner accepts the epoch on disk before it answers"
        EpochAcceptedBefore "a learner had accepted the epoch before, and its answer does not count"
        EpochAckNotCounted "a leader gets an ACKEPOCH that does not count"
        EpochAcked "a quorum has acknowledged the epoch"
        EpochEstablished "currentEpoch is durable at a leader"
        EpochRaisedAtBoot "a server boots with a log ahead of its currentEpoch"
    }
    "giving up": {
        CannotConnect "a learner gives up: it cannot reach its leader"
        LeaderGone "a learner gives up: the connection to its leader ended"
        LeaderSilent "a learner gives up: nothing came from its leader in time"
        CannotTruncate "a learner gives up: its log cannot be cut as the TRUNC asks, and it needs a SNAP"
        EpochTooOld "a learner gives up: its leader's epoch is below the one it accepted"
        EpochWait "a leader gives up: no quorum of FOLLOWERINFO in time"
        EpochAckWait "a leader gives up: no quorum of ACKEPOCH in time"
        NewLeaderWait "a leader gives up: no quorum acknowledged NEWLEADER in time"
        LostQuorum "a leader gives up: too few learners are synced"
        LeaderGoneInDiscovery "a learner loses its leader before DIFF, TRUNC or SNAP"
        LeaderGoneInSynchronization "a learner loses its leader in the midst of the synchronization"
        LeaderGoneBeforeUpToDate "a learner loses its leader between its ACK of NEWLEADER and UPTODATE"
        LeaderGoneInBroadcast "a follower loses its leader in broadcast"
        LearnerClosed "a leader drops a learner whose connection ended"
        LearnerSilent "a leader drops a learner that was silent too long"
        LearnerWaitedInVain "a leader drops a learner that waited for a quorum of others in vain"
        LearnerAhead "a leader drops a learner that is ahead of it"
        ProposalOverdue "a leader drops a learner that did not acknowledge a proposal in time"
        LearnerSuperseded "a learner connects again before its old connection is dropped"
        LeftWithTail "a server leaves a role and applies what it had logged, committed or not"
        LeftAndReloaded "a server leaves a role with memory ahead of its disk, and loads again"
    }
    "synchronization": {
        RuleForced "the mode is chosen: SNAP, by forceSnapshotSync"
        RuleInSync "the mode is chosen: an empty DIFF, the learner has just what the leader has"
        RuleLearnerAhead "the mode is chosen: TRUNC, the learner has logged more than was committed"
        RuleWindow "the mode is chosen: DIFF from the window in memory"
        RuleWindowDiverges "the mode is chosen: TRUNC and DIFF, the leader's history goes another way"
        RuleOtherEpoch "the mode is chosen: no TRUNC across epochs"
        RuleLogOnDisk "the mode is chosen: DIFF from the log on disk"
        RuleLogTooShort "the mode is chosen: SNAP, the log on disk does not reach back"
        RuleLogTooLarge "the mode is chosen: SNAP, it would take too much log"
        DiffWithProposals "a DIFF brings transactions"
        TruncWithProposals "a TRUNC is followed by transactions"
        SnapshotSent "a snapshot is sent"
        SyncedByDiff "a learner is brought up to date by DIFF"
        SyncedByTrunc "a learner is brought up to date by TRUNC"
        SyncedBySnap "a learner is brought up to date by SNAP"
        NewLeaderWithCommitted "NEWLEADER finds committed transactions in the stream"
        NewLeaderWithOutstanding "NEWLEADER finds proposals in the stream that are not committed"
        NewLeaderAcked "a learner acknowledges NEWLEADER"
        NewLeaderAckOfOtherEpoch "a leader gets an ACK of NEWLEADER of another epoch"
        UnmatchedCommit "a COMMIT in the stream does not match the next proposal"
        Supporters "a quorum has acknowledged NEWLEADER"
        LeaderServes "a leader begins to serve"
        FollowerServes "a follower begins to serve"
        ObserverServes "an observer begins to serve"
        DiffAfterKill "DIFF for a server that was killed"
        TruncAfterKill "TRUNC for a server that was killed"
        SnapAfterKill "SNAP for a server that was killed"
        DiffAfterPowerOff "DIFF for a server that lost power"
        TruncAfterPowerOff "TRUNC for a server that lost power"
        SnapAfterPowerOff "SNAP for a server that lost power"
        DiffAfterRole "DIFF for a server that only left a role"
        TruncAfterRole "TRUNC for a server that only left a role"
        SnapAfterRole "SNAP for a server that only left a role"
    }
    "broadcast": {
        AckOfFuture "a leader gets an ACK for a proposal that it has not made"
        CommitWithoutProposal "a follower gets a COMMIT without a pending proposal"
        TwoLeadersServe "two servers lead and serve at a time, in different epochs"
        LeaderServesAlone "a leader serves although no other server follows it any more"
    }
    "sessions": {
        SessionOpened "a session begins"
        SessionClosedWithEphemerals "a session ends, and takes ephemeral znodes with it"
        SessionClosedWithout "a session ends without ephemeral znodes"
        SessionExpires "a leader expires a session"
        SessionReturns "a client comes back with its session"
        SessionReturnsTooLate "a client comes back after its session has expired"
        ClientRefusedNotServing "a client is sent away by a server that does not serve"
        ClientRefusedHasSeenMore "a client is sent away by a server that has seen less than the client"
        RequestForwarded "a learner forwards its client's request"
        SessionMoved "a request comes by a server that its session has left"
        WriteFails "a write fails and takes a zxid all the same"
    }
    "disk": {
        BootedFresh "a server boots from an empty disk"
        BootedWithReplay "a server boots and replays its log above a snapshot"
        BootedWithoutReplay "a server boots from a snapshot, with nothing to replay"
        PowerTookLog "a power failure takes records of the log"
        PowerTookPartOfLog "a power failure takes some unsynced records and leaves others"
        PowerTookNothing "a power failure finds unsynced records and takes none"
        PowerTookSnapshot "a power failure takes a snapshot"
        PowerBroughtCutBack "a power failure brings back records that were cut"
        CrashBetweenEpochs "a server ends between its writes of acceptedEpoch and currentEpoch"
    }
    "faults": {
        KilledInElection "a server is killed LOOKING"
        KilledInLeaderDiscovery "a server is killed as a leader in discovery"
        KilledInLeaderSynchronization "a server is killed as a leader before NEWLEADER has its quorum"
        KilledInLeaderBroadcast "a server is killed as a leader that serves"
        KilledInDiscovery "a server is killed as a learner in discovery"
        KilledInDiff "a server is killed as a learner during DIFF"
        KilledInTrunc "a server is killed as a learner during TRUNC"
        KilledInSnap "a server is killed as a learner during SNAP"
        KilledInAwaitUpToDate "a server is killed between its ACK of NEWLEADER and UPTODATE"
        KilledInBroadcast "a server is killed as a follower that serves"
        KilledInObservation "a server is killed as an observer that serves"
        KilledInLeaving "a server is killed while it leaves a role"
        PowerLostInElection "a server loses power LOOKING"
        PowerLostInLeaderDiscovery "a server loses power as a leader in discovery"
        PowerLostInLeaderSynchronization "a server loses power as a leader before NEWLEADER has its quorum"
        PowerLostInLeaderBroadcast "a server loses power as a leader that serves"
        PowerLostInDiscovery "a server loses power as a learner in discovery"
        PowerLostInDiff "a server loses power as a learner during DIFF"
        PowerLostInTrunc "a server loses power as a learner during TRUNC"
        PowerLostInSnap "a server loses power as a learner during SNAP"
        PowerLostInAwaitUpToDate "a server loses power between its ACK of NEWLEADER and UPTODATE"
        PowerLostInBroadcast "a server loses power as a follower that serves"
        PowerLostInObservation "a server loses power as an observer that serves"
        PowerLostInLeaving "a server loses power while it leaves a role"
        PausedInElection "a server stands still LOOKING"
        PausedInLeaderDiscovery "a server stands still as a leader in discovery"
        PausedInLeaderSynchronization "a server stands still as a leader before NEWLEADER has its quorum"
        PausedInLeaderBroadcast "a server stands still as a leader that serves"
        PausedInDiscovery "a server stands still as a learner in discovery"
        PausedInDiff "a server stands still as a learner during DIFF"
        PausedInTrunc "a server stands still as a learner during TRUNC"
        PausedInSnap "a server stands still as a learner during SNAP"
        PausedInAwaitUpToDate "a server stands still between its ACK of NEWLEADER and UPTODATE"
        PausedInBroadcast "a server stands still as a follower that serves"
        PausedInObservation "a server stands still as an observer that serves"
        PausedInLeaving "a server stands still while it leaves a role"
    }
}
