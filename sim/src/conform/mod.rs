//! Held against the real thing: logs of real servers, read, replayed against the machine, and compared with it.

mod cause;
mod clock;
mod clocks;
mod counts;
pub mod course;
pub mod event;
mod fields;
mod find;
pub mod judge;
mod line;
mod members;
mod message;
mod prefixes;
mod read;
mod release;
pub mod replay;
pub mod report;
mod source;
pub mod story;
mod stream;
mod thread;
pub mod together;
mod txns;
mod words;

pub use counts::{Counts, Odd};
pub use find::{Found, Source, find};
pub use members::{Member, Members};
pub use read::{Ensemble, Reading, ServerLog, Visit, read};
pub use release::{Release, Version};
pub use source::Skipped;
pub use stream::{Entries, open};
pub use txns::{TxnFile, TxnLine, Txns};
