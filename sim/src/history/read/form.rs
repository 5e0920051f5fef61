//! What a text in EDN holds, and what that is in JSON.

use serde_json::{Number, Value};

/// A form, and the byte at which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) form: Form,
}

/// What a text in EDN holds. Tags are passed over: what is tagged stands for itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Nil,
    Bool(bool),
    Number(Number),
    /// A string or a character.
    Text(String),
    /// Without its colon.
    Keyword(String),
    Symbol(String),
    /// A vector or a list.
    Items(Vec<Node>),
    Set(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The form as JSON: keywords keep their colon, so that they differ from texts; a set is in the order of its items'
    /// texts, so that equal sets are equal.
    pub(super) fn json(&self) -> Value {
        let key = |key: &Node| match key.json() {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match &self.form {
            Form::Nil => Value::Null,
            Form::Bool(value) => (*value).into(),
            Form::Number(number) => Value::Number(number.clone()),
            Form::Text(text) | Form::Symbol(text) => text.as_str().into(),
            Form::Keyword(name) => format!(":{name}").into(),
            Form::Items(items) => items.iter().map(Node::json).collect(),
            Form::Set(items) => {
                let mut items: Vec<Value> = items.iter().map(Node::json).collect();
                items.sort_by_cached_key(Value::to_string);
                items.into()
            }
            Form::Map(entries) => {
                Value::Object(entries.iter().map(|(name, value)| (key(name), value.json())).collect())
            }
        }
    }
}

/// A number, or what is wrong with it and what was expected.
pub(super) fn number(token: &str, unsigned: &str) -> Result<Number, (&'static str, &'static str)> {
    const PLAIN: (&str, &str) = ("is no number", "a number such as 17, -3 or 2.5");
    let digits = unsigned.strip_suffix('N').unwrap_or(unsigned);
    if digits.bytes().all(|digit| digit.is_ascii_digit()) {
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(("begins with 0", "a decimal number without it"));
        }
        let signed = &token[..token.len() - (unsigned.len() - digits.len())];
        let large = || ("is too large to be kept exactly", "64 bits, or a string");
        return match signed.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => signed.parse::<u64>().map(Number::from).map_err(|_| large()),
        };
    }
    let decimal = token.strip_suffix('M').unwrap_or(token);
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let value = decimal.parse::<f64>().ok().filter(|_| decimal.chars().all(plain));
    value.and_then(Number::from_f64).ok_or(PLAIN)
}
