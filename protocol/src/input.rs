//! What can happen to a server.

use crate::ids::{ConnId, Port, Sid};
use crate::packet::Packet;
use crate::request::{Op, Origin};
use crate::storage::Writer;
use serde::Serialize;
use std::fmt;

/// One thing that happens to a [`Peer`](crate::Peer).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// Somebody connected to a port this server listens on. Who it is, the first packet says.
    Accepted {
        /// The driver's handle.
        conn: ConnId,
        /// Election or quorum.
        port: Port,
    },
    /// The attempt asked for by `Output::Connect` succeeded.
    Connected {
        /// The port dialled.
        port: Port,
        /// The server dialled.
        to: Sid,
        /// The driver's handle.
        conn: ConnId,
    },
    /// The attempt failed. (An attempt that nobody answers is given up by the machine's own timer.)
    ConnectFailed {
        /// The port dialled.
        port: Port,
        /// The server dialled.
        to: Sid,
    },
    /// The next packet of a connection.
    Received {
        /// On which.
        conn: ConnId,
        /// What.
        packet: Packet,
    },
    /// The other side closed the connection, or it broke. Nothing more comes on it; the handle stays taken until the
    /// machine closes it too.
    Closed {
        /// Which.
        conn: ConnId,
    },
    /// An armed timer fired; it is disarmed now.
    Timer(Timer),
    /// The change this writer had under way is done, and durable if it is of a kind that is.
    DiskDone(Writer),
    /// The change failed: disk full, I/O error.
    DiskFailed(Writer),
    /// Let a task do its next step. Harmless if it has none.
    Run(Task),
    /// To a client: its user asks for something.
    Ask {
        /// What.
        op: Op,
    },
    /// A client without a connection asks for something: its session is known to this server alone
    /// ([`SessionId::is_local`](crate::SessionId::is_local)), takes no zxid, and is answered by `Output::Answer`.
    Client {
        /// Its session and request number.
        origin: Origin,
        /// The operation.
        op: Op,
    },
}

/// The parts of a server that make progress on their own: each is a queue, and whoever drives the machine says
/// when the next entry is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The main thread (`QuorumPeer.run`): the election loop, entering and leaving roles, the learner's packet loop,
    /// the leader's course from discovery to broadcast.
    Main,
    /// The log writer (`SyncRequestProcessor`).
    Log,
    /// The commit applier (`CommitProcessor`).
    Commit,
    /// A leader's handler of one learner (`LearnerHandler`).
    Handler(ConnId),
}

impl Task {
    /// The same where connections have other handles.
    pub fn on(self, handle: impl Fn(&ConnId) -> ConnId) -> Task {
        match self {
            Task::Handler(conn) => Task::Handler(handle(&conn)),
            other => other,
        }
    }
}

impl Timer {
    /// The same where connections have other handles.
    pub fn on(self, handle: impl Fn(&ConnId) -> ConnId) -> Timer {
        match self {
            Timer::Handshake(conn) => Timer::Handshake(handle(&conn)),
            Timer::HandlerRead(conn) => Timer::HandlerRead(handle(&conn)),
            Timer::HandlerWait(conn) => Timer::HandlerWait(handle(&conn)),
            Timer::Proposal(conn, slot) => Timer::Proposal(handle(&conn), slot),
            other => other,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Task::Main => "packet-loop",
            Task::Log => "log-writer",
            Task::Commit => "commit-applier",
            Task::Handler(_) => "handlers",
        })
    }
}

/// What the step that a task wants to do costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// An ordinary step: one packet, one notification, one transaction.
    Step,
    /// Enter a role: build the server object, bind the quorum port.
    EnterRole,
    /// Leave a role: stop the processors. An observer waits a little more (`observer.election.DelayMs`).
    LeaveRole,
    /// A client tries the next server (`ClientCnxn.startConnect`, `HostProvider.next`).
    Reconnect {
        /// After up to a second: it has reached a server before.
        again: bool,
        /// After one second more: it has tried them all.
        all_tried: bool,
    },
}

/// The timers of a server. Each is armed at most once; arming it again moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// LOOKING and nothing heard: send again or connect again.
    Notification,
    /// A quorum agreed: listen a little longer for a better vote.
    FinalizeWait,
    /// Give up an election connection that nobody answers.
    ElectionConnect(Sid),
    /// An accepted election connection has not said who it is.
    Handshake(ConnId),
    /// The learner tries to reach the leader again.
    ConnectRetry,
    /// The learner has used up its time for reaching the leader.
    ConnectBudget,
    /// The learner has heard nothing from the leader.
    LearnerRead,
    /// The leader's main thread waits for a quorum (of FOLLOWERINFO, ACKEPOCH, or NEWLEADER's ACK).
    LeaderWait,
    /// The leader pings and counts; every second one is a tick.
    HalfTick,
    /// The leader looks which sessions have expired.
    SessionTick,
    /// The leader's patience with voters who changed their mind is over (ZOOKEEPER-3109).
    Disloyal,
    /// The leader has heard nothing from this learner.
    HandlerRead(ConnId),
    /// This handler waits for a quorum, as the main thread does.
    HandlerWait(ConnId),
    /// A client has heard nothing from its server, or waits for a connection.
    ClientRead,
    /// A client has sent nothing for a while.
    ClientPing,
    /// A proposal to this learner is unacknowledged (`SyncLimitCheck`): two slots, the oldest and the newest.
    Proposal(ConnId, bool),
    /// The last try to open the election port has failed.
    Bind,
}
