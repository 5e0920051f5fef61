//! A chapter: a frame of the scenario with what happened in it.

use super::ask::{Kind, Prediction, made_up};
use super::glossary;
use super::select::{Happened, Known, select};
use crate::recording::{Demand, Frame, Note, Recording, Role};

/// So many steps of a scenario are told of a chapter; the others are counted.
const STEPS: usize = 8;

/// A line of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The scenario does something.
    Do {
        /// Virtual nanoseconds; `None` where an event decides.
        at: Option<u64>,
        /// What.
        what: String,
    },
    /// So many steps of the scenario are not told.
    Skip(usize),
    /// Something happens.
    See(Happened),
    /// A learner is asked.
    Ask(Prediction),
}

/// An expectation of the scenario, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its text.
    pub text: String,
    /// The scenario's remarks on it.
    pub why: Vec<String>,
    /// What was the case instead, if it was not met.
    pub instead: Option<String>,
}

impl Expected {
    /// It in words with the scenario's remarks, and how late it is named among others: 0 comes first.
    pub(super) fn told(&self) -> (usize, String) {
        if !self.why.is_empty() {
            return (0, format!("{} ({})", self.text, self.why.join(" ").trim_end_matches('.')));
        }
        const FIRST: [&str; 9] = [
            "leader",
            "available",
            "unavailable",
            "looking",
            "serving",
            "refusing",
            "synced",
            "failed",
            "answered",
        ];
        let rank = self.text.split(' ').find_map(|word| FIRST.iter().position(|first| *first == word));
        let heard = self.text.contains(" heard ");
        (rank.filter(|_| !heard).map_or(FIRST.len() + 1, |rank| rank + 1), self.text.clone())
    }
}

/// A party with something in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub lane: usize,
    /// What it is.
    pub role: Role,
    /// A server that answers clients all the same.
    pub serving: bool,
    /// What is in its way, as a paragraph.
    pub why: String,
}

/// A chapter.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// When it begins, in virtual nanoseconds.
    pub from: u64,
    /// When it ends.
    pub to: u64,
    /// Captions, a paragraph each.
    pub say: Vec<String>,
    /// What is done and seen, by time.
    pub entries: Vec<Entry>,
    /// So much happened besides: turns, and details.
    pub left_out: (usize, usize),
    /// What was expected.
    pub expected: Vec<Expected>,
    /// Why whoever does not serve, or is not served, is not.
    pub why: Vec<Waiting>,
    /// The servers of which that is told already, and has not changed.
    pub still: Vec<usize>,
    /// Words that it uses first.
    pub words: Vec<glossary::Entry>,
    /// What was demanded, for predictions.
    demands: Vec<Demand>,
}

/// The chapters of a recording.
pub(super) fn chapters(recording: &Recording) -> Vec<Chapter> {
    let frames: Vec<&Frame> = recording.frames.iter().skip(1).filter(|f| f.at <= recording.to).collect();
    let mut chapters = Vec::new();
    let mut from = recording.from;
    let mut told: Vec<Option<String>> = vec![None; recording.lanes.len()];
    let mut known = Known::default();
    for (place, frame) in frames.iter().enumerate() {
        let to = match frames.get(place + 1) {
            Some(next) => end_of(frame, next).clamp(from, recording.to),
            None => recording.to,
        };
        let last = place + 1 == frames.len();
        chapters.push(Chapter::new(recording, frame, (from, to), last, &mut told, &mut known));
        from = to;
    }
    chapters
}

/// A frame ends where the next one does something; where that only looks, when its own demands are decided, or hold from then
/// on.
fn end_of(frame: &Frame, next: &Frame) -> u64 {
    let steps = next.steps.iter().filter_map(|step| step.at);
    let begins = steps.chain(next.asks.iter().map(|ask| ask.at)).min();
    let decided =
        frame.demands.iter().map(|demand| if demand.throughout { demand.from } else { demand.to }).max();
    begins.or(decided.filter(|_| next.steps.is_empty())).unwrap_or(next.at)
}

impl Chapter {
    fn new(
        recording: &Recording,
        frame: &Frame,
        (from, to): (u64, u64),
        last: bool,
        told: &mut [Option<String>],
        known: &mut Known,
    ) -> Chapter {
        let begin = recording.turns.partition_point(|turn| turn.when.at < from);
        let end = recording.turns.partition_point(|turn| turn.when.at < to || (last && turn.when.at == to));
        let (seen, left_out) = select(recording, &recording.turns[begin..end.max(begin)], known);
        let entries = done(frame, recording.to);
        let asks = frame.asks.iter().map(|ask| Entry::Ask(Prediction::of(ask)));
        let all = entries.into_iter().chain(asks).chain(seen.into_iter().map(Entry::See));
        let mut entries: Vec<Entry> = all.collect();
        // Of what comes at one time, what is done stands before what is asked, and that before what is seen.
        entries.sort_by_key(|entry| entry.at().unwrap_or(from));
        let entries = joined(entries);
        let expected = frame.demands.iter().filter(|demand| demand.to <= recording.to);
        let expected = expected.map(|demand| Expected {
            text: demand.text.clone(),
            why: demand.why.clone(),
            instead: recording
                .unmet
                .iter()
                .find(|unmet| unmet.line == demand.line)
                .map(|u| u.instead.clone()),
        });
        let mut chapter = Chapter {
            from,
            to,
            say: frame.say.clone(),
            entries,
            left_out,
            expected: expected.collect(),
            demands: frame.demands.clone(),
            ..Chapter::default()
        };
        chapter.look(recording, last, told);
        chapter
    }

    /// Why whoever does not serve at its end does not.
    fn look(&mut self, recording: &Recording, last: bool, told: &mut [Option<String>]) {
        let until = if last { u64::MAX } else { self.to };
        for (lane, party) in recording.lanes.iter().enumerate().filter(|(_, party)| !party.quiet) {
            let state = recording.state_by(lane, until);
            let waits = |why: &[String], role| !why.is_empty() && (party.sid.is_some() || role != Role::Down);
            let Some((why, role)) =
                state.map(|s| (s.why(), s.role())).filter(|(why, role)| waits(why, *role))
            else {
                told[lane] = None;
                continue;
            };
            // What is down says nothing more than that.
            let sentences = if role == Role::Down { &why[..1] } else { why };
            let why = sentences.join(" ");
            if told[lane].as_ref() == Some(&why) {
                self.still.push(lane);
            } else {
                told[lane] = Some(why.clone());
                let serving = state.is_some_and(|s| s.server.as_ref().is_some_and(|server| server.serving));
                self.why.push(Waiting { lane, role, serving, why });
            }
        }
    }

    /// Whether it asks for a prediction.
    pub fn asks(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry, Entry::Ask(_)))
    }

    pub(super) fn ask_nothing(&mut self) {
        self.entries.retain(|entry| !matches!(entry, Entry::Ask(_)));
    }

    /// Makes up a prediction of what it expects, right behind what it does last before that is told.
    pub(super) fn ask(&mut self, recording: &Recording) {
        let met = |demand: &&Demand| {
            demand.to <= recording.to && recording.unmet.iter().all(|unmet| unmet.line != demand.line)
        };
        let found = self.demands.iter().filter(met).find_map(|demand| {
            let prediction = made_up(recording, demand)?;
            let decides = |entry: &Entry| match entry {
                Entry::See(happened) => happened.at <= demand.to && prediction.kind.is_decided_by(happened),
                _ => false,
            };
            let decided = self.entries.iter().position(decides).unwrap_or(self.entries.len());
            let holds = if demand.throughout { demand.from } else { demand.to };
            let (place, at) =
                self.entries[..decided].iter().enumerate().rev().find_map(|(place, entry)| match entry {
                    Entry::Do { at: Some(at), .. } if *at < holds => Some((place, *at)),
                    _ => None,
                })?;
            Some((place, Prediction { at, ..prediction }))
        });
        if let Some((place, prediction)) = found {
            self.entries.insert(place + 1, Entry::Ask(prediction));
        }
    }

    /// What is seen in it, the last first.
    fn seen(&self) -> impl Iterator<Item = &Happened> {
        self.entries.iter().rev().filter_map(|entry| match entry {
            Entry::See(happened) if happened.because.is_some() => Some(happened),
            _ => None,
        })
    }

    /// The rule that decided a prediction, if it is known: votes say more than what they come to.
    pub fn decided_by(&self, prediction: &Prediction) -> Option<&Happened> {
        let within = |happened: &&Happened| (prediction.at..=prediction.until).contains(&happened.at);
        let decides =
            || self.seen().filter(within).filter(|happened| prediction.kind.is_decided_by(happened));
        decides().find(|happened| happened.kind != "elected").or_else(|| decides().next())
    }

    /// Whether what was asked comes out in it. Of the scenario's own questions it does where anything is decided afterwards.
    pub fn comes_out(&self, prediction: &Prediction) -> bool {
        match prediction.kind {
            Kind::Anything => self.seen().any(|happened| happened.at >= prediction.at),
            _ => self.decided_by(prediction).is_some(),
        }
    }

    /// All its texts, a line each.
    pub(super) fn plain(&self) -> String {
        let mut text = self.say.join("\n");
        let entries = self.entries.iter().flat_map(|entry| match entry {
            Entry::Do { what, .. } => vec![what.as_str()],
            Entry::See(happened) => happened.texts().collect(),
            Entry::Ask(prediction) => vec![prediction.question.as_str()],
            Entry::Skip(_) => Vec::new(),
        });
        let expected = self.expected.iter().flat_map(|expected| &expected.why).map(String::as_str);
        for part in entries.chain(expected).chain(self.why.iter().map(|waiting| waiting.why.as_str())) {
            text.push('\n');
            text.push_str(part);
        }
        text
    }
}

impl Entry {
    fn at(&self) -> Option<u64> {
        match self {
            Entry::Do { at, .. } => *at,
            Entry::Skip(_) => None,
            Entry::See(happened) => Some(happened.at),
            Entry::Ask(prediction) => Some(prediction.at),
        }
    }
}

/// What a frame does, what comes at one time together.
fn done(frame: &Frame, until: u64) -> Vec<Entry> {
    let steps: Vec<&Note> = frame.steps.iter().filter(|step| step.at.is_none_or(|at| at <= until)).collect();
    let mut entries: Vec<Entry> = Vec::new();
    // What is ordered one by one is counted: what comes of it is told where it matters.
    let ordered = |step: &&Note| step.text.starts_with("next ");
    for run in steps.chunk_by(|one, other| ordered(one) && ordered(other)) {
        let Some(step) = run.first() else { continue };
        let more = match run.len() {
            1 => String::new(),
            many => format!(" and {} more, one by one", many - 1),
        };
        match entries.last_mut() {
            Some(Entry::Do { at, what }) if *at == step.at && at.is_some() => {
                what.push_str(&format!("; {}{more}", step.text));
            }
            _ => entries.push(Entry::Do { at: step.at, what: format!("{}{more}", step.text) }),
        }
    }
    if entries.len() > STEPS {
        let skipped = entries.len() - STEPS;
        entries.truncate(STEPS);
        entries.push(Entry::Skip(skipped));
    }
    entries
}

/// Steps between which nothing is seen stand in one line.
fn joined(entries: Vec<Entry>) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    for entry in entries {
        match (all.last_mut(), entry) {
            (Some(Entry::Do { at: Some(_), what }), Entry::Do { at: Some(at), what: more }) => {
                what.push_str(&format!("; at {} {more}", crate::scenario::Time(at)));
            }
            (_, entry) => all.push(entry),
        }
    }
    all
}
