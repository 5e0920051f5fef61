//! What a client is told when its request fails (`KeeperException.Code`).

use serde::{Deserialize, Serialize};
use std::fmt;

/// `KeeperException.Code`, as far as the operations need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// 0: nothing was wrong with this part of a multi that failed.
    Ok,
    /// -2: a part of a multi behind the one that failed.
    RuntimeInconsistency,
    /// -4: the connection was lost, or the server does not serve: whether the request took effect is unknown.
    ConnectionLoss,
    /// -8: the path is malformed, or names the root where that is not allowed.
    BadArguments,
    /// -101: no such znode, or no parent.
    NoNode,
    /// -103: the version differs.
    BadVersion,
    /// -108: the parent is ephemeral.
    NoChildrenForEphemerals,
    /// -110: the znode exists.
    NodeExists,
    /// -111: the znode has children.
    NotEmpty,
    /// -112: the session is over.
    SessionExpired,
    /// -118: the session has moved to another server.
    SessionMoved,
}

impl ErrorCode {
    /// Every code, in the order of declaration.
    pub const ALL: &'static [ErrorCode] = &[
        ErrorCode::Ok,
        ErrorCode::RuntimeInconsistency,
        ErrorCode::ConnectionLoss,
        ErrorCode::BadArguments,
        ErrorCode::NoNode,
        ErrorCode::BadVersion,
        ErrorCode::NoChildrenForEphemerals,
        ErrorCode::NodeExists,
        ErrorCode::NotEmpty,
        ErrorCode::SessionExpired,
        ErrorCode::SessionMoved,
    ];

    /// ZooKeeper's number for it.
    pub fn code(self) -> i32 {
        match self {
            ErrorCode::Ok => 0,
            ErrorCode::RuntimeInconsistency => -2,
            ErrorCode::ConnectionLoss => -4,
            ErrorCode::BadArguments => -8,
            ErrorCode::NoNode => -101,
            ErrorCode::BadVersion => -103,
            ErrorCode::NoChildrenForEphemerals => -108,
            ErrorCode::NodeExists => -110,
            ErrorCode::NotEmpty => -111,
            ErrorCode::SessionExpired => -112,
            ErrorCode::SessionMoved => -118,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
