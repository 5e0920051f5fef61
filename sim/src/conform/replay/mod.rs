//! The log of one server against the machine: which of its states can have written the next line?
//!
//! A log shows some of what came to a server, and some of what it did. So the machine is driven by the log: each line
//! is an input (a notification that came, a connection that broke), or it is something that the machine must do next, after
//! inputs that nobody logs (a message looked at, a timer, a packet of the leader's, transactions). All states that
//! can have written the lines so far are kept; where none is left, log and machine disagree.

mod boot;
mod context;
mod election;
mod explain;
mod leader;
mod learner;
mod record;
mod search;
mod transactions;
mod world;

pub use context::Reigns;
pub use record::{Step, When};
pub use search::{Disagreement, End, Replayed, Subject, replay};

use world::World;

/// The states behind a line, or what the machine would have done.
type Successors = Result<Vec<World>, String>;

fn some(found: Vec<World>, otherwise: impl FnOnce() -> String) -> Successors {
    if found.is_empty() { Err(otherwise()) } else { Ok(found) }
}
