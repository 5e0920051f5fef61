//! What can happen next in a frozen world: everything that is enabled, and what can be done to it.

use super::branch;
use super::classic;
use super::refusal::Refusal;
use super::told::Told;
use crate::ensemble::{Action, Ensemble, NodeId, Ports};
use crate::run::describe;
use crate::scenario::{Scenario, Step};
use serde_json::{Value, json};

/// At the end of what is said, or at an instant.
pub(super) fn next(told: &Told, at: Option<u64>) -> Result<Value, Refusal> {
    let past = branch::up_to(&told.scenario, at.unwrap_or(u64::MAX));
    let back = branch::taken_back(&past).map(|back| back.to_string());
    let Some(when) = branch::in_frozen(&past) else {
        return Ok(json!({"frozen": false, "back": back}));
    };
    Ok(match told.reach(&past, when, &mut [])? {
        Ok(reached) => {
            let ensemble = &reached.ensemble;
            json!({
                "frozen": true, "at": when, "ended": null, "back": back, "parties": parties(ensemble),
                "links": links(ensemble), "requests": requests(ensemble, &past),
            })
        }
        Err(why) => {
            json!({"frozen": true, "at": when, "ended": why, "back": back, "parties": [], "links": [], "requests": []})
        }
    })
}

/// Servers, then clients: what can happen at each in the order of [`Ensemble::enabled`], and what can be done to it.
fn parties(ensemble: &Ensemble) -> Vec<Value> {
    let all: Vec<(String, String)> = ensemble
        .enabled()
        .iter()
        .filter_map(|action| describe(ensemble, action))
        .map(|happening| (happening.at.to_string(), Step::Next(happening).to_string()))
        .collect();
    let party = |id: NodeId| {
        let name = ensemble.name(id);
        let next: Vec<&String> = all.iter().filter(|(at, _)| at == name).map(|(_, step)| step).collect();
        json!({"name": name, "next": next, "faults": faults(ensemble, id)})
    };
    ensemble.ids().chain(ensemble.client_ids()).map(party).collect()
}

fn faults(ensemble: &Ensemble, id: NodeId) -> Vec<String> {
    let name = ensemble.name(id);
    let mut all = Vec::new();
    if ensemble.changes(&Action::Start(id)) {
        all.push(format!("start {name}"));
    }
    if ensemble.changes(&Action::Kill(id)) {
        all.push(format!("kill {name}"));
        if ensemble.client(id).is_none() {
            // What is lost is no draw here: by hand the same line always comes to the same.
            all.push(format!("power-off {name} losing unsynced"));
        }
    }
    all
}

/// Links between two servers, both ways on all ports: cut and healed.
fn links(ensemble: &Ensemble) -> Vec<String> {
    let ids: Vec<NodeId> = ensemble.ids().collect();
    let turns = |a: NodeId, b: NodeId, on: bool| {
        [(a, b), (b, a)]
            .into_iter()
            .any(|(from, to)| ensemble.changes(&Action::Cut { from, to, ports: Ports::only(None), on }))
    };
    let mut all = Vec::new();
    for (place, a) in ids.iter().enumerate() {
        for b in &ids[place + 1..] {
            for (verb, on) in [("cut", true), ("heal", false)] {
                if turns(*a, *b, on) {
                    all.push(format!("{verb} {} from {}", ensemble.name(*a), ensemble.name(*b)));
                }
            }
        }
    }
    all
}

/// A write at whoever leads, of a node that no other line creates.
fn requests(ensemble: &Ensemble, past: &Scenario) -> Vec<String> {
    let text = past.to_string();
    let free = (1_u32..).map(|number| format!("/w{number}")).find(|path| !text.contains(path.as_str()));
    match (classic::leader(ensemble), free) {
        (Ok(leader), Some(path)) => vec![format!("create {path} at {}", ensemble.name(leader))],
        _ => Vec::new(),
    }
}
