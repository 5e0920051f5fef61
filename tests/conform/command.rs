//! The command as a user calls it.

use super::logs;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn zablab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zablab")).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn recording(name: &str) -> String {
    logs().join("3.8.0").join(name).to_string_lossy().into_owned()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conform-command").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_recording_tells_its_story_and_conforms() {
    let output = zablab(&["conform", &recording("a-start-123"), "--as", "3.8.0"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = stdout(&output).replace(&logs().display().to_string(), "LOGS");
    insta::assert_snapshot!(text);
}

#[test]
fn json_says_the_same() {
    let output = zablab(&["conform", &recording("d-kill-leader"), "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let ensemble = &report["ensembles"][0];
    assert_eq!(ensemble["conforms"], true);
    assert_eq!(ensemble["release"]["judgedAs"], "3.8.0");
    assert_eq!(ensemble["servers"].as_array().unwrap().len(), 3);
    for server in ensemble["servers"].as_array().unwrap() {
        assert_eq!(server["protocol"], server["explained"]);
        assert_eq!(server["unknown"], 0);
    }
}

#[test]
fn a_disagreement_names_line_expectation_and_reason() {
    let to = scratch("disagrees");
    for server in ["zk1", "zk2", "zk3"] {
        fs::create_dir_all(to.join(server)).unwrap();
        let from = logs().join("3.8.0/a-start-123").join(server);
        fs::copy(from.join("zoo.cfg"), to.join(server).join("zoo.cfg")).unwrap();
        let mut text = fs::read_to_string(from.join("zk.log")).unwrap();
        if server == "zk3" {
            text = text.replace("QuorumPeer@1537] - FOLLOWING", "QuorumPeer@1549] - LEADING");
        }
        fs::write(to.join(server).join("zk.log"), text).unwrap();
    }
    let folder = to.to_string_lossy().into_owned();
    let output = zablab(&["conform", &folder, "--as", "3.8.0", "--view", "verdict"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(stdout(&output).replace(&folder, "DIR"));
}

#[test]
fn without_replay_lines_are_told_as_they_are() {
    let output = zablab(&["conform", &recording("a-start-123"), "--no-replay"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("zk2    LEADING"), "{text}");
    assert!(text.contains("zk1: ") && text.contains(" 0 unknown"), "{text}");
}

#[test]
fn a_scenario_is_compared() {
    let scenario = format!("{}.zab", recording("a-start-123"));
    let args =
        ["conform", &recording("a-start-123"), "--as", "3.8.0", "--view", "verdict", "--against", &scenario];
    let output = zablab(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains(": same"), "{}", stdout(&output));
    let args = [
        "conform",
        &recording("a-start-123"),
        "--as",
        "3.8.0",
        "--view",
        "verdict",
        "--against",
        "kill-leader",
    ];
    let output = zablab(&args);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains(": different\n  server "), "{}", stdout(&output));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = scratch("nothing");
    fs::write(folder.join("notes.txt"), "nothing of a server\n").unwrap();
    let none = folder.to_string_lossy().into_owned();
    let file = folder.join("notes.txt").to_string_lossy().into_owned();
    let missing = folder.join("missing").to_string_lossy().into_owned();
    let several = logs().join("3.8.0").to_string_lossy().into_owned();
    let mut told = String::new();
    for args in [
        vec!["conform", &none],
        vec!["conform", &file],
        vec!["conform", &missing],
        vec!["conform", &several, "--against", "kill-leader"],
        vec!["conform", &several, "--as", "4.0.0"],
        vec!["conform"],
    ] {
        let output = zablab(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        told.push_str(&String::from_utf8(output.stderr).unwrap());
        told.push('\n');
    }
    let told = told.replace(&none, "DIR").replace(&logs().display().to_string(), "LOGS");
    insta::assert_snapshot!(told);
}

#[test]
fn garbage_between_lines_is_counted_and_fails_only_when_asked() {
    let to = scratch("garbage");
    let from = logs().join("3.8.0/a-start-123/zk1");
    fs::copy(from.join("zoo.cfg"), to.join("zoo.cfg")).unwrap();
    let text = fs::read(from.join("zk.log")).unwrap();
    let mut bytes = vec![0xff, 0xfe, 0, b'\n'];
    bytes.extend(&text);
    let odd = b"2026-11-20 08:36:11,000 [myid:1] - INFO  [main:QuorumPeer@1] - Nobody has ever said this\n";
    bytes.extend(odd);
    bytes.extend(vec![b'x'; 3 << 20]);
    fs::write(to.join("zk1.log"), bytes).unwrap();
    let folder = to.to_string_lossy().into_owned();
    let output = zablab(&["conform", &folder, "--as", "3.8.0", "--view", "verdict"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output).contains("1 unknown") && stdout(&output).contains("1 too long"),
        "{}",
        stdout(&output)
    );
    let output = zablab(&["conform", &folder, "--as", "3.8.0", "--view", "verdict", "--strict"]);
    assert_eq!(output.status.code(), Some(1));
}
