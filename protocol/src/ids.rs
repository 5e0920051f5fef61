//! The small names that everything else is written in.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A server's id (`myid`): signed 64 bits, 0 is legal. Ties in an election go to the larger sid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sid(pub i64);

impl Sid {
    /// The leader an observer proposes: no server, below every real sid (`Long.MIN_VALUE`).
    pub const NONE: Sid = Sid(i64::MIN);
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Sid::NONE { f.write_str("none") } else { write!(f, "{}", self.0) }
    }
}

/// The election round (ZooKeeper's logical clock or electionEpoch): how often a server has started an
/// election since it booted, raised to the highest round it hears of. Kept in memory only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Round(pub u64);

impl Round {
    /// The round after this one.
    pub fn next(self) -> Round {
        Round(self.0.saturating_add(1))
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A span of a server's own time, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// Twice as long, but never longer than `cap`.
    pub fn doubled(self, cap: Millis) -> Millis {
        Millis(self.0.saturating_mul(2)).min(cap)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A live connection of this server, as the driver names it: unique among the connections open at this
/// server, and reused once closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnId(pub u32);

/// The three ports of a server: each carries traffic of its own and can be cut on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Port {
    /// 3888: FastLeaderElection's notifications.
    Election,
    /// 2888: learners talk to the leader here.
    Quorum,
    /// 2181: clients.
    Client,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Port::Election => "election",
            Port::Quorum => "quorum",
            Port::Client => "client",
        })
    }
}

/// `QuorumPeer.ServerState`; the order is the one on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ServerState {
    /// Electing.
    Looking,
    /// Follows a leader and votes.
    Following,
    /// Leads.
    Leading,
    /// Follows a leader without a vote.
    Observing,
}

impl fmt::Display for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ServerState::Looking => "LOOKING",
            ServerState::Following => "FOLLOWING",
            ServerState::Leading => "LEADING",
            ServerState::Observing => "OBSERVING",
        })
    }
}
