//! The promises where zxids are hidden. Values that are written once tell which write a read has seen. Writes happen in
//! their real time, every session's operations in its order, and a read sees no more than what was asked for by its end: an
//! order of all operations that keeps this is *ordered sequential consistency*, which is the first three promises together.
//!
//! Whether there is such an order is hard in general (Gibbons and Korach 1997, testing sequential consistency with a known
//! mapping from reads to writes). Here every conclusion that must hold is drawn until nothing new follows; a cycle among
//! them is a violation. Where there is none, a search builds the order. It is given so many steps; what is then undecided
//! is unknown.

mod graph;
mod problem;
mod search;
mod solve;
#[cfg(test)]
mod tests;
mod windows;

use super::sync;
use super::view::View;
use super::{Excuse, Judged};
use crate::check::Property;
use crate::consistency::Finding;
use problem::Problem;

/// The promise.
pub const PROPERTY: Property = Property {
    name: "ordered-sequential-consistency",
    says: "one order of all operations explains what was read, keeps every session's order, and the real time of writes",
    source: "Lev-Ari, Bortnikov, Keidar and Shraer, Composing ordered sequential consistency (2017); checkers reference §4",
    test: "sim/src/consistency/promises/hidden/tests.rs::a_session_that_goes_back_is_a_cycle",
};

/// What can be said of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    /// There is an order.
    Holds,
    /// There is none.
    Violated(Finding),
    /// Neither was shown; why.
    Unknown(String),
}

pub(super) fn judge(view: &View<'_>, initial: &str, excuses: &[Excuse], judged: &mut Judged) {
    let mut problem = Problem::of(view, initial);
    if !problem.findings.is_empty() {
        return judged.findings.append(&mut problem.findings);
    }
    if let Some(why) = problem.passed_over.take() {
        judged.unknown.get_or_insert(why);
    }
    match solve::solve(view, &problem, PROPERTY.name) {
        Answer::Violated(finding) => return judged.findings.push(finding),
        Answer::Unknown(why) => {
            judged.unknown.get_or_insert(why);
        }
        Answer::Holds => {}
    }
    if problem.synchronize(view, excuses) {
        match solve::solve(view, &problem, sync::PROPERTY.name) {
            Answer::Violated(finding) => judged.findings.push(finding),
            Answer::Unknown(why) => {
                judged.unknown.get_or_insert(why);
            }
            Answer::Holds => {}
        }
    }
}
