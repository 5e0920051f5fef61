//! The world that drives ZooKeeper servers: see ARCHITECTURE.md for the house in one picture.

pub mod bugs;
pub mod bundled;
pub mod check;
pub mod conform;
pub mod consistency;
pub mod ensemble;
pub mod export;
pub mod history;
pub mod judges;
pub mod liveness;
pub mod moment;
pub mod probe;
pub mod recording;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod score;
pub mod shrink;
pub mod storm;
pub mod sweep;
pub mod trace;
pub mod turning_point;
pub mod view;
pub mod whatif;
pub mod zoo_cfg;
