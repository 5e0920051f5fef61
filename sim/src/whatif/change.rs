//! The one thing that is changed.

use super::line::{CRASH, pin, step_or};
use crate::scenario::{Pin, Scenario, Step, Time};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A step of the scenario language, right behind the step.
    Step(Step),
    /// The packet that the step delivers, or sends to this party, never arrives.
    Drop(Option<String>),
    /// It arrives so much later.
    Delay(Time, Option<String>),
    /// What is drawn in the step is drawn anew.
    DrawAgain,
    /// What is drawn in the step takes this value.
    Draw(Time),
    /// This draw, which is made in the step or later, takes this value.
    Pin(Pin),
}

/// What a change can be, for whoever wrote something else.
const KNOWN: &str = "a change is `drop`, `delay TIME`, `draw again`, `draw TIME`, a `pin …` line, or any step of the \
scenario language such as `kill zk1`, `cut zk1 from zk2 on quorum` or `pause zk1`";

impl Change {
    /// Reads a change of a run of this scenario.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Change, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("the change is empty; {KNOWN}"));
        }
        if text.contains(|c: char| c.is_control()) {
            return Err(format!("the change has more than one line; {KNOWN}"));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let time = |word: &str| {
            Time::parse(word)
                .ok_or_else(|| format!("`{word}` is no time; expected one such as `5ms` or `1.5s`"))
        };
        let party = |name: &str| {
            let known = parties(scenario);
            if known.iter().any(|party| party == name) {
                Ok(Some(name.to_owned()))
            } else {
                Err(format!("`{name}` is no server or client of this scenario; it has {}", known.join(", ")))
            }
        };
        match words.as_slice() {
            ["drop"] => Ok(Change::Drop(None)),
            ["drop", "to", name] => Ok(Change::Drop(party(name)?)),
            ["drop", ..] => Err("expected `drop` or `drop to SERVER`".to_owned()),
            ["delay", by] => Ok(Change::Delay(time(by)?, None)),
            ["delay", by, "to", name] => Ok(Change::Delay(time(by)?, party(name)?)),
            ["delay", ..] => Err("expected `delay TIME` or `delay TIME to SERVER`".to_owned()),
            ["draw", "again"] => Ok(Change::DrawAgain),
            ["draw", value] => Ok(Change::Draw(time(value)?)),
            ["draw", ..] => Err("expected `draw again` or `draw TIME`".to_owned()),
            ["pin", ..] => pin(text, scenario).map(Change::Pin).map_err(|error| error.to_string()),
            _ => step_or(text, scenario, &["drop", "delay", "draw", "pin", CRASH]).map(Change::Step),
        }
    }
}

/// Whoever sends and receives.
fn parties(scenario: &Scenario) -> Vec<String> {
    let servers = scenario.servers().into_iter().map(|server| server.name);
    let clients = scenario.clients().into_iter().map(|client| client.name);
    let loads = scenario.workloads();
    let users: Vec<String> = loads.iter().flat_map(|load| load.client_names()).collect();
    servers.chain(clients).chain(users).collect()
}
