//! The recordings that every form is tried on: those of all bundled scenarios, under their own seed or 0.

use std::sync::LazyLock;
use zablab_sim::bundled;
use zablab_sim::recording::{Limits, Recording, record};
use zablab_sim::scenario::Scenario;

static ALL: LazyLock<Vec<Recording>> =
    LazyLock::new(|| bundled::SCENARIOS.iter().map(|(name, _)| of(name, 0, u64::MAX)).collect());

/// Each of them, from beginning to end.
pub(crate) fn all() -> impl Iterator<Item = &'static Recording> {
    ALL.iter()
}

/// One of them, from a time on and up to another.
pub(crate) fn of(name: &str, from: u64, to: u64) -> Recording {
    made(name, bundled::find(name).unwrap(), from, to)
}

/// That of a text.
pub(crate) fn made(name: &str, text: &str, from: u64, to: u64) -> Recording {
    let scenario = Scenario::parse(name, text).unwrap();
    record(name, text, &scenario, scenario.seed(), from..=to, Limits::default()).unwrap()
}

/// A window in the middle of each.
pub(crate) fn windows() -> impl Iterator<Item = Recording> {
    all().map(|whole| of(&whole.name, whole.to / 3, whole.to / 3 * 2))
}
