//! `zablab export`: what it takes, what it refuses, and what it leaves alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("export-{name}"));
    // It may be left over from an earlier run, or not.
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Status, standard output, standard error.
fn call(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
    let output = command.env_remove("ZABLAB_LOG").args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn export(folder: &Path, args: &[&str]) -> (i32, String, String) {
    call(folder, &[&["export", "--to", "zookeeper-log"], args].concat())
}

#[track_caller]
fn refused(told: (i32, String, String), what: &str) {
    assert_eq!((told.0, &*told.1), (2, ""), "{told:?}");
    assert!(told.2.starts_with("error: ") && told.2.contains(what), "{told:?}");
}

#[test]
fn a_trace_and_its_scenario_give_the_same_files() {
    let here = folder("same");
    assert_eq!(call(&here, &["run", "kill-leader", "--seed", "7", "--json", "--trace", "t.jsonl"]).0, 0);
    let (status, out, err) = export(&here, &["t.jsonl", "of-trace"]);
    assert_eq!((status, &*err), (0, ""));
    assert_eq!(out, "kill-leader, seed 7: the logs of 3 servers are in of-trace.\n");
    assert_eq!(export(&here, &["kill-leader", "of-scenario", "--seed", "7"]).0, 0);
    for server in ["zk1", "zk2", "zk3"] {
        for file in ["zk.log", "zoo.cfg", "txns.txt"] {
            let read = |from: &str| fs::read_to_string(here.join(from).join(server).join(file)).unwrap();
            assert_eq!(read("of-trace"), read("of-scenario"), "{server}/{file}");
        }
    }
}

#[test]
fn a_moment_is_exported_as_far_as_it_goes() {
    let here = folder("moment");
    assert_eq!(call(&here, &["run", "kill-leader", "--json", "--trace", "t.jsonl"]).0, 0);
    let trace = fs::read_to_string(here.join("t.jsonl")).unwrap();
    let step: serde_json::Value = serde_json::from_str(trace.lines().nth(200).unwrap()).unwrap();
    let hash = &step["hash"].as_str().unwrap()[..8];
    assert_eq!(step["step"], 200);
    assert_eq!(export(&here, &["kill-leader", "whole"]).0, 0);
    assert_eq!(export(&here, &[&format!("kill-leader:0@200#{hash}"), "part"]).0, 0);
    let read = |from: &str| fs::read_to_string(here.join(from).join("zk3/zk.log")).unwrap();
    let (whole, part) = (read("whole"), read("part"));
    assert!(!part.is_empty() && part.len() < whole.len() && whole.starts_with(&part));

    let refusal = |moment: &str, what: &str| refused(export(&here, &[moment, "other"]), what);
    refusal("kill-leader:0@200#00000000", &format!("is not there: the run has hash {hash} at that step"));
    refusal(&format!("kill-leader:0@99999#{hash}"), "is not there: the run is over after step");
    refusal(&format!("kill-leader:0@9x#{hash}"), "has step `9x`, which is no number");
    refusal(&format!("kill-leadr:0@900#{hash}"), "did you mean `kill-leader`?");
    refused(
        export(&here, &[&format!("kill-leader:0@200#{hash}"), "other", "--seed", "1"]),
        "names its seed; --seed is for a scenario",
    );
}

#[test]
fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    let here = folder("there");
    fs::create_dir_all(here.join("logs/zk2")).unwrap();
    fs::write(here.join("logs/zk2/zk.log"), "precious").unwrap();
    refused(export(&here, &["kill-leader", "logs"]), "logs/zk2/zk.log is there already; --force replaces it");
    assert!(!here.join("logs/zk1").exists(), "all files, or none");
    assert_eq!(export(&here, &["kill-leader", "logs", "--force"]).0, 0);
    assert_ne!(fs::read_to_string(here.join("logs/zk2/zk.log")).unwrap(), "precious");
}

#[test]
fn what_is_no_run_is_refused() {
    let here = folder("refused");
    assert_eq!(call(&here, &["run", "kill-leader", "--json", "--trace", "t.jsonl"]).0, 0);
    let trace = fs::read_to_string(here.join("t.jsonl")).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    let write = |name: &str, lines: &[&str]| fs::write(here.join(name), lines.join("\n") + "\n").unwrap();
    write("cut.jsonl", &lines[..20]);
    write("header.jsonl", &["{\"zablab\": \"history\"}"]);
    write("broken.jsonl", &["{\"zablab\": "]);
    let other = lines[0].replacen("\"seed\":\"0\"", "\"seed\":\"1\"", 1);
    write("other.jsonl", &[&[&*other], &lines[1..]].concat());
    let refusal = |run: &str, what: &str| refused(export(&here, &[run, "logs"]), what);
    refusal("cut.jsonl", "cut.jsonl, line 21 is missing: the trace was cut off");
    refusal("header.jsonl", "header.jsonl, line 1 is not the header of a trace");
    refusal("broken.jsonl", "broken.jsonl, line 1 is not JSON");
    refusal("other.jsonl", "the run goes another way");
    refusal(
        "kill-leadr",
        "`kill-leadr` is neither a bundled scenario nor a file; did you mean `kill-leader`?",
    );
    refusal("none.jsonl", "none.jsonl does not exist");
    refused(export(&here, &["t.jsonl", "logs", "--seed", "1"]), "--seed is for a scenario");
    refused(
        call(&here, &["export", "--to", "zookeper-log", "t.jsonl", "logs"]),
        "invalid value 'zookeper-log'",
    );
    refused(call(&here, &["export", "t.jsonl", "logs"]), "--to <FORM>");
    fs::write(here.join("file"), "").unwrap();
    refused(export(&here, &["kill-leader", "file"]), "file/zk1 cannot be made");
    assert!(!here.join("logs").exists());
}

/// A refusal in full.
#[track_caller]
fn told(args: &[&str], here: &Path) -> String {
    let (status, out, err) = call(here, &[&["export"], args].concat());
    assert_eq!((status, &*out), (2, ""), "{err}");
    format!("$ zablab export {}\n{err}", args.join(" "))
}

#[test]
fn each_mistake_has_its_words() {
    let here = folder("mistakes");
    fs::write(here.join("there.mmd"), "precious").unwrap();
    fs::write(here.join("own.zab"), "ensemble zk1\n\nat 0s    start all\nat 1s    end\n").unwrap();
    fs::create_dir(here.join("folder")).unwrap();
    let mistakes: &[&[&str]] = &[
        &["--to", "mermaid", "kill-leader", "--from", "14"],
        &["--to", "mermaid", "kill-leader", "--to", "2x"],
        &["--to", "mermaid", "kill-leader", "--from", "soon"],
        &["--to", "mermaid", "kill-leader", "--from", "-1s"],
        &["--to", "mermaid", "kill-leader", "--to", "-2s"],
        &["--to", "mermaid", "kill-leader", "--from", "20s", "--to", "14s"],
        &["--to", "mermaid", "kill-leader", "--from", "71s"],
        &["--to", "mermaid", "kill-leader", "--to", "1s", "--to", "2s"],
        &["--to", "mermiad", "kill-leader"],
        &["--to", "visio", "kill-leader"],
        &["--to", "14s", "kill-leader"],
        &["--to", "mermaid", "--to", "dot", "kill-leader"],
        &["--to", "mermaid", "kill-leader", "there.mmd"],
        &["--to", "mermaid", "kill-leader", "folder"],
        &["--to", "mermaid", "kill-leader", "none/out.mmd"],
        &["--to", "mermaid", "own.zab", "own.zab", "--force"],
        &["--to", "mermaid", "kill-leadr"],
        &["--to", "mermaid", "kill-leader:0@200"],
        &["--to", "zookeeper-log", "kill-leader"],
        &["--to", "zookeeper-log", "kill-leader", "logs", "--from", "1s"],
    ];
    let all: Vec<String> = mistakes.iter().map(|args| told(args, &here)).collect();
    assert_eq!(fs::read_to_string(here.join("there.mmd")).unwrap(), "precious");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/export");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("mistakes", all.join("\n")));
}

#[test]
fn a_text_goes_to_standard_output_or_to_its_file() {
    let here = folder("texts");
    assert_eq!(call(&here, &["run", "kill-leader", "--seed", "7", "--json", "--trace", "t.jsonl"]).0, 0);
    for form in ["mermaid", "shiviz", "perfetto", "jepsen", "dot"] {
        let (status, text, err) = call(&here, &["export", "--to", form, "t.jsonl"]);
        assert_eq!((status, &*err), (0, ""), "{form}");
        let args = ["export", "--to", form, "kill-leader", "out", "--seed", "7", "--force"];
        let (status, said, err) = call(&here, &args);
        assert_eq!((status, &*err), (0, ""), "{form}");
        assert!(said.starts_with("kill-leader, seed 7: a ") && said.ends_with(" is in out.\n"), "{said}");
        assert_eq!(fs::read_to_string(here.join("out")).unwrap(), text, "{form}");
        assert_eq!(
            call(&here, &["export", "--to", form, "kill-leader", "-", "--seed", "7"]).1,
            text,
            "{form}"
        );
    }
}

#[test]
fn what_is_left_out_is_said_on_standard_error() {
    let here = folder("left-out");
    let (status, text, err) = call(&here, &["export", "--to", "mermaid", "calm"]);
    assert_eq!(status, 0);
    assert!(err.contains("are left out: Mermaid draws nothing above 49000 characters"), "{err}");
    assert!(text.len() < 50_000);
    let (status, _, err) = call(&here, &["export", "--to", "mermaid", "calm", "--from", "0s", "--to", "3s"]);
    assert_eq!((status, &*err), (0, ""));
}

#[test]
fn a_window_in_which_nothing_happens_is_said_to_be_empty() {
    let here = folder("empty");
    for form in ["mermaid", "shiviz", "perfetto", "jepsen", "dot"] {
        let window = ["--from", "5.0001s", "--to", "5.0002s"];
        let (status, text, err) =
            call(&here, &[&["export", "--to", form, "kill-leader"], &window[..]].concat());
        assert_eq!(status, 0, "{form}");
        let expected = "Nothing that is shown here happens between 5.000 s and 5.000 s.";
        assert!(err.starts_with(expected), "{form}: {err}");
        assert_eq!(text.contains(expected), form != "shiviz", "{form}: {text}");
        assert_eq!(
            (text.is_empty(), err.contains("The file is empty.")),
            (form == "shiviz", form == "shiviz")
        );
    }
}

#[cfg(unix)]
#[test]
fn a_file_is_replaced_as_a_whole() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let here = folder("whole");
    fs::write(here.join("old"), "precious").unwrap();
    fs::set_permissions(here.join("old"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old", here.join("link")).unwrap();
    let mut before = fs::File::open(here.join("old")).unwrap();
    assert_eq!(call(&here, &["export", "--to", "dot", "standalone", "link", "--force"]).0, 0);
    assert!(fs::read_to_string(here.join("old")).unwrap().starts_with("digraph"));
    assert_eq!(fs::metadata(here.join("old")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::symlink_metadata(here.join("link")).unwrap().is_symlink());
    let mut text = String::new();
    std::io::Read::read_to_string(&mut before, &mut text).unwrap();
    assert_eq!(text, "precious", "whoever reads the old file still has all of it");
    assert_eq!(fs::read_dir(&here).unwrap().count(), 2, "nothing is left beside it");
}
