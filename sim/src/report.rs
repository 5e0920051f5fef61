//! What came of a run, for people and for machines.

use crate::consistency::Finding;
use crate::ensemble::Ensemble;
use crate::history;
use crate::liveness::Standing;
use crate::moment::Moment;
use crate::run::{Ending, Outcome, is_available, state_word};
use crate::view::{Ancestor, seconds};
use serde_json::{Value, json};
use zablab_protocol::{ClientState, SessionId};

/// The name of its last moment.
pub fn moment(name: &str, seed: u64, outcome: &Outcome) -> String {
    Moment::new(name, seed, outcome.steps, outcome.hash).to_string()
}

/// How many of the events that led to a violation are told; all of them stand in the JSON.
const ANCESTORS: usize = 20;

/// The verdict in words, one line a finding, ending with a line break.
pub fn verdict(name: &str, seed: u64, outcome: &Outcome) -> String {
    let mut text = String::new();
    let mut line = |what: String| {
        text.push_str(&what);
        text.push('\n');
    };
    if let Some(size) = unsafe_quorum(&outcome.ensemble) {
        line(format!("UNSAFE: these servers take {size} for a quorum; ZooKeeper has no such thing."));
    }
    let told = |at| if at == 0 { "As foretold, " } else { "With it, " };
    let foretold = outcome.foretold.iter().enumerate().map(|(at, violation)| (told(at), violation));
    for (how, violation) in foretold.chain(outcome.violations.iter().map(|violation| ("", violation))) {
        let (at, step) = (seconds(violation.at), violation.step);
        line(format!("{how}BROKEN {} at {at} s, step {step}: {}", violation.property, violation.what));
    }
    let left_out = outcome.lineage.len().saturating_sub(ANCESTORS);
    if left_out > 0 {
        line(format!("  {left_out} events before what is told here led there"));
    }
    for Ancestor { at, step, who, what } in &outcome.lineage[left_out..] {
        let at = seconds(*at);
        line(format!("{at:>9}  {who:<6} {what} (step {step})"));
    }
    for missing in &outcome.missing {
        let quiet = "after a quiet that is long enough";
        line(format!("BROKEN {} at the end, {quiet}: {}", missing.property, missing.what));
    }
    match &outcome.progress {
        Some(Standing::NotOwed { why }) => line(format!("No progress is owed: {why}.")),
        Some(Standing::TooEarly { missing, quiet, bound }) => {
            let (quiet, bound) = (quiet / 1000, bound.div_ceil(1000));
            line(format!(
                "Progress is undecided: {missing}; it was quiet for {quiet} s, and that may take {bound} s."
            ));
        }
        Some(Standing::Kept | Standing::Broken) | None => {}
    }
    for finding in &outcome.findings {
        line(format!("BROKEN {}: {}", finding.property, finding.sentence));
    }
    for note in &outcome.notes {
        line(format!("Note, {}: {}", note.property, note.sentence));
    }
    for unmet in &outcome.unmet {
        line(format!("{name}, line {}: {}", unmet.line, unmet.expected));
        line(format!("  instead, at {} s: {}", seconds(unmet.at), unmet.instead));
    }
    match &outcome.ending {
        Ending::Runaway(limit) => line(format!("STOPPED at the limit of {limit}: the rest is undecided")),
        Ending::Interrupted => line("INTERRUPTED; this is how far it came.".to_owned()),
        Ending::Complete => {}
    }
    let total = outcome.met + outcome.unmet.len();
    let expectations = if total == 1 { "expectation" } else { "expectations" };
    let properties = outcome.judged;
    let head = if outcome.is_green() && !outcome.foretold.is_empty() {
        format!("Held: {total} {expectations}, one of them that a property breaks.")
    } else if outcome.is_green() {
        format!("Held: {total} {expectations}, {properties} properties.")
    } else {
        let mut told: Vec<&str> = outcome.findings.iter().map(|finding| finding.property).collect();
        told.sort_unstable();
        told.dedup();
        let broken = outcome.foretold.len() + outcome.violations.len() + outcome.missing.len() + told.len();
        let kept = properties - broken.min(properties);
        format!("Held: {} of {total} {expectations}, {kept} of {properties} properties.", outcome.met)
    };
    line(format!(
        "{head} {} events in {} s of virtual time; {}",
        outcome.events,
        seconds(outcome.virtual_time),
        moment(name, seed, outcome)
    ));
    text
}

/// What the servers of an unsafe ensemble take for a quorum.
fn unsafe_quorum(ensemble: &Ensemble) -> Option<String> {
    ensemble.nodes.iter().map(|node| &node.config.verifier).find_map(|verifier| {
        let size = verifier.unsafe_size()?;
        Some(format!("any {size} of {} voters", verifier.voters().count()))
    })
}

fn servers(ensemble: &Ensemble) -> Value {
    let server = |node: &crate::ensemble::Node| {
        let files = node.disk.storage();
        let status = node.status();
        json!({
            "server": &*node.name,
            "sid": node.sid(),
            "state": state_word(node),
            "serving": status.is_some_and(|status| status.serving),
            "acceptedEpoch": files.accepted_epoch,
            "currentEpoch": files.current_epoch,
            "zxid": status.map(|status| status.last_processed),
            "logged": files.log.last(),
        })
    };
    ensemble.nodes.iter().map(server).collect()
}

fn clients(ensemble: &Ensemble) -> Value {
    let client = |client: &crate::ensemble::ClientNode| {
        let machine = client.process.as_ref();
        json!({
            "client": &*client.name,
            "state": machine.map(|machine| machine.state()),
            "server": machine.filter(|machine| machine.state() == ClientState::Connected).map(|m| m.server()),
            "session": machine.map(|m| m.session()).filter(|session| *session != SessionId::NONE),
            "paused": client.paused,
        })
    };
    ensemble.clients.iter().map(client).collect()
}

/// What is wrong with a history, or looks so. Lines are those of the history, counted from 1.
fn findings(findings: &[Finding], outcome: &Outcome) -> Value {
    let lines = |finding: &Finding| {
        let begun = |at: &usize| history::invoke_line(&outcome.history, &outcome.marks, *at);
        finding.operations.iter().filter_map(begun).collect::<Vec<_>>()
    };
    let finding = |finding: &Finding| json!({"property": finding.property, "sentence": finding.sentence, "lines": lines(finding)});
    findings.iter().map(finding).collect()
}

/// The same as JSON. No wall-clock figure stands in it.
pub fn json(name: &str, seed: u64, outcome: &Outcome) -> Value {
    json!({
        "scenario": name,
        "seed": seed.to_string(),
        "green": outcome.is_green(),
        "ending": outcome.ending,
        "met": outcome.met,
        "unmet": outcome.unmet,
        "unsafe": unsafe_quorum(&outcome.ensemble),
        "foretold": outcome.foretold,
        "violations": outcome.violations,
        "lineage": outcome.lineage,
        "progress": outcome.progress,
        "missing": outcome.missing,
        "findings": findings(&outcome.findings, outcome),
        "notes": findings(&outcome.notes, outcome),
        "available": is_available(&outcome.ensemble),
        "servers": servers(&outcome.ensemble),
        "clients": clients(&outcome.ensemble),
        "steps": outcome.steps,
        "events": outcome.events,
        "virtualNanos": outcome.virtual_time,
        "moment": moment(name, seed, outcome),
        "hash": outcome.hash.to_string(),
    })
}
