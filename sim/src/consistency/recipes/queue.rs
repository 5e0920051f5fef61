//! The queue: what is taken was put, is taken once, and in the order in which it was put.

use crate::check::Property;
use crate::consistency::Finding;
use crate::consistency::words::told;
use crate::history::{Action, History, Outcome, Symbol};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// The recipe's promise.
pub const PROPERTY: Property = Property {
    name: "queue-keeps-its-order",
    says: "what is taken out of a queue was put in, is taken once, and in the order in which it was put in",
    source: "ZooKeeper's documentation, Recipes, Queues",
    test: "tests/recipes.rs::an_item_lost_doubled_swapped_or_invented_is_found",
};

type Map<K, V> = IndexMap<K, V, FxBuildHasher>;

/// The operations on one queue.
#[derive(Default)]
struct Queue {
    /// The puts by what they put.
    puts: Map<Symbol, usize>,
    takes: Vec<usize>,
}

/// What is put must be unique; a queue where it is not is passed over.
pub fn judge(history: &History) -> Vec<Finding> {
    let mut queues: Map<u32, Option<Queue>> = Map::default();
    for (at, op) in history.operations.iter().enumerate() {
        match (&*op.f, op.action) {
            ("put", Action::Write(item)) => {
                let queue = queues.entry(op.key).or_insert_with(|| Some(Queue::default()));
                if queue.as_mut().is_some_and(|queue| queue.puts.insert(item, at).is_some()) {
                    *queue = None;
                }
            }
            ("take", _) => {
                let queue = queues.entry(op.key).or_insert_with(|| Some(Queue::default()));
                queue.iter_mut().for_each(|queue| queue.takes.push(at));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    // A store's `put` is no queue's.
    for queue in queues.into_values().flatten().filter(|queue| !queue.takes.is_empty()) {
        queue.judge(history, &mut found);
    }
    found
}

impl Queue {
    fn judge(&self, history: &History, found: &mut Vec<Finding>) {
        let op = |at: usize| &history.operations[at];
        let mut tell = |what: &str, operations: Vec<usize>| {
            let told: Vec<String> = operations.iter().map(|at| told(history, *at)).collect();
            let sentence = format!("{what}: {}", told.join(" and "));
            found.push(Finding { property: PROPERTY.name, sentence, operations, prefix: Vec::new() });
        };
        let mut taken: Map<Symbol, usize> = Map::default();
        let mut line = Vec::new();
        for at in self.takes.iter().copied() {
            let item = op(at).result.filter(|_| op(at).outcome == Outcome::Ok);
            let Some(item) = item.filter(|item| history.text(*item) != "null") else { continue };
            if let Some(earlier) = taken.insert(item, at) {
                tell("taken twice", vec![at, earlier]);
            }
            match self.puts.get(&item) {
                Some(put) if op(*put).outcome != Outcome::Fail => {
                    let put = op(*put).zxid.filter(|_| op(*put).outcome == Outcome::Ok);
                    line.push((op(at).zxid, put, at));
                }
                _ => tell("taken and never put", vec![at]),
            }
        }
        // Where the put is acknowledged, its zxid says which number the item got.
        line.sort_unstable();
        let known: Vec<_> = line.iter().filter(|(zxid, put, _)| zxid.is_some() && put.is_some()).collect();
        for pair in known.windows(2).filter(|pair| pair[0].1 >= pair[1].1) {
            tell("taken out of order", vec![pair[1].2, pair[0].2]);
        }
        // Nobody passes over what is in line, unless a take of unknown outcome may have it.
        let lost = self.takes.iter().filter(|at| op(**at).outcome == Outcome::Info).count();
        let last = known.last().and_then(|(_, put, _)| *put);
        let left: Vec<usize> = self
            .puts
            .iter()
            .filter(|(item, _)| !taken.contains_key(*item))
            .map(|(_, put)| *put)
            .filter(|put| op(*put).outcome == Outcome::Ok && op(*put).zxid.is_some() && op(*put).zxid < last)
            .collect();
        if left.len() > lost {
            left.iter().for_each(|put| tell("passed over", vec![*put]));
        }
    }
}
