//! What explorations of presets and hunts came to, as a file keeps it and as tables.

use super::hunts::{HUNTS, OUT_OF_REACH};
use super::model::{Bounds, Grain};
use super::preset::Preset;
use crate::bugs::{CATALOGUE, MUST_FIND};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What an exploration came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Why it went no further: `complete`, `violated`, or the limit that stopped it.
    pub ended: String,
    /// Different states.
    pub states: u64,
    /// Steps taken.
    pub generated: u64,
    /// The steps of the longest of all shortest paths; where something is broken, of the path to it.
    pub depth: u64,
    /// The property that is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// Bytes of a state and its steps.
    pub bytes_per_state: u64,
    /// Seconds of one processor. Nothing else depends on the machine, unless a limit does.
    pub cpu_seconds: f64,
}

/// A preset, explored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfPreset {
    /// Its name.
    pub preset: String,
    /// The text of its start.
    pub start: String,
    /// Its bounds.
    pub bounds: Bounds,
    /// How fine its steps were.
    pub grain: Grain,
    /// What it came to.
    pub row: Row,
}

/// A bug, hunted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfHunt {
    /// The bug, by its id.
    pub bug: String,
    /// How, as options of the command line.
    pub options: String,
    /// With the bug.
    pub with: Row,
    /// Without it, up to the same depth; none where nothing was found.
    pub without: Option<Row>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Presets.
    pub presets: Vec<OfPreset>,
    /// Hunts.
    pub hunts: Vec<OfHunt>,
}

impl OfPreset {
    /// What a preset came to.
    pub fn of(preset: &Preset, row: Row) -> OfPreset {
        let Preset { name, start, bounds, grain, .. } = *preset;
        OfPreset { preset: name.to_owned(), start: start.to_owned(), bounds, grain, row }
    }

    /// Whether the preset is still the one that was explored.
    pub fn is_of(&self, preset: &Preset) -> bool {
        OfPreset::of(preset, self.row.clone()) == *self
    }
}

impl Row {
    /// In words: whether all was looked at, and what came of it.
    fn verdict(&self) -> String {
        match (&self.broken, &*self.ended) {
            (Some(property), _) => format!("{property} is broken at depth {}", self.depth),
            (None, "complete") => "complete, all held".to_owned(),
            (None, limit) => format!("stopped by {limit}, nothing found"),
        }
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is a measurement.
    fn speed(&self) -> u64 {
        (self.states as f64 / self.cpu_seconds.max(0.001)) as u64
    }
}

impl OfHunt {
    /// Whether it found the bug, and the machine without it is silent.
    pub fn is_find(&self) -> bool {
        self.with.broken.is_some()
            && self
                .without
                .as_ref()
                .is_some_and(|row| row.broken.is_none() && matches!(&*row.ended, "depth" | "complete"))
    }

    fn without(&self) -> String {
        match &self.without {
            None => "-".to_owned(),
            Some(Row { broken: Some(property), depth, .. }) => format!("BROKEN: {property} at depth {depth}"),
            Some(Row { ended, states, .. }) if ended == "depth" || ended == "complete" => {
                format!("silent, {states} states")
            }
            Some(Row { ended, states, .. }) => format!("stopped by {ended} at {states} states"),
        }
    }
}

/// The tables in Markdown.
pub fn tables(measured: &Measured) -> String {
    let mut text = String::new();
    if !measured.presets.is_empty() {
        text.push_str(
            "| preset | states | steps | depth | CPU s | states a CPU s | bytes a state | verdict |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n",
        );
    }
    for OfPreset { preset, row, .. } in &measured.presets {
        let Row { states, generated, depth, bytes_per_state, cpu_seconds, .. } = row;
        let (speed, verdict) = (row.speed(), row.verdict());
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| {preset} | {states} | {generated} | {depth} | {cpu_seconds:.1} | {speed} | {bytes_per_state} | {verdict} |"
        );
    }
    if measured.hunts.is_empty() {
        return text;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(
        "| bug | `zablab explore` | found | depth | states | CPU s | without the bug, to that depth | published |\n\
         | --- | --- | --- | ---: | ---: | ---: | --- | --- |\n",
    );
    let whole = measured.hunts.len() == HUNTS.len();
    let (mut found, mut sought) = (0, if whole { MUST_FIND } else { 0 });
    for bug in CATALOGUE {
        let (id, published) = (bug.id(), bug.published.unwrap_or("-"));
        match measured.hunts.iter().find(|hunt| hunt.bug == id) {
            Some(hunt) => {
                let Row { states, depth, cpu_seconds, .. } = &hunt.with;
                let (is, without) = (if hunt.is_find() { "yes" } else { "no" }, hunt.without());
                found += usize::from(hunt.is_find() && bug.is_must());
                sought += usize::from(!whole && bug.is_must());
                let options = hunt.options.trim();
                let _ = writeln!(
                    text,
                    "| {id} | `{options}` | {is} | {depth} | {states} | {cpu_seconds:.1} | {without} | {published} |"
                );
            }
            None => {
                let out = OUT_OF_REACH.iter().find(|(out, _)| whole && *out == id);
                if let Some((_, why)) = out {
                    let _ =
                        writeln!(text, "| {id} | out of reach: {why} | no | - | - | - | - | {published} |");
                }
            }
        }
    }
    let _ = writeln!(text, "\n{found} of {sought} bugs that must be found are found.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ended: &str, broken: Option<&str>) -> Row {
        let broken = broken.map(str::to_owned);
        Row {
            ended: ended.to_owned(),
            states: 1000,
            generated: 3000,
            depth: 12,
            broken,
            bytes_per_state: 64,
            cpu_seconds: 0.5,
        }
    }

    #[test]
    fn a_bug_is_found_where_the_machine_without_it_is_silent() {
        let hunt = |without| OfHunt {
            bug: "ZK-335".to_owned(),
            options: " --preset one-crash".to_owned(),
            with: row("violated", Some("one-leader-per-epoch")),
            without,
        };
        for (without, is_find, words) in [
            (Some(row("depth", None)), true, "| silent, 1000 states |"),
            (Some(row("time", None)), false, "| stopped by time at 1000 states |"),
            (
                Some(row("violated", Some("one-leader-per-epoch"))),
                false,
                "| BROKEN: one-leader-per-epoch at depth 12 |",
            ),
            (None, false, "| - |"),
        ] {
            let hunt = hunt(without);
            assert_eq!(hunt.is_find(), is_find);
            let text = tables(&Measured { presets: Vec::new(), hunts: vec![hunt] });
            assert!(text.contains(words), "{text}");
            assert!(text.contains(&format!("{} of 1 bugs", u8::from(is_find))), "{text}");
        }
    }

    #[test]
    fn a_preset_says_how_far_it_came() {
        let of = |row| OfPreset::of(Preset::find("one-crash").unwrap(), row);
        let presets =
            vec![of(row("complete", None)), of(row("time", None)), of(row("complete", Some("settles")))];
        let text = tables(&Measured { presets, hunts: Vec::new() });
        assert!(
            text.contains("| one-crash | 1000 | 3000 | 12 | 0.5 | 2000 | 64 | complete, all held |"),
            "{text}"
        );
        assert!(text.contains("stopped by time, nothing found |"), "{text}");
        assert!(text.contains("settles is broken at depth 12 |"), "{text}");
    }

    #[test]
    fn a_preset_that_has_become_another_is_none_that_was_explored() {
        let preset = *Preset::find("one-crash").unwrap();
        let done = OfPreset::of(&preset, row("complete", None));
        assert!(done.is_of(&preset));
        for other in [
            Preset { bounds: Bounds { writes: 2, ..preset.bounds }, ..preset },
            Preset { grain: Grain { prompt_log: true, ..preset.grain }, ..preset },
            Preset { start: "ensemble zk1 zk2\n", ..preset },
        ] {
            assert!(!done.is_of(&other));
        }
    }
}
