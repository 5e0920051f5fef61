//! What clients see of the machine: requests against a naive model, sessions, watches, and the client's own machine.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

#[allow(dead_code)] // Shared with the tests of the protocol's traps.
#[path = "../traps/harness/mod.rs"]
mod harness;

mod alike;
mod client;
mod connections;
mod model;
mod order;
mod pipelined;
mod recovery;
mod requests;
mod returns;
mod sessions;
mod user;
mod watches;
