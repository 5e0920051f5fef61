//! What an action brought about.

use super::{Ended, NodeId};
use std::sync::Arc;
use zablab_protocol::{
    Answer, ClientEvent, ConnId, Decision, DiskOp, Millis, Packet, Port, Task, Work, Writer, Zxid,
};

/// What an action brought about, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A process began to start.
    Started(NodeId),
    /// A process runs.
    Up(NodeId),
    /// A process ended.
    Down(NodeId, Ended),
    /// Something is on its way.
    Sent {
        /// On which connection.
        conn: ConnId,
        /// From whom.
        from: NodeId,
        /// To whom.
        to: NodeId,
        /// Its place in the stream, counted from what arrives next.
        index: usize,
        /// What, if it is a packet and the ensemble records.
        packet: Option<Packet>,
        /// The packet in one number.
        digest: u64,
    },
    /// A connection came to be; both ends will be told.
    Opened {
        /// Its handle.
        conn: ConnId,
        /// Who dialled.
        from: NodeId,
        /// Which port.
        port: Port,
        /// Whom.
        to: NodeId,
    },
    /// A handle is free again.
    Freed {
        /// Which.
        conn: ConnId,
    },
    /// A server dials another.
    Dialled {
        /// Who.
        from: NodeId,
        /// Which port.
        port: Port,
        /// Whom.
        to: NodeId,
    },
    /// The attempt got no answer and goes on.
    Unanswered {
        /// Who.
        from: NodeId,
        /// Which port.
        port: Port,
        /// Whom.
        to: NodeId,
    },
    /// A timer was armed or moved.
    TimerSet {
        /// Whose.
        node: NodeId,
        /// Its place in the server's table.
        slot: usize,
        /// How long, by the server's own clock.
        after: Millis,
    },
    /// A timer was disarmed.
    TimerCancelled {
        /// Whose.
        node: NodeId,
        /// Its place.
        slot: usize,
    },
    /// A write to disk is under way.
    DiskBegan {
        /// Whose.
        node: NodeId,
        /// Which thread waits.
        writer: Writer,
    },
    /// A write to disk is done.
    DiskWrote {
        /// Whose.
        node: NodeId,
        /// What.
        op: DiskOp,
    },
    /// A write to disk failed.
    DiskFailed {
        /// Whose.
        node: NodeId,
        /// What.
        op: DiskOp,
    },
    /// A disk was lost, and replaced by an empty one.
    DiskLost {
        /// Whose.
        node: NodeId,
        /// The last transaction that was durable on it.
        durable: Option<Zxid>,
    },
    /// A task has something to do.
    Woke {
        /// Whose.
        node: NodeId,
        /// Which.
        task: Task,
        /// What the step costs.
        work: Work,
    },
    /// A client without a connection got its answer.
    Answered {
        /// From whom.
        node: NodeId,
        /// The answer.
        answer: Arc<Answer>,
    },
    /// Something happened to a client that its user is told.
    Client {
        /// Which.
        client: NodeId,
        /// What.
        event: ClientEvent,
    },
    /// The machine chose.
    Decided {
        /// Whose.
        node: NodeId,
        /// What.
        decision: Decision,
    },
}
