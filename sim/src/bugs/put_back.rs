//! Settings that put a bug back.

use crate::scenario::{Line, Scenario, Setting, Span, Statement, Value, setting};
use std::fmt;
use zablab_protocol::Defect;

/// A setting that puts a bug back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutBack {
    /// A switch of `set defects`.
    Defect(&'static str),
    /// Another setting, whose value is a word: its key and the word.
    Word(&'static str, &'static str),
    /// Another setting, whose value is a number.
    Number(&'static str, i64),
}

/// The setting that holds the switches.
const DEFECTS: &str = "defects";

impl PutBack {
    /// Whether the machine knows it.
    pub fn is_known(&self) -> bool {
        let has = |key: &str, fits: &dyn Fn(setting::Kind) -> bool| {
            setting::TABLE.iter().any(|entry| entry.name == key && fits(entry.kind))
        };
        match *self {
            PutBack::Defect(name) => Defect::NAMES.contains(&name),
            PutBack::Word(key, word) => {
                has(key, &|kind| matches!(kind, setting::Kind::Word(words) if words.contains(&word)))
            }
            PutBack::Number(key, number) => has(
                key,
                &|kind| matches!(kind, setting::Kind::Integer { min, max } if (min..=max).contains(&number)),
            ),
        }
    }
}

impl fmt::Display for PutBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutBack::Defect(name) => write!(f, "set {DEFECTS} {name}"),
            PutBack::Word(key, word) => write!(f, "set {key} {word}"),
            PutBack::Number(key, number) => write!(f, "set {key} {number}"),
        }
    }
}

/// The lines that stand for some settings, one of all switches together. Of two with one key the first counts.
pub(super) fn lines(settings: &[PutBack]) -> Vec<Setting> {
    let is_on = |name: &&'static str| settings.contains(&PutBack::Defect(name));
    let names: Vec<&'static str> = Defect::NAMES.into_iter().filter(&is_on).collect();
    let mut all: Vec<Setting> = Vec::new();
    let mut add = |key: &str, value| {
        if all.iter().all(|known| known.key != key) {
            all.push(Setting { server: None, key: key.to_owned(), value, span: Span::default() });
        }
    };
    for setting in settings {
        match *setting {
            PutBack::Word(key, word) => add(key, Value::Word(word)),
            PutBack::Number(key, number) => add(key, Value::Integer(number)),
            PutBack::Defect(_) => {}
        }
    }
    if !names.is_empty() {
        add(DEFECTS, Value::Names(names));
    }
    all
}

/// Gives a scenario these settings: in the line of the same key where it has one, else behind all other lines, so that
/// those keep their numbers. Switches that it has already stay on.
pub(super) fn amend(scenario: &mut Scenario, settings: &[Setting]) {
    for setting in settings {
        let same = scenario.lines.iter_mut().find_map(|line| match &mut line.statement {
            Some(Statement::Set(known)) if known.server.is_none() && known.key == setting.key => Some(known),
            _ => None,
        });
        match same {
            None => scenario.lines.push(Line::of(Statement::Set(setting.clone()))),
            Some(known) => known.value = joined(&known.value, &setting.value),
        }
    }
}

fn joined(one: &Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Names(one), Value::Names(other)) => {
            let either = |name: &&'static str| one.contains(name) || other.contains(name);
            Value::Names(Defect::NAMES.into_iter().filter(either).collect())
        }
        (_, other) => other.clone(),
    }
}

/// The same for a text, whose lines keep their numbers.
pub(super) fn amend_text(text: &str, scenario: &Scenario, settings: &[Setting]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for setting in settings {
        let same = scenario.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Set(known)) if known.server.is_none() && known.key == setting.key => {
                Some((known, line.span.line as usize))
            }
            _ => None,
        });
        match same.and_then(|(known, line)| Some((known, lines.get_mut(line.checked_sub(1)?)?))) {
            None => lines.push(setting.to_string()),
            Some((known, line)) => {
                let value = joined(&known.value, &setting.value);
                *line = Setting { value, ..known.clone() }.to_string();
            }
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}
