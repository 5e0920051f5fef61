//! How far a sweep has come, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};
use zablab_sim::sweep::{Report, Timing};

/// A line on standard error that is drawn again and again; nothing where that is no terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    began: Instant,
    /// What had been done before, in an earlier sweep.
    runs: u64,
    virtual_nanos: u64,
}

impl Bar {
    pub(super) fn new(report: &Report) -> Bar {
        let bar = ProgressBar::new(report.order.part().count());
        // A template that is wrong would leave the plain bar.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} seeds, {msg}") {
            bar.set_style(style);
        }
        let tally = &report.state.tally;
        Bar { bar, began: super::now(), runs: tally.runs, virtual_nanos: tally.virtual_nanos }
    }

    pub(super) fn show(&self, report: &Report) {
        if self.bar.is_hidden() {
            return;
        }
        let tally = &report.state.tally;
        let since = zablab_sim::sweep::Tally {
            runs: tally.runs - self.runs,
            virtual_nanos: tally.virtual_nanos - self.virtual_nanos,
            ..Default::default()
        };
        let speed = Timing::new(1, self.began.elapsed().as_secs_f64(), &since);
        let part = report.order.part();
        #[allow(clippy::cast_precision_loss)] // It is an estimate.
        let left = (part.to - report.next) as f64 / speed.seeds_per_second.max(0.001);
        self.bar.set_position(report.next - part.from);
        self.bar.set_message(format!(
            "{:.0}/s, {:.0} virtual s/s, {} failed in {} ways, {} left",
            speed.seeds_per_second,
            speed.virtual_seconds_per_second,
            tally.failed,
            report.state.failures.len(),
            span(left)
        ));
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Something on a terminal while failures are made small; it goes when it is cleared.
pub(super) fn waiting(failures: usize) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    let what = if failures == 1 { "a failure".to_owned() } else { format!("{failures} failures") };
    spinner.set_message(format!("making {what} small"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// Seconds as people say them.
fn span(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 60.0 => format!("{seconds:.0} s"),
        seconds if seconds < 3600.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}
