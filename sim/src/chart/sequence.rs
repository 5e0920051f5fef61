//! A space-time diagram: a column a party, time downwards, an arrow a packet.

use super::{Paper, Row, columns, left_out, legend};
use crate::recording::{Band, Fate, Message, Recording, Role, Trouble};
use crate::view::{Ink, seconds};
use std::collections::BTreeMap;

/// The columns of the time, with the gap behind it.
const TIME: usize = 11;
/// A party is never narrower.
const NARROWEST: usize = 9;
/// Nor wider.
const WIDEST: usize = 40;
/// So many packets between two turns or steps are drawn one by one; of more each kind is counted.
const DRAWN: usize = 16;
/// What is alike is counted together where it comes within this time.
const SOON: u64 = 1_000_000_000;
/// What takes longer says when it arrives.
const LATE: u64 = 20_000_000;
/// No more rows are drawn.
const ROWS: usize = 4_000;

/// Something in the diagram, in the order of time.
enum Mark<'r> {
    Band(&'r Band),
    Trouble(&'r Trouble),
    /// Packets that are alike, how many, and when the last of them was sent.
    Packets(&'r Message, usize, u64),
}

impl Mark<'_> {
    fn at(&self) -> u64 {
        match self {
            Mark::Band(band) => band.from.at,
            Mark::Trouble(trouble) => trouble.from.at,
            Mark::Packets(message, ..) => message.sent.at,
        }
    }
}

struct Diagram<'r> {
    recording: &'r Recording,
    paper: Paper,
    /// How many parties are drawn.
    fit: usize,
    /// How wide each is.
    width: usize,
    /// What each party is.
    now: Vec<Option<&'r Band>>,
    out: String,
    rows: usize,
    /// The time of the row above.
    told: Option<u64>,
}

/// The diagram.
pub fn sequence(recording: &Recording, paper: Paper) -> String {
    let lanes = recording.lanes.len();
    let (fit, width) = columns(paper.width.saturating_sub(TIME), lanes, NARROWEST, WIDEST);
    let now = vec![None; lanes];
    let mut diagram = Diagram { recording, paper, fit, width, now, out: String::new(), rows: 0, told: None };
    diagram.head();
    let marks = marks(recording, fit);
    let mut left = 0;
    for mark in &marks {
        if diagram.rows >= ROWS {
            left += 1;
        } else {
            diagram.draw(mark);
        }
    }
    diagram.end(left)
}

/// All that is drawn, folded.
fn marks<'r>(recording: &'r Recording, fit: usize) -> Vec<Mark<'r>> {
    let mut turns: Vec<Mark<'r>> = Vec::new();
    turns.extend(recording.bands.iter().filter(|band| band.lane < fit).map(Mark::Band));
    let drawn = |trouble: &&Trouble| trouble.lane < fit && trouble.to.is_none_or(|to| to < fit);
    // What is done to both ways of a link at once is one thing.
    let mut troubles: Vec<&Trouble> = Vec::new();
    for trouble in recording.troubles.iter().filter(drawn) {
        let mut at_once = troubles.iter().rev().take_while(|known| known.from.at == trouble.from.at);
        if !at_once.any(|known| is_other_way(known, trouble)) {
            troubles.push(trouble);
        }
    }
    turns.extend(troubles.into_iter().map(Mark::Trouble));
    // What was done to a party stands before what it is then.
    turns.sort_by_key(|mark| (mark.at(), matches!(mark, Mark::Band(_))));
    let mut messages = recording.messages.iter().filter(|m| m.from < fit && m.to < fit).peekable();
    // What a step of the scenario brings about is not told before it.
    let steps = recording.frames.iter().flat_map(|frame| frame.steps.iter().filter_map(|step| step.at));
    let mut steps: Vec<u64> = recording.frames.iter().map(|frame| frame.at).chain(steps).collect();
    steps.sort_unstable();
    let mut all = Vec::new();
    let mut tell = |until: u64, all: &mut Vec<Mark<'r>>| {
        let before: Vec<&'r Message> =
            std::iter::from_fn(|| messages.next_if(|message| message.sent.at < until)).collect();
        let step = |message: &Message| steps.partition_point(|step| *step <= message.sent.at);
        before.chunk_by(|a, b| step(a) == step(b)).for_each(|part| all.extend(folded(part)));
    };
    for turn in turns {
        tell(turn.at(), &mut all);
        all.push(turn);
    }
    tell(u64::MAX, &mut all);
    all
}

/// Whether the same is done to a link the other way.
fn is_other_way(one: &Trouble, other: &Trouble) -> bool {
    let same = one.kind == other.kind && one.port == other.port;
    same && one.to == Some(other.lane) && other.to == Some(one.lane)
}

/// Where a packet stands in the course of a write; `None` where it is no part of one.
fn stage(packet: &str) -> Option<u8> {
    let course = ["REQUEST", "PROPOSAL", "ACK", "COMMIT"];
    (0..).zip(course).find(|(_, name)| *name == packet).map(|(stage, _)| stage)
}

/// What is alike of the packets between two turns: neighbours, and where there are many all of a kind that are parted by nothing
/// that the later ones may answer.
fn folded<'r>(messages: &[&'r Message]) -> Vec<Mark<'r>> {
    let lost = |message: &Message| matches!(message.fate, Fate::Lost(_));
    let kind = |message: &Message| (message.from, message.to, message.packet, lost(message));
    let mut all: Vec<Mark<'r>> = Vec::new();
    let mut kinds: BTreeMap<(usize, usize, &str, bool), usize> = BTreeMap::new();
    for message in messages {
        let known = if messages.len() > DRAWN {
            kinds.get(&kind(message)).copied()
        } else {
            all.len().checked_sub(1)
        };
        // Another write goes through the same stages; what is no part of one folds over nothing.
        let goes_before = |mark: &Mark<'_>| match mark {
            Mark::Packets(other, ..) => {
                let link = [message.from, message.to];
                let on_link = link.contains(&other.from) && link.contains(&other.to);
                let after = stage(other.packet)
                    .zip(stage(message.packet))
                    .is_some_and(|(other, stage)| other >= stage);
                on_link && !after
            }
            _ => false,
        };
        let known = known.filter(|place| !all[place + 1..].iter().any(goes_before));
        match known.and_then(|place| all.get_mut(place)) {
            Some(Mark::Packets(first, count, last))
                if kind(first) == kind(message) && message.sent.at - *last <= SOON =>
            {
                (*count, *last) = (*count + 1, message.sent.at);
            }
            _ => {
                kinds.insert(kind(message), all.len());
                all.push(Mark::Packets(message, 1, message.sent.at));
            }
        }
    }
    all
}

impl<'r> Diagram<'r> {
    fn middle(&self, lane: usize) -> usize {
        TIME + lane * self.width + self.width / 2
    }

    fn head(&mut self) {
        let mut row = Row::new(self.paper);
        row.write(0, "        s", Ink::Faint);
        for (lane, party) in self.recording.lanes.iter().enumerate().take(self.fit) {
            let name = self.paper.cut(&party.name, self.width.saturating_sub(1));
            let at = self.middle(lane).saturating_sub(name.chars().count() / 2);
            row.write(at, &name, Ink::Title);
        }
        self.out += &row.line(self.paper);
    }

    /// A row with every party's lifeline, and the time if it is another one.
    fn row(&mut self, at: u64) -> Row {
        let mut row = Row::new(self.paper);
        let time = seconds(at);
        // Times that look the same are told once.
        if self.told.map(seconds).as_ref() != Some(&time) {
            row.write(0, &self.paper.cut(&format!("{time:>9}"), TIME - 1), Ink::Faint);
            self.told = Some(at);
        }
        for lane in 0..self.fit {
            let (sign, ink) = self.lifeline(lane);
            row.put(self.middle(lane), sign, ink);
        }
        row
    }

    fn lifeline(&self, lane: usize) -> (char, Ink) {
        let Some(band) = self.now[lane] else { return (' ', Ink::Plain) };
        let pick = |drawn, plain| if self.paper.ascii { plain } else { drawn };
        match band.role {
            Role::Down | Role::Closed | Role::Expired => (' ', Ink::Plain),
            _ if band.paused => (pick('╳', '%'), Ink::Wrong),
            Role::Leading | Role::Standalone if band.serving => (pick('┃', '#'), Ink::Leading),
            Role::Connected => (pick('│', '|'), Ink::Plain),
            _ if band.serving => (pick('│', '|'), Ink::Plain),
            _ => (pick('┊', ':'), Ink::Faint),
        }
    }

    fn push(&mut self, row: &Row) {
        self.rows += 1;
        self.out += &row.line(self.paper);
    }

    fn draw(&mut self, mark: &Mark<'r>) {
        match mark {
            Mark::Band(band) => self.band(band),
            Mark::Trouble(trouble) => self.trouble(trouble),
            Mark::Packets(message, count, last) => self.packets(message, *count, *last),
        }
    }

    fn band(&mut self, band: &'r Band) {
        let before = self.now[band.lane].replace(band);
        // Nobody is there at the beginning, which is no news.
        if before.is_none() && matches!(band.role, Role::Down | Role::Disconnected) {
            return;
        }
        let word = match (band.role, band.epoch) {
            _ if band.paused => "stands still".to_owned(),
            (role, None) if before.is_some_and(|before| before.serving && before.role == role) => {
                "stops".to_owned()
            }
            (Role::Leading, Some(epoch)) => format!("LEADS {epoch}"),
            (_, Some(epoch)) => format!("serves {epoch}"),
            (role, None) => role.word().to_owned(),
        };
        let ink = match band.role {
            Role::Down | Role::Expired => Ink::Wrong,
            Role::Looking | Role::Disconnected => Ink::Why,
            Role::Leading | Role::Standalone if band.serving => Ink::Leading,
            _ if band.serving || band.role == Role::Connected => Ink::Right,
            _ => Ink::Plain,
        };
        let mut row = self.row(band.from.at);
        self.word(&mut row, band.lane, &word, ink);
        self.push(&row);
    }

    /// A word in a party's column, over its lifeline.
    fn word(&self, row: &mut Row, lane: usize, word: &str, ink: Ink) {
        let word = self.paper.cut(word, self.width.saturating_sub(1));
        let at = self.middle(lane).saturating_sub(word.chars().count() / 2);
        row.write(at, &word, ink);
    }

    fn trouble(&mut self, trouble: &Trouble) {
        let mut row = self.row(trouble.from.at);
        let what = match trouble.kind {
            "off" => "power off",
            kind => kind,
        };
        match trouble.to.filter(|to| *to != trouble.lane) {
            Some(to) => {
                let sign = if self.paper.ascii { '/' } else { '╱' };
                self.span(&mut row, trouble.lane, to, sign, what, Ink::Wrong);
            }
            None => self.word(&mut row, trouble.lane, &format!("*{what}*"), Ink::Wrong),
        }
        self.push(&row);
    }

    /// Fills the space between two lifelines, with a text in it. Gives the first and the last place of it.
    fn span(
        &self,
        row: &mut Row,
        from: usize,
        to: usize,
        sign: char,
        text: &str,
        ink: Ink,
    ) -> (usize, usize) {
        let (a, b) = (self.middle(from), self.middle(to));
        let (left, right) = (a.min(b) + 1, a.max(b).saturating_sub(1));
        (left..=right).for_each(|at| row.put(at, sign, ink));
        let room = (right + 1).saturating_sub(left).saturating_sub(4);
        let text = self.paper.cut(text, room);
        let text = if text.is_empty() { text } else { format!(" {text} ") };
        let at = left + (right + 1 - left).saturating_sub(text.chars().count()) / 2;
        row.write(at, &text, ink);
        (left, right)
    }

    fn packets(&mut self, message: &Message, count: usize, last: u64) {
        let ascii = self.paper.ascii;
        let lost = matches!(message.fate, Fate::Lost(_));
        let ink = if lost { Ink::Wrong } else { Ink::Plain };
        let (a, b) = (self.middle(message.from), self.middle(message.to));
        let room = a.abs_diff(b).saturating_sub(5);
        let again = match count {
            1 => String::new(),
            n if seconds(last) == seconds(message.sent.at) => format!(" x {n}"),
            n => format!(" x {n} until {}", seconds(last)),
        };
        let late = match message.fate {
            Fate::Received(when) if count == 1 && when.at - message.sent.at > LATE => {
                format!(" (arrives {})", seconds(when.at))
            }
            _ => String::new(),
        };
        let whole = if count == 1 { message.words.as_str() } else { message.packet };
        let mut ways = vec![format!("{whole}{again}{late}"), format!("{}{again}{late}", message.packet)];
        if count > 1 {
            // Where there is room for little, the count is what the picture does not show otherwise.
            let cut = self.paper.cut(message.packet, room.saturating_sub(format!(" x {count}").len()).max(4));
            ways.extend([
                format!("{cut} x {count}"),
                format!("x {count}"),
                format!("x{count}"),
                count.to_string(),
            ]);
        } else {
            ways.push(message.packet.to_owned());
        }
        let fits = ways.iter().find(|text| text.chars().count() <= room).or(ways.last());
        let text = fits.cloned().unwrap_or_default();
        let text = if ascii { text.replace('…', "...") } else { text };
        let mut row = self.row(message.sent.at);
        let line = if ascii { '-' } else { '─' };
        let (left, right) = self.span(&mut row, message.from, message.to, line, &text, ink);
        let (at, head) = if a < b {
            (right, if ascii { '>' } else { '▶' })
        } else {
            (left, if ascii { '<' } else { '◀' })
        };
        row.put(at, if lost { 'x' } else { head }, ink);
        self.push(&row);
    }

    fn end(mut self, left: usize) -> String {
        let names = self.recording.lanes[self.fit..].iter().map(|lane| lane.name.as_str());
        self.out += &left_out(self.paper, &names.collect::<Vec<_>>());
        let out = self.recording.left_out;
        let mut notes = Vec::new();
        if left > 0 {
            notes.push(format!("{left} rows more are not drawn"));
        }
        if out.heartbeats > 0 {
            notes.push(format!("{} heartbeats (PING) are not drawn", out.heartbeats));
        }
        if out.messages > 0 {
            notes.push(format!("{} packets are above the limit", out.messages));
        }
        if !notes.is_empty() {
            self.out += &self.paper.note(&format!("{}.", notes.join("; ")));
        }
        let [leads, serves, not, lost] =
            if self.paper.ascii { ["#", "|", ":", "--x"] } else { ["┃", "│", "┊", "──x"] };
        let signs = [
            format!("{leads} leads"),
            format!("{serves} serves"),
            format!("{not} is up, and does not"),
            format!("{lost} is lost"),
        ];
        self.out + &legend(self.paper, &signs)
    }
}
