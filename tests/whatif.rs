//! What if: the same run with one change, beside the run as it was.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use zablab_sim::bundled;
use zablab_sim::run::{Observer, Run, StepView};
use zablab_sim::scenario::Scenario;
use zablab_sim::trace::RunHash;
use zablab_sim::whatif::{Asked, Change, NotTold, WhatIf, what_if};

/// The digest after every step.
#[derive(Default)]
struct Hashes(Vec<RunHash>);

impl Observer for Hashes {
    fn step(&mut self, step: &StepView<'_>) -> std::io::Result<()> {
        self.0.push(step.hash);
        Ok(())
    }
}

fn scenario(name: &str) -> (String, Scenario) {
    let text = bundled::find(name).unwrap().to_owned();
    let scenario = Scenario::parse(name, &text).unwrap();
    (text, scenario)
}

fn hashes(name: &str, seed: u64) -> Vec<RunHash> {
    let (text, scenario) = scenario(name);
    let mut hashes = Hashes::default();
    Run::new(name, &text, &scenario, seed).unwrap().finish(&mut [&mut hashes]).unwrap();
    hashes.0
}

fn asked(name: &str, seed: u64, step: u64, change: &str) -> Result<WhatIf, NotTold> {
    let (text, scenario) = scenario(name);
    let change = Change::parse(change, &scenario).map_err(NotTold::Wrong)?;
    let asked = Asked { name, text: &text, scenario: &scenario, seed };
    what_if(&asked, step, &change, &Arc::default())
}

fn refused(name: &str, step: u64, change: &str) -> String {
    match asked(name, 0, step, change) {
        Err(NotTold::Wrong(what)) => what,
        other => panic!("{change} was taken: {other:?}"),
    }
}

/// The step of `kill-leader` in which zk1 receives the proposal of the one write.
const PROPOSAL: u64 = 400;

/// What is saved comes to the changed run of `kill-leader`.
#[track_caller]
fn judge(told: &WhatIf) {
    let (text, scenario) = scenario("kill-leader");
    let asked = Asked { name: "kill-leader", text: &text, scenario: &scenario, seed: 0 };
    let saved = told.saved(&asked, &Arc::default()).unwrap().unwrap();
    let read = Scenario::parse("saved", &saved.text).unwrap();
    assert_eq!(read.to_string(), saved.text, "not canonical");
    let seed = saved.seed.unwrap_or(read.seed());
    let outcome = Run::new("saved", &saved.text, &read, seed).unwrap().finish(&mut []).unwrap();
    assert_eq!(outcome.hash, told.what_if.hash, "{}", saved.text);
    assert_ne!(told.as_it_was.hash, told.what_if.hash, "{}", told.change);
}

#[test]
fn a_follower_that_crashes_takes_the_commit_with_it() {
    let told = asked("kill-leader", 0, PROPOSAL, "crash zk1").unwrap();
    judge(&told);
    let parting = told.parting.as_ref().unwrap();
    assert_eq!(parting.step, PROPOSAL + 1);
    assert_eq!(parting.second.as_ref().unwrap().what, "is killed");
    let transactions = told.transactions();
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0].zxid, "0x200000001");
    assert!(transactions[0].as_it_was.as_ref().unwrap().ends_with("committed, in the log of zk1, zk3"));
    assert!(transactions[0].what_if.as_ref().unwrap().ends_with("not committed, in the log of zk3"));
    assert!(told.as_it_was.green && !told.what_if.green);
    insta::assert_snapshot!(told.told());
}

#[test]
fn a_packet_that_never_arrives_takes_its_connection_with_it() {
    let told = asked("kill-leader", 0, PROPOSAL, "drop").unwrap();
    judge(&told);
    assert!(told.note.as_ref().unwrap().contains("TCP"), "{:?}", told.note);
    assert_eq!(told.parting.as_ref().unwrap().step, PROPOSAL);
    let reigns: Vec<(&str, &str)> = told.what_if.reigns.iter().map(|r| (&*r.leader, &*r.epoch)).collect();
    assert_eq!(reigns, [("zk2", "1"), ("zk3", "2"), ("zk3", "3")]);
    assert_eq!(told.as_it_was.reigns.len(), 2);
}

#[test]
fn a_packet_that_is_late_is_received_later() {
    let told = asked("kill-leader", 0, PROPOSAL, "delay 500ms").unwrap();
    judge(&told);
    assert!(told.what_if.green, "{}", told.told());
    assert_eq!(told.as_it_was.servers, told.what_if.servers);
    let sent = asked("kill-leader", 0, 399, "delay 500ms to zk1");
    assert!(sent.is_ok_and(|sent| sent.what_if.hash != told.as_it_was.hash));
}

#[test]
fn a_draw_takes_another_value() {
    let again = asked("kill-leader", 0, PROPOSAL, "draw again").unwrap();
    judge(&again);
    assert_eq!(again.what_if.hash, asked("kill-leader", 0, PROPOSAL, "draw again").unwrap().what_if.hash);
    let slow = asked("kill-leader", 0, PROPOSAL, "draw 2s").unwrap();
    judge(&slow);
    assert!(!slow.what_if.green, "an fsync of 2 s breaks what the scenario expects by 66 s");
}

/// A pin names its draw, and the step only says up to where the run is the same.
#[test]
fn a_draw_is_pinned_from_the_step_on() {
    let early = refused("kill-leader", PROPOSAL, "pin boot zk1 2s");
    let made: u64 = early.split(&[' ', ','][..]).find_map(|word| word.parse().ok()).unwrap();
    assert!(early.contains("is made in step") && made < PROPOSAL, "{early}");
    for step in [1, made] {
        let told = asked("kill-leader", 0, step, "pin boot zk1 2s").unwrap();
        judge(&told);
        assert!(told.parting.unwrap().step > step);
    }
    assert!(refused("kill-leader", made + 1, "pin boot zk1 2s").contains("is made in step"));
    for nobody in ["pin latency zk1 to zk2 on quorum link 99 1s", "pin boot zk1 life 9 9s"] {
        let why = refused("kill-leader", PROPOSAL, nobody);
        assert!(why.contains("nobody makes the draw of"), "{why}");
    }
    // The line that a refusal offers is that of the draw.
    let several = refused("kill-leader", 399, "draw 5ms");
    for line in several.split('`').filter(|text| text.starts_with("pin")) {
        assert_eq!(asked("kill-leader", 0, 399, line).unwrap().parting, None, "{line}");
        assert!(refused("kill-leader", PROPOSAL, line).contains("`--at 399` changes it"));
    }
}

#[test]
fn any_step_of_the_language_is_a_change() {
    for change in [
        "power-off zk1 losing unsynced",
        "cut zk1 from zk3 on quorum",
        "pause zk1",
        "hold zk1 log-writer",
        "set latency 1s",
        "clock zk1 100",
        "create /b at leader",
        "reset zk1 from zk3",
    ] {
        let told = asked("kill-leader", 0, PROPOSAL, change).unwrap();
        judge(&told);
        let seen = hashes("kill-leader", 0);
        let parting = told.parting.unwrap();
        assert!(parting.step > PROPOSAL && parting.step as usize <= seen.len() + 1, "{change}");
    }
}

#[test]
fn what_changes_nothing_says_so() {
    for change in ["heal", "start zk1"] {
        let told = asked("kill-leader", 0, PROPOSAL, change).unwrap();
        assert_eq!(told.parting, None, "{change}");
        assert_eq!(told.as_it_was.hash, told.what_if.hash, "{change}");
        assert!(told.told().contains("Nothing differs"), "{change}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let words = [
        (PROPOSAL, "pause zk9"),
        (PROPOSAL, "drop to zk9"),
        (PROPOSAL, "drop it"),
        (PROPOSAL, "delay soon"),
        (PROPOSAL, "draw lots"),
        (PROPOSAL, "explode zk1"),
        (PROPOSAL, "dorp"),
        (PROPOSAL, "crash"),
        (PROPOSAL, "crash zk9"),
        (PROPOSAL, "pin bott zk1 1s"),
        (PROPOSAL, "end"),
        (PROPOSAL, "expect available"),
        (PROPOSAL, "kill zk1\nat 5s kill zk2"),
        (PROPOSAL, ""),
        (PROPOSAL, "kill follower zk2 zk9"),
        (PROPOSAL, "release zk1 log-writer"),
        (1, "drop"),
        (399, "draw 5ms"),
        (399, "drop to zk2"),
        (0, "kill zk1"),
        (422, "kill zk1"),
    ];
    let told: Vec<String> = words
        .iter()
        .map(|(step, change)| format!("{change:?} at {step}: {}", refused("kill-leader", *step, change)))
        .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

/// Nobody leads before the election: a step that cannot be done there is no run to compare.
#[test]
fn what_cannot_be_done_there_is_refused() {
    let why = refused("kill-leader", 2, "kill leader");
    assert!(why.contains("`kill leader` cannot be done there"), "{why}");
}

struct Called {
    status: i32,
    out: String,
    err: String,
}

fn zablab(args: &[&str]) -> Called {
    let output = Command::new(env!("CARGO_BIN_EXE_zablab")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Called { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("whatif");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn the_command_takes_a_scenario_a_trace_and_a_moment() {
    let trace = file("trace.jsonl");
    let trace = trace.to_str().unwrap();
    assert_eq!(zablab(&["run", "kill-leader", "--seed", "3", "--trace", trace]).status, 0);
    let change = ["--change", "kill zk1"];
    let by = |what: &[&str]| {
        let called = zablab(&[&["whatif"], what, &change].concat());
        assert_eq!((called.status, &*called.err), (0, ""));
        called.out
    };
    let told = by(&[trace, "--at", "350"]);
    assert_eq!(told, by(&["kill-leader", "--seed", "3", "--at", "350"]));
    let moment = told.split(',').next().unwrap();
    assert!(moment.starts_with("kill-leader:3@350#"), "{moment}");
    assert_eq!(told, by(&[moment]));
    let elsewhere = zablab(&["whatif", "kill-leader:3@350#00000000", "--change", "kill zk1"]);
    assert!(elsewhere.status == 2 && elsewhere.err.contains("another build"), "{}", elsewhere.err);
}

/// What is told of a step is told of the run that was recorded, or nothing is.
#[test]
fn a_trace_is_held_against_its_run() {
    let path = file("held.jsonl");
    let path = path.to_str().unwrap();
    assert_eq!(zablab(&["run", "kill-leader", "--trace", path]).status, 0);
    let whole = fs::read_to_string(path).unwrap();
    let refused = |text: &str, more: &[&str]| {
        fs::write(path, text).unwrap();
        let called = zablab(&[&["whatif", path, "--at", "60", "--change", "kill zk1"], more].concat());
        assert_eq!((called.status, &*called.out), (2, ""));
        called.err
    };
    let lines: Vec<&str> = whole.lines().collect();
    let hash = |line: &str| line.split("\"hash\":\"").nth(1).unwrap()[..16].to_owned();
    // Behind the step that is asked of, as before it.
    for line in [20, 200, lines.len() - 1] {
        let replaced = whole.replace(&hash(lines[line]), "0123456789abcdef");
        assert!(refused(&replaced, &[]).contains("the run goes another way"));
    }
    assert!(refused(&whole[..whole.len() / 2], &[]).contains("the trace was cut off"));
    assert!(refused(&format!("{}\n", lines[..100].join("\n")), &[]).contains("the trace was cut off"));
    let seeded = refused(&whole, &["--seed", "3"]);
    assert!(seeded.contains("is a trace, and names its seed"), "{seeded}");
}

#[test]
fn a_trace_is_read_from_standard_input() {
    let path = file("piped.jsonl");
    let named = path.to_str().unwrap();
    assert_eq!(zablab(&["run", "kill-leader", "--seed", "3", "--trace", named]).status, 0);
    let change = ["--at", "350", "--change", "kill zk1"];
    let from = |what: &str, input: fs::File| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        let output = command.args(["whatif", what]).args(change).stdin(input).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        from("-", fs::File::open(&path).unwrap()),
        zablab(&[&["whatif", named], &change[..]].concat()).out
    );
    let scenario = file("piped.zab");
    fs::write(&scenario, bundled::find("kill-leader").unwrap()).unwrap();
    assert!(from("-", fs::File::open(&scenario).unwrap()).starts_with("-:0@350#"));
}

#[test]
fn what_is_wrong_with_a_moment_is_told() {
    for (moment, more, what) in [
        ("kill-leader:0@5", &[][..], "has no `#` before a hash"),
        ("kill-leader:0@5#123", &[], "has hash `123`, which is not of eight digits"),
        ("kill-leader:x@5#12345678", &[], "has seed `x`, which is no number"),
        ("kill-leader:0@5#12345678", &["--seed", "5"], "names its seed; --seed is for a scenario"),
        ("kill-leader:0@5#12345678", &[], "the moment is of another build"),
        ("kill-leader:0@5000#12345678", &[], "the run is over after step 421"),
        // The run is held against the moment whatever is asked of it.
        ("kill-leader:0@5#12345678", &["--at", "60"], "the moment is of another build"),
    ] {
        let called = zablab(&[&["whatif", moment, "--change", "kill zk1"], more].concat());
        assert!(called.status == 2 && called.err.contains(what), "{moment}: {}", called.err);
    }
}

#[test]
fn a_saved_run_is_the_changed_run() {
    let path = file("saved.zab");
    let path = path.to_str().unwrap();
    let called = zablab(&[
        "whatif",
        "kill-leader",
        "--seed",
        "5",
        "--at",
        "380",
        "--change",
        "pause zk1",
        "--json",
        "--save",
        path,
    ]);
    assert_eq!((called.status, &*called.err), (0, ""));
    let report: Value = serde_json::from_str(&called.out).unwrap();
    let again = zablab(&["run", path, "--json"]);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["hash"], report["whatIf"]["hash"]);
    assert_eq!(again["seed"], "5");
    let no_step = zablab(&["whatif", "kill-leader", "--change", "kill zk1", "--save", path]);
    assert!(no_step.status == 2 && no_step.err.contains("--at"), "{}", no_step.err);
    // What is there stays, unless it is to be replaced.
    let save = |force: &[&str]| {
        let what = ["whatif", "kill-leader", "--at", "380", "--change", "kill zk1", "--save", path];
        zablab(&[&what, force].concat())
    };
    let there = save(&[]);
    assert!(
        there.status == 2 && there.err.contains("is there already; --force replaces it"),
        "{}",
        there.err
    );
    assert_eq!(again, serde_json::from_str::<Value>(&zablab(&["run", path, "--json"]).out).unwrap());
    assert_eq!(save(&["--force"]).status, 0);
    assert!(fs::read_to_string(path).unwrap().contains("kill zk1"));
    let same = zablab(&["whatif", path, "--at", "3", "--change", "kill zk1", "--save", path, "--force"]);
    assert!(same.status == 2 && same.err.contains("another file"), "{}", same.err);
}

/// Where other things happen at the same instant, no line of a scenario stands between them.
#[test]
fn what_cannot_be_saved_says_why() {
    let path = file("unsaved.zab");
    let path = path.to_str().unwrap();
    let scenario = "start-together-zk3-leads";
    let called = zablab(&["whatif", scenario, "--at", "1", "--change", "kill zk1", "--save", path]);
    assert_eq!(called.status, 2, "{}", called.out);
    assert!(
        called.err.contains("is not written: other things happen at that very instant"),
        "{}",
        called.err
    );
    assert!(fs::metadata(path).is_err());
}

#[test]
fn a_step_is_a_number_from_1() {
    for at in ["-1", "0", "x"] {
        let called = zablab(&["whatif", "kill-leader", "--at", at, "--change", "kill zk1"]);
        assert_eq!(called.status, 2);
        assert!(called.err.contains("expected the number of a step; steps count from 1"), "{}", called.err);
    }
}

/// What is drawn, and times that a reader can tell apart.
#[test]
fn a_draw_is_told_in_words() {
    let told = asked("kill-leader", 0, PROPOSAL, "draw again").unwrap().told();
    let words = "What if: the fsync of the log of zk1 takes 1.343 ms instead of 1.146 ms\n";
    assert!(told.contains(words), "{told}");
    let apart = "  as it was  65.003566 s  zk1 its disk has done: fsync log\n  what if    65.003763 s";
    assert!(told.contains(apart) && !told.contains("of it, at"), "{told}");
    let close = asked("kill-leader", 0, PROPOSAL, "draw 1146564ns").unwrap().told();
    assert!(close.contains("takes 1146564 ns instead of 1146563 ns"), "{close}");
    assert!(close.contains("65.003566877 s") && close.contains("65.003566878 s"), "{close}");
    let same = asked("kill-leader", 0, PROPOSAL, "draw 1146563ns").unwrap();
    assert_eq!(same.parting, None);
    let several = asked("kill-leader", 0, 399, "draw again").unwrap().change;
    assert!(several.contains("the way of a packet from zk3 to zk1 on the quorum port takes"), "{several}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Up to the change the run is the same, step for step; a change that does nothing leaves it as it was.
    #[test]
    fn nothing_before_the_change_differs(seed in 0..50_u64, part in 0.0..1.0_f64, change in 0..4_usize) {
        let known = hashes("kill-leader", seed);
        let step = 1 + (part * (known.len() - 1) as f64) as u64;
        let change = ["heal", "kill zk1", "pause zk2", "set latency 1ms"][change];
        let told = asked("kill-leader", seed, step, change).unwrap();
        prop_assert_eq!(told.as_it_was.hash, *known.last().unwrap());
        match told.parting {
            None => prop_assert_eq!(told.what_if.hash, told.as_it_was.hash),
            Some(parting) => prop_assert!(parting.step > step, "{} parts at {}", change, parting.step),
        }
        let again = asked("kill-leader", seed, step, change).unwrap();
        prop_assert_eq!(again.what_if.hash, told.what_if.hash);
    }
}
