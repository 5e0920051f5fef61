//! What a search came to, for machines.

use super::asked::Asked;
use super::going::{Ended, Explored};
use super::report::off;
use serde_json::{Map, Value, json};

pub(super) fn report(asked: &Asked, explored: &Explored) -> Value {
    let violations: Vec<Value> = explored
        .broken
        .iter()
        .map(|broken| {
            let (depth, path) = (broken.path.len(), &broken.told);
            let made = broken.again.as_ref().and_then(|again| again.as_ref().ok());
            json!({
                "property": broken.property,
                "what": broken.what,
                "depth": depth,
                "path": path,
                "scenario": made.map(|made| &made.text),
                "scenarioBreaks": made.and_then(|made| made.breaks.as_ref()),
                "noScenario": broken.again.as_ref().and_then(|again| again.as_ref().err()),
            })
        })
        .collect();
    let [servers, connections, monitors] = explored.parts;
    let ends: Vec<Value> =
        explored.ends.iter().map(|(words, count)| json!({"servers": words, "states": count})).collect();
    let off: Map<String, Value> = off(asked)
        .into_iter()
        .flat_map(|(why, names)| names.into_iter().map(move |name| (name.to_owned(), why.into())))
        .collect();
    let timing = &explored.timing;
    json!({
        "scenario": asked.source.name,
        "preset": asked.preset.map(|preset| preset.name),
        "seed": asked.seed,
        "wrong": Some(asked.wrong.trim()).filter(|words| !words.is_empty()),
        "complete": explored.ended == Ended::Complete,
        "ended": explored.ended.name(),
        "violations": violations,
        "states": explored.states,
        "lookedAt": explored.looked_at,
        "generated": explored.generated,
        "depth": explored.depth,
        "beyond": explored.beyond,
        "reduced": explored.reduced,
        "parts": {"servers": servers, "connections": connections, "monitors": monitors},
        "ends": ends,
        "settles": explored.settles(&asked.aims),
        "waiting": explored.waiting,
        "bounds": asked.bounds,
        "grain": asked.grain,
        "judged": asked.judged(),
        "off": off,
        "timing": {
            "wallSeconds": timing.wall_seconds,
            "cpuSeconds": timing.cpu_seconds,
            "statesPerCpuSecond": explored.speed(),
            "bytesPerState": explored.bytes_per_state(),
            "residentBytes": timing.resident,
        },
    })
}
