//! The verdicts that a set of histories is known to have: `verdicts.json` of the shared corpus.

use super::{Judgement, Model, Verdict, promises};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a history is known to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What it is held against.
    pub model: Model,
    /// What is there before any operation.
    pub initial: Value,
    /// What must come of it; never unknown.
    pub verdict: Verdict,
    /// Of each promise that is named: its property, and whether it is kept.
    pub promises: Vec<(&'static str, bool)>,
}

/// How a judgement compares with what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// It is the same.
    Agrees,
    /// Neither the same nor the opposite: it is unknown.
    Undecided,
    /// What is different, each in a clause.
    Disagrees(Vec<String>),
}

/// What is known of each file, by its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectations(BTreeMap<String, Expectation>);

#[derive(Deserialize)]
struct Verdicts {
    format: u64,
    histories: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    model: String,
    #[serde(default)]
    initial: Value,
    linearizable: Option<bool>,
    zk_ok: Option<bool>,
    #[serde(default)]
    guarantees: BTreeMap<String, bool>,
}

/// The promises by their names in the file.
const PROMISES: &[(&str, &str)] = &[
    ("writes_linearizable", promises::writes::PROPERTY.name),
    ("fifo_client_order", promises::fifo::PROPERTY.name),
    ("reads_see_a_prefix", promises::prefix::PROPERTY.name),
    ("sync_read", promises::sync::PROPERTY.name),
];

impl Entry {
    fn expectation(self) -> Result<(String, Expectation), String> {
        let file = self.file;
        let (model, holds, name) = match self.model.as_str() {
            "register-cas" | "register" => (Model::Register, self.linearizable, "linearizable"),
            "kv-append" | "kv" => (Model::Kv, self.linearizable, "linearizable"),
            "set" => (Model::Set, self.linearizable, "linearizable"),
            "zk-register" | "zookeeper" => (Model::Zookeeper, self.zk_ok, "zk_ok"),
            other => {
                return Err(format!(
                    "the model of {file} is `{other}`; expected `register-cas`, `kv-append`, `set` or `zk-register`"
                ));
            }
        };
        let verdict = match holds {
            Some(true) => Verdict::Holds,
            Some(false) => Verdict::Violated,
            None => return Err(format!("{file} has no verdict; expected `{name}`: true or false")),
        };
        let mut promises = Vec::new();
        for (name, kept) in self.guarantees {
            match PROMISES.iter().find(|(known, _)| *known == name) {
                Some((_, property)) => promises.push((*property, kept)),
                None => {
                    let known: Vec<String> = PROMISES.iter().map(|(known, _)| format!("`{known}`")).collect();
                    return Err(format!("{file} has the guarantee `{name}`; expected {}", known.join(", ")));
                }
            }
        }
        Ok((file, Expectation { model, initial: self.initial, verdict, promises }))
    }
}

impl Expectations {
    /// Reads them; an error says what is wrong, and what was expected.
    pub fn parse(text: &str) -> Result<Expectations, String> {
        const FORM: &str = r#"{"format":1,"histories":[{"file":…,"model":…,…},…]}"#;
        let verdicts: Verdicts =
            serde_json::from_str(text).map_err(|error| format!("{error}; expected {FORM}"))?;
        if verdicts.format != 1 {
            return Err(format!("its format is {}; expected format 1", verdicts.format));
        }
        let mut known = BTreeMap::new();
        for entry in verdicts.histories {
            let (file, expectation) = entry.expectation()?;
            if known.insert(file.clone(), expectation).is_some() {
                return Err(format!("{file} is listed twice; expected every file once"));
            }
        }
        Ok(Expectations(known))
    }

    /// What is known of a file, by its name without folders; packed or not is all the same.
    pub fn of(&self, name: &str) -> Option<&Expectation> {
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        self.0.get(name).or_else(|| self.0.get(plain)).or_else(|| self.0.get(&format!("{plain}.gz")))
    }
}

impl Expectation {
    /// Compares a judgement with what is known.
    pub fn compare(&self, judgement: &Judgement) -> Agreement {
        if judgement.verdict == Verdict::Unknown {
            return Agreement::Undecided;
        }
        let mut differences = Vec::new();
        if judgement.verdict != self.verdict {
            differences.push(format!("expected {}", self.verdict));
        }
        for &(property, kept) in &self.promises {
            let found = judgement.findings.iter().all(|finding| finding.property != property);
            if found != kept {
                let word = |kept| if kept { Verdict::Holds } else { Verdict::Violated };
                differences.push(format!("{property}: expected {}, found {}", word(kept), word(found)));
            }
        }
        if differences.is_empty() { Agreement::Agrees } else { Agreement::Disagrees(differences) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consistency::Finding;
    use serde_json::json;

    fn parse(entry: Value) -> Result<Expectations, String> {
        Expectations::parse(&json!({"format": 1, "histories": [entry]}).to_string())
    }

    fn judged(verdict: Verdict, properties: &[&'static str]) -> Judgement {
        let finding = |property: &&'static str| Finding {
            property,
            sentence: String::new(),
            operations: Vec::new(),
            prefix: Vec::new(),
        };
        Judgement {
            verdict,
            findings: properties.iter().map(finding).collect(),
            notes: Vec::new(),
            engine: String::new(),
            unknown: None,
        }
    }

    #[test]
    fn a_judgement_agrees_disagrees_or_does_neither() {
        let entry =
            json!({"file": "a.jsonl.gz", "model": "register-cas", "linearizable": false, "unknown": 1});
        let known = parse(entry).unwrap();
        let expectation = known.of("a.jsonl").unwrap();
        assert_eq!(Some(expectation), known.of("a.jsonl.gz"));
        assert_eq!(known.of("b.jsonl"), None);
        assert_eq!(expectation.compare(&judged(Verdict::Violated, &["x"])), Agreement::Agrees);
        assert_eq!(expectation.compare(&judged(Verdict::Unknown, &[])), Agreement::Undecided);
        let differences = vec!["expected violated".to_owned()];
        assert_eq!(expectation.compare(&judged(Verdict::Holds, &[])), Agreement::Disagrees(differences));
    }

    #[test]
    fn each_promise_must_be_as_expected() {
        let guarantees = json!({"writes_linearizable": true, "fifo_client_order": false});
        let known =
            parse(json!({"file": "a", "model": "zk-register", "zk_ok": false, "guarantees": guarantees}));
        let known = known.unwrap();
        let expectation = known.of("a").unwrap();
        let (writes, fifo) = (promises::writes::PROPERTY.name, promises::fifo::PROPERTY.name);
        assert_eq!(expectation.compare(&judged(Verdict::Violated, &[fifo])), Agreement::Agrees);
        let differences = vec![
            "fifo-client-order: expected violated, found holds".to_owned(),
            "linearizable-writes: expected holds, found violated".to_owned(),
        ];
        assert_eq!(
            expectation.compare(&judged(Verdict::Violated, &[writes])),
            Agreement::Disagrees(differences)
        );
    }

    #[test]
    fn what_is_no_list_of_verdicts() {
        for (entry, error) in [
            (json!({"file": "a", "model": "queue"}), "the model of a is `queue`; expected `register-cas`"),
            (json!({"file": "a", "model": "register-cas"}), "a has no verdict; expected `linearizable`"),
            (json!({"file": "a", "model": "zk-register", "linearizable": true}), "expected `zk_ok`"),
            (
                json!({"file": "a", "model": "zk-register", "zk_ok": true, "guarantees": {"x": true}}),
                "a has the guarantee `x`; expected `writes_linearizable`",
            ),
            (json!({"model": "queue"}), "missing field `file` at line 1 column"),
        ] {
            let said = parse(entry).unwrap_err();
            assert!(said.contains(error), "{said}");
        }
        assert!(
            Expectations::parse(r#"{"format":2,"histories":[]}"#).unwrap_err().contains("expected format 1")
        );
        let twice = json!({"file": "a", "model": "register", "linearizable": true});
        let twice = json!({"format": 1, "histories": [twice, twice]}).to_string();
        assert!(Expectations::parse(&twice).unwrap_err().contains("a is listed twice"));
    }
}
