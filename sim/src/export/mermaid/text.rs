//! Words as Mermaid takes them.

use crate::recording::Recording;
use std::collections::BTreeSet;

/// How long a line is, in characters, of a note over one party, and over several.
pub(super) const NARROW: usize = 44;
pub(super) const WIDE: usize = 80;

/// Words that begin a statement, and so name nobody; in lower case.
const KEYWORDS: &[&str] = &[
    "accdescr",
    "acctitle",
    "activate",
    "actor",
    "alt",
    "and",
    "as",
    "autonumber",
    "box",
    "break",
    "create",
    "critical",
    "deactivate",
    "destroy",
    "details",
    "else",
    "end",
    "left",
    "link",
    "links",
    "loop",
    "note",
    "off",
    "opt",
    "option",
    "over",
    "par",
    "par_over",
    "participant",
    "properties",
    "rect",
    "right",
    "sequencediagram",
    "title",
];

/// What a party is called within the text.
#[derive(Clone, Debug)]
pub(super) struct Ids(Vec<Option<String>>);

impl Ids {
    /// Of the servers, and of the clients that do something: a workload has many.
    pub(super) fn of(recording: &Recording) -> Ids {
        let mut taken = BTreeSet::new();
        let busy: BTreeSet<usize> = recording
            .messages
            .iter()
            .flat_map(|message| [message.from, message.to])
            .chain(recording.story.iter().filter_map(|line| line.lane))
            .collect();
        let ids = recording.lanes.iter().enumerate().map(|(lane, party)| {
            if party.sid.is_none() && !busy.contains(&lane) {
                return None;
            }
            let mut id: String = party
                .name
                .chars()
                .map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' })
                .collect();
            if id.is_empty() || KEYWORDS.contains(&id.to_ascii_lowercase().as_str()) {
                id.push('_');
            }
            while !taken.insert(id.to_ascii_lowercase()) {
                id.push_str(&format!("_{lane}"));
            }
            Some(id)
        });
        Ids(ids.collect())
    }

    pub(super) fn is_shown(&self, lane: usize) -> bool {
        self.0.get(lane).is_some_and(Option::is_some)
    }

    pub(super) fn of_lane(&self, lane: usize) -> &str {
        self.0.get(lane).and_then(Option::as_deref).unwrap_or_default()
    }

    /// From the first party to the last.
    pub(super) fn everybody(&self, recording: &Recording) -> Option<String> {
        let mut shown = (0..recording.lanes.len()).filter(|lane| self.is_shown(*lane));
        let first = shown.next()?;
        Some(match shown.next_back() {
            Some(last) => format!("{},{}", self.of_lane(first), self.of_lane(last)),
            None => self.of_lane(first).to_owned(),
        })
    }
}

/// A text in which nothing is taken for Mermaid's own signs, or for a page's.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '<' => out.push_str("#60;"),
            '>' => out.push_str("#62;"),
            '&' => out.push_str("#38;"),
            '%' => out.push_str("#37;"),
            '\\' => out.push_str("#92;"),
            // Mathematics stands between two of them.
            '$' => out.push_str("#36;"),
            sign if sign.is_control() => out.push(' '),
            sign => out.push(sign),
        }
    }
    // The word alone ends a block.
    if out.trim().eq_ignore_ascii_case("end") { format!("'{}'", out.trim()) } else { out }
}

/// Lines of a note, none longer than so many characters where words allow that.
pub(super) fn wrapped(lines: &[String], longest: usize) -> String {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        let mut current = String::new();
        for word in line.split_whitespace() {
            if !current.is_empty() && current.chars().count() + word.chars().count() >= longest {
                all.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        all.push(current);
    }
    all.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br/>")
}
