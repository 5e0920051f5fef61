//! Threads that work on seeds, and give what came of them in the order of the seeds.

use super::Seeds;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How far the fastest thread may run ahead of the slowest: what bounds the memory of results that wait.
const AHEAD: u64 = 4096;

/// How often somebody who waits for results is asked how to go on.
const TICK: Duration = Duration::from_millis(100);

/// How to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// With the next seed.
    On,
    /// With those that are begun, and no others.
    Finish,
    /// Not at all: what is begun is of no interest any more.
    Drop,
}

/// Does the work of each seed on so many threads; `take` gets what came of it in the order of the seeds, or `None` when
/// nothing came for a while. Work that gives `None` was broken off, and ends it all.
pub(super) fn in_order<T: Send>(
    seeds: Seeds,
    jobs: NonZeroUsize,
    work: &(dyn Fn(u64) -> Option<T> + Sync),
    stop: &AtomicBool,
    mut take: impl FnMut(Option<T>) -> Flow,
) {
    let (closed, next) = (AtomicBool::new(false), AtomicU64::new(0));
    let (taken, moved) = (Mutex::new(0_u64), Condvar::new());
    let wait = |place: u64| {
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        while place >= taken.saturating_add(AHEAD) && !stop.load(Ordering::Relaxed) {
            taken = moved.wait_timeout(taken, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    };
    let run = |results: mpsc::Sender<(u64, Option<T>)>| {
        while !closed.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= seeds.count() {
                break;
            }
            wait(place);
            if results.send((place, work(seeds.from + place))).is_err() {
                break;
            }
        }
    };
    // Whether all is over.
    let heed = |flow| {
        match flow {
            Flow::On => {}
            Flow::Finish => closed.store(true, Ordering::Relaxed),
            Flow::Drop => stop.store(true, Ordering::Relaxed),
        }
        flow == Flow::Drop
    };
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..jobs.get() {
            let (run, sender) = (&run, sender.clone());
            scope.spawn(move || run(sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut place = 0;
        loop {
            match results.recv_timeout(TICK) {
                Ok((at, result)) => drop(waiting.insert(at, result)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if !waiting.contains_key(&place) && heed(take(None)) {
                return;
            }
            while let Some(result) = waiting.remove(&place) {
                place += 1;
                if heed(result.map_or(Flow::Drop, |result| take(Some(result)))) {
                    return;
                }
            }
            *taken.lock().unwrap_or_else(PoisonError::into_inner) = place;
            moved.notify_all();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    /// What was taken when the seed `last` makes an end in that way.
    fn taken(number: usize, last: u64, flow: Flow) -> Vec<u64> {
        let mut all = Vec::new();
        let seeds = Seeds { from: 10, to: 20_000 };
        in_order(seeds, jobs(number), &|seed| Some(seed), &AtomicBool::new(false), |seed| {
            all.extend(seed);
            if seed == Some(last) { flow } else { Flow::On }
        });
        all
    }

    #[test]
    fn results_come_in_order_and_whole() {
        for number in [1, 2, 7] {
            assert_eq!(taken(number, u64::MAX, Flow::On), (10..20_000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_comes_behind_a_drop_and_no_gap_behind_a_finish() {
        for number in [1, 2, 7] {
            assert_eq!(taken(number, 500, Flow::Drop), (10..=500).collect::<Vec<_>>());
            let all = taken(number, 500, Flow::Finish);
            assert!(all.len() >= 491 && all == (10..10 + all.len() as u64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn work_that_is_broken_off_ends_it() {
        let mut all = Vec::new();
        let seeds = Seeds { from: 0, to: 100 };
        let work = |seed| (seed != 7).then_some(seed);
        in_order(seeds, jobs(3), &work, &AtomicBool::new(false), |seed| {
            all.extend(seed);
            Flow::On
        });
        assert_eq!(all, (0..7).collect::<Vec<_>>());
    }
}
