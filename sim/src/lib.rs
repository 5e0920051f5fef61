//! The world that drives ZooKeeper servers.
pub mod check;
pub mod ensemble;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod trace;
pub mod view;
