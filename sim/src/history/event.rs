//! One line of the history that a run writes.

use super::read::Mark;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, Write};
use std::sync::Arc;
use zablab_protocol::{ErrorCode, Sid, Zxid};

/// What an event says of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// It begins.
    Invoke,
    /// It took effect.
    Ok,
    /// It certainly did not.
    Fail,
    /// Nobody knows.
    Info,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The session, by its number.
    pub process: u32,
    /// The client's number for the operation.
    pub xid: i32,
    /// What was asked for.
    pub f: &'static str,
    /// The znode.
    pub key: Arc<str>,
    /// Where the operation is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// What was written, or read.
    pub value: Value,
    /// Virtual nanoseconds.
    pub time: u64,
    /// Of the answer.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub zxid: Option<Zxid>,
    /// Who answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Sid>,
    /// Why it failed, or is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorCode>,
}

fn number<S: serde::Serializer>(zxid: &Option<Zxid>, serializer: S) -> Result<S::Ok, S::Error> {
    zxid.map(|zxid| zxid.0).serialize(serializer)
}

/// A znode's data as a value: a number where it is one, `null` where there is none.
pub fn value(data: &str) -> Value {
    match data.parse::<i64>() {
        _ if data.is_empty() => Value::Null,
        // Only what is written back the same way.
        Ok(number) if number.to_string() == data => number.into(),
        _ => data.into(),
    }
}

/// Writes a history: what clients saw, and beside it, in the order of time, what happened to the servers meanwhile, as what
/// Jepsen calls a nemesis.
pub fn write(events: &[Event], marks: &[Mark], mut out: impl Write) -> io::Result<()> {
    for line in lines(events, marks) {
        match line {
            Line::Event(event) => {
                serde_json::to_writer(&mut out, event)?;
                out.write_all(b"\n")?;
            }
            Line::Mark(mark) => write_mark(mark, &mut out)?,
        }
    }
    out.flush()
}

/// The line, counted from 1, of the invoke of an operation, given by its place among the operations.
pub(crate) fn invoke_line(events: &[Event], marks: &[Mark], operation: usize) -> Option<usize> {
    let invokes = |line: &Line<'_>| matches!(line, Line::Event(event) if event.kind == Type::Invoke);
    let mut begun = (1..).zip(lines(events, marks)).filter(|(_, line)| invokes(line));
    begun.nth(operation).map(|(line, _)| line)
}

/// A line of a written history.
pub(super) enum Line<'a> {
    Event(&'a Event),
    Mark(&'a Mark),
}

/// The lines of a history, in their order: what happened to a server comes before what its clients saw of it.
pub(super) fn lines<'a>(events: &'a [Event], marks: &'a [Mark]) -> impl Iterator<Item = Line<'a>> {
    let (mut events, mut marks) = (events.iter().peekable(), marks.iter().peekable());
    std::iter::from_fn(move || {
        let time = events.peek().map_or(u64::MAX, |event| event.time);
        let mark = marks.next_if(|mark| mark.time <= time).map(Line::Mark);
        mark.or_else(|| events.next().map(Line::Event))
    })
}

fn write_mark(mark: &Mark, out: &mut impl Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Written<'a> {
        process: &'a str,
        #[serde(rename = "type")]
        kind: Type,
        f: &'a str,
        value: (),
        time: u64,
    }
    let line = Written { process: "nemesis", kind: Type::Info, f: &mark.text, value: (), time: mark.time };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_is_a_number_only_where_nothing_is_lost() {
        for (data, expected) in [
            ("", json!(null)),
            ("17", json!(17)),
            ("-3", json!(-3)),
            ("017", json!("017")),
            ("a", json!("a")),
        ] {
            assert_eq!(value(data), expected);
        }
    }

    #[test]
    fn a_line_has_the_fields_in_their_order() {
        let event = Event {
            process: 2,
            xid: 1,
            f: "read",
            key: "/a".into(),
            kind: Type::Ok,
            value: value("3"),
            time: 5,
            zxid: Some(Zxid(7)),
            server: Some(Sid(3)),
            error: None,
        };
        let mut text = Vec::new();
        write(&[event], &[], &mut text).unwrap();
        let line = r#"{"process":2,"xid":1,"f":"read","key":"/a","type":"ok","value":3,"time":5,"zxid":7,"server":3}"#;
        assert_eq!(String::from_utf8(text).unwrap(), format!("{line}\n"));
    }
}
