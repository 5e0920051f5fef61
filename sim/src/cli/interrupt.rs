//! Ctrl-C: somebody wants the end, with what was found.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// A flag that becomes true at the first Ctrl-C. Whoever asks gets the same one.
pub(super) fn flag() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(stop) = STOP.get() {
        return Ok(stop.clone());
    }
    let stop = Arc::new(AtomicBool::new(false));
    let handler = stop.clone();
    ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed))?;
    Ok(STOP.get_or_init(|| stop).clone())
}
