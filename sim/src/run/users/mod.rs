//! Who sits behind the clients: what they ask for, one thing after the other, what they remember of the answers, and the
//! history that they write.

mod agenda;
mod job;
mod local;
mod lock;
mod memory;
mod operation;
mod queue;
mod workload;

pub(super) use memory::Seen;

use crate::ensemble::NodeId;
use crate::history::{Event, Type};
use crate::scenario::{Call, WorkloadDecl};
use job::{Calls, Job, Next, Say};
use local::Locals;
use lock::Lock;
use memory::Memory;
use operation::Open;
use queue::{Put, Take};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use workload::{DRAWS, Shift};
use zablab_protocol::{ClientEvent, CreateMode, Data, ErrorCode, Op, Path, Sid, Zxid};

/// What a user does that no packet shows: for a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserEvent {
    /// It has a lock from now on, as far as it knows.
    Locked(Path),
    /// It gives a lock back, or has lost it.
    Unlocked(Path),
    /// It took this out of a queue; `None`: nothing was there.
    Took(Path, Option<Data>),
}

/// What a run has to do for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// It has something to ask.
    Ask,
    /// A job goes on after so many virtual nanoseconds.
    Wake(usize, u64),
    /// Draw, and give a job its next operation.
    Turn(usize),
    /// Its session is over: it begins a new one.
    NewSession,
}

#[derive(Clone, Debug)]
struct Entry {
    job: Job,
    open: Option<Open>,
    /// The number of its request that is on its way.
    waits_for: Option<i32>,
    /// When that was asked.
    asked: u64,
}

/// The user of one client.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: NodeId,
    /// Its work, if it is a workload's client.
    shift: Option<Box<Shift>>,
    jobs: BTreeMap<usize, Entry>,
    next_job: usize,
    /// What is to be asked, by which job.
    outbox: VecDeque<(usize, Op)>,
    /// The number of its session in the history.
    process: u32,
    pub(super) memory: Memory,
    attempts: u32,
    /// It ends its session, or has ended it: a workload's client begins nothing any more.
    closing: bool,
}

impl User {
    fn new(id: NodeId, shift: Option<Box<Shift>>) -> User {
        User {
            id,
            shift,
            jobs: BTreeMap::new(),
            next_job: 0,
            outbox: VecDeque::new(),
            process: 0,
            memory: Memory::default(),
            attempts: 0,
            closing: false,
        }
    }

    /// Since when it has waited for the oldest answer that is due.
    pub(super) fn waits_since(&self) -> Option<u64> {
        self.jobs.values().filter(|entry| entry.waits_for.is_some()).map(|entry| entry.asked).min()
    }

    /// Its requests that are asked for and not answered.
    pub(super) fn pending(&self) -> usize {
        self.jobs.values().filter(|entry| entry.waits_for.is_some()).count() + self.outbox.len()
    }
}

/// All users of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Users {
    list: Vec<User>,
    /// Operations that no workload's client has begun yet.
    left: Vec<u32>,
    pub(super) history: Vec<Event>,
    processes: u32,
    /// Requests that a server answered.
    pub(super) answered: u64,
    /// Requests that none did.
    pub(super) failed: u64,
    /// Requests without a client.
    locals: Locals,
    said: Vec<Say>,
}

impl Users {
    /// A user for a client that is declared on its own.
    pub(super) fn add(&mut self, id: NodeId) {
        self.list.push(User::new(id, None));
    }

    /// Users for the clients of a workload, which are called as the declaration says.
    pub(super) fn add_workload(&mut self, decl: &WorkloadDecl, ids: &[NodeId]) {
        let load = self.left.len();
        self.left.push(decl.operations);
        for ((at, name), id) in (0..).zip(decl.client_names()).zip(ids) {
            self.list.push(User::new(*id, Some(Box::new(Shift::new(load, decl, at, &name)))));
        }
    }

    fn at(&self, id: NodeId) -> Option<usize> {
        self.list.iter().position(|user| user.id == id)
    }

    /// The user of a client.
    pub(super) fn get(&self, id: NodeId) -> Option<&User> {
        self.list.iter().find(|user| user.id == id)
    }

    /// Every user.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.list.iter()
    }

    /// Requests that are asked for and not answered.
    pub(super) fn pending(&self) -> u64 {
        let of_user = |user: &User| user.pending() as u64;
        self.locals.pending + self.list.iter().map(of_user).sum::<u64>()
    }

    /// A scenario's client is to do something. Releasing a lock goes to the job that has it.
    pub(super) fn call(
        &mut self,
        id: NodeId,
        name: &str,
        call: &Call,
        now: u64,
    ) -> Result<Vec<Todo>, String> {
        let Some(at) = self.at(id) else { return Err(format!("there is no client {name}")) };
        let job = match call {
            Call::Lock { path } => {
                let user = &mut self.list[at];
                if user.memory.locks.contains_key(path.as_str()) {
                    return Err(format!("{name} has {path} already, or waits for it"));
                }
                user.attempts += 1;
                let tag = format!("{name}-{}-", user.attempts);
                Job::Lock(Lock::new(path.as_str().into(), tag))
            }
            Call::Unlock { path } => return self.unlock(at, name, path, now),
            Call::Put { path, data } => Job::Put(Put::new(path.as_str().into(), data.as_str().into())),
            Call::Take { path } => Job::Take(Take::new(path.as_str().into())),
            other => {
                let times = match other {
                    Call::Create { times, .. } | Call::Set { times, .. } => *times,
                    _ => 1,
                };
                let Some(op) = op(other) else { return Err("a recipe is no request".to_owned()) };
                Job::Call(Calls { op, times, asked: 0 })
            }
        };
        Ok(self.begin(at, job, now))
    }

    /// A client ends its session.
    pub(super) fn close(&mut self, id: NodeId, now: u64) -> Vec<Todo> {
        let close = Job::Call(Calls { op: Op::CloseSession, times: 1, asked: 0 });
        let Some(at) = self.at(id) else { return Vec::new() };
        self.list[at].closing = true;
        self.begin(at, close, now)
    }

    fn unlock(&mut self, at: usize, name: &str, path: &str, now: u64) -> Result<Vec<Todo>, String> {
        let held = self.list[at].jobs.iter_mut().find_map(|(id, entry)| match &mut entry.job {
            Job::Lock(lock) if *lock.path == *path && lock.is_held() => Some((*id, lock)),
            _ => None,
        });
        let Some((id, lock)) = held else { return Err(format!("{name} does not have {path}")) };
        let next = lock.release(&mut self.said);
        Ok(self.go_on(at, id, next, None, now))
    }

    fn begin(&mut self, at: usize, mut job: Job, now: u64) -> Vec<Todo> {
        let next = job.begin(&mut self.said);
        let user = &mut self.list[at];
        let id = user.next_job;
        user.next_job += 1;
        user.jobs.insert(id, Entry { job, open: None, waits_for: None, asked: 0 });
        self.go_on(at, id, next, None, now)
    }

    /// The process of a client has started: a workload's client goes to work.
    pub(super) fn started(&mut self, id: NodeId, now: u64) -> Vec<Todo> {
        let Some(at) = self.at(id) else { return Vec::new() };
        // What was wanted of the process before goes with it, and what it was told.
        self.ended(id, now);
        let user = &mut self.list[at];
        user.memory.forget();
        user.closing = false;
        user.process = self.processes;
        self.processes += 1;
        let Some(shift) = self.list[at].shift.clone() else { return Vec::new() };
        self.begin(at, Job::Shift(shift), now)
    }

    /// The process of a client has ended, or its session, and everything it was doing with it: nobody knows what came of
    /// that.
    pub(super) fn ended(&mut self, id: NodeId, now: u64) {
        let Some(at) = self.at(id) else { return };
        let user = &mut self.list[at];
        user.outbox.clear();
        user.memory.locks.clear();
        for (_, entry) in std::mem::take(&mut user.jobs) {
            if let Job::Shift(mut shift) = entry.job {
                shift.interrupted();
                user.shift = Some(shift);
            }
            if let Some(open) = entry.open.filter(Open::begun) {
                let error = Some(ErrorCode::ConnectionLoss);
                self.history.push(open.end(Type::Info, Value::Null, now, None, error));
            }
        }
    }

    /// The next thing that a user asks for.
    pub(super) fn next_ask(&self, id: NodeId) -> Option<Op> {
        self.get(id)?.outbox.front().map(|(_, op)| op.clone())
    }

    /// It is being asked, under this number. An operation begins with its first request.
    pub(super) fn asked(&mut self, id: NodeId, cxid: i32, now: u64) {
        let Some(user) = self.at(id).map(|at| &mut self.list[at]) else { return };
        let Some((job, _)) = user.outbox.pop_front() else { return };
        let (process, entry) = (user.process, user.jobs.get_mut(&job));
        let Some(entry) = entry else { return };
        entry.waits_for = Some(cxid);
        entry.asked = now;
        if let Some(open) = entry.open.as_mut().filter(|open| !open.begun()) {
            open.xid = cxid;
            open.process = process;
            self.history.push(open.begin(now));
        }
    }

    /// A pause is over.
    pub(super) fn resumed(&mut self, id: NodeId, job: usize, now: u64) -> Vec<Todo> {
        let Some(at) = self.at(id) else { return Vec::new() };
        let Some(entry) = self.list[at].jobs.get_mut(&job) else { return Vec::new() };
        let next = entry.job.resumed(&mut self.said);
        self.go_on(at, job, next, None, now)
    }

    /// The next operation of a workload's client, if any is left.
    pub(super) fn turn(&mut self, id: NodeId, job: usize, draws: [u64; DRAWS], now: u64) -> Vec<Todo> {
        let Some(at) = self.at(id).filter(|at| !self.list[*at].closing) else { return Vec::new() };
        let Some(Entry { job: Job::Shift(shift), .. }) = self.list[at].jobs.get_mut(&job) else {
            return Vec::new();
        };
        let left = &mut self.left[shift.load];
        if *left == 0 {
            return Vec::new();
        }
        *left -= 1;
        let next = shift.turn(draws, &mut self.said);
        self.go_on(at, job, next, None, now)
    }

    /// Something happened to a client. What its jobs do next.
    pub(super) fn heard(&mut self, id: NodeId, event: &ClientEvent, now: u64) -> Vec<Todo> {
        let Some(at) = self.at(id) else { return Vec::new() };
        match event {
            ClientEvent::Connected { session, fresh: true, .. } => {
                self.list[at].memory.session = *session;
                self.list[at].memory.sessions += 1;
                Vec::new()
            }
            ClientEvent::Completed(done) => {
                match done.server {
                    Some(_) => self.answered += 1,
                    None => self.failed += 1,
                }
                let user = &mut self.list[at];
                user.memory.remember(done);
                let waits = user.jobs.iter().find(|(_, entry)| entry.waits_for == Some(done.origin.cxid));
                let Some(job) = waits.map(|(job, _)| *job) else { return Vec::new() };
                let Some(entry) = user.jobs.get_mut(&job) else { return Vec::new() };
                entry.waits_for = None;
                let next = entry.job.answered(done, &mut self.said);
                self.go_on(at, job, next, Some((done.zxid, done.server)), now)
            }
            ClientEvent::Notified { path, .. } => {
                *self.list[at].memory.notified.entry(path.clone()).or_default() += 1;
                let jobs: Vec<usize> = self.list[at].jobs.keys().copied().collect();
                let mut todo = Vec::new();
                for job in jobs {
                    let Some(entry) = self.list[at].jobs.get_mut(&job) else { continue };
                    let next = entry.job.notified(path);
                    todo.extend(self.go_on(at, job, next, None, now));
                }
                todo
            }
            // What is on its way is told next to have failed; what waits for a notification waits in vain.
            ClientEvent::Expired { .. } => {
                let user = &mut self.list[at];
                let begins_again = user.shift.is_some() && !user.closing;
                user.closing = true;
                user.memory.locks.clear();
                if begins_again { vec![Todo::NewSession] } else { Vec::new() }
            }
            ClientEvent::Closed { .. } => {
                self.ended(id, now);
                Vec::new()
            }
            ClientEvent::Connected { .. }
            | ClientEvent::Disconnected { .. }
            | ClientEvent::CannotConnect { .. } => Vec::new(),
        }
    }

    /// A job has said what it does next. `answer` is what it has just been told, and by whom.
    fn go_on(
        &mut self,
        at: usize,
        job: usize,
        next: Next,
        answer: Option<(Zxid, Option<Sid>)>,
        now: u64,
    ) -> Vec<Todo> {
        self.write_down(at, job, answer, now);
        let user = &mut self.list[at];
        match next {
            // A session that is at its end takes nothing more but that: whoever would try again gives up.
            Next::Ask(op) if user.closing && op != Op::CloseSession && answer.is_some() => {
                if let Some(open) = user.jobs.remove(&job).and_then(|entry| entry.open) {
                    let error = Some(ErrorCode::ConnectionLoss);
                    self.history
                        .extend(open.begun().then(|| open.end(Type::Info, Value::Null, now, None, error)));
                }
                Vec::new()
            }
            Next::Ask(op) => {
                user.outbox.push_back((job, op));
                vec![Todo::Ask]
            }
            Next::Pause(nanos) => vec![Todo::Wake(job, nanos)],
            Next::Turn => vec![Todo::Turn(job)],
            Next::Wait => Vec::new(),
            Next::Done => {
                user.jobs.remove(&job);
                Vec::new()
            }
        }
    }

    /// Puts what a job says into the history, and into the user's own memory.
    fn write_down(&mut self, at: usize, job: usize, answer: Option<(Zxid, Option<Sid>)>, now: u64) {
        let user = &mut self.list[at];
        let Some(entry) = user.jobs.get_mut(&job) else { return };
        let mut kept = Vec::new();
        for say in std::mem::take(&mut self.said) {
            let (kind, value, error) = match say {
                Say::Invoke { f, key, value } => {
                    entry.open = Some(Open { process: user.process, xid: 0, f, key, value });
                    continue;
                }
                Say::Waits(path) => {
                    user.memory.locks.insert(path, false);
                    continue;
                }
                Say::Locked(path) => {
                    user.memory.locks.insert(path.clone(), true);
                    kept.push(Say::Locked(path));
                    continue;
                }
                Say::Unlocked(path) => {
                    user.memory.locks.remove(&path);
                    kept.push(Say::Unlocked(path));
                    continue;
                }
                took @ Say::Took(..) => {
                    kept.push(took);
                    continue;
                }
                Say::Ok { value } => (Type::Ok, value, None),
                Say::Fail { error } => (Type::Fail, Value::Null, Some(error)),
                Say::Info { error } => (Type::Info, Value::Null, Some(error)),
            };
            if let Job::Lock(lock) = &entry.job
                && kind == Type::Fail
            {
                user.memory.locks.remove(&lock.path);
            }
            if let Some(open) = entry.open.take() {
                self.history.push(open.end(kind, value, now, answer, error));
            }
        }
        self.said = kept;
    }

    /// What users did since this was last asked that a story tells.
    pub(super) fn take_events(&mut self) -> Vec<UserEvent> {
        let event = |say| match say {
            Say::Locked(path) => Some(UserEvent::Locked(path)),
            Say::Unlocked(path) => Some(UserEvent::Unlocked(path)),
            Say::Took(path, data) => Some(UserEvent::Took(path, data)),
            _ => None,
        };
        std::mem::take(&mut self.said).into_iter().filter_map(event).collect()
    }
}

/// The request that a call is; a recipe is none.
fn op(call: &Call) -> Option<Op> {
    Some(match call {
        Call::Create { path, data, ephemeral, sequential, .. } => Op::Create {
            path: path.as_str().into(),
            data: data.as_deref().unwrap_or("").into(),
            mode: CreateMode { ephemeral: *ephemeral, sequential: *sequential },
        },
        Call::Set { path, data, version, .. } => {
            Op::SetData { path: path.as_str().into(), data: data.as_str().into(), version: *version }
        }
        Call::Delete { path, version } => Op::Delete { path: path.as_str().into(), version: *version },
        Call::Check { path, version } => Op::Check { path: path.as_str().into(), version: Some(*version) },
        Call::Get { path, watch } => Op::GetData { path: path.as_str().into(), watch: *watch },
        Call::Exists { path, watch } => Op::Exists { path: path.as_str().into(), watch: *watch },
        Call::Children { path, watch } => Op::GetChildren { path: path.as_str().into(), watch: *watch },
        Call::Sync { path } => Op::Sync { path: path.as_str().into() },
        Call::Multi(parts) => Op::Multi(parts.iter().filter_map(op).collect::<Arc<[Op]>>()),
        Call::Lock { .. } | Call::Unlock { .. } | Call::Take { .. } | Call::Put { .. } => return None,
    })
}
