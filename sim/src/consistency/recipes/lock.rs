//! The lock: nobody has it while somebody else has it.

use crate::check::Property;
use crate::consistency::Finding;
use crate::consistency::promises::Judged;
use crate::consistency::words::told;
use crate::history::{Action, History, Outcome};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;
use serde_json::Value;

/// The recipe's promise.
pub const PROPERTY: Property = Property {
    name: "lock-has-one-holder",
    says: "nobody has a lock while the session of somebody else that has it is alive",
    source: "ZooKeeper's documentation, Recipes, Locks",
    test: "tests/recipes.rs::two_holders_whose_sessions_are_alive_are_found",
};

type Map<K, V> = IndexMap<K, V, FxBuildHasher>;

/// Somebody has a lock: the operation that got it, from its answer to the event that ends it.
struct Held {
    op: usize,
    from: u32,
    to: u32,
}

/// Two have a lock at a time: a finding where the first one's session is known to be alive after the second got the lock,
/// since an answer that it gets later shows that; else a note. A client that stands still, or is cut off, goes on to
/// believe in a lock after its session has expired, and no lock service can prevent that.
///
/// A client has a lock from the answer that it has it until it begins to give it back; one that never does, because it was
/// killed or its session is over, until the last that it did.
pub fn judge(history: &History) -> Judged {
    let mut judged = Judged::default();
    if !history.operations.iter().any(|op| &*op.f == "lock") {
        return judged;
    }
    let (by_key, deleted) = (held(history), deleted_by_hand(history));
    for (key, mut spans) in by_key {
        spans.sort_unstable_by_key(|span| span.from);
        let mut longest: Option<&Held> = None;
        for span in &spans {
            if let Some(first) = longest.filter(|first| first.to > span.from) {
                let alive = alive_after(history, first, span).filter(|_| !deleted.contains(&key));
                let (one, other) = (told(history, first.op), told(history, span.op));
                let mut sentence = format!("{other} got a lock that {one} still had");
                let mut operations = vec![span.op, first.op];
                if let Some(alive) = alive {
                    sentence.push_str(&format!("; its session was alive: {}", told(history, alive)));
                    operations.push(alive);
                }
                let found = Finding { property: PROPERTY.name, sentence, operations, prefix: Vec::new() };
                if alive.is_some() { judged.findings.push(found) } else { judged.notes.push(found) }
            }
            longest = longest.filter(|first| first.to > span.to).or(Some(span));
        }
    }
    judged
}

/// Who has which lock when.
fn held(history: &History) -> Map<u32, Vec<Held>> {
    let mut last: Map<i64, u32> = Map::default();
    // Where each process begins to give back what.
    let mut unlocks: Map<(i64, u32), Vec<u32>> = Map::default();
    for op in &history.operations {
        let end = op.completed.unwrap_or(op.invoked);
        let latest = last.entry(op.process).or_insert(end);
        *latest = end.max(*latest);
        if &*op.f == "unlock" {
            unlocks.entry((op.process, op.key)).or_default().push(op.invoked);
        }
    }
    let mut held: Map<u32, Vec<Held>> = Map::default();
    for (at, op) in history.operations.iter().enumerate() {
        let (Some(from), "lock", Outcome::Ok) = (op.completed, &*op.f, op.outcome) else { continue };
        let to = unlocks
            .get(&(op.process, op.key))
            .and_then(|unlocks| unlocks.get(unlocks.partition_point(|begun| *begun <= from)).copied());
        let to = to.or_else(|| last.get(&op.process).copied()).unwrap_or(from);
        held.entry(op.key).or_default().push(Held { op: at, from, to });
    }
    held
}

/// An answer to the first holder, before it gives the lock back, by a server that had seen as much as the second one's:
/// had the session of the first been over, it would have been refused.
fn alive_after(history: &History, first: &Held, second: &Held) -> Option<usize> {
    let seen = history.operations[second.op].zxid?;
    let process = history.operations[first.op].process;
    history.operations.iter().position(|op| {
        op.process == process
            && op.outcome == Outcome::Ok
            && op.invoked < first.to
            && op.completed.is_some_and(|end| end > second.from)
            && op.zxid.is_some_and(|zxid| zxid >= seen)
    })
}

/// Locks whose znodes somebody deletes without the recipe.
fn deleted_by_hand(history: &History) -> IndexSet<u32, FxBuildHasher> {
    let mut locks = IndexSet::default();
    let mut deleted = |name: &str| {
        let parent = name.rsplit_once('/').and_then(|(parent, _)| history.keys.get_index_of(parent));
        locks.extend(parent.map(|at| at as u32));
    };
    for op in &history.operations {
        match (&*op.f, op.action) {
            ("delete", _) => deleted(&history.keys[op.key as usize]),
            ("multi", Action::Other(parts)) => {
                let parts: Vec<Value> = serde_json::from_str(history.text(parts)).unwrap_or_default();
                let deletes = parts.iter().filter(|part| part["f"] == "delete");
                deletes.filter_map(|part| part["key"].as_str()).for_each(&mut deleted);
            }
            _ => {}
        }
    }
    locks
}
