//! For [Mermaid](https://mermaid.js.org): a sequence diagram in text, which GitHub, GitLab and editors draw.
//!
//! Messages are arrows, in the order in which they arrive; lost ones end in a cross where they were sent. What the story tells
//! of a party is a note over it, an election a note over the quorum; a partition is tinted. Rounds that repeat are loops.

mod fold;
mod items;
mod text;

use super::Written;
use super::events::{counted, not_recorded, nothing};
use crate::recording::Recording;
use crate::view::seconds;
use fold::{Folded, fold};
use items::{Arrow, Item, items};
use text::{Ids, NARROW, WIDE, escaped, wrapped};

/// How many characters are written: Mermaid draws nothing from 50,000 on.
pub const CHARACTERS: usize = 49_000;

/// What the last note of a diagram that was cut takes, at most.
const LAST_NOTE: usize = 1000;

/// Writes it.
pub fn write(recording: &Recording) -> Written {
    write_at_most(recording, CHARACTERS)
}

/// Writes no more than so many characters, where its head fits.
pub fn write_at_most(recording: &Recording, most: usize) -> Written {
    let ids = Ids::of(recording);
    let mut text = head(recording, &ids);
    let mut remarks: Vec<String> = not_recorded(recording).into_iter().collect();
    let folded = fold(items(recording));
    // What everybody is when a window begins is no event.
    let told: u64 = folded.iter().map(|part| part.arrows() + part.notes()).sum();
    if told == u64::from(recording.from > 0) {
        remarks.push(nothing(recording));
    }
    let whole = most.saturating_sub(LAST_NOTE);
    let mut tinted = false;
    let mut cut = None;
    // What has been written so far may stand only with its ends.
    let mut written = text.chars().count();
    for (place, part) in folded.iter().enumerate() {
        let lines = lines(part, &ids, &mut tinted);
        let length = lines.chars().count();
        if written + length > whole {
            // A tint that did not fit was not begun, and one that was to end still has to.
            if let Folded::One(Item::Tint { on, .. }) = part {
                tinted = !on;
            }
            cut = Some(place);
            break;
        }
        written += length;
        text.push_str(&lines);
    }
    if let Some(place) = cut {
        let left = &folded[place..];
        let at = seconds(left.iter().find_map(Folded::at).unwrap_or(recording.to));
        let arrows: u64 = left.iter().map(Folded::arrows).sum();
        let notes: u64 = left.iter().map(Folded::notes).sum();
        remarks.push(format!(
            "{} and {} from {at} s on are left out: Mermaid draws nothing above {most} characters; {}.",
            counted(arrows, "message"),
            counted(notes, "note"),
            super::NARROW
        ));
    }
    if tinted {
        text.push_str("    end\n");
    }
    if let Some(over) = ids.everybody(recording).filter(|_| !remarks.is_empty()) {
        text.push_str(&format!("    Note over {over}: {}\n", wrapped(&remarks, WIDE)));
    }
    Written { text, remarks }
}

/// Title and parties, in their order.
fn head(recording: &Recording, ids: &Ids) -> String {
    let title = escaped(&format!("{}, seed {}", recording.name, recording.seed));
    let mut text = format!("sequenceDiagram\n    title {title}\n    autonumber\n");
    for (lane, party) in recording.lanes.iter().enumerate().filter(|(lane, _)| ids.is_shown(*lane)) {
        let is = if party.sid.is_some() { "participant" } else { "actor" };
        let observes = if party.observer { " (observer)" } else { "" };
        text.push_str(&format!("    {is} {} as {}{observes}\n", ids.of_lane(lane), escaped(&party.name)));
    }
    text
}

fn lines(part: &Folded, ids: &Ids, tinted: &mut bool) -> String {
    match part {
        Folded::One(item) => line(item, ids, 1, tinted),
        Folded::Same(arrow, times) => line(&Item::Arrow(arrow.clone()), ids, *times, tinted),
        Folded::Rounds { round, times, until, counts } => {
            let counts = if *counts { ", numbers go on" } else { "" };
            let body: String =
                round.iter().map(|arrow| line(&Item::Arrow(arrow.clone()), ids, 1, tinted)).collect();
            format!("    loop {times} times{counts}, until {} s\n{body}    end\n", seconds(*until))
        }
    }
}

fn line(item: &Item, ids: &Ids, times: u64, tinted: &mut bool) -> String {
    match item {
        Item::Arrow(Arrow { from, to, sign, words, .. }) => {
            let times = if times > 1 { format!(" (x {times})") } else { String::new() };
            let (from, to) = (ids.of_lane(*from), ids.of_lane(*to));
            format!("    {from}{}{to}: {}{times}\n", sign.written(), escaped(words))
        }
        Item::Note { over, lines, .. } => {
            let (first, last) = (ids.of_lane(over.0), ids.of_lane(over.1));
            let (over, longest) =
                if first == last { (first.to_owned(), NARROW) } else { (format!("{first},{last}"), WIDE) };
            format!("    Note over {over}: {}\n", wrapped(lines, longest))
        }
        Item::Tint { on, .. } => {
            *tinted = *on;
            (if *on { "    rect rgb(253, 236, 220)\n" } else { "    end\n" }).to_owned()
        }
    }
}
