//! The words that clients brought.

/// What can follow a client that makes a request.
pub(in crate::scenario) const CALLS: &[&str] = &[
    "create", "set", "delete", "check", "get", "exists", "children", "sync", "multi", "lock", "unlock",
    "put", "take",
];

/// What can follow the client of an expectation.
pub(in crate::scenario) const CLIENT_CLAIMS: &[&str] = &[
    "connected",
    "disconnected",
    "expired",
    "closed",
    "sessions",
    "last",
    "saw",
    "notified",
    "holds",
    "waits",
];

/// What can be said of a znode, in the order in which it is printed.
pub(in crate::scenario) const FACTS: &[&str] = &[
    "data",
    "czxid",
    "mzxid",
    "pzxid",
    "version",
    "cversion",
    "ephemeralOwner",
    "dataLength",
    "numChildren",
];

/// The parts of a workload besides its weights.
pub(in crate::scenario) const JOB: &[&str] = &["clients", "keys", "operations", "think", "timeout", "at"];

/// The weights of a workload's mix, in the order in which they are printed.
pub(in crate::scenario) const WEIGHTS: &[&str] = &["reads", "writes", "cas", "sync-reads", "locks", "queues"];
