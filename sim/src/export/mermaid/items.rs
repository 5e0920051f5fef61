//! What a diagram shows, in its order.

use super::super::events::{arrival, is_lost, messages, story};
use crate::recording::{Instant, Recording, Role};
use crate::view::seconds;

/// How far notes of one party lie apart at most that are told as one.
const TOGETHER: u64 = 50_000_000;

/// How an arrow ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It arrives.
    Received,
    /// It never arrives.
    Lost,
    /// It is on its way at the end.
    UnderWay,
}

impl Sign {
    pub(super) fn written(self) -> &'static str {
        match self {
            Sign::Received => "->>",
            Sign::Lost => "-x",
            Sign::UnderWay => "-)",
        }
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arrow {
    pub(super) at: u64,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) sign: Sign,
    pub(super) words: String,
}

/// Packets of which there is one a transaction: their numbers go on.
const NUMBERED: &[&str] = &["REQUEST", "PROPOSAL", "ACK", "COMMIT", "INFORM", "COMMITANDACTIVATE"];

impl Arrow {
    /// The same, at whatever time; of one more transaction, the same for it.
    pub(super) fn is_like(&self, other: &Arrow) -> bool {
        let ends = |arrow: &Arrow| (arrow.from, arrow.to, arrow.sign);
        ends(self) == ends(other)
            && (self.words == other.words || (self.is_numbered() && self.kind().eq(other.kind())))
    }

    fn is_numbered(&self) -> bool {
        self.words.split(' ').next().is_some_and(|packet| NUMBERED.contains(&packet))
    }

    /// What it says but for numbers.
    fn kind(&self) -> impl Iterator<Item = &str> {
        let number = |word: &&str| word.starts_with("0x");
        let digits = |sign: char| sign.is_ascii_digit();
        self.words.split(' ').filter(move |word| !number(word)).map(move |word| word.trim_end_matches(digits))
    }
}

/// Something that a diagram shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Arrow(Arrow),
    Note {
        at: u64,
        over: (usize, usize),
        lines: Vec<String>,
    },
    /// A partition begins or ends.
    Tint {
        at: u64,
        on: bool,
    },
}

impl Item {
    pub(super) fn at(&self) -> u64 {
        match self {
            Item::Arrow(arrow) => arrow.at,
            Item::Note { at, .. } | Item::Tint { at, .. } => *at,
        }
    }
}

/// Where it stands among those of one instant: what was said before it happened, what arrived, what came of it, what was sent
/// in vain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Caption,
    TintBegins,
    Arrives,
    Note,
    Sent,
    TintEnds,
}

/// All of them, by time.
pub(super) fn items(recording: &Recording) -> Vec<Item> {
    let mut all: Vec<((Instant, Place), Item)> = Vec::new();
    captions(recording, &mut all);
    tints(recording, &mut all);
    for (_, message) in messages(recording) {
        let arrow = |at: u64, sign: Sign| {
            let words = message.words.clone();
            Item::Arrow(Arrow { at, from: message.from, to: message.to, sign, words })
        };
        all.push(match arrival(recording, message) {
            Some(when) => ((when, Place::Arrives), arrow(when.at, Sign::Received)),
            None => {
                let sign = if is_lost(message) { Sign::Lost } else { Sign::UnderWay };
                ((message.sent, Place::Sent), arrow(message.sent.at, sign))
            }
        });
    }
    notes(recording, &mut all);
    all.sort_by_key(|(place, _)| *place);
    joined(all.into_iter().map(|(_, item)| item))
}

/// What the scenario says, and what everybody is where the window begins later than the run.
fn captions(recording: &Recording, all: &mut Vec<((Instant, Place), Item)>) {
    let over = (0, recording.servers().saturating_sub(1));
    let inside = |at: u64| (recording.from..=recording.to).contains(&at);
    for frame in recording.frames.iter().filter(|frame| inside(frame.at) && !frame.say.is_empty()) {
        let note = Item::Note { at: frame.at, over, lines: frame.say.clone() };
        all.push(((Instant { at: frame.at, step: 0 }, Place::Caption), note));
    }
    if recording.from > 0 {
        let begin = recording.bands.iter().filter(|band| band.from.at <= recording.from);
        let servers = begin.filter(|band| recording.lanes[band.lane].sid.is_some());
        let mut is: Vec<Option<String>> = vec![None; recording.servers()];
        for band in servers {
            let name = &recording.lanes[band.lane].name;
            is[band.lane] = Some(format!("{name} {}", band.role));
        }
        let is: Vec<String> = is.into_iter().flatten().collect();
        let line = format!("{} s: {}", seconds(recording.from), is.join(", "));
        let note = Item::Note { at: recording.from, over, lines: vec![line] };
        all.push(((Instant { at: recording.from, step: 0 }, Place::Caption), note));
    }
}

/// When anything is cut.
fn tints(recording: &Recording, all: &mut Vec<((Instant, Place), Item)>) {
    let end = Instant { at: recording.to, step: u64::MAX };
    let mut cuts: Vec<(Instant, Instant)> = recording
        .troubles
        .iter()
        .filter(|trouble| trouble.kind == "cut")
        .map(|trouble| (trouble.from, trouble.until.unwrap_or(end)))
        .collect();
    cuts.sort_unstable();
    let mut stretches: Vec<(Instant, Instant)> = Vec::new();
    for (from, until) in cuts {
        match stretches.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => stretches.push((from, until)),
        }
    }
    for (from, until) in stretches {
        let begin = Instant { at: from.at.max(recording.from), ..from };
        all.push(((begin, Place::TintBegins), Item::Tint { at: begin.at, on: true }));
        all.push(((until, Place::TintEnds), Item::Tint { at: until.at, on: false }));
    }
}

fn notes(recording: &Recording, all: &mut Vec<((Instant, Place), Item)>) {
    let everybody = (0, recording.lanes.len().saturating_sub(1));
    for line in story(recording) {
        let over = line.lane.map_or(everybody, |lane| (lane, lane));
        let at = line.when.at;
        let voters = line.lane.filter(|_| line.text.starts_with(Role::Leading.word()));
        let voters = voters.and_then(|lane| quorum(recording, lane, line.when));
        let (over, text) = match voters {
            Some((over, needs)) => {
                let name = line.lane.map_or("", |lane| &recording.lanes[lane].name);
                (over, format!("{name} {}, a quorum: {needs}", line.text))
            }
            None => (over, line.text.clone()),
        };
        let lines = vec![format!("{} s: {text}", seconds(at))];
        all.push(((line.when, Place::Note), Item::Note { at, over, lines }));
    }
}

/// Whose votes made a server leader just then, from the first to the last, and what a quorum is by its list.
fn quorum(recording: &Recording, lane: usize, when: Instant) -> Option<((usize, usize), &str)> {
    let before = recording.state_at(lane, when.step.checked_sub(1)?)?;
    let server = before.server.as_ref()?;
    let voters = server.votes.iter().filter(|vote| vote.counts);
    let lanes: Vec<usize> =
        voters.filter_map(|vote| recording.lanes.iter().position(|lane| lane.name == vote.from)).collect();
    Some(((*lanes.iter().min()?, *lanes.iter().max()?), &recording.lanes[lane].needs))
}

/// Notes over the same parties that follow each other closely are one.
fn joined(items: impl Iterator<Item = Item>) -> Vec<Item> {
    let mut all: Vec<Item> = Vec::new();
    for item in items {
        match (all.last_mut(), item) {
            (Some(Item::Note { at, over, lines }), Item::Note { at: later, over: same, lines: more })
                if *over == same && over.0 == over.1 && later - *at <= TOGETHER && lines.len() < 8 =>
            {
                // The time is told once.
                let stamp = format!("{} s: ", seconds(*at));
                lines.extend(more.into_iter().map(|line| match line.strip_prefix(&stamp) {
                    Some(rest) => rest.to_owned(),
                    None => line,
                }));
            }
            (_, item) => all.push(item),
        }
    }
    all
}
