//! What a server wants done.

use crate::client::ClientEvent;
use crate::decision::Decision;
use crate::ids::{ConnId, Millis, Port, Sid};
use crate::input::{Task, Timer, Work};
use crate::packet::Packet;
use crate::request::Answer;
use crate::storage::DiskOp;
use crate::storage::Writer;
use crate::zxid::Zxid;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// One effect of a step, in the order in which they are to be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// Put a packet on a connection.
    Send {
        /// Which.
        conn: ConnId,
        /// What.
        packet: Packet,
    },
    /// Try to connect. At most one attempt a (port, server) is under way.
    Connect {
        /// Where to.
        port: Port,
        /// Whom.
        to: Sid,
    },
    /// Give up that attempt; neither outcome may be reported any more.
    Abandon {
        /// Where to.
        port: Port,
        /// Whom.
        to: Sid,
    },
    /// Close a connection, be it one that the other side has closed. The handle is free after this; what was sent
    /// before still arrives.
    Close {
        /// Which.
        conn: ConnId,
    },
    /// Start or stop to accept connections on a port.
    Listen {
        /// Which.
        port: Port,
        /// Start or stop.
        open: bool,
    },
    /// Arm a timer, or move it.
    SetTimer {
        /// Which.
        timer: Timer,
        /// How long from now, by this server's own clock.
        after: Millis,
    },
    /// Disarm a timer.
    CancelTimer(Timer),
    /// Change the disk.
    Disk {
        /// Which thread waits for it.
        writer: Writer,
        /// What.
        op: DiskOp,
    },
    /// A task has something to do: it is owed an `Input::Run`.
    Wake {
        /// Which.
        task: Task,
        /// What its next step costs.
        work: Work,
    },
    /// Tell a client that has no connection: one of `Input::Client`.
    Answer(Arc<Answer>),
    /// Something that whoever uses a client is to know.
    Client(ClientEvent),
    /// A choice, with its reason.
    Decided(Decision),
    /// The process ends.
    Exit(Exit),
}

/// Why a server process ended by itself (protocol reference §13, exit codes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "exit", rename_all = "camelCase")]
pub enum Exit {
    /// 1: `The accepted epoch, <a> is less than the current epoch, <c>`.
    EpochsContradict {
        /// acceptedEpoch on disk.
        accepted: crate::Epoch,
        /// currentEpoch on disk.
        current: crate::Epoch,
    },
    /// 1: `The current epoch, <c>, is older than the last zxid, <z>`.
    EpochBehindData {
        /// currentEpoch on disk.
        current: crate::Epoch,
        /// The last zxid that snapshot and log hold.
        zxid: Zxid,
    },
    /// 1: `No snapshot found, but there are log entries`.
    NoSnapshot,
    /// 1: `My id <n> not in the peer list`.
    NotInPeerList {
        /// Its sid.
        sid: Sid,
    },
    /// 14: `As I'm leaving the listener thread, I won't be able to participate in leader election any longer`.
    CannotListen {
        /// Its sid, whose address is another machine's.
        sid: Sid,
    },
    /// 12: a COMMIT does not match the next pending proposal.
    UnmatchedCommit {
        /// The COMMIT.
        zxid: Zxid,
        /// The proposal at the head.
        next: Zxid,
    },
    /// 13: the first packet of a synchronization was none of DIFF, TRUNC, SNAP.
    BadSyncPacket {
        /// Its name.
        packet: &'static str,
    },
    /// 13: the log cannot be truncated.
    CannotTruncate {
        /// The zxid to keep.
        zxid: Zxid,
    },
    /// 1: a write to disk failed where there is no role to leave: at boot, or standalone.
    DiskFailed {
        /// Whose.
        writer: Writer,
    },
    /// 10: a snapshot could not be written.
    SnapshotFailed,
    /// 13: the log could not be cut.
    TruncationFailed,
}

impl Exit {
    /// The process's exit code.
    pub fn code(&self) -> i32 {
        match self {
            Exit::EpochsContradict { .. } | Exit::EpochBehindData { .. } | Exit::NoSnapshot => 1,
            Exit::NotInPeerList { .. } | Exit::DiskFailed { .. } => 1,
            Exit::CannotListen { .. } => 14,
            Exit::UnmatchedCommit { .. } => 12,
            Exit::SnapshotFailed => 10,
            Exit::BadSyncPacket { .. } | Exit::CannotTruncate { .. } | Exit::TruncationFailed => 13,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::EpochsContradict { accepted, current } => {
                write!(f, "the accepted epoch {accepted} is less than the current epoch {current}")
            }
            Exit::EpochBehindData { current, zxid } => {
                write!(f, "the current epoch {current} is older than the last zxid {zxid}")
            }
            Exit::NoSnapshot => f.write_str("no snapshot found, but there are log entries"),
            Exit::NotInPeerList { sid } => write!(f, "my id {sid} is not in the peer list"),
            Exit::CannotListen { sid } => {
                write!(f, "cannot listen at the address of server {sid}, which is another machine's")
            }
            Exit::UnmatchedCommit { zxid, next } => {
                write!(f, "COMMIT {zxid} does not match the pending {next}")
            }
            Exit::BadSyncPacket { packet } => write!(f, "got {packet} where DIFF, TRUNC or SNAP was due"),
            Exit::CannotTruncate { zxid } => write!(f, "not able to truncate the log to {zxid}"),
            Exit::DiskFailed { .. } => f.write_str("a write to disk failed"),
            Exit::SnapshotFailed => f.write_str("a snapshot could not be written"),
            Exit::TruncationFailed => f.write_str("the log could not be cut"),
        }
    }
}
