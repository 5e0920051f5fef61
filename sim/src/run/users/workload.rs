//! A workload: clients that share a job, each doing one operation after the other. What each does, and on which znode,
//! is drawn from a stream of its own; every value written is unique.

use super::job::{Next, Say, failure, outcome};
use super::lock::{Lock, make};
use super::queue::{Put, Take};
use crate::history;
use crate::scenario::{Mix, WorkloadDecl};
use crate::schedule::Range;
use serde_json::{Value, json};
use zablab_protocol::{Completion, CreateMode, ErrorCode, Op, Path, Reply};

/// Random bits for one operation: which, on which znode, and the pause after it.
pub(super) const DRAWS: usize = 3;

/// What a workload's client is doing.
#[derive(Clone, Debug)]
enum Doing {
    Nothing,
    Read,
    /// A sync, and then a read.
    Sync(Path),
    /// A set; where the znode is not there it is created, and its parent before it.
    Write(Path, Value),
    /// The read before a set at that version.
    CasRead(Path),
    CasSet,
    Lock(Lock),
    Put(Put),
    Take(Take),
}

/// One client of a workload at work.
#[derive(Clone, Debug)]
pub(super) struct Shift {
    /// The workload's place among all.
    pub(super) load: usize,
    dir: Path,
    mix: Mix,
    keys: u64,
    think: Range,
    /// Its values are its number, and on in steps of how many clients there are.
    next_value: i64,
    step: i64,
    /// The beginning of its names in the lock recipe.
    tag: String,
    locks: u32,
    doing: Doing,
    pause: u64,
}

impl Shift {
    /// The work of the client `name`, which is number `at` of its workload, from 0.
    pub(super) fn new(load: usize, decl: &WorkloadDecl, at: u32, name: &str) -> Shift {
        let (min, max) = decl.think.map_or((0, 0), |(min, max)| (min.0, max.0));
        Shift {
            load,
            dir: format!("/{}", decl.name).into(),
            mix: decl.mix,
            keys: decl.keys.into(),
            think: Range { min, max },
            next_value: i64::from(at) + 1,
            step: decl.clients.into(),
            tag: name.to_owned(),
            locks: 0,
            doing: Doing::Nothing,
            pause: 0,
        }
    }

    fn value(&mut self) -> i64 {
        let value = self.next_value;
        self.next_value += self.step;
        value
    }

    /// The session is over: what was being done is given up, the next session goes on behind it.
    pub(super) fn interrupted(&mut self) {
        self.doing = Doing::Nothing;
    }

    /// The next operation.
    pub(super) fn turn(&mut self, draws: [u64; DRAWS], say: &mut Vec<Say>) -> Next {
        self.pause = self.think.map(draws[2]);
        let key = Range { min: 0, max: self.keys - 1 }.map(draws[1]);
        let path: Path = format!("{}/k{key}", self.dir).into();
        let Mix { reads, writes, cas, sync_reads, locks, queues } = self.mix;
        let weights = [reads, writes, cas, sync_reads, locks, queues].map(u64::from);
        let total: u64 = weights.iter().sum();
        let mut left = Range { min: 0, max: total.max(1) - 1 }.map(draws[0]);
        let kind = weights.iter().position(|weight| match left.checked_sub(*weight) {
            None => true,
            Some(rest) => {
                left = rest;
                false
            }
        });
        let mut invoke = |f, key: &Path, value| say.push(Say::Invoke { f, key: key.clone(), value });
        match kind {
            Some(0) => {
                invoke("read", &path, Value::Null);
                self.doing = Doing::Read;
                Next::Ask(Op::get(path))
            }
            Some(1) => {
                let value = self.value();
                invoke("write", &path, value.into());
                self.doing = Doing::Write(path.clone(), value.into());
                Next::Ask(set(path, value, None))
            }
            Some(2) => {
                invoke("read", &path, Value::Null);
                self.doing = Doing::CasRead(path.clone());
                Next::Ask(Op::get(path))
            }
            Some(3) => {
                invoke("sync", &path, Value::Null);
                self.doing = Doing::Sync(path.clone());
                Next::Ask(Op::Sync { path })
            }
            Some(4) => {
                self.locks += 1;
                let tag = format!("{}-{}-", self.tag, self.locks);
                let mut lock = Lock::new(format!("{}/lock", self.dir).into(), tag);
                let next = lock.begin(say);
                self.doing = Doing::Lock(lock);
                next
            }
            // Half of the queue's operations put something in.
            _ => {
                let queue: Path = format!("{}/queue", self.dir).into();
                if draws[0] & 1 == 0 {
                    let mut put = Put::new(queue, self.value().to_string().into());
                    let next = put.begin(say);
                    self.doing = Doing::Put(put);
                    next
                } else {
                    let mut take = Take::new(queue);
                    let next = take.begin(say);
                    self.doing = Doing::Take(take);
                    next
                }
            }
        }
    }

    /// The operation is over; the next comes after a pause.
    fn rest(&mut self) -> Next {
        self.doing = Doing::Nothing;
        if self.pause == 0 { Next::Turn } else { Next::Pause(self.pause) }
    }

    pub(super) fn resumed(&mut self, say: &mut Vec<Say>) -> Next {
        match &mut self.doing {
            // The pause was that of somebody who has the lock.
            Doing::Lock(lock) if lock.is_held() => {
                self.pause = 0;
                lock.release(say)
            }
            Doing::Nothing => Next::Turn,
            _ => Next::Wait,
        }
    }

    pub(super) fn notified(&mut self, path: &str) -> Next {
        match &mut self.doing {
            Doing::Lock(lock) => lock.notified(path),
            _ => Next::Wait,
        }
    }

    pub(super) fn answered(&mut self, done: &Completion, say: &mut Vec<Say>) -> Next {
        // The recipes work below a znode of the workload, which the first of them makes.
        let recipe = matches!(self.doing, Doing::Lock(_) | Doing::Put(_) | Doing::Take(_));
        match (&done.op, &done.result) {
            (Op::Create { mode, .. }, Err(ErrorCode::NoNode)) if recipe && !mode.sequential => {
                return Next::Ask(make(&self.dir));
            }
            (Op::Create { path, .. }, Ok(_) | Err(ErrorCode::NodeExists | ErrorCode::ConnectionLoss))
                if recipe && **path == *self.dir =>
            {
                return Next::Ask(make(&self.recipe_path()));
            }
            _ => {}
        }
        match &mut self.doing {
            Doing::Nothing => Next::Wait,
            Doing::Read | Doing::CasSet => {
                say.push(outcome(done));
                self.rest()
            }
            Doing::Sync(path) => {
                say.push(outcome(done));
                if done.result.is_err() {
                    return self.rest();
                }
                let path = path.clone();
                say.push(Say::Invoke { f: "read", key: path.clone(), value: Value::Null });
                self.doing = Doing::Read;
                Next::Ask(Op::get(path))
            }
            Doing::CasRead(path) => {
                say.push(outcome(done));
                let Ok(Reply::Node { data, stat }) = &done.result else { return self.rest() };
                let (path, version) = (path.clone(), stat.version);
                let from = history::value(data);
                let value = self.value();
                say.push(Say::Invoke { f: "cas", key: path.clone(), value: json!([from, value]) });
                self.doing = Doing::CasSet;
                Next::Ask(set(path, value, Some(version)))
            }
            Doing::Write(path, value) => {
                let parent = (**path).rsplit_once('/').map_or("/", |(parent, _)| parent);
                let create = |say: &mut Vec<Say>| {
                    say.push(write(path, value));
                    let data = value.to_string().into();
                    Next::Ask(Op::Create { path: path.clone(), data, mode: CreateMode::default() })
                };
                // Every request to write is an operation of its own, so that the history has them in their order.
                match (&done.op, failure(done)) {
                    (Op::SetData { .. }, Some(error @ ErrorCode::NoNode)) => {
                        say.push(Say::Fail { error });
                        return create(say);
                    }
                    (Op::Create { path: made, .. }, Some(error @ ErrorCode::NoNode)) if made == path => {
                        say.push(Say::Fail { error });
                        return Next::Ask(make(&parent.into()));
                    }
                    (Op::Create { path: made, .. }, Some(error @ ErrorCode::NodeExists)) if made == path => {
                        say.push(Say::Fail { error });
                        say.push(write(path, value));
                        let data = value.to_string().into();
                        return Next::Ask(Op::SetData { path: path.clone(), data, version: None });
                    }
                    (Op::Create { path: made, .. }, None | Some(ErrorCode::NodeExists)) if made != path => {
                        return create(say);
                    }
                    // The parent may or may not be there; what was to be written certainly is not.
                    (Op::Create { path: made, .. }, Some(_)) if made != path => {}
                    (_, Some(error @ ErrorCode::ConnectionLoss)) => say.push(Say::Info { error }),
                    (_, Some(error)) => say.push(Say::Fail { error }),
                    (_, None) => say.push(Say::Ok { value: Value::Null }),
                }
                self.rest()
            }
            Doing::Lock(lock) => match lock.answered(done, say) {
                Next::Wait if lock.is_held() => match self.pause {
                    0 => lock.release(say),
                    pause => Next::Pause(pause),
                },
                Next::Done => self.rest(),
                next => next,
            },
            Doing::Put(put) => match put.answered(done, say) {
                Next::Done => self.rest(),
                next => next,
            },
            Doing::Take(take) => match take.answered(done, say) {
                Next::Done => self.rest(),
                next => next,
            },
        }
    }

    fn recipe_path(&self) -> Path {
        let name = if matches!(self.doing, Doing::Lock(_)) { "lock" } else { "queue" };
        format!("{}/{name}", self.dir).into()
    }
}

fn set(path: Path, value: i64, version: Option<i32>) -> Op {
    Op::SetData { path, data: value.to_string().into(), version }
}

fn write(path: &Path, value: &Value) -> Say {
    Say::Invoke { f: "write", key: path.clone(), value: value.clone() }
}
