//! Where two runs part.

use super::NotTold;
use crate::run::{Observer, Run, StepView};
use crate::trace::{Digests, differing_fields};
use crate::view::{Ancestor, ancestor};
use serde::Serialize;
use std::io;

/// The first step that is not the same in two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parting {
    /// Its number.
    pub step: u64,
    /// That step of the first run; `None`: it has ended before.
    pub first: Option<Ancestor>,
    /// That step of the second.
    pub second: Option<Ancestor>,
    /// Where both steps read the same: the parts that differ, and what stands there in the first run and in the second.
    pub details: Vec<(String, String, String)>,
}

/// How many parts are told where two steps read the same.
const DETAILS: usize = 3;

/// The digest of every step of a run by itself.
#[derive(Default)]
struct Noted {
    digests: Digests,
    all: Vec<u64>,
}

impl Observer for Noted {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.all.push(self.digests.of(step));
        Ok(())
    }
}

/// A step that was looked for, told.
struct Found {
    told: Ancestor,
    record: serde_json::Value,
}

impl Found {
    fn new(step: &StepView<'_>) -> Found {
        Found { told: ancestor(step), record: crate::trace::record(step) }
    }

    /// Whether it says the same, whenever it happens.
    fn reads_like(&self, other: &Found) -> bool {
        (&self.told.who, &self.told.what) == (&other.told.who, &other.told.what)
    }
}

/// Holds a run against the digests of another.
struct Held<'a> {
    digests: Digests,
    known: &'a [u64],
    found: Option<Found>,
    /// How many steps it has.
    steps: usize,
}

impl Observer for Held<'_> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if self.known.get(self.steps) != Some(&self.digests.of(step)) {
            self.found = Some(Found::new(step));
            return Err(io::Error::other("the runs have parted"));
        }
        self.steps += 1;
        Ok(())
    }
}

/// Waits for a step.
struct Awaited {
    step: u64,
    found: Option<Found>,
}

impl Observer for Awaited {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if step.moment.step < self.step {
            return Ok(());
        }
        self.found = Some(Found::new(step));
        Err(io::Error::other("the step is found"))
    }
}

/// The first step in which two runs differ, told on both sides; `None` where they are the same step for step. Each is prepared
/// as often as it has to be run.
pub fn first_difference(
    first: &dyn Fn() -> Result<Run, NotTold>,
    second: &dyn Fn() -> Result<Run, NotTold>,
) -> Result<Option<Parting>, NotTold> {
    let mut noted = Noted::default();
    first()?.finish(&mut [&mut noted]).map_err(NotTold::io)?;
    let mut held = Held { digests: Digests::default(), known: &noted.all, found: None, steps: 0 };
    // The only error of this observer is that it has seen enough.
    let _ = second()?.finish(&mut [&mut held]);
    if held.found.is_none() && held.steps == noted.all.len() {
        return Ok(None);
    }
    let step = held.steps as u64 + 1;
    let mut awaited = Awaited { step, found: None };
    if held.steps < noted.all.len() {
        let _ = first()?.finish(&mut [&mut awaited]);
    }
    let details = match (&awaited.found, &held.found) {
        (Some(first), Some(second)) if first.reads_like(second) => {
            let mut fields = differing_fields(&first.record, &second.record);
            fields.retain(|(place, _, _)| place != "hash");
            fields.truncate(DETAILS);
            fields
        }
        _ => Vec::new(),
    };
    let told = |found: Option<Found>| found.map(|found| found.told);
    Ok(Some(Parting { step, first: told(awaited.found), second: told(held.found), details }))
}
