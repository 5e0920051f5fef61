//! Small random histories: a simulated object with an instant of effect for every operation, and often some lies.

use crate::consistency::linear::Model;
use crate::history::{Builder, History, Told, Type};
use serde_json::{Value, json};

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Reads, writes and compare-and-sets of three values.
    SmallRegister,
    /// The same, and no value is written twice.
    UniqueRegister,
    /// Gets, puts and appends.
    Text,
    /// A set without reads of all of it.
    Elements,
    /// A set with them.
    WholeSet,
}

impl Shape {
    pub(super) fn model(self) -> Model {
        match self {
            Shape::SmallRegister | Shape::UniqueRegister => Model::Register,
            Shape::Text => Model::Kv,
            Shape::Elements | Shape::WholeSet => Model::Set,
        }
    }

    pub(super) fn initial(self) -> Value {
        match self {
            Shape::SmallRegister => json!(0),
            Shape::UniqueRegister => json!(null),
            Shape::Text => json!(""),
            Shape::Elements => json!(["a"]),
            Shape::WholeSet => json!([]),
        }
    }
}

struct Open {
    f: &'static str,
    value: Value,
    /// What it found, once it took effect.
    found: Option<Value>,
    /// How many changes there had been then, with its own.
    zxid: i64,
}

/// A history from random bytes: of each step a client, what it does, whether it takes effect at once, and how it ends.
/// `wrong` says which results
/// are changed, and whether answers have zxids.
pub(super) fn history(shape: Shape, steps: &[[u8; 6]], wrong: u8) -> History {
    let mut builder = Builder::default();
    let mut state = shape.initial();
    let mut open: Vec<Option<Open>> = (0..4).map(|_| None).collect();
    let mut process = [0, 1, 2, 3];
    let (mut line, mut fresh, mut told) = (0, 0, 0);
    let zxids = wrong & 32 != 0;
    let mut changes = 0;
    let mut tell = |process: i64, f: &str, kind: Type, value: &Value, zxid: i64| {
        line += 1;
        let told = Told {
            line,
            process,
            xid: None,
            f,
            key: "k",
            kind,
            value,
            time: 0,
            zxid: (zxids && kind == Type::Ok).then_some(zxid),
            server: None,
            error: None,
        };
        builder.event(&told).unwrap();
    };
    for &[who, what, a, b, now, how] in steps {
        let who = usize::from(who % 4);
        // Another client's operation may take effect at any time.
        if let Some(other) = &mut open[usize::from(b % 4)]
            && b >= 128
        {
            apply(&mut state, other, &mut changes);
        }
        match open[who].take() {
            None => {
                let (f, value) = invoke(shape, what, a, b, &state, &mut fresh);
                tell(process[who], f, Type::Invoke, &value, 0);
                let mut operation = Open { f, value, found: None, zxid: 0 };
                if now % 3 == 0 {
                    apply(&mut state, &mut operation, &mut changes);
                }
                open[who] = Some(operation);
            }
            Some(operation) if how % 8 == 0 => {
                tell(process[who], operation.f, Type::Info, &operation.value, 0);
                process[who] += 4;
            }
            Some(mut operation) => {
                apply(&mut state, &mut operation, &mut changes);
                let mut found = operation.found.unwrap_or_default();
                if is_read(operation.f) || operation.f == "cas" && found.is_null() {
                    told += 1;
                    if wrong >= 64 && told == wrong % 4 + 1 {
                        found = lie(shape, operation.f, found, what, a, fresh);
                    }
                }
                let kind = if operation.f == "cas" && found.is_null() { Type::Fail } else { Type::Ok };
                let value = if is_read(operation.f) { found } else { operation.value };
                tell(process[who], operation.f, kind, &value, operation.zxid);
            }
        }
    }
    builder.finish()
}

fn is_read(f: &str) -> bool {
    matches!(f, "read" | "get" | "contains")
}

fn element(byte: u8) -> Value {
    json!(["a", "b", "c"][usize::from(byte % 3)])
}

fn invoke(shape: Shape, what: u8, a: u8, b: u8, state: &Value, fresh: &mut i64) -> (&'static str, Value) {
    let used = *fresh;
    let mut new = || {
        *fresh += 1;
        *fresh
    };
    match (shape, what % 8) {
        (Shape::SmallRegister | Shape::UniqueRegister, 0..=2) => ("read", json!(null)),
        (Shape::SmallRegister, 3..=5) => ("write", json!(a % 3)),
        (Shape::SmallRegister, _) => ("cas", json!([a % 3, b % 3])),
        (Shape::UniqueRegister, 3..=4) => ("write", json!(new())),
        (Shape::UniqueRegister, 5) if used > 0 => {
            let from = 1 + i64::from(a) % used;
            ("cas", json!([from, new()]))
        }
        (Shape::UniqueRegister, _) => ("cas", json!([state, new()])),
        (Shape::Text, 0..=2) => ("get", json!(null)),
        (Shape::Text, 3) => ("put", json!(["", "x", "xy"][usize::from(a % 3)])),
        (Shape::Text, 4) => ("cas", json!([state, "y"])),
        (Shape::Text, _) => ("append", json!(["x", "y"][usize::from(a % 2)])),
        (Shape::Elements, 0..=2) => ("contains", element(a)),
        (Shape::WholeSet, 0) => ("contains", element(a)),
        (Shape::WholeSet, 1..=2) => ("read", json!(null)),
        (_, 3..=5) => ("add", element(a)),
        (_, _) => ("remove", element(a)),
    }
}

/// Lets an operation take effect, once.
fn apply(state: &mut Value, operation: &mut Open, changes: &mut i64) {
    if operation.found.is_some() {
        return;
    }
    *changes += i64::from(!is_read(operation.f));
    operation.zxid = *changes;
    let value = operation.value.clone();
    operation.found = Some(match operation.f {
        "read" | "get" => state.clone(),
        "contains" => json!(state.as_array().unwrap().contains(&value)),
        "cas" if *state == value[0] => {
            *state = value[1].clone();
            value
        }
        "cas" => json!(null),
        "append" => {
            *state = json!(format!("{}{}", state.as_str().unwrap(), value.as_str().unwrap()));
            value
        }
        "add" => {
            let elements = state.as_array_mut().unwrap();
            if !elements.contains(&value) {
                elements.push(value.clone());
            }
            value
        }
        "remove" => {
            state.as_array_mut().unwrap().retain(|there| *there != value);
            value
        }
        _ => {
            *state = value.clone();
            value
        }
    });
}

/// Another result.
fn lie(shape: Shape, f: &str, found: Value, a: u8, b: u8, fresh: i64) -> Value {
    match (shape, f) {
        (Shape::SmallRegister, "read") => json!(a % 3),
        (Shape::UniqueRegister, "read") => match i64::from(a) % (fresh + 2) {
            0 => json!(null),
            value => json!(value),
        },
        (Shape::Text, "get") => json!(["", "x", "y", "xy", "yx"][usize::from(a % 5)]),
        (_, "contains") => json!(b < 128),
        (_, "read") => json!(if a < 128 { vec![element(b)] } else { vec![element(a), element(b)] }),
        // It says that it took effect.
        (_, "cas") if found.is_null() => json!("a lie"),
        _ => found,
    }
}
