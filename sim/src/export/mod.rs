//! Runs for other tools to read: one folder a form, each made by an [`Observer`](crate::run::Observer).

pub mod zookeeper_log;

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Where it belongs, below the export's folder: `zk1/zk.log`.
    pub path: String,
    /// What is in it.
    pub text: String,
}
