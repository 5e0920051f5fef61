//! The tree of what is said about clients: who they are, what they ask for, what they must have seen.

use super::{ServerRef, Span};
use crate::scenario::time::Time;

/// `client c1 at zk1 zk2 timeout 10s`: a client with a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientDecl {
    /// As a server's name, but without a number; unique among servers, clients and workloads.
    pub name: String,
    /// The declared servers of its connection string, in this order; empty for all servers.
    pub servers: Vec<String>,
    /// The session time-out it asks for, above 0; `None` for [`ClientDecl::TIMEOUT`], which is not printed.
    pub timeout: Option<Time>,
    /// Where it stood.
    pub span: Span,
}

impl ClientDecl {
    /// The session time-out that a client asks for if nothing else is said.
    pub const TIMEOUT: Time = Time(30 * Time::SECOND.0);
}

/// `workload w clients 4 operations 200 reads 50 writes 50`: clients that share a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadDecl {
    /// As a client's name. Its clients are called so with their number behind: `w1`, `w2`, …
    pub name: String,
    /// How many clients; 1 to 64.
    pub clients: u32,
    /// How many znodes they work on; 1 to 1000. 1 is not printed.
    pub keys: u32,
    /// How many operations, by all of them together; 1 to 1 000 000.
    pub operations: u32,
    /// Which operations.
    pub mix: Mix,
    /// Shortest and longest pause between an answer and the next request; `None` for no pause.
    pub think: Option<(Time, Time)>,
    /// As of a client.
    pub timeout: Option<Time>,
    /// As of a client.
    pub servers: Vec<String>,
    /// Where it stood.
    pub span: Span,
}

impl WorkloadDecl {
    /// The names of its clients.
    pub fn client_names(&self) -> impl Iterator<Item = String> {
        (1..=self.clients).map(|number| format!("{}{number}", self.name))
    }
}

/// How often a workload does what: relative weights, each 0 to 1000, at least one above 0. Those of 0 are not printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mix {
    /// `reads`: getData.
    pub reads: u32,
    /// `writes`: setData whatever the version.
    pub writes: u32,
    /// `cas`: setData with the version that was read.
    pub cas: u32,
    /// `sync-reads`: sync, then getData.
    pub sync_reads: u32,
    /// `locks`: the lock recipe.
    pub locks: u32,
    /// `queues`: the queue recipe.
    pub queues: u32,
}

impl Mix {
    /// The weights with their words, in the order in which they are printed.
    pub fn weights(&self) -> [(&'static str, u32); 6] {
        [
            ("reads", self.reads),
            ("writes", self.writes),
            ("cas", self.cas),
            ("sync-reads", self.sync_reads),
            ("locks", self.locks),
            ("queues", self.queues),
        ]
    }
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `create PATH [DATA] [ephemeral] [sequential] [times N]`.
    Create {
        /// The znode.
        path: String,
        /// Its data; `None` for none.
        data: Option<String>,
        /// It goes with the session.
        ephemeral: bool,
        /// The server puts a number behind its name.
        sequential: bool,
        /// How many such requests; 1 to 1 000 000, in a `multi` 1.
        times: u32,
    },
    /// `set PATH DATA [version V] [times N]`.
    Set {
        /// The znode.
        path: String,
        /// Its new data.
        data: String,
        /// Only if it has this version (at least 0).
        version: Option<i32>,
        /// How many such requests; 1 to 1 000 000, in a `multi` 1.
        times: u32,
    },
    /// `delete PATH [version V]`.
    Delete {
        /// The znode.
        path: String,
        /// Only if it has this version (at least 0).
        version: Option<i32>,
    },
    /// `check PATH version V`.
    Check {
        /// The znode.
        path: String,
        /// The version it must have (at least 0).
        version: i32,
    },
    /// `get PATH [watch]`: getData.
    Get {
        /// The znode.
        path: String,
        /// Leaves a watch.
        watch: bool,
    },
    /// `exists PATH [watch]`.
    Exists {
        /// The znode.
        path: String,
        /// Leaves a watch.
        watch: bool,
    },
    /// `children PATH [watch]`: getChildren.
    Children {
        /// The znode.
        path: String,
        /// Leaves a watch.
        watch: bool,
    },
    /// `sync [PATH]`.
    Sync {
        /// The path; `/` is not printed.
        path: String,
    },
    /// `multi CALL and CALL …`: all of it or nothing. At least one part, each a create, set, delete or check.
    Multi(Vec<Call>),
    /// `lock PATH`: the lock recipe, below that znode.
    Lock {
        /// The lock's znode.
        path: String,
    },
    /// `unlock PATH`.
    Unlock {
        /// The lock's znode.
        path: String,
    },
    /// `put PATH DATA`: the queue recipe.
    Put {
        /// The queue's znode.
        path: String,
        /// What is put in.
        data: String,
    },
    /// `take PATH`: the queue recipe.
    Take {
        /// The queue's znode.
        path: String,
    },
}

/// What can be true of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientClaim {
    /// `connected [to SERVER]`: it has a connection and a session.
    Connected {
        /// Only with this server.
        to: Option<ServerRef>,
    },
    /// `disconnected`: it has a session and no connection.
    Disconnected,
    /// `expired`: it was told that its session is gone.
    Expired,
    /// `closed`: it has ended its session.
    Closed,
    /// `sessions N`: how many sessions it has had.
    Sessions(u64),
    /// `last ok`, `last NoNode`: how its last completed request ended.
    Last(LastResult),
    /// `saw PATH FACT …`: what the last answer about that znode showed it.
    Saw {
        /// The znode.
        path: String,
        /// What it saw.
        facts: Facts,
    },
    /// `saw no PATH`: the last answer about that znode said that there is none.
    SawNo {
        /// The znode.
        path: String,
    },
    /// `notified PATH N`: how many notifications it got about that path.
    Notified {
        /// The path.
        path: String,
        /// How many.
        count: u64,
    },
    /// `holds PATH`: it believes that it has the lock.
    Holds {
        /// The lock's znode.
        path: String,
    },
    /// `waits PATH`: it waits for the lock.
    Waits {
        /// The lock's znode.
        path: String,
    },
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastResult {
    /// `ok`.
    Ok,
    /// One of [`ERRORS`].
    Error(&'static str),
}

/// The errors that `last` can name.
pub const ERRORS: &[&str] = zablab_protocol::ErrorCode::NAMES;

/// What is said of a znode: at least one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `data`.
    pub data: Option<String>,
    /// `czxid`: the zxid that created it.
    pub czxid: Option<u64>,
    /// `mzxid`: the zxid that changed its data last.
    pub mzxid: Option<u64>,
    /// `pzxid`: the zxid that changed its children last.
    pub pzxid: Option<u64>,
    /// `version` of its data (at least 0).
    pub version: Option<i32>,
    /// `cversion`: version of its children (at least -1).
    pub cversion: Option<i32>,
    /// `ephemeralOwner`: whose session it goes with.
    pub owner: Option<Owner>,
    /// `dataLength` in bytes.
    pub length: Option<u32>,
    /// `numChildren`.
    pub children: Option<u32>,
}

/// Whose session a znode goes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `none`: it is persistent.
    Nobody,
    /// A declared client.
    Client(String),
}
