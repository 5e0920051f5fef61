//! The lock recipe (ZooKeeper's documentation, Recipes, Locks): an ephemeral sequential znode each; the lowest number
//! has the lock, and each waits for the one before its own to go, so that only one is woken.

use super::job::{Next, Say};
use serde_json::Value;
use zablab_protocol::{Completion, CreateMode, ErrorCode, Op, Path, Reply};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Create,
    MakeParent,
    /// Whether the znode was made before the connection went, nobody said: look for it.
    Find,
    List,
    /// A second znode of its own goes.
    Prune,
    Watch,
    Held,
    Delete,
    /// After the end: a second znode of its own, which came late, goes too.
    Sweep,
}

/// One who wants the lock.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    pub(super) path: Path,
    /// The beginning of its znode's name, which no other attempt has.
    tag: String,
    stage: Stage,
    mine: Option<Path>,
    /// The znode before its own, while it waits for that.
    before: Option<Path>,
    /// A create was asked of which nobody knows what came.
    unsure: bool,
}

pub(super) const PERSISTENT: CreateMode = CreateMode { ephemeral: false, sequential: false };

/// Makes the znode below which a recipe works.
pub(super) fn make(path: &Path) -> Op {
    Op::Create { path: path.clone(), data: "".into(), mode: PERSISTENT }
}

/// The path of a znode below another.
pub(super) fn below(path: &str, name: &str) -> Path {
    if path == "/" { format!("/{name}").into() } else { format!("{path}/{name}").into() }
}

/// The number that the server put behind a name.
pub(super) fn sequence(name: &str) -> &str {
    name.get(name.len().saturating_sub(10)..).unwrap_or(name)
}

impl Lock {
    pub(super) fn new(path: Path, tag: String) -> Lock {
        Lock { path, tag, stage: Stage::Create, mine: None, before: None, unsure: false }
    }

    pub(super) fn is_held(&self) -> bool {
        self.stage == Stage::Held
    }

    pub(super) fn begin(&mut self, say: &mut Vec<Say>) -> Next {
        say.push(Say::Invoke { f: "lock", key: self.path.clone(), value: Value::Null });
        say.push(Say::Waits(self.path.clone()));
        self.create()
    }

    fn create(&mut self) -> Next {
        self.stage = Stage::Create;
        let path = below(&self.path, &self.tag);
        let mode = CreateMode { ephemeral: true, sequential: true };
        Next::Ask(Op::Create { path, data: "".into(), mode })
    }

    fn list(&mut self, stage: Stage) -> Next {
        self.stage = stage;
        self.before = None;
        Next::Ask(Op::GetChildren { path: self.path.clone(), watch: false })
    }

    /// Gives the lock back.
    pub(super) fn release(&mut self, say: &mut Vec<Say>) -> Next {
        let Some(mine) = self.mine.clone() else { return Next::Done };
        self.stage = Stage::Delete;
        say.push(Say::Unlocked(self.path.clone()));
        say.push(Say::Invoke { f: "unlock", key: self.path.clone(), value: Value::Null });
        Next::Ask(Op::Delete { path: mine, version: None })
    }

    pub(super) fn answered(&mut self, done: &Completion, say: &mut Vec<Say>) -> Next {
        let result = &done.result;
        if let Err(error @ (ErrorCode::SessionExpired | ErrorCode::SessionMoved)) = result {
            say.push(Say::Fail { error: *error });
            return Next::Done;
        }
        let lost = *result == Err(ErrorCode::ConnectionLoss);
        match (self.stage, result) {
            (Stage::Create, Ok(Reply::Created { path, .. })) => {
                self.mine = Some(path.clone());
                self.list(Stage::List)
            }
            (Stage::Create, _) if lost => {
                self.unsure = true;
                self.list(Stage::Find)
            }
            (Stage::MakeParent, _) if lost => Next::Ask(make(&self.path)),
            (Stage::Create | Stage::Find, Err(ErrorCode::NoNode)) => {
                self.stage = Stage::MakeParent;
                Next::Ask(make(&self.path))
            }
            (Stage::MakeParent, Ok(_) | Err(ErrorCode::NodeExists)) => self.create(),
            (Stage::Find | Stage::List, Ok(Reply::Children { names, .. })) => {
                let mut names: Vec<&str> = names.iter().map(|name| &**name).collect();
                names.sort_unstable_by_key(|name| sequence(name));
                self.look(&names, say)
            }
            (stage @ (Stage::Find | Stage::List), _) if lost => self.list(stage),
            (Stage::Prune, _) => self.list(Stage::List),
            // It is there: wait until it goes.
            (Stage::Watch, Ok(_)) => Next::Wait,
            (Stage::Watch, _) => self.list(Stage::List),
            (Stage::Delete, _) if lost => match self.mine.clone() {
                Some(path) => Next::Ask(Op::Delete { path, version: None }),
                None => Next::Done,
            },
            (Stage::Delete, Ok(_) | Err(ErrorCode::NoNode)) => {
                say.push(Say::Ok { value: Value::Null });
                if self.unsure { self.list(Stage::Sweep) } else { Next::Done }
            }
            (Stage::Sweep, Ok(Reply::Children { names, .. })) => {
                match names.iter().find(|name| name.starts_with(&self.tag)) {
                    Some(name) => Next::Ask(Op::Delete { path: below(&self.path, name), version: None }),
                    None => Next::Done,
                }
            }
            (Stage::Sweep, Ok(_) | Err(ErrorCode::NoNode)) => self.list(Stage::Sweep),
            (Stage::Sweep, _) if lost => self.list(Stage::Sweep),
            (_, Err(error)) => {
                say.push(Say::Fail { error: *error });
                Next::Done
            }
            (_, Ok(_)) => Next::Done,
        }
    }

    /// Who stands where in the line. A create that was asked again, because nobody knew of the first, may have made two
    /// znodes: the later one goes.
    fn look(&mut self, names: &[&str], say: &mut Vec<Say>) -> Next {
        let own: Vec<usize> = (0..names.len()).filter(|at| names[*at].starts_with(&self.tag)).collect();
        match own.as_slice() {
            [] if self.mine.is_none() => self.create(),
            [] => {
                say.push(Say::Fail { error: ErrorCode::NoNode });
                Next::Done
            }
            [.., last] if own.len() > 1 => {
                self.stage = Stage::Prune;
                Next::Ask(Op::Delete { path: below(&self.path, names[*last]), version: None })
            }
            [at, ..] => {
                self.mine = Some(below(&self.path, names[*at]));
                match at.checked_sub(1) {
                    None => {
                        self.stage = Stage::Held;
                        say.push(Say::Ok { value: Value::Null });
                        say.push(Say::Locked(self.path.clone()));
                        Next::Wait
                    }
                    Some(before) => {
                        let before = below(&self.path, names[before]);
                        self.stage = Stage::Watch;
                        self.before = Some(before.clone());
                        Next::Ask(Op::Exists { path: before, watch: true })
                    }
                }
            }
        }
    }

    pub(super) fn notified(&mut self, path: &str) -> Next {
        if self.stage == Stage::Watch && self.before.as_deref() == Some(path) {
            return self.list(Stage::List);
        }
        Next::Wait
    }
}
