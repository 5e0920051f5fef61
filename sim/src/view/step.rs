//! One step of a run, told.

use super::lineage::{Ancestor, ancestor};
use crate::run::{Observer, Run, StepView};
use crate::trace::RunHash;
use std::io;

/// Waits for a step, and tells it.
struct Told {
    step: u64,
    found: Option<(Ancestor, RunHash)>,
}

impl Observer for Told {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        if step.moment.step == self.step {
            self.found = Some((ancestor(step), step.hash));
        }
        Ok(())
    }
}

/// What happened in that step of a run, and the digest of the run after it; `None` where it does not come so far.
pub(crate) fn told(run: Run, step: u64) -> io::Result<Option<(Ancestor, RunHash)>> {
    let mut told = Told { step, found: None };
    run.finish(&mut [&mut told])?;
    Ok(told.found)
}
