//! The queue recipe (ZooKeeper's documentation, Recipes, Queues): whoever deletes the znode with the lowest number has
//! taken what was in it.

use super::job::{Next, Say};
use super::lock::{below, make, sequence};
use crate::history;
use serde_json::Value;
use std::collections::VecDeque;
use zablab_protocol::{Completion, CreateMode, Data, ErrorCode, Op, Path, Reply};

/// What is in a queue, as a value: `null` is left for a queue that is empty.
fn item(data: &str) -> Value {
    if data.is_empty() { "".into() } else { history::value(data) }
}

/// Puts something in.
#[derive(Clone, Debug)]
pub(super) struct Put {
    path: Path,
    data: Data,
    making: bool,
}

impl Put {
    pub(super) fn new(path: Path, data: Data) -> Put {
        Put { path, data, making: false }
    }

    pub(super) fn begin(&mut self, say: &mut Vec<Say>) -> Next {
        say.push(Say::Invoke { f: "put", key: self.path.clone(), value: item(&self.data) });
        self.create()
    }

    fn create(&mut self) -> Next {
        self.making = false;
        let path = below(&self.path, "item-");
        let mode = CreateMode { ephemeral: false, sequential: true };
        Next::Ask(Op::Create { path, data: self.data.clone(), mode })
    }

    pub(super) fn answered(&mut self, done: &Completion, say: &mut Vec<Say>) -> Next {
        match (self.making, &done.result) {
            (true, Ok(_) | Err(ErrorCode::NodeExists | ErrorCode::ConnectionLoss)) => return self.create(),
            (false, Ok(_)) => say.push(Say::Ok { value: Value::Null }),
            (false, Err(ErrorCode::NoNode)) => {
                self.making = true;
                return Next::Ask(make(&self.path));
            }
            (false, Err(error @ ErrorCode::ConnectionLoss)) => say.push(Say::Info { error: *error }),
            (_, Err(error)) => say.push(Say::Fail { error: *error }),
        }
        Next::Done
    }
}

/// Takes the oldest out.
#[derive(Clone, Debug)]
pub(super) struct Take {
    path: Path,
    /// What was in line, oldest first.
    line: VecDeque<Path>,
    /// What the one that is being deleted holds.
    data: Option<Data>,
}

impl Take {
    pub(super) fn new(path: Path) -> Take {
        Take { path, line: VecDeque::new(), data: None }
    }

    pub(super) fn begin(&mut self, say: &mut Vec<Say>) -> Next {
        say.push(Say::Invoke { f: "take", key: self.path.clone(), value: Value::Null });
        Next::Ask(Op::GetChildren { path: self.path.clone(), watch: false })
    }

    /// The next in line, or nothing is there.
    fn try_next(&mut self, say: &mut Vec<Say>) -> Next {
        self.data = None;
        match self.line.front() {
            Some(path) => Next::Ask(Op::get(path.clone())),
            None => self.end(None, say),
        }
    }

    fn end(&self, data: Option<Data>, say: &mut Vec<Say>) -> Next {
        say.push(Say::Ok { value: data.as_deref().map_or(Value::Null, item) });
        say.push(Say::Took(self.path.clone(), data));
        Next::Done
    }

    pub(super) fn answered(&mut self, done: &Completion, say: &mut Vec<Say>) -> Next {
        match (&done.op, &done.result) {
            (Op::GetChildren { .. }, Ok(Reply::Children { names, .. })) => {
                let mut names: Vec<&str> = names.iter().map(|name| &**name).collect();
                names.sort_unstable_by_key(|name| sequence(name));
                self.line = names.iter().map(|name| below(&self.path, name)).collect();
                self.try_next(say)
            }
            (Op::GetChildren { .. }, Err(ErrorCode::NoNode)) => self.end(None, say),
            (Op::GetData { path, .. }, Ok(Reply::Node { data, .. })) => {
                self.data = Some(data.clone());
                Next::Ask(Op::Delete { path: path.clone(), version: None })
            }
            (Op::Delete { .. }, Ok(_)) => self.end(self.data.clone(), say),
            // Somebody else was faster.
            (Op::GetData { .. } | Op::Delete { .. }, Err(ErrorCode::NoNode)) => {
                self.line.pop_front();
                self.try_next(say)
            }
            // Nothing was taken unless it was being deleted.
            (Op::Delete { .. }, Err(error @ ErrorCode::ConnectionLoss)) => {
                say.push(Say::Info { error: *error });
                Next::Done
            }
            (_, Err(error)) => {
                say.push(Say::Fail { error: *error });
                Next::Done
            }
            (_, Ok(_)) => Next::Done,
        }
    }
}
