//! What a person sees of a run. Every view is made from the same stream of steps.

mod captions;
mod clients;
mod faults;
mod folds;
mod hops;
mod lecture;
mod lineage;
mod marks;
mod paper;
mod step;
mod story;
mod table;
mod why;
mod words;

pub(crate) use captions::Captions;
pub(crate) use clients::reply_words;
pub(crate) use faults::fault;
pub(crate) use folds::Folds;
pub(crate) use lecture::decision_words;
pub use lecture::{Lecture, Told, Weight};
pub(crate) use lineage::ancestor;
pub use lineage::{Ancestor, lineage};
pub(crate) use marks::Marks;
pub use paper::{Ink, cut, paragraph};
pub(crate) use step::told;
pub use story::{Listener, Printed, Story};
pub use table::table;
pub(crate) use why::touched;
pub use why::{Account, Why};
pub(crate) use words::{Names, in_a_row};

/// Virtual time as a story shows it: seconds with three decimals.
pub fn seconds(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1_000_000_000, nanos / 1_000_000 % 1000)
}
