//! Requests of this server's own clients, in order, and the committed transactions that some of them wait for
//! (`CommitProcessor`).

use crate::error::ErrorCode;
use crate::ids::ConnId;
use crate::input::{Task, Work};
use crate::io::Io;
use crate::request::{Op, Origin};
use crate::session::SessionId;
use crate::txn::Txn;
use std::collections::VecDeque;
use std::sync::Arc;

/// Who is to have an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReplyTo {
    /// The client at the other end.
    Conn(ConnId),
    /// A client without a connection, by way of the driver.
    Driver,
    /// Nobody: the connection is gone. Its handle may be another's by now.
    Nobody,
}

/// A client's request at the server that it is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    pub(crate) to: ReplyTo,
    pub(crate) origin: Origin,
    pub(crate) op: Op,
    /// It is answered when something comes back from the leader: a write, and at a learner a sync.
    pub(crate) waits: bool,
    /// It was found to fail before it got here.
    pub(crate) failed: Option<ErrorCode>,
}

/// What the leader has decided, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Committed {
    Txn(Arc<Txn>),
    /// A sync of one of this server's clients came back.
    Sync(Origin),
}

/// The two queues, and between them the requests that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CommitProcessor {
    queued: VecDeque<Request>,
    committed: VecDeque<Committed>,
    /// Those that wait, and what came behind them in the same session: in order of arrival.
    waiting: VecDeque<Request>,
}

/// What a step of the applier is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A read that nothing of its session stands before.
    Read(Request),
    Apply(Arc<Txn>),
    /// A sync came back: answer it.
    Answer(Request),
    /// A request was put behind others.
    Nothing,
}

impl CommitProcessor {
    pub(crate) fn is_ready(&self) -> bool {
        !self.queued.is_empty() || !self.committed.is_empty()
    }

    fn wake(&self, io: &mut Io<'_>) {
        if self.queued.len() + self.committed.len() == 1 {
            io.wake(Task::Commit, Work::Step);
        }
    }

    pub(crate) fn queue(&mut self, request: Request, io: &mut Io<'_>) {
        self.queued.push_back(request);
        self.wake(io);
    }

    pub(crate) fn commit(&mut self, what: Committed, io: &mut Io<'_>) {
        self.committed.push_back(what);
        self.wake(io);
    }

    /// New requests first, so that each waits before what it waits for is looked at; then the next commit.
    pub(crate) fn next(&mut self, io: &mut Io<'_>) -> Option<Next> {
        let next = if let Some(request) = self.queued.pop_front() {
            let session = request.origin.session;
            if request.waits || self.waiting.iter().any(|before| before.origin.session == session) {
                self.waiting.push_back(request);
                Next::Nothing
            } else {
                Next::Read(request)
            }
        } else {
            match self.committed.pop_front()? {
                Committed::Txn(txn) => Next::Apply(txn),
                Committed::Sync(origin) => self.take(origin).map_or(Next::Nothing, Next::Answer),
            }
        };
        if self.is_ready() {
            io.wake(Task::Commit, Work::Step);
        }
        Some(next)
    }

    /// What waited for this has it.
    pub(crate) fn take(&mut self, origin: Origin) -> Option<Request> {
        let at = self.waiting.iter().position(|request| request.origin == origin)?;
        self.waiting.remove(at)
    }

    /// A read of the session that nothing stands before any more.
    pub(crate) fn take_read(&mut self, session: SessionId) -> Option<Request> {
        let at = self.waiting.iter().position(|request| request.origin.session == session)?;
        if self.waiting[at].waits { None } else { self.waiting.remove(at) }
    }

    /// A connection is gone: what it asked for is done, and nobody is told.
    pub(crate) fn orphan(&mut self, conn: ConnId) {
        for request in self.queued.iter_mut().chain(&mut self.waiting) {
            if request.to == ReplyTo::Conn(conn) {
                request.to = ReplyTo::Nobody;
            }
        }
    }

    /// The session is over: nobody waits for its answers.
    pub(crate) fn forget(&mut self, session: SessionId) {
        self.queued.retain(|request| request.origin.session != session);
        self.waiting.retain(|request| request.origin.session != session);
    }

    /// Everything goes: the requests that nobody will answer now.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = Request> {
        self.committed.clear();
        std::mem::take(&mut self.waiting).into_iter().chain(std::mem::take(&mut self.queued))
    }
}
