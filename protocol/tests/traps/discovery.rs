//! Traps 6 to 9 and 18: what a server knows when a role begins and ends, and the choice of the epoch.

use crate::harness::*;
use zablab_protocol::{
    Decision, DiskOp, Dropped, Epoch, GaveUp, Packet, Port, ServerState, SnapshotFile, Task, Timer, Zxid,
};

fn asked(c: &Cluster, sid: zablab_protocol::Sid, which: impl Fn(&DiskOp) -> bool) -> bool {
    c.events(sid).any(|event| matches!(event, Event::Asked(op) if which(op)))
}

#[test]
fn trap_06_an_empty_diff_leaves_the_learners_zxid_alone() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(&[(1, 1), (1, 2)], 1, 1));
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 7) });
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    let status = c.status(S1);
    assert!(status.serving);
    assert_eq!(
        (status.last_processed, status.current_epoch),
        (z(1, 2), Epoch(2)),
        "neither the DIFF's zxid nor that of the epoch"
    );
}

#[test]
fn trap_06_snap_and_trunc_set_the_learners_zxid() {
    // The snapshot of a leader that serves its epoch and has no transaction in it.
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(&[(1, 1)], 1, 1));
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    let snapshot = zablab_protocol::Snapshot { zxid: z(2, 0), ..zablab_protocol::Snapshot::default() };
    c.say(S3, S1, Packet::Snap { snapshot: snapshot.into() });
    c.run();
    assert_eq!(c.status(S1).last_processed, z(2, 0));
    assert!(!c.has_node(S1, &path_of(1, 1)), "the state is the leader's, not a mixture");

    for (to, left) in [(z(1, 1), 1), (z(2, 0), 3)] {
        let mut c = Cluster::new(3);
        c.puppets(&[S2, S3]);
        c.set_disk(S1, disk(&[(1, 1), (1, 2), (1, 3), (2, 1)], 2, 2));
        c.make_follow(S1, S3);
        c.establish(S3, S1, 3);
        c.say(S3, S1, Packet::Trunc { zxid: to });
        c.run();
        assert_eq!(c.status(S1).last_processed, to, "even if no record has this zxid");
        assert_eq!(c.logged(S1).len(), left);
        assert!(!c.has_node(S1, &path_of(2, 1)), "memory was read again");
        assert_eq!(c.has_node(S1, &path_of(1, 3)), left == 3);
    }
}

#[test]
fn trap_06_the_leader_sets_its_own_zxid_in_memory_only() {
    let mut c = Cluster::new(3);
    for sid in [S2, S3] {
        c.set_disk(sid, disk(&[(1, 1), (1, 2)], 1, 1));
        c.start(sid);
    }
    c.settle();
    assert!(c.status(S3).serving);
    assert_eq!(c.status(S3).last_processed, z(2, 0));
    assert_eq!(c.status(S2).last_processed, z(1, 2), "the follower got an empty DIFF");
    assert!(c.disk(S3).snapshots.iter().all(|file| file.snapshot.zxid != z(2, 0)));
    c.power_off(S3);
    c.run();
    c.forget();
    c.start(S3);
    c.run();
    assert!(
        c.decided(S3, |d| matches!(d, Decision::NewElection { vote: v, .. }
            if *v == vote(S3, z(1, 2), 2))),
        "it votes with what its disk has"
    );
}

#[test]
fn trap_07_boot_applies_the_uncommitted_tail_and_the_elected_servers_tail_is_committed() {
    let mut c = Cluster::new(3);
    // Server 3 alone has logged (1,3); nobody ever committed it.
    c.set_disk(S1, disk(&[(1, 1), (1, 2)], 1, 1));
    c.set_disk(S2, disk(&[(1, 1), (1, 2)], 1, 1));
    c.set_disk(S3, disk(&[(1, 1), (1, 2), (1, 3)], 1, 1));
    c.start(S3);
    c.run();
    assert!(c.decided(S3, |d| matches!(d, Decision::Booted { zxid, replayed: 3, .. } if *zxid == z(1, 3))));
    assert!(c.has_node(S3, &path_of(1, 3)), "replayed, though not committed");
    assert!(!c.status(S3).serving);
    c.start(S1);
    c.start(S2);
    c.settle();
    assert_eq!(c.status(S1).leader, Some(S3));
    assert!(c.decided(
        S3,
        |d| matches!(d, Decision::EpochEstablished { history_to, .. } if *history_to == z(1, 3))
    ));
    for sid in [S1, S2] {
        let sent = names(&c.sent(S3, sid));
        let at = sent.iter().position(|text| text == "PROPOSAL 0x100000003").unwrap();
        assert_eq!(sent[at + 1], "COMMIT 0x100000003", "committed by being there");
        assert!(c.shows(sid, &path_of(1, 3)));
        assert_eq!(c.status(sid).history, c.status(S3).history);
    }
}

#[test]
fn trap_07_a_tail_that_missed_the_electing_quorum_is_cut() {
    let mut c = Cluster::new(3);
    c.set_disk(S1, disk(&[(1, 1)], 1, 1));
    c.set_disk(S2, disk(&[(1, 1)], 1, 1));
    c.set_disk(S3, disk(&[(1, 1), (1, 2)], 1, 1));
    c.start(S1);
    c.start(S2);
    c.settle();
    assert_eq!(c.status(S1).leader, Some(S2));
    c.start(S3);
    c.settle();
    assert_eq!(c.status(S3).leader, Some(S2));
    assert!(!c.shows(S3, &path_of(1, 2)));
    assert_eq!(c.logged(S3), [z(1, 1)]);
    assert_eq!(c.status(S3).history, c.status(S2).history);
}

#[test]
fn trap_07_a_follower_that_loses_its_leader_applies_what_it_has_logged() {
    let mut c = Cluster::new(3);
    for sid in [S1, S2, S3] {
        c.start(sid);
    }
    c.settle();
    c.client(S3, create("/a"));
    // Server 2 logs /b and never hears that it is committed; server 1 does not even get the proposal.
    c.hold_packets(S3, S2, |p| matches!(p, Packet::Commit { .. }));
    c.hold_packets(S3, S1, any);
    c.client(S3, create("/b"));
    assert!(!c.has_node(S2, "/b"), "while it serves, only what is committed shows");
    assert!(c.shows(S3, "/b"));
    c.forget();
    c.lose_packets(S3, S1);
    c.lose_packets(S3, S2);
    c.kill(S3);
    c.run();
    assert!(c.decided(S2, |d| matches!(
        d,
        Decision::LeftRole { zxid, fast_forwarded: 1, reloaded: false, .. } if *zxid == z(1, 2)
    )));
    assert!(c.decided(S2, |d| matches!(d, Decision::NewElection { vote: v, .. } if v.zxid == z(1, 2))));
    c.settle();
    assert_eq!(c.status(S1).leader, Some(S2), "the larger zxid wins");
    assert!(c.shows(S1, "/b"), "and /b is part of the initial history");
}

#[test]
fn trap_07_a_leader_that_loses_its_quorum_applies_what_it_has_logged() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, disk(&[(1, 1)], 1, 1));
    c.make_lead(S3, &[S1]);
    c.join(S1, S3, z(1, 1), 1);
    let lost = c.client(S3, create("/lost"));
    assert!(!c.has_node(S3, "/lost"), "its own ACK is no quorum");
    c.forget();
    c.hang_up(S1, S3, Port::Quorum);
    c.run();
    c.fire(S3, Timer::HalfTick);
    c.fire(S3, Timer::HalfTick);
    c.run();
    assert_eq!(c.status(S3).state, ServerState::Looking);
    assert!(c.decided(S3, |d| matches!(
        d,
        Decision::LeftRole { zxid, fast_forwarded: 1, .. } if *zxid == z(2, 1)
    )));
    assert!(c.has_node(S3, "/lost"));
    assert_eq!(c.status(S3).vote, vote(S3, z(2, 1), 2), "its vote is for what it has logged");
    assert_eq!(c.outcome(lost).unwrap().1, Err(zablab_protocol::ErrorCode::ConnectionLoss));
}

#[test]
fn trap_07_a_role_ends_only_when_what_was_to_be_logged_is_on_disk() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.make_follow(S1, S3);
    c.establish(S3, S1, 1);
    c.say(S3, S1, Packet::Diff { zxid: Zxid::ZERO });
    c.say(S3, S1, Packet::NewLeader { zxid: z(1, 0) });
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    c.hold_disk(S1, |op| *op == DiskOp::Sync);
    for counter in 1..=2 {
        c.say(S3, S1, Packet::Proposal(txn(1, counter)));
        c.run();
    }
    assert_eq!(c.logged(S1), [z(1, 1)], "the second waits for the fsync of the first");
    c.forget();
    c.hang_up(S3, S1, Port::Quorum);
    c.run();
    assert_eq!(c.status(S1).state, ServerState::Following);
    c.release_disk(S1);
    c.run();
    assert!(c.decided(S1, |d| matches!(
        d,
        Decision::LeftRole { zxid, fast_forwarded: 2, .. } if *zxid == z(1, 2)
    )));
    assert_eq!(c.status(S1).vote, vote(S1, z(1, 2), 1));
    assert_eq!(c.durable(S1), 2);
}

#[test]
fn trap_07_a_learner_that_dies_in_a_diff_drops_what_it_was_sent() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(&[(1, 1)], 1, 1));
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 2) });
    c.say(S3, S1, Packet::Proposal(txn(1, 2)));
    c.say(S3, S1, Packet::Commit { zxid: z(1, 2) });
    c.run();
    c.hang_up(S3, S1, Port::Quorum);
    c.run();
    let status = c.status(S1);
    assert_eq!((status.state, status.last_processed), (ServerState::Looking, z(1, 1)));
    assert_eq!(c.logged(S1), [z(1, 1)]);
    assert_eq!((status.accepted_epoch, status.current_epoch), (Epoch(2), Epoch(1)));
}

#[test]
fn trap_08_accepted_epoch_is_durable_before_leaderinfo_is_answered() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(&[(1, 1)], 4, 1));
    c.make_follow(S1, S3);
    assert_eq!(names(&c.heard(S3)).last().unwrap(), "FOLLOWERINFO acceptedEpoch 4");
    c.forget();
    c.hold_disk(S1, |op| matches!(op, DiskOp::AcceptedEpoch { .. }));
    c.establish(S3, S1, 6);
    assert_eq!(c.course(S1), ["acceptedEpoch 6"], "no answer while the write is under way");
    assert_eq!(c.status(S1).accepted_epoch, Epoch(4), "and memory does not run ahead");
    c.release_disk(S1);
    c.run();
    assert_eq!(c.course(S1)[1..], ["+acceptedEpoch 6", "ACKEPOCH zxid 0x100000001, currentEpoch 1"]);
}

#[test]
fn trap_08_an_equal_epoch_is_answered_with_minus_one() {
    let mut c = Cluster::new(3);
    c.puppets(&[S2, S3]);
    c.make_follow(S1, S3);
    // The connection dies between the write and the answer.
    c.hold_disk(S1, |op| matches!(op, DiskOp::AcceptedEpoch { .. }));
    c.establish(S3, S1, 3);
    c.hang_up(S3, S1, Port::Quorum);
    c.release_disk(S1);
    c.run();
    assert_eq!(c.status(S1).state, ServerState::Looking);
    c.forget();
    c.rejoin(S1, S3);
    c.establish(S3, S1, 3);
    assert_eq!(c.sent(S1, S3).last(), Some(&Packet::AckEpoch { zxid: Zxid::ZERO, current_epoch: None }));
    assert!(!asked(&c, S1, |op| matches!(op, DiskOp::AcceptedEpoch { .. })));

    // It survives a restart, being on disk.
    c.power_off(S1);
    c.run();
    c.forget();
    c.make_follow(S1, S3);
    c.establish(S3, S1, 3);
    assert_eq!(names(&c.heard(S3)).last().unwrap(), "ACKEPOCH zxid 0x0, epoch accepted before");
}

#[test]
fn trap_08_minus_one_does_not_count_and_may_still_be_synchronized() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.info(S1, S3, 0, false);
    c.info(S2, S3, 0, false);
    c.forget();
    c.ack_epoch(S1, S3, Zxid::ZERO, None);
    assert!(c.decided(S3, |d| matches!(d, Decision::EpochAckNotCounted { sid: S1, .. })));
    assert_eq!(c.course(S3), Vec::<String>::new(), "no currentEpoch, nothing sent");
    c.ack_epoch(S2, S3, Zxid::ZERO, Some(0));
    assert!(c.decided(S3, |d| matches!(d, Decision::EpochAcked { by, .. } if *by == [S2, S3])));
    assert_eq!(names(&c.sent(S3, S1)), ["DIFF 0x0", "NEWLEADER 0x100000000"]);

    // With minus one only, the wait ends in vain, and the epoch is burnt.
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.info(S1, S3, 0, false);
    c.ack_epoch(S1, S3, Zxid::ZERO, None);
    c.fire(S3, Timer::LeaderWait);
    c.run();
    assert!(c.decided(S3, |d| matches!(
        d,
        Decision::GaveUp { why: GaveUp::EpochAckWait { only, .. }, .. } if *only == [S3]
    )));
    assert_eq!((c.disk(S3).accepted_epoch, c.disk(S3).current_epoch), (Some(Epoch(1)), Some(Epoch(0))));
}

#[test]
fn trap_08_a_follower_ahead_loses_its_connection_and_only_that() {
    for (epoch, zxid, ahead) in
        [(1, z(1, 2), true), (2, Zxid::ZERO, true), (1, z(1, 1), false), (0, z(0, 9), false)]
    {
        let mut c = Cluster::new(5);
        c.puppets(&[S1, S2, S4, S5]);
        c.set_disk(S3, disk(&[(1, 1)], 3, 1));
        c.make_lead(S3, &[S1, S2]);
        c.info(S1, S3, 1, false);
        c.info(S2, S3, 1, false);
        c.ack_epoch(S1, S3, zxid, Some(epoch));
        let dropped = c.decided(S3, |d| {
            matches!(d, Decision::LearnerDropped { sid: Some(S1), why: Dropped::Ahead { .. }, .. })
        });
        assert_eq!(dropped, ahead, "({epoch}, {zxid}) against the leader's (1, 0x100000001)");
        assert_eq!(c.status(S3).state, ServerState::Leading);
        assert!(c.armed(S3, Timer::LeaderWait).is_some(), "the leader waits on");
    }
}

#[test]
fn trap_09_the_epoch_needs_the_leaders_own_report() {
    let mut c = Cluster::new(5);
    c.puppets(&[S1, S2, S3, S4]);
    c.hold_disk(S5, |op| {
        matches!(op, DiskOp::Snapshot { file: SnapshotFile { snapshot, .. }, .. } if snapshot.zxid == z(1, 1))
    });
    c.set_disk(S5, disk(&[(1, 1)], 1, 1));
    c.make_lead(S5, &[S1, S2]);
    c.forget();
    for sid in [S1, S2, S4] {
        c.info(sid, S5, 1, false);
    }
    assert!(
        !c.decided(S5, |d| matches!(d, Decision::EpochChosen { .. })),
        "three of five have reported, but the leader still loads its data"
    );
    assert!(!asked(&c, S5, |op| matches!(op, DiskOp::AcceptedEpoch { .. })));
    c.hold_disk(S5, |op| matches!(op, DiskOp::AcceptedEpoch { .. }));
    c.complete_next(S5);
    c.run();
    assert!(c.decided(S5, |d| matches!(d, Decision::EpochChosen { from, .. } if from.contains(&S5))));
    assert_eq!(c.sent(S5, S1), [], "nobody hears of an epoch that the leader has not on disk");
    c.release_disk(S5);
    c.run();
    assert_eq!(c.sent(S5, S1), [Packet::LeaderInfo { zxid: z(2, 0) }]);
    for sid in [S1, S2] {
        c.ack_epoch(sid, S5, z(1, 1), Some(1));
    }
    assert!(c.decided(S5, |d| matches!(d, Decision::EpochAcked { by, .. } if *by == [S1, S2, S5])));
}

#[test]
fn trap_09_newleaders_quorum_may_do_without_the_leader() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S1]);
    c.info(S1, S3, 0, false);
    c.info(S2, S3, 0, false);
    c.hold_disk(S3, |op| matches!(op, DiskOp::CurrentEpoch { .. }));
    c.ack_epoch(S1, S3, Zxid::ZERO, Some(0));
    c.ack_epoch(S2, S3, Zxid::ZERO, Some(0));
    let (one, two) = (c.handler(S3, S1), c.handler(S3, S2));
    c.ack(S1, S3, z(1, 0));
    assert!(
        c.armed(S3, Timer::HandlerWait(one)).is_some(),
        "one ACK is no quorum; the leader's own is not there yet"
    );
    c.ack(S2, S3, z(1, 0));
    for conn in [one, two] {
        assert!(c.armed(S3, Timer::HandlerWait(conn)).is_none(), "the two followers' ACKs are a quorum");
    }
    assert!(!c.status(S3).serving, "but the leader has its own write to do first");
    assert!(!c.sent(S3, S1).contains(&Packet::UpToDate), "and nobody is up to date before it serves");
    c.release_disk(S3);
    c.run();
    assert!(c.status(S3).serving);
    assert_eq!(c.disk(S3).current_epoch, Some(Epoch(1)));
    assert!(c.sent(S3, S1).contains(&Packet::UpToDate));
}

#[test]
fn trap_09_nobody_is_up_to_date_before_a_quorum_has_acknowledged_newleader() {
    let mut c = Cluster::new(5);
    c.puppets(&[S1, S2, S4, S5]);
    c.make_lead(S3, &[S1, S2]);
    for sid in [S1, S2] {
        c.info(sid, S3, 0, false);
    }
    for sid in [S1, S2] {
        c.ack_epoch(sid, S3, Zxid::ZERO, Some(0));
    }
    c.ack(S1, S3, z(1, 0));
    assert!(!c.status(S3).serving, "1 and 3 of five");
    assert!(!c.sent(S3, S1).contains(&Packet::UpToDate));
    c.ack(S2, S3, z(0, 0));
    assert!(c.decided(S3, |d| matches!(d, Decision::NewLeaderAckOfOtherEpoch { sid: S2, .. })));
    assert!(!c.status(S3).serving, "an ACK of another epoch does not count");
    c.fire(S3, Timer::LeaderWait);
    c.run();
    assert!(c.decided(S3, |d| matches!(
        d,
        Decision::GaveUp { why: GaveUp::NewLeaderWait { only, .. }, .. } if *only == [S1, S3]
    )));
}

#[test]
fn trap_18_a_late_joiner_of_a_newer_epoch_is_refused_by_itself() {
    // The leader neither minds nor learns from it.
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.make_lead(S3, &[S2]);
    c.join(S2, S3, Zxid::ZERO, 0);
    c.forget();
    c.info(S1, S3, 9, false);
    assert_eq!(c.sent(S3, S1), [Packet::LeaderInfo { zxid: z(1, 0) }]);
    assert!(!c.decided(S3, |d| matches!(d, Decision::LearnerDropped { .. } | Decision::EpochChosen { .. })));
    assert_eq!((c.status(S3).accepted_epoch, c.status(S3).serving), (Epoch(1), true));

    // The learner gives up, again and again, and the ensemble goes on.
    let mut c = Cluster::new(3);
    c.set_disk(S1, disk(&[], 9, 0));
    c.start(S2);
    c.start(S3);
    c.settle();
    c.hold_task(S1, |task| *task == Task::Main);
    c.start(S1);
    c.run();
    let mut refused = 0;
    for _ in 0..200 {
        if c.owes(S1, Task::Main) {
            c.run_task(S1, Task::Main);
        }
        c.run();
        refused = c
            .decisions(S1)
            .into_iter()
            .filter(|d| {
                matches!(
                    d,
                    Decision::GaveUp { why: GaveUp::EpochTooOld { epoch: Epoch(1), accepted: Epoch(9) }, .. }
                )
            })
            .count();
    }
    assert!(refused >= 2, "it tried {refused} times");
    assert_eq!(c.disk(S1).accepted_epoch, Some(Epoch(9)));
    assert!(!c.sent(S1, S3).iter().any(|p| matches!(p, Packet::AckEpoch { .. })));
    let origin = c.client(S2, create("/a"));
    assert!(c.outcome(origin).unwrap().1.is_ok());
    assert_eq!(c.status(S3).current_epoch, Epoch(1));

    // An election that it takes part in ends this: the next epoch is above its own.
    [S1, S2, S3].iter().for_each(|sid| c.kill(*sid));
    c.release_task(S1);
    c.run();
    c.start(S1);
    c.start(S3);
    c.settle();
    assert_eq!(c.status(S1).leader, Some(S3));
    assert!(c.shows(S1, "/a"));
    assert_eq!(c.status(S1).current_epoch, Epoch(10));
}
