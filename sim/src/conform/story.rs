//! What happened, told from logs: the decisions of all servers by time, in the words of a simulated run.

use super::replay::{Replayed, When};
use crate::view::{Folds, Names};
use std::collections::BTreeMap;
use std::io::{self, Write};
use zablab_protocol::{Decision, Sid};

/// A moment of the day, or a place where there is no time.
fn moment(when: When) -> String {
    let Some(time) = when.time else { return format!("#{}", when.entry) };
    let of_day = time.rem_euclid(86_400_000);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    format!("{:02}:{:02}:{:02}.{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Tells the story of an ensemble.
pub fn story(
    servers: &[(Sid, &Replayed)],
    names: &BTreeMap<Sid, String>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut all: Vec<(Option<i64>, Sid, When, &Decision)> = servers
        .iter()
        .flat_map(|(sid, replayed)| {
            replayed.decisions.iter().map(|(when, decision)| (when.time, *sid, *when, decision))
        })
        .collect();
    // Where there are no times, one server after the other.
    all.sort_by_key(|(time, ..)| *time);
    let mut folds = Folds::default();
    for (_, sid, when, decision) in all {
        if folds.folds(sid, decision) {
            continue;
        }
        let Some(what) = Names(names).tell(decision) else { continue };
        let who = names.get(&sid).map_or("?", String::as_str);
        writeln!(out, "{:>12}  {who:<6} {what}", moment(when))?;
    }
    Ok(())
}
