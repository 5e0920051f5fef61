//! An ensemble that takes too few for a quorum breaks, and a scenario can expect it.

use super::watch::SECOND;
use zablab_sim::judges::Judges;
use zablab_sim::report;
use zablab_sim::run::{Ending, Outcome, Run};
use zablab_sim::scenario::Scenario;

/// Two sides, each of which commits: by 41.1 s.
const SPLIT: &str = "ensemble zk1 zk2 zk3\nunsafe quorum-size 1\nset boot 500ms\nat 0s start all\n\
                     by 3s expect leader zk3\nat 6s cut zk1 from zk2 zk3\nat 40s create /here at zk1\n\
                     at 41s create /there at zk3\n";

fn prepared(text: &str) -> Run {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    Run::new("test", text, &scenario, 0).unwrap_or_else(|error| panic!("{error}"))
}

fn run(lines: &str) -> Outcome {
    prepared(&format!("{SPLIT}{lines}\n")).finish(&mut []).unwrap()
}

fn unmet(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.unmet.iter().map(|unmet| (&*unmet.expected, &*unmet.instead)).collect()
}

fn broken(outcome: &Outcome) -> Option<&'static str> {
    outcome.violations.first().map(|violation| violation.property)
}

#[test]
fn what_is_foretold_and_comes_is_no_failing() {
    let outcome = run("by 50s expect violation committed-prefix");
    assert!(outcome.is_green(), "{:?}", outcome.unmet);
    assert_eq!((outcome.met, outcome.foretold[0].property), (2, "committed-prefix"));
    assert!(outcome.virtual_time < 42 * SECOND, "the run ends where it speaks");
    let words = report::verdict("test", 0, &outcome);
    assert!(words.contains("UNSAFE: these servers take any 1 of 3 voters for a quorum"), "{words}");
    assert!(words.contains("\nAs foretold, BROKEN committed-prefix at 41.0"), "{words}");
    assert!(!words.contains("\nBROKEN"), "{words}");
    let json = report::json("test", 0, &outcome);
    assert_eq!((&json["green"], &json["unsafe"]), (&true.into(), &"any 1 of 3 voters".into()));
    assert_eq!(json["foretold"][0]["property"], "committed-prefix");
    assert_eq!(json["violations"], serde_json::json!([]));
}

#[test]
fn another_property_or_none_or_a_late_one_is_not_what_was_foretold() {
    let other = run("by 50s expect violation log-order");
    assert_eq!(broken(&other), Some("committed-prefix"));
    let line = "by 50s   expect violation log-order";
    assert_eq!(unmet(&other), [(line, "what was broken first is committed-prefix")]);

    let late = run("at 50s expect available\nby 40.5s expect violation committed-prefix");
    assert_eq!(broken(&late), Some("committed-prefix"));
    assert!(unmet(&late)[0].1.starts_with("it was broken at 41.0"), "{:?}", late.unmet);

    let text = SPLIT.replace("at 6s cut", "at 60s cut");
    let none = prepared(&format!("{text}by 50s expect violation log-order\n")).finish(&mut []).unwrap();
    assert_eq!((broken(&none), none.is_green()), (None, false));
    assert_eq!(unmet(&none), [("by 50s   expect violation log-order", "nothing was broken")]);
    assert_eq!(
        (none.unmet[0].at, none.virtual_time),
        (50 * SECOND, 60 * SECOND),
        "it is unmet at its deadline"
    );
}

#[test]
fn what_stands_behind_the_foretold_end_was_not_shown() {
    let outcome = run("by 50s expect violation committed-prefix\nat 45s heal\nat 46s expect available\n\
                       at 47s ask \"what?\" right \"this\" wrong \"that\"\nwhen zk3 got SNAP: kill zk1");
    assert!(!outcome.is_green());
    let sum = report::verdict("test", 0, &outcome);
    let kept = outcome.judged - outcome.foretold.len();
    assert!(
        sum.contains(&format!("Held: 2 of 6 expectations, {kept} of {} properties.", outcome.judged)),
        "{sum}"
    );
    let lines: Vec<&str> = outcome.unmet.iter().map(|unmet| &*unmet.expected).collect();
    for what in ["heal", "at 46s   expect available", "zk3 got SNAP: kill zk1"] {
        assert!(lines.contains(&what), "{what}: {lines:?}");
    }
    assert!(lines.iter().any(|line| line.contains("ask \"what?\"")), "{lines:?}");
    let before = run("by 41.5s expect violation committed-prefix\n\
                      at 40.5s ask \"what?\" right \"this\" wrong \"that\"\nat 40.5s expect zk1 leading");
    assert!(before.is_green(), "{:?}", before.unmet);
}

#[test]
fn a_property_that_is_not_judged_is_not_awaited() {
    let mut run = prepared(&format!("{SPLIT}by 50s expect violation committed-prefix\n"));
    run.judge_by(Judges::only(["log-order"]).unwrap());
    let outcome = run.finish(&mut []).unwrap();
    assert_eq!((outcome.ending, outcome.unmet, outcome.met), (Ending::Complete, vec![], 1));
}

/// Only what the servers go by can found a violation, whatever the keys are called.
#[test]
fn a_violation_is_foretold_only_where_quorums_can_miss_each_other_or_an_id_is_false() {
    let parsed = |setting: &str| {
        let text = format!(
            "ensemble zk1 zk2 zk3 zk4 zk5:observer\n{setting}\nat 0s start all\nby 9s expect violation log-order\n"
        );
        Scenario::parse("test", &text).map_err(|error| (error.line, error.message))
    };
    for founded in [
        "set zk1 servers 1",
        "set zk1 voters 1",
        "set zk3 myid 2",
        "unsafe quorum-size 2",
        "set zk1 group.1 1:2:3\nset zk1 group.2 4\nset zk1 weight.4 0\nset zk1 weight.2 0\nset zk1 weight.3 0",
        "config zk1 other.cfg",
    ] {
        assert!(parsed(founded).is_ok(), "{founded}: {:?}", parsed(founded));
    }
    for nothing in [
        "unsafe quorum-size 3",
        "set zk1 servers 1:2:3:4",
        "set zk1 servers 1:2:3",
        "set zk1 voters 1:2:3:4",
        "set zk1 myid 1",
        "set zk5 servers 1:2:3:4:5",
        "set zk1 syncLimit 9",
        "set zk1 weight.1 1\nset zk1 group.1 1:2:3:4",
    ] {
        let (_, message) = parsed(nothing).unwrap_err();
        assert_eq!(&*message, "a violation is expected where any two quorums meet", "{nothing}");
    }
}

#[test]
fn a_size_that_is_the_majority_changes_nothing() {
    let lines = "ensemble zk1 zk2 zk3\nat 0s start all\nat 5s kill leader\nat 20s expect available\n";
    let plain = prepared(lines).finish(&mut []).unwrap();
    let sized = prepared(&format!("unsafe quorum-size 2\n{lines}")).finish(&mut []).unwrap();
    assert_eq!((plain.hash, sized.is_green()), (sized.hash, true));
}

#[test]
fn a_size_that_these_servers_cannot_have_is_refused() {
    for (lines, what) in [
        ("unsafe quorum-size 4\n", "a quorum cannot have 4 of 3 voters"),
        ("unsafe quorum-size 1\nset group.1 1:2:3\n", "quorums are of groups, and have no size"),
    ] {
        let text = format!("ensemble zk1 zk2 zk3 zk4:observer\n{lines}at 0s start all\n");
        let scenario = Scenario::parse("test", &text).unwrap();
        let error = Run::new("test", &text, &scenario, 0).err().unwrap();
        assert_eq!((error.line, &*error.message), (2, what));
    }
}
