//! `zablab check` as a user calls it: verdicts, exit statuses, words, pictures.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zablab_sim::consistency::explain::{self, Case};
use zablab_sim::consistency::linear::Budget;
use zablab_sim::consistency::{Model, Verdict, html, infer, judge};
use zablab_sim::history;

/// An empty folder of a test's own, where it calls the binary.
struct Folder(PathBuf);

/// What a call came to.
#[derive(Debug)]
struct Called {
    status: i32,
    out: String,
    err: String,
}

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("check-{name}"));
        // It may be left over from an earlier run, or not.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Calls `zablab check` with these words, and with `input` on standard input.
    fn fed(&self, words: &str, input: &str) -> Called {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.with(&words, input)
    }

    fn check(&self, words: &str) -> Called {
        self.fed(words, "")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        for variable in ["ZABLAB_LOG", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        command.arg("check").args(words).current_dir(&self.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn with(&self, words: &[&str], input: &str) -> Called {
        let mut child = self.command(words).spawn().unwrap();
        // It may not read it, where something else is wrong.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!out.contains("panicked") && !err.contains("panicked"), "{out}{err}");
        Called { status: output.status.code().unwrap(), out, err }
    }
}

impl Called {
    /// Status and output; nothing on standard error.
    #[track_caller]
    fn came_to(&self, status: i32) -> &str {
        assert_eq!((self.status, &*self.err), (status, ""), "{self:?}");
        &self.out
    }

    /// Status 2 and this many complaints; what it says.
    #[track_caller]
    fn refused(&self, complaints: usize) -> &str {
        assert_eq!((self.status, self.err.matches("error: ").count()), (2, complaints), "{self:?}");
        &self.err
    }

    #[track_caller]
    fn json(&self, status: i32) -> Value {
        serde_json::from_str(self.came_to(status)).unwrap()
    }
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}

/// The histories of a folder, in order.
fn histories(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().display().to_string());
    let mut paths: Vec<String> =
        paths.filter(|path| path.ends_with(".jsonl") || path.ends_with(".jsonl.gz")).collect();
    paths.sort();
    paths
}

/// Every history of a folder is what its `verdicts.json` says.
fn agrees(folder: &Path, called: &str) {
    let verdicts = folder.join("verdicts.json").display().to_string();
    let files = histories(folder);
    let listed: Value = serde_json::from_str(&fs::read_to_string(&verdicts).unwrap()).unwrap();
    assert_eq!(files.len(), listed["histories"].as_array().unwrap().len());
    let words: Vec<&str> =
        ["--expect", &verdicts].into_iter().chain(files.iter().map(String::as_str)).collect();
    let called = Folder::new(called).with(&words, "");
    let off =
        called.out.lines().filter(|line| line.contains("; DISAGREES: ") || line.contains("; expected "));
    assert_eq!(off.collect::<Vec<_>>(), [""; 0]);
    let last = called.came_to(0).lines().last().unwrap();
    let all = files.len();
    assert!(last.starts_with(&format!("{all} histories: ")), "{last}");
    assert!(last.ends_with(&format!("; {all} of {all} as expected")), "{last}");
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/histories-data")
}

/// What lies beside the repository, where it does.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(folder);
    path.is_dir().then_some(path)
}

/// A line of a history.
fn event(process: u32, kind: &str, f: &str, value: Value) -> String {
    format!("{}\n", json!({"process": process, "type": kind, "f": f, "key": "r", "value": value}))
}

/// An operation that took effect before the next began.
fn done(process: u32, f: &str, asked: Value, told: Value) -> String {
    event(process, "invoke", f, asked) + &event(process, "ok", f, told)
}

fn write(value: Value) -> String {
    done(0, "write", value.clone(), value)
}

fn read(value: Value) -> String {
    done(1, "read", Value::Null, value)
}

/// Compare-and-sets that all overlap: whether they form a chain takes a search over nearly all their subsets.
fn endless() -> String {
    let mut number = 1u32;
    let mut value = || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (number >> 16) % 16
    };
    let pairs: Vec<Value> = (0..120).map(|_| json!([value(), value()])).collect();
    let all = |kind| (0..).zip(&pairs).map(move |(process, pair)| event(process, kind, "cas", pair.clone()));
    write(json!(0)) + &all("invoke").collect::<String>() + &all("ok").collect::<String>()
}

/// Values that are reused, so that only a search can tell.
fn searched() -> PathBuf {
    data().join("etcd_000.jsonl")
}

#[test]
fn every_small_history_is_what_it_is_known_to_be() {
    agrees(&data(), "small");
}

#[test]
fn the_whole_corpus_is_what_it_is_known_to_be() {
    if let Some(folder) = shared("histories") {
        agrees(&folder, "corpus");
    }
}

#[test]
fn a_real_ensemble_keeps_its_promises() {
    let Some(folder) = shared("real-logs/histories") else { return };
    let files = histories(&folder);
    assert!(files.len() >= 10);
    let folder = Folder::new("real");
    for file in files {
        let called = folder.with(&["--model", "zookeeper", &file], "");
        assert!(called.came_to(0).starts_with("holds     "), "{}", called.out);
    }
}

#[test]
fn a_real_ensemble_is_linearizable_but_for_its_local_reads() {
    let Some(folder) = shared("real-logs/histories") else { return };
    for file in histories(&folder) {
        let called = Folder::new("real-register").with(&["--model", "register", &file], "");
        called.came_to(if file.contains("/local-reads-") { 1 } else { 0 });
    }
}

#[test]
fn what_our_own_runs_write_is_judged_by_the_promises() {
    let folder = Folder::new("own");
    for scenario in ["session-fail-over", "distributed-lock", "stale-read"] {
        let words = ["run", scenario, "--history", "own.jsonl"];
        let run =
            Command::new(env!("CARGO_BIN_EXE_zablab")).args(words).current_dir(&folder.0).output().unwrap();
        assert!(run.status.success());
        let called = folder.check("own.jsonl");
        let out = called.came_to(0);
        assert!(out.starts_with("holds     own.jsonl: zookeeper (inferred from the `zxid` of line"), "{out}");
    }
}

#[test]
fn what_happened_to_the_servers_stands_beside_the_clients_of_our_own_runs() {
    let folder = Folder::new("servers");
    let words = ["run", "kill-leader", "--history", "h.jsonl"];
    let run = Command::new(env!("CARGO_BIN_EXE_zablab")).args(words).current_dir(&folder.0).output().unwrap();
    assert!(run.status.success());
    let text = folder.read("h.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let times: Vec<u64> = lines.iter().map(|line| line["time"].as_u64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let marks = lines.iter().filter(|line| line["process"] == "nemesis");
    let marks: Vec<&str> = marks.map(|line| line["f"].as_str().unwrap()).collect();
    let expected = [
        "zk1 is started",
        "zk2 is started",
        "zk2 leads epoch 1",
        "zk3 is started",
        "zk2 is killed",
        "zk3 leads epoch 2",
    ];
    assert_eq!(marks, expected);
    folder.check("h.jsonl --html h.html").came_to(0);
    let page = folder.read("h.html");
    assert!(expected.iter().all(|mark| page.contains(mark)), "{page}");
}

#[test]
fn two_holders_of_a_lock_are_noted_by_check_and_equal_numbers_are_equal() {
    let folder = Folder::new("locks");
    let lock = |process, kind, zxid: u32| {
        let zxid = if kind == "ok" { format!(r#","zxid":{zxid}"#) } else { String::new() };
        format!(r#"{{"process":{process},"type":"{kind}","f":"lock","key":"/l","value":null{zxid}}}"#) + "\n"
    };
    let both = [lock(0, "invoke", 0), lock(0, "ok", 4), lock(1, "invoke", 0), lock(1, "ok", 5)].concat();
    let read = r#"{"process":0,"type":"invoke","f":"read","key":"/a","value":null}"#;
    let seen = |zxid: u32| {
        let ok = read.replace("invoke", "ok").replace("null", &format!("null,\"zxid\":{zxid}"));
        format!("{both}{read}\n{ok}\n")
    };
    folder.write("late.jsonl", seen(4));
    let out = folder.check("late.jsonl").came_to(0).to_owned();
    assert!(
        out.contains("four promises by zxids, locks") && out.contains("\n  Note, lock-has-one-holder: "),
        "{out}"
    );
    folder.write("alive.jsonl", seen(5));
    assert!(folder.check("alive.jsonl").came_to(1).contains("\n  lock-has-one-holder: "));
    // Numbers that are equal, however they are written.
    let float = self::read(json!(2)).replace(r#""value":2"#, r#""value":2.0"#);
    assert!(float.contains("2.0"), "{float}");
    folder.write("numbers.jsonl", write(json!(2)) + &float);
    folder.check("numbers.jsonl").came_to(0);
}

#[test]
fn three_verdicts_have_three_statuses_and_the_worst_counts() {
    let folder = Folder::new("statuses");
    folder.write("holds.jsonl", write(json!(1)) + &read(json!(1)));
    folder.write("violated.jsonl", write(json!(1)) + &read(json!(2)));
    folder.write("stale.jsonl", fs::read(data().join("zk_30_s3_c03_bad-sync_stale.jsonl")).unwrap());
    folder.write("zookeeper.jsonl", fs::read(data().join("zk_30_s3_c03_ok.jsonl")).unwrap());
    folder.write("searched.jsonl", fs::read(searched()).unwrap());
    folder.write("bad.jsonl", "{}");

    assert!(folder.check("holds.jsonl").came_to(0).starts_with("holds     holds.jsonl: "));
    assert!(folder.check("violated.jsonl").came_to(1).starts_with("violated  violated.jsonl: "));
    assert!(folder.check("searched.jsonl --budget 0s").came_to(3).starts_with("unknown   searched.jsonl: "));
    folder.check("bad.jsonl").refused(1);

    let last = |called: &Called| called.out.lines().last().unwrap().to_owned();
    let called = folder.check("--budget 0s zookeeper.jsonl searched.jsonl");
    called.came_to(3);
    assert_eq!(last(&called), "2 histories: 1 hold, 1 unknown");
    let called = folder.check("--budget 0s searched.jsonl stale.jsonl zookeeper.jsonl");
    called.came_to(1);
    assert_eq!(last(&called), "3 histories: 1 hold, 1 violated, 1 unknown");
    let called = folder.check("violated.jsonl bad.jsonl holds.jsonl missing.jsonl");
    assert!(called.refused(2).contains("missing.jsonl does not exist"));
    assert_eq!(last(&called), "4 histories: 1 hold, 1 violated, 2 could not be judged");
}

#[test]
fn unknown_says_so_and_a_longer_budget_decides() {
    let folder = Folder::new("unknown");
    folder.write("h.jsonl", fs::read(searched()).unwrap());
    let called = folder.check("--budget 0s h.jsonl");
    assert!(called.came_to(3).contains("\n  the budget of time was spent"), "{}", called.out);
    assert_eq!(folder.check("--budget 0s --json h.jsonl").json(3)["verdict"], "unknown");
    folder.check("--budget 5m --memory 512M h.jsonl").came_to(1);
}

#[test]
fn an_interrupted_check_tells_how_far_it_came() {
    let folder = Folder::new("interrupted");
    folder.write("quick.jsonl", write(json!(1)));
    folder.write("endless.jsonl", endless());
    let mut child =
        folder.command(&["--budget", "1h", "quick.jsonl", "endless.jsonl", "quick.jsonl"]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    out.read_line(&mut told).unwrap();
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(sent.success());
    out.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("holds     quick.jsonl: ") && !told.contains("2 hold"), "{told}");
    assert!(told.ends_with("\nINTERRUPTED; this is how far it came.\n"), "{told}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_is_expected_is_compared() {
    let folder = Folder::new("expect");
    folder.write("good.jsonl", write(json!(1)) + &read(json!(1)));
    folder.write("bad.jsonl", write(json!(1)) + &read(json!(2)));
    folder.write("texts.jsonl", done(0, "get", json!(null), json!("a")));
    folder.write("searched.jsonl", fs::read(searched()).unwrap());
    let list = |of: &[(&str, &str, Value, bool)]| {
        let entry = |(file, model, initial, linearizable): &(&str, &str, Value, bool)| json!({"file": file, "model": model, "initial": initial, "linearizable": linearizable});
        json!({"format": 1, "histories": of.iter().map(entry).collect::<Value>()}).to_string()
    };
    let register = |file, holds| (file, "register-cas", Value::Null, holds);
    folder.write(
        "verdicts.json",
        list(&[
            register("good.jsonl", true),
            register("bad.jsonl", false),
            register("searched.jsonl", false),
            ("texts.jsonl", "kv-append", json!("a"), true),
        ]),
    );
    let called = folder.check("--expect verdicts.json good.jsonl bad.jsonl texts.jsonl");
    let out = called.came_to(0);
    assert_eq!(out.lines().filter(|line| line.ends_with("; as expected")).count(), 3, "{out}");
    assert!(out.ends_with("3 histories: 2 hold, 1 violated; 3 of 3 as expected\n"), "{out}");
    assert!(out.contains("texts.jsonl: kv, 1 operation on 1 key; "), "{out}");

    let called = folder.check("--expect verdicts.json --budget 0s searched.jsonl");
    assert!(called.came_to(3).lines().next().unwrap().ends_with("; expected violated"), "{}", called.out);

    folder.write("wrong.json", list(&[register("good.jsonl", false), register("bad.jsonl", false)]));
    let called = folder.check("--expect wrong.json good.jsonl bad.jsonl");
    assert!(called.came_to(1).starts_with("holds     good.jsonl: "), "{}", called.out);
    assert!(called.out.lines().next().unwrap().ends_with("; DISAGREES: expected violated"), "{}", called.out);
    assert!(called.out.ends_with("; 1 of 2 as expected\n"), "{}", called.out);
    let told = folder.check("--expect wrong.json --json good.jsonl bad.jsonl").json(1);
    assert_eq!(
        (&told["files"][0]["agrees"], &told["files"][0]["expected"]),
        (&json!(false), &json!("violated"))
    );
    assert_eq!(told["files"][0]["differences"], json!(["expected violated"]));
    assert_eq!((&told["files"][1]["agrees"], &told["verdict"]), (&json!(true), &json!("violated")));

    let called = folder.check("--expect wrong.json searched.jsonl");
    let error = "error: searched.jsonl is not listed in wrong.json; expected an entry of its name\n";
    assert_eq!(called.refused(1), error);
    folder.write("broken.json", "{\"format\":1}");
    let called = folder.check("--expect broken.json good.jsonl");
    assert!(
        called.refused(1).starts_with("error: broken.json: missing field `histories` at line 1"),
        "{}",
        called.err
    );
    assert_eq!(
        folder.check("--expect missing.json good.jsonl").refused(1),
        "error: missing.json does not exist\n"
    );
    folder.check("--expect verdicts.json --model kv good.jsonl").refused(1);
}

#[test]
fn a_promise_that_is_not_as_expected_is_named() {
    let folder = Folder::new("promise");
    let file = "zk_30_s3_c03_bad-sync_stale.jsonl";
    folder.write(file, fs::read(data().join(file)).unwrap());
    let guarantees = json!({"sync_read": true, "fifo_client_order": true, "writes_linearizable": false});
    let entry = json!({"file": file, "model": "zk-register", "zk_ok": false, "guarantees": guarantees});
    folder.write("verdicts.json", json!({"format": 1, "histories": [entry]}).to_string());
    let called = folder.check(&format!("--expect verdicts.json {file}"));
    let line = called.came_to(1).lines().next().unwrap();
    let differences = "; DISAGREES: sync-then-read: expected holds, found violated; \
                       linearizable-writes: expected violated, found holds";
    assert!(line.ends_with(differences), "{line}");
}

#[test]
fn a_violation_is_a_sentence_then_the_operations() {
    let folder = Folder::new("told");
    folder.write("h.jsonl", write(json!(1)) + &write(json!(7)) + &read(json!(1)));
    let called = folder.check("h.jsonl");
    let lines: Vec<&str> = called.came_to(1).lines().collect();
    assert!(lines[0].starts_with(
        "violated  h.jsonl: register (inferred from `read` and `write`), 3 operations on 1 key; "
    ));
    assert!(lines[1].starts_with("  linearizable: "), "{}", called.out);
    assert!(
        lines[2].starts_with("    line 5-6  process 1  read") && lines[2].ends_with("ok 1"),
        "{}",
        called.out
    );
    // One file needs no summary.
    assert!(!called.out.contains("histories:"));
}

#[test]
fn the_model_is_inferred_or_given() {
    let folder = Folder::new("models");
    folder.write(
        "kv.jsonl",
        done(0, "append", json!("a"), json!("a")) + &done(1, "get", json!(null), json!("a")),
    );
    folder.write("set.jsonl", done(0, "add", json!(3), json!(3)) + &done(1, "read", json!(null), json!([3])));
    folder.write("lost.jsonl", done(0, "add", json!(3), json!(3)) + &done(1, "read", json!(null), json!([])));
    folder.write("register.jsonl", read(json!(null)) + &write(json!(1)) + &read(json!(1)));
    folder.write("zookeeper.jsonl", fs::read(data().join("zk_300_s3_c05_ok.jsonl")).unwrap());
    folder.write("empty.jsonl", "");
    for (file, status, inferred) in [
        ("kv.jsonl", 0, "kv (inferred from `get` and `append`), 2 operations on 1 key; "),
        ("set.jsonl", 0, "set (inferred from `add`), 2 operations on 1 key; "),
        ("lost.jsonl", 1, "set (inferred from `add`), 2 operations on 1 key; "),
        ("register.jsonl", 0, "register (inferred from `read` and `write`), 3 operations on 1 key; "),
        ("zookeeper.jsonl", 0, "zookeeper (inferred from the `zxid` of line 7), 300 operations on 3 keys; "),
        (
            "empty.jsonl",
            0,
            "register (inferred from nothing: there is no operation), 0 operations on 0 keys; ",
        ),
    ] {
        let called = folder.check(file);
        assert!(called.came_to(status).contains(&format!("{file}: {inferred}")), "{}", called.out);
    }
    // A correct ZooKeeper is not linearizable.
    let called = folder.check("--model register zookeeper.jsonl");
    assert!(
        called.came_to(1).starts_with("violated  zookeeper.jsonl: register, 300 operations"),
        "{}",
        called.out
    );
    assert_eq!(
        folder.check("--model register --json register.jsonl").json(0)["files"][0]["inferred"],
        json!(null)
    );
    folder.check("--model register kv.jsonl").refused(1);
}

#[test]
fn the_initial_value_is_json_or_a_text() {
    let folder = Folder::new("initial");
    for (value, given) in [
        (json!(5), "5"),
        (json!("5"), "\"5\""),
        (json!("a b"), "a b"),
        (json!(-1), "-1"),
        (json!(null), "null"),
    ] {
        folder.write("h.jsonl", read(value.clone()));
        folder.with(&["--initial", given, "h.jsonl"], "").came_to(0);
        folder.with(&["--initial", "other", "h.jsonl"], "").came_to(1);
        folder.with(&["h.jsonl"], "").came_to(if value.is_null() { 0 } else { 1 });
    }
    folder.write("kv.jsonl", done(0, "get", json!(null), json!("")));
    folder.check("kv.jsonl").came_to(0);
    folder.write("set.jsonl", done(0, "read", json!(null), json!([1, 2])));
    folder.check("--model set --initial [2,1] set.jsonl").came_to(0);
    folder.check("--model set --initial {} set.jsonl").refused(1);
}

#[test]
fn one_history_in_every_form_has_one_verdict() {
    let folder = Folder::new("forms");
    let told = |f: &str, kind: &str, process: u32, value: &str| {
        format!("{{:process {process}, :type :{kind}, :f :{f}, :value {value}}}\n")
    };
    for (seen, status) in [(2, 0), (1, 1)] {
        let edn = format!(
            "{}{}{}{}{}{}",
            told("write", "invoke", 0, "1"),
            told("write", "ok", 0, "1"),
            told("cas", "invoke", 0, "[1 2]"),
            told("cas", "ok", 0, "[1 2]"),
            told("read", "invoke", 1, "nil"),
            told("read", "ok", 1, &seen.to_string()),
        );
        let json = write(json!(1)) + &done(0, "cas", json!([1, 2]), json!([1, 2])) + &read(json!(seen));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(edn.as_bytes()).unwrap();
        folder.write("lines.edn", &edn);
        folder.write("vector.edn", format!("[{edn}]"));
        folder.write("lines.jsonl", &json);
        folder.write("packed", packed.finish().unwrap());
        for file in ["lines.edn", "vector.edn", "lines.jsonl", "packed"] {
            let called = folder.check(file);
            assert!(called.came_to(status).contains("3 operations on 1 key"), "{}", called.out);
        }
        assert!(folder.fed("-", &json).came_to(status).contains("-: register"));
        assert!(folder.fed("-", &edn).came_to(status).contains("-: register"));
    }
}

#[test]
fn what_cannot_be_judged_is_named_with_its_place() {
    let folder = Folder::new("refused");
    fs::create_dir(folder.0.join("folder")).unwrap();
    folder.write("good.jsonl", read(json!(null)));
    folder.write("text.jsonl", "hello\n");
    folder.write("array.json", "[{\"process\":0}]");
    folder.write("latin.jsonl", b"{\"process\":0,\n\"f\":\"caf\xe9\"}");
    folder.write("cut.jsonl", read(json!(null)) + "{\"process\":0,\"type\":");
    folder.write("field.jsonl", "{\"process\":0,\"type\":\"invoke\",\"key\":\"r\"}\n");
    folder.write(
        "type.jsonl",
        read(json!(null)) + "{\"process\":0,\"type\":\"done\",\"f\":\"read\",\"key\":\"r\"}\n",
    );
    folder.write("number.jsonl", "{\"process\":\"0\",\"type\":\"invoke\",\"f\":\"read\",\"key\":\"r\"}\n");
    folder.write("large.jsonl", write(json!(1)).replace(":1", ":123456789012345678901"));
    folder.write("unpaired.jsonl", event(0, "ok", "read", json!(1)));
    folder.write("twice.jsonl", event(0, "invoke", "read", json!(null)).repeat(2));
    folder.write("other.jsonl", event(0, "invoke", "read", json!(null)) + &event(0, "ok", "write", json!(1)));
    folder.write("pair.jsonl", event(0, "invoke", "cas", json!(1)));
    folder.write("strange.jsonl", done(0, "transfer", json!(1), json!(1)));
    folder.write("mixed.jsonl", done(0, "add", json!(1), json!(1)) + &write(json!(1)));
    folder.write("closed.edn", "[{:process 0, :type :invoke, :f :read, :value nil}\n {:process 0");
    folder.write("missing.edn", "{:process 0, :type :invoke}\n");
    folder.write("cut.gz", [0x1f, 0x8b, 8, 0, 0]);
    let mut text = String::new();
    for words in [
        "missing.jsonl",
        "folder",
        "text.jsonl",
        "array.json",
        "latin.jsonl",
        "cut.jsonl",
        "field.jsonl",
        "type.jsonl",
        "number.jsonl",
        "large.jsonl",
        "unpaired.jsonl",
        "twice.jsonl",
        "other.jsonl",
        "pair.jsonl",
        "strange.jsonl",
        "mixed.jsonl",
        "closed.edn",
        "missing.edn",
        "cut.gz",
        "--model set --initial 5 good.jsonl",
        "good.jsonl --html a.html good.jsonl",
        "good.jsonl --html good.jsonl",
        "good.jsonl --html -",
        "good.jsonl --html no-folder/a.html",
        "- -",
    ] {
        let called = folder.check(words);
        writeln!(text, "$ zablab check {words}\n{}", called.refused(1)).unwrap();
        assert_eq!(called.out, "", "{words}");
    }
    snapshot!("check_refused", text.trim_end());
    assert_eq!(folder.read("good.jsonl"), read(json!(null)));
    for words in ["", "--budget 5 good.jsonl", "--memory 1.5G good.jsonl", "--model queue good.jsonl"] {
        folder.check(words).refused(1);
    }
}

#[test]
fn the_json_report_is_stable() {
    let folder = Folder::new("json");
    let file = "zk_30_s3_c03_bad-sync_stale.jsonl";
    folder.write(file, fs::read(data().join(file)).unwrap());
    folder.write("h.jsonl", write(json!({"a": [1]})) + &read(json!(2)));
    let told = folder.check(&format!("--json {file} h.jsonl")).json(1);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&told), "files refused verdict");
    assert_eq!((&told["verdict"], &told["refused"]), (&json!("violated"), &json!([])));
    let one = &told["files"][0];
    assert_eq!(
        keys(one),
        "engine file findings inferred initial keys model notes operations unknown verdict"
    );
    assert_eq!(
        (&one["file"], &one["verdict"], &one["model"]),
        (&json!(file), &json!("violated"), &json!("zookeeper"))
    );
    assert_eq!((&one["operations"], &one["keys"], &one["unknown"]), (&json!(30), &json!(2), &json!(null)));
    assert_eq!(one["inferred"], "the `zxid` of line 4");
    let finding = &one["findings"][0];
    assert_eq!(keys(finding), "operations prefix property sentence");
    assert_eq!(finding["property"], "sync-then-read");
    assert_eq!(keys(&finding["prefix"]), "last operations");
    let operation = &finding["operations"][0];
    assert_eq!(
        keys(operation),
        "completionLine error f invokeLine key outcome process result server value xid zxid"
    );
    assert_eq!(
        (&operation["f"], &operation["process"], &operation["xid"]),
        (&json!("read"), &json!(1), &json!(6))
    );
    assert_eq!((&operation["zxid"], &operation["outcome"]), (&json!("0x3"), &json!("ok")));
    let two = &told["files"][1];
    assert_eq!(
        (&two["model"], &two["findings"][0]["operations"][0]["result"]),
        (&json!("register"), &json!(2))
    );

    folder.write("bad.jsonl", "{}");
    let called = folder.check("--json h.jsonl bad.jsonl");
    called.refused(1);
    let told: Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!((&told["verdict"], told["files"].as_array().unwrap().len()), (&json!(null), 1));
    assert_eq!(told["refused"][0]["file"], "bad.jsonl");
}

#[test]
fn a_picture_is_drawn() {
    let folder = Folder::new("html");
    let evil = "</script><b>";
    let mark = r#"{"process":"nemesis","type":"info","f":"kill","value":"zk3"}"#;
    folder.write("h.jsonl", format!("{}{mark}\n{}", write(json!(evil)), read(json!("other"))));
    let called = folder.check("h.jsonl --html h.html");
    assert!(called.came_to(1).contains("linearizable: "));
    let page = folder.read("h.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert_eq!((page.matches("</script>").count(), page.matches("<b>").count()), (1, 0));
    assert!(page.contains("&lt;/script&gt;&lt;b&gt;"));
    assert!(page.contains("class=\"op ok guilty\"") && page.contains(">kill zk3</text>"));
    // A history that holds has a picture, too.
    folder.write("good.jsonl", write(json!(1)));
    folder.check("good.jsonl --html good.html --json").came_to(0);
    assert!(folder.read("good.html").contains("write 1</text>"));
}

fn any_event() -> impl Strategy<Value = Value> {
    let names = [
        "read", "write", "cas", "sync", "get", "put", "append", "add", "remove", "contains", "create", "lock",
    ];
    let values = vec![
        json!(null),
        json!(1),
        json!(2),
        json!([1, 2]),
        json!([]),
        json!("a"),
        json!(true),
        json!({"a": [1]}),
    ];
    (
        (0..4, 0..3, prop::sample::select(vec!["invoke", "invoke", "ok", "ok", "fail", "info"])),
        (prop::sample::select(names.to_vec()), prop::sample::select(vec!["", "k", "l"])),
        (prop::sample::select(values), any::<Option<i8>>(), any::<bool>()),
    )
        .prop_map(|((process, xid, kind), (f, key), (value, zxid, version))| {
            let mut event = json!({"process": process, "xid": xid, "type": kind, "f": f, "key": key, "value": value, "zxid": zxid});
            if version {
                event["version"] = json!(1);
            }
            event
        })
}

/// The events that can follow one another: a completion is that of what is open, and invokes again what is not.
fn paired(events: Vec<Value>) -> String {
    let mut open: Vec<Value> = Vec::new();
    let mut text = String::new();
    for mut event in events {
        let at = open
            .iter()
            .position(|other| other["process"] == event["process"] && other["xid"] == event["xid"]);
        match at {
            None => {
                event["type"] = json!("invoke");
                open.push(event.clone());
            }
            Some(at) => {
                let invoked = open.remove(at);
                (event["f"], event["key"]) = (invoked["f"].clone(), invoked["key"].clone());
                if event["type"] == "invoke" {
                    event["type"] = json!("ok");
                }
            }
        }
        writeln!(text, "{event}").unwrap();
    }
    text
}

proptest! {
    #[test]
    fn every_history_gets_a_verdict_and_every_verdict_its_words(
        events in prop::collection::vec(any_event(), 0..16),
        model in prop::sample::select(vec![None, Some(Model::Register), Some(Model::Kv), Some(Model::Set), Some(Model::Zookeeper)]),
    ) {
        let reading = history::read(paired(events).as_bytes());
        let Ok(reading) = reading else { return Ok(()) };
        let history = &reading.history;
        let Ok(model) = model.map_or_else(|| infer(history).map(|inferred| inferred.model), Ok) else { return Ok(()) };
        let initial = model.initial();
        let budget = Budget { spent: &|| false, memory: 1 << 24 };
        let Ok(judgement) = judge(history, model, &initial, &budget) else { return Ok(()) };
        prop_assert_eq!(judgement.findings.is_empty(), judgement.verdict != Verdict::Violated);
        prop_assert_eq!(judgement.unknown.is_some(), judgement.verdict == Verdict::Unknown);
        let case = Case { file: "h", history, model, inferred: None, initial: &initial, judgement: &judgement };
        prop_assert!(explain::headline(&case).starts_with(judgement.verdict.name()));
        prop_assert_eq!(explain::findings(&case).is_empty(), judgement.findings.is_empty());
        prop_assert_eq!(&explain::json(&case)["verdict"], judgement.verdict.name());
        let page = html::page(&case, &reading.marks);
        let guilty = page.contains(" guilty\" id=");
        let told = judgement.findings.iter().any(|finding| !finding.operations.is_empty());
        prop_assert_eq!(guilty, told);
    }
}
