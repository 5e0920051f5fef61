//! Discovery: how a leader comes by its epoch, and who must have agreed to it.

use crate::cluster;
use crate::harness::*;
use zablab_protocol::{
    Decision, Defect, DiskOp, Dropped, Epoch, GaveUp, Packet, ServerState, Sid, Task, Timer, Zxid,
};

/// The epoch that a leader chose, and who was counted.
fn chosen(c: &Cluster, sid: Sid) -> Option<(Epoch, Vec<Sid>)> {
    c.decisions(sid).into_iter().find_map(|d| match d {
        Decision::EpochChosen { epoch, from } => Some((*epoch, from.clone())),
        _ => None,
    })
}

fn established(c: &Cluster, sid: Sid) -> bool {
    c.decided(sid, |d| matches!(d, Decision::EpochEstablished { .. }))
}

#[test]
fn zk_335_two_leaders_give_one_zxid_to_two_transactions() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::NoAcceptedEpoch]);
        for sid in [S1, S2, S3] {
            c.set_disk(sid, disk(&[(1, 1)], 1, 1));
        }
        c.start(S2);
        c.start(S3);
        c.settle();
        assert_eq!((c.status(S2).leader, c.status(S3).current_epoch), (Some(S3), Epoch(2)));
        c.hold_packets(S3, S2, |p| matches!(p, Packet::Proposal(_)));
        c.client(S3, create("/x"));
        assert_eq!(c.logged(S3), [z(1, 1), z(2, 1)], "on its own disk only");
        c.lose_packets(S3, S2);
        c.power_off(S3);
        c.start(S1);
        c.settle();
        c.client(S2, create("/y"));
        assert_eq!(c.status(S2).state, ServerState::Leading);
        assert_eq!(c.status(S2).current_epoch, Epoch(if faulty { 2 } else { 3 }));
        assert!(c.shows(S1, "/y"));
        c.release_packets(S3, S2);
        c.start(S3);
        c.settle();
        assert_eq!((c.status(S3).leader, c.status(S3).serving), (Some(S2), true));
        assert_eq!((c.shows(S3, "/x"), c.shows(S3, "/y")), (faulty, !faulty), "the same zxid, another tree");
        assert_eq!(c.status(S3).history == c.status(S2).history, !faulty);
    }
}

#[test]
fn zk_335_a_vote_has_the_epoch_of_its_zxid_and_nobody_is_ahead_of_a_leader() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::NoAcceptedEpoch]);
        c.puppets(&[S1, S2]);
        c.set_disk(S3, disk(&[(1, 1)], 7, 5));
        c.make_lead(S3, &[S1]);
        let own = c.decisions(S3).into_iter().find_map(|d| match d {
            Decision::NewElection { vote, .. } => Some(*vote),
            _ => None,
        });
        assert_eq!(own, Some(vote(S3, z(1, 1), if faulty { 1 } else { 5 })));
        c.info(S1, S3, 9, false);
        assert_eq!(chosen(&c, S3).unwrap().0, Epoch(if faulty { 2 } else { 10 }));
        c.ack_epoch(S1, S3, z(1, 4), Some(6));
        let ahead = |d: &Decision| matches!(d, Decision::LearnerDropped { why: Dropped::Ahead { .. }, .. });
        assert_eq!(c.decided(S3, ahead), !faulty);
        assert_eq!(established(&c, S3), faulty);
    }
}

#[test]
fn zk_335_a_learner_keeps_no_promise() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::NoAcceptedEpoch]);
        c.puppets(&[S2, S3]);
        c.set_disk(S1, disk(&[(1, 1)], 4, 1));
        c.make_follow(S1, S3);
        c.establish(S3, S1, 2);
        let refused = |d: &Decision| matches!(d, Decision::GaveUp { why: GaveUp::EpochTooOld { .. }, .. });
        assert_eq!(c.decided(S1, refused), !faulty, "it had accepted 4");
    }
    let mut c = cluster(3, true, &[Defect::NoAcceptedEpoch]);
    c.puppets(&[S2, S3]);
    c.set_disk(S1, disk(&[(3, 1)], 3, 3));
    c.make_follow(S1, S3);
    c.establish(S3, S1, 2);
    assert!(c.decided(S1, |d| matches!(
        d,
        Decision::GaveUp { why: GaveUp::EpochTooOld { epoch: Epoch(2), accepted: Epoch(3) }, .. }
    )));
}

/// Server 3 is elected, has no follower, gives up, and is elected anew by the puppets; what it votes then.
fn fails_to_lead(faulty: bool, defects: &[Defect]) -> Cluster {
    let mut c = cluster(3, faulty, defects);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, disk(&[(1, 1)], 1, 1));
    c.make_lead(S3, &[S1]);
    c.info(S1, S3, 1, false);
    c.forget();
    c.fire(S3, Timer::LeaderWait);
    c.run();
    assert_eq!(c.status(S3).state, ServerState::Looking);
    c
}

#[test]
fn zk_790_a_failed_leader_votes_with_the_zxid_of_an_epoch_that_never_was() {
    for faulty in [false, true] {
        let c = fails_to_lead(faulty, &[Defect::NoAcceptedEpoch, Defect::EarlyLastZxid]);
        let own = if faulty { vote(S3, z(2, 0), 2) } else { vote(S3, z(1, 1), 1) };
        assert_eq!(c.status(S3).vote, own);
        assert_eq!(c.logged(S3), [z(1, 1)], "there is nothing behind it");
    }
}

#[test]
fn zk_790_with_an_epoch_in_the_vote_the_claim_wins_within_its_epoch_only() {
    let mut c = fails_to_lead(true, &[Defect::EarlyLastZxid]);
    assert_eq!(c.status(S3).vote, vote(S3, z(2, 0), 1), "currentEpoch is what it was");
    // The others have established an epoch meanwhile.
    let better = vote(S2, z(1, 1), 2);
    let round = c.status(S3).round.0;
    c.link(S2, S3);
    c.say(S2, S3, note(ServerState::Looking, better, round));
    c.run();
    assert_eq!(c.status(S3).vote, better);

    // They have not, and hold more of the old one.
    let mut c = fails_to_lead(true, &[Defect::EarlyLastZxid]);
    let older = vote(S2, z(1, 9), 1);
    let round = c.status(S3).round.0;
    c.link(S2, S3);
    c.say(S2, S3, note(ServerState::Looking, older, round));
    c.run();
    assert_eq!(c.status(S3).vote, vote(S3, z(2, 0), 1), "then it wins all the same");
}

/// Server 3 leads and has loaded its data; the next step of its main thread is held. Its acceptedEpoch is 5, that of the
/// others is 1, and they have all come.
fn slow_main_thread(faulty: bool) -> Cluster {
    let mut c = cluster(3, faulty, &[Defect::QuorumWithoutSelf]);
    c.puppets(&[S1, S2]);
    c.set_disk(S3, disk(&[(1, 1)], 5, 1));
    c.hold_disk(S3, |op| matches!(op, DiskOp::Snapshot { .. }));
    c.make_lead(S3, &[S1]);
    c.hold_task(S3, |task| *task == Task::Main);
    c.release_disk(S3);
    c.run();
    c.info(S1, S3, 1, false);
    c.info(S2, S3, 1, false);
    c
}

#[test]
fn zk_1270_followers_choose_the_epoch_without_their_leader() {
    assert_eq!(chosen(&slow_main_thread(false), S3), Some((Epoch(6), vec![S1, S3])));
    assert_eq!(chosen(&slow_main_thread(true), S3), Some((Epoch(2), vec![S1, S2])));
}

#[test]
fn zk_1270_a_quorum_has_formed_and_nobody_serves() {
    for faulty in [false, true] {
        let mut c = slow_main_thread(faulty);
        for sid in [S1, S2] {
            c.ack_epoch(sid, S3, z(1, 1), Some(1));
        }
        let epoch = c.status(S3).accepted_epoch;
        for sid in [S1, S2] {
            c.ack(sid, S3, Zxid::new_epoch(epoch));
        }
        c.release_task(S3);
        c.run();
        assert!(established(&c, S3));
        assert_eq!(c.status(S3).serving, !faulty, "the acknowledgements came before it counted them");
    }
}

#[test]
fn zk_1270_acknowledgements_that_come_between_the_leaders_two_waits_are_lost() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::QuorumWithoutSelf]);
        c.puppets(&[S1, S2]);
        c.set_disk(S3, disk(&[(1, 1)], 1, 1));
        c.hold_disk(S3, |op| matches!(op, DiskOp::AcceptedEpoch { .. }));
        c.make_lead(S3, &[S1]);
        c.info(S1, S3, 1, false);
        c.info(S2, S3, 1, false);
        assert_eq!(chosen(&c, S3), Some((Epoch(2), vec![S1, S3])), "it was at the first one in time");
        c.hold_task(S3, |task| *task == Task::Main);
        c.release_disk(S3);
        c.run();
        for sid in [S1, S2] {
            c.ack_epoch(sid, S3, z(1, 1), Some(1));
        }
        for sid in [S1, S2] {
            c.ack(sid, S3, z(2, 0));
        }
        let unknown = |d: &Decision| matches!(d, Decision::AckOfFuture { zxid, .. } if *zxid == z(2, 0));
        assert_eq!(c.decided(S3, unknown), faulty);
        c.release_task(S3);
        c.run();
        assert!(established(&c, S3));
        assert_eq!(c.status(S3).serving, !faulty);
        if faulty {
            c.fire(S3, Timer::LeaderWait);
            c.run();
            let in_vain =
                |d: &Decision| matches!(d, Decision::GaveUp { why: GaveUp::NewLeaderWait { .. }, .. });
            assert!(c.decided(S3, in_vain), "two of three have acknowledged");
        }
    }
}

#[test]
fn zk_1192_the_leader_goes_on_without_a_quorum_of_ackepoch() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::EpochAckTimeoutIgnored]);
        c.puppets(&[S1, S2]);
        c.make_lead(S3, &[S1]);
        c.info(S1, S3, 0, false);
        c.fire(S3, Timer::LeaderWait);
        c.run();
        assert_eq!(established(&c, S3), faulty, "nobody has answered LEADERINFO");
        assert_eq!(c.status(S3).state == ServerState::Leading, faulty);
    }

    // So does a handler, whose learner's answer was one that does not count.
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::EpochAckTimeoutIgnored]);
        c.puppets(&[S1, S2]);
        c.make_lead(S3, &[S1]);
        c.info(S1, S3, 0, false);
        c.ack_epoch(S1, S3, Zxid::ZERO, None);
        c.forget();
        let conn = c.handler(S3, S1);
        c.fire(S3, Timer::HandlerWait(conn));
        c.run();
        let streamed = names(&c.sent(S3, S1)) == ["DIFF 0x0", "NEWLEADER 0x100000000"];
        assert_eq!(streamed, faulty);
    }
}

#[test]
fn zk_1343_an_epoch_that_was_accepted_before_is_proposed_again() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::EpochStrictlyGreater]);
        c.puppets(&[S1, S2]);
        c.set_disk(S3, disk(&[], 1, 1));
        c.make_lead(S3, &[S1]);
        c.info(S1, S3, 2, false);
        assert_eq!(chosen(&c, S3).unwrap().0, Epoch(if faulty { 2 } else { 3 }));
    }
}

#[test]
fn zk_1343_an_answer_that_does_not_count_is_counted() {
    for faulty in [false, true] {
        let mut c = cluster(3, faulty, &[Defect::CountMinusOneAck]);
        c.puppets(&[S1, S2]);
        c.make_lead(S3, &[S1]);
        c.info(S1, S3, 0, false);
        c.ack_epoch(S1, S3, Zxid::ZERO, None);
        assert_eq!(established(&c, S3), faulty);
    }
}
