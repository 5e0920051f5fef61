//! A history in parts that are judged alone. Linearizability is local: a history is linearizable where each object's is
//! (Herlihy and Wing 1990, section 3).

use super::part::{Act, Kind, NEVER, Op, Part};
use super::{Model, Unfit};
use crate::history::{Action, History, Operation, Outcome, Symbol};
use serde_json::Value;
use std::collections::BTreeMap;

const NONE: u32 = u32::MAX;

/// The parts of `history`, in the order of their keys.
///
/// What failed did not happen, so it is left out, a failed compare-and-set with it; and so are reads that did not end
/// well and every `sync`.
pub(super) fn split(history: &History, model: Model, initial: &Value) -> Result<Vec<Part>, Unfit> {
    let mut of_key: Vec<Vec<u32>> = vec![Vec::new(); history.keys.len()];
    for (at, operation) in (0..).zip(&history.operations) {
        fits(history, model, operation)?;
        if operation.outcome != Outcome::Fail && operation.action != Action::Sync {
            of_key[operation.key as usize].push(at);
        }
    }
    let mut numbers = Numbers::new(history, model);
    let mut parts = Vec::new();
    for (key, operations) in (0..).zip(&of_key) {
        match model {
            Model::Set => sets(history, key, operations, initial, &mut parts)?,
            Model::Register | Model::Kv => {
                parts.push(register(history, key, operations, initial, &mut numbers))
            }
        }
    }
    for part in &mut parts {
        part.drop_unnoticed();
    }
    Ok(parts)
}

fn is_contains(operation: &Operation) -> bool {
    matches!(operation.action, Action::Other(_)) && &*operation.f == "contains"
}

fn fits(history: &History, model: Model, operation: &Operation) -> Result<(), Unfit> {
    let fits = match operation.action {
        Action::Read | Action::Sync => true,
        Action::Write(_) | Action::Cas { .. } => model != Model::Set,
        Action::Append(_) => model == Model::Kv,
        Action::Add(_) | Action::Remove(_) => model == Model::Set,
        Action::Other(_) => model == Model::Set && is_contains(operation),
    };
    let expected = match model {
        Model::Register => "read, write or cas",
        Model::Kv => "get, put, append or cas",
        Model::Set => "add, remove, read or contains",
    };
    let unfit = |what: String| Err(Unfit { line: operation.lines.0, what, expected });
    let told = |what: String, expected| {
        Err(Unfit { line: operation.lines.1.unwrap_or(operation.lines.0), what, expected })
    };
    if !fits {
        return unfit(format!("`{}` is no operation of the model", operation.f));
    }
    match (model, operation.outcome, operation.action, operation.result) {
        (Model::Set, Outcome::Ok, Action::Read, Some(result)) if elements(history.text(result)).is_none() => {
            told(format!("a set is read as {}", history.text(result)), "an array")
        }
        (Model::Set, Outcome::Ok, Action::Other(_), Some(result))
            if !matches!(history.text(result), "true" | "false") =>
        {
            told(format!("`contains` says {}", history.text(result)), "true or false")
        }
        _ => Ok(()),
    }
}

/// The elements of a set's value, each in its JSON text; `null` is the empty set.
fn elements(text: &str) -> Option<Vec<String>> {
    match serde_json::from_str(text) {
        Ok(Value::Array(elements)) => Some(elements.iter().map(Value::to_string).collect()),
        Ok(Value::Null) => Some(Vec::new()),
        _ => None,
    }
}

/// Numbers for the values of one part after another.
struct Numbers {
    /// Where texts are stored: the first symbol of each text. A `null` is the empty text, a number its digits.
    texts: Option<BTreeMap<String, u32>>,
    /// Which symbol stands for each.
    alias: Vec<u32>,
    number: Vec<u32>,
    used: Vec<u32>,
}

impl Numbers {
    fn new(history: &History, model: Model) -> Numbers {
        let mut alias: Vec<u32> = (0..history.values.len() as u32).collect();
        let texts = (model == Model::Kv).then(|| {
            let mut texts = BTreeMap::new();
            for (at, json) in (0..).zip(&history.values) {
                alias[at as usize] = *texts.entry(stored(json)).or_insert(at);
            }
            texts
        });
        Numbers { texts, number: vec![NONE; alias.len()], alias, used: Vec::new() }
    }

    /// Begins a part.
    fn begin(&mut self, history: &History, initial: &Value) {
        for symbol in self.used.drain(..) {
            if symbol != NONE {
                self.number[symbol as usize] = NONE;
            }
        }
        let symbol = match &self.texts {
            Some(texts) => texts.get(&text(initial)).copied(),
            None => history.values.get_index_of(initial.to_string().as_str()).map(|at| at as u32),
        };
        let symbol = symbol.unwrap_or(NONE);
        self.used.push(symbol);
        if symbol != NONE {
            self.number[symbol as usize] = 0;
        }
    }

    fn of(&mut self, symbol: Symbol) -> u32 {
        let symbol = self.alias[symbol.0 as usize];
        let number = &mut self.number[symbol as usize];
        if *number == NONE {
            *number = self.used.len() as u32;
            self.used.push(symbol);
        }
        *number
    }
}

fn op(operation: &Operation, source: u32, act: Act) -> Option<Op> {
    let ret = if operation.outcome == Outcome::Ok { operation.completed.unwrap_or(NEVER) } else { NEVER };
    // What finds the value that it leaves is a read.
    let act = match act {
        Act::Cas(from, to) if from == to => Act::Read(from),
        act => act,
    };
    (ret != NEVER || !act.is_read()).then_some(Op { source, call: operation.invoked, ret, act })
}

fn register(history: &History, key: u32, places: &[u32], initial: &Value, numbers: &mut Numbers) -> Part {
    let appends =
        places.iter().any(|at| matches!(history.operations[*at as usize].action, Action::Append(_)));
    numbers.begin(history, initial);
    let mut ops = Vec::with_capacity(places.len());
    for &at in places {
        let operation = &history.operations[at as usize];
        let act = match operation.action {
            Action::Read => operation.result.map(|result| Act::Read(numbers.of(result))),
            Action::Write(value) => Some(Act::Write(numbers.of(value))),
            Action::Cas { from, to } => Some(Act::Cas(numbers.of(from), numbers.of(to))),
            Action::Append(value) => Some(Act::Append(numbers.of(value))),
            _ => None,
        };
        ops.extend(act.and_then(|act| op(operation, at, act)));
    }
    let values = numbers.used.len() as u32;
    let kind = if appends {
        let text = |symbol: &u32| match *symbol {
            NONE => text(initial).into(),
            symbol => stored(history.text(Symbol(symbol))).into(),
        };
        Kind::Text(numbers.used.iter().map(text).collect())
    } else {
        Kind::Register
    };
    Part { key, kind, values, ops }
}

/// A value, given as its JSON text, as the text that is stored for it.
fn stored(json: &str) -> String {
    // Only a text is written otherwise in JSON.
    match json {
        "null" => String::new(),
        json if json.starts_with('"') => text(&serde_json::from_str(json).unwrap_or_default()),
        json => json.to_owned(),
    }
}

/// A value as the text that is stored for it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A part for each element, a register that says whether it is there; or one for the whole set where that is read.
fn sets(
    history: &History,
    key: u32,
    places: &[u32],
    initial: &Value,
    parts: &mut Vec<Part>,
) -> Result<(), Unfit> {
    let Some(initial) = elements(&initial.to_string()) else {
        let expected = "an array as the initial value of a set";
        return Err(Unfit { line: 0, what: format!("the initial value is {initial}"), expected });
    };
    let operations = || places.iter().map(|at| (*at, &history.operations[*at as usize]));
    let whole = operations()
        .any(|(_, operation)| operation.action == Action::Read && operation.outcome == Outcome::Ok);
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    if whole {
        let mut number = |element: String| {
            let next = numbers.len() as u32;
            *numbers.entry(element).or_insert(next)
        };
        let mut set = |elements: Vec<String>| {
            let mut set: Vec<u32> = elements.into_iter().map(&mut number).collect();
            set.sort_unstable();
            set.dedup();
            set
        };
        let mut sets = vec![set(initial)];
        let mut number_of = BTreeMap::from([(sets[0].clone(), 0)]);
        let mut ops = Vec::new();
        for (at, operation) in operations() {
            let mut element = |symbol: Symbol| set(vec![history.text(symbol).to_owned()])[0];
            let act = match (operation.action, operation.result) {
                (Action::Add(value), _) => Act::Add(element(value)),
                (Action::Remove(value), _) => Act::Remove(element(value)),
                (Action::Read, Some(result)) => {
                    let found = set(elements(history.text(result)).unwrap_or_default());
                    let next = sets.len() as u32;
                    let number = *number_of.entry(found.clone()).or_insert(next);
                    if number == next {
                        sets.push(found);
                    }
                    Act::Read(number)
                }
                (Action::Other(value), Some(said)) => Act::Has(element(value), history.text(said) == "true"),
                _ => continue,
            };
            ops.extend(op(operation, at, act));
        }
        parts.push(Part { key, values: sets.len() as u32, kind: Kind::Set(sets), ops });
        return Ok(());
    }
    let mut of_element: BTreeMap<&str, Vec<Op>> = BTreeMap::new();
    for (at, operation) in operations() {
        let (element, act) = match (operation.action, operation.result) {
            (Action::Add(element), _) => (element, Act::Write(1)),
            (Action::Remove(element), _) => (element, Act::Write(0)),
            (Action::Other(element), Some(said)) => {
                (element, Act::Read(u32::from(history.text(said) == "true")))
            }
            _ => continue,
        };
        of_element.entry(history.text(element)).or_default().extend(op(operation, at, act));
    }
    for (element, mut ops) in of_element {
        // Number 0 is the initial value.
        if initial.iter().any(|there| there == element) {
            for op in &mut ops {
                op.act = match op.act {
                    Act::Read(value) => Act::Read(1 - value),
                    Act::Write(value) => Act::Write(1 - value),
                    act => act,
                };
            }
        }
        parts.push(Part { key, kind: Kind::Register, values: 2, ops });
    }
    Ok(())
}
