//! Pauses, clocks and disks.

use super::*;

// Pauses.

/// How many actions the server took part in between two moments.
fn actions_of(ran: &Ran, name: &str, from: u64, to: u64) -> usize {
    let acts = |seen: &&Seen| match &seen.action {
        Action::Deliver { to: node, .. }
        | Action::Timer { node, .. }
        | Action::DiskDone { node, .. }
        | Action::Run { node, .. }
        | Action::Client { node, .. }
        | Action::Boot(node) => ran.is(*node, name),
        _ => false,
    };
    ran.seen.iter().filter(acts).filter(|seen| seen.at > from && seen.at < to).count()
}

#[test]
fn a_pause_shorter_than_sync_limit_is_survived_by_a_follower_and_by_a_leader() {
    for name in ["zk1", "zk3"] {
        let ran = run(&format!(
            "at 5s pause {name}\nat 13s resume {name}\nfrom 2s to 30s expect zk1 serving\n   \
                                expect zk2 serving\n   expect leader zk3\nat 20s create /a at zk1\n\
                                by 21s expect answered 1"
        ));
        assert_eq!(actions_of(&ran, name, 5 * SECOND, 13 * SECOND), 0);
        assert!(actions_of(&ran, name, 13 * SECOND, 14 * SECOND) > 0);
    }
}

#[test]
fn a_pause_longer_than_sync_limit_costs_a_follower_its_place_and_a_leader_its_epoch() {
    let ran =
        run("at 5s pause zk1\nfrom 2s to 40s expect leader zk3\nat 25s expect zk1 serving\n   resume zk1\n\
                   by 25.5s expect zk1 refusing\nby 30s expect zk1 serving");
    let heard = ran.last_before("zk3", "zk1", Port::Quorum, 6 * SECOND);
    let (at, _, why) = ran.dropped("zk3")[0].clone();
    assert_eq!(at, heard + SILENCE);
    assert!(matches!(why, Dropped::Silent { .. }), "{why:?}");
    assert!((25 * SECOND..26 * SECOND).contains(&ran.gave_up("zk1")[0].0));

    let ran = run(
        "at 5s pause zk3\nby 20s expect leader zk2\nat 25s expect zk3 leading\n   expect available\n   \
                   resume zk3\nby 28s expect zk3 looking\nby 32s expect zk3 following\n   expect zk3 epoch 2",
    );
    let heard = ran.last_before("zk1", "zk3", Port::Quorum, 6 * SECOND);
    assert_eq!(ran.gave_up("zk1")[0].0, heard + SILENCE);
}

#[test]
fn a_paused_server_learns_of_nothing_until_it_goes_on() {
    // Its dial is refused meanwhile, its connections break, its time-outs pass.
    let text = "ensemble zk1 zk2 zk3\nset boot 500ms\nset zk1 connect 100ms\nat 0s start zk1\n\
                at 550ms pause zk1\n\
                at 1s start zk2 zk3\nat 3s kill zk2\nat 5s resume zk1\nat 9s end\n";
    let ran = run_seed(text, 0);
    let during = |(at, _): &(u64, &Decision)| (550 * MILLI..5 * SECOND).contains(at);
    assert_eq!(ran.decisions("zk1").filter(during).count(), 0);
    assert!(ran.decisions("zk1").any(|(at, _)| at == 5 * SECOND));
}

#[test]
fn a_pause_stops_a_boot_a_write_and_a_client() {
    let text = "ensemble zk1 zk2 zk3\nset boot 500ms\nat 0s start all\nat 300ms pause zk1\n\
                at 3s expect leader zk3\n   \
                resume zk1\nby 4s expect zk1 serving\n";
    let ran = run_seed(text, 0);
    let booted = |seen: &&Seen| matches!(seen.action, Action::Boot(node) if ran.is(node, "zk1"));
    assert_eq!(ran.seen.iter().find(booted).unwrap().at, 3 * SECOND);
    let ran = run("at 3s set zk1 fsync 100ms\n   create /a at zk3\nat 3.05s pause zk1\n\
         at 5s expect zk2 zxid 0x100000001\n   \
                   resume zk1\nby 5.01s expect zk1 zxid 0x100000001");
    assert_eq!(actions_of(&ran, "zk1", 3_050 * MILLI, 5 * SECOND), 0);
    run("at 3s pause zk1\n   read / at zk1\nat 5s expect answered 0\n   expect failed 0\n   resume zk1\n\
         by 5.01s expect answered 1");
}

#[test]
fn a_paused_server_can_be_killed_and_comes_back_awake() {
    run("at 3s pause zk1\nat 4s kill zk1\nat 5s expect zk1 down\n   start zk1\nby 7s expect zk1 serving");
    run("at 3s pause zk1\nat 4s restart zk1\nby 7s expect zk1 refusing\n   expect zk1 serving");
}

// Clocks.

/// How far apart a lone server's notification time-outs are, in milliseconds.
fn time_outs(clock: &str) -> Vec<u64> {
    let text = format!("ensemble zk1 zk2 zk3\nset boot 500ms\n{clock}\nat 0s start zk1\nat 10s end\n");
    let ran = run_seed(&text, 0);
    let mut at = ran.decided("zk1", "notification-timeout");
    at.insert(0, ran.decided("zk1", "new-election")[0]);
    at.windows(2).map(|pair| (pair[1] - pair[0]).div_ceil(MILLI)).take(4).collect()
}

#[test]
fn a_clock_sets_how_long_a_time_out_is_in_true_time() {
    assert_eq!(time_outs(""), [200, 400, 800, 1600]);
    assert_eq!(time_outs("at 0s clock zk1 2.0"), [100, 200, 400, 800]);
    assert_eq!(time_outs("at 0s clock all 2"), [100, 200, 400, 800]);
    assert_eq!(time_outs("at 0s clock zk1 0.5"), [400, 800, 1600, 3200]);
    assert_eq!(time_outs("at 0s clock zk2 0.5"), [200, 400, 800, 1600]);
}

#[test]
fn a_clock_that_changes_counts_for_what_is_left_of_a_time_out() {
    let text = "ensemble zk1 zk2 zk3\nset boot 500ms\nat 0s start zk1\nat 600ms clock zk1 0.5\nat 10s end\n";
    let ran = run_seed(text, 0);
    let (began, ended) =
        (ran.decided("zk1", "new-election")[0], ran.decided("zk1", "notification-timeout")[0]);
    let passed = 600 * MILLI - began;
    assert_eq!(ended, 600 * MILLI + 2 * (200 * MILLI - passed));
}

#[test]
fn a_fast_clock_loses_patience_early() {
    let ran = run("at 0s clock zk1 2.0\nat 5s cut zk3 from zk1 zk2\nat 30s end");
    for (name, silence) in [("zk1", SILENCE / 2), ("zk2", SILENCE)] {
        let heard = ran.last_before(name, "zk3", Port::Quorum, 5 * SECOND + LATENCY);
        assert_eq!(ran.gave_up(name)[0].0, heard + silence, "{name}");
    }
}

// Disks.

/// Three records of zk1 are appended at 4 s, and their fsync takes a second.
const IN_FLIGHT: &str = "ensemble zk1 zk2 zk3\nset boot 500ms\nset takeover 20ms\nset zk3 takeover 5ms\n\
                         set write 2ms\nat 0s start all\nat 2.5s create /old at zk3\n\
                         at 3s set zk1 fsync 1s\n   hold zk1 log-writer\n   create /n times 3 at zk3\n\
                         at 4s release\n";
const OLD: i64 = 0x1_0000_0001;

/// What is in its log after it has ended in the midst of the fsync.
fn left(how: &str, seed: u64) -> Vec<i64> {
    run_seed(&format!("{IN_FLIGHT}at 4.5s {how} zk1\nat 5s end\n"), seed).log("zk1")
}

#[test]
fn what_is_written_and_not_synced_survives_a_kill_and_not_every_power_failure() {
    let whole = vec![OLD, OLD + 1, OLD + 2, OLD + 3];
    let off = |words: &str| run_seed(&format!("{IN_FLIGHT}at 4.5s power-off zk1 {words}\n"), 0).log("zk1");
    assert_eq!(left("kill", 0), whole);
    assert_eq!(off("keeping all"), whole);
    assert_eq!(off("losing unsynced"), [OLD]);
    let late = run_seed(&format!("{IN_FLIGHT}at 5.5s power-off zk1 losing unsynced\n"), 0);
    assert_eq!(late.log("zk1"), whole, "the fsync is over");
}

#[test]
fn a_drawn_power_failure_keeps_any_prefix_and_all_that_was_synced() {
    let lengths: BTreeSet<usize> = (0..60)
        .map(|seed| {
            let log = left("power-off", seed);
            assert_eq!(log, (OLD..).take(log.len()).collect::<Vec<_>>());
            assert_eq!(log, left("power-off", seed), "drawn from the seed");
            log.len()
        })
        .collect();
    assert_eq!(lengths, BTreeSet::from([1, 2, 3, 4]));
}

#[test]
fn what_is_in_the_memory_of_a_process_goes_with_it() {
    for how in ["kill zk1", "power-off zk1 keeping all"] {
        let ran = run(&format!("at 3s hold zk1 log-writer\n   create /a at zk3\nat 4s {how}"));
        assert_eq!(ran.log("zk1"), [] as [i64; 0], "{how}");
        assert_eq!(ran.log("zk2"), [OLD]);
    }
}

#[test]
fn an_epoch_file_that_is_being_written_is_the_old_one_after_any_end() {
    for how in ["kill zk1", "power-off zk1", "power-off zk1 keeping all"] {
        let ran = run(&format!("when before zk1 wrote acceptedEpoch 1: {how}\nat 3s expect zk1 down"));
        assert_eq!(ran.files("zk1").accepted_epoch.unwrap().0, 0, "{how}");
    }
}

#[test]
fn a_power_failure_also_befalls_a_machine_whose_process_has_ended() {
    let killed = run_seed(&format!("{IN_FLIGHT}at 4.5s kill zk1\nat 5s power-off zk1 losing unsynced\n"), 0);
    assert_eq!(killed.log("zk1"), [OLD]);
}

#[test]
fn a_server_that_starts_again_has_its_data() {
    for how in ["kill all", "power-off all losing unsynced", "power-off all"] {
        let ran = run(&format!(
            "at 3s create /a one at zk1\nat 4s set /a two at zk2\nat 5s {how}\nat 6s start all\n\
                                by 9s expect leader zk3\n   expect zk1 data /a two version 1\n   \
                                expect zk1 epoch 2\n   \
                                expect zk1 acceptedEpoch 2\n   expect zk1 logged 0x100000002"
        ));
        assert_eq!(ran.log("zk1"), [OLD, OLD + 1], "{how}");
    }
    run("at 3s create /a one at zk1\nat 5s restart all\nby 8s expect zk2 data /a one\n   expect zk2 serving");
}

#[test]
fn starting_what_runs_and_ending_what_is_down_do_nothing() {
    let ran =
        run("at 3s start zk1\n   kill zk2\n   kill zk2\nat 4s resume zk3\n   pause zk2\n   start zk2\n\
                   by 6s expect zk2 serving\nfrom 2s to 6s expect zk1 serving\n   expect leader zk3");
    let started = |effect: &&Effect| matches!(effect, Effect::Started(_));
    assert_eq!(ran.seen.iter().flat_map(|seen| seen.effects.iter().filter(started)).count(), 4);
}
