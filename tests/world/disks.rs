//! Disks that are full, that fail, and that are lost.

use super::*;
use zablab_protocol::{DiskOp, Exit, SyncMode};
use zablab_sim::ensemble::Ended;

/// What a server failed to write, with when.
fn failed(ran: &Ran, name: &str) -> Vec<(u64, DiskOp)> {
    let of = |seen: &Seen| {
        let effects: Vec<(u64, DiskOp)> = seen
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::DiskFailed { node, op } if ran.is(*node, name) => Some((seen.at, op.clone())),
                _ => None,
            })
            .collect();
        effects
    };
    ran.seen.iter().flat_map(of).collect()
}

fn ended(ran: &Ran, name: &str) -> Vec<Ended> {
    let of = |effect: &Effect| match effect {
        Effect::Down(node, how) if ran.is(*node, name) => Some(how.clone()),
        _ => None,
    };
    ran.seen.iter().flat_map(|seen| seen.effects.iter().filter_map(of)).collect()
}

#[test]
fn a_follower_on_a_full_disk_leaves_its_leader_until_there_is_room() {
    let ran = run(
        "at 5s create /a at zk1\nat 6s fill zk1 disk\nat 7s create /b times 3 at zk2\nby 8s expect answered 4\n\
                   at 12s expect zk1 refusing\n   expect available\n\
                   at 15s free zk1 disk\nby 20s expect zk1 serving\nat 21s create /c at zk1\nby 22s expect zk1 logged 0x100000005",
    );
    assert!(failed(&ran, "zk1").iter().all(|(at, op)| *op == DiskOp::Sync && *at > 7 * SECOND));
    assert_eq!(ended(&ran, "zk1"), []);
    let why = &ran.gave_up("zk1")[0].1;
    assert!(matches!(why, GaveUp::DiskFailed { .. }), "{why:?}");
}

#[test]
fn a_leader_whose_log_fails_makes_room_for_another() {
    let ran =
        run("at 5s fail zk3 log\nat 6s create /a at zk1\nby 12s expect available\nat 13s create /b at zk1\n\
                   by 14s expect answered 1\nby 15s expect zk3 serving");
    let failed = failed(&ran, "zk3");
    assert_eq!(failed.iter().map(|(_, op)| op.clone()).collect::<Vec<_>>(), [DiskOp::Sync]);
    let (at, why) = &ran.gave_up("zk3")[0];
    assert!(matches!(why, GaveUp::DiskFailed { .. }), "{why:?}");
    assert_eq!(*at, failed[0].0);
}

#[test]
fn what_shows_of_a_failed_write_is_durable_before_the_next_vote() {
    // Whatever the draw leaves of the record, power failures right behind the election take nothing that was voted for.
    for seed in 0..12 {
        let text = format!(
            "{THREE}at 5s fail zk3 log\nat 6s create /a times 3 at zk1\n\
             at 6s when zk3 decided new-election: power-off zk3 losing unsynced\n\
             at 20s start zk3\nby 30s expect zk3 serving\n"
        );
        run_seed(&text, seed);
    }
}

#[test]
fn a_failed_epoch_file_costs_the_role_and_a_failed_snapshot_the_process() {
    let files = |ran: &Ran, name| failed(ran, name).iter().map(|(_, op)| op.file()).collect::<Vec<_>>();
    for (name, file) in [("zk1", "acceptedEpoch"), ("zk2", "currentEpoch")] {
        let ran = run(&format!(
            "at 5s fail {name} {file}\n   restart zk3\nby 20s expect available\nby 60s expect zk1 serving\n\
             by 60s expect zk2 serving"
        ));
        assert_eq!(files(&ran, name), [file]);
        assert_eq!(ended(&ran, name), []);
    }
    let ran = run("at 5s fail zk2 snapshot\n   kill zk3\nat 20s expect zk2 down\n   expect unavailable");
    assert_eq!(ended(&ran, "zk2"), [Ended::Exited(Exit::SnapshotFailed)]);
    assert_eq!(Exit::SnapshotFailed.code(), 10);
}

#[test]
fn a_server_boots_on_a_full_disk_if_it_has_nothing_to_write() {
    // It would have to write currentEpoch to follow.
    run("at 5s create /a at zk1\nat 6s fill zk1 disk\n   restart zk1\nat 12s expect zk1 refusing\n   \
         free zk1 disk\nby 15s expect zk1 serving");
    let ran = run("at 5s wipe zk1 disk\n   fill zk1 disk\nat 6s start zk1\nat 10s expect zk1 down");
    assert_eq!(ended(&ran, "zk1")[1].to_string(), "exited with 1: a write to disk failed");
}

#[test]
fn free_takes_back_what_has_not_failed_yet() {
    let ran = run("at 5s fail all disk\n   free all disk\nat 6s create /a at zk1\nby 7s expect answered 1");
    assert!(["zk1", "zk2", "zk3"].iter().all(|name| failed(&ran, name).is_empty()));
}

#[test]
fn a_server_without_its_disk_is_a_new_one_and_gets_everything_again() {
    let text = "ensemble zk1 zk2 zk3 zk4:observer\nat 0s start all\nat 5s create /a one at zk1\nat 6s wipe zk4 disk\n\
                at 7s expect zk4 down\n   expect zk4 logged 0x0\n   start zk4\nby 15s expect zk4 serving\n   expect zk4 data /a one\n";
    let ran = run_seed(text, 0);
    assert_eq!(ended(&ran, "zk4"), [Ended::PoweredOff]);
    let last = |seen: &Seen| {
        seen.effects.iter().rev().find_map(|effect| match effect {
            Effect::Decided { node, decision: Decision::Synced { mode, .. } } if ran.is(*node, "zk4") => {
                Some(*mode)
            }
            _ => None,
        })
    };
    assert_eq!(ran.seen.iter().rev().find_map(last), Some(SyncMode::Snap));
}

fn broken(text: &str) -> Vec<&'static str> {
    let scenario = Scenario::parse("test", text).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Run::new("test", text, &scenario, 0).unwrap().finish(&mut []).unwrap();
    outcome.violations.iter().map(|violation| violation.property).collect()
}

/// ZOOKEEPER-261: a voter that has lost its data can give an old history its quorum.
#[test]
fn a_lost_disk_of_one_of_three_voters_is_told() {
    let lost = "ensemble zk1 zk2 zk3\nat 0s start zk1 zk2\nat 5s create /a at zk1\nat 6s kill zk1 zk2\n   wipe zk1 disk\n\
                at 7s start zk1 zk3\nat 20s end\n";
    assert_eq!(broken(lost), ["committed-durability"]);
    // Four can do without one; not without two.
    let one = "ensemble zk1 zk2 zk3 zk4\nat 0s start zk1 zk2 zk3\nat 5s create /a at zk1\nat 6s kill zk1 zk2 zk3\n   wipe zk1 disk\n\
               at 7s start zk1 zk2 zk4\nby 15s expect zk1 serving\nat 15s create /b at zk1\nby 16s expect answered 2\n";
    assert_eq!(broken(one), [] as [&str; 0]);
    assert_eq!(broken(&one.replace("wipe zk1", "wipe zk1 zk2")), ["committed-durability"]);
}

#[test]
fn what_was_lost_is_missed_by_whoever_leads_then() {
    // zk1 has not seen /a. The judge of disks is asked to be silent, so that another one gets to speak.
    let text = "ensemble zk1 zk2 zk3\nat 0s start all\nat 4s kill zk1\nat 12s create /a at zk2\n\
                at 14s kill zk2 zk3\n   wipe zk2 disk\nat 15s start zk1 zk2\nat 40s end\n";
    let scenario = Scenario::parse("test", text).unwrap();
    let mut run = Run::new("test", text, &scenario, 0).unwrap();
    run.judge_by(zablab_sim::judges::Judges::only(["leader-completeness"]).unwrap());
    let outcome = run.finish(&mut []).unwrap();
    let found: Vec<&str> = outcome.violations.iter().map(|violation| violation.property).collect();
    assert_eq!(found, ["leader-completeness"]);
}
