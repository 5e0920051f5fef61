//! Trap 20: observers raise the epoch, are synchronized as followers are, and are informed afterwards.

use crate::harness::*;
use zablab_protocol::{
    Decision, Epoch, GaveUp, Packet, Port, ServerState, Settings, SyncOrder, Task, Timer, Zxid,
};

/// Server 3, with (1,1) and (1,2) logged, is elected by puppet 1; puppet 4 observes.
fn leader() -> Cluster {
    let mut c = Cluster::with(3, 1, Settings::default());
    c.puppets(&[S1, S2, S4]);
    c.set_disk(S3, disk(&[(1, 1), (1, 2)], 1, 1));
    c.make_lead(S3, &[S1]);
    c
}

#[test]
fn trap_20_an_observer_raises_the_epoch_and_counts_nowhere() {
    let mut c = leader();
    c.info(S4, S3, 7, true);
    assert!(!c.decided(S3, |d| matches!(d, Decision::EpochChosen { .. })), "3 and an observer are no quorum");
    c.info(S1, S3, 1, false);
    assert!(
        c.decided(S3, |d| matches!(
            d,
            Decision::EpochChosen { epoch: Epoch(8), from, .. } if *from == [S1, S3]
        )),
        "but its acceptedEpoch is heard"
    );
    assert_eq!(c.sent(S3, S4), [Packet::LeaderInfo { zxid: z(8, 0) }]);
    c.ack_epoch(S4, S3, z(1, 1), Some(1));
    assert!(!c.decided(S3, |d| matches!(d, Decision::EpochAcked { .. })));
    c.ack_epoch(S1, S3, z(1, 2), Some(1));
    c.ack(S4, S3, z(8, 0));
    assert!(!c.status(S3).serving, "nor does its ACK of NEWLEADER count");
    c.ack(S1, S3, z(8, 0));
    assert!(c.status(S3).serving);
    assert!(c.sent(S3, S4).contains(&Packet::UpToDate));

    // Nor an ACK of a proposal, nor its being there.
    c.client(S3, create("/a"));
    c.ack(S4, S3, z(8, 1));
    assert!(!c.decided(S3, |d| matches!(d, Decision::Committed { .. })));
    c.hang_up(S1, S3, Port::Quorum);
    c.run();
    for _ in 0..2 {
        c.fire(S3, Timer::HalfTick);
    }
    assert!(c.decided(S3, |d| matches!(
        d,
        Decision::GaveUp { why: GaveUp::LostQuorum { only, .. }, .. } if *only == [S3]
    )));
}

#[test]
fn trap_20_an_observer_is_synchronized_with_proposal_and_commit_then_informed() {
    let mut c = leader();
    c.join(S1, S3, z(1, 2), 1);
    // /a is committed and not applied, /b only proposed, when the choice for the observer is made.
    c.hold_task(S3, |task| *task == Task::Commit);
    c.client(S3, create("/a"));
    c.ack(S1, S3, z(2, 1));
    c.client(S3, create("/b"));
    c.forget();
    c.info(S4, S3, 1, true);
    c.ack_epoch(S4, S3, z(1, 1), Some(1));
    let stream = c.sent(S3, S4);
    assert!(matches!(stream[1], Packet::Diff { .. }));
    assert_eq!(
        names(&stream[2..]),
        [
            "PROPOSAL 0x100000002",
            "COMMIT 0x100000002",
            "PROPOSAL 0x200000001",
            "COMMIT 0x200000001",
            "NEWLEADER 0x200000000"
        ],
        "nothing that is not committed"
    );
    c.forget();
    c.ack(S1, S3, z(2, 2));
    c.client(S3, create("/c"));
    c.ack(S4, S3, z(2, 0));
    c.ack(S1, S3, z(2, 3));
    assert_eq!(
        names(&c.sent(S3, S4)),
        ["INFORM 0x200000002", "UPTODATE", "INFORM 0x200000003"],
        "each committed transaction once, and no PROPOSAL or COMMIT any more"
    );
    assert_eq!(names(&c.sent(S3, S1)), ["COMMIT 0x200000002", "PROPOSAL 0x200000003", "COMMIT 0x200000003"]);
}

/// Real servers: 1 to 3 vote, 4 observes; all serve.
fn ensemble() -> Cluster {
    let mut c = Cluster::with(3, 1, Settings::default());
    for sid in [S1, S2, S3] {
        c.start(sid);
    }
    c.settle();
    c.client(S3, create("/before"));
    c.start(S4);
    c.settle();
    assert_eq!(c.status(S4).state, ServerState::Observing);
    assert!(c.shows(S4, "/before"));
    c
}

#[test]
fn trap_20_an_observer_logs_and_applies_and_acknowledges_nothing() {
    let mut c = ensemble();
    c.forget();
    c.client(S3, create("/a"));
    assert!(c.shows(S4, "/a"));
    assert_eq!(names(&c.sent(S3, S4)), ["INFORM 0x100000002"]);
    assert_eq!(c.course(S4), ["append 0x100000002", "fsync log", "+fsync log"], "no ACK");
    assert_eq!(c.status(S4).history, c.status(S3).history);

    // What its clients write goes to the leader and comes back by INFORM.
    c.forget();
    let origin = c.client(S4, create("/b"));
    assert_eq!(c.outcome(origin), Some((z(1, 3), Ok(()))));
    assert!(matches!(c.sent(S4, S3)[..], [Packet::Request { .. }]));
    assert!(c.shows(S1, "/b"));

    // It serves what it has logged again after a restart.
    c.power_off(S4);
    c.run();
    c.start(S4);
    c.settle();
    assert!(c.shows(S4, "/b"));
    assert_eq!(c.status(S4).history, c.status(S3).history);
}

#[test]
fn trap_20_what_an_observer_is_told_before_uptodate_it_applies_after_it() {
    let mut c = Cluster::with(3, 1, Settings::default());
    c.puppets(&[S1, S2, S3]);
    c.set_disk(S4, disk(&[(1, 1)], 1, 1));
    c.make_follow(S4, S3);
    c.establish(S3, S4, 2);
    assert!(names(&c.heard(S3)).contains(&"OBSERVERINFO acceptedEpoch 1".to_string()), "it says what it is");
    c.forget();
    c.say(S3, S4, Packet::Diff { zxid: z(1, 2) });
    c.say(S3, S4, Packet::Proposal(txn(1, 2)));
    c.say(S3, S4, Packet::Commit { zxid: z(1, 2) });
    c.say(S3, S4, Packet::NewLeader { zxid: z(2, 0) });
    c.say(S3, S4, Packet::Inform(txn(2, 1)));
    c.run();
    assert_eq!(c.status(S4).last_processed, z(1, 1));
    assert_eq!(
        c.course(S4),
        ["currentEpoch 2", "+currentEpoch 2", "ACK 0x200000000"],
        "an observer logs nothing at NEWLEADER"
    );
    c.say(S3, S4, Packet::UpToDate);
    c.say(S3, S4, Packet::Inform(txn(2, 2)));
    c.run();
    assert!(c.status(S4).serving);
    assert_eq!(c.status(S4).last_processed, z(2, 2));
    assert_eq!(c.logged(S4), [z(1, 1), z(1, 2), z(2, 1), z(2, 2)]);
    assert_eq!(c.sent(S4, S3), vec![Packet::Ack { zxid: z(2, 0) }; 2], "the start only");
}

/// Its tree may be that of a fuzzy snapshot, which has parts of just these transactions.
#[test]
fn what_the_stream_committed_is_in_an_observers_tree_before_it_serves() {
    for (newleader, shown) in [(SyncOrder::Right, z(1, 2)), (SyncOrder::CommittedOnly, z(1, 1))] {
        let mut c = Cluster::with(3, 1, Settings { newleader, ..Settings::default() });
        c.puppets(&[S1, S2, S3]);
        c.set_disk(S4, disk(&[(1, 1)], 1, 1));
        c.make_follow(S4, S3);
        c.establish(S3, S4, 2);
        c.hold_task(S4, |task| *task == Task::Commit);
        c.say(S3, S4, Packet::Diff { zxid: z(1, 2) });
        c.say(S3, S4, Packet::Proposal(txn(1, 2)));
        c.say(S3, S4, Packet::Commit { zxid: z(1, 2) });
        c.say(S3, S4, Packet::NewLeader { zxid: z(2, 0) });
        c.say(S3, S4, Packet::UpToDate);
        c.run();
        assert!(c.status(S4).serving);
        assert_eq!(c.status(S4).last_processed, shown, "{newleader:?}");
        assert_eq!(c.logged(S4), [z(1, 1), z(1, 2)]);
    }
}

#[test]
fn trap_20_an_observer_takes_informs_into_memory_during_a_snap() {
    let mut c = Cluster::with(3, 1, Settings::default());
    c.puppets(&[S1, S2, S3]);
    c.make_follow(S4, S3);
    c.establish(S3, S4, 2);
    c.forget();
    c.say(S3, S4, Packet::Snap { snapshot: Default::default() });
    c.say(S3, S4, Packet::Inform(txn(2, 1)));
    c.run();
    assert_eq!(c.status(S4).last_processed, z(2, 1));
    c.say(S3, S4, Packet::NewLeader { zxid: z(2, 0) });
    c.run();
    assert_eq!(
        c.course(S4),
        [
            "snapshot 0x200000001",
            "+snapshot 0x200000001",
            "currentEpoch 2",
            "+currentEpoch 2",
            "ACK 0x200000000"
        ]
    );
    assert_eq!(c.logged(S4), Vec::<Zxid>::new());
}

#[test]
fn trap_20_an_observers_death_does_not_touch_the_quorum() {
    let mut c = ensemble();
    c.kill(S4);
    c.run();
    for _ in 0..4 {
        c.fire(S3, Timer::HalfTick);
        c.run();
    }
    assert!(c.status(S3).serving);
    let origin = c.client(S1, create("/on"));
    assert!(c.outcome(origin).unwrap().1.is_ok());
}

/// A LOOKING voter answers a non-voter at once with its own round, so an answer to that would have no end.
#[test]
fn a_looking_observer_leaves_a_lower_round_unanswered() {
    let mut c = Cluster::with(3, 1, Settings::default());
    c.puppets(&[S1, S2, S3]);
    c.start(S4);
    c.link(S1, S4);
    c.forget();
    c.say(S1, S4, note(ServerState::Looking, vote(S1, Zxid::ZERO, 0), 0));
    c.run();
    assert!(c.decided(S4, |d| matches!(d, Decision::IgnoredNotification { from: S1, .. })));
    assert_eq!(c.sent(S4, S1), []);
}
