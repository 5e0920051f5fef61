//! What a client tells whoever uses it.

use crate::error::ErrorCode;
use crate::ids::{Millis, Sid};
use crate::request::{Op, Origin, Reply, result_digest};
use crate::session::SessionId;
use crate::txn::Path;
use crate::watch::WatchEvent;
use crate::zxid::Zxid;
use serde::Serialize;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A request that has its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Completion {
    /// Whose, and which.
    pub origin: Origin,
    /// For what.
    pub op: Op,
    /// The server that answered; `None` if none did.
    pub server: Option<Sid>,
    /// The zxid of the answer.
    pub zxid: Zxid,
    /// What came of it; [`ErrorCode::ConnectionLoss`] is: nobody knows.
    pub result: Result<Reply, ErrorCode>,
}

/// Something that whoever uses a client is to know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum ClientEvent {
    /// The session is served (`SyncConnected`).
    Connected {
        /// By whom.
        server: Sid,
        /// Which session.
        session: SessionId,
        /// Its negotiated time-out.
        timeout: Millis,
        /// Whether it is a new session.
        fresh: bool,
    },
    /// The connection is gone, the session perhaps not (`Disconnected`).
    Disconnected {
        /// From whom.
        server: Sid,
        /// Nothing was heard of it for so long; `None`: it closed the connection.
        silent: Option<Millis>,
    },
    /// A server could not be reached, or sent the client away.
    CannotConnect {
        /// Which.
        server: Sid,
    },
    /// The session is over (`Expired`).
    Expired {
        /// Which.
        session: SessionId,
    },
    /// The client has ended its session.
    Closed {
        /// Which.
        session: SessionId,
    },
    /// A request has its outcome.
    Completed(Arc<Completion>),
    /// Something that it watched for has happened.
    Notified {
        /// What.
        what: WatchEvent,
        /// Where.
        path: Path,
    },
}

impl ClientEvent {
    /// In numbers, for a running digest.
    pub fn words(&self) -> [u64; 3] {
        match self {
            ClientEvent::Connected { server, session, timeout, fresh } => {
                [1 | u64::from(*fresh) << 8 | timeout.0 << 16, server.0 as u64, session.0 as u64]
            }
            ClientEvent::Disconnected { server, silent } => {
                [2, server.0 as u64, silent.map_or(u64::MAX, |silent| silent.0)]
            }
            ClientEvent::CannotConnect { server } => [3, server.0 as u64, 0],
            ClientEvent::Expired { session } => [4, session.0 as u64, 0],
            ClientEvent::Closed { session } => [5, session.0 as u64, 0],
            ClientEvent::Completed(done) => {
                [6 | (done.origin.cxid as u64) << 8, done.zxid.0 as u64, result_digest(&done.result)]
            }
            ClientEvent::Notified { what, path } => [7, *what as u64, xxh3_64(path.as_bytes())],
        }
    }
}
