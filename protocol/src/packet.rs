//! What servers send each other (protocol reference §12): election messages and quorum packets, by meaning
//! rather than by bytes.

use crate::ids::{Millis, Round, ServerState, Sid};
use crate::request::{Answer, Op, Origin};
use crate::session::SessionId;
use crate::storage::Snapshot;
use crate::txn::{Path, Txn};
use crate::vote::Vote;
use crate::watch::WatchEvent;
use crate::zxid::{Epoch, Zxid};
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// An election message (`FastLeaderElection.Notification`); the sender is the connection's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// What the sender is doing.
    pub state: ServerState,
    /// The vote it proposes, or has settled on.
    #[serde(flatten)]
    pub vote: Vote,
    /// The round the vote belongs to.
    pub round: Round,
}

impl Notification {
    /// The message format of every release since 3.5.
    pub const VERSION: u32 = 2;
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in round {}", self.state, self.vote, self.round)
    }
}

/// Everything that travels on a connection. Codes are those of `QuorumPacket.type`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
pub enum Packet {
    /// Election port: the initiator says who it is.
    Hello {
        /// The initiator.
        sid: Sid,
    },
    /// Election port: a vote.
    Notification(Notification),
    /// 11, or 16 (OBSERVERINFO) from an observer: zxid = (acceptedEpoch, 0).
    FollowerInfo {
        /// The learner.
        sid: Sid,
        /// Its acceptedEpoch.
        #[serde(rename = "acceptedEpoch")]
        accepted_epoch: Epoch,
        /// Whether it comes as an observer.
        observer: bool,
    },
    /// 17: the epoch the leader chose.
    LeaderInfo {
        /// zxid = (epoch, 0).
        zxid: Zxid,
    },
    /// 18: the learner's last logged zxid and its currentEpoch, or `None` (-1 on the wire) if it had accepted this
    /// epoch before.
    AckEpoch {
        /// Last logged zxid, as read before FOLLOWERINFO went out.
        zxid: Zxid,
        /// currentEpoch.
        #[serde(rename = "currentEpoch")]
        current_epoch: Option<Epoch>,
    },
    /// 13: the learner's log is a prefix; what is missing follows.
    Diff {
        /// The leader's last committed zxid, or the learner's own if it is in sync.
        zxid: Zxid,
    },
    /// 14: cut the log after this zxid.
    Trunc {
        /// The last zxid to keep.
        zxid: Zxid,
    },
    /// 15: the whole state.
    Snap {
        /// The state and its zxid.
        snapshot: Arc<Snapshot>,
    },
    /// 2: a transaction to log and acknowledge.
    Proposal(Arc<Txn>),
    /// 4: the transaction is committed.
    Commit {
        /// Which.
        zxid: Zxid,
    },
    /// 3: logged and durable; or, with counter 0, NEWLEADER accepted.
    Ack {
        /// Which.
        zxid: Zxid,
    },
    /// 10: the synchronization stream ends here.
    NewLeader {
        /// (epoch, 0).
        zxid: Zxid,
    },
    /// 12: serve.
    UpToDate,
    /// 5: heartbeat.
    Ping {
        /// The leader's last proposed zxid, echoed in the reply.
        zxid: Zxid,
        /// In the reply: the sessions heard of since the last one, with their time-outs.
        touched: Vec<(SessionId, Millis)>,
    },
    /// 8: a committed transaction, for observers.
    Inform(Arc<Txn>),
    /// 1: a learner forwards its client's write, or its sync.
    Request {
        /// Who asks.
        origin: Origin,
        /// For what.
        op: Op,
    },
    /// 6: a client has moved to this learner's server; is its session alive?
    Revalidate {
        /// The session.
        session: SessionId,
        /// Its time-out.
        timeout: Millis,
    },
    /// 6, the leader's answer.
    Revalidated {
        /// The session.
        session: SessionId,
        /// Whether it is alive.
        valid: bool,
    },
    /// 7: the learner has been sent everything that was committed when its client's sync reached the leader.
    Sync,
    /// Client port: a client wants a session, or to go on with the one it has.
    ConnectRequest {
        /// The session, or [`SessionId::NONE`].
        session: SessionId,
        /// The time-out it would like.
        timeout: Millis,
        /// The newest zxid it has been shown (`lastZxidSeen`).
        last_zxid_seen: Zxid,
    },
    /// Client port: the session, or that it is over.
    ConnectResponse {
        /// The session.
        session: SessionId,
        /// The negotiated time-out; 0 if the session is over.
        timeout: Millis,
    },
    /// Client port: a request.
    ClientRequest {
        /// The client's number for it (`xid`).
        cxid: i32,
        /// For what.
        op: Op,
    },
    /// Client port: the answer to a request.
    Reply(Arc<Answer>),
    /// Client port: something that the client waits for has happened.
    WatchEvent {
        /// What.
        event: WatchEvent,
        /// Where.
        path: Path,
    },
}

impl Packet {
    /// ZooKeeper's name for it.
    pub fn name(&self) -> &'static str {
        match self {
            Packet::Hello { .. } => "HELLO",
            Packet::Notification(_) => "NOTIFICATION",
            Packet::FollowerInfo { observer: false, .. } => "FOLLOWERINFO",
            Packet::FollowerInfo { observer: true, .. } => "OBSERVERINFO",
            Packet::LeaderInfo { .. } => "LEADERINFO",
            Packet::AckEpoch { .. } => "ACKEPOCH",
            Packet::Diff { .. } => "DIFF",
            Packet::Trunc { .. } => "TRUNC",
            Packet::Snap { .. } => "SNAP",
            Packet::Proposal(_) => "PROPOSAL",
            Packet::Commit { .. } => "COMMIT",
            Packet::Ack { .. } => "ACK",
            Packet::NewLeader { .. } => "NEWLEADER",
            Packet::UpToDate => "UPTODATE",
            Packet::Ping { .. } => "PING",
            Packet::Inform(_) => "INFORM",
            Packet::Request { .. } => "REQUEST",
            Packet::Revalidate { .. } | Packet::Revalidated { .. } => "REVALIDATE",
            Packet::Sync => "SYNC",
            Packet::ConnectRequest { .. } => "CONNECTREQUEST",
            Packet::ConnectResponse { .. } => "CONNECTRESPONSE",
            Packet::ClientRequest { op: Op::Ping, .. } => "CLIENTPING",
            Packet::ClientRequest { op: Op::SetWatches(_), .. } => "SETWATCHES",
            Packet::ClientRequest { .. } => "CLIENTREQUEST",
            Packet::Reply(_) => "REPLY",
            Packet::WatchEvent { .. } => "WATCHEVENT",
        }
    }

    /// The packet in numbers, for a running digest: a code and up to five words, equal for equal packets on every
    /// machine.
    pub fn words(&self) -> [u64; 6] {
        let notification = |n: &Notification| {
            let v = n.vote;
            [
                33 + ((n.state as u64) << 8),
                v.leader.0 as u64,
                v.zxid.0 as u64,
                v.peer_epoch.0 as u64,
                n.round.0,
                0,
            ]
        };
        let one = |code: u64, zxid: Zxid| [code, zxid.0 as u64, 0, 0, 0, 0];
        match self {
            Packet::Hello { sid } => [32, sid.0 as u64, 0, 0, 0, 0],
            Packet::Notification(n) => notification(n),
            Packet::FollowerInfo { sid, accepted_epoch, observer } => {
                [if *observer { 16 } else { 11 }, sid.0 as u64, accepted_epoch.0 as u64, 0, 0, 0]
            }
            Packet::LeaderInfo { zxid } => one(17, *zxid),
            Packet::AckEpoch { zxid, current_epoch } => {
                [18, zxid.0 as u64, current_epoch.map_or(u64::MAX, |epoch| epoch.0 as u64), 0, 0, 0]
            }
            Packet::Diff { zxid } => one(13, *zxid),
            Packet::Trunc { zxid } => one(14, *zxid),
            Packet::Snap { snapshot } => [15, snapshot.zxid.0 as u64, snapshot.history, 0, 0, 0],
            Packet::Proposal(txn) => [2, txn.zxid.0 as u64, txn.digest, 0, 0, 0],
            Packet::Commit { zxid } => one(4, *zxid),
            Packet::Ack { zxid } => one(3, *zxid),
            Packet::NewLeader { zxid } => one(10, *zxid),
            Packet::UpToDate => one(12, Zxid(-1)),
            Packet::Ping { zxid, touched } => {
                let touched = touched.iter().fold(0u64, |sum, (session, timeout)| {
                    (sum.rotate_left(21) ^ session.0 as u64).wrapping_add(timeout.0)
                });
                [5, zxid.0 as u64, touched, 0, 0, 0]
            }
            Packet::Inform(txn) => [8, txn.zxid.0 as u64, txn.digest, 0, 0, 0],
            Packet::Request { origin, .. } => [1, origin.session.0 as u64, origin.cxid as u64, 0, 0, 0],
            Packet::Revalidate { session, timeout } => [6, session.0 as u64, timeout.0, 0, 0, 0],
            Packet::Revalidated { session, valid } => [6, session.0 as u64, u64::from(*valid), 1, 0, 0],
            Packet::Sync => one(7, Zxid::ZERO),
            Packet::ConnectRequest { session, timeout, last_zxid_seen } => {
                [34, session.0 as u64, timeout.0, last_zxid_seen.0 as u64, 0, 0]
            }
            Packet::ConnectResponse { session, timeout } => [35, session.0 as u64, timeout.0, 0, 0, 0],
            Packet::ClientRequest { cxid, op } => [36, *cxid as u64, op.digest(), 0, 0, 0],
            Packet::Reply(answer) => [37, answer.digest(), 0, 0, 0, 0],
            Packet::WatchEvent { event, path } => [38, *event as u64, xxh3_64(path.as_bytes()), 0, 0, 0],
        }
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Packet::Hello { sid } => write!(f, " from {sid}"),
            Packet::Notification(n) => write!(f, " {n}"),
            Packet::FollowerInfo { accepted_epoch, .. } => write!(f, " acceptedEpoch {accepted_epoch}"),
            Packet::AckEpoch { zxid, current_epoch: Some(epoch) } => {
                write!(f, " zxid {zxid}, currentEpoch {epoch}")
            }
            Packet::AckEpoch { zxid, current_epoch: None } => {
                write!(f, " zxid {zxid}, epoch accepted before")
            }
            Packet::Snap { snapshot } => write!(f, " {}", snapshot.zxid),
            Packet::Proposal(txn) | Packet::Inform(txn) => write!(f, " {}", txn.zxid),
            Packet::LeaderInfo { zxid }
            | Packet::Diff { zxid }
            | Packet::Trunc { zxid }
            | Packet::Commit { zxid }
            | Packet::Ack { zxid }
            | Packet::NewLeader { zxid }
            | Packet::Ping { zxid, .. } => write!(f, " {zxid}"),
            Packet::Request { op, .. } | Packet::ClientRequest { op, .. } => write!(f, " {op}"),
            Packet::Revalidate { session, .. } => write!(f, " session {session}"),
            Packet::Revalidated { session, valid } => {
                write!(f, " session {session}: {}", if *valid { "alive" } else { "over" })
            }
            Packet::ConnectRequest { session: SessionId::NONE, .. } => f.write_str(" for a new session"),
            Packet::ConnectRequest { session, .. } => write!(f, " session {session}"),
            Packet::ConnectResponse { session, timeout: Millis(0) } => write!(f, " session {session}: over"),
            Packet::ConnectResponse { session, timeout } => {
                write!(f, " session {session}, time-out {timeout}")
            }
            Packet::Reply(answer) => match &answer.result {
                Ok(_) => write!(f, " {}", answer.zxid),
                Err(code) => write!(f, " {}: {code}", answer.zxid),
            },
            Packet::WatchEvent { event, path } => write!(f, " {event} {path}"),
            Packet::UpToDate | Packet::Sync => Ok(()),
        }
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.zxid.serialize(serializer)
    }
}
