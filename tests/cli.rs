//! The binary as a user calls it: what it prints, what it writes, and how it exits.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// One server and no drawn time: what is told of it changes with the words alone.
const ALONE: &str = "\
# One server cannot elect itself leader of two.
ensemble zk1 zk2
set boot 500ms
set write 5ms
set connect 1ms

at 0s    start zk1
by 2s    expect zk1 looking
";

/// Three servers and a write.
const WRITE: &str = "\
ensemble zk1 zk2 zk3

at 0s    start all
at 3s    create /a one at leader
by 4s    expect zk1 data /a one
";

/// An empty folder of a test's own, where it calls the binary.
struct Folder(PathBuf);

/// What a call came to.
#[derive(Debug)]
struct Called {
    status: i32,
    out: String,
    err: String,
}

impl Called {
    /// All of it, for a snapshot.
    fn all(&self) -> String {
        let mut text = format!("exit status {}\n", self.status);
        for (name, stream) in [("standard output", &self.out), ("standard error", &self.err)] {
            if !stream.is_empty() {
                writeln!(text, "--- {name}\n{}", without_hashes(stream).trim_end()).unwrap();
            }
        }
        text
    }

    /// The input was wrong: status 2, nothing but one message.
    #[track_caller]
    fn refused(&self) -> &str {
        assert_eq!((self.status, &*self.out), (2, ""), "{self:?}");
        assert!(self.err.starts_with("error: ") && self.err.matches("error: ").count() == 1, "{self:?}");
        &self.err
    }

    /// All held: status 0, and no complaint.
    #[track_caller]
    fn held(&self) -> &str {
        assert_eq!((self.status, &*self.err), (0, ""), "{self:?}");
        &self.out
    }
}

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
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

    fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        for variable in ["ZABLAB_LOG", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        command.args(args).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn call(&self, args: &[&str]) -> Called {
        wait(self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// The lines of a trace of [`WRITE`].
    fn trace(&self) -> Vec<String> {
        self.write("write.zab", WRITE);
        self.call(&["run", "write.zab", "--trace", "good.jsonl"]).held();
        self.read("good.jsonl").lines().map(str::to_owned).collect()
    }

    /// Replays a trace of these lines.
    fn replay(&self, lines: &[String]) -> Called {
        self.write("t.jsonl", lines.join("\n") + "\n");
        self.call(&["replay", "t.jsonl"])
    }

    /// Replays a trace whose header was changed.
    fn replay_header(&self, change: impl FnOnce(&mut Value)) -> Called {
        let mut lines = self.trace();
        let mut header: Value = serde_json::from_str(&lines[0]).unwrap();
        change(&mut header);
        lines[0] = header.to_string();
        self.replay(&lines)
    }
}

fn wait(child: Child) -> Called {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(!out.contains("panicked") && !err.contains("panicked"), "{out}{err}");
    Called { status: output.status.code().expect("it exits by itself"), out, err }
}

/// Blots out what names a build: the steps and the hash of a moment.
fn without_hashes(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at + 1);
        let steps = after.chars().take_while(char::is_ascii_digit).count();
        clean.push_str(before);
        rest = match after[steps..].strip_prefix('#') {
            Some(hash) if steps > 0 => {
                clean.push_str("STEPS#HASH");
                hash.trim_start_matches(|digit: char| digit.is_ascii_hexdigit())
            }
            _ => after,
        };
    }
    clean + rest
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}

#[test]
fn a_bundled_scenario_runs_by_its_name() {
    let folder = Folder::new("bundled");
    let called = folder.call(&["run", "kill-leader"]);
    let last = called.held().lines().last().unwrap();
    assert!(last.starts_with("Held: ") && last.contains("; kill-leader:0@"), "{last}");
    let other = folder.call(&["run", "kill-leader", "--seed", "18446744073709551615"]);
    assert_eq!(other.err, "");
    assert!(other.out.contains("; kill-leader:18446744073709551615@"), "{}", other.out);
}

#[test]
fn a_file_runs_and_the_whole_of_it_is_told() {
    let folder = Folder::new("file");
    folder.write("alone.zab", ALONE);
    snapshot!("run_file", folder.call(&["run", "alone.zab"]).all());
}

#[test]
fn an_expectation_that_fails_is_status_1() {
    let folder = Folder::new("unmet");
    folder
        .write("unmet.zab", format!("{ALONE}by 3s    expect leader zk1\n         expect zk2 data /a one\n"));
    snapshot!("run_unmet", folder.call(&["run", "unmet.zab"]).all());
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = Folder::new("unreadable");
    fs::create_dir(folder.0.join("folder.zab")).unwrap();
    folder.write("empty.zab", "");
    folder.write("latin.zab", b"ensemble zk1\n# caf\xe9\n");
    folder.write("wrong.zab", "ensemble zk1\nat 1s strat zk1\n");
    let mut text = String::new();
    for name in [
        "kill-laeder",
        "quite-another-thing",
        "",
        "missing.zab",
        "no-folder/missing.zab",
        "empty.zab/missing.zab",
        "folder.zab",
        "empty.zab",
        "latin.zab",
        "wrong.zab",
    ] {
        let called = folder.call(&["run", name]);
        writeln!(text, "$ zablab run {name:?}\n{}", called.refused()).unwrap();
    }
    snapshot!("run_refused", text);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("permission");
    folder.write("locked.zab", ALONE);
    let path = folder.0.join("locked.zab");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        eprintln!("skipped: this user may read every file, whatever its mode");
        return;
    }
    for command in ["run", "replay", "fmt"] {
        let called = folder.call(&[command, "locked.zab"]);
        assert!(called.refused().starts_with("error: locked.zab cannot be read: "), "{called:?}");
    }
}

#[test]
fn json_is_valid_and_tells_no_wall_clock() {
    let folder = Folder::new("json");
    folder.write("alone.zab", ALONE);
    let called = folder.call(&["run", "alone.zab", "--json"]);
    let report: Value = serde_json::from_str(called.held()).unwrap();
    assert_eq!(
        (&report["green"], &report["ending"], &report["met"]),
        (&json!(true), &json!("complete"), &json!(1))
    );
    assert_eq!(report["servers"][0]["state"], "looking");
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    snapshot!("run_json_keys", format!("{keys:#?}"));
    assert_eq!(folder.call(&["run", "alone.zab", "--json"]).out, called.out, "byte for byte");

    folder.write("unmet.zab", format!("{ALONE}by 3s    expect leader zk1\n"));
    let called = folder.call(&["run", "unmet.zab", "--json"]);
    let report: Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!((called.status, &*called.err), (1, ""));
    assert_eq!((&report["green"], &report["unmet"][0]["line"]), (&json!(false), &json!(9)));
}

#[test]
fn the_story_is_the_same_byte_for_byte() {
    let folder = Folder::new("twice");
    folder.write("write.zab", WRITE);
    let first = folder.call(&["run", "write.zab", "--seed", "7", "--trace", "a.jsonl"]);
    let second = folder.call(&["run", "write.zab", "--seed", "7", "--trace", "b.jsonl"]);
    assert_eq!(first.held(), second.held());
    assert_eq!(folder.read("a.jsonl"), folder.read("b.jsonl"));
}

#[test]
fn a_trace_replays() {
    let folder = Folder::new("replay");
    let lines = folder.trace();
    let called = folder.replay(&lines);
    assert!(called.held().starts_with(&format!("The same run, {} steps: write.zab:0@", lines.len() - 2)));
    // A trace needs nothing but itself, and also one of a run that failed replays.
    folder.write("unmet.zab", format!("{WRITE}at 5s    expect no leader\n"));
    assert_eq!(folder.call(&["run", "unmet.zab", "--trace", "unmet.jsonl", "--json"]).status, 1);
    fs::remove_file(folder.0.join("unmet.zab")).unwrap();
    folder.call(&["replay", "unmet.jsonl"]).held();
}

/// Changes one line with a function on its JSON.
fn edited(lines: &[String], at: usize, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut lines = lines.to_vec();
    let mut value: Value = serde_json::from_str(&lines[at]).unwrap();
    change(&mut value);
    lines[at] = value.to_string();
    lines
}

#[test]
fn an_edited_trace_differs_at_the_line_that_was_edited() {
    let folder = Folder::new("edited");
    let lines = folder.trace();
    let wrote = lines.iter().position(|line| line.contains("\"disk-wrote\"") && line.contains("0x100000001"));
    let wrote = wrote.expect("somebody logs the write");
    let is = |line: usize, place: &str, trace: &str, run: &str| {
        format!(
            "t.jsonl, line {line}: the run goes another way\n  {place}\n    trace: {trace}\n    run:   {run}\n"
        )
    };
    let differs = |lines: &[String]| {
        let called = folder.replay(lines);
        assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
        called.out
    };

    // A zxid: the line is named, and the place within it.
    let mut other = lines.clone();
    other[wrote] = other[wrote].replacen("0x100000001", "0x100000002", 1);
    let told = differs(&other);
    assert!(
        told.starts_with(&format!("t.jsonl, line {}: the run goes another way\n  effects[", wrote + 1)),
        "{told}"
    );
    assert!(told.contains("trace: \"0x100000002\"\n    run:   \"0x100000001\"\n"), "{told}");
    assert_eq!(told.lines().count(), 4, "{told}");

    // A time, a hash.
    let value: Value = serde_json::from_str(&lines[20]).unwrap();
    let (at, hash) = (value["at"].as_u64().unwrap(), value["hash"].to_string());
    let told = differs(&edited(&lines, 20, |line| line["at"] = json!(at + 1)));
    assert_eq!(told, is(21, "at", &(at + 1).to_string(), &at.to_string()));
    let told = differs(&edited(&lines, 20, |line| line["hash"] = json!("0123456789abcdef")));
    assert_eq!(told, is(21, "hash", "\"0123456789abcdef\"", &hash));
    // More than there is, less than there is.
    let told = differs(&edited(&lines, 20, |line| line["more"] = json!(true)));
    assert_eq!(told, is(21, "more", "true", "nothing"));
    let cause = value["cause"].to_string();
    let told = differs(&edited(&lines, 20, |line| drop(line.as_object_mut().unwrap().remove("cause"))));
    assert_eq!(told, is(21, "cause", "nothing", &cause));

    // A line that is gone, there twice, no step at all, or the end before its time.
    let mut other = lines.clone();
    other.remove(20);
    assert_eq!(differs(&other), is(21, "step", "21", "20"));
    let mut other = lines.clone();
    other.insert(20, lines[20].clone());
    assert_eq!(differs(&other), is(22, "step", "20", "21"));
    let mut other = lines.clone();
    other[20] = "[1, 2]".to_owned();
    assert_eq!(differs(&other), is(21, "step", "none", "20"));
    let mut other = lines.clone();
    other.drain(20..lines.len() - 1);
    assert_eq!(differs(&other), is(21, "step", "none: the run ends", "20"));

    // The end line.
    let end = lines.len() - 1;
    let told = differs(&edited(&lines, end, |line| line["steps"] = json!(1)));
    assert_eq!(told, is(end + 1, "steps", "1", &(end - 1).to_string()));
}

#[test]
fn a_trace_of_another_run_differs() {
    let folder = Folder::new("header");
    for change in [
        (|header| header["seed"] = json!("1")) as fn(&mut Value),
        |header| header["text"] = json!(WRITE.replace("start all", "start zk1 zk2")),
        |header| header["text"] = json!(WRITE.replace("/a one at", "/a two at")),
    ] {
        let called = folder.replay_header(change);
        assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
        assert!(called.out.contains(": the run goes another way\n"), "{called:?}");
    }
    // The name is only a name, and the text may be written in another way.
    folder.replay_header(|header| header["scenario"] = json!("another")).held();
    folder.replay_header(|header| header["text"] = json!(format!("# More words.\n{WRITE}"))).held();
}

#[test]
fn what_is_no_whole_trace_is_refused() {
    let folder = Folder::new("no-trace");
    let good = folder.trace();
    let mut text = String::new();
    let mut tell = |what: &str, called: Called| {
        let message = called.refused().replace(&format!("line {}", good.len()), "line LAST");
        let message = message.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        writeln!(text, "# {what}\n{}", message.replace(&format!("line {}", good.len() + 1), "line LAST+1"))
            .unwrap();
    };

    let whole = folder.read("good.jsonl");
    let mut cut = |what: &str, bytes: usize| {
        folder.write("t.jsonl", &whole[..bytes]);
        tell(what, folder.call(&["replay", "t.jsonl"]));
    };
    cut("cut off in the middle of a line", good[..10].iter().map(|line| line.len() + 1).sum::<usize>() + 30);
    cut("cut off behind a line", good[..10].iter().map(|line| line.len() + 1).sum());
    cut("cut off before the end line", whole.len() - good[good.len() - 1].len() - 1);
    cut("cut off in the middle of the end line", whole.len() - 10);
    cut("cut off in the middle of the header", 40);
    cut("cut off behind the header", good[0].len() + 1);

    let mut with = |what: &str, lines: &[&str]| {
        folder.write("t.jsonl", lines.join("\n") + "\n");
        tell(what, folder.call(&["replay", "t.jsonl"]));
    };
    let all: Vec<&str> = good.iter().map(String::as_str).collect();
    with("rubbish behind the end line", &[&all[..], &["rubbish"]].concat());
    with("a blank line behind the end line", &[&all[..], &[""]].concat());
    with("a second end line", &[&all[..], &all[all.len() - 1..]].concat());
    with("a blank line in the middle", &[&all[..10], &[""], &all[10..]].concat());
    with("rubbish in the middle", &[&all[..10], &["rubbish"], &all[10..]].concat());
    with("without a header", &all[1..]);
    with("a scenario", &WRITE.lines().collect::<Vec<_>>());
    with("JSON of another kind", &["{\"name\": \"zablab\"}"]);
    with("JSON, but no object", &["[1, 2, 3]"]);

    tell("another format", folder.replay_header(|header| header["format"] = json!(2)));
    tell("format as text", folder.replay_header(|header| header["format"] = json!("1")));
    tell("another version", folder.replay_header(|header| header["version"] = json!("99.0.0")));
    tell("seed not a number", folder.replay_header(|header| header["seed"] = json!("seven")));
    tell("seed not a text", folder.replay_header(|header| header["seed"] = json!(7)));
    tell("no seed", folder.replay_header(|header| drop(header.as_object_mut().unwrap().remove("seed"))));
    tell(
        "a scenario that does not parse",
        folder.replay_header(|header| header["text"] = json!("ensemble zk1\nat 1s strat zk1\n")),
    );

    folder.write("t.jsonl", [good[0].as_bytes(), b"\n\xff\xfe\n"].concat());
    tell("not UTF-8", folder.call(&["replay", "t.jsonl"]));
    folder.write("t.jsonl", "");
    tell("an empty file", folder.call(&["replay", "t.jsonl"]));
    tell("a directory", folder.call(&["replay", "."]));
    tell("missing", folder.call(&["replay", "missing.jsonl"]));
    snapshot!("replay_refused", text);
}

#[test]
fn a_history_is_written_line_by_line_and_never_over_what_is_read() {
    let folder = Folder::new("history");
    let text = "ensemble zk1\nclient c1\nat 0s start zk1\nat 1s start c1\nat 2s c1 create /a 7\n\
                at 3s c1 get /a\nat 3s c1 delete /b\nby 4s expect c1 last NoNode\n";
    folder.write("client.zab", text);
    folder.call(&["run", "client.zab", "--history", "h.jsonl", "--json"]).held();
    let lines = fs::read_to_string(folder.0.join("h.jsonl")).unwrap();
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let short =
        |event: &Value| format!("{} {} {}", event["type"], event["f"], event["value"]).replace('"', "");
    assert_eq!(
        events.iter().map(short).collect::<Vec<_>>(),
        [
            "info zk1 is started null",
            "invoke write 7",
            "ok write 7",
            "invoke read null",
            "invoke delete null",
            "ok read 7",
            "fail delete null"
        ]
    );
    assert_eq!((&events[2]["zxid"], &events[6]["error"]), (&json!(2), &json!("NoNode")));

    let refused = |args: &[&str]| folder.call(&[&["run", "client.zab", "--history"], args].concat());
    let called = refused(&["client.zab"]);
    assert!(called.refused().contains("is the scenario; its history needs another file"), "{called:?}");
    let called = refused(&["t.jsonl", "--trace", "t.jsonl"]);
    assert!(called.refused().contains("is the trace; the history needs another file"), "{called:?}");
    assert!(refused(&["no-folder/h.jsonl"]).refused().contains("cannot be written"));
    assert_eq!(fs::read_to_string(folder.0.join("client.zab")).unwrap(), text);
}

#[test]
fn a_page_is_written_whatever_came_of_the_run_and_never_over_what_is_read() {
    let folder = Folder::new("page");
    folder.write("write.zab", WRITE);
    folder.write("vain.zab", WRITE.replace("data /a one", "data /a two"));
    let told = folder.call(&[
        "run",
        "write.zab",
        "--html",
        "good.html",
        "--trace",
        "t.jsonl",
        "--history",
        "h.jsonl",
    ]);
    let page = folder.read("good.html");
    let moment = told.held().split_whitespace().last().unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains(&format!("\"moment\":\"{moment}\"")),
        "{told:?}"
    );
    // A run is the same with a page and without one.
    assert_eq!(told.held(), folder.call(&["run", "write.zab"]).held());

    let called = folder.call(&["run", "vain.zab", "--html", "vain.html", "--json"]);
    assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
    assert!(folder.read("vain.html").contains("\"green\":false"));

    folder.call(&["replay", "t.jsonl", "--html", "again.html"]).held();
    assert_eq!(folder.read("again.html"), page);

    for (args, what) in [
        (&["run", "write.zab", "--html", "./write.zab"][..], "is the scenario; its page needs another file"),
        (
            &["run", "write.zab", "--html", "p.html", "--trace", "p.html"],
            "is the trace; the page needs another file",
        ),
        (
            &["run", "write.zab", "--html", "p.html", "--history", "./p.html"],
            "is the history; the page needs another",
        ),
        (&["replay", "t.jsonl", "--html", "t.jsonl"], "is the trace; its page needs another file"),
        (&["run", "write.zab", "--html", "-"], "stands for standard output"),
        (&["run", "write.zab", "--html", "no-folder/p.html"], "no-folder/p.html cannot be written: "),
        (
            &["run", "write.zab", "--html", "p.html", "--from", "4s", "--to", "3s"],
            "--from 4s is after --to 3s; expected an earlier time",
        ),
        (&["run", "write.zab", "--html", "p.html", "--from", "4"], "expected a time such as"),
        (&["run", "write.zab", "--from", "4s"], "--html"),
    ] {
        let called = folder.call(args);
        assert!(called.refused().contains(what), "{called:?}");
    }
    // That the run is over by then is known only after it.
    let called = folder.call(&["run", "write.zab", "--html", "p.html", "--from", "500s"]);
    assert_eq!(called.status, 2, "{called:?}");
    assert!(called.err.contains("--from 500s shows nothing: the run is over at 4.000 s"), "{called:?}");
    assert_eq!(folder.read("write.zab"), WRITE);
}

#[test]
fn a_trace_that_cannot_be_written_is_named() {
    let folder = Folder::new("unwritable");
    folder.write("write.zab", WRITE);
    for out in ["no-folder/t.jsonl", "."] {
        let called = folder.call(&["run", "write.zab", "--trace", out]);
        assert!(called.refused().starts_with(&format!("error: {out} cannot be written: ")), "{called:?}");
    }
    // Not over the scenario, by whatever way it is named.
    for out in ["write.zab", "./write.zab"] {
        let called = folder.call(&["run", "write.zab", "--trace", out]);
        assert!(called.refused().contains("is the scenario; its trace needs another file"), "{called:?}");
        assert_eq!(folder.read("write.zab"), WRITE);
    }
    if cfg!(target_os = "linux") && Path::new("/dev/full").exists() {
        let called = folder.call(&["run", "write.zab", "--json", "--trace", "/dev/full"]);
        assert!(called.refused().starts_with("error: /dev/full cannot be written: "), "{called:?}");
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let child = folder.command(&["run", "write.zab"]).stdout(full).stderr(Stdio::piped()).spawn();
        let called = wait(child.unwrap());
        assert!(called.refused().starts_with("error: standard output cannot be written: "), "{called:?}");
    }
}

#[test]
fn a_run_without_end_is_status_3() {
    let folder = Folder::new("runaway");
    folder.write("long.zab", "ensemble zk1\nat 800h create /a one at zk1\nat 900h end\n");
    snapshot!("run_runaway", folder.call(&["run", "long.zab", "--trace", "t.jsonl"]).all());
    folder.call(&["replay", "t.jsonl"]).held();
    let called = folder.call(&["run", "long.zab", "--json"]);
    let report: Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!((called.status, &report["green"]), (3, &json!(false)));
    assert!(report["ending"]["runaway"].is_string(), "{report}");
}

/// More lines of a story than a pipe holds, soon and cheaply.
fn talkative(rest: &str) -> String {
    let mut text = String::from("ensemble zk1 zk2 zk3\nat 0s start all\n");
    for at in 1..=4_000 {
        writeln!(text, "at {at}ms {} zk1", if at % 2 == 1 { "pause" } else { "resume" }).unwrap();
    }
    text + rest
}

#[test]
fn a_closed_pipe_ends_quietly_with_the_true_status() {
    let folder = Folder::new("pipe");
    folder.write("held.zab", talkative("by 10s expect available\n"));
    folder.write("failed.zab", talkative("by 10s expect unavailable\nat 10s expect no leader\n"));
    for (file, status) in [("held.zab", 0), ("failed.zab", 1)] {
        let mut child = folder
            .command(&["run", file, "--trace", "t.jsonl"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.ends_with("zk1    starts\n"), "{line:?}");
        let called = wait(child);
        assert_eq!((called.status, &*called.err), (status, ""), "{file}");
        // Nobody reads the story, and the trace is whole all the same.
        folder.call(&["replay", "t.jsonl"]).held();
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_tells_how_far_it_came() {
    let folder = Folder::new("interrupt");
    // The first part fills the pipe's buffers; the rest would take minutes.
    folder.write("long.zab", talkative("at 10s create /n times 1000000 at leader\nat 700h end\n"));
    let mut child =
        folder.command(&["run", "long.zab"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut story = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    story.read_line(&mut told).unwrap();
    // It speaks, so it listens for the signal.
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(sent.success());
    story.read_to_string(&mut told).unwrap();
    let called = wait(child);
    assert_eq!((called.status, &*called.err), (130, ""));
    assert!(told.contains("\nINTERRUPTED; this is how far it came.\nHeld: "), "{told}");
}

#[test]
fn the_trace_of_an_interrupted_run_replays_as_far_as_it_goes() {
    let folder = Folder::new("interrupted-trace");
    let mut lines = folder.trace();
    lines.truncate(51);
    let last: Value = serde_json::from_str(&lines[50]).unwrap();
    let end = |steps: u64, hash: &Value| {
        json!({"end": "interrupted", "steps": steps, "at": last["at"], "hash": hash}).to_string()
    };
    let with = |more: &[String]| folder.replay(&[&lines[..], more].concat());
    let whole = end(50, &last["hash"]);
    assert_eq!(
        with(std::slice::from_ref(&whole)).held(),
        "The same run, 50 steps; then it was interrupted.\n"
    );
    assert!(with(&[whole, "rubbish".to_owned()]).refused().contains("line 53 stands after the end line"));
    assert_eq!(with(&[end(49, &last["hash"])]).status, 1);
    assert_eq!(with(&[end(50, &json!("0123456789abcdef"))]).status, 1);
}

#[test]
fn fmt_rewrites_what_is_not_canonical() {
    let folder = Folder::new("fmt");
    let messy = "ensemble   zk1 zk2 zk3\r\nat 0.0s start   zk1 zk2 zk3\r\nby 3000ms expect leader zk3\r\n";
    let canonical = "ensemble zk1 zk2 zk3\nat 0s    start zk1 zk2 zk3\nby 3s    expect leader zk3\n";
    folder.write("messy.zab", messy);
    folder.write("canonical.zab", canonical);

    // `--check` names what it would change, and changes nothing.
    let called = folder.call(&["fmt", "--check", "messy.zab", "canonical.zab"]);
    assert_eq!((called.status, &*called.out, &*called.err), (1, "messy.zab\n", ""));
    assert_eq!(folder.read("messy.zab"), messy);

    // A bad file leaves the others as they are, on whichever side of it they stand.
    folder.write("bad.zab", "ensemble zk1\nat 1s strat zk1\n");
    for args in [["fmt", "messy.zab", "bad.zab"], ["fmt", "bad.zab", "messy.zab"]] {
        let called = folder.call(&args);
        assert!(called.refused().contains("bad.zab:2:7"), "{called:?}");
        assert_eq!(folder.read("messy.zab"), messy);
    }
    folder.call(&["fmt", "messy.zab", "missing.zab"]).refused();
    assert_eq!(folder.read("messy.zab"), messy);

    assert_eq!(folder.call(&["fmt", "messy.zab", "canonical.zab"]).held(), "");
    assert_eq!(
        (folder.read("messy.zab"), folder.read("canonical.zab")),
        (canonical.into(), canonical.into())
    );
    assert_eq!(folder.call(&["fmt", "--check", "messy.zab", "canonical.zab"]).held(), "");

    // From standard input to standard output.
    let pipe = |args: &[&str], text: &[u8]| {
        let mut command = folder.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text).unwrap();
        wait(child)
    };
    assert_eq!(pipe(&["fmt", "-"], messy.as_bytes()).held(), canonical);
    let called = pipe(&["fmt", "--check", "-"], messy.as_bytes());
    assert_eq!((called.status, &*called.out, &*called.err), (1, "-\n", ""));
    assert_eq!(pipe(&["fmt", "--check", "-"], canonical.as_bytes()).held(), "");
    snapshot!("fmt_stdin_refused", pipe(&["fmt", "-"], b"ensemble zk1\nat 1s strat zk1\n").all());
    assert!(pipe(&["fmt", "-"], b"\xff\n").refused().starts_with("error: standard input cannot be read: "));
}

#[test]
fn what_breaks_as_foretold_is_no_failure_and_what_breaks_otherwise_is() {
    let folder = Folder::new("foretold");
    let called = folder.call(&["run", "if-one-were-enough"]);
    assert!(called.held().contains("\nAs foretold, BROKEN committed-prefix at "), "{}", called.out);
    let safe = zablab_sim::bundled::find("if-one-were-enough").unwrap();
    let other = safe.replace("violation committed-prefix", "violation log-order");
    assert_ne!(safe, other);
    folder.write("other.zab", other);
    let called = folder.call(&["run", "other.zab"]);
    assert_eq!(called.status, 1, "{}", called.out);
    assert!(called.out.contains("\nBROKEN committed-prefix at "), "{}", called.out);
    assert!(called.out.contains("instead, at 40.00"), "{}", called.out);
}

#[test]
fn list_names_every_scenario() {
    let folder = Folder::new("list");
    let called = folder.call(&["list"]);
    let names: Vec<&str> = called.held().lines().map(|line| line.split_once(' ').unwrap().0).collect();
    let bundled: Vec<&str> = zablab_sim::bundled::SCENARIOS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, bundled);
    let called = folder.call(&["list", "--json"]);
    let listed: Value = serde_json::from_str(called.held()).unwrap();
    let entries: Vec<(&str, &str)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["name"].as_str().unwrap(), entry["about"].as_str().unwrap()))
        .collect();
    assert_eq!(entries.iter().map(|(name, _)| *name).collect::<Vec<_>>(), bundled);
    for (name, about) in entries {
        assert!(!about.is_empty(), "{name} begins with no line that says what it is about");
        assert!(folder.call(&["list"]).out.contains(about));
    }
}

#[test]
fn wrong_usage_is_status_2() {
    let folder = Folder::new("usage");
    let mut text = String::new();
    let wrong: [&[&str]; 9] = [
        &["rum"],
        &["run"],
        &["run", "a", "b"],
        &["run", "a", "--sede", "1"],
        &["run", "a", "--seed", "seven"],
        &["run", "a", "--seed", "18446744073709551616"],
        &["run", "a", "--trace"],
        &["replay"],
        &["fmt"],
    ];
    for args in wrong {
        let called = folder.call(args);
        writeln!(text, "$ zablab {}\n{}", args.join(" "), called.refused()).unwrap();
    }
    snapshot!("usage", text);

    let called = folder.call(&[]);
    assert_eq!((called.status, &*called.out), (2, ""));
    assert!(called.err.contains("Usage: zablab <COMMAND>"), "{called:?}");
    for args in [["--help"], ["--version"]] {
        assert!(folder.call(&args).held().contains("zablab"));
    }
    for command in ["run", "replay", "check", "list", "fmt"] {
        assert!(folder.call(&[command, "--help"]).held().contains(&format!("Usage: zablab {command}")));
    }
}
