//! One server of the ensemble: its process, its disk, its timers, and what is done to it.

use super::{Clock, Disk, Ports, Timers};
use std::fmt;
use std::sync::Arc;
use zablab_protocol::{Config, Exit, Origin, Peer, Sid, Status, Task, Timer};

/// A server or client of the ensemble, by its place in it: servers first, then clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

impl NodeId {
    /// As an index: of a server into [`Ensemble::nodes`](super::Ensemble::nodes).
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a server's process is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Process {
    /// It is not there.
    Down,
    /// Started; reads its configuration and data, listens on no port yet.
    Booting,
    /// It runs.
    Up(Box<Peer>),
}

/// How the last process ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// It never ran.
    Never,
    /// Killed: the operating system refuses connections in its place.
    Killed,
    /// The machine is off: nobody answers.
    PoweredOff,
    /// It ended by itself.
    Exited(Exit),
}

/// The parts of a server that can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The main thread.
    PacketLoop,
    /// The log writer.
    LogWriter,
    /// The commit applier.
    CommitApplier,
    /// A leader's handlers.
    Handlers,
    /// Every write to disk.
    Disk,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::PacketLoop => "packet-loop",
            Part::LogWriter => "log-writer",
            Part::CommitApplier => "commit-applier",
            Part::Handlers => "handlers",
            Part::Disk => "disk",
        })
    }
}

impl Part {
    pub(crate) fn of(task: Task) -> Part {
        match task {
            Task::Main => Part::PacketLoop,
            Task::Log => Part::LogWriter,
            Task::Commit => Part::CommitApplier,
            Task::Handler(_) => Part::Handlers,
        }
    }
}

/// One server: its process, its disk, its timers, and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// The name a scenario gives it.
    pub name: Arc<str>,
    /// Its configuration.
    pub config: Arc<Config>,
    /// The sid under which the lists have its address. Its own is another one where its data directory says so.
    pub listed: Sid,
    /// Every server that any list holds, in ascending order: its own may hold fewer.
    pub(super) everybody: Arc<[Sid]>,
    /// Its process.
    pub process: Process,
    /// How the last process ended.
    pub ended: Ended,
    /// A dial to it before its first start gets no answer, rather than a refusal.
    pub silent_before_start: bool,
    /// Its disk.
    pub disk: Disk,
    /// Its armed timers.
    pub timers: Timers,
    /// It stands still: a long garbage collection.
    pub paused: bool,
    /// Its tasks cost nothing: they make their steps within the action that woke them, rather than by actions of their
    /// own. A schedule, not a state: who wants to act between two task steps leaves it off.
    pub prompt: bool,
    /// Its own clock.
    pub clock: Clock,
    pub(super) held: u8,
    pub(super) listening: Ports,
    /// Requests of clients without a connection that are not answered.
    pub(super) clients: Vec<Origin>,
}

impl Node {
    /// The running machine.
    pub fn peer(&self) -> Option<&Peer> {
        match &self.process {
            Process::Up(peer) => Some(peer),
            _ => None,
        }
    }

    /// What monitoring would show, while it runs.
    pub fn status(&self) -> Option<Status> {
        self.peer().map(Peer::status)
    }

    /// Its sid: who it says it is.
    pub fn sid(&self) -> Sid {
        self.config.sid
    }

    pub(super) fn holds(&self, part: Part) -> bool {
        self.held >> part as u8 & 1 == 1
    }

    /// Whether it runs with nothing paused or held, and its disk takes what is written.
    pub fn is_unhindered(&self) -> bool {
        self.runs() && self.held == 0 && !self.disk.is_bad()
    }

    pub(crate) fn runs(&self) -> bool {
        !self.paused && matches!(self.process, Process::Up(_))
    }

    pub(super) fn slot(&self, timer: Timer) -> usize {
        let member = |sid| self.everybody.binary_search(&sid).unwrap_or(0);
        Timers::slot(timer, self.everybody.len(), member)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Never => f.write_str("never started"),
            Ended::Killed => f.write_str("killed"),
            Ended::PoweredOff => f.write_str("powered off"),
            Ended::Exited(exit) => write!(f, "exited with {}: {exit}", exit.code()),
        }
    }
}
