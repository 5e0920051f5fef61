//! What is wrong with a part, in words, and the longest order that explains what came before.

use super::part::{Act, Kind, Op, Part};
use super::problem::Stuck;
use super::replay::{in_words, short, with_reads};
use super::zones::{self, Clash};
use super::{Model, PROPERTY, facts};
use crate::consistency::{Finding, Taken};
use crate::history::{Action, History, Outcome};
use serde_json::Value;

/// Whose words are looked for.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub history: &'a History,
    pub model: Model,
    pub initial: &'a Value,
    pub part: &'a Part,
}

/// A sentence, and the operations that it is about; the guilty one first.
pub(super) type Said = (String, Vec<u32>);

impl Case<'_> {
    /// Where a search got stuck.
    pub(super) fn stuck(&self, stuck: &Stuck) -> Finding {
        let order = with_reads(self.part, &stuck.path);
        let prefix = in_words(self.history, self.model, self.initial, self.part, &order);
        let said = facts::simple(self, stuck.op).unwrap_or_else(|| {
            let left = match prefix.last() {
                Some(taken) if stuck.exact => format!("the one that goes furthest leaves {}", taken.state),
                Some(taken) => format!("the longest that was found leaves {}", taken.state),
                None => format!("there is only the initial {}", self.initial),
            };
            let sentence = format!(
                "{}, but no order of what began before its end has {} there; {left}",
                self.does(stuck.op),
                self.found(stuck.op),
            );
            (sentence, vec![stuck.op])
        });
        self.finding(said, prefix)
    }

    /// What clashes at the end of a part whose last completion, of `guilty`, no order explains.
    pub(super) fn clash(&self, clash: Clash, guilty: u32) -> Finding {
        let mut before = self.part.cut(self.part.ops[guilty as usize].ret);
        before.drop_unnoticed();
        let order = zones::order(&before).unwrap_or_default();
        let prefix = in_words(self.history, self.model, self.initial, &before, &order);
        let said = facts::simple(self, guilty).unwrap_or_else(|| facts::of_clash(self, clash, guilty));
        self.finding(said, prefix)
    }

    fn finding(&self, (sentence, ops): Said, prefix: Vec<Taken>) -> Finding {
        let sentence = match self.history.keys.get_index(self.part.key as usize) {
            Some(key) if self.history.keys.len() > 1 => format!("{key}: {sentence}"),
            _ => sentence,
        };
        let mut operations = Vec::new();
        for op in ops {
            let place = self.op(op).source as usize;
            if !operations.contains(&place) {
                operations.push(place);
            }
        }
        Finding { property: PROPERTY.name, sentence, operations, prefix }
    }

    pub(super) fn op(&self, op: u32) -> &Op {
        &self.part.ops[op as usize]
    }

    fn action(&self, op: u32) -> Action {
        self.history.operations[self.op(op).source as usize].action
    }

    fn text(&self, symbol: crate::history::Symbol) -> String {
        short(self.history.text(symbol))
    }

    /// The element that an operation adds or removes, in its JSON text.
    pub(super) fn element_text(&self, op: u32) -> String {
        match self.action(op) {
            Action::Add(element) | Action::Remove(element) => self.history.text(element).to_owned(),
            _ => String::new(),
        }
    }

    /// What an operation was told, in its JSON text.
    pub(super) fn result(&self, op: u32) -> Option<String> {
        let operation = &self.history.operations[self.op(op).source as usize];
        operation.result.map(|result| self.history.text(result).to_owned())
    }

    /// The part is one element of a set.
    pub(super) fn element(&self) -> bool {
        self.model == Model::Set && self.part.kind == Kind::Register
    }

    /// What an operation finds, in words.
    pub(super) fn found(&self, op: u32) -> String {
        let operation = &self.history.operations[self.op(op).source as usize];
        match (operation.action, operation.result) {
            (Action::Cas { from, .. }, _) => self.text(from),
            (Action::Other(element), Some(result)) => {
                let not = if self.history.text(result) == "true" { "" } else { "no " };
                format!("{not}{}", self.text(element))
            }
            (_, Some(result)) => self.text(result),
            _ => String::new(),
        }
    }

    /// What is there after an operation, in words.
    pub(super) fn left(&self, op: u32) -> String {
        match self.action(op) {
            Action::Write(to) | Action::Cas { to, .. } => self.text(to),
            _ => self.found(op),
        }
    }

    /// `process 3 reads 7 (lines 40-44)`.
    pub(super) fn does(&self, op: u32) -> String {
        let words = match self.action(op) {
            Action::Read => format!("reads {}", self.found(op)),
            Action::Write(to) => format!("writes {}", self.text(to)),
            Action::Cas { from, to } => format!("replaces {} by {}", self.text(from), self.text(to)),
            Action::Append(more) => format!("appends {}", self.text(more)),
            Action::Add(element) => format!("adds {}", self.text(element)),
            Action::Remove(element) => format!("removes {}", self.text(element)),
            Action::Sync | Action::Other(_) => format!("finds {} in the set", self.found(op)),
        };
        format!("{} {words} {}", self.who(op), self.lines(op))
    }

    /// `process 2 had written 9 (lines 31-33)`.
    pub(super) fn had_done(&self, op: u32) -> String {
        let words = match self.action(op) {
            Action::Read => format!("read {}", self.found(op)),
            Action::Write(to) => format!("written {}", self.text(to)),
            Action::Cas { from, to } => format!("replaced {} by {}", self.text(from), self.text(to)),
            Action::Append(more) => format!("appended {}", self.text(more)),
            Action::Add(element) => format!("added {}", self.text(element)),
            Action::Remove(element) => format!("removed {}", self.text(element)),
            Action::Sync | Action::Other(_) => format!("found {} in the set", self.found(op)),
        };
        format!("{} had {words} {}", self.who(op), self.lines(op))
    }

    /// `process 3`.
    pub(super) fn who(&self, op: u32) -> String {
        format!("process {}", self.history.operations[self.op(op).source as usize].process)
    }

    /// `(lines 40-44)`; with a zxid where it has one.
    pub(super) fn lines(&self, op: u32) -> String {
        let operation = &self.history.operations[self.op(op).source as usize];
        let zxid = operation.zxid.map_or_else(String::new, |zxid| format!(", zxid {zxid:#x}"));
        match operation.lines {
            (begin, Some(end)) if operation.outcome == Outcome::Ok => format!("(lines {begin}-{end}{zxid})"),
            (begin, _) => format!("(line {begin}, outcome unknown)"),
        }
    }

    /// Why `value`, with this name, cannot be there again.
    pub(super) fn gone(&self, value: u32, name: &str) -> String {
        let mut writers = (0..self.part.ops.len() as u32).filter(|op| self.leaves(*op) == Some(value));
        match (value, writers.next(), writers.next()) {
            (0, None, _) => format!("{name} is the initial value"),
            (1.., Some(op), None) => {
                let verb = if matches!(self.op(op).act, Act::Write(_)) { "writes" } else { "leaves" };
                format!("only {} {verb} {name} {}", self.who(op), self.lines(op))
            }
            _ => format!("no write of {name} comes between"),
        }
    }

    /// The value that an operation leaves, if it changes it.
    pub(super) fn leaves(&self, op: u32) -> Option<u32> {
        match self.op(op).act {
            Act::Write(to) | Act::Cas(_, to) => Some(to),
            _ => None,
        }
    }

    /// The value that an operation finds.
    pub(super) fn finds(&self, op: u32) -> Option<u32> {
        match self.op(op).act {
            Act::Read(value) | Act::Cas(value, _) => Some(value),
            _ => None,
        }
    }
}
