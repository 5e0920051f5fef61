//! Explorations that find something, and the way to it.

use crate::harness::{Folder, TWO, snapshot};
use serde_json::json;
use zablab_sim::explore::{Preset, Start, Taken};
use zablab_sim::judges::Judges;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;

#[test]
fn what_is_broken_is_told_with_the_way_there() {
    let folder = Folder::new("broken");
    let called = folder.call("--preset one-crash --defects commit-without-quorum");
    assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
    assert!(called.out.lines().all(|line| line.chars().count() <= 100), "{}", called.out);
    snapshot!("explore__broken", called.stable());
}

#[test]
fn the_way_is_a_scenario_that_breaks_the_same_property() {
    let folder = Folder::new("save");
    let args = "--preset one-crash --defects commit-without-quorum --save way.zab";
    let called = folder.call(args);
    assert_eq!((called.status, &*called.err), (1, ""), "{called:?}");
    assert!(
        called.out.contains("  run as a scenario it breaks the same property: zablab run way.zab\n"),
        "{called:?}"
    );
    let text = std::fs::read_to_string(folder.0.join("way.zab")).unwrap();
    let scenario = Scenario::parse("way.zab", &text).unwrap();
    let outcome = Run::new("way.zab", &text, &scenario, 0).unwrap().finish(&mut []).unwrap();
    assert_eq!(outcome.violations.first().map(|found| found.property), Some("durable-before-commit"));
    // The same, for machines.
    let found = folder.call(&format!("{args} --json")).json()["violations"][0].clone();
    assert_eq!(
        (&found["scenario"], &found["scenarioBreaks"]),
        (&json!(text), &json!("durable-before-commit"))
    );
    // Where nothing is broken, nothing is written.
    assert_eq!(folder.call("two.zab --preset one-crash --crashes 0 --save none.zab").status, 0);
    assert!(!folder.0.join("none.zab").exists());
    let called = folder.call("--preset one-crash --defects commit-without-quorum --save no/such/folder.zab");
    assert!(called.status == 2 && called.err.contains("no/such/folder.zab cannot be written"), "{called:?}");
}

#[test]
fn a_bug_is_found_by_its_own_property_and_not_without_it() {
    let folder = Folder::new("bug");
    let args = "--preset one-crash --property one-leader-per-epoch --json";
    let called = folder.call(&format!("{args} --bug ZK-335"));
    let report = called.json();
    assert_eq!(
        (called.status, &report["complete"], &report["ended"]),
        (1, &json!(false), &json!("violated"))
    );
    assert_eq!(report["judged"], json!(["one-leader-per-epoch"]));
    let found = &report["violations"][0];
    assert_eq!(found["property"], "one-leader-per-epoch");
    assert!(found["what"].as_str().unwrap().contains("establishes epoch 1"), "{found}");
    let (path, depth) = (found["path"].as_array().unwrap(), found["depth"].as_u64().unwrap());
    assert_eq!(path.len() as u64, depth);
    assert!(path.contains(&json!("kill zk1")), "{path:?}");
    assert!(path.iter().any(|step| step.as_str().unwrap().contains(" hold their election: ")), "{path:?}");

    let called = folder.call(&format!("{args} --depth {depth}"));
    let report = called.json();
    assert_eq!((called.status, &report["violations"], &report["ended"]), (3, &json!([]), &json!("depth")));
    let called = folder.call(&format!("{args} --bug ZK-335 --depth {}", depth - 1));
    assert_eq!((called.status, &called.json()["violations"]), (3, &json!([])), "it is a shortest path");
}

#[test]
fn a_state_that_nothing_settled_follows_is_a_violation() {
    let folder = Folder::new("stuck");
    // zk1 believes that it is alone, and leads without zk2.
    let alone = TWO.replace("\n\n", "\nset zk1 servers 1\n\n");
    std::fs::write(folder.0.join("alone.zab"), alone).unwrap();
    let called = folder.call("alone.zab --preset one-crash --crashes 0 --writes 0");
    assert_eq!(called.status, 1, "{called:?}");
    snapshot!("explore__stuck", called.stable());
    let called =
        folder.call("alone.zab --preset one-crash --crashes 0 --writes 0 --property one-leader-per-epoch");
    assert_eq!(called.status, 0, "nobody asked whether it settles: {called:?}");
}

#[test]
fn what_needs_one_more_time_out_is_open() {
    let folder = Folder::new("waiting");
    let lost = "ensemble zk1 zk2
set minNotificationInterval 60000

at 0s hold NOTIFICATION zk1 zk2 to zk1 zk2
      start all
at 2s reset zk1 from zk2 on election
at 3s end
";
    std::fs::write(folder.0.join("lost.zab"), lost).unwrap();
    let called = folder.call("lost.zab --preset election --timeouts 0");
    assert_eq!(called.status, 3, "{called:?}");
    assert!(called.out.contains("is open: from 1 state"), "{called:?}");
    assert!(
        called.out.contains("\nCOMPLETE: every state within the bounds was looked at; settles is open.\n"),
        "{called:?}"
    );
    let report = folder.call("lost.zab --preset election --timeouts 0 --json").json();
    assert_eq!(
        (&report["settles"], &report["waiting"], &report["complete"]),
        (&json!("open"), &json!(1), &json!(true))
    );
}

/// Orders that are left out may be the shorter ones.
#[test]
fn what_fewer_orders_find_is_told_by_the_shortest_path_of_all() {
    let folder = Folder::new("shortest");
    let args = "--preset election --timeouts 0 --rounds 5 --defects leave-when-all-voted --json";
    let (fewer, full) = (folder.call(args).json(), folder.call(&format!("{args} --full")).json());
    assert_eq!(fewer["violations"], full["violations"]);
    assert_eq!(fewer["violations"][0]["depth"], 2);
    assert_eq!(fewer["wrong"], "with leave-when-all-voted");
    let short = folder.call(&format!("{args} --depth 2")).json();
    assert_eq!(short["violations"], full["violations"], "a bound takes no path away that is short enough");
}

#[test]
fn what_is_broken_before_the_start_is_no_bad_input() {
    let folder = Folder::new("early");
    let early = "ensemble zk1 zk2\n\nat 0s start all\nat 3s create /a at zk2\nat 4s end\n";
    std::fs::write(folder.0.join("early.zab"), early).unwrap();
    assert_eq!(folder.call("early.zab --preset one-crash --crashes 0").status, 0);
    let called = folder.call("early.zab --preset one-crash --defects commit-without-quorum");
    assert!(called.err.contains("on the way there durable-before-commit is broken"), "{called:?}");
    assert_eq!(called.status, 1, "{called:?}");
}

#[test]
fn every_step_has_words() {
    // Worlds in which each kind of step is taken, and each step of them told.
    let text = "ensemble zk1 zk2\nset minNotificationInterval 60000\n\nat 0s start all\nat 4s end\n";
    let scenario = Scenario::parse("two", text).unwrap();
    let preset = Preset::find("one-crash").unwrap();
    let bounds = zablab_sim::explore::Bounds { cuts: 1, timeouts: 1, ..preset.bounds };
    let fine = zablab_sim::explore::Grain::FINE;
    let mut words = std::collections::BTreeSet::new();
    for grain in [preset.grain, fine] {
        let start = Start::of("two", text, &scenario, 0, &Judges::default(), bounds, grain).unwrap();
        let mut level = vec![start.world.clone()];
        for _ in 0..4 {
            let mut next = Vec::new();
            for world in level.iter().take(40) {
                for step in world.moves(&start.model) {
                    words.insert(world.words(step, &start.model));
                    if let Taken::To(to) = world.take(step, &start.model) {
                        next.push(to);
                    }
                }
            }
            level = next;
        }
    }
    let is = |wanted: &str| words.iter().any(|words| words.contains(wanted));
    assert!(!is("no words"), "{words:#?}");
    for wanted in [
        "kill zk1",
        "power-off zk2 losing unsynced",
        "start zk1",
        "create /w1 at zk2",
        "cut zk1 from zk2",
        "heal zk1 from zk2",
        " got ",
        " timer ",
        " ran ",
    ] {
        assert!(is(wanted), "{wanted} is in none of {words:#?}");
    }
}
