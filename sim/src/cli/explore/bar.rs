//! How far a search has come, on a terminal.

use super::super::clock::now;
use super::memory::size;
use indicatif::ProgressBar;
use std::time::{Duration, Instant};
use zablab_sim::explore::Search;

/// A line on standard error that is drawn again and again; nothing where that is no terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    began: Instant,
    shown: Instant,
}

impl Bar {
    pub(super) fn new() -> Bar {
        let bar = ProgressBar::new_spinner();
        Bar { bar, began: now(), shown: now() }
    }

    pub(super) fn show(&mut self, search: &Search<'_>, memory: usize) {
        if self.bar.is_hidden() || self.shown.elapsed() < Duration::from_millis(100) {
            return;
        }
        self.shown = now();
        let (states, left) = (search.states(), search.states() - search.looked_at());
        #[allow(clippy::cast_precision_loss)] // It is an estimate.
        let speed = states as f64 / self.began.elapsed().as_secs_f64().max(0.001);
        let depth = search.depth();
        self.bar.set_message(format!(
            "{states} states, {left} to look at, depth {depth}, {speed:.0}/s, {}",
            size(memory)
        ));
        self.bar.tick();
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
