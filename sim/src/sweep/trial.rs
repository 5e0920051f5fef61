//! One seed of a sweep.

use super::Subject;
use super::failure::Failure;
use super::fingerprint::LastDecisions;
use super::panics::{Quiet, caught};
use crate::liveness::Standing;
use crate::probe::Reached;
use crate::run::{Ending, Faults, Outcome};
use crate::scenario::Diagnostic;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What there was of progress when a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// All that is owed, or something is missing that should have come: the failure says what.
    Judged,
    /// Not judged, since the run broke before, or not owed, or its time was not over.
    #[default]
    Undecided,
}

/// What a sweep keeps of a run: little, whatever the run was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// Packets delivered, disk operations completed, timers fired, client requests.
    pub events: u64,
    /// Virtual nanoseconds.
    pub virtual_nanos: u64,
    /// What was done to servers, links and clients.
    pub faults: Faults,
    /// The situations that it reached.
    pub reached: Reached,
    /// Whether progress was judged.
    pub progress: Progress,
    /// What was wrong.
    pub failure: Option<Box<Failure>>,
}

impl Trial {
    /// Runs a seed; `None` if `stop` became true before its end.
    pub fn run(subject: &Subject, seed: u64, stop: &Arc<AtomicBool>, quiet: &Quiet) -> Option<Trial> {
        Trial::of(subject.name(), seed, quiet, || {
            let mut run = subject.run(seed)?;
            run.stop_on(stop.clone());
            run.probe();
            // An observer that gives no error: a run without one has none either.
            let outcome = run.finish(&mut []).ok();
            let mut last = LastDecisions::default();
            if outcome.as_ref().is_some_and(|outcome| !outcome.is_green()) {
                let mut again = subject.run(seed)?;
                again.stop_on(stop.clone());
                let _ = again.finish(&mut [&mut last]);
            }
            Ok(outcome.map(|outcome| (outcome, last)))
        })
    }

    /// What a run of a seed comes to, whatever it comes to; `None` if it was interrupted.
    pub fn of(
        name: &str,
        seed: u64,
        quiet: &Quiet,
        run: impl FnOnce() -> Result<Option<(Outcome, LastDecisions)>, Diagnostic>,
    ) -> Option<Trial> {
        let failed = |failure| Some(Trial { seed, failure: Some(Box::new(failure)), ..Trial::default() });
        match caught(quiet, run) {
            Err(panicked) => failed(Failure::of_panic(name, seed, &panicked)),
            Ok(Err(error)) => failed(Failure::of_plan(name, seed, &error)),
            Ok(Ok(outcome)) => {
                let (outcome, last) = outcome.filter(|(outcome, _)| outcome.ending != Ending::Interrupted)?;
                Some(Trial {
                    seed,
                    events: outcome.events,
                    virtual_nanos: outcome.virtual_time,
                    faults: outcome.faults.clone(),
                    reached: outcome.reached,
                    progress: match outcome.progress {
                        Some(Standing::Kept | Standing::Broken) => Progress::Judged,
                        Some(Standing::TooEarly { .. } | Standing::NotOwed { .. }) | None => {
                            Progress::Undecided
                        }
                    },
                    failure: Failure::of_outcome(name, seed, &outcome, &last).map(Box::new),
                })
            }
        }
    }
}
