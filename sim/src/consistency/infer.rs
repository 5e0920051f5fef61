//! Which model a history is of, by what its operations are called and what its answers hold.

use super::Model;
use super::linear::Unfit;
use crate::history::History;
use std::collections::BTreeSet;

/// A model, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The model.
    pub model: Model,
    /// Why, as the end of 'inferred from …'.
    pub why: String,
}

/// What no other system of ours has.
const ZOOKEEPERS: &[&str] =
    &["sync", "create", "delete", "exists", "children", "check", "multi", "lock", "unlock", "take"];

/// The names by which each of the others is known.
const NAMES: &[(Model, &[&str])] = &[
    // A set is read as a whole, so its `read` speaks for a register only where nothing else speaks.
    (Model::Set, &["add", "remove", "contains"]),
    (Model::Kv, &["get", "put", "append"]),
    (Model::Register, &["read", "write", "cas"]),
];

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The model of a history.
pub fn infer(history: &History) -> Result<Inferred, Unfit> {
    let operations = &history.operations;
    let inferred = |model, why: String| Ok(Inferred { model, why });
    if operations.is_empty() {
        return inferred(Model::Register, "nothing: there is no operation".to_owned());
    }
    let answered = operations.iter().filter(|operation| operation.zxid.is_some());
    if let Some(line) = answered.filter_map(|operation| operation.lines.1).min() {
        return inferred(Model::Zookeeper, format!("the `zxid` of line {line}"));
    }
    let names: BTreeSet<&str> = operations.iter().map(|operation| &*operation.f).collect();
    let among = |known: &[&'static str]| -> Vec<&'static str> {
        known.iter().copied().filter(|name| names.contains(name)).collect()
    };
    let zookeepers = among(ZOOKEEPERS);
    if !zookeepers.is_empty() {
        return inferred(Model::Zookeeper, listed(&zookeepers));
    }
    for &(model, known) in NAMES {
        let spoken = among(known);
        if !spoken.is_empty() {
            return inferred(model, listed(&spoken));
        }
    }
    let first = &operations[0];
    Err(Unfit {
        line: first.lines.0,
        what: format!("`{}` is an operation of no model", first.f),
        expected: "`read`, `write`, `cas` (register), `get`, `put`, `append` (kv), `add`, `remove`, `contains` (set), \
                   or a `zxid` in the answers (zookeeper)",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::json_lines;

    fn of(names: &[&str], completion: &str) -> Result<(Model, String), String> {
        let mut text = String::new();
        for (process, f) in (0..).zip(names) {
            let value = if *f == "cas" { "[1,2]" } else { "\"x\"" };
            let event = format!(r#"{{"process":{process},"f":"{f}","key":"k","value":{value},"type":"#);
            text.push_str(&format!("{event}\"invoke\"}}\n{event}\"info\"{completion}}}\n"));
        }
        match infer(&json_lines(&text).unwrap()) {
            Ok(inferred) => Ok((inferred.model, inferred.why)),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn names_and_zxids_speak_for_a_model() {
        for (names, completion, model, why) in [
            (&["read", "cas"][..], "", Model::Register, "`read` and `cas`"),
            (&["write"], "", Model::Register, "`write`"),
            (&["get", "put", "append"], "", Model::Kv, "`get`, `put` and `append`"),
            (&["read", "add"], "", Model::Set, "`add`"),
            (&["read", "write"], r#","zxid":3"#, Model::Zookeeper, "the `zxid` of line 2"),
            (&["put", "take"], "", Model::Zookeeper, "`take`"),
            (&["read", "sync"], "", Model::Zookeeper, "`sync`"),
            (&[], "", Model::Register, "nothing: there is no operation"),
        ] {
            assert_eq!(of(names, completion), Ok((model, why.to_owned())), "{names:?}");
        }
    }

    #[test]
    fn what_fits_no_model_is_refused() {
        let said = of(&["transfer"], "").unwrap_err();
        assert!(
            said.starts_with("line 1: `transfer` is an operation of no model; expected `read`"),
            "{said}"
        );
    }
}
