//! A history as operations: every invoke with its completion, keys and values interned.

use super::event::{Event, Line, Type, lines};
use super::read::Mark;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value of a history by its place in [`History::values`]. Equal values have equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// What an operation does to its key, whatever its name in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `read`, `get`. What was read is the operation's result.
    Read,
    /// `write`, `put`.
    Write(Symbol),
    /// `cas`: takes effect only where the value is `from`.
    Cas {
        /// What it compares with.
        from: Symbol,
        /// What it writes.
        to: Symbol,
    },
    /// `append`: to the text that is there.
    Append(Symbol),
    /// `add`: to a set.
    Add(Symbol),
    /// `remove`: from a set.
    Remove(Symbol),
    /// `sync`: of ZooKeeper.
    Sync,
    /// Any other; its name says which.
    Other(Symbol),
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It took effect.
    Ok,
    /// It certainly did not; of a `cas`: the value was not `from`.
    Fail,
    /// Nobody knows: it ended in `info`, or has no completion.
    Info,
}

/// One operation of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The process.
    pub process: i64,
    /// The client's number for the request, where the history has one.
    pub xid: Option<i64>,
    /// Its name in the history.
    pub f: Arc<str>,
    /// Its key, by its place in [`History::keys`].
    pub key: u32,
    /// What it does.
    pub action: Action,
    /// What its `ok` says.
    pub result: Option<Symbol>,
    /// How it ended.
    pub outcome: Outcome,
    /// The place of its invoke among the events; only these places say what comes before what.
    pub invoked: u32,
    /// The place of its completion, if there is one.
    pub completed: Option<u32>,
    /// The lines (counted from 1) of both in the source.
    pub lines: (u32, Option<u32>),
    /// The times of both, as the source gives them; nanoseconds in our own.
    pub times: (u64, Option<u64>),
    /// The zxid of the answer.
    pub zxid: Option<i64>,
    /// Who answered.
    pub server: Option<Arc<str>>,
    /// Why it failed or is unknown.
    pub error: Option<Arc<str>>,
}

/// A history, ready to be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// In the order in which they were invoked.
    pub operations: Vec<Operation>,
    /// The keys.
    pub keys: IndexSet<Arc<str>, FxBuildHasher>,
    /// The values, each in its JSON text.
    pub values: IndexSet<Box<str>, FxBuildHasher>,
    /// How many events there are: invokes and completions.
    pub events: u32,
    /// The `zxid` of a read is that of the znode's last change (mzxid), not of the answering server: its events have a
    /// `version` beside it.
    pub znode_zxids: bool,
}

/// A value in the one form that equal values have: a number that is whole is written as one (`1.0` is `1`, `-0` is `0`).
pub fn canonical(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            // Below that, every whole number is a double.
            Some(float) if float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0 => {
                Cow::Owned((float as i64).into())
            }
            _ => Cow::Borrowed(value),
        },
        Value::Array(items) if items.iter().any(|item| matches!(canonical(item), Cow::Owned(_))) => {
            Cow::Owned(items.iter().map(|item| canonical(item).into_owned()).collect())
        }
        _ => Cow::Borrowed(value),
    }
}

impl History {
    /// A value's JSON text.
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.values[symbol.0 as usize]
    }

    /// The symbol of a value.
    pub fn symbol(&mut self, value: &Value) -> Symbol {
        let text = canonical(value).to_string();
        let at = match self.values.get_index_of(text.as_str()) {
            Some(at) => at,
            None => self.values.insert_full(text.into()).0,
        };
        Symbol(at as u32)
    }

    /// What the clients of a run saw; its lines are those of the history when it is written with these marks.
    pub fn of_run(events: &[Event], marks: &[Mark]) -> Result<History, Unpaired> {
        let mut builder = Builder::default();
        for (line, event) in (1..).zip(lines(events, marks)) {
            let Line::Event(event) = event else { continue };
            builder.event(&Told {
                line,
                process: event.process.into(),
                xid: Some(event.xid.into()),
                f: event.f,
                key: &event.key,
                kind: event.kind,
                value: &event.value,
                time: event.time,
                zxid: event.zxid.map(|zxid| zxid.0),
                server: event.server.map(|sid| sid.to_string().into()),
                error: event.error.map(|error| format!("{error:?}").into()),
            })?;
        }
        Ok(builder.finish())
    }
}

/// An event as a source tells it.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The line of the source, counted from 1.
    pub line: u32,
    /// The process.
    pub process: i64,
    /// The client's number for the request.
    pub xid: Option<i64>,
    /// The operation's name.
    pub f: &'a str,
    /// The key.
    pub key: &'a str,
    /// Where the operation is.
    pub kind: Type,
    /// The value.
    pub value: &'a Value,
    /// The time.
    pub time: u64,
    /// Of the answer.
    pub zxid: Option<i64>,
    /// Who answered.
    pub server: Option<Arc<str>>,
    /// Why.
    pub error: Option<Arc<str>>,
}

/// Events that are not a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpaired {
    /// A completion without an invoke.
    NeverInvoked {
        /// Its line.
        line: u32,
    },
    /// An invoke by a process (and with an xid) that has one open.
    InvokedTwice {
        /// Its line.
        line: u32,
        /// The line of the one that is open.
        open: u32,
    },
    /// The value of a `cas` is not `[from, to]`.
    NoPair {
        /// Its line.
        line: u32,
    },
    /// A completion whose name, key or value is not that of its invoke.
    OfAnother {
        /// Its line.
        line: u32,
        /// The line of the invoke.
        open: u32,
        /// What it says that it completes.
        said: String,
        /// What was invoked.
        invoked: String,
    },
}

impl fmt::Display for Unpaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unpaired::NeverInvoked { line } => write!(f, "line {line}: completes what was never invoked"),
            Unpaired::InvokedTwice { line, open } => {
                write!(f, "line {line}: invoked while the process has that of line {open} open")
            }
            Unpaired::NoPair { line } => write!(f, "line {line}: the value of a cas must be [from, to]"),
            Unpaired::OfAnother { line, open, said, invoked } => {
                write!(f, "line {line}: completes {said}, but line {open} invoked {invoked}")
            }
        }
    }
}

impl std::error::Error for Unpaired {}

/// Pairs events as they come.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    history: History,
    open: BTreeMap<(i64, Option<i64>), usize>,
}

impl Builder {
    /// The next event.
    pub fn event(&mut self, told: &Told<'_>) -> Result<(), Unpaired> {
        let place = self.history.events;
        let id = (told.process, told.xid);
        if told.kind == Type::Invoke {
            if let Some(open) = self.open.insert(id, self.history.operations.len()) {
                let open = self.history.operations[open].lines.0;
                return Err(Unpaired::InvokedTwice { line: told.line, open });
            }
            let action = self.action(told)?;
            let key = match self.history.keys.get_index_of(told.key) {
                Some(at) => at,
                None => self.history.keys.insert_full(told.key.into()).0,
            };
            self.history.operations.push(Operation {
                process: told.process,
                xid: told.xid,
                f: told.f.into(),
                key: key as u32,
                action,
                result: None,
                outcome: Outcome::Info,
                invoked: place,
                completed: None,
                lines: (told.line, None),
                times: (told.time, None),
                zxid: None,
                server: None,
                error: None,
            });
        } else {
            let Some(at) = self.open.remove(&id) else {
                return Err(Unpaired::NeverInvoked { line: told.line });
            };
            self.same(told, at)?;
            let result = (told.kind == Type::Ok).then(|| self.history.symbol(told.value));
            self.same_value(told, at, result)?;
            let operation = &mut self.history.operations[at];
            operation.outcome = match told.kind {
                Type::Ok => Outcome::Ok,
                Type::Fail => Outcome::Fail,
                Type::Invoke | Type::Info => Outcome::Info,
            };
            operation.result = result;
            operation.completed = Some(place);
            operation.lines.1 = Some(told.line);
            operation.times.1 = Some(told.time);
            operation.zxid = told.zxid;
            operation.server.clone_from(&told.server);
            operation.error.clone_from(&told.error);
        }
        self.history.events += 1;
        Ok(())
    }

    /// Whether a completion says what its invoke said; it may leave out the key.
    fn same(&self, told: &Told<'_>, at: usize) -> Result<(), Unpaired> {
        let operation = &self.history.operations[at];
        let key = &*self.history.keys[operation.key as usize];
        if told.f == &*operation.f && (told.key.is_empty() || told.key == key) {
            return Ok(());
        }
        Err(Unpaired::OfAnother {
            line: told.line,
            open: operation.lines.0,
            said: format!("{} {}", told.f, told.key).trim_end().to_owned(),
            invoked: format!("{} {key}", operation.f).trim_end().to_owned(),
        })
    }

    /// Whether the `ok` of a change says what was asked for; it may leave out the value.
    fn same_value(&mut self, told: &Told<'_>, at: usize, result: Option<Symbol>) -> Result<(), Unpaired> {
        let (Some(result), false) = (result, told.value.is_null()) else { return Ok(()) };
        let asked = match self.history.operations[at].action {
            Action::Write(value) | Action::Append(value) => value == result,
            Action::Cas { from, to } => match told.value.as_array().map(Vec::as_slice) {
                Some([a, b]) => self.history.symbol(a) == from && self.history.symbol(b) == to,
                _ => false,
            },
            _ => true,
        };
        if asked {
            return Ok(());
        }
        let (line, operation) = (told.line, &self.history.operations[at]);
        let invoked = match operation.action {
            Action::Write(value) | Action::Append(value) => self.history.text(value).to_owned(),
            Action::Cas { from, to } => {
                format!("[{},{}]", self.history.text(from), self.history.text(to))
            }
            _ => String::new(),
        };
        let (open, f) = (operation.lines.0, &operation.f);
        let (said, invoked) = (format!("{f} {}", told.value), format!("{f} {invoked}"));
        Err(Unpaired::OfAnother { line, open, said, invoked })
    }

    fn action(&mut self, told: &Told<'_>) -> Result<Action, Unpaired> {
        let history = &mut self.history;
        Ok(match told.f {
            "read" | "get" => Action::Read,
            "write" | "put" => Action::Write(history.symbol(told.value)),
            "append" => Action::Append(history.symbol(told.value)),
            "add" => Action::Add(history.symbol(told.value)),
            "remove" => Action::Remove(history.symbol(told.value)),
            "sync" => Action::Sync,
            "cas" => match told.value.as_array().map(Vec::as_slice) {
                Some([from, to]) => Action::Cas { from: history.symbol(from), to: history.symbol(to) },
                _ => return Err(Unpaired::NoPair { line: told.line }),
            },
            _ => Action::Other(history.symbol(told.value)),
        })
    }

    /// How many events there are so far.
    pub fn events(&self) -> u32 {
        self.history.events
    }

    /// The zxids of reads are those of the znodes.
    pub fn znode_zxids(&mut self) {
        self.history.znode_zxids = true;
    }

    /// The history. What is still open is of unknown outcome.
    pub fn finish(self) -> History {
        self.history
    }
}
