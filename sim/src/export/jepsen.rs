//! For [Jepsen](https://jepsen.io) and what reads its histories: EDN, an operation a line.
//!
//! `{:index 0, :type :invoke, :process 0, :f :write, :value ["/app" 1], :time 10000000000}`. A value is `[key value]`, as
//! Jepsen has it where objects are independent; `:xid`, `:zxid`, `:server` and `:error` are what a history in JSON Lines has, too
//! ([`history`](crate::history)). What happened to servers is the nemesis's, each twice as Jepsen has it.

use super::Written;
use super::events::nothing;
use crate::history::{Event, Type};
use crate::recording::{Recording, Role, Trouble};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Something that was done to a server or a link.
struct Nemesis {
    at: u64,
    f: String,
    value: String,
}

/// Writes it.
pub fn write(recording: &Recording) -> Written {
    let mut nemesis = troubles(recording);
    nemesis.extend(servers(recording));
    nemesis.sort_by_key(|done| done.at);
    let mut nemesis = nemesis.into_iter().peekable();
    let events = within(recording);
    let mut remarks: Vec<String> = shared_processes(&events).into_iter().collect();
    let mut lines = Vec::new();
    let at_most = |lines: &mut Vec<String>, nemesis: &mut std::iter::Peekable<_>, until: u64| {
        while let Some(Nemesis { at, f, value }) = nemesis.next_if(|done: &Nemesis| done.at <= until) {
            let value = edn(&Value::from(value));
            for _ in 0..2 {
                lines.push(format!(":type :info, :process :nemesis, :f :{f}, :value {value}, :time {at}"));
            }
        }
    };
    for event in events {
        // What happens to a server comes before what its clients see of it.
        at_most(&mut lines, &mut nemesis, event.time);
        lines.push(operation(event));
    }
    at_most(&mut lines, &mut nemesis, recording.to);
    if lines.is_empty() {
        remarks.push(nothing(recording));
    }
    let mut text = String::new();
    for remark in &remarks {
        text.push_str(&format!("; {remark}\n"));
    }
    for (index, line) in lines.iter().enumerate() {
        text.push_str(&format!("{{:index {index}, {line}}}\n"));
    }
    Written { text, remarks }
}

/// What clients did within the window: operations that begin there, with their ends if those are there, too.
fn within(recording: &Recording) -> Vec<&Event> {
    let mut open = BTreeSet::new();
    let inside = recording.history.iter().filter(|event| {
        let operation = (event.process, event.xid);
        let now = (recording.from..=recording.to).contains(&event.time);
        match event.kind {
            Type::Invoke => now && open.insert(operation),
            _ => open.remove(&operation) && now,
        }
    });
    inside.collect()
}

/// Jepsen's processes have one operation at a time, and none after one of unknown outcome; sessions do.
fn shared_processes(events: &[&Event]) -> Option<String> {
    let mut busy: BTreeMap<u32, u32> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for event in events {
        let count = busy.entry(event.process).or_default();
        match event.kind {
            Type::Invoke => {
                if *count > 0 {
                    shared.insert(event.process);
                }
                *count += 1;
            }
            Type::Ok | Type::Fail => *count = count.saturating_sub(1),
            // It may take effect at any time.
            Type::Info => {}
        }
    }
    let count = shared.len();
    (count > 0).then(|| {
        let have = if count == 1 { "1 process has".to_owned() } else { format!("{count} processes have") };
        format!(
            "{have} operations open beside each other, or go on after one of unknown outcome, as sessions do; :xid tells them \
             apart, and Jepsen's own checkers may refuse that."
        )
    })
}

fn operation(event: &Event) -> String {
    let kind = match event.kind {
        Type::Invoke => "invoke",
        Type::Ok => "ok",
        Type::Fail => "fail",
        Type::Info => "info",
    };
    let Event { process, f, time, .. } = event;
    let (key, value) = (edn(&Value::from(&*event.key)), edn(&event.value));
    let mut line = format!(
        ":type :{kind}, :process {process}, :f :{f}, :value [{key} {value}], :time {time}, :xid {}",
        event.xid
    );
    let told = (event.zxid.map(|zxid| zxid.0), event.server, event.error);
    if let (Some(zxid), ..) = told {
        let _ = write!(line, ", :zxid {zxid}");
    }
    if let (_, Some(server), _) = told {
        let _ = write!(line, ", :server {server}");
    }
    if let (.., Some(error)) = told {
        let _ = write!(line, ", :error {}", edn(&Value::from(format!("{error:?}"))));
    }
    line
}

/// What was done to servers and links. A stretch of time has a beginning, and an end unless it lasts.
fn troubles(recording: &Recording) -> Vec<Nemesis> {
    let inside = |at: &u64| (recording.from..=recording.to).contains(at);
    let mut all = Vec::new();
    for trouble in &recording.troubles {
        let Trouble { kind, from, until, .. } = trouble;
        let value = value(recording, trouble);
        if trouble.is_instant() {
            all.push(Nemesis { at: from.at, f: (*kind).to_owned(), value });
            continue;
        }
        all.push(Nemesis { at: from.at, f: format!("start-{kind}"), value: value.clone() });
        all.extend(until.map(|until| Nemesis { at: until.at, f: format!("stop-{kind}"), value }));
    }
    all.retain(|done| inside(&done.at));
    all
}

fn value(recording: &Recording, trouble: &Trouble) -> String {
    let name = |lane: usize| recording.lanes.get(lane).map_or("all", |lane| &lane.name);
    let mut words = name(trouble.lane).to_owned();
    if let Some(to) = trouble.to {
        let _ = write!(words, " to {}", name(to));
    }
    if let Some(port) = trouble.port {
        let _ = write!(words, ", {port} port");
    }
    if let Some(only) = &trouble.only {
        let _ = write!(words, ", {only}");
    }
    words
}

/// Which servers start, and which lead.
fn servers(recording: &Recording) -> Vec<Nemesis> {
    let servers = recording.bands.iter().filter(|band| recording.lanes[band.lane].sid.is_some());
    let mut all = Vec::new();
    let mut leads: BTreeMap<usize, bool> = BTreeMap::new();
    for band in servers {
        let leading = band.role == Role::Leading && band.serving;
        let led = leads.insert(band.lane, leading).unwrap_or(false);
        let f = match band.role {
            Role::Booting => "start",
            _ if leading && !led => "leads",
            _ => continue,
        };
        // What began before the window was cut off at its beginning.
        let inside = band.from.at > recording.from || (recording.from == 0 && band.from.step > 0);
        if !inside {
            continue;
        }
        all.push(Nemesis {
            at: band.from.at,
            f: f.to_owned(),
            value: recording.lanes[band.lane].name.clone(),
        });
    }
    all
}

/// A value of a history in EDN.
fn edn(value: &Value) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => string(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(edn).collect::<Vec<_>>().join(" "))
        }
        Value::Object(fields) => {
            let entries: Vec<String> =
                fields.iter().map(|(name, value)| format!("{} {}", string(name), edn(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// EDN knows fewer escapes than JSON, and takes all else as it is.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
