//! What an exhaustive search finds is a scenario like any other: it runs, replays, is explained, made small and drawn.

use crate::harness::Folder;
use std::fs;
use zablab_sim::bugs::Bug;
use zablab_sim::explore::{Counterexample, Found, Goes, Hunt, Search};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

/// What finds a bug, judged by one property, and the steps to it.
fn found(bug: &str) -> (Counterexample, &'static str, usize) {
    let hunt = Hunt::find(Bug::find(bug).unwrap()).unwrap();
    let start = hunt.start(true, None).unwrap();
    let mut search = Search::from(&start.world, &start.model);
    while search.advance(10_000) {}
    let Found { violation, path } = search.found().unwrap();
    assert!(hunt.is_shown_by(violation.property, &violation.what), "{violation:?}");
    let judges = Judges::only([hunt.property]).unwrap();
    let made = Counterexample::of(&start, "found", &path, Goes::Ends, "why\nand how", &judges);
    (made.unwrap(), hunt.property, path.len())
}

#[test]
fn a_path_is_a_scenario_that_breaks_the_same_property() {
    for bug in ["ZK-1653", "ZK-4646", "ZK-3911", "ZK-2355", "ZK-4685", "ZK-4394", "ZK-3023"] {
        let (made, property, length) = found(bug);
        assert_eq!(made.breaks.as_deref(), Some(property), "{bug}\n{}", made.text);
        assert!(made.text.starts_with("# why\n# and how\n"), "{}", made.text);
        assert_eq!(Scenario::parse("again", &made.text).unwrap().to_string(), made.text, "not canonical");
        assert!(made.text.lines().count() > length, "a step is a line at least: {}", made.text);
    }
}

/// zk3 leads by a later election than the one by which zk2 follows it; with ZOOKEEPER-1732 whoever hears of both looks for ever.
const LATE: &str = include_str!("../explore_engine/late.zab");

/// All that is broken is mended, and there is time for it: that it does not settle is the run's own verdict, too.
#[test]
fn what_never_settles_is_late_in_a_run() {
    let folder = Folder::new("late");
    for (lost, mended) in [("cut zk1 from zk2", "heal "), ("kill zk1", "start zk1")] {
        fs::write(folder.0.join("late.zab"), LATE.replace("at 20s", &format!("at 19s {lost}\nat 20s")))
            .unwrap();
        let args = "late.zab --preset one-crash --crashes 0 --writes 0 --rounds 9 --property settles --save found.zab";
        assert_eq!(folder.call(args).status, 0, "{lost}");
        let called = folder.call(&format!("{args} --bug ZK-1732"));
        assert_eq!(called.status, 1, "{called:?}");
        assert!(called.out.contains("let go on it breaks everybody-joins"), "{called:?}");
        let text = fs::read_to_string(folder.0.join("found.zab")).unwrap();
        let after = text.split_once("freeze").unwrap().1;
        assert!(after.contains(mended) && after.contains("thaw"), "{text}");
        let run = folder.zablab("run found.zab");
        assert!(run.status == 1 && run.out.contains("BROKEN everybody-joins"), "{run:?}");
    }
}

/// What had not come when the search began is no part of what it found.
#[test]
fn what_a_scenario_still_waits_for_at_its_end_is_left_out() {
    let folder = Folder::new("waits");
    let text = "ensemble zk1 zk2 zk3
set minNotificationInterval 60000

at 0s    hold NOTIFICATION zk1 zk2 zk3 to zk1 zk2 zk3
         start all
at 5s    end
by 1s    expect leader zk1
when zk3 got FOLLOWERINFO: kill zk1
when zk2 got LEADERINFO: kill zk3
at 5.01s kill zk2
at 60s   start zk2
";
    fs::write(folder.0.join("waits.zab"), text).unwrap();
    let called = folder
        .call("waits.zab --preset one-crash --bug ZK-335 --property one-leader-per-epoch --save found.zab");
    assert_eq!(called.status, 1, "{called:?}");
    assert!(
        called
            .out
            .contains("it breaks the same property: zablab run found.zab --checks one-leader-per-epoch"),
        "{called:?}"
    );
    let text = fs::read_to_string(folder.0.join("found.zab")).unwrap();
    assert!(!text.contains("when ") && !text.contains("expect ") && !text.contains("kill zk2"), "{text}");
}

#[test]
fn every_command_takes_what_a_search_has_found() {
    let folder = Folder::new("commands");
    let called =
        folder.call("--preset one-crash --bug ZK-1653 --property nobody-dies --seed 5 --save found.zab");
    assert_eq!(called.status, 1, "{called:?}");
    assert!(called.out.contains("it breaks the same property: zablab run found.zab"), "{called:?}");
    let zablab = |args: &str| {
        let called = folder.zablab(args);
        (called.status, called.out)
    };
    assert_eq!(zablab("fmt --check found.zab").0, 0);
    assert!(fs::read_to_string(folder.0.join("found.zab")).unwrap().contains("\ndraws of seed 5\n"));
    let (status, story) = zablab("run found.zab --trace found.jsonl --html found.html");
    assert_eq!(status, 1, "{story}");
    assert!(story.contains("BROKEN nobody-dies"), "{story}");
    assert!(fs::read_to_string(folder.0.join("found.html")).unwrap().contains("nobody-dies"));
    let (status, replayed) = zablab("replay found.jsonl");
    assert!(status == 0 && replayed.starts_with("The same run, "), "{replayed}");
    let (_, explained) = zablab("explain found.jsonl");
    assert!(explained.contains("zk2"), "{explained}");
    let (status, small) = zablab("shrink found.zab");
    assert_eq!(status, 0, "{small}");
    let lines = |text: &str| text.lines().count();
    let whole = fs::read_to_string(folder.0.join("found.zab")).unwrap();
    assert!(lines(&small) < lines(&whole), "{small}");
    assert!(small.contains("expect no violation nobody-dies"), "{small}");
}
