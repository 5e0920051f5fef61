//! What a run leaves behind: its digest, and on request every step.

mod file;
mod hash;
mod record;

pub use file::{Difference, FORMAT, Header, Replay, Replayed, TraceError, TraceWriter};
pub use hash::RunHash;
pub(crate) use hash::Words;
