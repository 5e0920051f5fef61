//! What a client is told when its request fails (`KeeperException.Code`).

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)+) => {
        /// `KeeperException.Code`, as far as the operations need it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            /// 0: nothing was wrong with this part of a multi that failed.
            Ok,
            $($(#[$doc])* $variant,)+
        }

        impl ErrorCode {
            /// The names of what a request can fail with.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($variant)),+];

            /// ZooKeeper's number for it.
            pub fn code(self) -> i32 {
                match self {
                    ErrorCode::Ok => 0,
                    $(ErrorCode::$variant => $code,)+
                }
            }

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    ErrorCode::Ok => "Ok",
                    $(ErrorCode::$variant => stringify!($variant),)+
                }
            }
        }
    };
}

codes! {
    /// -2: a part of a multi behind the one that failed.
    RuntimeInconsistency = -2,
    /// -4: the connection was lost, or the server does not serve: whether the request took effect is unknown.
    ConnectionLoss = -4,
    /// -8: the path is malformed, or names the root where that is not allowed.
    BadArguments = -8,
    /// -101: no such znode, or no parent.
    NoNode = -101,
    /// -103: the version differs.
    BadVersion = -103,
    /// -108: the parent is ephemeral.
    NoChildrenForEphemerals = -108,
    /// -110: the znode exists.
    NodeExists = -110,
    /// -111: the znode has children.
    NotEmpty = -111,
    /// -112: the session is over.
    SessionExpired = -112,
    /// -118: the session has moved to another server.
    SessionMoved = -118,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
