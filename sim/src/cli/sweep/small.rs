//! The lowest seed of each distinct failure, made small.

use super::now;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{fs, io};
use zablab_sim::shrink::shrink;
use zablab_sim::sweep::{Failure, Quiet, SMALL, Subject, caught};

/// Makes those failures small that are not yet, as many at once as there are jobs, each within a time; `stop` ends all
/// of them with the best so far. A plan that is wrong stays as it is.
pub(super) fn make_small(
    subject: &Subject,
    out: &Path,
    failures: &[Failure],
    jobs: NonZeroUsize,
    each: Duration,
    stop: &AtomicBool,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let quiet = Quiet::begin();
    let work = || {
        while let Some(failure) = failures.get(next.fetch_add(1, Ordering::Relaxed)) {
            let path = out.join(&failure.folder).join(SMALL);
            if stop.load(Ordering::Relaxed) || path.exists() {
                continue;
            }
            // A panic here is a fault of the shrinker itself; those of runs it catches.
            let Ok(Some(text)) = caught(&quiet, || small(subject, failure, each, stop)) else { continue };
            if let Err(error) = fs::write(&path, text) {
                let error =
                    io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()));
                *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(failures.len()) {
            scope.spawn(work);
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// The small scenario of a failure, if there is one.
fn small(subject: &Subject, failure: &Failure, each: Duration, stop: &AtomicBool) -> Option<String> {
    let began = now();
    let spent = || stop.load(Ordering::Relaxed) || began.elapsed() >= each;
    let plan = subject.plan(failure.seed).ok()?;
    let property = Some(&*failure.property);
    let shrunk = shrink(subject.name(), &plan, failure.seed, property, &spent, &mut |_| {}).ok()?;
    Some(shrunk.scenario.to_string())
}
