//! What is said of small histories, exactly.

use crate::consistency::linear::{Budget, Engine, Model, Report, check};
use crate::consistency::{Finding, Verdict};
use crate::history::json_lines;
use serde_json::{Value, json};

/// A history from a short text, an event a line: the process, what happens, what it does to what. The key is `k` where
/// none is named before a colon.
fn judge(model: Model, initial: &Value, text: &str) -> Report {
    let line = |line: &str| {
        let (key, line) = line.trim().split_once(": ").unwrap_or(("k", line.trim()));
        let mut words = line.splitn(4, ' ');
        let mut word = || words.next().unwrap_or("null");
        let (process, kind, f, value) = (word(), word(), word(), word());
        format!(r#"{{"process":{process},"type":"{kind}","f":"{f}","key":"{key}","value":{value}}}"#)
    };
    let lines: Vec<String> = text.trim().lines().map(line).collect();
    let budget = Budget { spent: &|| false, memory: 1 << 20 };
    check(&json_lines(&lines.join("\n")).unwrap(), model, initial, &budget).unwrap()
}

fn finding(model: Model, initial: &Value, text: &str) -> Finding {
    let report = judge(model, initial, text);
    assert_eq!(report.verdict, Verdict::Violated);
    report.finding.unwrap()
}

fn of_register(text: &str) -> Finding {
    finding(Model::Register, &json!(null), text)
}

#[test]
fn a_value_that_was_overwritten() {
    let finding = of_register(
        "1 invoke write 7
         1 ok write 7
         2 invoke write 9
         2 ok write 9
         3 invoke read
         3 ok read 7",
    );
    assert_eq!(
        finding.sentence,
        "process 3 reads 7 (lines 5-6), but process 2 had written 9 (lines 3-4) over it before that began; only \
         process 1 writes 7 (lines 1-2)"
    );
    assert_eq!(finding.operations, [2, 1]);
    let states: Vec<&str> = finding.prefix.iter().map(|taken| &*taken.state).collect();
    assert_eq!(states, ["7", "9"]);
}

#[test]
fn a_value_that_nobody_writes() {
    let finding = of_register("1 invoke read\n1 ok read 5\n2 invoke write 5\n2 ok write 5");
    assert_eq!(
        finding.sentence,
        "process 1 reads 5 (lines 1-2), but nothing that began before that ended can have left 5 there"
    );
}

#[test]
fn a_read_that_goes_back() {
    let finding = of_register(
        "1 invoke write 7
         1 ok write 7
         2 invoke write 9
         3 invoke read
         3 ok read 9
         3 invoke read
         3 ok read 7",
    );
    assert_eq!(
        finding.sentence,
        "process 3 reads 7 (lines 6-7), but process 3 had read 9 (lines 4-5) before that began, and 9 was written \
         only after 7; only process 1 writes 7 (lines 1-2)"
    );
}

#[test]
fn two_compare_and_sets_of_one_value() {
    let finding = of_register(
        "1 invoke cas [null,1]
         2 invoke cas [null,2]
         1 ok cas [null,1]
         2 ok cas [null,2]",
    );
    assert_eq!(
        finding.sentence,
        "process 2 replaces null by 2 (lines 2-4), but so does process 1 replaces null by 1 (lines 1-3), and null is \
         written only once"
    );
}

#[test]
fn compare_and_sets_that_go_round() {
    let finding = of_register(
        "1 invoke cas [1,2]
         2 invoke cas [2,1]
         1 ok cas [1,2]
         2 ok cas [2,1]",
    );
    assert_eq!(
        finding.sentence,
        "process 1 replaces 1 by 2 (lines 1-3), but 1 goes back, compare-and-set by compare-and-set, to itself"
    );
}

#[test]
fn a_value_read_behind_its_successor() {
    let finding = of_register(
        "1 invoke write 1
         2 invoke cas [1,2]
         3 invoke read
         3 ok read 2
         4 invoke read
         4 ok read 1",
    );
    assert_eq!(
        finding.sentence,
        "process 4 reads 1 (lines 5-6), but process 3 had read 2 (lines 3-4) before that began, and 2 comes only \
         behind 1"
    );
}

#[test]
fn values_that_each_come_behind_the_other() {
    let finding = of_register(
        "1 invoke write 1
         2 invoke write 2
         3 invoke read
         3 ok read 1
         4 invoke read
         4 ok read 2
         3 invoke read
         3 ok read 1",
    );
    assert_eq!(
        finding.sentence,
        "process 3 reads 1 (lines 7-8) after process 4 had read 2 (lines 5-6), so 1 comes behind 2; but process 4 \
         reads 2 (lines 5-6) after process 3 had read 1 (lines 3-4), so 2 comes behind 1"
    );
}

#[test]
fn the_initial_value_comes_first() {
    let finding = of_register(
        "1 invoke cas [null,1]
         2 invoke write 2
         2 ok write 2
         3 invoke read
         3 ok read 2
         4 invoke read
         4 ok read 1",
    );
    assert_eq!(
        finding.sentence,
        "process 4 reads 1 (lines 6-7), but process 2 had written 2 (lines 2-3) before that began, and 1 goes back to \
         the initial value"
    );
}

#[test]
fn values_that_come_again_are_searched() {
    let text = "1 invoke write 1
         1 ok write 1
         2 invoke write 2
         2 ok write 2
         1 invoke write 1
         3 invoke cas [2,1]
         1 ok write 1
         3 ok cas [2,1]
         4 invoke read
         4 ok read 1
         4 invoke read
         4 ok read 2";
    let report = judge(Model::Register, &json!(null), text);
    assert_eq!(report.keys[0].engine, Some(Engine::Wgl));
    assert_eq!(
        report.finding.unwrap().sentence,
        "process 4 reads 2 (lines 11-12), but process 1 had written 1 (lines 5-7) over it before that began; only \
         process 2 writes 2 (lines 3-4)"
    );
}

#[test]
fn where_no_fact_is_simple_the_order_that_goes_furthest_is_told() {
    let finding = of_register(
        "1 invoke write 1
         2 invoke write 2
         3 invoke write 1
         3 ok write 1
         2 ok write 2
         1 ok write 1
         1 invoke read
         1 ok read 2
         1 invoke read
         1 ok read 1",
    );
    assert_eq!(
        finding.sentence,
        "process 1 reads 1 (lines 9-10), but no order of what began before its end has 1 there; the one that goes \
         furthest leaves 2"
    );
    assert_eq!(finding.prefix.len(), 4);
}

#[test]
fn an_append_that_is_lost() {
    let finding = finding(
        Model::Kv,
        &json!(""),
        r#"1 invoke append "a"
           1 ok append "a"
           2 invoke append "b"
           2 ok append "b"
           3 invoke get
           3 ok get "a""#,
    );
    assert_eq!(
        finding.sentence,
        r#"process 3 reads "a" (lines 5-6), but process 2 had appended "b" (lines 3-4) before that began"#
    );
    assert_eq!(finding.prefix.last().unwrap().state, r#""ab""#);
}

#[test]
fn an_element_that_is_missed() {
    let text = r#"1 invoke add "a"
         1 ok add "a"
         2 invoke add "b"
         3 invoke contains "a"
         3 ok contains false"#;
    let finding = finding(Model::Set, &json!([]), text);
    assert_eq!(
        finding.sentence,
        r#"process 3 finds no "a" in the set (lines 4-5), but process 1 had added "a" (lines 1-2) before that began, and nothing since then can undo it"#
    );
    assert_eq!(finding.prefix.last().unwrap().state, r#"{"a"}"#);
}

#[test]
fn the_earliest_of_several_keys_is_told() {
    let text = "a: 1 invoke write 1
         b: 2 invoke write 1
         b: 2 ok write 1
         b: 2 invoke read
         b: 2 ok read 3
         a: 1 ok write 1
         a: 1 invoke read
         a: 1 ok read 3
         c: 1 invoke write 1
         c: 1 ok write 1";
    let report = judge(Model::Register, &json!(null), text);
    let verdicts: Vec<Verdict> = report.keys.iter().map(|key| key.verdict).collect();
    assert_eq!(verdicts, [Verdict::Violated, Verdict::Violated, Verdict::Holds]);
    assert_eq!(
        report.finding.unwrap().sentence,
        "b: process 2 reads 3 (lines 4-5), but nothing that began before that ended can have left 3 there"
    );
}

#[test]
fn a_lost_element_and_an_invented_one_are_named() {
    let told = |read: &str| {
        let text = format!(
            "1 invoke add 1\n1 ok add 1\n2 invoke add 7\n2 ok add 7\n3 invoke read\n3 ok read {read}\n1 invoke add 9"
        );
        judge(Model::Set, &json!([]), &text).finding.map(|finding| finding.sentence)
    };
    assert_eq!(told("[1,7]"), None);
    let lost = "process 3 reads a set (lines 5-6) that lacks an element: process 2 had added 7 (lines 3-4) before that \
                began, and nothing that began before that ended removes it";
    assert_eq!(told("[1]").as_deref(), Some(lost));
    let invented =
        "process 3 reads a set (lines 5-6) with 9 in it, but nothing that began before that ended adds 9";
    assert_eq!(told("[1,7,9]").as_deref(), Some(invented));
}

#[test]
fn texts_are_the_same_however_they_are_written() {
    let text = r#"1 invoke put 1
         1 ok put 1
         2 invoke get
         2 ok get "1"
         2 invoke get
         2 ok get "1""#;
    assert_eq!(judge(Model::Kv, &json!(""), text).verdict, Verdict::Holds);
    let appended = format!("{text}\n1 invoke append \"x\"\n1 ok append \"x\"");
    assert_eq!(judge(Model::Kv, &json!(""), &appended).verdict, Verdict::Holds);
}

#[test]
fn what_the_model_does_not_have_is_an_error() {
    let budget = Budget { spent: &|| false, memory: 1 << 20 };
    let says = |model, initial, line: &str| {
        let event = format!(r#"{{"process":1,"type":"invoke","key":"k",{line}}}"#);
        let ok = event.replace("invoke", "ok");
        let history = json_lines(&format!("{event}\n{ok}")).unwrap();
        check(&history, model, &initial, &budget).unwrap_err().to_string()
    };
    assert_eq!(
        says(Model::Register, json!(null), r#""f":"append","value":"x""#),
        "line 1: `append` is no operation of the model; expected read, write or cas"
    );
    assert_eq!(
        says(Model::Set, json!([]), r#""f":"read","value":3"#),
        "line 2: a set is read as 3; expected an array"
    );
    assert_eq!(
        says(Model::Set, json!(3), r#""f":"add","value":3"#),
        "the initial value is 3; expected an array as the initial value of a set"
    );
}
