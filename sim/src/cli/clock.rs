//! The wall clock, of commands alone: for limits, progress and speed. No outcome of a run, nor a verdict, is decided by it.

use std::time::Instant;

/// The present.
#[allow(clippy::disallowed_methods)]
pub(super) fn now() -> Instant {
    Instant::now()
}
