//! What is wrong with a part, in words, and the longest order that explains what came before.

use super::Model;
use super::part::Part;
use super::problem::Stuck;
use super::zones::Clash;
use crate::consistency::{Finding, Taken};
use crate::history::History;
use serde_json::Value;

const NAME: &str = "linearizable";

/// What a search found.
pub(super) fn stuck(history: &History, _: Model, _: &Value, part: &Part, stuck: &Stuck) -> Finding {
    Finding {
        property: NAME,
        sentence: format!(
            "no order explains the operation of line {}",
            history.operations[part.ops[stuck.op as usize].source as usize].lines.0
        ),
        operations: vec![part.ops[stuck.op as usize].source as usize],
        prefix: Vec::<Taken>::new(),
    }
}

/// What clashes in a part whose last completion is the guilty operation's.
pub(super) fn clash(history: &History, _: Model, _: &Value, part: &Part, clash: Clash) -> Finding {
    let operations = clash.operations().into_iter().map(|op| part.ops[op as usize].source as usize);
    let operations: Vec<usize> = operations.collect();
    let sentence = format!("{clash:?} {operations:?}");
    Finding { property: NAME, sentence, operations, prefix: Vec::new() }
}
