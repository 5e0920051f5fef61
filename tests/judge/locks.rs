//! The lock recipe, judged from the history: nobody has a lock while somebody else has it.

use crate::ops::{Op, ops};
use std::collections::BTreeMap;
use zablab_sim::history::Event;

/// What went wrong. A client has a lock from the answer that it has it until it begins to give it back; one that never
/// does, because it was killed or its session is over, until the last that it did.
pub(crate) fn judge(history: &[Event]) -> Vec<String> {
    let ops = ops(history);
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    last.extend(history.iter().enumerate().map(|(at, event)| (event.process, at)));
    let mut held: BTreeMap<&str, Vec<(usize, usize, &Op<'_>)>> = BTreeMap::new();
    for op in ops.iter().filter(|op| op.begin.f == "lock" && op.ok().is_some()) {
        let Some((from, _)) = op.end else { continue };
        let gives_back = |other: &&Op<'_>| {
            let (one, other) = (op.begin, other.begin);
            other.f == "unlock" && (one.process, &one.key) == (other.process, &other.key)
        };
        let to = ops.iter().filter(gives_back).map(|op| op.begun).find(|begun| *begun > from);
        held.entry(&*op.begin.key).or_default().push((from, to.unwrap_or(last[&op.begin.process]), op));
    }
    let mut wrong = Vec::new();
    for spans in held.values_mut() {
        spans.sort_by_key(|(from, ..)| *from);
        let mut longest: Option<(usize, &Op<'_>)> = None;
        for (from, to, op) in spans {
            if let Some((until, other)) = longest.filter(|(until, _)| until > from) {
                let until = until + 1;
                wrong.push(format!("two have a lock: {}, until line {until}; {}", other.told(), op.told()));
            }
            longest = longest.filter(|(until, _)| *until > *to).or(Some((*to, op)));
        }
    }
    wrong
}
