//! Runs for other tools to read: one file or folder a form. Log files are made by an [`Observer`](crate::run::Observer), all else
//! from a [`Recording`](crate::recording::Recording).

pub mod dot;
mod events;
pub mod jepsen;
pub mod mermaid;
pub mod perfetto;
pub mod shiviz;
pub mod zookeeper_log;

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Where it belongs, below the export's folder: `zk1/zk.log`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A recording, written in another tool's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What that tool reads.
    pub text: String,
    /// What somebody who reads it should know, a sentence each: what is left out and why. The text says it, too.
    pub remarks: Vec<String>,
}

/// How somebody sees what was left out.
const NARROW: &str = "--from and --to narrow the window";
