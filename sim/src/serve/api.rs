//! What each request comes to: functions of what the page sends.

use super::asked::{Act, Asked, Classic, Differ, Next, Running, read};
use super::branch;
use super::classic::{self, CLASSICS, Done, Standing};
use super::levels::{LEVELS, Level};
use super::next;
use super::refusal::Refusal;
use super::told::Told;
use crate::bundled;
use crate::recording::{Limits, Recorder};
use crate::run::Ending;
use crate::scenario::Scenario;
use crate::storm;
use crate::whatif::{NotTold, first_difference, step_in_schedule};
use hyper::StatusCode;
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

/// How much of a run is shown.
const SHOWN: Limits =
    Limits { messages: 20_000, states: 20_000, lines: 10_000, transactions: 5_000, operations: 5_000 };

/// The scenario that the command was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// Its text, without anything that another file says.
    pub text: String,
}

/// What a learner can be told of a scenario before it runs.
fn lesson(scenario: &Scenario) -> (Option<&str>, Vec<Value>) {
    let ask = |(at, ask): (crate::scenario::Time, &crate::scenario::Ask)| {
        let answers: Vec<&str> = ask.answers.iter().map(|answer| answer.text.as_str()).collect();
        json!({"at": at.0, "question": ask.question, "answers": answers, "right": ask.right()})
    };
    (scenario.belief(), scenario.asks().map(ask).collect())
}

/// The bundled scenarios, of which each is read once.
static SHELF: LazyLock<Value> = LazyLock::new(|| {
    let entry = |(name, text): &(&str, &str)| {
        // All of them can be read: tests run them.
        let scenario = Scenario::parse(name, text).ok().filter(|scenario| scenario.profile().is_none())?;
        let (belief, asks) = lesson(&scenario);
        let lesson = belief.is_some() || !asks.is_empty();
        Some(json!({
            "name": name, "title": scenario.title(), "belief": belief, "asks": asks.len(), "lesson": lesson,
            "bug": scenario.shows().map(|shows| &shows.bug),
        }))
    };
    bundled::SCENARIOS.iter().filter_map(entry).collect()
});

/// `GET /lessons`.
pub(super) fn lessons(given: Option<&Given>) -> Value {
    let levels: Vec<Value> =
        LEVELS.iter().map(|level| json!({"name": level.name, "title": level.title})).collect();
    let classics: Vec<Value> =
        CLASSICS.iter().map(|(name, words)| json!({"name": name, "words": words})).collect();
    json!({"given": given.map(|given| &given.name), "lessons": *SHELF, "levels": levels, "classics": classics})
}

/// `GET /scenario/NAME`.
pub(super) fn scenario(name: &str, query: Option<&str>, given: Option<&Given>) -> Result<Value, Refusal> {
    let asked = query.and_then(|query| query.split('&').find_map(|part| part.strip_prefix("seed=")));
    let seed = match asked {
        None => None,
        Some(seed) => Some(
            seed.parse::<u64>()
                .map_err(|_| Refusal::bad(format!("seed `{seed}` is no whole number of 64 bits")))?,
        ),
    };
    let text = match (given.filter(|given| given.name == name), bundled::find(name), Level::find(name)) {
        (Some(given), _, _) => given.text.clone(),
        (_, _, Some(level)) => level.text(seed.unwrap_or(0)),
        (_, Some(text), _) => text.to_owned(),
        _ => {
            return Err(Refusal::new(
                StatusCode::NOT_FOUND,
                format!("there is no scenario `{name}`; /lessons lists them"),
            ));
        }
    };
    let scenario = Scenario::parse(name, &text)?;
    let seed = seed.unwrap_or(scenario.seed());
    let scenario = storm::drawn(&scenario, seed).unwrap_or(scenario);
    Ok(json!({"name": name, "text": scenario.to_string(), "seed": seed.to_string()}))
}

fn run(body: &[u8], stop: &Arc<AtomicBool>) -> Result<Value, Refusal> {
    let Running { name, text, seed, until, answered } = read(body)?;
    let told = Told::new(&name, &text, seed.0, stop)?;
    let frozen = branch::frozen_since(&told.scenario);
    // In a world that stays frozen nothing comes any more.
    let until = if frozen.is_some() { 0 } else { until };
    // What comes of a question is not shown before it is answered.
    let asked = answered.and_then(|answered| branch::asked(&told.scenario, answered));
    let run = told.prepare(&match &asked {
        Some((asked, at)) => branch::ended(asked, *at),
        None => branch::until(&told.scenario, until),
    })?;
    let shown = asked.map_or_else(|| told.scenario.clone(), |(asked, _)| asked);
    let mut recorder = Recorder::new(run.ensemble(), 0..=u64::MAX, SHOWN);
    let outcome = run.finish(&mut [&mut recorder]).map_err(|error| Refusal::bad(error.to_string()))?;
    let mut value = recorder.finish(&told.name, &shown.to_string(), &shown, told.seed, &outcome).json();
    let (belief, asks) = lesson(&told.scenario);
    let mut notes: Vec<String> = Vec::new();
    match &outcome.ending {
        Ending::Complete => {}
        Ending::Runaway(limit) => notes.push(format!("The page ends a run at the limit of {limit}.")),
        Ending::Interrupted => {
            notes.push("The run took too long for the page, and was stopped here.".to_owned())
        }
    }
    let end = told.scenario.end().0;
    value["end"] = json!(end);
    value["until"] = json!(until.max(end));
    value["frozen"] = json!(frozen);
    value["complete"] = json!(outcome.ending == Ending::Complete);
    value["hash"] = json!(outcome.hash.to_string());
    value["belief"] = json!(belief);
    value["asks"] = json!(asks);
    value["notes"] = json!(notes);
    Ok(value)
}

fn act(body: &[u8], stop: &Arc<AtomicBool>) -> Result<Value, Refusal> {
    let Act { name, text, seed, at, step, answered } = read(body)?;
    let told = Told::new(&name, &text, seed.0, stop)?.seen(answered);
    let step = step_in_schedule(&step, &told.scenario).map_err(Refusal::bad)?;
    told.act(at, |_| Ok(Done::step(step, String::new())))
}

fn next(body: &[u8], stop: &Arc<AtomicBool>) -> Result<Value, Refusal> {
    let Next { name, text, seed, at, answered } = read(body)?;
    next::next(&Told::new(&name, &text, seed.0, stop)?.seen(answered), at)
}

fn classic(body: &[u8], stop: &Arc<AtomicBool>) -> Result<Value, Refusal> {
    let Classic { name, text, seed, at, moment, answered } = read(body)?;
    let told = Told::new(&name, &text, seed.0, stop)?.seen(answered);
    let mut write = None;
    let mut look = |standing: &Standing<'_>| {
        write = classic::write_first(&moment, standing);
        classic::steps(&moment, standing)
    };
    let done = told.act(at, &mut look)?;
    let Some(write) = write else { return Ok(done) };
    // A write makes all the same; then the moment can come.
    let first = told.act(at, |_| Ok(Done::step(write, String::new())))?;
    let (Some(text), Some(at)) = (first["text"].as_str(), first["at"].as_u64()) else { return Ok(done) };
    let mut done = Told::new(&name, text, seed.0, stop)?
        .act(at + classic::CATCH_UP, |standing| classic::steps(&moment, standing))?;
    done["at"] = json!(at);
    done["told"] =
        json!(format!("First a write, so that all have the same. {}", done["told"].as_str().unwrap_or("")));
    Ok(done)
}

fn differ(body: &[u8], stop: &Arc<AtomicBool>) -> Result<Value, Refusal> {
    let Differ { until, first, second } = read(body)?;
    let first = Told::new("first", &first.text, first.seed.0, stop)?;
    let second = Told::new("second", &second.text, second.seed.0, stop)?;
    let until = until.max(first.scenario.end().0).max(second.scenario.end().0);
    let prepare = |told: &Told| {
        told.prepare(&branch::until(&told.scenario, until)).map_err(|error| NotTold::Wrong(error.to_string()))
    };
    match first_difference(&|| prepare(&first), &|| prepare(&second)) {
        Ok(parting) => Ok(json!({"parting": parting})),
        Err(NotTold::Wrong(error)) => Err(Refusal::bad(error)),
        Err(NotTold::Interrupted) => Err(Refusal::bad("it took too long")),
    }
}

fn save(body: &[u8], stop: &Arc<AtomicBool>) -> Result<Value, Refusal> {
    let Asked { name, text, seed, until } = read(body)?;
    let told = Told::new(&name, &text, seed.0, stop)?;
    let whole = branch::until(&told.scenario, until);
    let played = told.outcome(&whole)?;
    if played.ending != Ending::Complete {
        return Err(Refusal::bad(
            "a run that was stopped by a limit cannot be saved: rewind, and save less of it",
        ));
    }
    let saved = whole.of_seed(told.seed);
    let again = told.outcome(&saved)?;
    if again.hash != played.hash || saved.seed() != told.seed {
        return Err(Refusal::bad(format!(
            "`draws plain` leaves no place for seed {}; run it with seed 0",
            told.seed
        )));
    }
    Ok(json!({"text": saved.to_string(), "hash": again.hash.to_string()}))
}

/// What takes a run to answer.
pub(super) type Work = fn(&[u8], &Arc<AtomicBool>) -> Result<Value, Refusal>;

/// What is posted where.
pub(super) const WORKS: &[(&str, Work)] = &[
    ("/run", run),
    ("/act", act),
    ("/next", next),
    ("/classic", classic),
    ("/differ", differ),
    ("/save", save),
];
