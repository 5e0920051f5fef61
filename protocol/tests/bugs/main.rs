//! ZooKeeper's historical bugs, put back by [`zablab_protocol::Defect`]: what each makes the machine do, and that it does
//! not do so without. A test is named after the bug's number.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

#[allow(dead_code, unused_imports)] // Shared with the tests of the protocol's traps.
#[path = "../traps/harness/mod.rs"]
mod harness;

mod discovery;
mod election;
mod leader;
mod orders;
mod recovery;

use harness::Cluster;
use zablab_protocol::{Defect, Settings};

/// `n` participants that have these faults, or none.
fn cluster(n: i64, faulty: bool, defects: &[Defect]) -> Cluster {
    let defects = defects.iter().copied().filter(|_| faulty).collect();
    Cluster::with(n, 0, Settings { defects, ..Settings::default() })
}
