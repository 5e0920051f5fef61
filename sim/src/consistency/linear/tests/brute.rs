//! The obviously right checker: it tries every order.

use crate::consistency::linear::Model;
use crate::history::{Action, History, Operation, Outcome};
use serde_json::{Value, json};

/// Whether some order explains those operations of each key that `of` lets through.
pub(super) fn brute(
    history: &History,
    model: Model,
    initial: &Value,
    of: impl Fn(&Operation) -> bool,
) -> bool {
    (0..history.keys.len() as u32).all(|key| {
        let of_key = |operation: &&Operation| {
            operation.key == key && operation.outcome != Outcome::Fail && of(operation)
        };
        let mut left: Vec<&Operation> = history.operations.iter().filter(of_key).collect();
        any_order(history, model, &mut left, initial.clone())
    })
}

/// What had happened before `place`.
pub(super) fn cut(history: &History, place: u32) -> History {
    let mut history = history.clone();
    history.operations.retain(|operation| operation.invoked < place);
    for operation in &mut history.operations {
        // What failed is known not to have happened, whenever that became known.
        let late = operation.completed.is_some_and(|completed| completed >= place);
        if late && operation.outcome != Outcome::Fail {
            (operation.outcome, operation.completed, operation.result) = (Outcome::Info, None, None);
        }
    }
    history
}

/// Whether `order`, of operations by their places, keeps real time, has all of `of` that took effect for certain, and is
/// allowed.
pub(super) fn is_order(
    history: &History,
    model: Model,
    initial: &Value,
    order: &[usize],
    of: impl Fn(&Operation) -> bool,
) -> bool {
    let mut state = initial.clone();
    for (at, place) in order.iter().enumerate() {
        let operation = &history.operations[*place];
        let late = |earlier: &usize| {
            let ended = history.operations[*place].completed.filter(|_| operation.outcome == Outcome::Ok);
            ended.is_some_and(|ended| ended < history.operations[*earlier].invoked) || earlier == place
        };
        if !of(operation) || operation.outcome == Outcome::Fail || order[..at].iter().any(late) {
            return false;
        }
        match step(history, model, operation, &state) {
            Some(next) => state = next,
            None => return false,
        }
    }
    let certain = |(at, operation): (usize, &Operation)| {
        operation.outcome != Outcome::Ok || !of(operation) || order.contains(&at)
    };
    history.operations.iter().enumerate().all(certain)
}

fn any_order(history: &History, model: Model, left: &mut Vec<&Operation>, state: Value) -> bool {
    if left.iter().all(|operation| operation.outcome == Outcome::Info) {
        return true;
    }
    for at in 0..left.len() {
        let next = left[at];
        let late = |other: &&&Operation| {
            other.outcome == Outcome::Ok && other.completed.is_some_and(|completed| completed < next.invoked)
        };
        if left.iter().any(|other| late(&other)) {
            continue;
        }
        let Some(after) = step(history, model, next, &state) else { continue };
        left.remove(at);
        let found = any_order(history, model, left, after);
        left.insert(at, next);
        if found {
            return true;
        }
    }
    false
}

/// The state after `operation`, if it may come at `state`.
fn step(history: &History, model: Model, operation: &Operation, state: &Value) -> Option<Value> {
    let value = |symbol| -> Value { serde_json::from_str(history.text(symbol)).unwrap() };
    let same = |a: &Value, b: &Value| {
        let text =
            |value: &Value| if value.is_null() && model == Model::Kv { json!("") } else { value.clone() };
        text(a) == text(b)
    };
    let elements = || state.as_array().cloned().unwrap_or_default();
    match operation.action {
        Action::Sync => Some(state.clone()),
        Action::Read => match operation.result {
            None => Some(state.clone()),
            Some(result) if model == Model::Set => {
                let found = value(result).as_array().cloned().unwrap_or_default();
                let all = |a: &[Value], b: &[Value]| a.iter().all(|x| b.contains(x));
                (all(&found, &elements()) && all(&elements(), &found)).then(|| state.clone())
            }
            Some(result) => same(&value(result), state).then(|| state.clone()),
        },
        Action::Write(to) => Some(value(to)),
        Action::Cas { from, to } => same(&value(from), state).then(|| value(to)),
        Action::Append(more) => {
            let begun = state.as_str().unwrap_or_default();
            Some(json!(format!("{begun}{}", value(more).as_str().unwrap())))
        }
        Action::Add(element) => {
            let mut elements = elements();
            if !elements.contains(&value(element)) {
                elements.push(value(element));
            }
            Some(Value::Array(elements))
        }
        Action::Remove(element) => {
            let mut elements = elements();
            elements.retain(|there| *there != value(element));
            Some(Value::Array(elements))
        }
        Action::Other(element) => match operation.result {
            None => Some(state.clone()),
            Some(said) => (value(said) == json!(elements().contains(&value(element)))).then(|| state.clone()),
        },
    }
}
