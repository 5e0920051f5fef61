//! The tree of a scenario: what was written, without its layout, with its comments.
//!
//! Everything here is plain data with public fields. Two trees are equal when they say the same; where something
//! stood ([`Span`]) never counts. Statements hold their prefix resolved: a continuation line carries the time or
//! trigger of the line above it, so that a statement can be moved, dropped or run without looking at its neighbours.

mod client;
mod draws;
mod expectation;
mod happening;
mod lesson;

pub use client::{Call, ClientClaim, ClientDecl, ERRORS, Facts, LastResult, Mix, Owner, WorkloadDecl};
pub use draws::{Drawn, Draws, Pin};
pub use expectation::{Claim, Expectation};
pub use happening::{Happening, Parcel, What};
pub use lesson::{Answer, Ask, Belief};

use super::setting::Value;
use super::time::Time;
use super::words::{File, Packet, Port, Task};

/// A whole scenario file. Printing it (`to_string`) gives the canonical text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The lines in file order; blank ones are a flag of the line that follows.
    pub lines: Vec<Line>,
}

/// One line that says something: a statement, a comment, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// A blank line stands before this one (ignored on the first line).
    pub blank_before: bool,
    /// What the line states; `None` for a line that is only a comment.
    pub statement: Option<Statement>,
    /// The comment that fills the line, or that follows the statement.
    pub comment: Option<Comment>,
    /// Where it stood.
    pub span: Span,
}

/// A comment without its `#` and without the one blank after it; no line break, no blank at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comment {
    /// The text; may be empty, may begin with blanks.
    pub text: String,
}

/// Where something stood in the text it was parsed from. Any two are equal: a place is not part of the meaning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// Line number, from 1; 0 for what no text contains.
    pub line: u32,
    /// First byte within the line.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}

impl Eq for Span {}

/// What a line states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `ensemble zk1 zk2 zk3:observer`: at least one server.
    Ensemble(Vec<ServerDecl>),
    /// `set tickTime 2000`: holds from the start of the run.
    Set(Setting),
    /// `client c1 at zk1 zk2 timeout 10s`.
    Client(ClientDecl),
    /// `workload w clients 4 operations 200 reads 50 writes 50`.
    Workload(WorkloadDecl),
    /// `config zoo.cfg`: stands for what a file says.
    Config(ConfigFile),
    /// `profile everything`: stands for what a profile of random runs draws.
    Profile(ProfileDecl),
    /// `shows ZK-4646 by P-DUR`: the lesson that it is.
    Shows(Shows),
    /// `unsafe quorum-size 1`: what ZooKeeper has no such thing as.
    Unsafe(UnsafeQuorum),
    /// `belief "…"`: what a learner believes who has not seen the run.
    Belief(Belief),
    /// `draws plain`: where draws come from.
    Draws(Draws),
    /// `pin fsync zk1 7ms`: a draw that is given.
    Pin(Pin),
    /// Anything that begins with `at`, `by`, `from`, `when` or `if`.
    Timed(Timed),
}

/// A server of the ensemble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerDecl {
    /// `[A-Za-z][A-Za-z0-9_.-]*`, not a word of the language, unique in the file.
    pub name: String,
    /// The server id: at least 0, unique in the file.
    pub sid: i64,
    /// It takes part in no vote and acknowledges no proposal.
    pub observer: bool,
    /// Where it stood.
    pub span: Span,
}

/// A key with its value, for every server or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The declared server it is for; `None` for all of them.
    pub server: Option<String>,
    /// A key of the table in [`setting`](super::setting), for example `tickTime` or `weight.3`.
    pub key: String,
    /// Its value, of the kind and within the range that the table gives.
    pub value: Value,
    /// Where it stood.
    pub span: Span,
}

/// The zoo.cfg of all servers, or of one. Whoever runs the scenario reads it and puts its servers and settings in place
/// of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// The server whose file it is; `None` for all of them.
    pub server: Option<String>,
    /// The file, as written; not empty.
    pub file: String,
    /// Where it stood.
    pub span: Span,
}

/// A profile of random runs. Before a run, what it draws from the run's seed stands in its place; besides it a file has
/// settings at most, which win over those that are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileDecl {
    /// The name of one of [`PROFILES`](crate::storm::PROFILES).
    pub name: String,
    /// So many servers, all of which vote; `None` for a number that is drawn.
    pub servers: Option<u32>,
    /// Where it stood.
    pub span: Span,
}

/// The bug of ZooKeeper's that a scenario shows: it is green without it, and with it the property speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shows {
    /// The id of an entry of [`CATALOGUE`](crate::bugs::CATALOGUE): `ZK-4646`.
    pub bug: String,
    /// A code such as `P-DUR`, or the name of a judge; see [`judges_of`](crate::bugs::judges_of).
    pub by: String,
    /// Where it stood.
    pub span: Span,
}

/// `unsafe quorum-size N`: every server believes that any so many voters are a quorum. ZooKeeper has no such thing, and
/// where two quorums need not meet its judges speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsafeQuorum {
    /// So many voters: 1 to 128, and as many as there are at most.
    pub size: u32,
    /// Where it stood.
    pub span: Span,
}

/// A statement with a time or a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// When it acts or must hold.
    pub prefix: Prefix,
    /// What happens, must be true or is asked.
    pub action: Action,
    /// Written without its prefix, below a line that has the same one. Only the printer looks at this, and it
    /// writes the prefix out where the timed statement above has another one.
    pub continued: bool,
    /// Where it stood.
    pub span: Span,
}

/// When a timed statement acts or must hold. All times count from the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `at 5s`: does the step, or demands the expectation, at that instant.
    At(Time),
    /// `by 10s`: the expectation must become true at some instant up to this one.
    By(Time),
    /// `from 5s to 10s`: the expectation must hold throughout.
    During {
        /// First instant.
        from: Time,
        /// Last instant; not before the first.
        to: Time,
    },
    /// `when …:` or `if …:`.
    When(Trigger),
}

/// Fires a step once, at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Events before this instant do not count (`at 5s when …`); `None`: armed from the start of the run.
    pub armed: Option<Time>,
    /// `when`: it must fire, or the run fails. `if`: it may stay silent.
    pub must_fire: bool,
    /// What it waits for.
    pub event: Event,
    /// It fires at the n-th such event; at least 1.
    pub nth: u32,
    /// How long after arming it may still fire; `None`: as long as the run lasts.
    pub within: Option<Time>,
}

/// What a timed statement does, demands or asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Something is done: with [`Prefix::At`] and [`Prefix::When`] only.
    Step(Step),
    /// Something must be true: with every prefix but [`Prefix::When`].
    Expect(Expectation),
    /// A learner is asked what comes next: with [`Prefix::At`] only.
    Ask(Ask),
}

/// Names one server; in some steps it can name a client, too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerRef {
    /// A declared server; where clients can stand, also a client, or a workload for all of its clients.
    Name(String),
    /// `leader`: whoever leads when the statement acts.
    Leader,
    /// `follower`: whoever follows then.
    Follower,
}

/// Names some servers; in some steps clients, too: `start`, `kill`, `restart`, `pause`, `resume`, [`Links`], [`Stream`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Servers {
    /// `all`: every server, and no client.
    All,
    /// One or more, in the order written.
    List(Vec<ServerRef>),
}

/// The connections between two groups of servers, or of servers and clients; not both are of clients alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// The group named first.
    pub first: Servers,
    /// Which way is meant.
    pub direction: Direction,
    /// The group named second.
    pub second: Servers,
    /// Only the connections to this port; `None` for all ports.
    pub port: Option<Port>,
}

/// Which way of a connection a step touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// `from`: both ways.
    Both,
    /// `to`: from the first group to the second only.
    OneWay,
}

/// Packets under way from one group of servers or clients to another; not both are of clients alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Only packets of this type; `None` for all.
    pub packet: Option<Packet>,
    /// The senders.
    pub from: Servers,
    /// The receivers.
    pub to: Servers,
    /// Only on this port; `None` for all ports.
    pub port: Option<Port>,
}

/// What is held or released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// One task of a server makes no progress.
    Task {
        /// The server.
        server: ServerRef,
        /// Its task.
        task: Task,
    },
    /// Packets do not arrive.
    Stream(Stream),
}

/// What a `power-off` takes from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Drawn from the seed, for each file on its own.
    Drawn,
    /// `losing unsynced`: all that was not synced.
    Unsynced,
    /// `keeping all`: nothing.
    Nothing,
}

/// Something that is done to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `start`: the process starts.
    Start(Servers),
    /// `kill`: the process ends; what was written stays.
    Kill(Servers),
    /// `power-off`: the process ends, and unsynced data may be lost.
    PowerOff {
        /// The servers.
        servers: Servers,
        /// What is lost.
        loss: Loss,
    },
    /// `wipe … disk`: as a power-off, and the disk is replaced by an empty one.
    Wipe(Servers),
    /// `fill … disk`: no write that needs room succeeds.
    Fill(Servers),
    /// `fail … FILE`: the next write of that file fails; `fail … disk`: the next write of any.
    Fail {
        /// The servers.
        servers: Servers,
        /// The file; `None` for any.
        file: Option<File>,
    },
    /// `free … disk`: takes back `fill`, and `fail` where that has not happened yet.
    Free(Servers),
    /// `restart`: kill and start.
    Restart(Servers),
    /// `pause`: the process stands still (a long garbage collection), its connections stay.
    Pause(Servers),
    /// `resume`: a paused process goes on.
    Resume(Servers),
    /// `cut`: nothing passes; connections are not broken by it.
    Cut(Links),
    /// `refuse`: new connections are refused.
    Refuse(Links),
    /// `reset`: the connections that exist break. The direction is always [`Direction::Both`].
    Reset(Links),
    /// `heal`: takes cuts and refusals back; `None` for all of them.
    Heal(Option<Links>),
    /// `hold`: a task or packets wait until released.
    Hold(Hold),
    /// `release`: `None` for everything held.
    Release(Option<Hold>),
    /// `create PATH [DATA] [times N] at SERVER`: a client of that server creates a znode.
    Create {
        /// The znode.
        path: String,
        /// Its data; `None` for none.
        data: Option<String>,
        /// How many such requests; 1 to 1 000 000.
        times: u32,
        /// The server the client is connected to.
        at: ServerRef,
    },
    /// `set PATH DATA [version V] [times N] at SERVER`: a client writes a znode.
    Write {
        /// The znode.
        path: String,
        /// Its new data.
        data: String,
        /// Only if it has this version (at least 0).
        version: Option<i32>,
        /// How many such requests; 1 to 1 000 000.
        times: u32,
        /// The server the client is connected to.
        at: ServerRef,
    },
    /// `delete PATH [version V] at SERVER`.
    Delete {
        /// The znode.
        path: String,
        /// Only if it has this version (at least 0).
        version: Option<i32>,
        /// The server the client is connected to.
        at: ServerRef,
    },
    /// `read PATH at SERVER`.
    Read {
        /// The znode.
        path: String,
        /// The server the client is connected to.
        at: ServerRef,
    },
    /// `close c1 c2`: clients end their sessions; a workload stands for all of its clients.
    Close(Vec<String>),
    /// `c1 create /a one`: a declared client, or one of a workload's, makes a request.
    Client {
        /// The client.
        client: String,
        /// What it asks for.
        call: Call,
    },
    /// `clock SERVERS RATE`: their clocks run that much faster than true time.
    Clock {
        /// The servers.
        servers: Servers,
        /// How fast.
        rate: Rate,
    },
    /// `set [SERVER] KEY VALUE`: a setting that the table marks as live changes.
    Set {
        /// For whom; `None` for all servers.
        server: Option<ServerRef>,
        /// A key of the table in [`setting`](super::setting).
        key: String,
        /// Its new value.
        value: Value,
    },
    /// `freeze`: from now on nothing happens by itself; with [`Prefix::At`] only, as the next two.
    Freeze,
    /// `thaw`: from now on it does again.
    Thaw,
    /// `next …`: in a frozen world exactly this happens.
    Next(Happening),
    /// `end`: the run ends; with [`Prefix::At`] only.
    End,
}

/// The rate of a clock in parts per million of true time: 10 000 (0.01) to 100 000 000 (100).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub u32);

impl Rate {
    /// The slowest clock: 0.01.
    pub const MIN: Rate = Rate(10_000);
    /// The fastest clock: 100.
    pub const MAX: Rate = Rate(100_000_000);
}

/// What a trigger waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The step runs before the event takes effect, or after it.
    pub moment: Moment,
    /// Where it happens.
    pub server: ServerRef,
    /// What happens.
    pub occurrence: Occurrence,
}

/// On which side of an event a triggered step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// `before`.
    Before,
    /// `after`: the default.
    After,
}

/// What can happen at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// `wrote FILE [N]`: a write became durable.
    Wrote {
        /// What was written.
        file: File,
        /// Only this epoch (`acceptedEpoch`, `currentEpoch`; fits `u32`) or this zxid (the other files).
        number: Option<u64>,
    },
    /// `got PACKET [from SERVER|CLIENT]`.
    Got {
        /// The type of the packet.
        packet: Packet,
        /// Only from this server or client, or from any client of this workload.
        from: Option<ServerRef>,
    },
    /// `ran TASK`: a task made a step; never [`Task::Disk`].
    Ran(Task),
    /// `decided WORD`: one of [`DECISIONS`].
    Decided(String),
}

/// The decisions that `decided` can name.
pub const DECISIONS: &[&str] = zablab_protocol::Decision::NAMES;
