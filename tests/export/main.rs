//! Runs in the form of other tools: that every run has one, that it is the same one each time, and what it says.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod against_real;
mod command;
mod dot;
mod jepsen;
mod mermaid;
mod perfetto;
mod recordings;
mod shiviz;
mod zookeeper_log;
