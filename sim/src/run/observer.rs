//! Watching a run from outside.

use super::{Delivered, UserEvent};
use crate::ensemble::{Action, Effect, Ensemble};
use crate::schedule::Moment;
use crate::trace::RunHash;

/// What an observer sees of one action.
pub struct StepView<'a> {
    /// When.
    pub moment: Moment,
    /// The action.
    pub action: &'a Action,
    /// The packet it delivered.
    pub delivered: Option<&'a Delivered>,
    /// Its effects.
    pub effects: &'a [Effect],
    /// The ensemble after it.
    pub ensemble: &'a Ensemble,
    /// The digest of the run after it.
    pub hash: RunHash,
}

/// Watches a run from outside: a trace, a story, a picture.
pub trait Observer {
    /// One action was applied. An error stops the run.
    fn step(&mut self, step: &StepView<'_>) -> std::io::Result<()>;

    /// A client's user has come to something that no packet shows, at a virtual time.
    fn user(&mut self, _at: u64, _client: &str, _event: &UserEvent) -> std::io::Result<()> {
        Ok(())
    }
}
