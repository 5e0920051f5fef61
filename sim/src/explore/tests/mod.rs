//! The engine from within.

mod same_machine;

use crate::check::Checks;
use crate::ensemble::{Action, Ensemble};
use crate::run::{Handles, Reached, Run};
use crate::scenario::Scenario;

/// The state that a scenario reaches: the ensemble itself, when, and as the monitors know it.
fn reached(text: &str) -> (Ensemble, u64, Checks) {
    let scenario = Scenario::parse("test", text).unwrap();
    let run = Run::new("test", text, &scenario, 0).unwrap();
    let Reached { mut ensemble, checks, at, .. } = run.reach(Handles::ByPair).unwrap();
    ensemble.apply(&Action::ReleaseAll, &mut Vec::new());
    (ensemble, at, checks)
}
