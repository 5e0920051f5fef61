//! In which order a learner makes a synchronization its own.

/// What a follower does at NEWLEADER and at UPTODATE. ZAB needs: history durable, then currentEpoch durable, then the
/// acknowledgement. Each other order is that of some releases, in `Learner.syncWithLeader`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncOrder {
    /// 3.9.4. NEWLEADER: log and apply what the stream has committed; fsync; currentEpoch; ACK. UPTODATE: log the rest,
    /// apply what is committed of it.
    #[default]
    Right,
    /// 3.9.3. The same, but what is applied at NEWLEADER does not enter the window that a DIFF is served from, and a
    /// learner takes a stream with a hole in it (ZOOKEEPER-4925).
    CommittedOnly,
    /// 3.8.5 on, 3.9.2. NEWLEADER: log all proposals of the stream, committed or not; fsync; forget them; currentEpoch;
    /// ACK. UPTODATE: acknowledge them, and apply what is committed (ZOOKEEPER-4394, 3023).
    SyncLog,
    /// 3.5.9 on, 3.6.3 on, 3.7.0 to 3.9.1. NEWLEADER: currentEpoch; hand the proposals to the log writer; forget them; ACK.
    /// UPTODATE: apply what is committed (ZOOKEEPER-4643, 4646, 4685, 4394, 3023).
    AsyncLog,
    /// 3.4.10 on, 3.5.3 to 3.5.8, 3.6.0 to 3.6.2. NEWLEADER: currentEpoch; ACK. UPTODATE: hand the proposals to the log
    /// writer, and apply what is committed (ZOOKEEPER-3911, 3023).
    LateLog,
    /// Before 3.4.10 and 3.5.3. What is committed is applied as it comes. NEWLEADER: write a snapshot, whatever the mode;
    /// currentEpoch; ACK (ZOOKEEPER-1653).
    Snap,
}

impl SyncOrder {
    /// Every order.
    pub const ALL: [SyncOrder; 6] = [
        SyncOrder::Right,
        SyncOrder::CommittedOnly,
        SyncOrder::SyncLog,
        SyncOrder::AsyncLog,
        SyncOrder::LateLog,
        SyncOrder::Snap,
    ];

    /// The names of [`SyncOrder::ALL`], in its order.
    pub const NAMES: [&'static str; 6] =
        ["right", "committed-only", "sync-log", "async-log", "late-log", "snap"];

    /// Whether all proposals are dealt with at NEWLEADER, and forgotten.
    pub(crate) fn forgets(self) -> bool {
        matches!(self, SyncOrder::SyncLog | SyncOrder::AsyncLog)
    }
}
