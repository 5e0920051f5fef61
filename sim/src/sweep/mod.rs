//! Sweeps: a profile or a scenario under many seeds, on all cores, with failures of one kind put together.
//!
//! What runs come to is taken in in the order of their seeds, whoever ran them. So a sweep comes to the same with any
//! number of threads, stops at a seed and not at a moment, and what is known at any time is known of all seeds up to
//! one: that is all that has to be kept to go on later, and to put shards together again.

mod crew;
mod digits;
mod failure;
mod fingerprint;
mod folder;
mod junit;
mod merge;
mod panics;
mod report;
mod seeds;
mod shard;
mod store;
mod subject;
mod summary;
mod tally;
mod trial;

pub use failure::{Failure, OTHERS};
pub use fingerprint::LastDecisions;
pub use folder::{Folder, SMALL, reproduce};
pub use junit::junit;
pub use merge::merge;
pub use panics::{Panicked, Quiet, caught};
pub use report::{Ended, FORMAT, Order, Report, State, Station, Timing};
pub use seeds::Seeds;
pub use shard::Shard;
pub use store::{REPORT, read, save};
pub use subject::Subject;
pub use summary::summary;
pub use tally::{Extreme, Tally, Verdicts};
pub use trial::{Progress, Trial};

use crew::Flow;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

/// Looks at a sweep from outside while it goes on.
pub trait Watch {
    /// Why no other seed should be begun, if so. Those that are begun are finished.
    fn halt(&mut self) -> Option<Ended>;

    /// A seed failed as none before: `failures[at]`. An error stops the sweep.
    fn failed(&mut self, report: &Report, at: usize) -> io::Result<()>;

    /// Another seed was taken in. An error stops the sweep.
    fn went_on(&mut self, report: &Report) -> io::Result<()>;
}

/// Runs the seeds that are left, each by `work`, which gives nothing where it was broken off: soon after `stop` became
/// true. The sweep itself makes `stop` true when what is under way is of no interest any more.
pub fn sweep(
    report: &mut Report,
    jobs: NonZeroUsize,
    stop: &AtomicBool,
    work: &(dyn Fn(u64) -> Option<Trial> + Sync),
    watch: &mut dyn Watch,
) -> io::Result<()> {
    if report.is_over() {
        return Ok(());
    }
    let part = report.order.part();
    report.ended = Ended::UnderWay;
    let mut halted = None;
    let mut result = Ok(());
    crew::in_order(Seeds { from: report.next, to: part.to }, jobs, work, stop, |trial| {
        if let Some(trial) = trial {
            let is_new = report.take(&trial);
            result = if is_new { watch.failed(report, report.state.failures.len() - 1) } else { Ok(()) };
            if result.is_ok() {
                result = watch.went_on(report);
            }
            if result.is_err() || report.has_enough() {
                return Flow::Drop;
            }
        }
        halted = halted.or_else(|| watch.halt());
        if halted.is_some() { Flow::Finish } else { Flow::On }
    });
    report.ended = match halted {
        _ if report.has_enough() => Ended::Failures,
        _ if report.next == part.to => Ended::Complete,
        halted => halted.unwrap_or(Ended::Interrupted),
    };
    result
}
