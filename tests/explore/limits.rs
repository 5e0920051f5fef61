//! Explorations that are stopped.

use crate::harness::Folder;
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use std::process::Command;

#[test]
fn a_limit_ends_it_undecided() {
    let folder = Folder::new("limits");
    for (limit, ended, verdict) in [
        ("--depth 5", "depth", "NOT COMPLETE: stopped behind 5 steps; nothing was found up to there."),
        (
            "--time-limit 0s",
            "time",
            "NOT COMPLETE: stopped when the time was over; nothing was found up to there.",
        ),
        (
            "--memory 1K",
            "memory",
            "NOT COMPLETE: stopped when the memory was taken; nothing was found up to there.",
        ),
        (
            "--states 50",
            "states",
            "NOT COMPLETE: stopped at as many states as asked for; nothing was found up to there.",
        ),
    ] {
        let args = format!("two.zab --preset one-crash {limit}");
        let called = folder.call(&args);
        assert_eq!((called.status, called.out.lines().last()), (3, Some(verdict)), "{called:?}");
        let report = folder.call(&format!("{args} --json")).json();
        let told = (&report["complete"], &report["ended"], &report["settles"]);
        assert_eq!(told, (&json!(false), &json!(ended), &json!("open")), "{limit}");
        assert!(report["lookedAt"].as_u64() < report["states"].as_u64(), "{limit}");
    }
}

#[test]
fn a_limit_that_is_not_reached_is_none() {
    let folder = Folder::new("far");
    let args =
        "two.zab --preset one-crash --crashes 0 --depth 100 --states 1000000 --time-limit 10m --memory 64G";
    assert_eq!(folder.call(args).status, 0);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_what_was_found() {
    let folder = Folder::new("interrupt");
    let mut child = folder.command("--preset two-crashes-two-writes").spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    // What is explored is told as soon as an interrupt is heeded.
    out.read_line(&mut told).unwrap();
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    out.read_to_string(&mut told).unwrap();
    assert!(told.ends_with("\nINTERRUPTED: nothing was found up to there.\n"), "{told}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
