//! What a run leaves behind: its digest, and on request every step.

mod file;
mod hash;
mod record;

pub(crate) use file::differences as differing_fields;
pub use file::{Difference, FORMAT, Header, Replay, Replayed, TraceError, TraceWriter};
pub use hash::RunHash;
pub(crate) use hash::{Digests, Words};
pub(crate) use record::record;
