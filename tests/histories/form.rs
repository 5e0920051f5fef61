//! What is written: JSON Lines, an event a line.

use super::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zablab_sim::history;

const SEEDS: u64 = 10;

/// The lines of a written history.
fn written(history: &[Event]) -> Vec<BTreeMap<String, Value>> {
    let mut bytes = Vec::new();
    history::write(history, &[], &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(line: &BTreeMap<String, Value>, field: &str) -> i64 {
    line[field].as_i64().unwrap_or_else(|| panic!("{field}: {line:?}"))
}

fn text(line: &BTreeMap<String, Value>, field: &str) -> String {
    line[field].as_str().unwrap().to_owned()
}

/// Everything that holds of the histories of workloads on registers.
fn assert_form(lines: &[BTreeMap<String, Value>]) {
    let mut open: BTreeMap<(i64, i64), &BTreeMap<String, Value>> = BTreeMap::new();
    let mut last_xid: BTreeMap<i64, i64> = BTreeMap::new();
    let mut time = 0;
    for line in lines {
        let always = ["f", "key", "process", "time", "type", "value", "xid"];
        let more = ["error", "server", "zxid"];
        let fields: Vec<&str> = line.keys().map(String::as_str).collect();
        assert!(always.iter().all(|field| fields.contains(field)), "{line:?}");
        assert!(fields.iter().all(|field| always.contains(field) || more.contains(field)), "{line:?}");
        let (process, xid) = (number(line, "process"), number(line, "xid"));
        let (f, kind) = (&*text(line, "f"), &*text(line, "type"));
        assert!(matches!(f, "read" | "write" | "cas" | "sync"), "{line:?}");
        assert!(number(line, "time") >= time, "{line:?}");
        time = number(line, "time");
        if kind == "invoke" {
            assert!(last_xid.insert(process, xid).is_none_or(|last| last < xid), "{line:?}");
            assert!(open.insert((process, xid), line).is_none());
            assert!(!fields.iter().any(|field| more.contains(field)), "{line:?}");
        } else {
            let begin = open.remove(&(process, xid)).unwrap_or_else(|| panic!("it never began: {line:?}"));
            assert_eq!((&begin["f"], &begin["key"]), (&line["f"], &line["key"]));
            // What was written does not change on the way.
            if f == "write" || f == "cas" {
                assert_eq!(begin["value"], line["value"], "{line:?}");
            }
            assert_eq!(line.contains_key("zxid"), line.contains_key("server"), "{line:?}");
            assert_eq!(line.contains_key("error"), kind != "ok", "{line:?}");
            assert!(kind != "ok" || line.contains_key("zxid"), "{line:?}");
            assert!(kind != "info" || !line.contains_key("zxid"), "{line:?}");
            assert!(matches!(kind, "ok" | "fail" | "info"), "{line:?}");
        }
        let value = &line["value"];
        let invoked = kind == "invoke";
        match f {
            "write" => assert!(value.is_i64(), "{line:?}"),
            "cas" => {
                let pair = value.as_array().unwrap();
                assert!(
                    pair.len() == 2 && pair.iter().all(|value| value.is_i64() || value.is_null()),
                    "{line:?}"
                );
            }
            "sync" => assert!(value.is_null(), "{line:?}"),
            _ => assert!(value.is_null() || !invoked && value.is_i64(), "{line:?}"),
        }
    }
    assert!(open.len() <= last_xid.len(), "one is open a process");
}

#[test]
fn a_written_history_has_its_form() {
    let mut kinds = BTreeSet::new();
    for seed in 0..SEEDS {
        let lines = written(&busy(seed));
        assert_form(&lines);
        kinds.extend(lines.iter().map(|line| (text(line, "f"), text(line, "type"))));
    }
    for (f, kind) in [("cas", "ok"), ("cas", "fail"), ("write", "info"), ("sync", "ok"), ("read", "info")] {
        assert!(kinds.contains(&(f.to_owned(), kind.to_owned())), "{f} {kind}: {kinds:?}");
    }
}

/// A session's number goes with it: a client that is started anew is another process.
#[test]
fn a_new_session_is_a_new_process() {
    let text = "ensemble zk1 zk2 zk3\nset tickTime 500\nclient c timeout 2s\nat 0s start all\nat 3s start c\nat 4s c create /a 1\n\
                at 5s restart c\nat 6s c get /a\nat 7s restart c\nat 8s c get /a\nat 9s end\n";
    let history = run(text, 0).history;
    let processes: Vec<(u32, &str)> = history.iter().map(|event| (event.process, event.f)).collect();
    assert_eq!(processes, [(0, "write"), (0, "write"), (1, "read"), (1, "read"), (2, "read"), (2, "read")]);
}

/// Every request of a client by its own name in a history, with what came of it.
#[test]
fn every_request_has_its_name_and_its_values() {
    let text = "ensemble zk1\nclient c\nat 0s start all\nat 3s start c\n\
                at 4s c create /a 1\nat 4.1s c create /a/s- x sequential\nat 4.2s c set /a 017\nat 4.3s c get /a\n\
                at 4.4s c get /none\nat 4.5s c exists /none\nat 4.6s c children /a\nat 4.7s c check /a version 1\n\
                at 4.8s c sync /a\nat 4.9s c delete /none\nat 5s c multi create /m 1 and set /a two\nat 5.1s c put /q 5\n\
                at 5.2s c take /q\nat 5.3s c take /q\nat 5.4s c lock /l\nat 5.5s c unlock /l\nat 6s end\n";
    let history = run(text, 0).history;
    let told = |event: &Event| {
        let error = event.error.map_or(String::new(), |error| format!(" {error}"));
        format!("{} {} {:?} {}{error}", event.f, event.key, event.kind, event.value)
    };
    let told: Vec<String> = history.iter().map(told).collect();
    let expected = [
        "write /a Invoke 1",
        "write /a Ok 1",
        "create /a/s- Invoke \"x\"",
        "create /a/s- Ok \"/a/s-0000000000\"",
        "write /a Invoke \"017\"",
        "write /a Ok \"017\"",
        "read /a Invoke null",
        "read /a Ok \"017\"",
        "read /none Invoke null",
        "read /none Ok null",
        "exists /none Invoke null",
        "exists /none Ok false",
        "children /a Invoke null",
        "children /a Ok [\"s-0000000000\"]",
        "check /a Invoke null",
        "check /a Ok null",
        "sync /a Invoke null",
        "sync /a Ok null",
        "delete /none Invoke null",
        "delete /none Fail null NoNode",
        r#"multi / Invoke [{"f":"write","key":"/m","value":1},{"f":"write","key":"/a","value":"two"}]"#,
        r#"multi / Ok [{"f":"write","key":"/m","value":1},{"f":"write","key":"/a","value":"two"}]"#,
        "put /q Invoke 5",
        "put /q Ok 5",
        "take /q Invoke null",
        "take /q Ok 5",
        "take /q Invoke null",
        "take /q Ok null",
        "lock /l Invoke null",
        "lock /l Ok null",
        "unlock /l Invoke null",
        "unlock /l Ok null",
    ];
    assert_eq!(told, expected);
}
