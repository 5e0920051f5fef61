//! An order of changes with the reads put back in, and the states in words.

use super::Model;
use super::part::{Kind, NEVER, Part};
use super::problem::Problem;
use crate::consistency::Taken;
use crate::history::{Action, History, Operation};
use serde_json::Value;
use std::collections::BTreeSet;

/// Adds each read to an order of changes, as soon as it may come and the state allows it.
pub(super) fn with_reads(part: &Part, path: &[u32]) -> Vec<u32> {
    let (problem, mut space) = Problem::new(part);
    let ops = &problem.ops;
    let mut ends: Vec<u32> = (0..ops.len() as u32).filter(|op| ops[*op as usize].certain()).collect();
    ends.sort_unstable_by_key(|op| ops[*op as usize].ret);
    let mut reads = (0..ops.len() as u32).filter(|op| ops[*op as usize].act.is_read()).peekable();
    let mut taken = vec![false; ops.len()];
    let mut order = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    let (mut state, mut ended) = (problem.initial, 0);
    for change in path.iter().map(Some).chain([None]) {
        loop {
            while ends.get(ended).is_some_and(|op| taken[*op as usize]) {
                ended += 1;
            }
            let before = ends.get(ended).map_or(NEVER, |op| ops[*op as usize].ret);
            while let Some(read) = reads.next_if(|op| ops[*op as usize].call < before) {
                open.push(read);
            }
            let count = order.len();
            open.retain(|read| {
                let found = space.step(state, ops[*read as usize].act).is_some();
                if found {
                    taken[*read as usize] = true;
                    order.push(*read);
                }
                !found
            });
            if order.len() == count {
                break;
            }
        }
        if let Some(&op) = change {
            state = space.step(state, ops[op as usize].act).unwrap_or(state);
            taken[op as usize] = true;
            order.push(op);
        }
    }
    order
}

/// What clients would see between two operations.
enum State {
    /// A value, in its JSON text.
    Value(String),
    /// A text to append to.
    Text(String),
    /// The elements' JSON texts.
    Set(BTreeSet<String>),
}

/// An order with its states in words.
pub(super) fn in_words(
    history: &History,
    model: Model,
    initial: &Value,
    part: &Part,
    order: &[u32],
) -> Vec<Taken> {
    let mut state = State::new(history, model, initial, part);
    let source = |op: &u32| part.ops[*op as usize].source as usize;
    let taken = order.iter().map(source).map(|operation| {
        state.take(history, &history.operations[operation]);
        Taken { operation, state: state.in_words() }
    });
    taken.collect()
}

impl State {
    fn new(history: &History, model: Model, initial: &Value, part: &Part) -> State {
        match model {
            Model::Register => State::Value(initial.to_string()),
            Model::Kv => State::Text(super::split::text(initial)),
            Model::Set => {
                let elements = initial.as_array().into_iter().flatten().map(Value::to_string);
                // Of one element's part, only that one.
                let own =
                    part.ops.first().filter(|_| part.kind == Kind::Register).and_then(|op| {
                        match history.operations[op.source as usize].action {
                            Action::Add(own) | Action::Remove(own) | Action::Other(own) => Some(own),
                            _ => None,
                        }
                    });
                let own = |element: &String| own.is_none_or(|own| history.text(own) == element);
                State::Set(elements.filter(own).collect())
            }
        }
    }

    fn take(&mut self, history: &History, operation: &Operation) {
        let text = |json: &str| serde_json::from_str(json).map(|value| super::split::text(&value));
        match (self, operation.action) {
            (State::Value(value), Action::Write(to) | Action::Cas { to, .. }) => {
                *value = history.text(to).to_owned();
            }
            (State::Text(value), Action::Write(to) | Action::Cas { to, .. }) => {
                *value = text(history.text(to)).unwrap_or_default();
            }
            (State::Text(value), Action::Append(more)) => {
                value.push_str(&text(history.text(more)).unwrap_or_default());
            }
            (State::Set(set), Action::Add(element)) => {
                set.insert(history.text(element).to_owned());
            }
            (State::Set(set), Action::Remove(element)) => {
                set.remove(history.text(element));
            }
            _ => {}
        }
    }

    fn in_words(&self) -> String {
        match self {
            State::Value(value) => short(value),
            // Only the end of a long text is looked at: there may be many of them.
            State::Text(text) => {
                let from = text.char_indices().rev().nth(2 * KEPT).map_or(0, |(at, _)| at);
                short(&Value::from(&text[from..]).to_string())
            }
            State::Set(set) => {
                let some: Vec<&str> = set.iter().take(2 * KEPT).map(String::as_str).collect();
                short(&format!("{{{}}}", some.join(", ")))
            }
        }
    }
}

/// Characters that stay of a long text, at each end.
const KEPT: usize = 30;

/// A text without its middle where it is long.
pub(super) fn short(text: &str) -> String {
    let count = text.chars().count();
    if count <= 2 * KEPT + 3 {
        return text.to_owned();
    }
    let begin: String = text.chars().take(KEPT).collect();
    let end: String = text.chars().skip(count - KEPT).collect();
    format!("{begin}...{end}")
}
