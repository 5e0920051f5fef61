//! What an expectation demands, and when.

use super::*;

// When an expectation must hold.

#[test]
fn at_demands_the_instant() {
    run("at 2s expect leader zk3\nat 100ms expect zk1 refusing\nat 600ms expect zk1 looking");
    let ran = run("at 100ms expect leader zk3\nat 2s expect leader zk3\nat 2s expect no leader");
    let (booting, serving) = (
        "zk1 is booting, zk2 is booting, zk3 is booting",
        "zk1 is following, zk2 is following, zk3 is leading",
    );
    assert_eq!(
        ran.unmet(),
        [
            ("at 100ms expect leader zk3", SECOND / 10, booting),
            ("at 2s expect no leader", 2 * SECOND, serving)
        ]
    );
    assert_eq!(ran.outcome.met, 1);
}

#[test]
fn by_is_met_by_what_is_false_before_and_true_in_time() {
    let ran = run("by 2s expect leader zk3").green();
    assert_eq!(ran.outcome.met, 1);
    assert_eq!(
        ran.outcome.virtual_time,
        2 * SECOND,
        "it ends with its last line, not with the last that was met"
    );
}

#[test]
fn by_fails_at_its_time_where_it_comes_true_too_late() {
    let ran = run("by 600ms expect leader zk3\nby 2s expect leader zk3");
    assert_eq!(
        ran.unmet(),
        [("by 600ms expect leader zk3", 600_000_000, "zk1 is looking, zk2 is looking, zk3 is looking")]
    );
    assert_eq!(ran.outcome.met, 1);
}

#[test]
fn by_is_met_by_what_was_true_once_and_is_not_any_more() {
    let ran = run("by 10s expect zk1 looking\n   expect zk1 refusing\nat 10s expect zk1 following").green();
    assert_eq!(ran.outcome.met, 3);
}

#[test]
fn by_does_not_count_what_was_true_only_before_the_step_above_it() {
    let ran = run("at 2s read / at zk1\nby 10s expect zk1 looking");
    assert_eq!(ran.unmet_lines(), ["by 10s expect zk1 looking"]);
    assert_eq!(ran.unmet()[0].1, 10 * SECOND);
    // A step further down does not count, nor does one that waits for an event.
    run("by 10s expect zk1 looking\nif zk2 decided own-id-calls: kill zk2\nby 10s expect zk1 looking\n\
         at 9s read / at zk1")
    .green();
}

#[test]
fn by_sees_what_the_step_above_it_did_at_once() {
    run("at 2s kill zk1\nby 2s expect zk1 down").green();
    let ran = run("at 2s kill zk1\nby 10s expect zk1 following");
    assert_eq!(ran.unmet_lines(), ["by 10s expect zk1 following"]);
}

#[test]
fn from_to_demands_every_instant_between() {
    run("from 2s to 5s expect leader zk3\nat 6s kill zk3").green();
    let ran = run("at 4s restart zk1\nfrom 2s to 10s expect zk1 serving\nby 10s expect zk1 serving");
    assert_eq!(
        ran.unmet().iter().map(|(line, at, _)| (*line, *at)).collect::<Vec<_>>(),
        [("from 2s to 10s expect zk1 serving", 4 * SECOND)]
    );
    assert_eq!(ran.outcome.met, 1, "it comes back, and that is too late");
}

#[test]
fn from_to_fails_at_its_first_instant_and_only_once() {
    let ran = run("from 100ms to 10s expect zk1 serving");
    assert_eq!(
        ran.unmet(),
        [(
            "from 100ms to 10s expect zk1 serving",
            SECOND / 10,
            "zk1 is booting, acceptedEpoch none, currentEpoch none, logged 0x0"
        )]
    );
}

#[test]
fn from_to_counts_its_last_instant_and_nothing_after_it() {
    run("from 2s to 5s expect zk1 serving\nat 5.000000001s kill zk1").green();
    let ran = run("at 5s kill zk1\nfrom 2s to 5s expect zk1 serving");
    assert_eq!(ran.unmet_lines(), ["from 2s to 5s expect zk1 serving"]);
}

#[test]
fn a_run_goes_on_after_what_was_not_met() {
    let ran = run("at 2s expect zk1 down\n   kill zk1\nat 3s expect zk1 down\nat 4s expect zk1 following");
    assert_eq!(ran.unmet_lines(), ["at 2s expect zk1 down", "at 4s expect zk1 following"]);
    assert_eq!((ran.outcome.met, ran.outcome.virtual_time), (1, 4 * SECOND));
}

#[test]
fn a_line_without_its_own_prefix_has_the_one_above() {
    let ran = run(
        "at 3s   kill zk1\n        kill zk2\n   # A comment is no statement.\n\n        expect zk2 down\n\
                   by 4s   expect zk1 down\n        expect zk1 looking\n\
                   from 5s to 6s expect zk1 down\n              expect zk3 down\n\
                   at 7s when zk3 got NOTIFICATION from zk1: kill zk3\n   restart zk3\n\
                   at 8s start zk1\nat 10s end",
    );
    assert_eq!(
        ran.unmet().iter().map(|(line, at, _)| (*line, *at)).collect::<Vec<_>>()[..2],
        [("expect zk1 looking", 4 * SECOND), ("expect zk3 down", 5 * SECOND)]
    );
    let expected: Vec<&str> = ran.outcome.unmet.iter().map(|unmet| &*unmet.expected).collect();
    assert!(expected[0].contains("zk1 looking") && expected[1].contains("zk3 down"), "{expected:?}");
    assert_eq!(ran.killed("zk2").iter().map(|(_, at)| *at).collect::<Vec<_>>(), [3 * SECOND]);
    let heard = ran.got("zk3", "NOTIFICATION").into_iter().find(|(at, _)| *at > 7 * SECOND).unwrap().0;
    assert_eq!(ran.killed("zk3").iter().map(|(_, at)| *at).collect::<Vec<_>>(), [heard]);
    let starts = |seen: &&Seen| matches!(seen.action, Action::Start(node) if ran.is(node, "zk3"));
    assert!(ran.seen.iter().filter(starts).map(|seen| seen.at).eq([0, heard]), "one event, two triggers");
}

// What an expectation says.

#[test]
fn every_kind_of_expectation_holds_where_it_is_true() {
    let ran = run("at 3s create /a one at zk1\nat 4s set /a two at zk2\nby 5s expect leader zk3
        expect available
        expect answered 2
        expect failed 0
        expect pending 0
        expect zk1 following
        expect zk3 leading
        expect zk1 serving
        expect zk1 epoch 1
        expect zk1 currentEpoch 1
        expect zk1 acceptedEpoch 1
        expect zk1 round 1
        expect zk1 zxid 0x100000002
        expect zk1 logged 0x100000002
        expect zk1 vote zk3
        expect zk1 vote leader
        expect zk1 synced DIFF
        expect zk1 synced DIFF 0x0 from zk3
        expect zk1 data /a two
        expect zk1 data /a two version 1
        expect zk1 no /b
        expect zk1 heard zk3 looking leader zk3 round 1 epoch 0 zxid 0x0
        expect zk1 heard zk3 looking
        expect leader leading
        expect follower following
at 6s   kill zk1 zk2
by 7s   expect zk1 down
        expect unavailable
        expect no leader
        expect zk3 looking
        expect zk3 refusing");
    let ran = ran.green();
    assert_eq!(ran.outcome.met, 30);
}

#[test]
fn every_kind_of_expectation_fails_and_says_what_was_the_case() {
    let all = "zk1 is following, zk2 is following, zk3 is leading";
    let counts = "1 answered, 0 failed, 0 pending";
    let zk1 = "zk1 is following, round 1, vote for 3, acceptedEpoch 1, currentEpoch 1, zxid 0x100000001, \
               logged 0x100000001";
    let zk3 = "zk3 is leading, round 1, vote for 3, acceptedEpoch 1, currentEpoch 1, zxid 0x100000001, \
               logged 0x100000001";
    let zk2 = "zk2 is down, acceptedEpoch 1, currentEpoch 1, logged 0x100000001";
    let synced = "zk1 was synchronized by DIFF 0x0 from server 3";
    let node = "zk1 has /a = \"one\", version 0";
    let table = [
        ("leader zk1", all),
        ("no leader", all),
        ("unavailable", all),
        ("answered 2", counts),
        ("failed 1", counts),
        ("pending 1", counts),
        ("zk1 down", zk1),
        ("zk1 looking", zk1),
        ("zk1 leading", zk1),
        ("zk1 observing", zk1),
        ("zk1 refusing", zk1),
        ("zk1 epoch 2", zk1),
        ("zk1 acceptedEpoch 0", zk1),
        ("zk1 round 2", zk1),
        ("zk1 zxid 0x100000000", zk1),
        ("zk1 logged 0x100000002", zk1),
        ("zk1 vote zk1", zk1),
        ("follower leading", zk1),
        ("leader following", zk3),
        ("zk1 synced SNAP", synced),
        ("zk1 synced DIFF 0x1", synced),
        ("zk1 synced DIFF 0x0 from zk2", synced),
        ("zk3 synced DIFF", "zk3 was never synchronized"),
        ("zk1 data /a two", node),
        ("zk1 data /a one version 1", node),
        ("zk1 no /a", node),
        ("zk1 data /b one", "zk1 has no /b"),
    ];
    let mut lines = "at 3s create /a one at zk1\n".to_owned();
    lines.extend(table.iter().map(|(claim, _)| format!("at 4s expect {claim}\n")));
    let ran = run(&lines);
    assert_eq!(ran.outcome.met, 0);
    assert_eq!(ran.outcome.unmet.len(), table.len());
    for ((claim, instead), unmet) in table.iter().zip(&ran.outcome.unmet) {
        assert_eq!((&*unmet.expected, &*unmet.instead), (&*format!("at 4s    expect {claim}"), *instead));
    }
    let down = [("zk2 serving", zk2), ("zk2 refusing", zk2), ("zk2 data /a one", zk2), ("zk2 no /b", zk2)];
    let mut lines = "at 3s create /a one at zk1\nat 4s kill zk2\n".to_owned();
    lines.extend(down.iter().map(|(claim, _)| format!("at 5s expect {claim}\n")));
    for ((_, instead), unmet) in down.iter().zip(&run(&lines).outcome.unmet) {
        assert_eq!(unmet.instead, *instead);
    }
}

#[test]
fn who_was_never_heard_is_said_so() {
    let ran = run("at 0s hold zk1 to zk2 on election\nat 3s expect zk2 heard zk1 looking");
    assert_eq!(ran.unmet()[0].2, "zk2 heard nothing from it");
}

#[test]
fn a_notification_that_was_heard_is_named_whole_where_another_was_expected() {
    let wrong = ["looking leader zk1", "looking round 7", "looking epoch 3", "looking zxid 0x5", "observing"];
    for wrong in wrong {
        let ran = run(&format!("at 3s expect zk1 heard zk3 {wrong}"));
        let (_, _, instead) = ran.unmet()[0];
        assert!(instead.contains("LOOKING") && instead.contains("round"), "{wrong}: {instead}");
    }
}

#[test]
fn the_files_of_a_server_that_is_down_can_be_expected_and_its_memory_cannot() {
    let ran = run("at 3s create /a one at zk1\nat 4s kill zk1\nat 5s expect zk1 epoch 1\n   \
                   expect zk1 acceptedEpoch 1\n   expect zk1 logged 0x100000001\n   \
                   expect zk1 zxid 0x100000001\n   \
                   expect zk1 round 1\n   expect zk1 vote zk3\n   expect zk1 looking");
    let lines =
        ["expect zk1 zxid 0x100000001", "expect zk1 round 1", "expect zk1 vote zk3", "expect zk1 looking"];
    assert_eq!((ran.unmet_lines(), ran.outcome.met), (lines.to_vec(), 3));
}

#[test]
fn a_fault_that_could_not_touch_anything_fails_at_its_line() {
    for step in [
        "cut zk1 from zk2 on client",
        "hold zk1 to zk2 on client",
        "cut zk1 from zk1",
        "hold COMMIT zk2 to zk2",
        "release PROPOSAL zk1 to zk2",
    ] {
        let ran = run(&format!("at 2s {step}\nat 3s expect available"));
        assert_eq!(ran.outcome.unmet.len(), 1, "{step}");
        assert_eq!(ran.outcome.unmet[0].expected, step);
    }
}
