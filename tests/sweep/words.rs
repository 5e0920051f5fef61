//! What a sweep prints, and what it refuses.

use crate::harness::Folder;
use std::fmt::Write;

macro_rules! snapshot {
    ($name:literal, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}

/// A leader that is killed and comes back: a scenario that no change to profiles touches.
const KILL: &str = "\
ensemble zk1 zk2 zk3
set boot 500ms

at 0s    start all
by 3s    expect available
at 4s    kill leader
         cut zk1 to zk2
at 5s    heal
at 9s    start all
by 15s   expect available
";

#[test]
fn a_clean_sweep_holds_and_leaves_nothing_behind() {
    let folder = Folder::new("clean");
    std::fs::write(folder.0.join("kill.zab"), KILL).unwrap();
    let called = folder.call("sweep kill.zab --seeds 0..20");
    assert_eq!((called.status, &*called.err), (0, ""), "{called:?}");
    assert_eq!(folder.names("."), ["kill.zab"], "a folder is made only on a failure");
    // How fast it was is the one line that the clock decides; what a step costs is not what this is about.
    let mut told = String::new();
    for line in called.out.lines() {
        let word = line.split_whitespace().next().unwrap_or_default();
        let blotted = match word {
            "events" | "slowest" | "longest" | "speed" => format!("  {word:<11} …"),
            _ => line.to_owned(),
        };
        writeln!(told, "{blotted}").unwrap();
    }
    snapshot!("sweep_clean", told);
}

#[test]
fn json_keeps_the_clock_in_one_object() {
    let folder = Folder::new("json");
    let report = folder.call("sweep --seeds 0..2 --json");
    assert_eq!((report.status, &*report.err), (0, ""), "{report:?}");
    let value: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    snapshot!("sweep_json_keys", format!("{keys:#?}"));
    assert_eq!(report.report(), folder.call("sweep --seeds 0..2 --json --jobs 2").report());
}

#[test]
fn what_cannot_be_swept_is_refused() {
    let folder = Folder::new("refused");
    std::fs::write(folder.0.join("wrong.zab"), "ensemble zk1\nat 1s strat zk1\n").unwrap();
    std::fs::write(folder.0.join("file"), "").unwrap();
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    let mut text = String::new();
    for args in [
        "sweep",
        "sweep --seeds 7",
        "sweep --seeds 7..7",
        "sweep --seeds a..b",
        "sweep --seeds 0..9 --jobs 0",
        "sweep --seeds 0..9 --shard 3/2",
        "sweep --seeds 0..9 --shard 2",
        "sweep --seeds 0..9 --time-limit soon",
        "sweep --seeds 0..9 --max-failures 2",
        "sweep --seeds 0..9 --keep-going --max-failures 0",
        "sweep --seeds 0..9 --defects no-such-thing",
        "sweep --seeds 0..9 --out a --resume b",
        "sweep everythng --seeds 0..9",
        "sweep quite-another-thing --seeds 0..9",
        "sweep missing.zab --seeds 0..9",
        "sweep wrong.zab --seeds 0..9",
        "sweep --seeds 0..9 --out file",
        "sweep --seeds 0..9 --junit empty",
        "sweep --resume empty",
        "sweep --resume missing",
        "merge",
        "merge empty",
        "merge missing",
    ] {
        let called = folder.call(args);
        writeln!(text, "$ zablab {args}\n{}", called.refused()).unwrap();
    }
    snapshot!("sweep_refused", text);
}
