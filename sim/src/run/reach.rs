//! A run for the sake of the state that it reaches.

use super::{Ending, Run};
use crate::check::Checks;
use crate::ensemble::Ensemble;

impl Run {
    /// Runs to the end: the ensemble there, with the handles of connections given out by pair, the monitors as they have
    /// watched it, and the time in virtual nanoseconds. What the scenario expects is not looked at. The error says why the
    /// state is none that anything could go on from.
    pub(crate) fn reach(mut self) -> Result<(Ensemble, Checks, u64), String> {
        self.timed.ensemble.net.number_by_pair();
        let ending = self.run(&mut []).map_err(|error| error.to_string())?;
        if let Some(violation) = self.violations.first() {
            return Err(format!("on the way there {} is broken: {}", violation.property, violation.what));
        }
        match ending {
            Ending::Complete => {}
            Ending::Runaway(limit) => return Err(format!("it did not come to its end within {limit}")),
            Ending::Interrupted => return Err("it was interrupted".to_owned()),
        }
        Ok((self.timed.ensemble.clone(), self.checks.clone(), self.timed.now()))
    }
}
