//! Schedules: scenarios that order what happens one by one are runs like any other, told, replayed, changed, exported and made
//! small.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::path::{Path, PathBuf};
use std::process::Command;

fn scenarios() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/orders")).to_owned()
}

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let folder = std::env::temp_dir().join(format!("zablab-orders-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The command, run among the scenarios: its exit status and what it printed.
fn zablab(words: &[&str]) -> (i32, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_zablab")).args(words).current_dir(scenarios()).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(told).unwrap())
}

fn snapshot(name: &str, told: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // Without the name of the last moment: it changes with every detail of the run.
    let told = told.lines().map(|line| line.split_once(".zab:0@").map_or(line, |(before, _)| before));
    let told = told.collect::<Vec<_>>().join("\n");
    settings.bind(|| insta::assert_snapshot!(name, told));
}

#[test]
fn an_election_goes_as_it_was_ordered() {
    let (status, told) = zablab(&["run", "zk2-leads.zab"]);
    assert_eq!(status, 0, "{told}");
    snapshot("order-zk2-leads", &told);
    let (status, told) = zablab(&["explain", "zk2-leads.zab"]);
    assert_eq!(status, 0, "{told}");
    snapshot("order-zk2-leads-explained", &told);
    assert_eq!(
        zablab(&["fmt", "--check", "zk2-leads.zab", "commit-alone.zab", "out-of-turn.zab"]),
        (0, String::new())
    );
}

#[test]
fn what_cannot_happen_in_its_turn_is_told_with_what_could() {
    let (status, told) = zablab(&["run", "out-of-turn.zab"]);
    assert_eq!(status, 1, "{told}");
    snapshot("order-out-of-turn", &told);
}

#[test]
fn a_schedule_is_replayed_shown_changed_and_exported() {
    let folder = Folder::new();
    let file = |name: &str| folder.0.join(name).to_str().unwrap().to_owned();
    let (trace, html) = (file("trace"), file("run.html"));
    let (status, told) = zablab(&["run", "zk2-leads.zab", "--trace", &trace, "--html", &html]);
    assert_eq!(status, 0, "{told}");
    let (status, told) = zablab(&["replay", &trace]);
    assert!(status == 0 && told.starts_with("The same run, "), "{told}");
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("next zk2 timer finalize-wait"), "the page tells no line");
    for form in ["mermaid", "shiviz", "perfetto", "jepsen", "dot", "zookeeper-log"] {
        let (status, told) = zablab(&["export", "--to", form, &trace, &file(form)]);
        assert_eq!(status, 0, "{form}: {told}");
    }
    let (status, told) = zablab(&["whatif", "--at", "60", "--change", "kill zk1", &trace]);
    assert!(status == 0 && told.contains("zk1 is killed"), "{told}");
    for (change, refused) in
        [("freeze", "`freeze` has"), ("next zk1 booted", "`next` has"), ("thaw", "`thaw` has")]
    {
        let (status, told) = zablab(&["whatif", "--at", "60", "--change", change, &trace]);
        assert!(status == 2 && told.contains(refused), "{told}");
    }
}

#[test]
fn a_counterexample_that_is_a_schedule_is_made_small() {
    let (status, told) = zablab(&["run", "commit-alone.zab"]);
    assert!(status == 1 && told.contains("BROKEN durable-before-commit"), "{told}");
    let (status, told) = zablab(&["shrink", "commit-alone.zab"]);
    assert_eq!(status, 0, "{told}");
    // What fails by itself, too, needs no schedule.
    snapshot("order-commit-alone", &told);
}
