//! A trace: JSON Lines, with a header that holds all it takes to run again, a line a step, and an end line. A file
//! without its end line was cut off.

use super::record::record;
use crate::run::{Observer, Outcome, StepView};
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
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
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

/// Reads a trace line by line and holds a run against it.
pub struct Replay<R> {
    lines: io::Lines<R>,
    line: u64,
    header: Header,
    difference: Option<Difference>,
    error: Option<TraceError>,
}

impl<R: BufRead> Replay<R> {
    /// Reads the header.
    pub fn new(reader: R) -> Result<Replay<R>, TraceError> {
        let mut lines = reader.lines();
        let fail = |what: String| TraceError { line: 1, what };
        let first = match lines.next() {
            None => return Err(fail("the file is empty; a trace begins with a header".to_owned())),
            Some(Err(error)) => return Err(fail(format!("cannot be read: {error}"))),
            Some(Ok(first)) => first,
        };
        let value: Value = serde_json::from_str(&first)
            .map_err(|error| fail(format!("is not JSON ({error}); this is no trace")))?;
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
        Ok(Replay { lines, line: 1, header, difference: None, error: None })
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
                Err(error) if error.is_eof() => {
                    Err(fail("ends in the middle: the trace was cut off".to_owned()))
                }
                Err(error) => Err(fail(format!("is not JSON: {error}"))),
            },
        }
    }

    /// Compares the next line of the trace with what the run did. Says whether to go on.
    fn compare(&mut self, run: &Value) -> bool {
        let line = self.line + 1;
        match self.next_value() {
            Err(error) => self.error = Some(error),
            Ok(None) => {
                let what = "is missing: the trace was cut off, its end line is not there".to_owned();
                self.error = Some(TraceError { line, what });
            }
            Ok(Some(trace)) if trace != *run => {
                let mut fields = Vec::new();
                compare("", &trace, run, &mut fields);
                self.difference = Some(Difference { line, fields });
            }
            Ok(Some(_)) => return true,
        }
        false
    }

    /// After the run: whether the trace ends as it did. The outer error is about the file.
    pub fn finish(mut self, outcome: Option<&Outcome>) -> Result<Option<Difference>, TraceError> {
        if let (None, None, Some(outcome)) = (&self.error, &self.difference, outcome) {
            if self.compare(&end_line(outcome))
                && let Some(_more) = self.next_value()?
            {
                let line = self.line;
                return Err(TraceError { line, what: "stands after the end line".to_owned() });
            }
        }
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.difference),
        }
    }
}

impl<R: BufRead> Observer for Replay<R> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        // Through text, as the trace was written.
        let run: Value = serde_json::from_str(&record(step).to_string()).map_err(io::Error::other)?;
        if self.compare(&run) { Ok(()) } else { Err(io::Error::other("the run and its trace differ")) }
    }
}

/// The places where two values differ, each with what stands there.
fn compare(place: &str, trace: &Value, run: &Value, fields: &mut Vec<(String, String, String)>) {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (trace, run) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                compare(&below(key), a, b, fields);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                let (a, b) = (a.get(at).unwrap_or(&Value::Null), b.get(at).unwrap_or(&Value::Null));
                compare(&format!("{place}[{at}]"), a, b, fields);
            }
        }
        (a, b) if a != b => fields.push((place.to_owned(), a.to_string(), b.to_string())),
        _ => {}
    }
}
