//! Names of servers, and their settings.

use super::*;

// Names of servers.

#[test]
fn leader_is_whoever_leads_when_the_step_is_done() {
    let ran = run("at 3s kill leader\nat 5s kill leader\nat 6s expect zk3 down\n   expect zk2 down").green();
    assert_eq!((ran.killed("zk3")[0].1, ran.killed("zk2")[0].1), (3 * SECOND, 5 * SECOND));
    run("at 3s create /a at leader\nby 4s expect leader zxid 0x100000001\n   \
         expect follower zxid 0x100000001")
    .green();
}

#[test]
fn follower_is_one_that_serves_as_a_follower() {
    let ran = run("at 3s kill follower\nat 4s expect leader zk3").green();
    assert!(ran.killed("zk3").is_empty());
    assert_eq!(ran.killed("zk1").len() + ran.killed("zk2").len(), 1);
}

#[test]
fn all_is_every_server() {
    let ran = run("at 3s kill all\nat 4s expect zk1 down\n   expect zk2 down\n   expect zk3 down").green();
    assert_eq!(ran.outcome.met, 3);
    run("at 3s cut zk1 from all\nat 20s expect zk1 looking\n   expect leader zk3").green();
}

#[test]
fn a_step_for_a_leader_that_is_not_there_fails_at_its_line_and_the_run_goes_on() {
    let ran =
        run("at 100ms kill leader\n   create /a at leader\n   kill follower\n   set leader latency 1ms\n   \
                   cut leader from all\n   hold leader disk\nat 3s expect leader zk3\n   kill leader");
    let nobody = "nobody leads";
    let at = SECOND / 10;
    assert_eq!(
        ran.unmet(),
        [
            ("at 100ms kill leader", at, nobody),
            ("create /a at leader", at, nobody),
            ("kill follower", at, "nobody follows"),
            ("set leader latency 1ms", at, nobody),
            ("cut leader from all", at, nobody),
            ("hold leader disk", at, nobody),
        ]
    );
    assert_eq!(ran.outcome.unmet[0].expected, "kill leader");
    assert_eq!((ran.killed("zk3").len(), ran.outcome.met), (1, 1));
}

#[test]
fn an_expectation_of_a_leader_that_is_not_there_fails_and_says_so() {
    let ran = run("at 100ms expect leader serving\n   expect follower serving\n   expect zk1 vote leader");
    let instead: Vec<&str> = ran.unmet().iter().map(|(_, _, instead)| *instead).collect();
    assert_eq!(instead[..2], ["nobody leads", "nobody follows"]);
    assert_eq!(instead.len(), 3);
}

// Settings.

#[test]
fn a_setting_of_one_server_wins_over_one_of_all_wherever_it_stands() {
    for lines in ["set boot 2s\nset zk1 boot 300ms\n", "set zk1 boot 300ms\nset boot 2s\n"] {
        let ran = run_text(format!("ensemble zk1 zk2 zk3\n{lines}at 0s start all\nat 5s end\n"));
        let boots: Vec<(u64, &Action)> = ran
            .seen
            .iter()
            .filter(|seen| matches!(seen.action, Action::Boot(_)))
            .map(|seen| (seen.at, &seen.action))
            .collect();
        assert_eq!(
            boots.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
            [300_000_000, 2 * SECOND, 2 * SECOND]
        );
        assert!(matches!(boots[0].1, Action::Boot(node) if ran.is(*node, "zk1")));
    }
    let ran = run_text("ensemble zk1 zk2\nset zk2 tickTime 500\ntickTime=3000\nat 0s start all\n".to_owned());
    let tick = |name| ran.node(name).config.settings.tick_time;
    assert_eq!((tick("zk1"), tick("zk2")), (3000, 500));
}

/// How long the first packet of that type was under way that a server got from `from` after `since`.
fn travelled(ran: &Ran, to: &str, from: &str, since: u64) -> u64 {
    let sent = |effects: &[Effect]| {
        effects.iter().any(|effect| match effect {
            Effect::Sent { from: a, to: b, packet: Some(packet), .. } => {
                packet.name() == "PING" && ran.is(*a, from) && ran.is(*b, to)
            }
            _ => false,
        })
    };
    let sent = ran.seen.iter().find(|seen| seen.at > since && sent(&seen.effects)).unwrap().at;
    let got = ran.got(to, "PING").into_iter().find(|(at, of)| *at > sent && *of == from).unwrap().0;
    got - sent
}

#[test]
fn a_setting_that_changes_on_the_way_counts_from_then_on_and_for_whom_it_is() {
    let ran = run("set latency 1ms\nat 5s set zk3 latency 30ms\nat 10s set latency 7ms\nat 15s end").green();
    let ms = |to, from, since| travelled(&ran, to, from, since * SECOND) as f64 / 1e6;
    assert_eq!([ms("zk1", "zk3", 2), ms("zk1", "zk3", 5), ms("zk1", "zk3", 10)], [1.0, 30.0, 7.0]);
    assert_eq!([ms("zk3", "zk1", 2), ms("zk3", "zk1", 5), ms("zk3", "zk1", 10)], [1.0, 1.0, 7.0]);
}

#[test]
fn a_slow_fsync_and_a_slow_write_can_be_set_on_the_way() {
    let ran = run("at 3s set zk1 fsync 700ms\n   create /a at zk3\nat 3.6s expect zk2 zxid 0x100000001\n   \
                   expect zk3 zxid 0x100000001\nat 5s set zk1 write 2s\n   kill zk3\n\
                   at 6s expect zk1 refusing\n\
                   by 12s expect zk1 serving")
    .green();
    let synced: Vec<u64> = ran
        .seen
        .iter()
        .filter(|seen| seen.at > 3 * SECOND && seen.at < 5 * SECOND)
        .filter(|seen| matches!(seen.action, Action::DiskDone { node, .. } if ran.is(node, "zk1")))
        .map(|seen| seen.at)
        .collect();
    assert!(matches!(synced[..], [at] if (3_700_000_000..3_710_000_000).contains(&at)), "{synced:?}");
    let ran = run(
        "at 2s set task 50ms\nat 3s create /a at zk3\nat 3.05s expect answered 0\nby 4s expect answered 1",
    );
    ran.green();
}
