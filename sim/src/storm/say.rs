//! Parts of the tree of a scenario, in few words.

use crate::scenario::{
    Action, Direction, Event, Line, Links, Moment, Occurrence, Packet, Port, Prefix, ServerRef, Servers,
    Statement, Step, Stream, Time, Timed, Value,
};
use crate::schedule::Range;

pub(super) fn name(name: &str) -> ServerRef {
    ServerRef::Name(name.to_owned())
}

pub(super) fn one(server: &str) -> Servers {
    Servers::List(vec![name(server)])
}

pub(super) fn some<S: AsRef<str>>(servers: &[S]) -> Servers {
    Servers::List(servers.iter().map(|server| name(server.as_ref())).collect())
}

/// Both ways.
pub(super) fn between(first: Servers, second: Servers, port: Option<Port>) -> Links {
    Links { first, direction: Direction::Both, second, port }
}

/// From the first to the second.
pub(super) fn towards(first: Servers, second: Servers, port: Option<Port>) -> Links {
    Links { first, direction: Direction::OneWay, second, port }
}

pub(super) fn packets(packet: Packet, from: Servers, to: Servers) -> Stream {
    Stream { packet: Some(packet), from, to, port: None }
}

pub(super) fn heal(links: Links) -> Step {
    Step::Heal(Some(links))
}

pub(super) fn event(moment: Moment, server: &str, occurrence: Occurrence) -> Event {
    Event { moment, server: name(server), occurrence }
}

/// A setting of the world that changes, for one server or for all of them.
pub(super) fn set(server: Option<&str>, key: &str, range: Range) -> Step {
    Step::Set { server: server.map(name), key: key.to_owned(), value: range_value(range) }
}

pub(super) fn range_value(range: Range) -> Value {
    Value::Duration { min: Time(range.min), max: Time(range.max) }
}

pub(super) fn step(prefix: Prefix, step: Step) -> Line {
    Line::of(Statement::Timed(Timed::new(prefix, Action::Step(step))))
}

/// A step at so many milliseconds.
pub(super) fn at(millis: u64, what: Step) -> Line {
    step(Prefix::At(Time::from_millis(millis)), what)
}
