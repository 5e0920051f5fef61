//! For [Perfetto](https://ui.perfetto.dev): a trace in Chrome's JSON form, on a time axis.
//!
//! A party is a process. A server's threads: what it was, its messages, its disk, its story; epoch and zxid are counters. What
//! clients ask for overlaps, and so is asynchronous. A message is a slice at each end and an arrow between them. Faults and the
//! scenario's captions have a process of their own; what happens at one instant is a global mark.

mod slots;

use super::Written;
use super::events::{arrival, is_lost, not_recorded, nothing};
use crate::recording::{Band, Lane, Recording, Role, Transaction};
use serde_json::{Value, json};
use slots::{Slot, slots};
use std::fmt::Write as _;

/// What a server was.
const ROLE: u32 = 1;
/// What it sent and got.
const MESSAGES: u32 = 2;
/// What became durable.
const DISK: u32 = 3;
/// What the story tells of it.
const STORY: u32 = 4;
/// What was wrong for a while, of the world's process.
const FAULTS: u32 = 1;
/// What the scenario says.
const CAPTIONS: u32 = 2;

/// The process of a lane: 0 means something else there.
fn pid(lane: usize) -> usize {
    lane + 1
}

/// Microseconds, exact to the nanosecond.
fn micros(nanos: u64) -> Value {
    // Below 2^53 nanoseconds a double keeps the three decimals.
    if nanos.is_multiple_of(1000) { json!(nanos / 1000) } else { json!(nanos as f64 / 1000.0) }
}

/// The events as text: a trace has many.
#[derive(Default)]
struct Rows(String);

impl Rows {
    fn push(&mut self, event: Value) {
        if !self.0.is_empty() {
            self.0.push_str(",\n");
        }
        // A string takes everything.
        let _ = write!(self.0, "{event}");
    }
}

impl Extend<Value> for Rows {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.push(event));
    }
}

/// Writes it.
pub fn write(recording: &Recording) -> Written {
    let mut remarks: Vec<String> = not_recorded(recording).into_iter().collect();
    let Recording { messages: sent, story: told, operations: asked, .. } = recording;
    if sent.is_empty() && told.is_empty() && asked.is_empty() {
        remarks.push(nothing(recording));
    }
    let world = pid(recording.lanes.len());
    let about = json!({
        "scenario": recording.name,
        "seed": recording.seed.to_string(),
        "moment": recording.moment,
        "leftOut": remarks,
    });
    let mut all = Rows::default();
    names(recording, world, &mut all);
    all.extend(recording.bands.iter().filter_map(|band| role(recording, band)));
    messages(recording, &mut all);
    recording.transactions.iter().for_each(|txn| disk(recording, txn, &mut all));
    story(recording, world, &mut all);
    operations(recording, &mut all);
    troubles(recording, world, &mut all);
    counters(recording, &mut all);
    for remark in &remarks {
        all.push(everywhere(recording.to, world, CAPTIONS, "export", remark));
    }
    let Rows(mut text) = all;
    text.insert_str(0, &format!("{{\"displayTimeUnit\":\"ns\",\"otherData\":{about},\"traceEvents\":[\n"));
    text.push_str("\n]}\n");
    Written { text, remarks }
}

/// Who is who, and in which order.
fn names(recording: &Recording, world: usize, all: &mut Rows) {
    let mut process = |pid: usize, name: String, threads: &[(u32, &str)]| {
        let meta = |what: &str, tid: u32, args: Value| {
            json!({"ph": "M", "ts": 0, "pid": pid, "tid": tid, "name": what,
                   "args": args})
        };
        all.push(meta("process_name", 0, json!({"name": name})));
        all.push(meta("process_sort_index", 0, json!({"sort_index": pid})));
        for (tid, name) in threads {
            all.push(meta("thread_name", *tid, json!({"name": name})));
            all.push(meta("thread_sort_index", *tid, json!({"sort_index": tid})));
        }
    };
    for (lane, Lane { name, sid, observer, .. }) in recording.lanes.iter().enumerate() {
        let server = [(ROLE, "role"), (MESSAGES, "messages"), (DISK, "disk"), (STORY, "story")];
        let client = [(ROLE, "connection"), (MESSAGES, "messages"), (STORY, "story")];
        match sid {
            Some(sid) => {
                let observes = if *observer { ", observer" } else { "" };
                process(pid(lane), format!("{name} (sid {sid}{observes})"), &server);
            }
            None => process(pid(lane), format!("client {name}"), &client),
        }
    }
    process(world, "the world".to_owned(), &[(FAULTS, "faults"), (CAPTIONS, "the scenario")]);
}

/// What a party was for a while. Where nothing runs nothing is drawn.
fn role(recording: &Recording, band: &Band) -> Option<Value> {
    let to = band.to.at.min(recording.to);
    if band.role == Role::Down || to <= band.from.at {
        return None;
    }
    let mut name = band.role.to_string();
    if band.serving && recording.lanes[band.lane].sid.is_some() {
        name.push_str(", serves");
        if let Some(epoch) = band.epoch {
            name.push_str(&format!(" epoch {epoch}"));
        }
    }
    if band.paused {
        name.push_str(", stands still");
    }
    let (ts, dur) = (micros(band.from.at), micros(to - band.from.at));
    Some(
        json!({"ph": "X", "ts": ts, "dur": dur, "pid": pid(band.lane), "tid": ROLE, "cat": "role", "name": name}),
    )
}

fn messages(recording: &Recording, all: &mut Rows) {
    for (place, Slot { sent, got }) in slots(recording).into_iter().enumerate() {
        let message = &recording.messages[place];
        let name = |lane: usize| &recording.lanes[lane].name;
        let fate = match arrival(recording, message) {
            Some(_) => "",
            None if is_lost(message) => ", lost",
            None => ", under way",
        };
        let slice = |lane: usize, span: slots::Span, name: String| {
            let (ts, dur) = (micros(span.from), micros(span.length));
            json!({"ph": "X", "ts": ts, "dur": dur, "pid": pid(lane), "tid": MESSAGES, "cat": "message", "name": name,
                   "args": {"words": message.words}})
        };
        let arrow = |ph: &str, lane: usize, at: u64| {
            json!({"ph": ph, "id": format!("0x{:x}", place + 1), "ts": micros(at), "pid": pid(lane), "tid": MESSAGES,
                   "cat": "message", "name": message.packet})
        };
        all.push(slice(message.from, sent, format!("{} to {}{fate}", message.packet, name(message.to))));
        if let Some(got) = got {
            all.push(slice(message.to, got, format!("{} from {}", message.packet, name(message.from))));
            all.push(arrow("s", message.from, sent.inside()));
            let mut end = arrow("f", message.to, got.inside());
            // It belongs to the slice around it, not to the next.
            end["bp"] = json!("e");
            all.push(end);
        }
    }
}

/// A mark at one instant on a thread, if that is within the window.
fn mark(recording: &Recording, at: u64, pid: usize, tid: u32, cat: &str, name: &str) -> Option<Value> {
    (recording.from..=recording.to).contains(&at).then(
        || json!({"ph": "i", "s": "t", "ts": micros(at), "pid": pid, "tid": tid, "cat": cat, "name": name}),
    )
}

/// A mark across all threads.
fn everywhere(at: u64, pid: usize, tid: u32, cat: &str, name: &str) -> Value {
    json!({"ph": "i", "s": "g", "ts": micros(at), "pid": pid, "tid": tid, "cat": cat, "name": name})
}

fn disk(recording: &Recording, txn: &Transaction, all: &mut Rows) {
    let (zxid, what) = (txn.zxid, &txn.what);
    let mut add = |at: u64, lane: usize, name: String| {
        all.extend(mark(recording, at, pid(lane), DISK, "disk", &name));
    };
    add(txn.proposed.at, txn.leader, format!("proposed {zxid}: {what}"));
    for logged in &txn.logged {
        add(logged.when.at, logged.lane, format!("logged {zxid}"));
    }
    for lost in &txn.lost {
        add(lost.when.at, lost.lane, format!("lost {zxid}"));
    }
    if let Some(committed) = txn.committed {
        add(committed.at, txn.leader, format!("committed {zxid}"));
    }
}

fn story(recording: &Recording, world: usize, all: &mut Rows) {
    for line in &recording.story {
        let (pid, tid) = line.lane.map_or((world, FAULTS), |lane| (pid(lane), STORY));
        all.extend(mark(recording, line.when.at, pid, tid, "story", &line.text));
    }
    for frame in &recording.frames {
        for say in &frame.say {
            all.extend(mark(recording, frame.at, world, CAPTIONS, "scenario", say));
        }
    }
}

/// What lasts from one time to another, beside others of its kind.
fn lasting(
    id: String,
    pid: usize,
    tid: u32,
    cat: &str,
    name: &str,
    span: (u64, u64),
    args: &Value,
) -> [Value; 2] {
    let event = |ph: &str, at: u64| {
        json!({"ph": ph, "id": id, "ts": micros(at), "pid": pid, "tid": tid,
               "cat": cat, "name": name, "args": args})
    };
    [event("b", span.0), event("e", span.1)]
}

fn operations(recording: &Recording, all: &mut Rows) {
    for (place, operation) in recording.operations.iter().enumerate() {
        let end = operation.end.as_ref().filter(|end| end.when.at <= recording.to);
        let (outcome, answer) = end.map_or(("", "no answer yet"), |end| (end.outcome, &end.answer));
        let span = (operation.asked.at, end.map_or(recording.to, |end| end.when.at));
        let args = json!({"outcome": outcome, "answer": answer});
        let id = format!("0x{:x}", place + 1);
        all.extend(lasting(id, pid(operation.lane), ROLE, "operation", &operation.what, span, &args));
    }
}

fn troubles(recording: &Recording, world: usize, all: &mut Rows) {
    for (place, trouble) in recording.troubles.iter().enumerate() {
        if trouble.is_instant() {
            let at = trouble.from.at.max(recording.from);
            all.push(everywhere(at, world, FAULTS, "fault", &trouble.what));
            continue;
        }
        // A slice needs an end.
        let until = trouble.until.map_or(recording.to, |until| until.at);
        let span = (trouble.from.at.max(recording.from), until);
        let args = json!({"kind": trouble.kind, "lasts": trouble.until.is_none()});
        let id = format!("0x{:x}", place + 1);
        all.extend(lasting(id, world, FAULTS, "fault", &trouble.what, span, &args));
    }
}

/// The epoch on disk, and the counter of the last zxid, of each server.
fn counters(recording: &Recording, all: &mut Rows) {
    let mut known = vec![(None, None); recording.lanes.len()];
    for state in &recording.states {
        let Some(server) = &state.server else { continue };
        let at = state.when.at.max(recording.from);
        let now = (server.current_epoch.map(|epoch| epoch.0), server.zxid.map(|zxid| zxid.counter()));
        let before = std::mem::replace(&mut known[state.lane], now);
        let mut count = |name: &str, value: Option<i64>| {
            if let Some(value) = value {
                all.push(json!({"ph": "C", "ts": micros(at), "pid": pid(state.lane), "tid": 0, "cat": "state", "name": name,
                                "args": {"value": value}}));
            }
        };
        if now.0 != before.0 {
            count("currentEpoch", now.0);
        }
        if now.1 != before.1 {
            count("zxid counter", now.1.map(i64::from));
        }
    }
}
