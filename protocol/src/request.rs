//! What clients ask for (protocol reference §8) and what they are answered.

use crate::error::ErrorCode;
use crate::ids::Millis;
use crate::session::SessionId;
use crate::tree::Stat;
use crate::txn::{Data, Path};
use crate::watch::WatchSet;
use crate::zxid::Zxid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Who asked: the session and the client's own number for the request (`TxnHeader.clientId`, `cxid`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The session.
    pub session: SessionId,
    /// The client's running number for the request.
    pub cxid: i32,
}

/// How long a znode lives and who names it (`CreateMode`; without containers and TTL).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CreateMode {
    /// It goes with the session that made it.
    pub ephemeral: bool,
    /// The parent's create counter is put behind its name.
    pub sequential: bool,
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
        /// Of which kind.
        mode: CreateMode,
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
    /// Fail unless a znode is there and has a version. It changes nothing and takes a zxid.
    Check {
        /// Which.
        path: Path,
        /// The version it must have, or any.
        version: Option<i32>,
    },
    /// Several creates, sets, deletes and checks as one transaction, all or none of them.
    Multi(Arc<[Op]>),
    /// Read a znode's data where the client is connected.
    GetData {
        /// Which.
        path: Path,
        /// Tell when it changes or goes.
        watch: bool,
    },
    /// Read whether a znode is there.
    Exists {
        /// Which.
        path: Path,
        /// Tell when it comes, changes or goes.
        watch: bool,
    },
    /// Read the names of a znode's children.
    GetChildren {
        /// Whose.
        path: Path,
        /// Tell when a child comes or goes, or the znode itself goes.
        watch: bool,
    },
    /// Let the server catch up with what the leader has committed by now (protocol reference §7.4).
    Sync {
        /// Named and not used.
        path: Path,
    },
    /// A heartbeat of the session.
    Ping,
    /// After a reconnect: the watches that the client still waits for.
    SetWatches(Arc<WatchSet>),
    /// A server asks for a session in the name of a client that has just connected.
    CreateSession {
        /// The negotiated time-out.
        timeout: Millis,
    },
    /// The session ends: asked by the client, or by the leader when it expired.
    CloseSession,
}

impl Op {
    /// A read without a watch.
    pub fn get(path: impl Into<Path>) -> Op {
        Op::GetData { path: path.into(), watch: false }
    }

    /// A digest of the request, the same on every machine.
    pub fn digest(&self) -> u64 {
        let (kind, path, data, number): (u64, &str, &str, u64) = match self {
            Op::Create { path, data, mode } => {
                (1, path, data, u64::from(mode.ephemeral) << 1 | u64::from(mode.sequential))
            }
            Op::SetData { path, data, version } => (2, path, data, version_word(*version)),
            Op::Delete { path, version } => (3, path, "", version_word(*version)),
            Op::GetData { path, watch } => (4, path, "", u64::from(*watch)),
            Op::Check { path, version } => (5, path, "", version_word(*version)),
            Op::Multi(parts) => {
                let words: Vec<u8> = parts.iter().flat_map(|part| part.digest().to_le_bytes()).collect();
                return xxh3_64_with_seed(&words, 6);
            }
            Op::Exists { path, watch } => (7, path, "", u64::from(*watch)),
            Op::GetChildren { path, watch } => (8, path, "", u64::from(*watch)),
            Op::Sync { path } => (9, path, "", 0),
            Op::Ping => (10, "", "", 0),
            Op::SetWatches(set) => (11, "", "", set.digest()),
            Op::CreateSession { timeout } => (12, "", "", timeout.0),
            Op::CloseSession => (13, "", "", 0),
        };
        let seed = kind << 40 ^ number;
        xxh3_64_with_seed(data.as_bytes(), xxh3_64_with_seed(path.as_bytes(), seed))
    }

    /// Whether it goes through the leader and takes a zxid.
    pub fn is_write(&self) -> bool {
        match self {
            Op::Create { .. }
            | Op::SetData { .. }
            | Op::Delete { .. }
            | Op::Check { .. }
            | Op::Multi(_)
            | Op::CreateSession { .. }
            | Op::CloseSession => true,
            Op::GetData { .. }
            | Op::Exists { .. }
            | Op::GetChildren { .. }
            | Op::Sync { .. }
            | Op::Ping
            | Op::SetWatches(_) => false,
        }
    }

    /// Whether a client asks for it of its own accord: no heartbeat, no housekeeping of the session.
    pub fn is_asked(&self) -> bool {
        !matches!(self, Op::Ping | Op::SetWatches(_) | Op::CreateSession { .. })
    }
}

fn version_word(version: Option<i32>) -> u64 {
    version.map_or(0, |version| 1 << 32 | u64::from(version as u32))
}

/// ` at version 3`, or nothing.
struct AtVersion(Option<i32>);

impl fmt::Display for AtVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|version| write!(f, " at version {version}"))
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Create { path, mode, .. } => {
                write!(f, "create {path}")?;
                f.write_str(if mode.ephemeral { ", ephemeral" } else { "" })?;
                f.write_str(if mode.sequential { ", sequential" } else { "" })
            }
            Op::SetData { path, version, .. } => write!(f, "set {path}{}", AtVersion(*version)),
            Op::Delete { path, version } => write!(f, "delete {path}{}", AtVersion(*version)),
            Op::Check { path, version } => write!(f, "check {path}{}", AtVersion(*version)),
            Op::Multi(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    write!(f, "{}{part}", if at == 0 { "multi " } else { " and " })?;
                }
                Ok(())
            }
            Op::GetData { path, watch } => write!(f, "get {path}{}", watching(*watch)),
            Op::Exists { path, watch } => write!(f, "exists {path}{}", watching(*watch)),
            Op::GetChildren { path, watch } => write!(f, "children of {path}{}", watching(*watch)),
            Op::Sync { path } => write!(f, "sync {path}"),
            Op::Ping => f.write_str("ping"),
            Op::SetWatches(_) => f.write_str("set watches"),
            Op::CreateSession { timeout } => write!(f, "create session, time-out {timeout}"),
            Op::CloseSession => f.write_str("close session"),
        }
    }
}

fn watching(watch: bool) -> &'static str {
    if watch { ", and watch" } else { "" }
}

/// A server's word to its client.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Answer {
    /// Whose request.
    pub origin: Origin,
    /// The server's lastProcessedZxid as the answer goes out: for a write its own zxid.
    pub zxid: Zxid,
    /// What came of it.
    pub result: Result<Reply, ErrorCode>,
}

/// What a successful request returns.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply {
    /// It was done: a delete, a check, a sync, a heartbeat, the end of a session.
    Done,
    /// A znode was made.
    Created {
        /// Its name; of a sequential one with its number.
        path: Path,
        /// Its stat.
        stat: Stat,
    },
    /// The stat of a znode: data was set, or it exists.
    Stat(Stat),
    /// A read's data and stat.
    Node {
        /// The data.
        data: Data,
        /// The stat.
        stat: Stat,
    },
    /// A znode's children.
    Children {
        /// Their names, sorted.
        names: Arc<[Data]>,
        /// The parent's stat.
        stat: Stat,
    },
    /// What came of each part of a multi. One that failed did nothing, and has an error in every part.
    Multi(Arc<[Result<Reply, ErrorCode>]>),
}

impl Answer {
    /// In one number, the same on every machine.
    pub fn digest(&self) -> u64 {
        let words = [self.zxid.0 as u64, self.origin.session.0 as u64, self.origin.cxid as u64];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        xxh3_64_with_seed(&bytes, result_digest(&self.result))
    }
}

pub(crate) fn result_digest(result: &Result<Reply, ErrorCode>) -> u64 {
    match result {
        Err(code) => code.code() as u64,
        Ok(Reply::Done) => 1,
        Ok(Reply::Created { path, stat }) => xxh3_64_with_seed(path.as_bytes(), stat.digest()),
        Ok(Reply::Stat(stat)) => stat.digest(),
        Ok(Reply::Node { data, stat }) => xxh3_64_with_seed(data.as_bytes(), stat.digest() ^ 2),
        Ok(Reply::Children { names, stat }) => {
            names.iter().fold(stat.digest() ^ 3, |sum, name| xxh3_64_with_seed(name.as_bytes(), sum))
        }
        Ok(Reply::Multi(parts)) => {
            let words: Vec<u8> = parts.iter().flat_map(|part| result_digest(part).to_le_bytes()).collect();
            xxh3_64(&words)
        }
    }
}
