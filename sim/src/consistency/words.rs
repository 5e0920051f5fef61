//! An operation in words, as every finding tells it.

use crate::history::{Action, History, Operation, Outcome};
use zablab_protocol::Zxid;

/// What was asked for, what came of it, by whom, and where in the source.
pub(crate) fn told(history: &History, at: usize) -> String {
    let op = &history.operations[at];
    let key = &history.keys[op.key as usize];
    let mut text = format!("{} {key}", op.f);
    match op.action {
        Action::Read | Action::Sync => {}
        Action::Cas { from, to } => {
            text.push_str(&format!(" {} to {}", history.text(from), history.text(to)));
        }
        Action::Write(value)
        | Action::Append(value)
        | Action::Add(value)
        | Action::Remove(value)
        | Action::Other(value) => match history.text(value) {
            "null" => {}
            value => text.push_str(&format!(" {value}")),
        },
    }
    if let Some(value) = op.result.filter(|_| shows(op)) {
        text.push_str(&format!(" = {}", history.text(value)));
    }
    let lines = match op.lines {
        (begin, Some(end)) => format!("lines {begin} and {end}"),
        (begin, None) => format!("line {begin}"),
    };
    let zxid = op.zxid.map_or(String::new(), |zxid| format!(", zxid {}", Zxid(zxid)));
    let end = match op.outcome {
        Outcome::Ok => "",
        Outcome::Fail => ", failed",
        Outcome::Info => ", of unknown outcome",
    };
    format!("{text} (process {}, {lines}{zxid}{end})", op.process)
}

/// Whether an operation's `ok` says more than its invoke.
fn shows(op: &Operation) -> bool {
    op.action == Action::Read || matches!(&*op.f, "exists" | "children" | "create" | "ephemeral" | "take")
}
