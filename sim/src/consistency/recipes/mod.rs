//! Recipes on znodes (ZooKeeper's documentation, Recipes), judged from what their users saw.

pub mod lock;
pub mod queue;
