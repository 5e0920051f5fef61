//! Cuts, dials, and connections that break.

use super::*;

// Cuts.

#[test]
fn a_cut_breaks_nothing_until_sync_limit_ticks_of_silence() {
    for (settings, silence) in [("", SILENCE), ("set syncLimit 3\nset tickTime 1000\n", 3 * SECOND)] {
        let ran = run_seed(
            &format!(
                "{settings}{THREE}at 5s cut zk1 from zk2 zk3\nfrom 5s to 7s expect zk1 serving\n\
                      from 2s to 30s expect leader zk3\n   expect available\n"
            ),
            0,
        );
        let heard = ran.last_before("zk1", "zk3", Port::Quorum, 5 * SECOND + LATENCY);
        let (at, why) = ran.gave_up("zk1")[0].clone();
        assert_eq!(at, heard + silence);
        let GaveUp::LeaderSilent { leader, after } = why else { panic!("{why:?}") };
        assert_eq!((leader.0, after.0), (3, silence / MILLI));
        // The other side notices by itself, since nothing tells it.
        let heard = ran.last_before("zk3", "zk1", Port::Quorum, 5 * SECOND + LATENCY);
        let (at, sid, why) = ran.dropped("zk3")[0].clone();
        assert_eq!((at, sid), (heard + silence, 1));
        assert!(matches!(why, Dropped::Silent { after } if after.0 == silence / MILLI), "{why:?}");
        assert_eq!(ran.gave_up("zk2"), []);
    }
}

#[test]
fn nothing_passes_a_cut_and_what_waited_arrives_when_it_heals() {
    let ran = run("at 5s cut zk1 from zk3\nat 6s create /a at zk3\nat 12s expect zk1 logged 0x0\n   heal\n\
                   by 12.01s expect zk1 zxid 0x100000001\nfrom 2s to 30s expect zk1 serving\n   \
                   expect leader zk3");
    for (name, from) in [("zk1", "zk3"), ("zk3", "zk1")] {
        for port in [Port::Election, Port::Quorum] {
            let during = |at: &u64| (5 * SECOND..12 * SECOND).contains(at);
            assert_eq!(ran.got(name, from, port).into_iter().filter(during).count(), 0);
        }
    }
    assert!(ran.got("zk1", "zk3", Port::Quorum).contains(&(12 * SECOND)), "it was long overdue");
    assert!(ran.got("zk1", "zk2", Port::Election).len() > 1, "other links are whole");
}

#[test]
fn a_cut_one_way_lets_the_other_way_through() {
    // zk1 hears nothing any more; its farewell arrives.
    let ran = run("at 5s cut zk3 to zk1\nat 30s end");
    let heard = ran.last_before("zk1", "zk3", Port::Quorum, 5 * SECOND + LATENCY);
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert_eq!(at, heard + SILENCE);
    assert!(matches!(why, GaveUp::LeaderSilent { .. }), "{why:?}");
    assert!(ran.got("zk3", "zk1", Port::Election).iter().any(|got| *got > at), "its votes pass");
    assert!(ran.got("zk1", "zk3", Port::Election).iter().all(|got| *got < 5 * SECOND), "no answer does");

    // zk1 hears everything; nobody hears zk1, and it is told so.
    let ran = run("at 5s cut zk1 to zk3\nat 30s end");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 5 * SECOND + LATENCY);
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert_eq!((at, sid), (heard + SILENCE, 1));
    assert!(matches!(why, Dropped::Silent { .. }), "{why:?}");
    let (told, why) = ran.gave_up("zk1")[0].clone();
    assert!((at..=at + LATENCY).contains(&told), "{told}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
}

#[test]
fn a_cut_of_the_election_port_hurts_nobody_until_there_is_an_election() {
    run("at 3s cut all from all on election\nfrom 3s to 60s expect available\n   expect zk1 serving\n   \
         expect zk2 serving\n   expect leader zk3\nat 60s kill zk3\nfrom 60.1s to 90s expect no leader\n\
         at 90s heal\n\
         by 160s expect leader zk2");
}

#[test]
fn a_cut_of_the_quorum_port_stops_the_service_and_not_the_votes() {
    let ran =
        run("at 3s cut all from all on quorum\nby 20s expect no leader\nfrom 20s to 60s expect no leader\n\
         at 60s heal\n\
                   by 75s expect available");
    let votes = |name, from| {
        ran.got(name, from, Port::Election)
            .into_iter()
            .filter(|at| (3 * SECOND..60 * SECOND).contains(at))
            .count()
    };
    assert!(votes("zk1", "zk3") > 0 && votes("zk3", "zk2") > 0);
    for name in ["zk1", "zk2"] {
        assert!(ran.got(name, "zk3", Port::Quorum).iter().all(|at| !(3 * SECOND..60 * SECOND).contains(at)));
    }
    assert!(matches!(ran.gave_up("zk3")[0].1, GaveUp::LostQuorum { .. }));
}

#[test]
fn a_leader_without_a_quorum_gives_up() {
    let ran = run("at 5s cut zk3 from zk1 zk2\nby 20s expect leader zk2\n   expect zk3 looking");
    let (at, why) = ran.gave_up("zk3")[0].clone();
    assert!(
        matches!(&why, GaveUp::LostQuorum { only, .. } if only.iter().map(|sid| sid.0).eq([3])),
        "{why:?}"
    );
    let heard = ran.last_before("zk3", "zk2", Port::Quorum, 6 * SECOND);
    assert!((heard + SILENCE..=heard + SILENCE + 2 * SECOND).contains(&at), "{at}");
}

#[test]
fn heal_of_some_links_leaves_the_others_cut() {
    run("at 3s cut zk1 from zk2 zk3\nat 20s heal zk1 from zk2\nfrom 20s to 40s expect zk1 refusing\n\
         at 40s heal zk3 to zk1\nfrom 40s to 55s expect zk1 refusing\nat 55s heal zk1 to zk3 on election\n\
         from 55s to 70s expect zk1 refusing\nat 70s heal zk1 to zk3 on quorum\nby 140s expect zk1 serving");
}

// Dials.

/// What the first dial comes to of zk1, which needs zk2, where this was done to zk2.
fn dial(lines: &str, since: u64) -> (u64, bool) {
    let text = format!("ensemble zk1 zk2\nset boot 500ms\nset zk2 boot 2s\n{lines}\nat 30s end\n");
    run_seed(&text, 0).first_failure("zk1", "zk2", since)
}

#[test]
fn a_dial_is_refused_where_no_process_listens() {
    for (lines, since) in [
        ("at 0s start zk1", 0),
        ("set absent refused\nat 0s start zk1", 0),
        ("at 0s start zk2\nat 5s kill zk2\n   start zk1", 0),
        ("at 0s start zk1 zk2", 0), // It boots for another 1.5 s.
        ("at 0s refuse zk1 to zk2\n   start zk2\nat 5s start zk1", 0),
        ("at 0s refuse zk1 from zk2 on election\n   start zk2\nat 5s start zk1", 0),
        ("at 0s start zk1 zk2\nat 10s kill zk2", 10 * SECOND),
        (
            "at 0s start zk2\nat 5s power-off zk2\nat 6s start zk2\n\
          at 6.1s start zk1",
            0,
        ), // Its machine is there.
    ] {
        let (after, unanswered) = dial(lines, since);
        assert!(!unanswered && (200_000..=LATENCY).contains(&after), "{lines}: {after}, {unanswered}");
    }
}

#[test]
fn a_dial_goes_unanswered_where_no_machine_is_in_reach_and_cnx_timeout_ends_it() {
    for lines in [
        "set absent unanswered\nat 0s start zk1",
        "set zk2 absent unanswered\nat 0s start zk1",
        "at 0s power-off zk2\n   start zk1",
        "at 0s start zk2\nat 5s power-off zk2\n   start zk1",
        "at 0s start zk2\nat 5s kill zk2\nat 6s power-off zk2\n   start zk1",
        "at 0s cut zk1 from zk2\n   start all",
        "at 0s cut zk1 to zk2\n   start all",
        "at 0s cut zk2 to zk1\n   start all",
        "at 0s cut zk1 from zk2 on election\n   start all",
    ] {
        assert_eq!(dial(lines, 0), (5 * SECOND, true), "{lines}");
    }
    assert_eq!(dial("set absent unanswered\nset cnxTimeout 1700\nat 0s start zk1", 0), (1700 * MILLI, true));
    assert!(!dial("set zk1 absent unanswered\nat 0s start zk1", 0).1, "that is about dials to zk1");
}

#[test]
fn what_is_done_to_one_port_or_way_does_not_touch_dials_on_the_other() {
    for lines in [
        "at 0s refuse zk2 to zk1",
        "at 0s refuse zk1 to zk2",
        "at 0s cut zk1 from zk2 on quorum",
        "at 0s refuse zk1 from zk2 on quorum",
    ] {
        let ran =
            run_seed(&format!("ensemble zk1 zk2\n{lines}\nat 0s start all\nby 2s expect zk2 looking\n"), 0);
        let opened = |effect: &Effect| matches!(effect, Effect::Opened { port: Port::Election, .. });
        assert!(ran.seen.iter().any(|seen| seen.effects.iter().any(opened)), "{lines}");
    }
    let text = "ensemble zk1 zk2\nat 0s refuse zk1 from zk2 on quorum\n   start all\n\
                at 10s expect no leader\n   heal\n\
                by 60s expect leader zk2\n";
    let ran = run_seed(text, 0);
    assert!(ran.decided("zk1", "cannot-open-channel").len() <= 1, "only while the other boots");
    assert!(ran.decided("zk1", "cannot-reach-leader").len() > 4);
    assert!(matches!(ran.gave_up("zk1")[0].1, GaveUp::CannotConnect { .. }));
}

#[test]
fn a_refusal_leaves_standing_connections_alone() {
    run("at 3s refuse all from all\n   create /a at zk1\nby 4s expect answered 1\n\
         from 3s to 30s expect zk1 serving\n   \
         expect leader zk3\nat 30s restart zk1\nfrom 31s to 60s expect zk1 looking\nat 60s heal\n\
         by 130s expect zk1 serving");
}

#[test]
fn an_unanswered_dial_is_repeated_after_one_and_three_seconds() {
    let text = "ensemble zk1 zk2\nset absent unanswered\nset connect 300us\nat 0s start zk1\nat 5s end\n";
    let ran = run_seed(text, 0);
    let began = ran.dialled("zk1", Port::Election, "zk2")[0];
    let after: Vec<u64> = ran.arrived("zk1", Port::Election, "zk2").iter().map(|at| at - began).collect();
    assert_eq!(after, [300_000, SECOND, 3 * SECOND]);
    let text = "ensemble zk1 zk2\nset absent unanswered\nset connect 300us\nset cnxTimeout 60000\n\
                at 0s start zk1\nat 60s end\n";
    let ran = run_seed(text, 0);
    let began = ran.dialled("zk1", Port::Election, "zk2")[0];
    let after: Vec<u64> = ran.arrived("zk1", Port::Election, "zk2").iter().map(|at| at - began).collect();
    assert_eq!(after[1..], [1, 3, 7, 15, 31].map(|seconds| seconds * SECOND));
}

#[test]
fn a_dial_that_was_given_up_leaves_nothing_behind() {
    let text = "ensemble zk1 zk2\nset absent unanswered\nset connect 300us\nset maxNotificationInterval 200\n\
                at 0s start zk1\nat 40s end\n";
    let ran = run_seed(text, 0);
    let mut arrived = ran.arrived("zk1", Port::Election, "zk2").into_iter().peekable();
    let dials = ran.dialled("zk1", Port::Election, "zk2");
    assert!(dials.len() > 5);
    for began in &dials[..dials.len() - 1] {
        let after: Vec<u64> = std::iter::from_fn(|| arrived.next_if(|at| *at < began + 5 * SECOND))
            .map(|at| at - began)
            .collect();
        assert_eq!(after, [300_000, SECOND, 3 * SECOND]);
    }
}

#[test]
fn a_server_that_comes_up_meanwhile_is_reached_by_the_next_repetition() {
    // zk2 may not dial by itself, or it would be the first.
    let text = "ensemble zk1 zk2\nset absent unanswered\nset boot 500ms\nat 0s start zk1\n   \
                refuse zk2 to zk1\n\
                at 1.6s start zk2\nat 6s end\n";
    let ran = run_seed(text, 0);
    let began = ran.dialled("zk1", Port::Election, "zk2")[0];
    let opened = |effect: &Effect| matches!(effect, Effect::Opened { from, .. } if ran.is(*from, "zk1"));
    let opened = ran.seen.iter().find(|seen| seen.effects.iter().any(opened)).unwrap().at;
    assert_eq!(opened, began + 3 * SECOND);
}

// Connections that break.

#[test]
fn a_reset_breaks_the_connections_between_two_servers_at_once_and_no_other() {
    let ran = run("at 5s reset zk1 from zk3\nby 8s expect zk1 refusing\nat 8s expect zk1 serving\n\
                   from 2s to 8s expect zk2 serving\n   expect leader zk3");
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at) && matches!(why, GaveUp::LeaderGone { .. }));
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at) && sid == 1, "{why:?}");
    assert!(matches!(why, Dropped::Closed));
    let broken = |name| ran.decided(name, "channel-broken").iter().filter(|at| **at > 5 * SECOND).count();
    assert_eq!((broken("zk1"), broken("zk3"), broken("zk2")), (1, 1, 0));
}

#[test]
fn to_a_dialler_that_has_not_heard_a_reset_means_that_the_attempt_failed() {
    let text = "ensemble zk1 zk2\nset boot 500ms\nset latency 20ms\nat 0s start zk2\nat 5s start zk1\n\
                at 5.51s reset zk1 from zk2\nat 10s end\n";
    let ran = run_seed(text, 0);
    let opened = |effect: &Effect| matches!(effect, Effect::Opened { from, .. } if ran.is(*from, "zk1"));
    let opened = ran.seen.iter().find(|seen| seen.effects.iter().any(opened)).unwrap().at;
    let reset = 5_510 * MILLI;
    assert!(opened < reset && reset < opened + 20 * MILLI, "it stands, and zk1 does not know");
    let (after, unanswered) = ran.first_failure("zk1", "zk2", 0);
    assert!(!unanswered && after < 60 * MILLI, "{after}");
}

#[test]
fn a_reset_of_one_port_leaves_the_other() {
    let broken =
        |ran: &Ran, name| ran.decided(name, "channel-broken").iter().filter(|at| **at > 5 * SECOND).count();
    let ran = run("at 5s reset zk1 from zk3 on election\nfrom 2s to 20s expect zk1 serving");
    assert_eq!((broken(&ran, "zk1"), broken(&ran, "zk3")), (1, 1));
    let ran = run("at 5s reset zk1 from zk3 on quorum\nby 5.1s expect zk1 refusing");
    assert_eq!((broken(&ran, "zk1"), ran.gave_up("zk1").len()), (0, 1));
}

#[test]
fn a_kill_closes_its_connections_at_once() {
    let ran = run("at 5s kill zk3\nby 8s expect leader zk2");
    for name in ["zk1", "zk2"] {
        let (at, why) = ran.gave_up(name)[0].clone();
        assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at), "{at}");
        assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
        assert!(ran.decided(name, "channel-broken").iter().any(|at| *at <= 5 * SECOND + LATENCY));
    }
    let ran = run("at 5s kill zk1\nat 8s expect leader zk3");
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert!(at <= 5 * SECOND + LATENCY && sid == 1 && matches!(why, Dropped::Closed), "{why:?}");
}

#[test]
fn a_kill_behind_a_cut_is_noticed_when_it_heals() {
    let ran = run("at 5s cut zk3 from zk1 zk2\n   kill zk3\nat 8s heal\nby 10s expect leader zk2");
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((8 * SECOND..=8 * SECOND + LATENCY).contains(&at), "{at}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
}

#[test]
fn a_power_failure_says_nothing_and_is_noticed_by_silence() {
    let ran = run("at 5s power-off zk3\nfrom 5s to 13s expect zk1 serving\n   expect zk2 serving\n\
         by 20s expect leader zk2");
    for name in ["zk1", "zk2"] {
        let heard = ran.last_before(name, "zk3", Port::Quorum, 6 * SECOND);
        let (at, why) = ran.gave_up(name)[0].clone();
        assert_eq!(at, heard + SILENCE);
        assert!(matches!(why, GaveUp::LeaderSilent { .. }), "{why:?}");
    }
    let ran = run("at 5s power-off zk1\nfrom 2s to 30s expect leader zk3");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 6 * SECOND);
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert_eq!((at, sid), (heard + SILENCE, 1));
    assert!(matches!(why, Dropped::Silent { .. }), "{why:?}");
}

#[test]
fn a_half_open_connection_is_reset_by_the_machine_that_is_back() {
    // Whoever says something is told. A leader says something every half tick.
    let ran = run("at 5s power-off zk1\nat 7.5s start zk1\nat 12s expect leader zk3\n   expect zk1 serving");
    let (at, sid, why) = ran.dropped("zk3")[0].clone();
    assert!((7_500 * MILLI..8_600 * MILLI).contains(&at) && sid == 1, "{at}");
    assert!(matches!(why, Dropped::Closed), "{why:?}");
    // A follower says something when its client does.
    let write = "at 8s create /b at zk1\n";
    let ran = run(&format!(
        "at 5s power-off zk3\nat 7s start zk3\n{write}by 8.1s expect zk1 refusing\n\
                            at 8.1s expect zk2 epoch 1\n   expect zk2 serving"
    ));
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((8 * SECOND..8 * SECOND + 3 * LATENCY).contains(&at), "{at}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
    let ran =
        run(&format!("at 5s power-off zk3\n{write}at 8.1s expect zk1 following\nby 18s expect failed 1"));
    assert!(matches!(ran.gave_up("zk1")[0].1, GaveUp::LeaderSilent { .. }), "nobody is there to say so");
    // What was said to a machine that was off is said again, and answered as soon as it is back.
    let ran = run("at 5s power-off zk3\nat 6s create /a at zk1\nat 7s start zk3\nby 7.1s expect zk1 looking");
    let (at, why) = ran.gave_up("zk1")[0].clone();
    assert!((7 * SECOND..7 * SECOND + 3 * LATENCY).contains(&at), "{at}");
    assert!(matches!(why, GaveUp::LeaderGone { .. }), "{why:?}");
}

#[test]
fn a_reset_by_the_machine_that_is_back_needs_a_way_there() {
    // What zk3 says to zk1 does not get there, so nobody can say that it came out of the blue.
    let ran = run("at 5s power-off zk1\n   cut zk3 to zk1\nat 7s start zk1\nat 20s expect leader zk3");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 6 * SECOND);
    assert!(ran.dropped("zk3")[0].0 >= heard + SILENCE, "{:?}", ran.dropped("zk3"));
}
