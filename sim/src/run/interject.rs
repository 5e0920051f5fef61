//! A step that no line of the scenario says, done at one place of a run: what would have come of it?

use super::{Observer, Run};
use crate::scenario::Step;

/// A step, and where it is done.
#[derive(Clone, Debug)]
pub struct Interjection {
    /// Behind so many actions …
    pub after: u64,
    /// … and no earlier than this, in virtual nanoseconds. No action that is due then comes before it.
    pub at: u64,
    /// What is done.
    pub step: Step,
}

impl Interjection {
    /// The line by which an [`Unmet`](super::Unmet) says that the step could not be done: no text has it.
    pub const LINE: u32 = 0;
}

impl Run {
    /// Besides what the scenario says, this is done. To be called before the run begins.
    pub fn interject(&mut self, interjection: Interjection) {
        self.interjection = Some(interjection);
    }

    /// Whether the interjection is due before what comes next, which is due at `next`.
    pub(super) fn interjects_before(&mut self, next: u64) -> bool {
        let steps = self.timed.steps();
        let due = self.interjection.as_ref().filter(|said| steps >= said.after && said.at <= next);
        let Some(at) = due.map(|said| said.at) else { return false };
        self.timed.advance(at);
        true
    }

    /// Does it if this is its place.
    pub(super) fn interject_now(&mut self, observers: &mut [&mut dyn Observer]) -> std::io::Result<()> {
        let (steps, now) = (self.timed.steps(), self.timed.now());
        match self.interjection.take_if(|said| steps >= said.after && now >= said.at) {
            Some(said) => self.do_step(Interjection::LINE, &said.step, observers),
            None => Ok(()),
        }
    }
}
