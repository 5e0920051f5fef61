//! A verdict and its reasons, in words.

mod json;

pub use json::json;

use super::{Finding, Judgement, Model, Taken, Verdict};
use crate::history::{Action, History, Operation, Outcome};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use zablab_protocol::Zxid;

/// How many findings of one property people are shown.
const FINDINGS: usize = 3;

/// How much of the longest prefix people are shown.
const SHOWN: usize = 10;

/// The longest value that people are shown, in characters.
const LONGEST: usize = 60;

/// A history with all that is said of it.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The name of its file.
    pub file: &'a str,
    /// The history.
    pub history: &'a History,
    /// What it was held against.
    pub model: Model,
    /// What the model was inferred from, if it was.
    pub inferred: Option<&'a str>,
    /// What was there before any operation.
    pub initial: &'a Value,
    /// What came of it.
    pub judgement: &'a Judgement,
}

/// A text that is not too long for a line.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

/// A text that is not too long for a line and does not break it.
fn plain(text: &str) -> Cow<'_, str> {
    let text = brief(text);
    if text.contains(char::is_control) { printable(&text).into_owned().into() } else { text }
}

/// A text that does not break a line, nor tell a terminal anything.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect::<String>().into()
}

/// A key, as it may stand in a line.
fn key_text(key: &str) -> Cow<'_, str> {
    if key.chars().any(|c| c.is_control() || c.is_whitespace()) {
        format!("{key:?}").into()
    } else {
        brief(key)
    }
}

/// What a process asked for: `write k0 7`; the key only where there is more than one.
pub fn call(history: &History, operation: &Operation) -> String {
    let value = |symbol| brief(history.text(symbol));
    let mut text = plain(&operation.f).into_owned();
    let key = &history.keys[operation.key as usize];
    if history.keys.len() > 1 && !key.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, " {}", key_text(key));
    }
    let _ = match operation.action {
        Action::Read | Action::Sync => Ok(()),
        Action::Cas { from, to } => write!(text, " {} -> {}", value(from), value(to)),
        Action::Other(symbol) if history.text(symbol) == "null" => Ok(()),
        Action::Write(to) | Action::Append(to) | Action::Add(to) | Action::Remove(to) | Action::Other(to) => {
            write!(text, " {}", value(to))
        }
    };
    text
}

/// What a process was told: `ok 7`, `fail`, `info (timed-out)`.
pub fn answer(history: &History, operation: &Operation) -> String {
    let mut text = outcome(operation).to_owned();
    let shows = match operation.action {
        Action::Read => true,
        Action::Other(asked) => operation.result.is_some_and(|told| told != asked),
        _ => false,
    };
    if let Some(result) = operation.result.filter(|_| shows) {
        let _ = write!(text, " {}", brief(history.text(result)));
    }
    if let Some(zxid) = operation.zxid {
        let _ = write!(text, " zxid {}", Zxid(zxid));
    }
    if let Some(server) = &operation.server {
        let _ = write!(text, " from {}", plain(server));
    }
    if let Some(error) = &operation.error {
        let _ = write!(text, " ({})", plain(error));
    }
    text
}

/// The word for how an operation ended.
pub fn outcome(operation: &Operation) -> &'static str {
    match operation.outcome {
        Outcome::Ok => "ok",
        Outcome::Fail => "fail",
        Outcome::Info => "info",
    }
}

/// The lines of an operation: `31-33`; `31-` where it never ended.
pub fn lines(operation: &Operation) -> String {
    let (invoke, completion) = operation.lines;
    format!("{invoke}-{}", completion.map(|line| line.to_string()).unwrap_or_default())
}

/// `1 key`, `2 keys`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// One line: the verdict, the file, and what it was held against.
pub fn headline(case: &Case<'_>) -> String {
    format!("{:<8}  {}: {}", case.judgement.verdict.name(), printable(case.file), summary(case))
}

/// What a history was held against, its size, and how it was decided.
pub fn summary(case: &Case<'_>) -> String {
    let Case { history, model, judgement, .. } = case;
    let inferred = case.inferred.map(|why| format!(" (inferred from {why})")).unwrap_or_default();
    format!(
        "{model}{inferred}, {} on {}; {}",
        counted(history.operations.len(), "operation"),
        counted(history.keys.len(), "key"),
        judgement.engine
    )
}

/// What is wrong, in lines that are indented by two: each finding's sentence, the operations that clash, the longest prefix.
pub fn findings(case: &Case<'_>) -> String {
    let mut text = String::new();
    let (shown, left_out) = shown(&case.judgement.findings);
    for finding in shown {
        let _ = writeln!(text, "  {}", sentence(finding));
        table(&mut text, case.history, finding.operations.iter().map(|at| (*at, None)));
        prefix(&mut text, case.history, &finding.prefix);
    }
    for (property, count) in left_out {
        let _ = writeln!(text, "  {property}: {count} more");
    }
    for note in case.judgement.notes.iter().take(FINDINGS) {
        let _ = writeln!(text, "  Note, {}", sentence(note));
        table(&mut text, case.history, note.operations.iter().map(|at| (*at, None)));
    }
    text
}

/// The first findings of each property, and how many more there are.
pub fn shown(findings: &[Finding]) -> (Vec<&Finding>, BTreeMap<&'static str, usize>) {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut first = |finding: &&Finding| {
        let count = counts.entry(finding.property).or_default();
        *count += 1;
        *count <= FINDINGS
    };
    let shown: Vec<&Finding> = findings.iter().filter(|finding| first(finding)).collect();
    counts.retain(|_, count| *count > FINDINGS);
    counts.values_mut().for_each(|count| *count -= FINDINGS);
    (shown, counts)
}

/// A finding's sentence behind the name of its property.
pub fn sentence(finding: &Finding) -> String {
    format!("{}: {}", finding.property, printable(&finding.sentence))
}

fn prefix(text: &mut String, history: &History, prefix: &[Taken]) {
    if prefix.is_empty() {
        return;
    }
    let from = prefix.len().saturating_sub(SHOWN);
    let left_out = match from {
        0 => String::new(),
        _ => format!(", of which the last {SHOWN}"),
    };
    let _ = writeln!(
        text,
        "  The longest prefix that can be put in order has {}{left_out}:",
        counted(prefix.len(), "operation")
    );
    let rows = prefix[from..].iter().map(|taken| (taken.operation, Some(taken.state.as_str())));
    table(text, history, rows);
}

/// A line an operation, in columns.
fn table<'a>(text: &mut String, history: &History, rows: impl Iterator<Item = (usize, Option<&'a str>)>) {
    let rows: Vec<[String; 5]> = rows
        .map(|(at, state)| {
            let operation = &history.operations[at];
            let state = state.map(|state| format!("state {}", plain(state))).unwrap_or_default();
            [
                format!("line {}", lines(operation)),
                format!("process {}", operation.process),
                call(history, operation),
                answer(history, operation),
                state,
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        let _ = writeln!(text, "    {}", cells.join("  ").trim_end());
    }
}

/// The verdict of several: the worst, violated before unknown before holds.
pub fn worst(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Holds => 0,
        Verdict::Unknown => 1,
        Verdict::Violated => 2,
    };
    verdicts.into_iter().max_by_key(rank).unwrap_or(Verdict::Holds)
}

#[cfg(test)]
mod tests;
