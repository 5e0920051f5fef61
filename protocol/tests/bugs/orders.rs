//! The orders in which releases made a synchronization durable, and what each of them shows that the right one does not.

use crate::harness::*;
use zablab_protocol::{
    Decision, Defect, DiskOp, Epoch, Exit, GaveUp, Packet, Port, ServerState, Settings, Snapshot,
    SnapshotFile, SyncOrder, SyncRule, Task, Zxid,
};

/// These settings with some deliberate faults.
pub(crate) fn faulty(newleader: SyncOrder, defects: &[Defect]) -> Settings {
    Settings { newleader, defects: defects.iter().copied().collect(), ..Settings::default() }
}

/// Server 1, with these records and in epoch 1, is about to be synchronized by puppet 3 in epoch 2.
pub(crate) fn learner(settings: Settings, log: &[(i64, u32)]) -> Cluster {
    let mut c = Cluster::with(3, 0, settings);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(log, 1, 1));
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    c.forget();
    c
}

/// Puppet 3 proposes a transaction to server 1, and commits it.
pub(crate) fn send(c: &mut Cluster, epoch: i64, counter: u32) {
    c.say(S3, S1, Packet::Proposal(txn(epoch, counter)));
    c.say(S3, S1, Packet::Commit { zxid: z(epoch, counter) });
}

/// NEWLEADER of epoch 2.
pub(crate) fn new_leader(c: &mut Cluster) {
    c.say(S3, S1, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
}

/// A DIFF with a committed transaction and one that is only proposed, up to NEWLEADER.
fn diff(c: &mut Cluster) {
    c.say(S3, S1, Packet::Diff { zxid: z(1, 2) });
    send(c, 1, 2);
    c.say(S3, S1, Packet::Proposal(txn(2, 1)));
    new_leader(c);
}

#[test]
fn every_order_takes_its_own_course_at_newleader_and_uptodate() {
    const ONE: &str = "append 0x100000002";
    const TWO: &str = "append 0x200000001";
    const SYNC: [&str; 2] = ["fsync log", "+fsync log"];
    const EPOCH: [&str; 2] = ["currentEpoch 2", "+currentEpoch 2"];
    const ACK: &str = "ACK 0x200000000";
    let snapshot = ["snapshot 0x100000002", "+snapshot 0x100000002"];
    let each = ["ACK 0x100000002", "ACK 0x200000001"];
    let committed = [&[ONE], &SYNC[..], &EPOCH, &[ACK]].concat();
    let rest = [&[ACK, TWO], &SYNC[..], &each[1..]].concat();
    let queued = [&[ACK, ONE, TWO], &SYNC[..], &each].concat();
    let all = [&[ONE, TWO], &SYNC[..], &EPOCH, &[ACK]].concat();
    let async_log = [&EPOCH[..], &[ACK, ONE, TWO], &SYNC, &each].concat();
    let late = [&EPOCH[..], &[ACK]].concat();
    let snap = [&snapshot[..], &EPOCH, &[ACK]].concat();
    for (order, at_newleader, at_uptodate) in [
        (SyncOrder::Right, committed.clone(), rest.clone()),
        (SyncOrder::CommittedOnly, committed, rest.clone()),
        (SyncOrder::SyncLog, all, [&[ACK], &each[..]].concat()),
        (SyncOrder::AsyncLog, async_log, vec![ACK]),
        (SyncOrder::LateLog, late, queued),
        (SyncOrder::Snap, snap, rest),
    ] {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        diff(&mut c);
        assert_eq!(c.course(S1), at_newleader, "{order:?}, NEWLEADER");
        c.forget();
        c.say(S3, S1, Packet::UpToDate);
        c.run();
        assert_eq!(c.course(S1), at_uptodate, "{order:?}, UPTODATE");
        assert_eq!(c.status(S1).last_processed, z(1, 2), "{order:?}: what is committed is applied");
        c.say(S3, S1, Packet::Commit { zxid: z(2, 1) });
        c.run();
        assert!(c.shows(S1, &path_of(2, 1)), "{order:?}: the rest is applied when it is committed");
    }
}

#[test]
fn zk_3911_4646_newleader_is_acknowledged_without_the_history() {
    for (order, held) in [
        (SyncOrder::Right, true),
        (SyncOrder::SyncLog, true),
        (SyncOrder::Snap, true),
        (SyncOrder::AsyncLog, false),
        (SyncOrder::LateLog, false),
    ] {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        c.hold_task(S1, |task| *task == Task::Log);
        diff(&mut c);
        assert!(c.sent(S1, S3).contains(&Packet::Ack { zxid: z(2, 0) }), "{order:?}");
        c.power_off(S1);
        assert_eq!(c.disk(S1).current_epoch, Some(Epoch(2)), "{order:?}");
        assert_eq!(c.disk(S1).holds(z(1, 2)), held, "{order:?}: what it acknowledged");
    }
}

#[test]
fn zk_3911_stays_until_uptodate_and_4646_until_the_log_writer_has_run() {
    for (order, held) in [(SyncOrder::AsyncLog, true), (SyncOrder::LateLog, false)] {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        diff(&mut c);
        c.power_off(S1);
        assert_eq!(c.disk(S1).holds(z(1, 2)), held, "{order:?}");
    }
}

#[test]
fn zk_4643_the_epoch_is_durable_before_the_history() {
    let swapped = faulty(SyncOrder::Right, &[Defect::EpochBeforeHistory]);
    for (settings, wrong) in
        [(Settings::default(), false), (swapped, true), (faulty(SyncOrder::AsyncLog, &[]), true)]
    {
        let mut c = learner(settings, &[(1, 1)]);
        c.hold_disk(S1, |_| true);
        diff(&mut c);
        let mut seen = false;
        while c.complete_next(S1).is_some() {
            c.run();
            seen |= c.disk(S1).current_epoch == Some(Epoch(2)) && c.durable(S1) < 2;
        }
        assert_eq!(seen, wrong, "an epoch without its initial history");
        assert!(c.sent(S1, S3).contains(&Packet::Ack { zxid: z(2, 0) }));
    }
}

#[test]
fn zk_4685_the_ack_of_a_proposal_overtakes_that_of_newleader() {
    for order in SyncOrder::ALL {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        c.hold_disk(S1, |op| matches!(op, DiskOp::CurrentEpoch { .. }));
        diff(&mut c);
        // The main thread stands still when it has written the epoch.
        c.hold_task(S1, |task| *task == Task::Main);
        c.release_disk(S1);
        c.run();
        c.release_task(S1);
        c.run();
        let first = c.sent(S1, S3).into_iter().find(|packet| matches!(packet, Packet::Ack { .. }));
        let expected = if order == SyncOrder::AsyncLog { z(1, 2) } else { z(2, 0) };
        assert_eq!(first, Some(Packet::Ack { zxid: expected }), "{order:?}");
    }
}

#[test]
fn zk_4685_its_leader_does_not_count_it() {
    let mut c = Cluster::new(3);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, disk(&[(1, 1), (1, 2)], 1, 1));
    c.make_lead(S3, &[S2]);
    c.info(S2, S3, 1, false);
    c.ack_epoch(S2, S3, z(1, 1), Some(1));
    c.ack(S2, S3, z(1, 2));
    assert!(
        c.decided(S3, |d| matches!(d, Decision::NewLeaderAckOfOtherEpoch { zxid, .. } if *zxid == z(1, 2)))
    );
    c.ack(S2, S3, z(2, 0));
    assert!(!c.status(S3).serving, "its ACK of NEWLEADER comes too late");
}

#[test]
fn zk_4394_a_commit_after_newleader_finds_its_proposal_forgotten() {
    for order in SyncOrder::ALL {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        diff(&mut c);
        c.say(S3, S1, Packet::Commit { zxid: z(2, 1) });
        c.run();
        let forgets = matches!(order, SyncOrder::AsyncLog | SyncOrder::SyncLog);
        let gave_up = c.decided(S1, |d| {
            matches!(d, Decision::GaveUp { why: GaveUp::UnexpectedPacket { packet: "COMMIT" }, .. })
        });
        assert_eq!(gave_up, forgets, "{order:?}");
    }
}

#[test]
fn zk_3023_a_follower_serves_before_it_has_applied_what_its_leader_began_with() {
    for (order, lags) in [
        (SyncOrder::Right, false),
        (SyncOrder::CommittedOnly, false),
        (SyncOrder::SyncLog, true),
        (SyncOrder::AsyncLog, true),
        (SyncOrder::LateLog, true),
        (SyncOrder::Snap, false),
    ] {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        c.hold_task(S1, |task| *task == Task::Commit);
        diff(&mut c);
        c.say(S3, S1, Packet::UpToDate);
        c.run();
        let acks = c.sent(S1, S3).into_iter().filter(|packet| *packet == Packet::Ack { zxid: z(2, 0) });
        assert_eq!(acks.count(), 2, "{order:?}: UPTODATE is acknowledged");
        assert_eq!(c.status(S1).last_processed < z(1, 2), lags, "{order:?}");
    }
}

#[test]
fn zk_1653_a_server_that_ends_between_snapshot_and_epoch_does_not_start_again() {
    for (marked, starts) in [(true, true), (false, false)] {
        let defects = if marked { vec![] } else { vec![Defect::NoRecoveryMarker] };
        let mut c = learner(faulty(SyncOrder::Snap, &defects), &[(1, 1)]);
        c.hold_disk(S1, |_| true);
        c.say(S3, S1, Packet::Snap { snapshot: Snapshot { zxid: z(2, 4), ..Snapshot::default() }.into() });
        new_leader(&mut c);
        assert!(matches!(c.complete_next(S1), Some(DiskOp::Snapshot { .. })));
        c.power_off(S1);
        c.release_disk(S1);
        c.start(S1);
        let exit = Exit::EpochBehindData { current: Epoch(1), zxid: z(2, 4) };
        assert_eq!(c.exit_of(S1), (!starts).then_some(&exit));
        if starts {
            c.run();
            assert_eq!(c.status(S1).current_epoch, Epoch(2), "its data says which epoch it belongs to");
        }
    }
}

/// What server 1 sends a learner at (1,1) when it leads, after it was synchronized with (1,2) and logged (2,1) itself.
fn served_by_a_synchronized_leader(order: SyncOrder) -> (SyncRule, Vec<Zxid>) {
    let mut c = learner(faulty(order, &[]), &[(1, 1)]);
    c.say(S3, S1, Packet::Diff { zxid: z(1, 2) });
    send(&mut c, 1, 2);
    new_leader(&mut c);
    c.say(S3, S1, Packet::UpToDate);
    send(&mut c, 2, 1);
    c.run();
    c.hang_up(S3, S1, Port::Quorum);
    c.run();
    assert_eq!(c.status(S1).state, ServerState::Looking);
    let (vote, round) = (c.status(S1).vote, c.status(S1).round);
    c.say(S2, S1, note(ServerState::Looking, vote, round.0));
    c.run();
    c.fire(S1, zablab_protocol::Timer::FinalizeWait);
    c.run();
    c.info(S2, S1, 2, false);
    c.forget();
    c.ack_epoch(S2, S1, z(1, 1), Some(1));
    let rule = c.decisions(S1).into_iter().find_map(|d| match d {
        Decision::SyncChosen { rule, .. } => Some(*rule),
        _ => None,
    });
    let sent = c.sent(S1, S2).into_iter().filter_map(|packet| match packet {
        Packet::Proposal(txn) => Some(txn.zxid),
        _ => None,
    });
    (rule.unwrap(), sent.collect())
}

#[test]
fn zk_4925_what_a_synchronization_brought_is_missing_from_the_window() {
    assert_eq!(served_by_a_synchronized_leader(SyncOrder::Right), (SyncRule::Window, vec![z(1, 2), z(2, 1)]));
    assert_eq!(
        served_by_a_synchronized_leader(SyncOrder::CommittedOnly),
        (SyncRule::Window, vec![z(2, 1)]),
        "and nobody says that there is a hole"
    );
}

#[test]
fn zk_4925_a_learner_takes_a_stream_with_a_hole() {
    for order in [SyncOrder::Right, SyncOrder::CommittedOnly] {
        let mut c = learner(faulty(order, &[]), &[(1, 1)]);
        c.say(S3, S1, Packet::Diff { zxid: z(1, 4) });
        send(&mut c, 1, 2);
        send(&mut c, 1, 4);
        new_leader(&mut c);
        let refuses =
            c.decided(S1, |d| matches!(d, Decision::GaveUp { why: GaveUp::HoleInStream { .. }, .. }));
        assert_eq!(refuses, order == SyncOrder::Right);
        assert_eq!(c.logged(S1).contains(&z(1, 4)), !refuses);
    }
}

#[test]
fn the_snapshot_of_the_old_order_holds_what_no_log_has() {
    let mut c = learner(faulty(SyncOrder::Snap, &[]), &[(1, 1)]);
    diff(&mut c);
    assert_eq!(c.logged(S1), [z(1, 1)]);
    let file = c.disk(S1).snapshots.last().map(|file: &SnapshotFile| (file.snapshot.zxid, file.from_leader));
    assert_eq!(file, Some((z(1, 2), true)), "nobody may read the log across it");
}
