//! A trace: JSON Lines, with a header that holds all it takes to run again, a line a step, and an end line. A file
//! without its end line was cut off.

use super::record::record;
use crate::run::{Ending, Observer, Outcome, StepView};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, BufRead, Write};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always `trace`.
    pub zablab: String,
    /// [`FORMAT`].
    pub format: u32,
    /// The version of zablab that wrote it.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed, in decimal.
    pub seed: String,
    /// The scenario's whole text.
    pub text: String,
}

impl Header {
    /// The header for a run of this build.
    pub fn new(scenario: &str, text: &str, seed: u64) -> Header {
        Header {
            zablab: "trace".to_owned(),
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.to_owned(),
            seed: seed.to_string(),
            text: text.to_owned(),
        }
    }
}

/// Writes a trace as the run goes on.
pub struct TraceWriter<W> {
    out: W,
}

impl<W: Write> TraceWriter<W> {
    /// Begins a trace.
    pub fn new(mut out: W, header: &Header) -> io::Result<TraceWriter<W>> {
        writeln!(out, "{}", json!(header))?;
        Ok(TraceWriter { out })
    }

    /// Ends it.
    pub fn finish(mut self, outcome: &Outcome) -> io::Result<()> {
        writeln!(self.out, "{}", end_line(outcome))?;
        self.out.flush()
    }
}

fn end_line(outcome: &Outcome) -> Value {
    json!({"end": outcome.ending, "steps": outcome.steps, "at": outcome.virtual_time, "hash": outcome.hash.to_string()})
}

impl<W: Write> Observer for TraceWriter<W> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        writeln!(self.out, "{}", record(step))
    }
}

/// What is wrong with a trace as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it, after 'line N'.
    pub what: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} {}", self.line, self.what)
    }
}

impl std::error::Error for TraceError {}

/// Where a run and its trace part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the trace.
    pub line: u64,
    /// Where in the line, and what stands there: (place, in the trace, in the run).
    pub fields: Vec<(String, String, String)>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: the run goes another way", self.line)?;
        for (place, trace, run) in &self.fields {
            write!(f, "\n  {place}\n    trace: {trace}\n    run:   {run}")?;
        }
        Ok(())
    }
}

/// What a run, held against a trace, turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The same run, to its end.
    Same,
    /// The same run as far as the trace goes: it was interrupted after so many steps.
    Interrupted {
        /// How many.
        steps: u64,
    },
    /// Another run.
    Differs(Difference),
}

/// Reads a trace line by line and holds a run against it.
pub struct Replay<R> {
    lines: io::Lines<R>,
    line: u64,
    header: Header,
    /// The last step that was the same in both.
    last: Value,
    found: Option<Result<Replayed, TraceError>>,
}

impl<R: BufRead> Replay<R> {
    /// Reads the header.
    pub fn new(reader: R) -> Result<Replay<R>, TraceError> {
        let mut lines = reader.lines();
        let fail = |what: String| TraceError { line: 1, what };
        let first = match lines.next() {
            None => {
                return Err(fail(
                    "is missing: the file is empty, and a trace begins with a header".to_owned(),
                ));
            }
            Some(Err(error)) => return Err(fail(format!("cannot be read: {error}"))),
            Some(Ok(first)) => first,
        };
        let value: Value = serde_json::from_str(&first)
            .map_err(|error| fail(format!("{}; this is no trace", not_json(&error))))?;
        if value.get("zablab") != Some(&json!("trace")) {
            return Err(fail("is not the header of a trace: it lacks \"zablab\": \"trace\"".to_owned()));
        }
        if value.get("format") != Some(&json!(FORMAT)) {
            let found = value.get("format").map_or_else(|| "none".to_owned(), Value::to_string);
            return Err(fail(format!("is of trace format {found}; this build reads format {FORMAT}")));
        }
        let header: Header =
            serde_json::from_value(value).map_err(|error| fail(format!("is no complete header: {error}")))?;
        if header.version != env!("CARGO_PKG_VERSION") {
            return Err(fail(format!(
                "was written by zablab {}; this is {}, whose runs may differ",
                header.version,
                env!("CARGO_PKG_VERSION")
            )));
        }
        Ok(Replay { lines, line: 1, header, last: Value::Null, found: None })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The seed in the header.
    pub fn seed(&self) -> Result<u64, TraceError> {
        self.header.seed.parse().map_err(|_| TraceError {
            line: 1,
            what: format!("has seed {:?}, which is no number", self.header.seed),
        })
    }

    fn next_value(&mut self) -> Result<Option<Value>, TraceError> {
        self.line += 1;
        let line = self.line;
        let fail = |what: String| TraceError { line, what };
        match self.lines.next() {
            None => Ok(None),
            Some(Err(error)) => Err(fail(format!("cannot be read: {error}"))),
            Some(Ok(text)) => match serde_json::from_str(&text) {
                Ok(value) => Ok(Some(value)),
                Err(_) if text.trim().is_empty() => Err(fail("is blank".to_owned())),
                Err(error) if error.is_eof() => {
                    Err(fail("ends in the middle: the trace was cut off".to_owned()))
                }
                Err(error) => Err(fail(not_json(&error))),
            },
        }
    }

    /// Compares the next line of the trace with what the run did. Says whether to go on.
    fn compare(&mut self, run: Value) -> bool {
        let found = match self.next_value() {
            Err(error) => Err(error),
            Ok(None) => {
                let what = "is missing: the trace was cut off, its end line is not there".to_owned();
                Err(TraceError { line: self.line, what })
            }
            Ok(Some(trace)) if trace == run => {
                self.last = run;
                return true;
            }
            Ok(Some(trace)) => match self.interrupted(&trace) {
                Some(steps) => self.at_the_end().map(|()| Replayed::Interrupted { steps }),
                None => {
                    Ok(Replayed::Differs(Difference { line: self.line, fields: differences(&trace, &run) }))
                }
            },
        };
        self.found = Some(found);
        false
    }

    /// How many steps were made, if this is the end line of a run that was interrupted here.
    fn interrupted(&self, trace: &Value) -> Option<u64> {
        let same = match &self.last {
            Value::Null => trace.get("steps") == Some(&json!(0)),
            last => trace.get("steps") == last.get("step") && trace.get("hash") == last.get("hash"),
        };
        let interrupted = trace.get("end") == Some(&json!(Ending::Interrupted));
        trace.get("steps").and_then(Value::as_u64).filter(|_| same && interrupted)
    }

    fn at_the_end(&mut self) -> Result<(), TraceError> {
        match self.lines.next() {
            None => Ok(()),
            Some(_) => Err(TraceError { line: self.line + 1, what: "stands after the end line".to_owned() }),
        }
    }

    /// After the run: whether the trace ends as it did. The error is about the file.
    pub fn finish(mut self, outcome: Option<&Outcome>) -> Result<Replayed, TraceError> {
        if let (None, Some(outcome)) = (&self.found, outcome)
            && self.compare(end_line(outcome))
        {
            self.at_the_end()?;
        }
        self.found.unwrap_or(Ok(Replayed::Same))
    }
}

impl<R: BufRead> Observer for Replay<R> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        // Through text, as the trace was written.
        let run: Value = serde_json::from_str(&record(step).to_string()).map_err(io::Error::other)?;
        if self.compare(run) {
            Ok(())
        } else {
            Err(io::Error::other("the trace goes no further with the run"))
        }
    }
}

/// What is wrong with a line. The parser counts lines within what it was given, which is always one.
fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("is not JSON: {what} at column {}", error.column())
}

/// Where a line of the trace and what the run did differ. Of two different steps only that is told.
pub(crate) fn differences(trace: &Value, run: &Value) -> Vec<(String, String, String)> {
    let step = |line: &Value| match (line.get("step"), line.get("end")) {
        (Some(step), _) => step.to_string(),
        (None, Some(_)) => "none: the run ends".to_owned(),
        (None, None) => "none".to_owned(),
    };
    let mut fields = Vec::new();
    if step(trace) == step(run) {
        compare("", trace, run, &mut fields);
    } else {
        fields.push(("step".to_owned(), step(trace), step(run)));
    }
    fields
}

/// The places where two values differ, each with what stands there.
fn compare(place: &str, trace: &Value, run: &Value, fields: &mut Vec<(String, String, String)>) {
    let mut part = |place: String, trace: Option<&Value>, run: Option<&Value>| match (trace, run) {
        (Some(trace), Some(run)) => compare(&place, trace, run, fields),
        (trace, run) => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
            fields.push((place, shown(trace), shown(run)));
        }
    };
    match (trace, run) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let below = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                part(below, a.get(key), b.get(key));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                part(format!("{place}[{at}]"), a.get(at), b.get(at));
            }
        }
        (a, b) if a != b => fields.push((place.to_owned(), a.to_string(), b.to_string())),
        _ => {}
    }
}
