//! Where two runs part.

use super::NotTold;
use crate::run::{Observer, Run, StepView};
use crate::trace::{Digests, differing_fields};
use crate::view::{Ancestor, ancestor};
use serde::Serialize;
use std::io;
use std::ops::RangeInclusive;

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
pub(super) struct Noted {
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

/// Some steps of a run, told.
pub(super) struct Passed {
    steps: RangeInclusive<u64>,
    found: Vec<Found>,
}

impl Passed {
    /// Most changes show right behind their step, or in it.
    pub(super) fn near(step: u64) -> Passed {
        Passed { steps: step..=step.saturating_add(1), found: Vec::new() }
    }
}

impl Observer for Passed {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if self.steps.contains(&step.moment.step) {
            self.found.push(Found::new(step));
        }
        Ok(())
    }
}

/// Waits for a step, and stops the run there.
struct Awaited(Passed);

impl Observer for Awaited {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.0.step(step)?;
        seen_enough(!self.0.found.is_empty())
    }
}

/// Holds a run against the digests of another, and lets it go on.
pub(super) struct Held<'a> {
    digests: Digests,
    known: &'a [u64],
    /// How many steps are the same.
    same: usize,
    found: Option<Found>,
}

impl<'a> Held<'a> {
    pub(super) fn against(noted: &'a Noted) -> Held<'a> {
        Held { digests: Digests::default(), known: &noted.all, same: 0, found: None }
    }

    /// Where the runs part. `passed` are steps of the first one, which is made again for others.
    pub(super) fn finish(
        self,
        passed: Passed,
        first: &dyn Fn() -> Result<Run, NotTold>,
    ) -> Result<Option<Parting>, NotTold> {
        let step = self.same as u64 + 1;
        let ended = self.same == self.known.len();
        if ended && self.found.is_none() {
            return Ok(None);
        }
        let mut was = passed.found.into_iter().find(|found| found.told.step == step);
        if was.is_none() && !ended {
            let mut awaited = Awaited(Passed { steps: step..=step, found: Vec::new() });
            // The only error of this observer is that it has seen enough.
            let _ = first()?.finish(&mut [&mut awaited]);
            was = awaited.0.found.pop();
            if was.is_none() {
                return Err(NotTold::Interrupted);
            }
        }
        Ok(Some(Parting::new(step, was, self.found)))
    }
}

impl Observer for Held<'_> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if self.found.is_none() {
            if self.known.get(self.same) == Some(&self.digests.of(step)) {
                self.same += 1;
            } else {
                self.found = Some(Found::new(step));
            }
        }
        Ok(())
    }
}

/// Holds it only until it parts.
struct UntilParted<'a>(Held<'a>);

impl Observer for UntilParted<'_> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.0.step(step)?;
        seen_enough(self.0.found.is_some())
    }
}

/// An error ends a run of which nothing more is wanted.
fn seen_enough(enough: bool) -> io::Result<()> {
    if enough { Err(io::Error::other("enough of the run is seen")) } else { Ok(()) }
}

impl Parting {
    fn new(step: u64, first: Option<Found>, second: Option<Found>) -> Parting {
        let details = match (&first, &second) {
            (Some(first), Some(second)) if first.reads_like(second) => {
                let mut fields = differing_fields(&first.record, &second.record);
                fields.retain(|(place, _, _)| place != "hash");
                fields.truncate(DETAILS);
                fields
            }
            _ => Vec::new(),
        };
        let told = |found: Option<Found>| found.map(|found| found.told);
        Parting { step, first: told(first), second: told(second), details }
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
    let mut parted = UntilParted(Held::against(&noted));
    // The only error of this observer is that it has seen enough.
    let _ = second()?.finish(&mut [&mut parted]);
    parted.0.finish(Passed { steps: 0..=0, found: Vec::new() }, first)
}
