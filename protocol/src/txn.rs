//! Client operations and the transactions they become (protocol reference §8).

use crate::zxid::Zxid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The data of a znode.
pub type Data = Arc<str>;
/// An absolute path such as `/app/lock`.
pub type Path = Arc<str>;

/// Who asked: the session and the client's own number for the request (`TxnHeader.clientId`, `cxid`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The session id.
    pub session: i64,
    /// The client's running number for the request.
    pub cxid: i32,
}

/// What a client may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Op {
    /// Make a znode.
    Create {
        /// Where.
        path: Path,
        /// With what in it.
        data: Data,
    },
    /// Replace a znode's data.
    SetData {
        /// Which.
        path: Path,
        /// By what.
        data: Data,
        /// The version it must have, or any.
        version: Option<i32>,
    },
    /// Remove a znode without children.
    Delete {
        /// Which.
        path: Path,
        /// The version it must have, or any.
        version: Option<i32>,
    },
    /// Read a znode's data where the client is connected.
    GetData {
        /// Which.
        path: Path,
    },
}

impl Op {
    /// A digest of the request, the same on every machine.
    pub fn digest(&self) -> u64 {
        let (kind, path, data, version) = match self {
            Op::Create { path, data } => (1, path, &**data, None),
            Op::SetData { path, data, version } => (2, path, &**data, *version),
            Op::Delete { path, version } => (3, path, "", *version),
            Op::GetData { path } => (4, path, "", None),
        };
        let seed = kind << 40 | version.map_or(0, |version| 1 << 32 | u64::from(version as u32));
        xxh3_64_with_seed(data.as_bytes(), xxh3_64_with_seed(path.as_bytes(), seed))
    }

    /// Whether it goes through the leader and takes a zxid.
    pub fn is_write(&self) -> bool {
        !matches!(self, Op::GetData { .. })
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Create { path, .. } => write!(f, "create {path}"),
            Op::SetData { path, version: None, .. } => write!(f, "set {path}"),
            Op::SetData { path, version: Some(v), .. } => write!(f, "set {path} at version {v}"),
            Op::Delete { path, version: None } => write!(f, "delete {path}"),
            Op::Delete { path, version: Some(v) } => write!(f, "delete {path} at version {v}"),
            Op::GetData { path } => write!(f, "read {path}"),
        }
    }
}

/// `KeeperException.Code`, as far as the operations need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// -101: no such znode, or no parent.
    NoNode,
    /// -103: the version differs.
    BadVersion,
    /// -110: the znode exists.
    NodeExists,
    /// -111: the znode has children.
    NotEmpty,
    /// -8: the path is malformed, or names the root where that is not allowed.
    BadArguments,
    /// -4: the server does not serve, or stopped serving before it knew the outcome.
    ConnectionLoss,
}

impl ErrorCode {
    /// ZooKeeper's number for it.
    pub fn code(self) -> i32 {
        match self {
            ErrorCode::NoNode => -101,
            ErrorCode::BadVersion => -103,
            ErrorCode::NodeExists => -110,
            ErrorCode::NotEmpty => -111,
            ErrorCode::BadArguments => -8,
            ErrorCode::ConnectionLoss => -4,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The idempotent change that a request became when the leader validated it (`PrepRequestProcessor`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// A new znode.
    Create {
        /// Where.
        path: Path,
        /// Its data.
        data: Data,
        /// The parent's create counter with this child counted.
        parent_cversion: i32,
    },
    /// New data.
    SetData {
        /// Where.
        path: Path,
        /// The data.
        data: Data,
        /// The version it gets.
        version: i32,
    },
    /// A znode goes.
    Delete {
        /// Which.
        path: Path,
    },
    /// The request failed validation; it took its zxid all the same.
    Error {
        /// Why.
        code: ErrorCode,
    },
}

/// One transaction: what is proposed, logged, committed and applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Txn {
    /// Its place in the order.
    pub zxid: Zxid,
    /// Who asked for it.
    pub origin: Origin,
    /// What it does.
    pub change: Change,
    /// A digest of all of the above, the same on every machine: two transactions are one if zxid and digest agree.
    #[serde(skip)]
    pub digest: u64,
}

impl Txn {
    /// Makes a transaction and computes its digest.
    pub fn new(zxid: Zxid, origin: Origin, change: Change) -> Txn {
        let mut digest = xxh3_64_with_seed(&zxid.0.to_le_bytes(), origin.session as u64 ^ origin.cxid as u64);
        let mut add = |kind: u8, text: &str, number: i32| {
            digest =
                xxh3_64_with_seed(text.as_bytes(), digest ^ u64::from(kind) << 32 ^ u64::from(number as u32));
        };
        match &change {
            Change::Create { path, data, parent_cversion } => {
                add(1, path, *parent_cversion);
                add(2, data, 0);
            }
            Change::SetData { path, data, version } => {
                add(3, path, *version);
                add(4, data, 0);
            }
            Change::Delete { path } => add(5, path, 0),
            Change::Error { code } => add(6, "", code.code()),
        }
        Txn { zxid, origin, change, digest }
    }

    /// Bytes of its record in a log file: checksum, length, TxnHeader, the transaction, TxnDigest, end mark
    /// (protocol reference §2.1, §12.3). File sizes decide whether a sync may read the log.
    pub fn log_bytes(&self) -> u64 {
        let of_change = match &self.change {
            Change::Create { path, data, .. } => 4 + path.len() + 4 + data.len() + 31 + 1 + 4,
            Change::SetData { path, data, .. } => 4 + path.len() + 4 + data.len() + 4,
            Change::Delete { path } => 4 + path.len(),
            Change::Error { .. } => 4,
        };
        8 + 4 + 32 + of_change as u64 + 12 + 1
    }
}

/// The running digest of a history: what `history` becomes when a transaction with this digest is added to it. Equal
/// digests stand for equal histories.
pub fn extend_history(history: u64, digest: u64) -> u64 {
    (history.rotate_left(23) ^ digest).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
