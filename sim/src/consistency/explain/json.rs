//! A verdict and its reasons, for machines.

use super::{Case, outcome};
use crate::consistency::{Finding, Taken};
use crate::history::{Action, History, Symbol};
use serde_json::{Value, json};
use zablab_protocol::Zxid;

/// How much of the longest prefix is told.
const TOLD: usize = 100;

/// A value of a history as JSON again.
fn value(history: &History, symbol: Option<Symbol>) -> Value {
    symbol.map_or(Value::Null, |symbol| {
        let text = history.text(symbol);
        // Values are kept in their JSON text.
        serde_json::from_str(text).unwrap_or_else(|_| text.into())
    })
}

fn operation(history: &History, at: usize) -> Value {
    let operation = &history.operations[at];
    let asked = match operation.action {
        Action::Read | Action::Sync => Value::Null,
        Action::Cas { from, to } => json!([value(history, Some(from)), value(history, Some(to))]),
        Action::Write(to) | Action::Append(to) | Action::Add(to) | Action::Remove(to) | Action::Other(to) => {
            value(history, Some(to))
        }
    };
    json!({
        "invokeLine": operation.lines.0,
        "completionLine": operation.lines.1,
        "process": operation.process,
        "xid": operation.xid,
        "f": &*operation.f,
        "key": &*history.keys[operation.key as usize],
        "value": asked,
        "outcome": outcome(operation),
        "result": value(history, operation.result),
        "zxid": operation.zxid.map(|zxid| Zxid(zxid).to_string()),
        "server": operation.server.as_deref(),
        "error": operation.error.as_deref(),
    })
}

fn finding(history: &History, finding: &Finding) -> Value {
    let prefix = |taken: &Taken| {
        let mut object = operation(history, taken.operation);
        object["state"] = taken.state.as_str().into();
        object
    };
    let from = finding.prefix.len().saturating_sub(TOLD);
    json!({
        "property": finding.property,
        "sentence": finding.sentence,
        "operations": finding.operations.iter().map(|at| operation(history, *at)).collect::<Value>(),
        "prefix": {
            "operations": finding.prefix.len(),
            "last": finding.prefix[from..].iter().map(prefix).collect::<Value>(),
        },
    })
}

/// A case as JSON. No wall-clock figure stands in it.
pub fn json(case: &Case<'_>) -> Value {
    let Case { history, judgement, .. } = case;
    json!({
        "file": case.file,
        "verdict": judgement.verdict.name(),
        "model": case.model.name(),
        "inferred": case.inferred,
        "initial": case.initial,
        "operations": history.operations.len(),
        "keys": history.keys.len(),
        "engine": judgement.engine,
        "unknown": judgement.unknown,
        "notes": judgement.notes.iter().map(|it| finding(history, it)).collect::<Value>(),
        "findings": judgement.findings.iter().map(|it| finding(history, it)).collect::<Value>(),
    })
}
