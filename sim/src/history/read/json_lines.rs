//! An event a line, each a JSON object.

use super::super::event::Type;
use super::super::operation::{Builder, Told};
use super::{Format, Mark, ReadError, Reading};
use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde_json::Value;
use serde_json::error::Category;
use std::borrow::Cow;
use std::fmt;

/// What each line should look like.
const SUCH: &str = r#"an event such as {"process":0,"type":"invoke","f":"read","key":"r","value":null}"#;

#[derive(serde::Deserialize)]
struct Line<'a> {
    process: Process,
    #[serde(rename = "type")]
    kind: Type,
    #[serde(borrow)]
    f: Cow<'a, str>,
    #[serde(borrow, default)]
    key: Key<'a>,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    time: Option<Time>,
    #[serde(default)]
    xid: Option<Xid>,
    #[serde(default)]
    zxid: Option<Zxid>,
    #[serde(default)]
    version: Option<Value>,
    #[serde(default)]
    server: Option<Value>,
    #[serde(default)]
    error: Option<Value>,
}

/// What of a line tells that it is a mark, and what the mark says.
#[derive(serde::Deserialize)]
struct Other {
    process: Value,
    #[serde(default)]
    f: Value,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    time: Value,
}

/// A whole number, and what to say where something else stands.
struct Whole {
    expected: &'static str,
    /// It may be a text in hexadecimal.
    hexadecimal: bool,
    least: i64,
}

impl Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        if number >= self.least {
            Ok(number)
        } else {
            Err(E::invalid_value(Unexpected::Signed(number), &self))
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        let number = hexadecimal(text).filter(|_| self.hexadecimal);
        number.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Reads numbers of one kind.
macro_rules! whole {
    ($name:ident, $expected:literal, $hexadecimal:literal, $least:expr) => {
        struct $name(i64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let whole = Whole { expected: $expected, hexadecimal: $hexadecimal, least: $least };
                deserializer.deserialize_any(whole).map($name)
            }
        }
    };
}

whole!(Process, "the number of a client, or a text such as \"nemesis\"", false, i64::MIN);
whole!(Xid, "the client's number for the request", false, i64::MIN);
whole!(Zxid, "a zxid: a number, or a text such as \"0x100000002\"", true, i64::MIN);
whole!(Time, "a time: a whole number, not below 0", false, 0);

/// The number that a text such as `0x100000002` is.
pub(super) fn hexadecimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix("0x")?;
    // The parser alone would take a sign, too.
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    i64::from_str_radix(digits, 16).ok().filter(|_| plain)
}

/// A key: a text, or a number that stands for one.
#[derive(Default)]
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'a>, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key: a text or a number")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(number.to_string())))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(number.to_string())))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Key<'de>, E> {
                Ok(Key::default())
            }
        }
        deserializer.deserialize_any(Name)
    }
}

/// A text as it is, anything else as its JSON.
pub(super) fn words(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// What a mark says.
pub(super) fn mark(process: &str, f: &Value, value: &Value) -> String {
    let said = [f, value].into_iter().filter(|part| !part.is_null());
    let said: Vec<Cow<'_, str>> = said.map(words).collect();
    if said.is_empty() { process.to_owned() } else { said.join(" ") }
}

/// Whether a number of the value was rounded: two that differ could look alike.
pub(super) fn is_rounded(value: &Value) -> bool {
    /// From here on not every whole number is a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => {
            number.is_f64() && number.as_f64().is_some_and(|number| number.abs() >= EXACT)
        }
        Value::Array(items) => items.iter().any(is_rounded),
        Value::Object(fields) => fields.values().any(is_rounded),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// Why a number that is too large is refused.
pub(super) const ROUNDED: (&str, &str) =
    ("the value holds a number that is too large to be kept exactly", "64 bits, or a text");

/// Reads an event a line.
pub(super) fn read(text: &str) -> Result<Reading, ReadError> {
    let mut builder = Builder::default();
    let mut marks = Vec::new();
    for (line, source) in (1..).zip(text.lines()) {
        if source.trim().is_empty() {
            continue;
        }
        let start = 1 + (source.len() - source.trim_start().len()) as u32;
        let told: Line<'_> = match serde_json::from_str(source) {
            Ok(told) => told,
            Err(error) => match serde_json::from_str::<Other>(source) {
                Ok(Other { process: Value::String(process), f, value, time })
                    if process.parse::<i64>().is_err() =>
                {
                    let (place, time) = (builder.events(), time.as_u64().unwrap_or(0));
                    marks.push(Mark { line, place, time, text: mark(&process, &f, &value) });
                    continue;
                }
                _ => return Err(malformed(source, line, &error)),
            },
        };
        if is_rounded(&told.value) {
            let (what, expected) = ROUNDED;
            return Err(ReadError { line, column: start, what: what.into(), expected: expected.into() });
        }
        if told.version.is_some() {
            builder.znode_zxids();
        }
        builder
            .event(&Told {
                line,
                process: told.process.0,
                xid: told.xid.map(|xid| xid.0),
                f: &told.f,
                key: &told.key.0,
                kind: told.kind,
                value: &told.value,
                time: told.time.map_or(0, |time| time.0.unsigned_abs()),
                zxid: told.zxid.map(|zxid| zxid.0),
                server: told.server.as_ref().map(|server| words(server).into()),
                error: told.error.as_ref().map(|error| words(error).into()),
            })
            .map_err(|error| ReadError::unpaired(error, start))?;
    }
    Ok(Reading { format: Format::JsonLines, history: builder.finish(), marks })
}

/// What is wrong with a line, in our words and at our column.
fn malformed(source: &str, line: u32, error: &serde_json::Error) -> ReadError {
    // The parser counts bytes, up to and with the last one it read.
    let before = error.column().saturating_sub(1).min(source.len());
    let column = 1 + String::from_utf8_lossy(&source.as_bytes()[..before]).chars().count() as u32;
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
    let (what, expected) = match error.classify() {
        Category::Data => match said.split_once(", expected ") {
            Some((what, expected)) => (what.to_owned(), expected.to_owned()),
            None => (said.to_owned(), SUCH.to_owned()),
        },
        Category::Eof => ("the line breaks off within its JSON".to_owned(), SUCH.to_owned()),
        Category::Syntax | Category::Io => (format!("this is not JSON: {said}"), SUCH.to_owned()),
    };
    ReadError { line, column, what, expected }
}
