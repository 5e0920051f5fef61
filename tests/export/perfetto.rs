//! For Perfetto: what its importer drops or moves in silence is an error here.

use super::recordings;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zablab_sim::export::perfetto::write;
use zablab_sim::recording::{Fate, Recording, Role};

/// A stretch of time on a thread, in nanoseconds.
type Slice = (u64, u64);

fn nanos(value: &Value) -> Result<u64, String> {
    let micros = value.as_f64().ok_or_else(|| format!("no number: {value}"))?;
    if micros < 0.0 { Err(format!("below 0: {value}")) } else { Ok((micros * 1000.0).round() as u64) }
}

fn events(text: &str) -> Result<Vec<Value>, String> {
    let trace: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let events = trace["traceEvents"].as_array().ok_or("no list of events")?;
    Ok(events.clone())
}

/// What every event must have.
fn check_fields(event: &Value) -> Result<(), String> {
    let whole = |field: &str| event[field].as_u64().map(|_| ()).ok_or_else(|| format!("no {field}: {event}"));
    whole("pid").and_then(|()| whole("tid"))?;
    nanos(&event["ts"])?;
    event["name"].as_str().filter(|name| !name.is_empty()).ok_or_else(|| format!("no name: {event}"))?;
    match event["ph"].as_str() {
        Some("X") => nanos(&event["dur"]).map(|_| ()),
        Some("i") if ["t", "p", "g"].contains(&event["s"].as_str().unwrap_or_default()) => Ok(()),
        Some("C") => match event["args"].as_object() {
            Some(args) if !args.is_empty() && args.values().all(Value::is_number) => Ok(()),
            _ => Err(format!("no numbers: {event}")),
        },
        Some("b" | "e" | "s" | "f") => match event["id"].as_str().and_then(|id| id.strip_prefix("0x")) {
            Some(id) if u64::from_str_radix(id, 16).is_ok() => Ok(()),
            _ => Err(format!("no hexadecimal id: {event}")),
        },
        Some("M") => Ok(()),
        _ => Err(format!("unknown: {event}")),
    }
}

/// Slices of one thread lie within each other or apart.
fn check_nesting(slices: &BTreeMap<(u64, u64), Vec<Slice>>) -> Result<(), String> {
    for (thread, slices) in slices {
        let mut slices = slices.clone();
        slices.sort_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)));
        let mut open: Vec<u64> = Vec::new();
        for (from, to) in slices {
            open.retain(|end| *end > from);
            if open.iter().any(|end| to > *end) {
                return Err(format!("slices overlap on {thread:?} at {from}"));
            }
            open.push(to);
        }
    }
    Ok(())
}

/// Every arrow has two ends alike, each within exactly one slice of its thread, and none goes back in time.
fn check_arrows(all: &[Value], slices: &BTreeMap<(u64, u64), Vec<Slice>>) -> Result<usize, String> {
    let mut arrows: BTreeMap<&str, [Option<&Value>; 2]> = BTreeMap::new();
    for event in all {
        let end = match event["ph"].as_str() {
            Some("s") => 0,
            Some("f") => 1,
            _ => continue,
        };
        let ends = arrows.entry(event["id"].as_str().unwrap_or_default()).or_default();
        if ends[end].replace(event).is_some() {
            return Err(format!("twice: {event}"));
        }
        let thread = (event["pid"].as_u64().unwrap_or(0), event["tid"].as_u64().unwrap_or(0));
        let at = nanos(&event["ts"])?;
        let around = |slice: &&Slice| slice.0 <= at && at < slice.1;
        let around = slices.get(&thread).map_or(0, |slices| slices.iter().filter(around).count());
        if around != 1 {
            return Err(format!("within {around} slices: {event}"));
        }
    }
    for ends in arrows.values() {
        let [Some(start), Some(finish)] = ends else { return Err(format!("one end: {ends:?}")) };
        if (&start["cat"], &start["name"]) != (&finish["cat"], &finish["name"]) {
            return Err(format!("two names: {start} and {finish}"));
        }
        if finish["bp"] != "e" {
            return Err(format!("bound to the next slice: {finish}"));
        }
        if nanos(&start["ts"])? >= nanos(&finish["ts"])? {
            return Err(format!("back in time: {start} and {finish}"));
        }
    }
    Ok(arrows.len())
}

/// Every beginning has an end alike, and one only.
fn check_async(all: &[Value]) -> Result<usize, String> {
    let mut open: BTreeMap<String, u64> = BTreeMap::new();
    let mut pairs = 0;
    for event in all {
        let key = || format!("{} {} {} {}", event["pid"], event["cat"], event["id"], event["name"]);
        match event["ph"].as_str() {
            Some("b") if open.insert(key(), nanos(&event["ts"])?).is_some() => {
                return Err(format!("begins twice: {event}"));
            }
            Some("e") => match open.remove(&key()) {
                Some(from) if from <= nanos(&event["ts"])? => pairs += 1,
                _ => return Err(format!("ends what has not begun: {event}")),
            },
            _ => {}
        }
    }
    if open.is_empty() { Ok(pairs) } else { Err(format!("without an end: {open:?}")) }
}

/// What a trace holds: events, arrows, asynchronous pairs.
fn check(text: &str) -> Result<(Vec<Value>, usize, usize), String> {
    let all = events(text)?;
    all.iter().try_for_each(check_fields)?;
    let mut slices: BTreeMap<(u64, u64), Vec<Slice>> = BTreeMap::new();
    for event in all.iter().filter(|event| event["ph"] == "X") {
        let (from, length) = (nanos(&event["ts"])?, nanos(&event["dur"])?);
        let thread = (event["pid"].as_u64().unwrap_or(0), event["tid"].as_u64().unwrap_or(0));
        slices.entry(thread).or_default().push((from, from + length));
    }
    check_nesting(&slices)?;
    let arrows = check_arrows(&all, &slices)?;
    let pairs = check_async(&all)?;
    Ok((all, arrows, pairs))
}

fn holds(recording: &Recording) {
    let name = &recording.name;
    let (all, arrows, pairs) =
        check(&write(recording).text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let arrived = |fate| matches!(fate, Fate::Received(when) if when.at <= recording.to);
    let received = recording.messages.iter().filter(|message| arrived(message.fate)).count();
    assert_eq!(arrows, received, "{name}");
    let windows = recording.troubles.iter().filter(|trouble| !trouble.is_instant()).count();
    assert_eq!(pairs, recording.operations.len() + windows, "{name}");
    let faults = |event: &&Value| event["s"] == "g" && event["cat"] != "export";
    let global = all.iter().filter(faults).count();
    assert_eq!(global, recording.troubles.len() - windows, "{name}");
    // Times may be read a little early or late, and not more: all lies within the window.
    let spare = 1_000_000;
    for event in all.iter().filter(|event| event["ph"] != "M") {
        let at = nanos(&event["ts"]).unwrap();
        assert!((recording.from..=recording.to + spare).contains(&at), "{name}: {event}");
        if event["ph"] == "X" {
            let length = nanos(&event["dur"]).unwrap();
            assert!(length <= 10 || at + length <= recording.to, "{name}: {event} is too long");
        }
    }
}

#[test]
fn every_trace_is_read_as_it_is_meant() {
    recordings::all().for_each(holds);
}

#[test]
fn so_is_a_window() {
    recordings::windows().for_each(|recording| holds(&recording));
}

#[test]
fn who_led_when_can_be_seen() {
    let recording = recordings::of("kill-leader", 0, u64::MAX);
    let all = events(&write(&recording).text).unwrap();
    let leads =
        |event: &&Value| event["tid"] == 1 && event["name"].as_str().unwrap().starts_with("LEADING, serves");
    let found: Vec<(u64, &str)> = all
        .iter()
        .filter(|event| event["ph"] == "X")
        .filter(leads)
        .map(|event| (event["pid"].as_u64().unwrap(), event["name"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [(2, "LEADING, serves epoch 1"), (3, "LEADING, serves epoch 2")]);
    let bands = recording.bands.iter().filter(|band| band.role != Role::Down).count();
    assert_eq!(all.iter().filter(|event| event["ph"] == "X" && event["cat"] == "role").count(), bands);
    let killed = all.iter().find(|event| event["s"] == "g").unwrap();
    assert_eq!((&killed["name"], nanos(&killed["ts"])), (&json!("zk2 is killed"), Ok(60_000_000_000)));
    let epochs = |event: &&Value| event["ph"] == "C" && event["pid"] == 3 && event["name"] == "currentEpoch";
    let epochs: Vec<&Value> = all.iter().filter(epochs).map(|event| &event["args"]["value"]).collect();
    assert_eq!(epochs.last(), Some(&&json!(2)));
}

#[test]
fn each_rule_has_a_trace_that_breaks_it() {
    let recording = recordings::of("kill-leader", 0, u64::MAX);
    let all = events(&write(&recording).text).unwrap();
    let refused = |what: &str, edit: &dyn Fn(&mut Vec<Value>)| {
        let mut broken = all.clone();
        edit(&mut broken);
        let error = check(&json!({ "traceEvents": broken }).to_string()).unwrap_err();
        assert!(error.contains(what), "{error}");
    };
    let place = |ph: &str| all.iter().position(|event| event["ph"] == ph).unwrap();
    let set = |ph: &str, field: &str, value: Value| {
        let (at, field) = (place(ph), field.to_owned());
        move |all: &mut Vec<Value>| all[at][&field] = value.clone()
    };
    refused("no number", &|all| _ = all[place("X")].as_object_mut().unwrap().remove("dur"));
    refused("no pid", &set("X", "pid", json!("zk1")));
    refused("unknown", &set("i", "s", json!("x")));
    refused("no numbers", &set("C", "args", json!({"value": "2"})));
    refused("no hexadecimal id", &set("s", "id", json!("12")));
    refused("one end", &|all| _ = all.remove(place("s")));
    refused("two names", &set("f", "name", json!("other")));
    refused("bound to the next", &set("f", "bp", json!("s")));
    refused("within 0 slices", &set("s", "ts", json!(0)));
    refused("ends what has not begun", &|all| _ = all.remove(place("b")));
    refused("without an end", &|all| _ = all.remove(place("e")));
    refused("overlap", &|all| {
        let mut long = all[place("X")].clone();
        long["ts"] = json!(long["ts"].as_f64().unwrap() + 1.0);
        all.push(long);
    });
    assert!(check("{\"traceEvents\": [}").is_err());
}
