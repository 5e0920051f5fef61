//! What a server waits for before it can go on: the other half of its state, for whoever asks why nothing happens.

use super::{Peer, Role};
use crate::decision::SyncMode;
use crate::ids::Sid;
use crate::zxid::{Epoch, Zxid};

/// A write to disk that the main thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MainWrite {
    /// The first files of a fresh data directory.
    FirstFiles,
    /// A snapshot.
    Snapshot,
    /// acceptedEpoch.
    AcceptedEpoch,
    /// currentEpoch.
    CurrentEpoch,
    /// The log is being cut.
    LogCut,
    /// The transactions of a synchronization.
    History,
    /// What the log writer still has.
    LogQueue,
}

/// What a server waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waits {
    /// For nothing: it serves, or its process has ended.
    Nothing,
    /// For its own next step.
    Itself,
    /// For its disk.
    Disk(MainWrite),
    /// LOOKING: for votes.
    Votes {
        /// Whose votes count for its proposal, in ascending order.
        supporters: Vec<Sid>,
        /// They are a quorum, and it only listens for a better vote.
        finalizing: bool,
    },
    /// Leader: for FOLLOWERINFO of a quorum, to choose an epoch.
    FollowerInfo {
        /// Who has reported.
        from: Vec<Sid>,
    },
    /// Leader: for a quorum that acknowledges the epoch.
    EpochAcks {
        /// The epoch.
        epoch: Epoch,
        /// Who has.
        from: Vec<Sid>,
    },
    /// Leader: for a quorum that acknowledges NEWLEADER.
    NewLeaderAcks {
        /// The epoch.
        epoch: Epoch,
        /// Who has.
        from: Vec<Sid>,
    },
    /// Learner: for a connection to the leader.
    Connection {
        /// The leader.
        leader: Sid,
        /// Tries that have failed.
        failed: u32,
    },
    /// Learner: for LEADERINFO, which the leader sends once it has chosen an epoch.
    LeaderInfo {
        /// The leader.
        leader: Sid,
    },
    /// Learner: for DIFF, TRUNC or SNAP, which the leader sends once a quorum has acknowledged its epoch.
    Sync {
        /// The leader.
        leader: Sid,
        /// Its epoch.
        epoch: Epoch,
    },
    /// Learner: for the rest of the synchronization, up to NEWLEADER.
    NewLeader {
        /// The leader.
        leader: Sid,
        /// How it is being brought up to date.
        mode: Option<SyncMode>,
    },
    /// Learner: for UPTODATE, which the leader sends once a quorum has acknowledged NEWLEADER.
    UpToDate {
        /// The leader.
        leader: Sid,
        /// Its epoch.
        epoch: Epoch,
    },
}

impl Peer {
    /// What the server waits for before it serves.
    pub fn waits(&self) -> Waits {
        let server = &self.server;
        match &self.role {
            Role::Booting { .. } => Waits::Disk(MainWrite::FirstFiles),
            Role::Looking => {
                let (supporters, finalizing) = server.election.waits(&server.config);
                Waits::Votes { supporters, finalizing }
            }
            Role::Leader(leader) => leader.waits(&server.config.verifier),
            Role::Learner(learner) => learner.waits(),
            Role::Leaving { torn_down: true, .. } => Waits::Disk(MainWrite::LogQueue),
            Role::Leaving { .. } => Waits::Itself,
            Role::Standalone(_) | Role::Exited => Waits::Nothing,
        }
    }

    /// Leader: the oldest transaction that is proposed and not committed, and who has acknowledged it.
    pub fn unacknowledged(&self) -> Option<(Zxid, Vec<Sid>)> {
        match &self.role {
            Role::Leader(leader) => leader.unacknowledged(&self.server.config.verifier),
            _ => None,
        }
    }
    /// Leader: whom it counts as in sync, itself among them, in ascending order: as long as they are a quorum it leads on.
    pub fn in_sync(&self) -> Vec<Sid> {
        match &self.role {
            Role::Leader(leader) => self.server.config.verifier.sids(leader.in_sync(&self.server)),
            _ => Vec::new(),
        }
    }
}
