//! What every bundled scenario comes to, as reviewed: who led, who was synchronized how, who gave up, and how it
//! ended. No times, since nobody reviews these. `ZABLAB_ACCEPT=1` writes the records anew.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use zablab_protocol::{Decision, Sid};
use zablab_sim::bundled::SCENARIOS;
use zablab_sim::ensemble::{Effect, Ended, Ensemble, NodeId};
use zablab_sim::report;
use zablab_sim::run::{Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;

/// Gathers the events of a record.
#[derive(Default)]
struct Record(String);

fn name(ensemble: &Ensemble, sid: Sid) -> String {
    ensemble.by_sid(sid).map_or_else(|| format!("server {sid}"), |id| ensemble.node(id).name.to_string())
}

fn names(ensemble: &Ensemble, sids: &[Sid]) -> String {
    sids.iter().map(|sid| name(ensemble, *sid)).collect::<Vec<_>>().join(", ")
}

/// `leaderGone` as `leader gone`.
fn words(camel: &str) -> String {
    let spaced = camel.chars().flat_map(|c| c.is_uppercase().then_some(' ').into_iter().chain([c]));
    spaced.collect::<String>().to_lowercase()
}

impl Record {
    fn line(&mut self, ensemble: &Ensemble, node: NodeId, what: &str) {
        writeln!(self.0, "{} {what}", ensemble.name(node)).unwrap();
    }

    fn decided(&mut self, ensemble: &Ensemble, node: NodeId, decision: &Decision) {
        let what = match decision {
            Decision::Supporters { sids, zxid } => {
                let (epoch, with) = (zxid.epoch(), names(ensemble, sids));
                format!("leads epoch {epoch} from {zxid} with {with}")
            }
            Decision::Synced { mode, zxid, leader } => {
                format!("gets {mode} {zxid} from {}", name(ensemble, *leader))
            }
            Decision::GaveUp { state, why } => {
                let why = words(json!(why)["why"].as_str().unwrap());
                format!("stops {}: {why}", state.to_string().to_lowercase())
            }
            _ => return,
        };
        self.line(ensemble, node, &what);
    }
}

impl Observer for Record {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            match effect {
                Effect::Started(node) => self.line(step.ensemble, *node, "starts"),
                Effect::Down(_, Ended::Never) => {}
                Effect::Down(node, how) => self.line(step.ensemble, *node, &format!("is down: {how}")),
                Effect::Decided { node, decision } => self.decided(step.ensemble, *node, decision),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Each server at the end, column by column.
fn table(report: &Value) -> String {
    let mut rows =
        vec![["server", "state", "acceptedEpoch", "currentEpoch", "zxid", "logged"].map(str::to_owned)];
    for server in report["servers"].as_array().unwrap() {
        let cell = |key: &str| match &server[key] {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let serving = if server["serving"] == json!(true) { " and serving" } else { "" };
        rows.push([
            cell("server"),
            cell("state") + serving,
            cell("acceptedEpoch"),
            cell("currentEpoch"),
            cell("zxid"),
            cell("logged"),
        ]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(text, "{}", cells.join("  ").trim_end()).unwrap();
    }
    text
}

fn verdict(outcome: &Outcome) -> String {
    let mut text = String::new();
    for violation in &outcome.foretold {
        writeln!(text, "broken, as foretold: {}", violation.property).unwrap();
    }
    for violation in &outcome.violations {
        writeln!(text, "broken: {}", violation.property).unwrap();
    }
    for unmet in &outcome.unmet {
        writeln!(text, "unmet, line {}: {}", unmet.line, unmet.expected).unwrap();
    }
    let total = outcome.met + outcome.unmet.len();
    if outcome.is_green() {
        writeln!(text, "held: {total} expectations").unwrap();
    } else {
        writeln!(text, "failed: {} of {total} expectations held", outcome.met).unwrap();
    }
    text
}

fn record(name: &str, text: &str) -> String {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
    let mut record = Record::default();
    let outcome = Run::new(name, text, &scenario, 0).unwrap().finish(&mut [&mut record]).unwrap();
    let report = report::json(name, 0, &outcome);
    let service = if report["available"] == json!(true) { "available" } else { "unavailable" };
    format!("{}\n{}the service is {service}\n{}", record.0, table(&report), verdict(&outcome))
}

/// The first line that differs, as it was and as it is.
fn difference(was: &str, is: &str) -> String {
    let (mut was, mut is) = (was.lines(), is.lines());
    for line in 1.. {
        match (was.next(), is.next()) {
            (Some(was), Some(is)) if was == is => {}
            (None, None) => break,
            (was, is) => {
                let show = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
                return format!("line {line}\n  - {}\n  + {}", show(was), show(is));
            }
        }
    }
    "line ends".to_owned()
}

#[test]
fn every_scenario_comes_to_what_was_reviewed() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../traces/outcomes"));
    let accept = std::env::var("ZABLAB_ACCEPT").is_ok_and(|value| value == "1");
    let mut wrong = Vec::new();
    let mut known = BTreeSet::new();
    // A storm is judged, and reviewed by nobody.
    let drawn = |text: &str| Scenario::parse("", text).unwrap().profile().is_some();
    for (name, text) in SCENARIOS.iter().filter(|(_, text)| !drawn(text)) {
        let path = folder.join(format!("{name}.txt"));
        let is = record(name, text);
        known.insert(path.clone());
        if accept {
            fs::create_dir_all(folder).unwrap();
            fs::write(path, is).unwrap();
        } else {
            match fs::read_to_string(path) {
                Ok(was) if was == is => {}
                Ok(was) => wrong.push(format!("{name}, {}", difference(&was, &is))),
                Err(error) => wrong.push(format!("{name} has no record: {error}")),
            }
        }
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if known.contains(&path) {
            continue;
        }
        if accept {
            fs::remove_file(path).unwrap();
        } else {
            wrong.push(format!("no scenario belongs to {}", path.file_name().unwrap().display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nIf they were meant to change, write them anew with `ZABLAB_ACCEPT=1 cargo test -p zablab-sim --test \
         outcomes`, review the difference, and say why.",
        wrong.join("\n")
    );
}
