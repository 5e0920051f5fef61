//! A recording as JSON for a page: rows instead of objects where there are many, and of each state only what is new.
//!
//! - `messages`: `[from, to, port, name, words, sentAt, sentStep, fate, at, step]`; name and words are places in `words`; fate is
//!   0 received, 1 lost, 2 under way, and then has neither time nor step.
//! - `story`, `log`: `[at, step, lane, text]`; lane is -1 for the world.
//! - `states`: `[at, step, lane, changes]`; `changes` holds the fields that differ from the lane's state before.
//! - Times are virtual nanoseconds. Zxids and session ids are strings.

use super::{Fate, Line, Message, Recording, State};
use indexmap::IndexSet;
use serde_json::{Map, Value, json};

fn row(line: &Line) -> Value {
    let lane = line.lane.map_or(-1, |lane| lane as i64);
    json!([line.when.at, line.when.step, lane, line.text])
}

fn message<'m>(message: &'m Message, words: &mut IndexSet<&'m str>) -> Value {
    let mut place = |text: &'m str| words.insert_full(text).0;
    let (name, told) = (place(message.packet), place(&message.words));
    let Message { from, to, port, sent, fate, .. } = message;
    let port = *port as u8;
    match fate {
        Fate::Received(when) => {
            json!([from, to, port, name, told, sent.at, sent.step, 0, when.at, when.step])
        }
        Fate::Lost(when) => json!([from, to, port, name, told, sent.at, sent.step, 1, when.at, when.step]),
        Fate::UnderWay => json!([from, to, port, name, told, sent.at, sent.step, 2]),
    }
}

fn fields(state: &State) -> Map<String, Value> {
    let value = match (&state.server, &state.client) {
        (Some(server), _) => json!(server),
        (None, Some(client)) => json!(client),
        (None, None) => Value::Null,
    };
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn states(recording: &Recording) -> Value {
    let mut known: Vec<Map<String, Value>> = vec![Map::new(); recording.lanes.len()];
    let rows = recording.states.iter().map(|state| {
        let now = fields(state);
        let before = std::mem::take(&mut known[state.lane]);
        let fresh: Map<String, Value> = now
            .iter()
            .filter(|(key, value)| before.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        known[state.lane] = now;
        json!([state.when.at, state.when.step, state.lane, fresh])
    });
    rows.collect()
}

impl Recording {
    /// As a page reads it.
    pub fn json(&self) -> Value {
        let mut words = IndexSet::new();
        let messages: Vec<Value> = self.messages.iter().map(|sent| message(sent, &mut words)).collect();
        json!({
            "name": self.name,
            "seed": self.seed.to_string(),
            "text": self.text,
            "moment": self.moment,
            "from": self.from,
            "to": self.to,
            "lanes": self.lanes,
            "belief": self.belief,
            "frames": self.frames,
            "unmet": self.unmet,
            "turns": self.turns,
            "story": self.story.iter().map(row).collect::<Vec<_>>(),
            "log": self.log.iter().map(row).collect::<Vec<_>>(),
            "words": words.into_iter().collect::<Vec<_>>(),
            "messages": messages,
            "states": states(self),
            "bands": self.bands,
            "troubles": self.troubles,
            "transactions": self.transactions,
            "operations": self.operations,
            "verdict": self.verdict,
            "green": self.green,
            "leftOut": self.left_out,
        })
    }
}
