//! Predictions: what a learner is asked before it is seen. A scenario asks itself; else questions are made of what it expects.

use super::Happened;
use crate::recording::{Demand, Question, Recording};
use crate::scenario::Time;

/// What a prediction is about, to tell which rule decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That a server leads: which one, and its name.
    Leader(usize, String),
    /// That the service is available.
    Available,
    /// That it is not, or nobody leads.
    Unavailable,
    /// That a server serves.
    Serving(usize),
    /// That it does not.
    Looking(usize),
    /// How a server is brought up to date: its name, and the way.
    Synchronization(String, String),
    /// Whatever the scenario asks: which rule decides that is not known.
    Anything,
}

impl Kind {
    /// Whether something decides it.
    pub(super) fn is_decided_by(&self, happened: &Happened) -> bool {
        let is_of = |lane: &usize| happened.parts.iter().any(|(who, _)| who.contains(lane));
        let leads = |part: &&(Vec<usize>, String)| part.1 == "is LEADING";
        match (self, happened.kind) {
            (Kind::Leader(_, name), "adopted-vote" | "kept-vote") => {
                let vote = format!("changes its vote to {name}");
                happened.parts.iter().any(|(_, what)| *what == vote)
            }
            (Kind::Leader(lane, _), "elected") => {
                happened.parts.iter().filter(leads).any(|(who, _)| who.contains(lane))
            }
            (Kind::Available, "elected") => happened.parts.iter().any(|part| leads(&part)),
            (Kind::Unavailable, "gave-up" | "notification-timeout") => true,
            (Kind::Looking(lane), "gave-up" | "notification-timeout") | (Kind::Serving(lane), "elected") => {
                is_of(lane)
            }
            (Kind::Synchronization(name, way), "sync-chosen") => happened.parts.iter().any(|(_, what)| {
                let mut words = what.split([' ', ',']);
                words.any(|word| word == name) && words.any(|word| word == way)
            }),
            _ => false,
        }
    }
}

/// Something that a learner is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// Virtual nanoseconds.
    pub at: u64,
    /// The question.
    pub question: String,
    /// The answers to choose from.
    pub answers: Vec<String>,
    /// The place of the right one.
    pub right: usize,
    /// What it is about.
    pub kind: Kind,
    /// When it is decided at the latest, in virtual nanoseconds.
    pub until: u64,
}

impl Prediction {
    /// As the scenario asks it.
    pub(super) fn of(question: &Question) -> Prediction {
        Prediction {
            at: question.at,
            question: question.text.clone(),
            answers: question.answers.clone(),
            right: question.right,
            kind: Kind::Anything,
            until: u64::MAX,
        }
    }

    /// The answer that a text means: its number from 1, or its words.
    pub fn choice(&self, text: &str) -> Option<usize> {
        let text = text.trim();
        let by_number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let by_words = || self.answers.iter().position(|answer| answer.eq_ignore_ascii_case(text));
        by_number.filter(|place| *place < self.answers.len()).or_else(by_words)
    }
}

/// The question that an expectation answers, without the time when it is asked; `None` where it answers none that is worth asking.
pub(super) fn made_up(recording: &Recording, demand: &Demand) -> Option<Prediction> {
    let when = match demand.throughout {
        true if demand.from == demand.to => "at",
        true => "until",
        false => "by",
    };
    let until = Time(demand.to);
    let words: Vec<&str> = demand.text.split(' ').collect();
    let claim = words.strip_prefix(&["expect"]).unwrap_or(&words);
    let lane = |name: &str| recording.lanes.iter().position(|lane| lane.name == name);
    let voters = || {
        let voters = recording.lanes.iter().filter(|lane| lane.sid.is_some() && !lane.observer);
        voters.map(|lane| lane.name.clone()).collect::<Vec<_>>()
    };
    let (question, answers, right, kind): (String, Vec<String>, usize, Kind) = match claim {
        ["leader", name] => {
            let answers = [voters(), vec!["nobody".to_owned()]].concat();
            let right = answers.iter().position(|answer| answer == name)?;
            (
                format!("Who leads {when} {until}?"),
                answers,
                right,
                Kind::Leader(lane(name)?, (*name).to_owned()),
            )
        }
        ["no", "leader"] => {
            let answers = [voters(), vec!["nobody".to_owned()]].concat();
            let right = answers.len() - 1;
            (format!("Who leads {when} {until}?"), answers, right, Kind::Unavailable)
        }
        [word @ ("available" | "unavailable")] => {
            let right = usize::from(*word == "unavailable");
            let kind = if right == 0 { Kind::Available } else { Kind::Unavailable };
            (format!("Is the service available {when} {until}?"), yes_or_no(), right, kind)
        }
        [server, word @ ("serving" | "looking")] => {
            let right = usize::from(*word == "looking");
            let kind = if right == 0 { Kind::Serving } else { Kind::Looking };
            (format!("Does {server} serve {when} {until}?"), yes_or_no(), right, kind(lane(server)?))
        }
        [server, "synced", mode, ..] => {
            let answers = [
                "DIFF: it gets what it lacks",
                "SNAP: it gets everything",
                "TRUNC: it has to cut something off",
            ];
            let right = answers.iter().position(|answer| answer.starts_with(mode))?;
            let answers = answers.map(str::to_owned).to_vec();
            let kind = Kind::Synchronization((*server).to_owned(), (*mode).to_owned());
            (format!("How is {server} brought up to date?"), answers, right, kind)
        }
        _ => return None,
    };
    let turns = matches!(kind, Kind::Synchronization(..));
    let mut prediction = Prediction { at: 0, question, answers, right, kind, until: demand.to };
    if turns {
        prediction.turn(demand.line as usize);
    }
    Some(prediction)
}

fn yes_or_no() -> Vec<String> {
    ["yes", "no"].map(str::to_owned).to_vec()
}

impl Prediction {
    /// Begins the answers with another one.
    fn turn(&mut self, by: usize) {
        let count = self.answers.len();
        let by = by % count;
        self.answers.rotate_left(by);
        self.right = (self.right + count - by) % count;
    }
}
