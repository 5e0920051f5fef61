//! Histories: the judges of the four promises speak when one is broken, and what is written has the form that the front
//! page of `zablab_sim::history` describes.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod form;
mod trips;

use zablab_sim::history::Event;
use zablab_sim::run::{Ending, Outcome, Run};
use zablab_sim::scenario::Scenario;

/// Clients that read, write and synchronize, whatever happens to their servers.
const BUSY: &str = "\
ensemble zk1 zk2 zk3
set tickTime 500
workload w clients 5 keys 3 operations 400 reads 4 writes 3 cas 3 sync-reads 2 think 1ms..100ms timeout 3s
at 0s start all
at 3s start w
at 5s kill leader
at 7s start all
at 9s cut zk1 from zk2 zk3
at 10s restart w2
at 14s heal
at 15s pause w3
at 22s resume w3
at 23s cut w4 from all
at 30s heal
by 90s expect pending 0
at 90s expect available
";

fn run(text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Run::new("test", text, &scenario, seed).unwrap().finish(&mut []).unwrap();
    assert_eq!((&outcome.violations[..], &outcome.unmet[..]), (&[][..], &[][..]), "seed {seed}:\n{text}");
    assert_eq!(outcome.ending, Ending::Complete);
    assert_eq!(outcome.findings, [], "seed {seed}:\n{text}");
    outcome
}

fn busy(seed: u64) -> Vec<Event> {
    run(BUSY, seed).history
}
