//! ZooKeeper's quorum protocol, FastLeaderElection and ZAB, as sans-IO state machines.
//!
//! A [`Peer`] is one server process. It knows no clock, socket, disk, thread or randomness: something happens to it
//! (an [`Input`]), it changes, and it says what it wants done ([`Output`]s) and what it chose and why ([`Decision`]s).
//! The same machine runs under a virtual clock, under an exhaustive search, and against recorded logs. A [`Client`] is one
//! user of the ensemble, the client library of a program, in the same language.
//!
//! ```text
//!             Input                      Output
//!   packet ────────┐               ┌──────── Send, Connect, Close, Listen
//!   connection ────┤               ├──────── SetTimer, CancelTimer
//!   timer ─────────┼──▶ Peer::step ┼──────── Disk        (a change to Storage)
//!   disk done ─────┤     (+ Storage to read)├─ Wake       (a task has work)
//!   run a task ────┤               ├──────── Answer      (to a client)
//!   client ────────┘               └──────── Decided, Exit, Client
//! ```
//!
//! # The contract between machine and driver
//!
//! 1. A driver owns, for each server, a [`Storage`] and one `Vec<Output>`. It calls [`Peer::boot`] once a process and
//!    then [`Peer::step`] with one input at a time; outputs are appended to the vector and are to be carried out in
//!    order, before the next input. For a client it is [`Client::start`] and [`Client::step`], without a disk.
//! 2. **Disk.** `DiskOp::Append` and `DiskOp::Roll` take effect in the `Storage` at once (the operating system has the
//!    bytes). Every other change is under way until the driver makes it in the `Storage` and feeds
//!    [`Input::DiskDone`] for its [`Writer`]; a writer has at most one change under way. Appended records are durable
//!    when the `DiskOp::Sync` after them is done. A failed change is [`Input::DiskFailed`]: the role is
//!    over or the process ends, by what it was.
//! 3. **Tasks.** After `Output::Wake` for a task the driver owes it an [`Input::Run`]. A step with nothing to do is
//!    harmless, so waking twice is. [`Peer::ready`] lists the tasks that have work; each of them has been woken.
//! 4. **Timers** are armed at most once; arming again moves, firing disarms. Spans are by the server's own clock, and
//!    deadlines in ticks are kept as ticks remaining. What that clock shows comes with every step; it is data (ctime,
//!    mtime, the base of session ids, how many ticks a tracker of sessions has slept through) and may stand still.
//! 5. **Connecting.** At most one attempt a (port, server) is under way. The driver ends it with [`Input::Connected`]
//!    or [`Input::ConnectFailed`], or lets it hang; after `Output::Abandon` it may report neither.
//! 6. **Connections** are FIFO streams. A [`ConnId`] names one at this server. It stays taken until the machine emits
//!    `Output::Close`, also after [`Input::Closed`]; then the driver may use it again. What is sent before a close
//!    arrives before it.
//! 7. **Any input in any state is fine.** The machine does what ZooKeeper does (drop the packet, close the connection,
//!    give the role up) and says so; it does not panic. After `Output::Exit` it does nothing any more.
//! 8. **A crash** is the driver's: drop the `Peer`, keep what its disk model lets survive, boot again.
//!
//! # What is simpler than ZooKeeper, and why
//!
//! | Left out or simpler | Reason |
//! | --- | --- |
//! | Dynamic reconfiguration, the two-node oracle, several addresses a server, TLS and SASL | Off by default in ZooKeeper, and each a protocol of its own; a server's list is fixed while it runs |
//! | ACLs, quotas, container and TTL znodes, persistent watches, read-only mode, request throttling | Nothing of them bears on the quorum, and none is part of the promises that clients are given |
//! | A session's password is taken as right, and a local session (a small [`SessionId`]) never becomes a global one | Clients here do not lie |
//! | A client waits for its session before it sends requests; it tries its servers in the order given | The real one sends them at once, and the server keeps them back; it shuffles the list once |
//! | A client whose session is idle sends a heartbeat after a third of its time-out | The real one may send it earlier, when something else wakes its loop |
//! | A request is validated as it arrives at the leader, in the step that reads it | The real one waits in a queue of its own; the order is the same |
//! | The election's loopback message is looked at at once, and its receive queue is unbounded | The real queues only add delay; order among a sender's messages is the same |
//! | A message for a standing election link is written at once | The real sender thread takes it from a queue of one, so of two messages in quick succession the first can vanish |
//! | A fuzzy snapshot is copied in two pieces: label, sessions and the first half of the tree at its beginning, the other half at its end | The real one is copied znode by znode; what comes of it is the same kind of mixture |
//! | A SNAP reaches the learner in one packet, when all of it is copied | Broken off in the midst of it, the real learner has cleared its memory and loads its disk again: the same state |
//! | The next snapshot's count is derived from the sid | The real one is drawn; a machine without randomness still spreads them |
//! | The main thread's steps cost what the driver says, in one piece | Class loading and the like have no protocol meaning |
//! | A leader accepts quorum connections as soon as its port is bound | The real one accepts after it has loaded its data; the bytes wait in the socket either way |
//!
//! # What is safer than ZooKeeper, on purpose
//!
//! This machine is what ZAB requires; where a release falls short, the difference is for the checks to find. A [`Defect`]
//! or another [`SyncOrder`] puts what a release did in its place.
//!
//! | Here | There |
//! | --- | --- |
//! | NEWLEADER: history durable, then currentEpoch, then the ACK; what the stream committed goes to the log after a TRUNC too | Since 3.9.3 for a DIFF; after a TRUNC it is applied to memory and to a snapshot that is not synced |
//! | A log ahead of currentEpoch raises currentEpoch at boot | The server refuses to start ([`Defect::NoRecoveryMarker`]): after a SNAP it may, still, if it ended between snapshot and epoch file |
//! | Truncation drops everything above the zxid, snapshots with parts above it included, and is synced before currentEpoch is written | `FileTxnLog.truncate` keeps the next record where the zxid itself is not in the log; nothing is synced; the reload may start from a snapshot above the cut (ZOOKEEPER-4837) |
//! | A TRUNC below all snapshots, or below a SNAP, is refused: the learner goes back to LOOKING and tells the next leader that it has nothing, and gets a SNAP | Without a log the server exits, at every start again; with an older log the snapshot stays and holds what was to be cut off (ZOOKEEPER-4837) |
//! | The log is never read across a SNAP (ZOOKEEPER-2099), a SNAP cuts what the log holds above it, a snapshot is never taken ahead of the log | Such holes go unnoticed |
//! | A snapshot that is under way when a role ends is completed with what is committed by then | The thread goes on copying the tree while `fastForwardDataBase` brings it up to what is logged, committed or not |
//! | A learner that synchronizes again has its earlier ACKs of what it logs again taken back; committed but not yet applied transactions belong to the history it is held against | A TRUNC can remove what was acknowledged, and the ACK still counts |
//! | Boot syncs the log before the first vote; `snapshot.0` is synced | What a killed process had not synced counts as logged |
//! | What the stream of a synchronization committed is in an observer's tree before it serves | It is handed to the commit applier at UPTODATE; after a start from a fuzzy snapshot with parts of transactions that the log lacks, clients may see that mixture for a moment |
//! | A LOOKING observer does not answer a vote of a lower round | It does; a LOOKING voter answers an observer at once, and the two go on as fast as the network carries them, until the voter's round ends |
//! | After a failed write of the log memory is read from disk again, and the log is synced before the next vote; a torn record is cut off | Memory stays ahead of the disk; what the file shows counts as logged; the writer goes on behind a torn record |
//! | A leader that cannot write acceptedEpoch gives up | Where a handler's thread was to write it, the main thread may go on with an epoch that is not on its disk |
//! | A broken TRUNC, like a broken SNAP, makes the server read its disk again, and what it cut off is durably gone before the next vote | Memory can stay ahead of the disk; after a power failure what was cut off can be back, in a server with a newer currentEpoch |

mod client;
mod commit_processor;
mod config;
mod connections;
mod database;
mod decision;
mod defects;
mod election;
mod error;
mod ids;
mod input;
mod io;
mod leader;
mod learner;
mod log_writer;
mod output;
mod packet;
mod peer;
mod prep;
mod quorum;
mod request;
mod server;
mod session;
mod snapshot_thread;
mod standalone;
mod storage;
mod sync_order;
mod tree;
mod txn;
mod vote;
mod watch;
mod zxid;

pub use client::{Client, ClientConfig, ClientEvent, ClientState, Completion};
pub use config::{Config, Settings};
pub use decision::{
    Adopted, Decision, Dropped, ElectedBy, GaveUp, Ignored, OnTimeout, Refused, SyncMode, SyncRule,
};
pub use defects::{Defect, Defects};
pub use error::ErrorCode;
pub use ids::{ConnId, Millis, Port, Round, ServerState, Sid};
pub use input::{Input, Task, Timer, Work};
pub use output::{Exit, Output};
pub use packet::{Notification, Packet};
pub use peer::{MainWrite, Peer, Phase, Status, Waits};
pub use quorum::{MemberSet, PeerType, QuorumError, QuorumVerifier};
pub use request::{Answer, CreateMode, Op, Origin, Reply};
pub use session::{SessionId, SessionTable};
pub use storage::{DiskOp, Log, LogFile, Snapshot, SnapshotFile, Storage, Writer};
pub use sync_order::SyncOrder;
pub use tree::{Stat, Tree, Znode, is_valid_path};
pub use txn::{Change, Data, Path, Txn, extend_history};
pub use vote::{Ballot, Because, Vote};
pub use watch::{WatchEvent, WatchSet};
pub use zxid::{Epoch, Zxid};
