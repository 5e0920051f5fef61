//! The protocol's traps (protocol reference §17): rules that are easy to implement wrong, each held against the
//! machine from outside. A test is named after the number of its trap.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod broadcast;
mod discovery;
mod election;
mod fuzzy;
#[allow(dead_code, unused_imports)] // Shared with the tests of what clients see.
mod harness;
mod observers;
mod sync;
