//! The run as it was, watched once for all that is asked of it.

use super::differ::{Noted, Passed};
use super::place::{Place, Seeker};
use super::{Asked, Change, Side, side};
use crate::recording::Recorder;
use crate::run::{Observer, Outcome, Run, StepView, UserEvent};
use std::io;

/// Watches a run of which something else is asked: what its step was, what every step looked like, what it came to.
pub struct AsItWas {
    seeker: Seeker,
    noted: Noted,
    passed: Passed,
    recorder: Recorder,
}

/// What was seen of it.
pub(super) struct Seen {
    pub(super) place: Place,
    pub(super) noted: Noted,
    /// The steps at the place, told.
    pub(super) passed: Passed,
    pub(super) side: Side,
}

impl AsItWas {
    /// Of a run that is about to be made; `step` is that of the change.
    pub fn of(run: &mut Run, step: u64, change: &Change) -> AsItWas {
        let pinned = change.pinned(run.ensemble());
        AsItWas {
            seeker: Seeker::of(run, step, pinned),
            noted: Noted::default(),
            passed: Passed::near(step),
            recorder: side::recorder(run),
        }
    }

    /// Once it is over. The error is that it has no such step.
    pub(super) fn finish(self, asked: &Asked<'_>, outcome: Outcome) -> Result<Seen, String> {
        let AsItWas { seeker, noted, passed, recorder } = self;
        let place = seeker.finish(outcome.steps)?;
        Ok(Seen { place, noted, passed, side: side::side(asked, recorder, outcome) })
    }
}

impl Observer for AsItWas {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.seeker.step(step)?;
        self.noted.step(step)?;
        self.passed.step(step)?;
        self.recorder.step(step)
    }

    fn user(&mut self, at: u64, client: &str, event: &UserEvent) -> io::Result<()> {
        self.recorder.user(at, client, event)
    }
}
