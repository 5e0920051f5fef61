//! Two runs side by side, in words and as JSON.

use super::side::{Reign, Server, Side, differing};
use super::{Differing, Parting, WhatIf};
use crate::view::{Ancestor, seconds};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// How many transactions are told; all of them stand in the JSON.
const TRANSACTIONS: usize = 10;

/// What one run has where the other has something.
const NEVER: &str = "never proposed";

/// Two times of a run, in seconds: with as many decimals as tell them apart.
fn instants(one: u64, other: u64) -> [String; 2] {
    let finer = |decimals: u32| {
        [one, other].map(|at| {
            let below = at % 1_000_000_000 / 10_u64.pow(9 - decimals);
            format!("{}.{below:0width$}", at / 1_000_000_000, width = decimals as usize)
        })
    };
    let apart = [3, 6].map(finer).into_iter().find(|[one, other]| one != other);
    apart.unwrap_or_else(|| finer(if one == other { 3 } else { 9 }))
}

/// Two lengths of time, each in its unit; to the nanosecond where nothing less tells them apart.
pub(super) fn lengths(one: u64, other: u64) -> [String; 2] {
    let read = |nanos: u64| {
        let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")];
        let Some((unit, name)) = units.into_iter().find(|(unit, _)| nanos >= *unit) else {
            return format!("{nanos} ns");
        };
        let number = format!("{}.{:03}", nanos / unit, nanos % unit * 1000 / unit);
        format!("{} {name}", number.trim_end_matches('0').trim_end_matches('.'))
    };
    let both = [read(one), read(other)];
    if one != other && both[0] == both[1] { [one, other].map(|nanos| format!("{nanos} ns")) } else { both }
}

fn told(step: Option<&Ancestor>, at: &str) -> String {
    match step {
        Some(Ancestor { who, what, .. }) => format!("{at:>9} s  {who} {what}"),
        None => "           the run has ended".to_owned(),
    }
}

fn reign(Reign { leader, epoch, from }: &Reign) -> String {
    format!("{leader} in epoch {epoch} from {} s", seconds(*from))
}

fn reigns(all: &[Reign]) -> String {
    let all: Vec<String> = all.iter().map(reign).collect();
    if all.is_empty() { "nobody".to_owned() } else { all.join(", then ") }
}

fn server(Server { state, serving, epoch, zxid, logged, .. }: &Server) -> String {
    let serves = if *serving { "serves" } else { "does not serve" };
    let epoch = epoch.as_deref().unwrap_or("none");
    let zxid = zxid.as_ref().map_or_else(String::new, |zxid| format!(", at {zxid}"));
    format!("{state}, {serves}, epoch {epoch}{zxid}, logged {logged}")
}

impl WhatIf {
    /// The transactions that came to different ends.
    pub fn transactions(&self) -> Vec<Differing> {
        differing(&self.as_it_was, &self.what_if)
    }

    fn leaders_differ(&self) -> bool {
        let who = |side: &Side| -> Vec<(String, String)> {
            side.reigns.iter().map(|reign| (reign.leader.clone(), reign.epoch.clone())).collect()
        };
        who(&self.as_it_was) != who(&self.what_if)
    }

    fn both<'a>(&'a self, of: impl Fn(&'a Side) -> String) -> String {
        format!("  as it was  {}\n  what if    {}\n", of(&self.as_it_was), of(&self.what_if))
    }

    fn parting_words(&self, Parting { step, first, second, details }: &Parting) -> String {
        let at = |step: &Option<Ancestor>| step.as_ref().map(|step| step.at);
        let [was, is] = match (at(first), at(second)) {
            (Some(first), Some(second)) => instants(first, second),
            (one, other) => [one, other].map(|at| at.map_or_else(String::new, seconds)),
        };
        let mut text = format!("The first step that differs is {step}:\n");
        text.push_str(&format!(
            "  as it was  {}\n  what if    {}\n",
            told(first.as_ref(), &was),
            told(second.as_ref(), &is)
        ));
        // The lines themselves say when.
        let details = details.iter().filter(|(place, _, _)| place != "at");
        for (place, was, is) in details {
            text.push_str(&format!("  of it, {place}: {was}; what if: {is}\n"));
        }
        text
    }

    /// Told to people, ending with a line break.
    pub fn told(&self) -> String {
        let Ancestor { at, step, who, what } = &self.place;
        let mut text =
            format!("{}, at {} s: {who} {what}\nWhat if: {}\n", self.moment, seconds(*at), self.change);
        if let Some(note) = &self.note {
            text.push_str(&format!("{note}\n"));
        }
        text.push('\n');
        let Some(parting) = &self.parting else {
            text.push_str(&format!("Nothing differs: step {step} and all that follows are the same.\n"));
            return text;
        };
        text.push_str(&self.parting_words(parting));
        if self.leaders_differ() {
            text.push_str("\nWho led:\n");
            text.push_str(&self.both(|side| reigns(&side.reigns)));
        }
        let transactions = self.transactions();
        if !transactions.is_empty() {
            text.push_str("\nTransactions that came to another end:\n");
            for Differing { zxid, as_it_was, what_if } in transactions.iter().take(TRANSACTIONS) {
                let (was, is) = (as_it_was.as_deref().unwrap_or(NEVER), what_if.as_deref().unwrap_or(NEVER));
                text.push_str(&format!("  {zxid}\n    as it was  {was}\n    what if    {is}\n"));
            }
            let more = transactions.len().saturating_sub(TRANSACTIONS);
            if more > 0 {
                text.push_str(&format!("  and {more} more\n"));
            }
        }
        let pairs = self.as_it_was.servers.iter().zip(&self.what_if.servers);
        let servers: Vec<_> = pairs.filter(|(was, is)| was != is).collect();
        if servers.is_empty() {
            text.push_str("\nIn the end every server is as it was.\n");
        } else {
            text.push_str("\nServers in the end:\n");
        }
        for (was, is) in servers {
            let name = &was.server;
            let _ = writeln!(text, "  {name}\n    as it was  {}\n    what if    {}", server(was), server(is));
        }
        for (name, side) in [("As it was", &self.as_it_was), ("What if", &self.what_if)] {
            let _ = write!(text, "\n{name}:\n");
            side.verdict.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
        text
    }

    /// As JSON. No wall-clock figure stands in it.
    pub fn json(&self) -> Value {
        let side = |side: &Side| {
            json!({
                "green": side.green, "ending": side.ending, "unmet": side.unmet, "verdict": side.verdict,
                "moment": side.moment, "hash": side.hash.to_string(), "virtualNanos": side.virtual_time,
                "leaders": side.reigns, "servers": side.servers,
            })
        };
        let parting = self.parting.as_ref().map(|parting| {
            let details = parting
                .details
                .iter()
                .map(|(place, was, is)| json!({"place": place, "asItWas": was, "whatIf": is}));
            json!({
                "step": parting.step, "asItWas": parting.first, "whatIf": parting.second,
                "details": details.collect::<Vec<_>>(),
            })
        });
        json!({
            "moment": self.moment, "place": self.place, "change": self.change, "note": self.note,
            "firstDifference": parting, "transactions": self.transactions(),
            "asItWas": side(&self.as_it_was), "whatIf": side(&self.what_if),
        })
    }
}
