//! Sweeps as a user calls them: what they print, what they leave behind, how they exit, and that what they come to
//! depends on neither the number of jobs, nor on interruptions, nor on how they are divided.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod failures;
mod harness;
mod resume;
mod shards;
mod words;
