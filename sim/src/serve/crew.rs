//! Few runs at once, few that wait, and an end to each: what is asked beyond that is refused at once, so that a flood costs nothing.

use super::refusal::Refusal;
use hyper::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Those who run.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    /// A seat for each that runs or waits.
    seats: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// A run that takes longer is stopped, and what there is of it is shown.
    limit: Duration,
}

/// Becomes true when nobody wants the outcome any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Crew {
    /// So many at once, and so many more that wait.
    pub(super) fn new(running: usize, waiting: usize, limit: Duration) -> Crew {
        let seats = Arc::new(Semaphore::new(running + waiting));
        Crew { seats, turns: Arc::new(Semaphore::new(running)), limit }
    }

    /// Does a piece of work when its turn comes. The flag tells it to end soon.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<AtomicBool>) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let busy = || {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many runs are asked for at once; try again")
        };
        // Neither is ever closed.
        let seat = self.seats.clone().try_acquire_owned().map_err(|_| busy())?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| busy())?;
        let stop = Stop(Arc::default());
        let flag = stop.0.clone();
        let mut done = tokio::task::spawn_blocking(move || {
            let done = work(flag);
            drop((turn, seat));
            done
        });
        let found = match tokio::time::timeout(self.limit, &mut done).await {
            Ok(found) => found,
            Err(_) => {
                drop(stop);
                done.await
            }
        };
        found.map_err(|error| {
            tracing::error!(%error, "a request ended in a panic");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "a fault of zablab's own; the server goes on")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn a_panic_ends_one_request() {
        block_on(async {
            let crew = Crew::new(1, 0, Duration::from_secs(60));
            let failed = crew.work::<()>(|_| panic!("on purpose")).await.unwrap_err();
            assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(crew.work(|_| 7).await, Ok(7));
        });
    }

    #[test]
    fn what_is_too_much_is_refused_at_once() {
        block_on(async {
            let crew = Crew::new(1, 1, Duration::from_secs(60));
            let (go, held) = mpsc::channel::<()>();
            let (begun, begins) = mpsc::channel();
            let of = crew.clone();
            let first = tokio::spawn(async move {
                of.work(move |_| {
                    begun.send(()).unwrap();
                    held.recv().unwrap();
                })
                .await
            });
            tokio::task::yield_now().await;
            begins.recv().unwrap();
            let of = crew.clone();
            let second = tokio::spawn(async move { of.work(|_| 2).await });
            tokio::task::yield_now().await;
            assert_eq!(crew.work(|_| 3).await.unwrap_err().status, StatusCode::SERVICE_UNAVAILABLE);
            go.send(()).unwrap();
            assert_eq!(first.await.unwrap(), Ok(()));
            assert_eq!(second.await.unwrap(), Ok(2));
            assert_eq!(crew.work(|_| 4).await, Ok(4));
        });
    }

    #[test]
    fn what_takes_too_long_is_told_to_end() {
        block_on(async {
            let crew = Crew::new(1, 0, Duration::ZERO);
            let ended = crew.work(|stop| {
                while !stop.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                "stopped"
            });
            assert_eq!(ended.await, Ok("stopped"));
        });
    }
}
