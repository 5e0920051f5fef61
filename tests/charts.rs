//! The pictures of `zablab run --view`: what they show, and that they fit.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use zablab_sim::bundled;
use zablab_sim::chart::{self, Paper};
use zablab_sim::recording::{Limits, Recording, record};
use zablab_sim::scenario::Scenario;

/// Recordings that were made already.
static MADE: Mutex<BTreeMap<String, Arc<Recording>>> = Mutex::new(BTreeMap::new());

fn recorded(name: &str) -> Arc<Recording> {
    if let Some(made) = MADE.lock().unwrap().get(name) {
        return made.clone();
    }
    let text = bundled::find(name).unwrap();
    let scenario = Scenario::parse(name, text).unwrap();
    let recording = record(name, text, &scenario, scenario.seed(), 0..=u64::MAX, Limits::default()).unwrap();
    let recording = Arc::new(recording);
    MADE.lock().unwrap().insert(name.to_owned(), recording.clone());
    recording
}

fn paper(width: usize, ascii: bool) -> Paper {
    Paper { width, color: false, ascii }
}

macro_rules! snapshot {
    ($name:expr, $text:expr) => {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    };
}

#[test]
fn pictures_look_like_this() {
    for (name, width, ascii) in [("lone-survivor", 100, false), ("follower-cut-off", 60, true)] {
        let recording = recorded(name);
        snapshot!(format!("sequence-{name}"), chart::sequence(&recording, paper(width, ascii)));
    }
    for (name, width, ascii) in [("kill-leader", 100, false), ("four-need-three", 60, true)] {
        let recording = recorded(name);
        snapshot!(format!("votes-{name}"), chart::votes(&recording, paper(width, ascii)));
    }
    for (name, width, ascii) in [("minority-leader-trunc", 100, false), ("missed-2000-writes", 50, true)] {
        let recording = recorded(name);
        snapshot!(format!("log-{name}"), chart::log(&recording, paper(width, ascii)));
    }
}

/// Names of bundled scenarios, the long ones among them.
fn names() -> impl Strategy<Value = &'static str> {
    let names: Vec<&str> = bundled::SCENARIOS.iter().map(|(name, _)| *name).collect();
    proptest::sample::select(names)
}

type Draw = fn(&Recording, Paper) -> String;

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_wider_than_the_paper(name in names(), width in 40..=200usize, ascii: bool, color: bool) {
        let recording = recorded(name);
        let paper = Paper { width, color, ascii };
        for draw in [chart::sequence as Draw, chart::votes, chart::log] {
            let picture = draw(&recording, paper);
            for line in anstream::adapter::strip_str(&picture).to_string().lines() {
                prop_assert!(line.chars().count() <= width, "{name}: {line:?}");
                prop_assert!(!ascii || line.is_ascii(), "{name}: {line:?}");
            }
            let painted = picture.contains('\u{1b}');
            prop_assert!(color || !painted);
        }
    }
}

#[test]
fn a_packet_that_is_lost_ends_in_a_cross() {
    let picture = chart::sequence(&recorded("follower-cut-off"), paper(100, true));
    let lost: Vec<&str> = picture.lines().filter(|line| line.contains("--x")).collect();
    assert!(lost.iter().any(|line| line.contains("PROPOSAL")), "{picture}");
    let calm = chart::sequence(&recorded("start-in-order"), paper(100, true));
    let drawn = calm.lines().filter(|line| !line.contains("is lost"));
    assert_eq!(drawn.filter(|line| line.contains("-x")).count(), 0, "{calm}");
}

#[test]
fn packets_that_come_again_and_again_are_counted() {
    let recording = recorded("missed-2000-writes");
    let picture = chart::sequence(&recording, paper(100, true));
    assert!(picture.lines().count() < 120, "{} lines", picture.lines().count());
    assert!(picture.contains("PROPOSAL x 20"), "{picture}");
    assert!(!picture.contains("PING |"), "heartbeats are no arrows");
}

#[test]
fn an_answer_stands_below_what_it_answers() {
    let picture = chart::sequence(&recorded("lone-survivor"), paper(100, true));
    let row = |what: &str| picture.lines().position(|line| line.contains(what)).unwrap();
    for zxid in ["0x100000001", "0x100000002", "0x100000003"] {
        let proposed = row(&format!("PROPOSAL {zxid}"));
        let acknowledged = row(&format!("ACK {zxid}"));
        assert!(proposed < acknowledged && acknowledged < row(&format!("COMMIT {zxid}")), "{picture}");
    }
}

#[test]
fn packets_are_counted_however_narrow_the_paper() {
    for width in [40, 44, 60, 200] {
        let picture = chart::sequence(&recorded("missed-2000-writes"), paper(width, true));
        assert!(picture.lines().filter(|line| line.contains("2000")).count() >= 3, "{width}: {picture}");
        assert!(picture.contains("x 10"), "{width}: {picture}");
    }
}

#[test]
fn a_sign_stands_with_its_meaning() {
    for width in 50..120 {
        let picture = chart::log(&recorded("minority-leader-trunc"), paper(width, true));
        assert!(picture.contains("? logged, never committed;"), "{width}: {picture}");
    }
}

#[test]
fn who_does_not_fit_is_named() {
    let recording = recorded("logged-not-committed-3-of-5");
    assert_eq!(recording.servers(), 5);
    let picture = chart::sequence(&recording, paper(40, true));
    assert!(picture.contains("zk4, zk5"), "{picture}");
    assert!(picture.contains("do not fit in 40 columns."), "{picture}");
    let wide = chart::sequence(&recording, paper(100, true));
    assert!(!wide.contains("not fit"), "{wide}");
}

#[test]
fn a_log_tells_what_was_lost_from_what_was_committed() {
    let picture = chart::log(&recorded("minority-leader-trunc"), paper(100, true));
    let row = |zxid: &str| {
        let line = picture.lines().find(|line| line.starts_with(zxid)).unwrap();
        line.split_whitespace().skip(1).take(4).collect::<Vec<_>>().join(" ")
    };
    assert!(row("0x100000003").starts_with("# # #"), "{picture}");
    assert_eq!(row("0x100000004"), ". x . never", "{picture}");
}

fn call(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_zablab")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_view_changes_neither_verdict_nor_status() {
    let end = |out: &str| out[out.find("\nserver ").unwrap()..].to_owned();
    let (status, story, _) = call(&["run", "kill-leader"]);
    for view in ["sequence", "votes", "log"] {
        let (other, shown, err) = call(&["run", "kill-leader", "--view", view]);
        assert_eq!((other, &*err), (status, ""));
        assert_eq!(end(&shown), end(&story), "{view}");
        assert!(!shown.contains('\u{1b}'), "a pipe gets no colour");
    }
    assert_eq!(call(&["run", "kill-leader", "--view", "story"]).1, story);
    let broken = ["run", "minority-leader-trunc", "--defects", "keep-tail"];
    assert_eq!(call(&broken).0, 1);
    assert_eq!(call(&[&broken[..], &["--view", "log"]].concat()).0, 1);
}

#[test]
fn a_view_is_for_people() {
    let (status, out, err) = call(&["run", "kill-leader", "--view", "votes", "--json"]);
    assert_eq!((status, &*out), (2, ""));
    assert!(err.contains("--view") && err.contains("--json"), "{err}");
    for args in [["--width", "80"], ["--width", "7"], ["--view", "tree"]] {
        let (status, out, err) = call(&[&["run", "kill-leader"][..], &args].concat());
        assert_eq!((status, &*out), (2, ""), "{err}");
    }
}
