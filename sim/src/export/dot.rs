//! For [Graphviz](https://graphviz.org): what led to what, as a graph.
//!
//! A node is all that one party does in one step; an edge leads to what the party does next, or to where a message arrives. So
//! a path is a chain of causes, and two nodes without a path know nothing of each other. Time runs downwards, a column a
//! party: places are given, since a layout would let columns cross. The form of a node says what the party is.

use super::events::{Event, arrival, events, is_lost, messages, not_recorded, nothing};
use super::{NARROW, Written};
use crate::recording::{Recording, Role};
use crate::view::seconds;
use std::collections::{BTreeMap, BTreeSet};

/// How many nodes are written: a larger graph is neither laid out soon nor read.
pub const NODES: usize = 400;

/// From one column to the next, in inches.
const COLUMN: f64 = 3.4;

/// From one row to the next, in inches.
const ROW: f64 = 0.35;

/// How long a line of a label is, in characters.
const LINE: usize = 36;

/// Writes it.
pub fn write(recording: &Recording) -> Written {
    write_at_most(recording, NODES)
}

/// Writes no more than so many events as nodes.
pub fn write_at_most(recording: &Recording, most: usize) -> Written {
    let all = events(recording);
    let shown = &all[..all.len().min(most)];
    let mut remarks: Vec<String> = not_recorded(recording).into_iter().collect();
    if let Some(first) = all.get(shown.len()) {
        let (left, at) = (all.len() - shown.len(), seconds(first.when.at));
        remarks.push(format!(
            "{left} events from {at} s on are left out: {most} are written at most; {NARROW}."
        ));
    }
    if all.is_empty() {
        remarks.push(nothing(recording));
    }
    let mut text = head(recording, &remarks);
    let mut page = Page::new(shown);
    for lane in page.columns.keys() {
        let (name, at) = (quoted(&recording.lanes[*lane].name), page.place(*lane, 0.0));
        text.push_str(&format!("  p{lane} [label={name}, {at}, shape=plaintext, fontsize=14];\n"));
    }
    let mut last: BTreeMap<usize, String> = BTreeMap::new();
    let mut places: BTreeMap<(usize, bool), (String, f64)> = BTreeMap::new();
    for (number, event) in shown.iter().enumerate() {
        let id = format!("e{number}");
        let (look, height) = look(recording, event);
        let causes = event.got.iter().filter_map(|got| Some(places.get(&(*got, false))?.1));
        let y = page.next(event.lane, height, causes);
        text.push_str(&format!("  {id} [{}, {look}];\n", page.place(event.lane, y)));
        let before = last.insert(event.lane, id.clone()).unwrap_or_else(|| format!("p{}", event.lane));
        text.push_str(&format!("  {before} -> {id} [color=\"#888888\", arrowsize=0.4];\n"));
        places.extend(event.got.iter().map(|got| ((*got, true), (id.clone(), y))));
        places.extend(event.sent.iter().map(|sent| ((*sent, false), (id.clone(), y))));
    }
    let mut lost: BTreeMap<&str, u32> = BTreeMap::new();
    for (place, message) in messages(recording) {
        let Some((from, y)) = places.get(&(place, false)) else { continue };
        let (packet, words) = (quoted(message.packet), quoted(&message.words));
        let about = format!("label={packet}, tooltip={words}, labeltooltip={words}");
        match (places.get(&(place, true)), arrival(recording, message)) {
            (Some((to, _)), _) => text.push_str(&format!("  {from} -> {to} [{about}];\n")),
            // Where it arrives was left out.
            (None, Some(_)) => {}
            (None, None) => {
                let fate = if is_lost(message) { "lost" } else { "under way" };
                let label = quoted(&format!("{fate}\nto {}", recording.lanes[message.to].name));
                // What one event sends in vain stands below each other.
                let before = lost.entry(from).or_insert(0_u32);
                let at = page.halfway(message.from, message.to, y - ROW * (1.0 + f64::from(*before)));
                *before += 1;
                text.push_str(&format!(
                    "  m{place} [{at}, shape=plaintext, fontsize=8, fontcolor=\"#a00000\", label={label}];\n"
                ));
                text.push_str(&format!("  {from} -> m{place} [style=dashed, color=\"#a00000\", {about}];\n"));
            }
        }
    }
    text.push_str("}\n");
    Written { text, remarks }
}

/// The graph's name, what is left out, and how all of it looks.
fn head(recording: &Recording, remarks: &[String]) -> String {
    let mut title = format!("{}, seed {}", recording.name, recording.seed);
    for remark in remarks {
        title.push('\n');
        title.push_str(remark);
    }
    format!(
        "digraph zablab {{\n  label={}; labelloc=t; fontname=\"sans-serif\";\n  \
         layout=neato; splines=line; outputorder=edgesfirst;\n  \
         node [fontname=\"sans-serif\", fontsize=10, shape=box, margin=\"0.08,0.04\"];\n  \
         edge [fontname=\"sans-serif\", fontsize=8, arrowsize=0.6];\n",
        quoted(&title)
    )
}

/// Where nodes stand, in inches; downwards is less.
struct Page {
    /// The column of each lane that is shown.
    columns: BTreeMap<usize, usize>,
    /// How far each of them is filled.
    filled: BTreeMap<usize, f64>,
    /// Where the last node stands: none that is later is above it.
    last: f64,
}

impl Page {
    fn new(shown: &[Event<'_>]) -> Page {
        let lanes: BTreeSet<usize> = shown.iter().map(|event| event.lane).collect();
        let columns: BTreeMap<usize, usize> = lanes.into_iter().zip(0..).collect();
        let filled = columns.keys().map(|lane| (*lane, -ROW)).collect();
        Page { columns, filled, last: -ROW }
    }

    fn x(&self, lane: usize) -> f64 {
        self.columns.get(&lane).map_or(0.0, |column| *column as f64 * COLUMN)
    }

    /// The place of a node of a lane.
    fn place(&self, lane: usize, y: f64) -> String {
        format!("pos=\"{:.2},{y:.2}!\"", self.x(lane))
    }

    /// The place of something between two lanes.
    fn halfway(&self, one: usize, other: usize, y: f64) -> String {
        format!("pos=\"{:.2},{y:.2}!\"", (self.x(one) + self.x(other)) / 2.0)
    }

    /// How far down the next node of a lane stands: below what led to it, and not above what was earlier.
    fn next(&mut self, lane: usize, height: f64, causes: impl Iterator<Item = f64>) -> f64 {
        let above = self.filled.entry(lane).or_insert(-ROW);
        let free = *above - ROW / 2.0 - height / 2.0;
        let y = causes.map(|cause| cause - ROW).fold(free.min(self.last), f64::min);
        *above = y - height / 2.0;
        self.last = y;
        y
    }
}

/// How a node looks, and how high it is.
fn look(recording: &Recording, event: &Event<'_>) -> (String, f64) {
    let role = recording.state_at(event.lane, event.when.step).map_or(Role::Down, |state| state.role());
    let time = format!("{} s", seconds(event.when.at));
    if event.told.is_empty() {
        let got = event.got.iter().map(|got| format!("gets {}", recording.messages[*got].words));
        let sent = event.sent.iter().map(|sent| format!("sends {}", recording.messages[*sent].words));
        let about: Vec<String> = std::iter::once(time).chain(got).chain(sent).collect();
        return (format!("shape=point, width=0.08, tooltip={}", quoted(&about.join("\n"))), 0.08);
    }
    let shape = match role {
        Role::Leading | Role::Standalone => "peripheries=2, style=filled, fillcolor=\"#fde9c8\"",
        Role::Following | Role::Observing | Role::Connected => "style=filled, fillcolor=\"#dcebfa\"",
        Role::Looking => "style=\"filled,dashed\", fillcolor=\"#f4f4f4\"",
        _ => "style=\"filled,dotted\", fillcolor=white",
    };
    let mut label = time;
    for line in &event.told {
        label.push('\n');
        label.push_str(&wrapped(line));
    }
    let lines = label.lines().count();
    (format!("{shape}, label={}", quoted(&label)), lines as f64 * 0.17 + 0.15)
}

/// Lines, none too long.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let next = word.chars().count();
        if length > 0 && length + next >= LINE {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += next;
    }
    out
}

/// A text as Graphviz takes it: in quotes, lines parted by its own sign.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            sign if sign.is_control() => out.push(' '),
            sign => out.push(sign),
        }
    }
    out.push('"');
    out
}
