//! What can happen to the ensemble.

use super::{Loss, NodeId, Part, Ports, StreamHold};
use zablab_protocol::{ConnId, Op, Origin, Port, Task, Timer, Writer};

/// One thing that can happen to the ensemble.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A process starts.
    Start(NodeId),
    /// A started process has read its data and begins.
    Boot(NodeId),
    /// The process ends; what was written stays.
    Kill(NodeId),
    /// The machine loses power.
    PowerOff(NodeId, Loss),
    /// The machine loses power, and its disk is replaced by an empty one.
    Wipe(NodeId),
    /// The disk is full; the draw says how much of what fails is there.
    Fill(NodeId, u64),
    /// The next write of a file (`DiskOp::file`), or of any, fails; the draw as above.
    Fail {
        /// Whose.
        node: NodeId,
        /// Which file.
        file: Option<&'static str>,
        /// The draw.
        torn: u64,
    },
    /// The disk has room again, and no write fails.
    Mend(NodeId),
    /// The process stands still.
    Pause(NodeId),
    /// It goes on.
    Resume(NodeId),
    /// A connection attempt reaches its target.
    Arrive {
        /// Who dials.
        from: NodeId,
        /// Which port.
        port: Port,
        /// Whom.
        to: NodeId,
    },
    /// The next segment of a stream arrives.
    Deliver {
        /// The connection.
        conn: ConnId,
        /// The receiving end.
        to: NodeId,
    },
    /// A timer fires.
    Timer {
        /// Whose.
        node: NodeId,
        /// Which.
        timer: Timer,
    },
    /// A write to disk is done.
    DiskDone {
        /// Whose.
        node: NodeId,
        /// Which thread's.
        writer: Writer,
    },
    /// A task makes a step.
    Run {
        /// Whose.
        node: NodeId,
        /// Which.
        task: Task,
    },
    /// A client's user asks for something.
    Ask {
        /// Which client.
        client: NodeId,
        /// For what.
        op: Op,
    },
    /// A request without a connection arrives: of a client whose session only this server knows.
    Client {
        /// Where.
        node: NodeId,
        /// Whose.
        origin: Origin,
        /// What.
        op: Op,
    },
    /// Nothing from one reaches the other (or does again).
    Cut {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// On which ports.
        ports: Ports,
        /// Cut or heal.
        on: bool,
    },
    /// Connections from one to the other are refused (or no longer).
    Refuse {
        /// Who dials.
        from: NodeId,
        /// Whom.
        to: NodeId,
        /// On which ports.
        ports: Ports,
        /// Refuse or accept.
        on: bool,
    },
    /// The connections between two servers break.
    Reset {
        /// One.
        a: NodeId,
        /// The other.
        b: NodeId,
        /// On which ports.
        ports: Ports,
    },
    /// A part of a server makes no progress (or does again).
    HoldPart {
        /// Whose.
        node: NodeId,
        /// Which.
        part: Part,
        /// Hold or release.
        on: bool,
    },
    /// A stream does not arrive (or does again).
    HoldStream {
        /// Which.
        hold: StreamHold,
        /// Hold or release.
        on: bool,
    },
    /// Everything held goes on.
    ReleaseAll,
}
