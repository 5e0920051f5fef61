//! The queue recipe, judged from the history: what is taken was put, is taken once, and in the order in which it was put.

use crate::ops::ops;
use std::collections::BTreeMap;
use zablab_sim::history::{Event, Type};

/// What went wrong. What is put must be unique.
pub(crate) fn judge(history: &[Event]) -> Vec<String> {
    let ops = ops(history);
    let mut wrong = Vec::new();
    let mut queues: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for op in ops.iter().filter(|op| matches!(op.begin.f, "put" | "take")) {
        queues.entry(&*op.begin.key).or_default().push(op);
    }
    for queue in queues.into_values() {
        let puts: BTreeMap<String, _> = queue
            .iter()
            .filter(|op| op.begin.f == "put")
            .map(|op| (op.begin.value.to_string(), *op))
            .collect();
        let mut takes: BTreeMap<String, _> = BTreeMap::new();
        let mut line = Vec::new();
        for op in queue.iter().filter(|op| op.begin.f == "take") {
            let Some(item) = op.ok().map(|end| &end.value).filter(|item| !item.is_null()) else { continue };
            if let Some(earlier) = takes.insert(item.to_string(), *op) {
                wrong.push(format!("taken twice: {}; {}", earlier.told(), op.told()));
            }
            match puts.get(&item.to_string()) {
                Some(put) if put.end.is_none_or(|(_, end)| end.kind != Type::Fail) => {
                    line.push((op.zxid(), put.zxid().filter(|_| put.ok().is_some()), *op));
                }
                _ => wrong.push(format!("never put: {}", op.told())),
            }
        }
        // Where the put is acknowledged, its zxid says which number the item got.
        line.sort_by_key(|(taken, ..)| *taken);
        let known: Vec<_> = line.iter().filter(|(_, put, _)| put.is_some()).collect();
        for pair in known.windows(2).filter(|pair| pair[0].1 >= pair[1].1) {
            wrong.push(format!("out of order: {}; {}", pair[0].2.told(), pair[1].2.told()));
        }
        // Nobody passes over what is in line, unless a take of unknown outcome may have it.
        let lost =
            queue.iter().filter(|op| op.begin.f == "take").filter(|op| !is_known(op.end.map(|(_, end)| end)));
        let (lost, last) = (lost.count(), known.last().and_then(|(_, put, _)| *put));
        let left: Vec<_> = puts
            .iter()
            .filter(|(item, put)| !takes.contains_key(*item) && put.ok().is_some() && put.zxid() < last)
            .collect();
        if left.len() > lost {
            wrong.extend(left.iter().map(|(_, put)| format!("passed over: {}", put.told())));
        }
    }
    wrong
}

fn is_known(end: Option<&Event>) -> bool {
    end.is_some_and(|end| end.kind != Type::Info)
}
