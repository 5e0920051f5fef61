//! The tree of what must be true.

use super::{ClientClaim, Facts, ServerRef};
use crate::scenario::words::{ElectionState, State, SyncMode};

/// Something that must be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `leader zk3`: this declared server leads.
    Leader(String),
    /// `no leader`: nobody leads.
    NoLeader,
    /// `available`: some server serves clients' writes.
    Available,
    /// `unavailable`: none does.
    Unavailable,
    /// `answered N`: so many client operations were answered so far.
    Answered(u64),
    /// `failed N`: so many client operations failed so far.
    Failed(u64),
    /// `pending N`: so many client operations wait for an answer.
    Pending(u64),
    /// `holders PATH N`, `holders PATH N..M`: so many clients believe that they hold the lock.
    Holders {
        /// The lock's znode.
        path: String,
        /// At least so many.
        min: u32,
        /// At most so many; not below `min`.
        max: u32,
    },
    /// `no violation PROPERTY`: a property that runs are judged by, one of [`Judges::known`](crate::judges::Judges::known),
    /// is not broken in the whole run. With [`Prefix::At`](super::Prefix::At) only, and the run lasts at least until then.
    NoViolation(&'static str),
    /// `violation PROPERTY`: this property is the first to be broken, by then, and that is the end of the run. With
    /// [`Prefix::By`](super::Prefix::By) only, where two quorums need not meet, of a property that is judged after every
    /// action.
    Violation(&'static str),
    /// Something about one client.
    Client {
        /// A declared client, or one of a workload's.
        client: String,
        /// What must be true of it.
        claim: ClientClaim,
    },
    /// Something about one server.
    Server {
        /// The server.
        server: ServerRef,
        /// What must be true of it.
        claim: Claim,
    },
}

/// What can be true of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// `zk1 looking`.
    State(State),
    /// `epoch N` (or `currentEpoch N`): its durable currentEpoch.
    Epoch(u32),
    /// `acceptedEpoch N`: its durable acceptedEpoch.
    AcceptedEpoch(u32),
    /// `round N`: its election round (logical clock).
    Round(u64),
    /// `zxid 0x…`: the last zxid it has applied.
    Zxid(u64),
    /// `logged 0x…`: the last zxid in its log.
    Logged(u64),
    /// `vote SERVER`: whom it votes for.
    Vote(ServerRef),
    /// `synced MODE [0x…] [from SERVER]`: how it was last brought up to date.
    Synced {
        /// The first packet of the synchronisation.
        mode: SyncMode,
        /// The zxid that packet carried.
        zxid: Option<u64>,
        /// The leader that sent it.
        from: Option<ServerRef>,
    },
    /// `data PATH DATA [version V]`: what it holds at a path.
    Data {
        /// The znode.
        path: String,
        /// Its data.
        data: String,
        /// Its version (at least 0).
        version: Option<i32>,
    },
    /// `no PATH`: it holds no such znode.
    NoNode(String),
    /// `stat PATH FACT …`: what it holds at a path.
    Stat {
        /// The znode.
        path: String,
        /// What must be true of it.
        facts: Facts,
    },
    /// `sessions N`: how many sessions its session table holds.
    Sessions(u64),
    /// `heard SERVER STATE …`: a notification it received carried this.
    Heard {
        /// Who sent it.
        from: ServerRef,
        /// The sender's state.
        state: ElectionState,
        /// The leader the sender votes for.
        leader: Option<ServerRef>,
        /// The sender's election round.
        round: Option<u64>,
        /// The epoch of the sender's vote.
        epoch: Option<u32>,
        /// The zxid of the sender's vote.
        zxid: Option<u64>,
    },
}
