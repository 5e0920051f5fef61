//! Explorations as a user calls them: what they print, how they exit, what they refuse.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod broken;
mod counterexamples;
mod harness;
mod limits;
mod table;
mod words;
