//! A history as the promises see it.

use crate::consistency::Finding;
use crate::consistency::words::told;
use crate::history::{History, Operation, Outcome};

/// What kind of request an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Sync,
    /// One transaction; its answer carries that one's zxid.
    Write,
    /// Several requests, so that others of its session end in its midst; the last is a transaction.
    RecipeWrite,
    /// Several requests; the last shows something.
    Recipe,
    /// Shows something else than data.
    Other,
}

/// Kinds and events of a history.
pub(super) struct View<'h> {
    pub(super) history: &'h History,
    pub(super) kinds: Vec<Kind>,
    /// Invokes and completions in the order of the events: the operation, and whether it ends.
    pub(super) moments: Vec<(u32, bool)>,
    /// Of each operation the acknowledged write with the highest zxid before it began.
    pub(super) before: Vec<Option<(i64, u32)>>,
}

impl<'h> View<'h> {
    pub(super) fn new(history: &'h History) -> View<'h> {
        let kinds: Vec<Kind> = history.operations.iter().map(|op| kind(history, op)).collect();
        let mut moments = vec![(0, false); history.events as usize];
        for (at, op) in (0..).zip(&history.operations) {
            moments[op.invoked as usize] = (at, false);
            if let Some(completed) = op.completed {
                moments[completed as usize] = (at, true);
            }
        }
        let mut view = View { history, kinds, moments, before: Vec::new() };
        view.before = view.highest_before(View::is_write);
        view
    }

    /// Of each operation the answer with the highest zxid, of those that `counts`, before it began.
    pub(super) fn highest_before(
        &self,
        counts: impl Fn(&View<'h>, usize) -> bool,
    ) -> Vec<Option<(i64, u32)>> {
        let mut before = vec![None; self.kinds.len()];
        let mut highest: Option<(i64, u32)> = None;
        for (at, ended) in &self.moments {
            let place = *at as usize;
            if !ended {
                before[place] = highest;
            } else if let Some(zxid) = self.op(place).zxid.filter(|_| counts(self, place))
                && highest.is_none_or(|(highest, _)| zxid > highest)
            {
                highest = Some((zxid, *at));
            }
        }
        before
    }

    /// Whether any answer carries a zxid.
    pub(super) fn has_zxids(&self) -> bool {
        self.history.operations.iter().any(|op| op.zxid.is_some())
    }

    /// Whether an answer to a read or a write carries none.
    pub(super) fn lacks_zxids(&self) -> bool {
        self.history.operations.iter().zip(&self.kinds).any(|(op, kind)| {
            op.outcome == Outcome::Ok && op.zxid.is_none() && matches!(kind, Kind::Read | Kind::Write)
        })
    }

    pub(super) fn op(&self, at: usize) -> &'h Operation {
        &self.history.operations[at]
    }

    /// Whether its answer carries the zxid of a transaction of its own. A write that fails is one, too (protocol reference
    /// §8.1).
    pub(super) fn is_write(&self, at: usize) -> bool {
        matches!(self.kinds[at], Kind::Write | Kind::RecipeWrite)
    }

    pub(super) fn is_recipe(&self, at: usize) -> bool {
        matches!(self.kinds[at], Kind::RecipeWrite | Kind::Recipe)
    }

    pub(super) fn told(&self, at: usize) -> String {
        told(self.history, at)
    }
}

fn kind(history: &History, op: &Operation) -> Kind {
    match &*op.f {
        "read" | "get" => Kind::Read,
        "sync" => Kind::Sync,
        "write" | "cas" | "create" | "ephemeral" | "delete" | "check" | "multi" => Kind::Write,
        "put" | "unlock" => Kind::RecipeWrite,
        "take" => {
            let took =
                op.outcome == Outcome::Ok && op.result.is_some_and(|item| history.text(item) != "null");
            if took { Kind::RecipeWrite } else { Kind::Recipe }
        }
        "lock" => Kind::Recipe,
        _ => Kind::Other,
    }
}

/// What is wrong, by two operations or three; the guilty one first.
pub(super) fn finding(property: &'static str, operations: Vec<usize>, sentence: String) -> Finding {
    Finding { property, sentence, operations, prefix: Vec::new() }
}
