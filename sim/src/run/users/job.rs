//! Something that a user of a client wants done: one request, or several in a row with decisions between. At most one
//! request of a job is on its way.

use super::lock::{Lock, PERSISTENT};
use super::queue::{Put, Take};
use super::workload::Shift;
use crate::history;
use serde_json::{Value, json};
use std::sync::Arc;
use zablab_protocol::{Completion, CreateMode, ErrorCode, Op, Path, Reply};

/// What a job does next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// It asks for something.
    Ask(Op),
    /// It waits for an answer, or for a notification.
    Wait,
    /// It goes on after so many virtual nanoseconds.
    Pause(u64),
    /// A workload's client is free for its next operation.
    Turn,
    /// It is over.
    Done,
}

/// What a user says of its work: for the history and the story.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Say {
    Invoke {
        f: &'static str,
        key: Path,
        value: Value,
    },
    /// It took effect; what its answer shows, if it is one that shows something.
    Ok {
        value: Value,
    },
    Fail {
        error: ErrorCode,
    },
    Info {
        error: ErrorCode,
    },
    /// It waits for a lock.
    Waits(Path),
    /// It has the lock from now on, by its own belief.
    Locked(Path),
    /// It gives the lock back, or has lost it.
    Unlocked(Path),
    /// It took this out of a queue; `None`: there was nothing.
    Took(Path, Option<Arc<str>>),
}

/// A job of a client's user.
#[derive(Clone, Debug)]
pub(super) enum Job {
    /// A request, so many times.
    Call(Calls),
    Lock(Lock),
    Put(Put),
    Take(Take),
    /// A workload's client at work.
    Shift(Box<Shift>),
}

impl Job {
    pub(super) fn begin(&mut self, say: &mut Vec<Say>) -> Next {
        match self {
            Job::Call(calls) => calls.next(say),
            Job::Lock(lock) => lock.begin(say),
            Job::Put(put) => put.begin(say),
            Job::Take(take) => take.begin(say),
            Job::Shift(_) => Next::Turn,
        }
    }

    /// Its request has its outcome.
    pub(super) fn answered(&mut self, done: &Completion, say: &mut Vec<Say>) -> Next {
        match self {
            Job::Call(calls) => {
                say.push(outcome(done));
                calls.next(say)
            }
            Job::Lock(lock) => lock.answered(done, say),
            Job::Put(put) => put.answered(done, say),
            Job::Take(take) => take.answered(done, say),
            Job::Shift(shift) => shift.answered(done, say),
        }
    }

    /// Its pause is over.
    pub(super) fn resumed(&mut self, say: &mut Vec<Say>) -> Next {
        match self {
            Job::Shift(shift) => shift.resumed(say),
            _ => Next::Wait,
        }
    }

    /// Something happened to a znode that the client watched.
    pub(super) fn notified(&mut self, path: &str) -> Next {
        match self {
            Job::Lock(lock) => lock.notified(path),
            Job::Shift(shift) => shift.notified(path),
            _ => Next::Wait,
        }
    }
}

/// A request, so many times.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) op: Op,
    pub(super) times: u32,
    pub(super) asked: u32,
}

impl Calls {
    pub(super) fn next(&mut self, say: &mut Vec<Say>) -> Next {
        if self.asked == self.times {
            return Next::Done;
        }
        let mut op = self.op.clone();
        // More than one creation numbers its znodes, unless the server does.
        if let Op::Create { path, mode: CreateMode { sequential: false, .. }, .. } = &mut op
            && self.times > 1
        {
            *path = format!("{path}{:05}", self.asked).into();
        }
        self.asked += 1;
        say.extend(invoke(&op));
        Next::Ask(op)
    }
}

/// How a request begins in a history; heartbeats and the end of a session have no place there.
fn invoke(op: &Op) -> Option<Say> {
    let say = |f, key: &Path, value| Some(Say::Invoke { f, key: key.clone(), value });
    match op {
        Op::Create { path, data, mode } => {
            let f = match mode {
                CreateMode { ephemeral: true, .. } => "ephemeral",
                CreateMode { sequential: true, .. } => "create",
                _ => "write",
            };
            say(f, path, history::value(data))
        }
        Op::SetData { path, data, .. } => say("write", path, history::value(data)),
        Op::Delete { path, .. } => say("delete", path, Value::Null),
        Op::Check { path, .. } => say("check", path, Value::Null),
        Op::GetData { path, .. } => say("read", path, Value::Null),
        Op::Exists { path, .. } => say("exists", path, Value::Null),
        Op::GetChildren { path, .. } => say("children", path, Value::Null),
        Op::Sync { path } => say("sync", path, Value::Null),
        Op::Multi(parts) => {
            let parts: Vec<Value> = parts.iter().filter_map(part).collect();
            say("multi", &"/".into(), parts.into())
        }
        Op::Ping | Op::SetWatches(_) | Op::CreateSession { .. } | Op::CloseSession => None,
    }
}

/// A part of a multi, as an operation of its own would stand there.
fn part(op: &Op) -> Option<Value> {
    match invoke(op) {
        Some(Say::Invoke { f, key, value }) => Some(json!({"f": f, "key": key, "value": value})),
        _ => None,
    }
}

/// How it ends there. A read of what is not there has seen just that.
pub(super) fn outcome(done: &Completion) -> Say {
    match (&done.op, failure(done)) {
        (_, Some(error @ ErrorCode::ConnectionLoss)) => Say::Info { error },
        (Op::GetData { .. }, Some(ErrorCode::NoNode)) => Say::Ok { value: Value::Null },
        (Op::Exists { .. }, Some(ErrorCode::NoNode)) => Say::Ok { value: false.into() },
        (_, Some(error)) => Say::Fail { error },
        (op, None) => Say::Ok {
            value: match &done.result {
                Ok(Reply::Node { data, .. }) => history::value(data),
                Ok(Reply::Created { path, .. }) if matches!(op, Op::Create { mode, .. } if *mode != PERSISTENT) => {
                    (&**path).into()
                }
                Ok(Reply::Multi(results)) => parts_made(op, results),
                Ok(Reply::Children { names, .. }) => {
                    names.iter().map(|name| Value::from(&**name)).collect::<Vec<_>>().into()
                }
                Ok(Reply::Stat(_)) if matches!(op, Op::Exists { .. }) => true.into(),
                _ => Value::Null,
            },
        },
    }
}

/// The parts of a multi that took effect, those with a number in their name as they are called now.
fn parts_made(op: &Op, results: &[Result<Reply, ErrorCode>]) -> Value {
    let Op::Multi(parts) = op else { return Value::Null };
    let made = parts.iter().zip(results).filter_map(|(op, result)| {
        let mut value = part(op)?;
        if let (Op::Create { mode, .. }, Ok(Reply::Created { path, .. })) = (op, result)
            && mode.sequential
        {
            value["key"] = (&**path).into();
        }
        Some(value)
    });
    made.collect::<Vec<_>>().into()
}

/// Why a request failed: of a multi, what was wrong with the part that failed.
pub(super) fn failure(done: &Completion) -> Option<ErrorCode> {
    match &done.result {
        Err(code) => Some(*code),
        Ok(Reply::Multi(parts)) => {
            let wrong = |part: &Result<Reply, ErrorCode>| {
                part.as_ref()
                    .err()
                    .copied()
                    .filter(|code| !matches!(code, ErrorCode::Ok | ErrorCode::RuntimeInconsistency))
            };
            parts.iter().find_map(wrong)
        }
        Ok(_) => None,
    }
}
