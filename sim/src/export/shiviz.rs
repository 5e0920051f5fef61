//! For [ShiViz](https://bestchai.bitbucket.io/shiviz/): a space-time diagram from vector clocks.
//!
//! Two lines an event, as ShiViz reads them without being told: what happened, then the host and its clock. An event is all
//! that one party does in one step; so what a step sends carries the clock of what it got. Clocks count only what is written,
//! and so are assigned last.

use super::events::{Event, arrival, events, is_lost, not_recorded, nothing};
use super::{NARROW, Written};
use crate::recording::Recording;
use crate::view::seconds;
use std::collections::BTreeMap;

/// ShiViz's own expression, which reads these files. JavaScript's and others' regular expressions have this form.
pub const EXPRESSION: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";

/// How many events are written: more can hardly be looked at there.
pub const EVENTS: usize = 2000;

/// A vector clock, by lane.
type Clock = BTreeMap<usize, u32>;

/// Writes it.
pub fn write(recording: &Recording) -> Written {
    write_at_most(recording, EVENTS)
}

/// Writes no more than so many events, at least one.
pub fn write_at_most(recording: &Recording, most: usize) -> Written {
    let all = events(recording);
    let mut remarks: Vec<String> = not_recorded(recording).into_iter().collect();
    let fits = all.len() + remarks.len() <= most;
    // What is left out is an event of its own.
    let shown =
        if fits { &all[..] } else { &all[..most.saturating_sub(1 + remarks.len()).clamp(1, all.len())] };
    if let (Some(first), true) = (all.get(shown.len()), shown.len() < all.len()) {
        let (left, at) = (all.len() - shown.len(), seconds(first.when.at));
        remarks.push(format!(
            "{left} events from {at} s on are left out: {most} are written at most; {NARROW}."
        ));
    }
    if all.is_empty() {
        remarks.push(format!("{} The file is empty.", nothing(recording)));
    }
    let mut text = String::new();
    let mut clocks: Vec<Clock> = vec![Clock::new(); recording.lanes.len()];
    let mut attached: BTreeMap<usize, Clock> = BTreeMap::new();
    for event in shown {
        let clock = &mut clocks[event.lane];
        for got in &event.got {
            for (lane, count) in attached.remove(got).unwrap_or_default() {
                let known = clock.entry(lane).or_default();
                *known = count.max(*known);
            }
        }
        tell(&mut text, recording, event.lane, &words(recording, event), clock);
        for sent in &event.sent {
            attached.insert(*sent, clock.clone());
        }
    }
    if let Some(last) = shown.last() {
        for remark in &remarks {
            tell(&mut text, recording, last.lane, remark, &mut clocks[last.lane]);
        }
    }
    Written { text, remarks }
}

/// An event, with the next clock of its host.
fn tell(text: &mut String, recording: &Recording, lane: usize, what: &str, clock: &mut Clock) {
    *clock.entry(lane).or_default() += 1;
    let host = |lane: usize| recording.lanes[lane].name.replace(char::is_whitespace, "_");
    let entries: Vec<String> = clock
        .iter()
        .map(|(lane, count)| format!("{}:{count}", serde_json::Value::from(host(*lane))))
        .collect();
    text.push_str(&format!("{what}\n{} {{{}}}\n", host(lane), entries.join(",")));
}

fn words(recording: &Recording, event: &Event<'_>) -> String {
    let name = |lane: usize| &recording.lanes[lane].name;
    let mut said: Vec<String> = Vec::new();
    for got in &event.got {
        let message = &recording.messages[*got];
        said.push(format!("gets {} from {}", message.words, name(message.from)));
    }
    said.extend(event.told.iter().map(|line| (*line).to_owned()));
    for sent in &event.sent {
        let message = &recording.messages[*sent];
        let fate = match arrival(recording, message) {
            Some(_) => "",
            None if is_lost(message) => " (it is lost)",
            None => " (it is under way at the end)",
        };
        said.push(format!("sends {} to {}{fate}", message.words, name(message.to)));
    }
    let said = said.join("; ").replace(['\n', '\r'], " ");
    format!("{} s: {said}", seconds(event.when.at))
}
