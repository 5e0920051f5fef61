//! What each party does in each step, as one event: what it gets, what it says of it, what it sends.

use crate::recording::{Fate, Instant, Line, Message, Recording};
use crate::view::seconds;
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
    let Recording { left_out: out, messages, states, story, transactions, operations, .. } = recording;
    let kinds = [
        (out.messages, "message", messages.last().map(|message| message.sent)),
        (out.states, "change of state", states.last().map(|state| state.when)),
        (out.story, "line of the story", story.last().map(|line| line.when)),
        (out.transactions, "transaction", transactions.last().map(|txn| txn.proposed)),
        (out.operations, "operation of clients", operations.last().map(|operation| operation.asked)),
    ];
    let told: Vec<String> = kinds
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, last)| {
            let at = seconds(last.map_or(recording.from, |last| last.at));
            format!("{} after {at} s", counted(*count, what))
        })
        .collect();
    (!told.is_empty())
        .then(|| format!("Left out, since a recording ends there: {}; {}.", told.join(", "), super::NARROW))
}

/// `1 message`, `2 messages`, `2 lines of the story`.
pub(super) fn counted(count: u64, what: &str) -> String {
    let (noun, of) =
        what.split_once(' ').map_or((what, String::new()), |(noun, of)| (noun, format!(" {of}")));
    format!("{count} {noun}{}{of}", if count == 1 { "" } else { "s" })
}

/// Says that a window has nothing to show.
pub(super) fn nothing(recording: &Recording) -> String {
    let (from, to) = (seconds(recording.from), seconds(recording.to));
    format!("Nothing that is shown here happens between {from} s and {to} s.")
}
