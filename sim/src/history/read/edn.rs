//! Jepsen's histories: maps of EDN, one behind the other or in a vector.
//!
//! `{:process 0, :type :invoke, :f :read, :value nil, :time 1, :index 0}`. Where objects are independent, a value is
//! `[key value]` (`jepsen.independent`): that is so where every invoke of the file has a pair for its value (of a `cas`:
//! whose second is a pair again), for a plain `read` invokes with `nil`.

use super::super::event::Type;
use super::super::operation::{Builder, Told};
use super::form::{Form, Node};
use super::json_lines::{ROUNDED, hexadecimal, is_rounded, mark, words};
use super::syntax::Reader;
use super::{Format, Mark, ReadError, Reading};
use serde_json::Value;

/// What stands for one event.
const SUCH: &str = "an event such as {:process 0, :type :invoke, :f :read, :value nil}";

/// An event of a client, before it is known whether its value holds a key.
struct Event {
    line: u32,
    column: u32,
    process: i64,
    kind: Type,
    f: String,
    key: Option<String>,
    value: Value,
    time: u64,
    xid: Option<i64>,
    zxid: Option<i64>,
    version: bool,
    server: Option<Value>,
    error: Option<Value>,
}

/// An event with its place in the text.
struct Map<'a> {
    text: &'a str,
    at: usize,
    entries: &'a [(Node, Node)],
}

impl Map<'_> {
    fn get(&self, name: &str) -> Option<&Node> {
        let named = |key: &Node| matches!(&key.form, Form::Keyword(keyword) if keyword == name);
        self.entries.iter().find(|(key, _)| named(key)).map(|(_, value)| value)
    }

    fn need(&self, name: &str) -> Result<&Node, ReadError> {
        self.get(name)
            .ok_or_else(|| ReadError::at(self.text, self.at, format!("this map has no `:{name}`"), SUCH))
    }

    fn wrong(&self, node: &Node, name: &str, expected: &str) -> ReadError {
        ReadError::at(self.text, node.at, format!("`:{name}` is {}", node.json()), expected)
    }

    fn number(&self, name: &str) -> Result<Option<i64>, ReadError> {
        match self.get(name) {
            None | Some(Node { form: Form::Nil, .. }) => Ok(None),
            Some(node) => match node.json().as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(node, name, "a whole number")),
            },
        }
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.get(name).map(Node::json).filter(|value| !value.is_null())
    }

    fn event(&self, line: u32, column: u32, process: i64) -> Result<Event, ReadError> {
        let kind = self.need("type")?;
        let kind = match &kind.form {
            Form::Keyword(name) => match name.as_str() {
                "invoke" => Type::Invoke,
                "ok" => Type::Ok,
                "fail" => Type::Fail,
                "info" => Type::Info,
                _ => return Err(self.wrong(kind, "type", ":invoke, :ok, :fail or :info")),
            },
            _ => return Err(self.wrong(kind, "type", ":invoke, :ok, :fail or :info")),
        };
        let f = self.need("f")?;
        let f = match &f.form {
            Form::Keyword(name) | Form::Symbol(name) | Form::Text(name) => name.clone(),
            _ => return Err(self.wrong(f, "f", "the operation's name, such as :read")),
        };
        let zxid = match self.get("zxid") {
            Some(node) => match &node.form {
                Form::Text(text) => Some(
                    hexadecimal(text)
                        .ok_or_else(|| self.wrong(node, "zxid", "a number, or \"0x100000002\""))?,
                ),
                _ => self.number("zxid")?,
            },
            None => None,
        };
        let time = match self.number("time")? {
            Some(time) => u64::try_from(time).ok(),
            None => Some(0),
        };
        // Relative times of a run may begin a little below its start.
        let time = time.unwrap_or(0);
        let value = self.value("value").unwrap_or_default();
        if let Some(node) = self.get("value").filter(|_| is_rounded(&value)) {
            return Err(ReadError::at(self.text, node.at, ROUNDED.0, ROUNDED.1));
        }
        Ok(Event {
            line,
            column,
            process,
            kind,
            f,
            key: self.value("key").map(|key| words(&key).into_owned()),
            value,
            time,
            xid: self.number("xid")?,
            zxid,
            version: self.value("version").is_some(),
            server: self.value("server"),
            error: self.value("error"),
        })
    }
}

fn pair(value: &Value) -> Option<(&Value, &Value)> {
    match value.as_array()?.as_slice() {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

/// Whether the values hold their keys.
fn are_keyed(events: &[Event]) -> bool {
    let mut invokes = events.iter().filter(|event| event.kind == Type::Invoke).peekable();
    invokes.peek().is_some()
        && invokes.all(|event| match pair(&event.value) {
            Some((_, value)) => event.key.is_none() && (event.f != "cas" || pair(value).is_some()),
            None => false,
        })
}

/// Reads a history of Jepsen's.
pub(super) fn read(text: &str) -> Result<Reading, ReadError> {
    let mut reader = Reader::new(text);
    let close = reader.enter()?;
    let mut events: Vec<Event> = Vec::new();
    let mut marks = Vec::new();
    let (mut line, mut column, mut counted) = (1, 1, 0);
    while let Some(node) = reader.next(close)? {
        let passed = &text[counted..node.at];
        line += passed.matches('\n').count() as u32;
        column = match passed.rsplit_once('\n') {
            Some((_, last)) => 1 + last.chars().count() as u32,
            None => column + passed.chars().count() as u32,
        };
        counted = node.at;
        let Form::Map(entries) = &node.form else {
            return Err(ReadError::at(text, node.at, format!("this is {}, no event", node.json()), SUCH));
        };
        let map = Map { text, at: node.at, entries };
        let process = map.need("process")?;
        match &process.form {
            Form::Keyword(name) | Form::Symbol(name) | Form::Text(name) if name.parse::<i64>().is_err() => {
                let field = |name: &str| match map.get(name) {
                    Some(Node { form: Form::Keyword(word), .. }) => word.as_str().into(),
                    other => other.map(Node::json).unwrap_or_default(),
                };
                let place = events.len() as u32;
                let time = field("time").as_u64().unwrap_or(0);
                let text = mark(name, &field("f"), &field("value"));
                // Jepsen tells what a nemesis does twice: when it begins, and when it is done.
                let same = marks.last().is_some_and(|last: &Mark| (last.time, &last.text) == (time, &text));
                if !same || map.get("time").is_none() {
                    marks.push(Mark { line, place, time, text });
                }
            }
            _ => match process.json().as_i64() {
                Some(number) => events.push(map.event(line, column, number)?),
                None => return Err(map.wrong(process, "process", "the number of a client, or :nemesis")),
            },
        }
    }
    if close.is_some()
        && let Some(node) = reader.next(None)?
    {
        return Err(ReadError::at(
            text,
            node.at,
            "something stands behind the history",
            "the end of the text",
        ));
    }
    Ok(Reading { format: Format::Edn, history: history(&events)?, marks })
}

fn history(events: &[Event]) -> Result<super::History, ReadError> {
    let keyed = are_keyed(events);
    let mut builder = Builder::default();
    for event in events {
        if event.version {
            builder.znode_zxids();
        }
        let (key, value) = match pair(&event.value).filter(|_| keyed) {
            Some((key, value)) => (words(key), value),
            // A completion without its key, such as an `:info` with `nil`.
            None => (event.key.as_deref().unwrap_or_default().into(), &event.value),
        };
        builder
            .event(&Told {
                line: event.line,
                process: event.process,
                xid: event.xid,
                f: &event.f,
                key: &key,
                kind: event.kind,
                value,
                time: event.time,
                zxid: event.zxid,
                server: event.server.as_ref().map(|server| words(server).into()),
                error: event.error.as_ref().map(|error| words(error).into()),
            })
            .map_err(|error| ReadError::unpaired(error, event.column))?;
    }
    Ok(builder.finish())
}
