//! The wall clock, of commands alone: for limits, progress and speed. No outcome of a run, nor a verdict, is decided by it.

use std::fs;
use std::sync::OnceLock;
use std::time::Instant;

/// The present.
#[allow(clippy::disallowed_methods)]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// The seconds of a processor that this thread has had; those of the wall clock where the system does not say.
pub(super) fn cpu_seconds() -> f64 {
    let said = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = said.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    #[allow(clippy::cast_precision_loss)] // It is a measurement.
    nanos.map_or_else(wall_seconds, |nanos| nanos as f64 / 1e9)
}

fn wall_seconds() -> f64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(now).elapsed().as_secs_f64()
}
