//! The transactions that requests become (protocol reference §8, §12.3).

use crate::error::ErrorCode;
use crate::ids::Millis;
use crate::request::Origin;
use crate::session::SessionId;
use crate::zxid::Zxid;
use serde::Serialize;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The data of a znode.
pub type Data = Arc<str>;
/// An absolute path such as `/app/lock`.
pub type Path = Arc<str>;

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
        /// The session it goes with, if it is ephemeral; else [`SessionId::NONE`].
        owner: SessionId,
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
    /// A check that held; it changes nothing.
    Check,
    /// A session comes to be.
    CreateSession {
        /// Its negotiated time-out.
        timeout: Millis,
    },
    /// The session that asked is over, and its ephemeral znodes go with it.
    CloseSession {
        /// Which they are.
        paths: Arc<[Path]>,
    },
    /// All parts of a multi.
    Multi(Arc<[Change]>),
    /// A part of a multi failed: nothing changes. What each part is told.
    MultiFailed(Arc<[ErrorCode]>),
    /// The request failed validation; it took its zxid all the same.
    Error {
        /// Why.
        code: ErrorCode,
    },
}

impl Change {
    fn add_to(&self, sum: u64) -> u64 {
        let add = |sum: u64, kind: u8, text: &str, number: i64| {
            xxh3_64_with_seed(text.as_bytes(), sum ^ u64::from(kind) << 56 ^ number as u64)
        };
        match self {
            Change::Create { path, data, parent_cversion, owner } => {
                let sum = add(sum, 1, path, i64::from(*parent_cversion));
                add(sum, 2, data, owner.0)
            }
            Change::SetData { path, data, version } => {
                let sum = add(sum, 3, path, i64::from(*version));
                add(sum, 4, data, 0)
            }
            Change::Delete { path } => add(sum, 5, path, 0),
            Change::Error { code } => add(sum, 6, "", i64::from(code.code())),
            Change::Check => add(sum, 7, "", 0),
            Change::CreateSession { timeout } => add(sum, 8, "", timeout.0 as i64),
            Change::CloseSession { paths } => {
                paths.iter().fold(add(sum, 9, "", 0), |sum, path| add(sum, 10, path, 0))
            }
            Change::Multi(parts) => {
                parts.iter().fold(add(sum, 11, "", parts.len() as i64), |sum, part| part.add_to(sum))
            }
            Change::MultiFailed(codes) => {
                codes.iter().fold(add(sum, 12, "", 0), |sum, code| add(sum, 13, "", i64::from(code.code())))
            }
        }
    }

    /// Bytes of the record that ZooKeeper writes for it.
    fn bytes(&self) -> usize {
        match self {
            Change::Create { path, data, .. } => 4 + path.len() + 4 + data.len() + 31 + 1 + 4,
            Change::SetData { path, data, .. } => 4 + path.len() + 4 + data.len() + 4,
            Change::Delete { path } => 4 + path.len(),
            Change::Check | Change::CreateSession { .. } | Change::Error { .. } => 4,
            Change::CloseSession { paths } => 4 + paths.iter().map(|path| 4 + path.len()).sum::<usize>(),
            Change::Multi(parts) => 4 + parts.iter().map(|part| 4 + 4 + part.bytes()).sum::<usize>(),
            Change::MultiFailed(codes) => 4 + codes.len() * (4 + 4 + 4),
        }
    }
}

/// One transaction: what is proposed, logged, committed and applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Txn {
    /// Its place in the order.
    pub zxid: Zxid,
    /// Who asked for it.
    pub origin: Origin,
    /// The leader's clock when it was proposed: ctime and mtime of what it touches.
    pub time: Millis,
    /// What it does.
    pub change: Change,
    /// A digest of all of the above, the same on every machine: two transactions are one if zxid and digest agree.
    #[serde(skip)]
    pub digest: u64,
}

impl Txn {
    /// Makes a transaction and computes its digest.
    pub fn new(zxid: Zxid, origin: Origin, time: Millis, change: Change) -> Txn {
        let head = [zxid.0 as u64, time.0].map(u64::to_le_bytes);
        let digest =
            xxh3_64_with_seed(head.as_flattened(), origin.session.0 as u64 ^ (origin.cxid as u64) << 32);
        let digest = change.add_to(digest);
        Txn { zxid, origin, time, change, digest }
    }

    /// Bytes of its record in a log file: checksum, length, TxnHeader, the transaction, TxnDigest, end mark
    /// (protocol reference §2.1, §12.3). File sizes decide whether a sync may read the log.
    pub fn log_bytes(&self) -> u64 {
        8 + 4 + 32 + self.change.bytes() as u64 + 12 + 1
    }
}

/// The running digest of a history: what `history` becomes when a transaction with this digest is added to it. Equal
/// digests stand for equal histories.
pub fn extend_history(history: u64, digest: u64) -> u64 {
    (history.rotate_left(23) ^ digest).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
