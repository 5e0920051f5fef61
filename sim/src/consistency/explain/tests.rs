//! What people and machines are told of verdicts that are made by hand.

use super::*;
use crate::history::json_lines;

/// A history of one client: a write, then a read, of each value.
fn history(values: &[Value]) -> History {
    let mut text = String::new();
    let mut line = |event: Value| text.push_str(&format!("{event}\n"));
    for value in values {
        for (f, asked) in [("write", value), ("read", &Value::Null)] {
            line(serde_json::json!({"process": 1, "type": "invoke", "f": f, "key": "k", "value": asked}));
            line(
                serde_json::json!({"process": 1, "type": "ok", "f": f, "key": "k", "value": value, "zxid": 17, "server": 3}),
            );
        }
    }
    json_lines(&text).unwrap()
}

fn found(operations: &[usize], prefix: usize) -> Finding {
    Finding {
        property: "linearizable",
        sentence: "something clashes".to_owned(),
        operations: operations.to_vec(),
        prefix: (0..prefix).map(|operation| Taken { operation, state: format!("{operation}\n") }).collect(),
    }
}

fn told<T>(history: &History, findings: Vec<Finding>, tell: impl FnOnce(&Case<'_>) -> T) -> T {
    let judgement = Judgement {
        verdict: Verdict::Violated,
        findings,
        notes: Vec::new(),
        engine: "decided by hand".to_owned(),
        unknown: None,
    };
    let (file, model, inferred) = ("h.jsonl", Model::Register, Some("its looks"));
    tell(&Case { file, history, model, inferred, initial: &Value::Null, judgement: &judgement })
}

#[test]
fn a_case_is_one_line_and_its_findings_follow() {
    let history = history(&[1.into(), "two".into()]);
    let line =
        "violated  h.jsonl: register (inferred from its looks), 4 operations on 1 key; decided by hand";
    assert_eq!(told(&history, Vec::new(), headline), line);
    assert_eq!(
        told(&history, vec![found(&[3, 0], 2)], findings),
        "  linearizable: something clashes
    line 7-8  process 1  read     ok \"two\" zxid 0x11 from 3
    line 1-2  process 1  write 1  ok zxid 0x11 from 3
  The longest prefix that can be put in order has 2 operations:
    line 1-2  process 1  write 1  ok zxid 0x11 from 3    state 0\\n
    line 3-4  process 1  read     ok 1 zxid 0x11 from 3  state 1\\n
"
    );
}

#[test]
fn of_much_only_a_part_is_told_and_how_much_that_is() {
    let history = history(&(0..20).map(Value::from).collect::<Vec<_>>());
    let text = told(&history, vec![found(&[0], 35)], findings);
    assert!(
        text.contains(
            "The longest prefix that can be put in order has 35 operations, of which the last 10:\n"
        )
    );
    assert_eq!(text.matches("state").count(), 10);
    assert!(text.contains("state 25\\n") && text.contains("state 34\\n") && !text.contains("state 24\\n"));
    let text = told(&history, vec![found(&[0], 0); 8], findings);
    assert_eq!(text.matches("something clashes").count(), 3);
    assert!(text.ends_with("\n  linearizable: 5 more\n"), "{text}");
    let value = told(&history, vec![found(&[0], 35); 8], json);
    assert_eq!(value["findings"].as_array().unwrap().len(), 8);
    assert_eq!(value["findings"][0]["prefix"]["operations"], 35);
    assert_eq!(value["findings"][0]["prefix"]["last"].as_array().unwrap().len(), 35);
    assert_eq!(value["findings"][0]["prefix"]["last"][34]["state"], "34\n");
}

#[test]
fn values_are_cut_for_people_and_whole_for_machines() {
    let long = "x".repeat(1000);
    let history = history(&[long.as_str().into()]);
    let text = told(&history, vec![found(&[0], 0)], findings);
    assert!(
        text.contains(&format!("write \"{}…", "x".repeat(59))) && !text.contains(&"x".repeat(60)),
        "{text}"
    );
    let value = told(&history, vec![found(&[0], 0)], json);
    assert_eq!(value["findings"][0]["operations"][0]["value"], long.as_str());
}

#[test]
fn the_worst_verdict_counts() {
    use Verdict::*;
    for (verdicts, expected) in [
        (&[][..], Holds),
        (&[Holds, Unknown], Unknown),
        (&[Unknown, Violated, Holds], Violated),
        (&[Violated, Unknown], Violated),
    ] {
        assert_eq!(worst(verdicts.iter().copied()), expected);
    }
}
