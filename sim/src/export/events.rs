//! What each party does in each step, as one event: what it gets, what it says of it, what it sends.

use crate::recording::{Fate, Instant, Line, Message, Recording};
use std::collections::BTreeMap;

/// An event of one party.
#[derive(Clone, Debug)]
pub(super) struct Event<'r> {
    pub(super) when: Instant,
    pub(super) lane: usize,
    /// What it got: places among the messages.
    pub(super) got: Vec<usize>,
    /// What the story says of it.
    pub(super) told: Vec<&'r str>,
    /// What it sent: places among the messages.
    pub(super) sent: Vec<usize>,
}

/// All of them, by time: an event comes after everything that it can have been caused by.
pub(super) fn events(recording: &Recording) -> Vec<Event<'_>> {
    let mut all: BTreeMap<(Instant, usize), Event<'_>> = BTreeMap::new();
    for (place, message) in messages(recording) {
        at(&mut all, message.sent, message.from).sent.push(place);
        if let Some(when) = arrival(recording, message) {
            at(&mut all, when, message.to).got.push(place);
        }
    }
    for line in story(recording) {
        if let Some(lane) = line.lane {
            at(&mut all, line.when, lane).told.push(&line.text);
        }
    }
    all.into_values().collect()
}

/// The messages with their places, but for those in which two machines only greet each other.
pub(super) fn messages(recording: &Recording) -> impl Iterator<Item = (usize, &Message)> {
    recording.messages.iter().enumerate().filter(|(_, message)| message.packet != "HELLO")
}

/// What a client's shell prints below the data of a znode.
const STAT: &[&str] = &[
    "cZxid",
    "ctime",
    "mZxid",
    "mtime",
    "pZxid",
    "cversion",
    "dataVersion",
    "aclVersion",
    "ephemeralOwner",
    "dataLength",
    "numChildren",
];

/// The story but for such lines: a table has no place in a picture.
pub(super) fn story(recording: &Recording) -> impl Iterator<Item = &Line> {
    recording.story.iter().filter(|line| match line.text.split_once(" = ") {
        Some((name, _)) => !STAT.contains(&name),
        None => true,
    })
}

fn at<'a, 'r>(
    all: &'a mut BTreeMap<(Instant, usize), Event<'r>>,
    when: Instant,
    lane: usize,
) -> &'a mut Event<'r> {
    let fresh = Event { when, lane, got: Vec::new(), told: Vec::new(), sent: Vec::new() };
    all.entry((when, lane)).or_insert(fresh)
}

/// When a message was received, if that is within the window.
pub(super) fn arrival(recording: &Recording, message: &Message) -> Option<Instant> {
    match message.fate {
        Fate::Received(when) if when.at <= recording.to => Some(when),
        _ => None,
    }
}

/// Whether a message was lost.
pub(super) fn is_lost(message: &Message) -> bool {
    matches!(message.fate, Fate::Lost(_))
}

/// What the recording itself left out, if anything.
pub(super) fn not_recorded(recording: &Recording) -> Option<String> {
    let out = &recording.left_out;
    let counts = [
        (out.messages, "messages"),
        (out.states, "changes of state"),
        (out.story, "lines of the story"),
        (out.transactions, "transactions"),
        (out.operations, "operations of clients"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!told.is_empty())
        .then(|| format!("Left out, since a recording ends there: {}; {}.", told.join(", "), super::NARROW))
}
