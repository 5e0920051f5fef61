//! What a run leaves behind: its digest, and on request every step.

mod hash;

pub use hash::RunHash;
