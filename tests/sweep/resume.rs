//! Sweeps that were interrupted, killed or out of time, and go on.

use crate::harness::Folder;
use serde_json::json;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zablab_sim::bugs::Wrong;
use zablab_sim::storm::Profile;
use zablab_sim::sweep::{self, Ended, Order, Quiet, Report, Seeds, Subject, Trial, Watch, save};

/// Asks for an end once so many seeds are taken in.
struct Impatient(u64);

impl Watch for Impatient {
    fn halt(&mut self) -> Option<Ended> {
        (self.0 == 0).then_some(Ended::Interrupted)
    }

    fn failed(&mut self, _: &Report, _: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn went_on(&mut self, _: &Report) -> std::io::Result<()> {
        self.0 = self.0.saturating_sub(1);
        Ok(())
    }
}

#[test]
fn what_was_interrupted_goes_on_to_the_same_report() {
    let folder = Folder::new("resume");
    let args = "sweep --seeds 0..60 --keep-going --no-shrink --defects reign-without-quorum --json";
    let whole = folder.call(&format!("{args} --out whole"));
    assert_eq!(whole.status, 1, "{whole:?}");
    let subject = Subject::profile(Profile::find("everything").unwrap())
        .with(Wrong::defects("reign-without-quorum"))
        .unwrap();
    let seeds = Seeds { from: 0, to: 60 };
    let order = Order { keep_going: true, max_failures: 10, ..Order::new(&subject, seeds) };
    let (quiet, jobs) = (Quiet::begin(), NonZeroUsize::new(2).unwrap());
    for (name, ended) in [("interrupted", Ended::Interrupted), ("killed", Ended::UnderWay)] {
        let mut report = Report::new(order.clone());
        let stop = Arc::new(AtomicBool::new(false));
        let work = |seed| Trial::run(&subject, seed, &stop, &quiet);
        sweep::sweep(&mut report, jobs, &stop, &work, &mut Impatient(25)).unwrap();
        assert_eq!(report.ended, Ended::Interrupted);
        assert!((25..60).contains(&report.next) && report.state.tally.runs == report.next);
        report.ended = ended;
        save(&folder.0.join(name), &report).unwrap();
        let called = folder.call(&format!("sweep --resume {name} --json --no-shrink"));
        assert_eq!((called.status, called.report()), (1, whole.report()), "{name}");
        assert_eq!(folder.report(name), whole.report());
        // What is over is told again, in either way to ask for it.
        let again = folder.call(&format!("{args} --resume {name}"));
        assert_eq!((again.status, again.out), (1, called.out));
        let other = folder.call(&format!("sweep --seeds 0..61 --resume {name}"));
        assert!(other.refused().contains("holds another sweep"), "{other:?}");
    }
}

#[test]
fn resume_begins_where_there_is_nothing() {
    let folder = Folder::new("begin");
    let called = folder.call("sweep --seeds 0..10 --resume new --json");
    assert_eq!((called.status, &called.report()["runs"]), (0, &json!(10)));
    assert_eq!(folder.report("new"), called.report());
}

#[test]
fn a_scenario_that_has_changed_does_not_go_on() {
    let folder = Folder::new("changed");
    let scenario = folder.0.join("a.zab");
    std::fs::write(&scenario, "ensemble zk1\nat 0s start all\nat 3s end\n").unwrap();
    assert_eq!(folder.call("sweep a.zab --seeds 0..10 --out x").status, 0);
    std::fs::write(&scenario, "ensemble zk1\nat 0s start all\nat 4s end\n").unwrap();
    assert!(folder.call("sweep --resume x").refused().contains("has changed since"));
}

#[test]
fn time_that_is_over_leaves_the_rest_undecided() {
    let folder = Folder::new("limit");
    let called = folder.call("sweep --seeds 0..100000000 --time-limit 1ms --resume x --json");
    let report = called.report();
    assert_eq!((called.status, &report["ended"]), (3, &json!("time-limit")), "{called:?}");
    assert_eq!(report["next"], json!(report["runs"].to_string()));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_what_was_found() {
    let folder = Folder::new("interrupt");
    let mut command = folder.command("sweep --seeds 0..100000000 --out x --json");
    let child = command.spawn().unwrap();
    // The report is there as soon as an interrupt is heeded.
    while !folder.0.join("x/report.json").exists() {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report = folder.report("x");
    assert_eq!((&report["ended"], &report["green"]), (&json!("interrupted"), &json!(true)));
    assert_eq!(report["next"], json!(report["runs"].to_string()));
}
