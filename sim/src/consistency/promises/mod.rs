//! ZooKeeper's promises to its clients. It is not linearizable: a server answers reads from its own tree, however old
//! that is. What it does promise is judged here, a promise a file:
//!
//! | promise | file |
//! | --- | --- |
//! | linearizable writes | [`writes`] |
//! | FIFO client order | [`fifo`] |
//! | reads of a prefix | [`prefix`] |
//! | sync, then read | [`sync`] |
//!
//! Where answers carry zxids, a sort and a sweep decide each; where they do not, values that are written once do ([`hidden`]).

mod facts;
pub mod fifo;
pub mod hidden;
pub mod prefix;
pub mod sync;
mod view;
pub mod writes;

pub use sync::Excuse;

use super::{Finding, Verdict};
use crate::history::History;
use view::View;

/// What came of judging a history by the promises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// What is broken; of each promise no more than the first [`MOST`].
    pub findings: Vec<Finding>,
    /// What looks broken and is not owed.
    pub notes: Vec<Finding>,
    /// Why not everything could be decided, if so.
    pub unknown: Option<String>,
}

impl Judged {
    /// A finding outweighs what could not be decided.
    pub fn verdict(&self) -> Verdict {
        match (self.findings.is_empty(), &self.unknown) {
            (false, _) => Verdict::Violated,
            (true, Some(_)) => Verdict::Unknown,
            (true, None) => Verdict::Holds,
        }
    }
}

/// How many findings of one promise are told.
pub const MOST: usize = 20;

/// Judges a history whose znodes hold no data at first, and in which every change of the znodes that are read is an
/// operation.
pub fn judge(history: &History, excuses: &[Excuse]) -> Judged {
    judge_from(history, "null", excuses)
}

/// The same where every znode holds something at first: `initial`, in its JSON text.
pub fn judge_from(history: &History, initial: &str, excuses: &[Excuse]) -> Judged {
    let view = View::new(history);
    let mut judged = Judged::default();
    judged.findings.extend(fifo::judge(&view));
    if view.has_zxids() {
        judged.findings.extend(writes::judge(&view));
        judged.findings.extend(prefix::judge(&view, initial));
        sync::judge(&view, excuses, &mut judged);
        if judged.findings.is_empty() {
            judged.findings.extend(prefix::future(&view));
        }
    }
    if judged.findings.is_empty() && view.lacks_zxids() {
        hidden::judge(&view, initial, excuses, &mut judged);
    }
    judged
}
