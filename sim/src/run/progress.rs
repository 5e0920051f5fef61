//! What progress a run has made when it ends.

use super::Run;
use crate::liveness::{self, Missing, Quiet, Standing, Waiting};
use crate::scenario::Step;
use crate::schedule::Pace;

/// Whether a step does something to servers or links, after which they need time again.
pub(crate) fn disturbs(step: &Step) -> bool {
    !matches!(
        step,
        Step::Create { .. }
            | Step::Write { .. }
            | Step::Delete { .. }
            | Step::Read { .. }
            | Step::Close(_)
            | Step::Client { .. }
            | Step::End
    )
}

impl Run {
    /// What there is of progress, and what is missing.
    pub(super) fn progress(&self) -> (Standing, Vec<Missing>) {
        if self.timed.is_frozen() {
            let why = "the world is frozen, and nothing happens by itself".to_owned();
            return (Standing::NotOwed { why }, Vec::new());
        }
        let paces: Vec<Pace> = self.timed.ensemble.ids().map(|id| self.timed.pace(id)).collect();
        let waiting: Vec<Waiting> = self
            .users
            .iter()
            .filter_map(|user| Some(Waiting { client: user.id, since: user.waits_since()? }))
            .collect();
        let now = self.timed.now();
        liveness::judge(&Quiet {
            ensemble: &self.timed.ensemble,
            paces: &paces,
            lasts: now - self.disturbed,
            now,
            waiting: &waiting,
            proposed: &self.proposals.oldest(),
        })
    }
}
