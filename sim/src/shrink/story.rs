//! The outcome as a file for people: above each step what it leads to, and the reason at the end.

use super::edit;
use super::oracle::{Oracle, Ran, Target};
use crate::judges::JUDGES;
use crate::run::Ending;
use crate::scenario::{Action, Comment, Draws, Line, Scenario, Statement, Timed};
use crate::view::{Captions, seconds};

/// A comment goes on in another line behind so many characters.
const WIDTH: usize = 115;

/// The scenario with its story in comments. It stays without them where it cannot be run.
pub(super) fn told(oracle: &mut Oracle<'_>, scenario: &Scenario) -> Scenario {
    let mut captions = Captions::default();
    let Some(ran) = oracle.told(scenario, &mut captions) else { return scenario.clone() };
    let mut lines: Vec<Line> = Vec::new();
    if let Target::Property(property) = &oracle.target {
        let known = JUDGES.iter().flat_map(|(_, all)| all.iter()).find(|known| known.name == *property);
        let says = known.map_or(String::new(), |known| format!(": {}", known.says));
        remark(&mut lines, &format!("{property} is broken{says}"));
    }
    if let (Target::Runaway | Target::Panic(_), Some(why)) = (&oracle.target, why(&oracle.target, &ran)) {
        remark(&mut lines, &why);
    }
    let instants: Vec<u64> = {
        let mut all: Vec<u64> = scenario
            .lines
            .iter()
            .filter(|line| edit::step_of(line).is_some())
            .filter_map(edit::time_of)
            .map(|time| time.0)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let mut captioned = None;
    let mut timed = false;
    for (at, line) in scenario.lines.iter().enumerate() {
        let mut line = line.clone();
        line.comment = aside(line.statement.as_ref()).map(Comment::new);
        let blank = lines.len();
        match (&line.statement, edit::time_of(&line)) {
            (Some(Statement::Timed(Timed { action: Action::Step(_), .. })), Some(time))
                if captioned != Some(time) =>
            {
                captioned = Some(time);
                let until = instants.iter().find(|at| **at > time.0).copied().unwrap_or(u64::MAX);
                let caption = captions.between(time.0, until);
                if !caption.is_empty() {
                    remark(&mut lines, &caption);
                }
            }
            (Some(Statement::Timed(Timed { action: Action::Expect(_), .. })), _) => {
                if let Some(why) = why(&oracle.target, &ran) {
                    remark(&mut lines, &why);
                }
            }
            _ => {}
        }
        let is_timed = matches!(line.statement, Some(Statement::Timed(_)));
        let begins = is_timed && !timed;
        timed |= is_timed;
        lines.push(line);
        let ends = matches!(
            &lines[lines.len() - 1].statement,
            Some(Statement::Timed(Timed { action: Action::Expect(_), .. }))
        );
        if begins || ends || (at == 0 && blank > 0) {
            lines[blank].blank_before = true;
        }
    }
    Scenario { lines }
}

/// What stands behind a line that is no step.
fn aside(statement: Option<&Statement>) -> Option<&'static str> {
    match statement? {
        statement if edit::is_defect(statement) => Some("what is wrong: without this line the run is green"),
        Statement::Draws(Draws::Plain) => Some("no draw is left to chance"),
        Statement::Draws(Draws::Seed(_)) => Some("too many draws matter to name them"),
        Statement::Pin(_) => Some("it matters"),
        _ => None,
    }
}

/// What is wrong, and when.
fn why(target: &Target, ran: &Ran) -> Option<String> {
    let (property, outcome) = match (target, ran) {
        (Target::Property(property), Ok(outcome)) => (property, outcome),
        (Target::Runaway, Ok(outcome)) => match &outcome.ending {
            Ending::Runaway(limit) => {
                return Some(format!("it comes to no end: stopped at the limit of {limit}"));
            }
            _ => return None,
        },
        (_, Err(panicked)) => {
            return Some(format!("zablab itself fails: {} ({})", panicked.message, panicked.place));
        }
        _ => return None,
    };
    let violation = outcome.violations.iter().find(|violation| violation.property == *property);
    let missing = outcome.missing.iter().find(|missing| missing.property == *property);
    let finding = outcome.findings.iter().find(|finding| finding.property == *property);
    violation
        .map(|violation| format!("at {} s: {}", seconds(violation.at), violation.what))
        .or_else(|| missing.map(|missing| format!("at the end: {}", missing.what)))
        .or_else(|| finding.map(|finding| finding.sentence.clone()))
}

/// A comment of a line or several.
fn remark(lines: &mut Vec<Line>, text: &str) {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(Line::remark(&line));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(Line::remark(&line));
}
