//! Traps 10, 11, 12, 17 and 19: how a learner is brought up to date.

use crate::harness::*;
use zablab_protocol::{
    Decision, Defect, Defects, DiskOp, Epoch, Exit, GaveUp, Packet, ServerState, Settings, Snapshot,
    SnapshotFile, Storage, SyncMode, SyncRule, Task, Timer, Zxid,
};

/// Server 1, with (1,1) logged and in epoch 1, is about to be synchronized by puppet 3 in epoch 2.
fn learner(log: &[(i64, u32)]) -> Cluster {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(log, 1, 1));
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    c.forget();
    c
}

fn propose(c: &mut Cluster, epoch: i64, counter: u32) {
    c.say(S3, S1, Packet::Proposal(txn(epoch, counter)));
}

fn commit(c: &mut Cluster, epoch: i64, counter: u32) {
    c.say(S3, S1, Packet::Commit { zxid: z(epoch, counter) });
}

fn snap(zxid: Zxid) -> Packet {
    Packet::Snap { snapshot: Snapshot { zxid, ..Snapshot::default() }.into() }
}

#[test]
fn trap_10_diff_history_then_current_epoch_then_ack() {
    let mut c = learner(&[(1, 1)]);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 3) });
    for counter in [2, 3] {
        propose(&mut c, 1, counter);
        commit(&mut c, 1, counter);
    }
    propose(&mut c, 2, 1);
    c.run();
    assert_eq!(c.course(S1), Vec::<String>::new(), "nothing is written before NEWLEADER");
    c.hold_disk(S1, |_| true);
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
    let mut course = vec!["append 0x100000002", "append 0x100000003", "fsync log"];
    assert_eq!(c.course(S1), course);
    assert_eq!((c.durable(S1), c.disk(S1).current_epoch), (1, Some(Epoch(1))));
    c.complete_next(S1);
    course.extend(["+fsync log", "currentEpoch 2"]);
    assert_eq!(c.course(S1), course);
    assert_eq!(c.status(S1).current_epoch, Epoch(1), "memory does not run ahead");
    c.complete_next(S1);
    course.extend(["+currentEpoch 2", "ACK 0x200000000"]);
    assert_eq!(c.course(S1), course, "the proposal without its COMMIT is not logged yet");
    assert!(!c.status(S1).serving);

    c.release_disk(S1);
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    course.extend(["ACK 0x200000000", "append 0x200000001", "fsync log", "+fsync log", "ACK 0x200000001"]);
    assert_eq!(c.course(S1), course, "it is logged and acknowledged after UPTODATE");
    assert!(!c.has_node(S1, &path_of(2, 1)), "and applied when committed");
    commit(&mut c, 2, 1);
    c.run();
    assert!(c.shows(S1, &path_of(2, 1)));
}

#[test]
fn trap_10_snap_snapshot_then_current_epoch_then_ack() {
    let mut c = learner(&[(1, 1)]);
    c.hold_disk(S1, |_| true);
    c.say(S3, S1, snap(z(1, 5)));
    propose(&mut c, 1, 6);
    commit(&mut c, 1, 6);
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
    let synced = c.events(S1).find_map(|event| match event {
        Event::Asked(DiskOp::Snapshot { file, synced }) => Some((file.from_leader, *synced)),
        _ => None,
    });
    assert_eq!(synced, Some((true, true)), "this snapshot is fsynced");
    while c.complete_next(S1).is_some() {}
    assert_eq!(
        c.course(S1),
        [
            "snapshot 0x100000006",
            "+snapshot 0x100000006",
            "currentEpoch 2",
            "+currentEpoch 2",
            "ACK 0x200000000"
        ],
        "what was committed after the SNAP is in the snapshot"
    );
}

#[test]
fn trap_10_trunc_cut_then_snapshot_then_fsync_then_current_epoch_then_ack() {
    let mut c = learner(&[(1, 1), (1, 2), (1, 3)]);
    c.hold_disk(S1, |_| true);
    c.say(S3, S1, Packet::Trunc { zxid: z(1, 2) });
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
    loop {
        c.run();
        if c.complete_next(S1).is_none() {
            break;
        }
    }
    assert_eq!(
        c.course(S1),
        [
            "truncate to 0x100000002",
            "+truncate to 0x100000002",
            "snapshot 0x100000002",
            "+snapshot 0x100000002",
            "fsync log",
            "+fsync log",
            "currentEpoch 2",
            "+currentEpoch 2",
            "ACK 0x200000000"
        ]
    );
}

/// Servers 2 and 3 have committed three writes in epoch 1, server 1 has the first of them only. Server 2 goes, and
/// server 3 leads server 1 in epoch 2; server 1 has read NEWLEADER and none of its writes is done.
fn lagging_follower_at_newleader(settings: Settings) -> Cluster {
    let mut c = Cluster::with(3, 0, settings);
    [S1, S2, S3].iter().for_each(|sid| c.start(*sid));
    c.settle();
    c.client(S3, create("/w1"));
    c.kill(S1);
    c.run();
    c.client(S3, create("/w2"));
    let last = c.client(S2, create("/w3"));
    assert!(c.outcome(last).unwrap().1.is_ok());
    c.kill(S2);
    c.run();
    c.fire(S3, Timer::HalfTick);
    c.fire(S3, Timer::HalfTick);
    c.hold_packets(S3, S1, |p| matches!(p, Packet::NewLeader { .. }));
    c.start(S1);
    c.settle();
    assert_eq!(c.status(S1).leader, Some(S3));
    assert_eq!(c.disk(S1).accepted_epoch, Some(Epoch(2)));
    c.hold_disk(S1, |_| true);
    c.release_packets(S3, S1);
    c.forget();
    c.run();
    c
}

#[test]
fn trap_10_no_crash_at_newleader_loses_a_committed_write() {
    for force_snapshot_sync in [false, true] {
        // The number of writes that are done when the power fails, until they all are.
        for done in 0.. {
            let mut c =
                lagging_follower_at_newleader(Settings { force_snapshot_sync, ..Settings::default() });
            let completed = (0..done).take_while(|_| c.complete_next(S1).is_some()).count();
            let acked = c.sent(S1, S3).contains(&Packet::Ack { zxid: z(2, 0) });
            c.power_off(S1);
            c.kill(S3);
            let held = c.disk(S1).holds(z(1, 3));
            let epoch = c.disk(S1).current_epoch.unwrap();
            assert!(
                epoch == Epoch(1) || held,
                "after {done} writes: epoch 2 without its initial history (ZOOKEEPER-4643)"
            );
            assert!(
                !acked || (held && epoch == Epoch(2)),
                "after {done} writes: acknowledged and not durable (ZOOKEEPER-3911, 4646)"
            );
            // Server 3 is gone for good; 1 and 2 are a quorum that holds every committed write.
            c.release_disk(S1);
            c.start(S1);
            c.start(S2);
            c.settle();
            for sid in [S1, S2] {
                for path in ["/w1", "/w2", "/w3"] {
                    assert!(c.shows(sid, path), "after {done} writes: {path} is lost at {sid}");
                }
            }
            if completed < done {
                assert!(acked, "all writes done, and no ACK");
                break;
            }
        }
    }
}

#[test]
fn trap_11_the_follower_acknowledges_its_start_twice() {
    let mut c = learner(&[(1, 1)]);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 1) });
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
    let acks = [Packet::Ack { zxid: z(2, 0) }, Packet::Ack { zxid: z(2, 0) }];
    assert_eq!(c.sent(S1, S3), acks[..1]);
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    assert_eq!(c.sent(S1, S3), acks);
}

#[test]
fn trap_11_the_leader_ignores_the_second_ack() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, Zxid::ZERO, 0);
    c.forget();
    c.ack(S1, S3, z(1, 0));
    assert_eq!(c.decisions(S3), Vec::<&Decision>::new(), "with nothing outstanding");

    c.hold_disk(S3, |op| *op == DiskOp::Sync);
    c.client(S3, create("/a"));
    c.ack(S1, S3, z(1, 0));
    c.release_disk(S3);
    c.run();
    assert!(
        !c.decided(S3, |d| matches!(
            d,
            Decision::Committed { .. } | Decision::AckOfFuture { .. } | Decision::LearnerDropped { .. }
        )),
        "it is no ACK of the first proposal, and no mistake either"
    );
    c.ack(S1, S3, z(1, 1));
    assert!(c.decided(S3, |d| matches!(d, Decision::Committed { zxid, .. } if *zxid == z(1, 1))));
}

#[test]
fn trap_12_uptodate_is_queued_behind_live_proposals() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S2]);
    c.join(S2, S3, Zxid::ZERO, 0);
    c.info(S1, S3, 1, false);
    c.forget();
    c.ack_epoch(S1, S3, Zxid::ZERO, Some(0));
    c.client(S3, create("/a"));
    c.ack(S2, S3, z(1, 1));
    c.client(S3, create("/b"));
    c.ack(S1, S3, z(1, 0));
    c.ack(S2, S3, z(1, 2));
    assert_eq!(
        names(&c.sent(S3, S1)),
        [
            "SNAP 0x100000000",
            "NEWLEADER 0x100000000",
            "PROPOSAL 0x100000001",
            "COMMIT 0x100000001",
            "PROPOSAL 0x100000002",
            "UPTODATE",
            "COMMIT 0x100000002"
        ]
    );
}

#[test]
fn trap_12_a_follower_takes_commits_before_uptodate() {
    // The proposal of the first COMMIT came before NEWLEADER (ZOOKEEPER-4394), that of the second after it.
    let mut c = learner(&[(1, 1)]);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 1) });
    propose(&mut c, 2, 1);
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    commit(&mut c, 2, 1);
    propose(&mut c, 2, 2);
    propose(&mut c, 2, 3);
    commit(&mut c, 2, 2);
    c.run();
    assert_eq!(c.status(S1).state, ServerState::Following);
    assert_eq!(c.status(S1).last_processed, z(1, 1), "not applied");
    assert_eq!(c.logged(S1), [z(1, 1)], "not logged");
    assert_eq!(c.sent(S1, S3), [Packet::Ack { zxid: z(2, 0) }]);
    c.forget();
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    assert_eq!(c.logged(S1), [z(1, 1), z(2, 1), z(2, 2), z(2, 3)]);
    assert_eq!(c.status(S1).last_processed, z(2, 2), "what was committed, and not more");
    assert_eq!(
        names(&c.sent(S1, S3)),
        ["ACK 0x200000000", "ACK 0x200000001", "ACK 0x200000002", "ACK 0x200000003"]
    );
    commit(&mut c, 2, 3);
    c.run();
    assert_eq!(c.status(S1).last_processed, z(2, 3));
}

/// What a leader (server 3, on this disk, serving epoch 3) chooses for a late joiner, and the zxids that it sends.
fn chosen(leader: &Storage, settings: &Settings, peer_last: Zxid) -> (SyncRule, SyncMode, Zxid, Vec<Zxid>) {
    let mut c = Cluster::with(3, 0, settings.clone());
    c.puppets(&[S1, S2]);
    c.set_disk(S3, leader.clone());
    c.make_lead(S3, &[S2]);
    let last = c.status(S3).last_processed;
    c.join(S2, S3, last, 2);
    c.info(S1, S3, 2, false);
    c.forget();
    // Its epoch does not matter any more: the quorum of ACKEPOCH is complete.
    c.ack_epoch(S1, S3, peer_last, Some(0));
    let (rule, mode) = c
        .decisions(S3)
        .into_iter()
        .find_map(|d| match d {
            Decision::SyncChosen { rule, mode, .. } => Some((*rule, *mode)),
            _ => None,
        })
        .unwrap();
    let sent = c.sent(S3, S1);
    let first = match (&sent[0], mode) {
        (Packet::Diff { zxid }, SyncMode::Diff) | (Packet::Trunc { zxid }, SyncMode::Trunc) => *zxid,
        (Packet::Snap { snapshot }, SyncMode::Snap) => snapshot.zxid,
        (other, _) => panic!("{other} opens a {mode}"),
    };
    let proposals: Vec<Zxid> = sent
        .iter()
        .filter_map(|packet| match packet {
            Packet::Proposal(txn) => Some(txn.zxid),
            _ => None,
        })
        .collect();
    assert_eq!(sent.last(), Some(&Packet::NewLeader { zxid: z(3, 0) }));
    assert_eq!(sent.len(), 2 + 2 * proposals.len(), "each with its COMMIT");
    (rule, mode, first, proposals)
}

const HISTORY: [(i64, u32); 4] = [(1, 4), (1, 5), (2, 1), (2, 2)];

#[test]
fn trap_17_trunc_never_crosses_an_epoch() {
    use SyncMode::{Diff, Snap, Trunc};
    let leader = disk(&HISTORY, 2, 2);
    let check = |peer_last, expected| {
        assert_eq!(
            chosen(&leader, &Settings::default(), peer_last),
            expected,
            "for a learner at {peer_last}"
        );
    };
    let max = z(2, 2);
    // The leader serves epoch 3 and has no transaction in it: its zxid is (3,0), its window (1,4) to (2,2).
    check(z(3, 0), (SyncRule::InSync, Diff, z(3, 0), vec![]));
    check(z(2, 2), (SyncRule::Window, Diff, max, vec![]));
    check(z(1, 5), (SyncRule::Window, Diff, max, vec![z(2, 1), z(2, 2)]));
    check(z(2, 7), (SyncRule::LearnerAhead, Trunc, max, vec![]));
    check(z(1, 7), (SyncRule::OtherEpoch, Snap, z(3, 0), vec![]));
    check(z(1, 3), (SyncRule::LogTooShort, Snap, z(3, 0), vec![]));
}

#[test]
fn trap_17_a_learner_at_a_new_epoch_never_gets_trunc() {
    use SyncMode::{Diff, Snap};
    let leader = disk(&HISTORY, 2, 2);
    let check = |leader: &Storage, settings: &Settings, peer_last, expected| {
        assert_eq!(chosen(leader, settings, peer_last), expected, "for a learner at {peer_last}");
    };
    let settings = Settings::default();
    let to = |first| vec![first, z(2, 2)];
    // (2,0) is in no log. What follows it is sent if the history reaches back that far.
    check(&leader, &settings, z(2, 0), (SyncRule::Window, Diff, z(2, 2), to(z(2, 1))));
    let small_window = Settings { commit_log_count: 0, ..Settings::default() };
    check(&leader, &small_window, z(2, 0), (SyncRule::LogOnDisk, Diff, z(2, 2), to(z(2, 1))));
    check(&disk(&[(2, 1), (2, 2)], 2, 2), &settings, z(2, 0), (SyncRule::LogTooShort, Snap, z(3, 0), vec![]));
    // Above everything the leader has, and not its own epoch: a snapshot, not a TRUNC.
    check(&leader, &settings, z(4, 0), (SyncRule::Unhandled, Snap, z(3, 0), vec![]));
    // The log on disk goes another way, in another epoch.
    check(&leader, &small_window, z(1, 7), (SyncRule::OtherEpoch, Snap, z(3, 0), vec![]));
}

#[test]
fn trap_17_within_an_epoch_the_learner_is_cut_where_it_left_the_leaders_history() {
    // Such a hole in the counters is what `initialZxid` leaves.
    let leader = disk(&[(1, 4), (2, 1), (2, 5)], 2, 2);
    assert_eq!(
        chosen(&leader, &Settings::default(), z(2, 3)),
        (SyncRule::WindowDiverges, SyncMode::Trunc, z(2, 1), vec![z(2, 5)])
    );
}

/// The history up to (2,2) in a snapshot; the log has it too, so that nothing is replayed into the window.
fn all_in_snapshot() -> Storage {
    let mut disk = disk(&HISTORY, 2, 2);
    let (snapshot, _) = disk.restore();
    let snapshot = snapshot.into();
    disk.add_snapshot(SnapshotFile { snapshot, from_leader: false });
    disk
}

#[test]
fn trap_17_an_empty_window_is_as_wide_as_the_leaders_zxid() {
    // Once the leader serves, its zxid (3,0) is all there is, and no record leads up to it.
    let rule = |peer_last| {
        let (rule, mode, ..) = chosen(&all_in_snapshot(), &Settings::default(), peer_last);
        (rule, mode)
    };
    assert_eq!(rule(z(2, 7)), (SyncRule::Gap, SyncMode::Snap));
    assert_eq!(rule(z(2, 2)), (SyncRule::Gap, SyncMode::Snap));
    assert_eq!(rule(z(3, 0)), (SyncRule::InSync, SyncMode::Diff));

    // During the first synchronization its zxid is still that of its last transaction.
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, all_in_snapshot());
    c.make_lead(S3, &[S2]);
    c.info(S1, S3, 2, false);
    c.forget();
    c.ack_epoch(S1, S3, z(2, 7), Some(1));
    assert_eq!(names(&c.sent(S3, S1)), ["TRUNC 0x200000002", "NEWLEADER 0x300000000"]);
}

#[test]
fn trap_17_whatever_the_learner_has_logged_it_ends_with_the_leaders_history() {
    let learners: [(&[(i64, u32)], SyncMode); 5] = [
        (&[], SyncMode::Snap),
        (&HISTORY, SyncMode::Diff),
        (&HISTORY[..2], SyncMode::Diff),
        (&[(1, 4), (1, 5), (2, 1), (2, 2), (2, 3)], SyncMode::Trunc),
        (&[(1, 4), (1, 5), (1, 6), (1, 7)], SyncMode::Snap),
    ];
    for (force_snapshot_sync, (log, mode)) in
        [false, true].into_iter().flat_map(|forced| learners.map(|learner| (forced, learner)))
    {
        let mode = if force_snapshot_sync { SyncMode::Snap } else { mode };
        let mut c = Cluster::with(3, 0, Settings { force_snapshot_sync, ..Settings::default() });
        c.set_disk(S1, disk(log, 2, 2));
        for sid in [S2, S3] {
            c.set_disk(sid, disk(&HISTORY, 2, 2));
            c.start(sid);
        }
        c.settle();
        c.start(S1);
        c.settle();
        assert!(
            c.decided(S1, |d| matches!(d, Decision::Synced { mode: m, .. } if *m == mode)),
            "{log:?} takes a {mode}"
        );
        c.client(S1, create("/new"));
        let expected = c.status(S3).history;
        assert_eq!(c.status(S1).history, expected, "{log:?}");
        // The disk alone, before any leader helps.
        c.power_off(S1);
        c.run();
        c.start(S1);
        assert_eq!(c.status(S1).history, expected, "{log:?}, read again from disk");
        c.settle();
        assert!(c.shows(S1, "/new"), "{log:?}");
    }
}

/// The tasks of the leader's handlers.
fn handlers(task: &Task) -> bool {
    matches!(task, Task::Handler(_))
}

#[test]
fn trap_19_snap_forwarding_and_content_are_three_instants() {
    let mut c = Cluster::new(3);
    for sid in [S2, S3] {
        c.set_disk(sid, disk(&[(1, 1)], 1, 1));
        c.start(sid);
    }
    c.settle();
    assert!(c.status(S3).serving);

    // Server 1 has sent ACKEPOCH; the choice is due. /a is committed and not applied, /b only proposed.
    c.hold_packets(S1, S3, |p| matches!(p, Packet::AckEpoch { .. }));
    c.start(S1);
    c.settle();
    c.hold_task(S3, |task| *task == Task::Commit);
    c.client(S2, create("/a"));
    c.hold_packets(S2, S3, |p| matches!(p, Packet::Ack { .. }));
    c.client(S2, create("/b"));
    c.hold_task(S3, handlers);
    c.release_packets(S1, S3);
    c.run();
    let (one, two) = (Task::Handler(c.handler(S3, S1)), Task::Handler(c.handler(S3, S2)));
    c.forget();
    c.run_task(S3, one); // reads ACKEPOCH
    c.run_task(S3, one); // chooses, and starts to forward
    assert!(c.decided(S3, |d| matches!(
        d,
        Decision::SyncChosen {
            mode: SyncMode::Snap,
            last_processed,
            ..
        } if *last_processed == z(2, 0)
    )));
    assert_eq!(c.sent(S3, S1), []);

    // Before the state is read, both are applied, and /c is proposed.
    c.release_packets(S2, S3);
    c.run();
    c.run_task(S3, two);
    c.run_task(S3, Task::Commit);
    c.run_task(S3, Task::Commit);
    assert_eq!(c.status(S3).last_processed, z(2, 2));
    c.run_task(S3, one); // begins the SNAP
    c.ask(S3, create("/c"));
    c.run_task(S3, one); // sends it
    c.run_task(S3, one); // and what belongs to it
    assert_eq!(
        names(&c.sent(S3, S1)),
        [
            "SNAP 0x200000002",
            "PROPOSAL 0x200000001",
            "COMMIT 0x200000001",
            "PROPOSAL 0x200000002",
            "COMMIT 0x200000002",
            "PROPOSAL 0x200000003",
            "NEWLEADER 0x200000000"
        ],
        "the SNAP holds what the stream brings again"
    );

    c.release_task(S3);
    c.run();
    assert!(c.shows(S1, "/c"));
    let status = c.status(S3);
    assert_eq!(c.status(S1).history, status.history, "nothing is applied twice");
    assert_eq!(c.status(S1).last_processed, status.last_processed);
    c.power_off(S1);
    c.run();
    c.start(S1);
    c.settle();
    assert_eq!(c.status(S1).history, status.history);
}

#[test]
fn trap_19_a_proposal_of_the_snap_may_be_committed_after_newleader_too() {
    // The learner's side alone: the snapshot has (2,1) already, and its PROPOSAL and COMMIT straddle NEWLEADER.
    let mut c = learner(&[(1, 1)]);
    c.say(S3, S1, snap(z(2, 1)));
    propose(&mut c, 2, 1);
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    commit(&mut c, 2, 1);
    propose(&mut c, 2, 2);
    c.say(S3, S1, Packet::UpToDate);
    commit(&mut c, 2, 2);
    c.run();
    assert!(c.status(S1).serving);
    let applied: Vec<Zxid> = c
        .decisions(S1)
        .into_iter()
        .filter_map(|d| match d {
            Decision::Applied { zxid, .. } => Some(*zxid),
            _ => None,
        })
        .collect();
    assert_eq!(applied, [z(2, 2)]);
    assert_eq!(c.status(S1).last_processed, z(2, 2));
}

#[test]
fn trap_19_a_sync_that_breaks_off_leaves_no_trace_in_memory() {
    for (first, next, reloaded) in [
        (snap(z(1, 9)), 10, true),
        (Packet::Trunc { zxid: z(1, 1) }, 2, true),
        (Packet::Diff { zxid: z(1, 2) }, 2, false),
    ] {
        let mut c = learner(&[(1, 1)]);
        let before = c.status(S1);
        c.say(S3, S1, first);
        propose(&mut c, 1, next);
        commit(&mut c, 1, next);
        c.run();
        c.hang_up(S3, S1, zablab_protocol::Port::Quorum);
        c.run();
        assert!(c.decided(S1, |d| matches!(d, Decision::LeftRole { reloaded: r, .. } if *r == reloaded)));
        let after = c.status(S1);
        assert_eq!(
            (after.last_processed, after.history, after.vote),
            (z(1, 1), before.history, vote(S1, z(1, 1), 1)),
            "its vote is for what its disk has"
        );
    }
}

#[test]
fn what_a_broken_sync_has_cut_off_is_durably_gone_before_the_next_vote() {
    let mut c = learner(&[(1, 1), (1, 2), (1, 3)]);
    c.hold_disk(S1, |op| *op == DiskOp::Sync);
    c.say(S3, S1, Packet::Trunc { zxid: z(1, 2) });
    c.run();
    c.hang_up(S3, S1, zablab_protocol::Port::Quorum);
    c.run();
    assert_eq!(c.course(S1), ["truncate to 0x100000002", "+truncate to 0x100000002", "fsync log"]);
    assert!(!c.decided(S1, |d| matches!(d, Decision::NewElection { .. })));
    c.release_disk(S1);
    c.run();
    assert!(
        c.decided(S1, |d| matches!(d, Decision::NewElection { vote: v, .. } if *v == vote(S1, z(1, 2), 1)))
    );
}

#[test]
fn trap_19_records_above_a_snap_do_not_come_back() {
    let mut c = learner(&[(1, 1), (1, 2), (1, 3)]);
    c.say(S3, S1, snap(z(1, 2)));
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
    assert_eq!(c.sent(S1, S3), [Packet::Ack { zxid: z(2, 0) }]);
    c.power_off(S1);
    c.run();
    c.forget();
    c.start(S1);
    c.run();
    assert!(
        c.decided(S1, |d| matches!(d, Decision::NewElection { vote: v, .. } if *v == vote(S1, z(1, 2), 2))),
        "(1,3) is not part of the history of epoch 2"
    );
}

/// Server 1 has its history by a SNAP at (1,4) from a leader of epoch 1, and is told to cut below it.
fn cut_below_a_snap(settings: Settings) -> Cluster {
    let mut c = Cluster::with(3, 0, settings);
    c.puppets(&[S2, S3]);
    let mut storage = disk(&[(1, 5)], 1, 1);
    let snapshot = Snapshot { zxid: z(1, 4), ..Snapshot::default() };
    storage.snapshots = vec![SnapshotFile { snapshot: snapshot.into(), from_leader: true }];
    c.set_disk(S1, storage);
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    c.forget();
    c.say(S3, S1, Packet::Trunc { zxid: z(1, 3) });
    c.run();
    c
}

/// It goes back to LOOKING, and comes to the leader of epoch 3 as if it had nothing.
fn cannot_truncate() -> Cluster {
    let mut c = cut_below_a_snap(Settings::default());
    let before = c.disk(S1).clone();
    assert!(c.decided(S1, |d| matches!(d, Decision::GaveUp { why: GaveUp::CannotTruncate { .. }, .. })));
    assert_eq!(c.status(S1).vote, vote(S1, z(1, 5), 1), "what it has still counts in an election");
    c.rejoin(S1, S3);
    c.establish(S3, S1, 3);
    let claim = Packet::AckEpoch { zxid: Zxid::ZERO, current_epoch: Some(Epoch(1)) };
    assert!(c.sent(S1, S3).contains(&claim));
    assert_eq!(c.disk(S1).snapshots, before.snapshots);
    c
}

#[test]
fn a_learner_that_cannot_truncate_gets_a_snap() {
    assert_eq!(chosen(&disk(&HISTORY, 2, 2), &Settings::default(), Zxid::ZERO).1, SyncMode::Snap);
    let mut c = cannot_truncate();
    c.forget();
    c.say(S3, S1, snap(z(1, 3)));
    c.say(S3, S1, Packet::NewLeader { zxid: z(3, 0) });
    c.run();
    assert_eq!(c.sent(S1, S3), [Packet::Ack { zxid: z(3, 0) }]);
    assert_eq!(c.disk(S1).last(), Some(z(1, 3)), "nothing above the SNAP is left");
}

#[test]
fn a_learner_that_cannot_truncate_and_a_leader_without_a_history_have_none() {
    let mut c = cannot_truncate();
    c.forget();
    c.say(S3, S1, Packet::Diff { zxid: Zxid::ZERO });
    c.say(S3, S1, Packet::NewLeader { zxid: z(3, 0) });
    c.run();
    assert_eq!(c.sent(S1, S3), [Packet::Ack { zxid: z(3, 0) }]);
    assert_eq!((c.disk(S1).last(), c.status(S1).last_processed), (Some(Zxid::ZERO), Zxid::ZERO));
}

#[test]
fn a_real_server_that_cannot_truncate_exits() {
    let defects = Defects::from_iter([Defect::ExitWhenTruncFails]);
    let c = cut_below_a_snap(Settings { defects, ..Settings::default() });
    assert_eq!(c.exit_of(S1), Some(&Exit::CannotTruncate { zxid: z(1, 3) }));
}

#[test]
fn behind_a_cut_to_where_an_epoch_begins_comes_its_first_counter() {
    for (initial_counter, refuses) in [(None, true), (Some(89), false)] {
        let mut c = Cluster::with(3, 0, Settings { initial_counter, ..Settings::default() });
        c.puppets(&[S2, S3]);
        c.set_disk(S1, disk(&[(1, 1), (2, 95)], 2, 2));
        c.make_follow(S1, S3);
        c.establish(S3, S1, 3);
        c.say(S3, S1, Packet::Trunc { zxid: z(2, 0) });
        c.run();
        propose(&mut c, 2, 90);
        c.run();
        let hole = c.decided(S1, |d| matches!(d, Decision::GaveUp { why: GaveUp::HoleInStream { .. }, .. }));
        assert_eq!(hole, refuses, "{initial_counter:?}");
    }
}
