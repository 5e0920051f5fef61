//! Where a server is on its way from boot to broadcast.

use super::{Peer, Role};
use crate::decision::SyncMode;

/// Where a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It writes what a fresh data directory lacks.
    Booting,
    /// LOOKING.
    Election,
    /// Leader: no quorum has accepted its epoch yet.
    LeaderDiscovery,
    /// Leader: no quorum has acknowledged NEWLEADER yet.
    LeaderSynchronization,
    /// Leader: it serves.
    LeaderBroadcast,
    /// Learner: up to the answer to LEADERINFO.
    Discovery,
    /// Learner: brought up to date in this way, up to the acknowledgement of NEWLEADER; `None` before the mode is known.
    Synchronization(Option<SyncMode>),
    /// Follower: NEWLEADER is acknowledged, UPTODATE is due.
    AwaitUpToDate,
    /// Follower: it serves.
    Broadcast,
    /// Observer: it serves.
    Observation,
    /// It leaves a role.
    Leaving,
    /// The only server of its list.
    Standalone,
    /// The process has ended by itself.
    Exited,
}

impl Peer {
    /// Where the server is.
    pub fn phase(&self) -> Phase {
        match &self.role {
            Role::Booting { .. } => Phase::Booting,
            Role::Looking => Phase::Election,
            Role::Leader(leader) => leader.phase(),
            Role::Learner(learner) => learner.phase(),
            Role::Standalone(_) => Phase::Standalone,
            Role::Leaving { .. } => Phase::Leaving,
            Role::Exited => Phase::Exited,
        }
    }
}
