//! Predictions: what a learner is asked before it is seen. A scenario asks itself; else questions are made of what it expects.

use crate::recording::{Demand, Question, Recording};
use crate::scenario::Time;

/// What a prediction is about, to tell which rule decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Who leads.
    Leader,
    /// Whether the service is available, or a server serves.
    Service,
    /// How a server is brought up to date.
    Synchronization,
    /// Whatever the scenario asks.
    Anything,
}

impl Kind {
    /// The decisions that decide it: of the first of them that were made, the last.
    pub(super) fn decisions(self) -> &'static [&'static [&'static str]] {
        match self {
            Kind::Leader => &[&["adopted-vote", "kept-vote"], &["elected"]],
            Kind::Service => &[&["gave-up", "notification-timeout", "elected"], &["adopted-vote"]],
            Kind::Synchronization => &[&["sync-chosen"]],
            Kind::Anything => &[],
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

/// The question that an expectation answers; `None` where it answers none that is worth asking.
pub(super) fn made_up(recording: &Recording, demand: &Demand, at: u64) -> Option<Prediction> {
    let when = match demand.throughout {
        true if demand.from == demand.to => "at",
        true => "until",
        false => "by",
    };
    let until = Time(demand.to);
    let words: Vec<&str> = demand.text.split(' ').collect();
    let claim = words.strip_prefix(&["expect"]).unwrap_or(&words);
    let voters = || {
        let voters = recording.lanes.iter().filter(|lane| lane.sid.is_some() && !lane.observer);
        voters.map(|lane| lane.name.clone()).collect::<Vec<_>>()
    };
    let (question, answers, right, kind): (String, Vec<String>, usize, Kind) = match claim {
        ["leader", name] => {
            let answers = [voters(), vec!["nobody".to_owned()]].concat();
            let right = answers.iter().position(|answer| answer == name)?;
            (format!("Who leads {when} {until}?"), answers, right, Kind::Leader)
        }
        ["no", "leader"] => {
            let answers = [voters(), vec!["nobody".to_owned()]].concat();
            let right = answers.len() - 1;
            (format!("Who leads {when} {until}?"), answers, right, Kind::Service)
        }
        [word @ ("available" | "unavailable")] => {
            let right = usize::from(*word == "unavailable");
            (format!("Is the service available {when} {until}?"), yes_or_no(), right, Kind::Service)
        }
        [server, word @ ("serving" | "looking")]
            if recording.lanes.iter().any(|lane| lane.name == **server) =>
        {
            let right = usize::from(*word == "looking");
            (format!("Does {server} serve {when} {until}?"), yes_or_no(), right, Kind::Service)
        }
        [server, "synced", mode, ..] => {
            let answers = [
                "DIFF: it gets what it lacks",
                "SNAP: it gets everything",
                "TRUNC: it has to cut something off",
            ];
            let right = answers.iter().position(|answer| answer.starts_with(mode))?;
            let answers = answers.map(str::to_owned).to_vec();
            (format!("How is {server} brought up to date?"), answers, right, Kind::Synchronization)
        }
        _ => return None,
    };
    let mut prediction = Prediction { at, question, answers, right, kind, until: demand.to };
    if kind == Kind::Synchronization {
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
