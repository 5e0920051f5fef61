//! `zablab shrink` and `zablab turning-point` as a user calls them.

use super::broken_plan;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("shrinker-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn zablab(folder: &PathBuf, args: &[&str]) -> (i32, String, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_zablab")).args(args).current_dir(folder).output();
    let Output { status, stdout, stderr } = command.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn a_file_a_trace_and_a_folder_become_the_same_scenario_that_fails() {
    let folder = folder("file");
    fs::write(folder.join("plan.zab"), broken_plan("ack-before-fsync", 3).to_string()).unwrap();
    let (status, small, told) = zablab(&folder, &["shrink", "plan.zab", "--seed", "3", "--time-limit", "2m"]);
    assert_eq!(status, 0, "{told}");
    assert!(told.starts_with("durable-before-commit: ") && !told.contains('\r'), "{told}");
    assert!(small.contains("expect no violation durable-before-commit\n"), "{small}");

    fs::create_dir(folder.join("found")).unwrap();
    let run = ["run", "plan.zab", "--seed", "3", "--json", "--trace", "found/trace.jsonl"];
    assert_eq!(zablab(&folder, &run).0, 1);
    for what in ["found/trace.jsonl", "found"] {
        let (status, again, told) = zablab(&folder, &["shrink", what, "--out", "small.zab"]);
        assert_eq!(status, 0, "{told}");
        assert!(again.ends_with("zablab run small.zab\n"), "{again}");
        assert_eq!(fs::read_to_string(folder.join("small.zab")).unwrap(), small);
    }
    assert_eq!(zablab(&folder, &["fmt", "--check", "small.zab"]).0, 0);

    let (status, story, _) = zablab(&folder, &["run", "small.zab"]);
    assert_eq!(status, 1);
    assert!(story.contains("expect no violation durable-before-commit\n  instead, at "), "{story}");
    let mended: String =
        small.lines().filter(|line| !line.contains("defects")).map(|line| format!("{line}\n")).collect();
    fs::write(folder.join("mended.zab"), mended).unwrap();
    assert_eq!(zablab(&folder, &["run", "mended.zab"]).0, 0);

    let (status, report, _) = zablab(&folder, &["shrink", "found", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, report["text"].as_str()), (0, Some(small.as_str())));
    assert_eq!((&report["property"], &report["finished"]), (&"durable-before-commit".into(), &true.into()));
}

#[test]
fn what_does_not_fail_is_refused() {
    let folder = folder("green");
    for command in ["shrink", "turning-point"] {
        let (status, out, told) = zablab(&folder, &[command, "start-in-order", "--seed", "4"]);
        assert_eq!((status, out.as_str()), (2, ""));
        assert_eq!(told, "error: start-in-order with seed 4 does not fail\n");
        let (status, _, told) = zablab(&folder, &[command, "."]);
        assert_eq!(
            (status, told.as_str()),
            (2, "error: . holds no trace (a file whose name ends in .jsonl)\n")
        );
    }
    fs::write(folder.join("plan.zab"), broken_plan("ack-before-fsync", 3).to_string()).unwrap();
    let (status, _, told) =
        zablab(&folder, &["shrink", "plan.zab", "--seed", "3", "--property", "leader-elected"]);
    assert_eq!(status, 2);
    assert_eq!(
        told,
        "error: plan.zab with seed 3 does not break leader-elected; what speaks is durable-before-commit\n"
    );
    let (status, _, told) = zablab(&folder, &["shrink", "plan.zab", "--seed", "3", "--out", "plan.zab"]);
    assert_eq!(status, 2);
    assert_eq!(told, "error: plan.zab is what was read; the outcome needs another file\n");
}

#[test]
fn without_time_the_plan_is_given_as_it_is() {
    let folder = folder("time");
    fs::write(folder.join("plan.zab"), broken_plan("ack-before-fsync", 3).to_string()).unwrap();
    let (status, small, told) =
        zablab(&folder, &["shrink", "plan.zab", "--seed", "3", "--time-limit", "0s", "--out", "small.zab"]);
    assert_eq!(status, 3, "{told}");
    assert!(small.contains("the best so far"), "{small}");
    assert_eq!(zablab(&folder, &["run", "small.zab", "--json"]).0, 1);
}

#[test]
fn a_turning_point_is_told_in_words_and_for_machines() {
    let folder = folder("turning");
    let text = "ensemble zk1 zk2 zk3\nset boot 300ms..2s\nat 0s start all\nat 9s expect leader zk3\n";
    fs::write(folder.join("race.zab"), text).unwrap();
    let failing = (0..50)
        .map(|seed: u64| seed.to_string())
        .find(|seed| zablab(&folder, &["run", "race.zab", "--json", "--seed", seed]).0 == 1)
        .unwrap();
    let (status, words, told) = zablab(&folder, &["turning-point", "race.zab", "--seed", &failing]);
    assert_eq!((status, told.as_str()), (0, ""));
    assert!(words.contains("the point of no return is at ") && words.contains("Sealed by: "), "{words}");
    let (status, report, _) = zablab(&folder, &["turning-point", "race.zab", "--seed", &failing, "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, &report["property"]), (0, &"expectation".into()));
    let moment = report["moment"].as_str().unwrap();
    assert!(moment.starts_with(&format!("race.zab:{failing}@")) && words.contains(moment), "{moment}");
}
