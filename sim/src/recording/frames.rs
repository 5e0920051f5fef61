//! A scenario in frames: what it says, what it does, what must be seen. A frame is a paragraph of the file; its comments are the
//! captions.

use crate::scenario::{Action, Line, Prefix, Scenario, Statement, Step, Timed};
use serde::Serialize;

/// Something that the scenario does, or a remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// The line of the scenario.
    pub line: u32,
    /// Virtual nanoseconds; `None` where an event decides.
    pub at: Option<u64>,
    /// Its text, without a time; of a trigger the whole of it.
    pub text: String,
}

/// Something that must be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Demand {
    /// The line of the scenario.
    pub line: u32,
    /// From when on it can be decided, in virtual nanoseconds.
    pub from: u64,
    /// When it is decided at the latest.
    pub to: u64,
    /// Whether it must hold all the time, rather than once.
    pub throughout: bool,
    /// Its text, without a time.
    pub text: String,
    /// The comments right above it and behind it.
    pub why: Vec<String>,
}

/// A prediction that a learner is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The line of the scenario.
    pub line: u32,
    /// When it is asked, in virtual nanoseconds.
    pub at: u64,
    /// What is asked.
    pub text: String,
    /// The answers that are offered.
    pub answers: Vec<String>,
    /// The place of the right one.
    pub right: usize,
}

/// A paragraph of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// When it begins, in virtual nanoseconds: no earlier than the one before.
    pub at: u64,
    /// Its first line in the file.
    pub line: u32,
    /// The captions, a paragraph each.
    pub say: Vec<String>,
    /// What it does.
    pub steps: Vec<Note>,
    /// What must be seen.
    pub demands: Vec<Demand>,
    /// What a learner is asked.
    pub asks: Vec<Question>,
}

/// The frames of a scenario. The first holds what it is about, and does nothing.
pub fn frames(scenario: &Scenario) -> Vec<Frame> {
    let preface = scenario.preface();
    let mut all = vec![Frame { line: 1, say: paragraphs(&preface), ..Frame::default() }];
    let body = scenario.lines.iter().skip_while(|line| line.statement.is_none());
    let mut frame = Frame::default();
    let mut remarks: Vec<&str> = Vec::new();
    let mut last_step = 0;
    for line in body {
        if line.blank_before {
            // A comment that stands by itself belongs to what follows it.
            frame.say.extend(paragraphs(&std::mem::take(&mut remarks)));
            if !frame.is_idle() {
                let next = Frame { at: frame.at, ..Frame::default() };
                all.push(std::mem::replace(&mut frame, next));
            }
        }
        remarks.extend(line.comment.iter().map(|comment| comment.text.as_str()));
        let Some(statement) = &line.statement else { continue };
        let Statement::Timed(timed) = statement else {
            // Remarks on servers, clients and settings set the scene.
            all[0].say.extend(paragraphs(&std::mem::take(&mut remarks)));
            continue;
        };
        frame.add(line, timed, std::mem::take(&mut remarks), &mut last_step);
    }
    frame.say.extend(paragraphs(&remarks));
    if !frame.is_idle() || !frame.say.is_empty() {
        all.push(frame);
    }
    all
}

impl Frame {
    fn is_idle(&self) -> bool {
        self.steps.is_empty() && self.demands.is_empty() && self.asks.is_empty()
    }

    fn add(&mut self, line: &Line, timed: &Timed, remarks: Vec<&str>, last_step: &mut u64) {
        let number = timed.line();
        let first = self.is_idle();
        let behind = line.comment.as_ref().map(|comment| comment.text.as_str());
        if first {
            self.line = number;
            let own = remarks.iter().filter(|text| Some(**text) != behind || remarks.len() > 1);
            self.say.extend(paragraphs(&own.copied().collect::<Vec<_>>()));
        }
        let begins = match (&timed.prefix, &timed.action) {
            (Prefix::At(time), _) => Some(time.0),
            (Prefix::By(time), _) => Some((*last_step).min(time.0)),
            (Prefix::During { from, .. }, _) => Some(from.0),
            (Prefix::When(trigger), _) => trigger.armed.map(|time| time.0),
        };
        if first {
            self.at = self.at.max(begins.unwrap_or(0));
        }
        match (&timed.prefix, &timed.action) {
            (_, Action::Step(Step::End)) => {}
            (Prefix::When(_), _) => {
                self.steps.push(Note { line: number, at: None, text: timed.to_string() });
            }
            (Prefix::At(time), Action::Step(step)) => {
                *last_step = time.0;
                self.steps.push(Note { line: number, at: Some(time.0), text: step.to_string() });
            }
            (prefix, Action::Expect(expectation)) => {
                let from = begins.unwrap_or(0);
                let (to, throughout) = match prefix {
                    Prefix::At(time) => (time.0, true),
                    Prefix::By(time) => (time.0, false),
                    Prefix::During { to, .. } => (to.0, true),
                    Prefix::When(_) => (from, false),
                };
                let why = if first { behind.into_iter().collect() } else { remarks };
                self.demands.push(Demand {
                    line: number,
                    from,
                    to,
                    throughout,
                    text: expectation.to_string(),
                    why: paragraphs(&why),
                });
            }
            (_, Action::Ask(ask)) => self.asks.push(Question {
                line: number,
                at: begins.unwrap_or(0),
                text: ask.question.clone(),
                answers: ask.answers.iter().map(|answer| answer.text.clone()).collect(),
                right: ask.right(),
            }),
            (_, Action::Step(_)) => {}
        }
    }
}

/// Lines of comments as paragraphs: an empty line parts two.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = false;
    for line in lines.iter().map(|line| line.trim()) {
        match all.last_mut() {
            Some(last) if open && !line.is_empty() => {
                last.push(' ');
                last.push_str(line);
            }
            _ if !line.is_empty() => all.push(line.to_owned()),
            _ => {}
        }
        open = !line.is_empty();
    }
    all
}
