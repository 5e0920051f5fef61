//! Faults of synchronization, recovery and in-process restart that ZooKeeper had: each with its switch, and without.

use crate::harness::*;
use crate::orders::{faulty, learner, new_leader, send};
use std::sync::Arc;
use zablab_protocol::{
    Change, CreateMode, Decision, Defect, DiskOp, Epoch, Millis, Op, Origin, Packet, Port, SessionId,
    Settings, Snapshot, Storage, SyncOrder, Task, Tree, Txn, Zxid,
};

fn with(defect: Defect) -> Settings {
    faulty(SyncOrder::Right, &[defect])
}

/// The machine as it should be, and with this fault.
fn both(defect: Defect) -> [(Settings, bool); 2] {
    [(Settings::default(), false), (with(defect), true)]
}

/// Server 1 follows puppet 3 in epoch 2 and serves, with (1,1) logged and applied.
fn follower(settings: Settings) -> Cluster {
    let mut c = learner(settings, &[(1, 1)]);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 1) });
    new_leader(&mut c);
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    assert!(c.status(S1).serving);
    c.forget();
    c
}

fn is_sync(op: &DiskOp) -> bool {
    *op == DiskOp::Sync
}

#[test]
fn zk_1282_newleader_is_acknowledged_in_the_old_epoch() {
    for (settings, wrong) in both(Defect::EpochAtUpToDate) {
        let mut c = learner(settings, &[(1, 1)]);
        c.say(S3, S1, Packet::Diff { zxid: z(1, 2) });
        send(&mut c, 1, 2);
        new_leader(&mut c);
        assert_eq!(c.sent(S1, S3), [Packet::Ack { zxid: z(2, 0) }]);
        assert!(c.disk(S1).holds(z(1, 2)), "the history is there either way");
        let epoch = if wrong { Epoch(1) } else { Epoch(2) };
        assert_eq!((c.disk(S1).current_epoch, c.status(S1).current_epoch), (Some(epoch), epoch));
        c.say(S3, S1, Packet::UpToDate);
        c.run();
        assert_eq!(c.disk(S1).current_epoch, Some(Epoch(2)));
        assert!(c.status(S1).serving);
    }
}

#[test]
fn zk_4712_the_log_queue_outlives_the_role() {
    for (settings, wrong) in both(Defect::LogQueueSurvivesShutdown) {
        let mut c = follower(settings);
        c.hold_disk(S1, is_sync);
        c.hold_task(S1, |task| *task == Task::Log);
        c.say(S3, S1, Packet::Proposal(txn(2, 1)));
        c.run();
        c.hang_up(S3, S1, Port::Quorum);
        c.run();
        // The right one is still leaving its role: it waits for its log writer.
        let left = c.decided(S1, |d| matches!(d, Decision::LeftRole { zxid, .. } if *zxid == z(1, 1)));
        assert_eq!(left, wrong);
        c.release_task(S1);
        c.release_disk(S1);
        c.run();
        assert_eq!(c.logged(S1), [z(1, 1), z(2, 1)]);
        let voted = if wrong { z(1, 1) } else { z(2, 1) };
        assert_eq!(c.status(S1).vote, vote(S1, voted, 2), "its vote against its log");
        assert!(!c.sent(S1, S3).contains(&Packet::Ack { zxid: z(2, 1) }), "nobody is there to be told");
    }
}

#[test]
fn zk_4712_what_outlived_its_role_is_acknowledged_to_nobody() {
    let mut c = follower(with(Defect::LogQueueSurvivesShutdown));
    c.hold_task(S1, |task| *task == Task::Log);
    c.say(S3, S1, Packet::Proposal(txn(2, 1)));
    c.run();
    c.hang_up(S3, S1, Port::Quorum);
    c.run();
    c.rejoin(S1, S3);
    c.establish(S3, S1, 3);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 1) });
    c.say(S3, S1, Packet::NewLeader { zxid: z(3, 0) });
    c.say(S3, S1, Packet::UpToDate);
    c.say(S3, S1, Packet::Proposal(txn(3, 1)));
    c.run();
    c.forget();
    c.release_task(S1);
    c.run();
    assert_eq!(c.logged(S1), [z(1, 1), z(2, 1), z(3, 1)], "a record that its leader does not have");
    assert_eq!(c.sent(S1, S3), [Packet::Ack { zxid: z(3, 1) }]);
}

#[test]
fn zk_2845_a_server_votes_with_a_tree_that_lags_its_log() {
    for (settings, wrong) in both(Defect::ReuseDbWithoutReplay) {
        let mut c = follower(settings);
        c.say(S3, S1, Packet::Proposal(txn(2, 1)));
        c.run();
        assert_eq!(c.logged(S1), [z(1, 1), z(2, 1)]);
        c.hang_up(S3, S1, Port::Quorum);
        c.run();
        let voted = if wrong { z(1, 1) } else { z(2, 1) };
        assert_eq!(c.status(S1).vote, vote(S1, voted, 2));
        // A leader that has (1,1) as its last finds nothing to cut.
        c.rejoin(S1, S3);
        c.establish(S3, S1, 3);
        assert!(c.sent(S1, S3).contains(&Packet::AckEpoch { zxid: voted, current_epoch: Some(Epoch(2)) }));
    }
}

#[test]
fn zk_2355_a_diff_that_breaks_off_leaves_a_claim_without_the_transactions() {
    for (settings, wrong) in both(Defect::LastZxidAtDiffHeader) {
        let mut c = learner(settings, &[(1, 1)]);
        c.say(S3, S1, Packet::Diff { zxid: z(1, 3) });
        c.run();
        c.hang_up(S3, S1, Port::Quorum);
        c.run();
        let voted = if wrong { z(1, 3) } else { z(1, 1) };
        assert_eq!(c.status(S1).vote, vote(S1, voted, 1));
        assert_eq!(c.logged(S1), [z(1, 1)]);
    }
}

#[test]
fn zk_2355_a_diff_that_comes_to_its_end_does_no_harm() {
    let mut c = learner(with(Defect::LastZxidAtDiffHeader), &[(1, 1)]);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 3) });
    send(&mut c, 1, 2);
    send(&mut c, 1, 3);
    new_leader(&mut c);
    c.say(S3, S1, Packet::UpToDate);
    c.run();
    assert_eq!(c.logged(S1), [z(1, 1), z(1, 2), z(1, 3)]);
    assert!([2, 3].iter().all(|counter| c.shows(S1, &path_of(1, *counter))));
}

#[test]
fn zk_1367_sessions_of_a_synchronization_are_in_nobodys_table() {
    let session = SessionId(77);
    let origin = Origin { session, cxid: 0 };
    let opened = Change::CreateSession { timeout: Millis(10_000) };
    let opened = Arc::new(Txn::new(z(1, 2), origin, NOW, opened));
    for (settings, wrong) in both(Defect::SyncSkipsSessionTable) {
        let mut c = learner(settings, &[(1, 1)]);
        c.say(S3, S1, Packet::Diff { zxid: z(1, 2) });
        c.say(S3, S1, Packet::Proposal(opened.clone()));
        c.say(S3, S1, Packet::Commit { zxid: z(1, 2) });
        new_leader(&mut c);
        assert_eq!(c.server(S1).sessions().timeout(session).is_none(), wrong);
        assert_eq!(c.status(S1).last_processed, z(1, 2));
        // Its disk has it: a restart would help.
        c.power_off(S1);
        c.start(S1);
        c.run();
        assert!(c.server(S1).sessions().timeout(session).is_some());
    }
}

fn snap(zxid: Zxid) -> Packet {
    Packet::Snap { snapshot: Snapshot { zxid, ..Snapshot::default() }.into() }
}

#[test]
fn zk_3642_a_snap_that_breaks_off_is_kept() {
    for (settings, wrong) in both(Defect::KeepDbAfterPartialSnap) {
        let mut c = learner(settings, &[(1, 1)]);
        c.say(S3, S1, snap(z(1, 9)));
        c.run();
        c.hang_up(S3, S1, Port::Quorum);
        c.run();
        let voted = if wrong { z(1, 9) } else { z(1, 1) };
        assert_eq!(c.status(S1).vote, vote(S1, voted, 1));
        assert!(!c.disk(S1).holds(z(1, 9)), "its disk knows nothing of it");
    }
}

#[test]
fn zk_2872_the_snapshot_of_a_snap_can_be_lost() {
    for (settings, wrong) in both(Defect::SnapshotNotSynced) {
        let mut c = learner(settings, &[(1, 1)]);
        c.say(S3, S1, snap(z(1, 9)));
        new_leader(&mut c);
        let synced = c.events(S1).find_map(|event| match event {
            Event::Asked(DiskOp::Snapshot { synced, .. }) => Some(*synced),
            _ => None,
        });
        assert_eq!(synced, Some(!wrong));
    }
}

/// How server 3, with these settings and on this disk, synchronizes a learner at `peer_last`. It serves if others do.
fn chosen(settings: Settings, leader: Storage, peer_last: Zxid) -> Vec<Packet> {
    let mut c = Cluster::with(3, 0, settings);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, leader);
    c.make_lead(S3, &[S2]);
    c.info(S2, S3, 2, false);
    c.info(S1, S3, 0, false);
    c.ack_epoch(S2, S3, z(1, 1), Some(0));
    c.forget();
    c.ack_epoch(S1, S3, peer_last, Some(0));
    c.sent(S3, S1)
}

#[test]
fn zk_1154_a_diff_goes_out_where_a_trunc_was_due() {
    let leader = || disk(&[(1, 1), (1, 2), (2, 1)], 2, 2);
    for (settings, wrong) in both(Defect::DiffWithoutTrunc) {
        // The leader of epoch 1 had (1,3) alone.
        let sent = chosen(settings.clone(), leader(), z(1, 3));
        assert_eq!(matches!(sent[0], Packet::Snap { .. }), !wrong, "{}", sent[0]);
        assert_eq!(matches!(sent[0], Packet::Diff { .. }), wrong, "{}", sent[0]);
        // A learner whose zxid is one of the leader's, and one ahead of it, are right either way.
        assert_eq!(chosen(settings.clone(), leader(), z(1, 2))[0], Packet::Diff { zxid: z(2, 1) });
        assert_eq!(chosen(settings, leader(), z(2, 7))[0], Packet::Trunc { zxid: z(2, 1) });
    }
}

#[test]
fn zk_1319_a_server_without_anything_is_told_that_it_is_in_sync() {
    for (settings, wrong) in both(Defect::LastProposedZero) {
        let settings = Settings { snapshot_size_factor: -1000, ..settings };
        let sent = chosen(settings, disk(&[(1, 1), (1, 2)], 1, 1), Zxid::ZERO);
        if wrong {
            assert_eq!(names(&sent), ["DIFF 0x0", "NEWLEADER 0x300000000"]);
        } else {
            assert!(matches!(sent[0], Packet::Snap { .. }), "{}", sent[0]);
        }
    }
}

#[test]
fn zk_3104_newleader_comes_before_what_the_snap_holds_in_part() {
    for (settings, wrong) in both(Defect::NewLeaderBeforeSnapshot) {
        let mut c = Cluster::with(3, 0, settings);
        for sid in [S2, S3] {
            c.set_disk(sid, disk(&[(1, 1)], 1, 1));
            c.start(sid);
        }
        c.settle();
        let set = |data: &str| Op::SetData { path: "/a".into(), data: data.into(), version: None };
        c.client(S2, Op::Create { path: "/a".into(), data: "0".into(), mode: CreateMode::default() });
        // /a = 1 is committed and not applied when the choice is made; /a = 2 is, when the state is read.
        c.hold_packets(S1, S3, |p| matches!(p, Packet::AckEpoch { .. }));
        c.start(S1);
        c.settle();
        c.hold_task(S3, |task| *task == Task::Commit);
        c.client(S2, set("1"));
        c.hold_task(S3, |task| matches!(task, Task::Handler(_)));
        c.release_packets(S1, S3);
        c.run();
        let one = Task::Handler(c.handler(S3, S1));
        c.run_task(S3, one);
        c.run_task(S3, one);
        c.client(S2, set("2"));
        let two = Task::Handler(c.handler(S3, S2));
        while c.owes(S3, two) {
            c.run_task(S3, two);
            c.run();
        }
        while c.owes(S3, Task::Commit) {
            c.run_task(S3, Task::Commit);
        }
        while c.owes(S3, one) {
            c.run_task(S3, one);
        }
        let order = names(&c.sent(S3, S1));
        let at = |what: &str| order.iter().position(|name| name.starts_with(what)).unwrap();
        assert_eq!(at("NEWLEADER") < at("COMMIT 0x200000003"), wrong, "{order:?}");
        assert!(at("COMMIT 0x200000002") < at("NEWLEADER"), "{order:?}");
        // The snapshot that server 1 makes its own.
        c.hold_packets(S3, S1, |p| matches!(p, Packet::UpToDate));
        c.release_task(S3);
        c.run();
        let file = &c.disk(S1).snapshots.last().unwrap().snapshot;
        let data = |tree: &Tree| tree.get("/a").map(|node| node.data.to_string());
        assert_eq!(file.zxid, z(2, 3));
        assert_eq!(data(&file.tree).as_deref(), Some(if wrong { "1" } else { "2" }), "at {}", file.zxid);
        assert_eq!(data(c.server(S3).tree()).as_deref(), Some("2"));
    }
}

#[test]
fn a_synchronization_is_the_same_with_every_fault_that_needs_another_one() {
    let elsewhere = [
        Defect::LogQueueSurvivesShutdown,
        Defect::ReuseDbWithoutReplay,
        Defect::DiffWithoutTrunc,
        Defect::LastProposedZero,
        Defect::KeepDbAfterPartialSnap,
        Defect::NoRecoveryMarker,
        Defect::NewLeaderBeforeSnapshot,
    ];
    let course = |settings| {
        let mut c = learner(settings, &[(1, 1)]);
        c.say(S3, S1, Packet::Diff { zxid: z(1, 2) });
        send(&mut c, 1, 2);
        new_leader(&mut c);
        c.say(S3, S1, Packet::UpToDate);
        send(&mut c, 2, 1);
        c.run();
        c.course(S1)
    };
    assert_eq!(course(faulty(SyncOrder::Right, &elsewhere)), course(Settings::default()));
}
