//! The order within a session, and sync (protocol reference §7.4): each rule with its place in ZooKeeper.

use crate::harness::*;
use crate::sessions::{half_tick, settings};
use crate::user::*;
use zablab_protocol::{DiskOp, ErrorCode, Op, Packet, Timer};

#[test]
fn a_read_waits_for_the_write_before_it_and_not_for_those_of_others() {
    // CommitProcessor: per session, in the order of arrival.
    for at in [S1, S4] {
        let mut c = ensemble(settings());
        let (mut user, mut other) = (User::open(&mut c, 1, at), User::open(&mut c, 2, at));
        c.hold_packets(S3, at, |packet| matches!(packet, Packet::Commit { .. } | Packet::Inform(_)));
        user.must(&mut c, Op::get("/"));
        user.send(&mut c, create("/a"));
        user.send(&mut c, Op::get("/a"));
        user.send(&mut c, Op::get("/b"));
        user.send(&mut c, create("/b"));
        user.send(&mut c, Op::get("/b"));
        let theirs = other.send(&mut c, Op::get("/a"));
        c.run();
        assert_eq!(user.hears(&mut c), []);
        assert_eq!(other.hears(&mut c), [Heard::Reply(theirs, Err(ErrorCode::NoNode))]);
        c.release_packets(S3, at);
        c.run();
        let heard = [
            Heard::Reply(2, Ok(())),
            Heard::Reply(3, Ok(())),
            Heard::Reply(4, Err(ErrorCode::NoNode)),
            Heard::Reply(5, Ok(())),
            Heard::Reply(6, Ok(())),
        ];
        assert_eq!(user.hears(&mut c), heard);
    }
}

#[test]
fn a_sync_at_a_follower_waits_for_what_is_proposed_when_it_comes_to_the_leader() {
    // Leader.processSync, tryToCommit.
    for at in [S1, S4] {
        let mut c = ensemble(settings());
        let (mut user, mut writer) = (User::open(&mut c, 1, at), User::open(&mut c, 2, S3));
        let later = DiskOp::Sync;
        [S1, S2].iter().for_each(|sid| c.hold_disk(*sid, |op| *op == DiskOp::Sync));
        writer.send(&mut c, create("/a"));
        c.run();
        let synced = user.send(&mut c, sync());
        user.send(&mut c, Op::get("/a"));
        c.run();
        assert_eq!(user.hears(&mut c), [], "/a is proposed and not committed");
        assert_eq!(c.complete_next(S2), Some(later));
        c.run();
        assert_eq!(user.hears(&mut c), [Heard::Reply(synced, Ok(())), Heard::Reply(synced + 1, Ok(()))]);
        assert!(
            !c.sent(S3, at)
                .iter()
                .rev()
                .take_while(|p| **p != Packet::Sync)
                .any(|packet| { matches!(packet, Packet::Commit { .. } | Packet::Inform(_)) })
        );
    }
}

#[test]
fn a_sync_at_a_follower_is_answered_behind_every_commit_before_it() {
    let mut c = ensemble(settings());
    let (mut user, mut writer) = (User::open(&mut c, 1, S1), User::open(&mut c, 2, S3));
    c.hold_packets(S3, S1, |packet| matches!(packet, Packet::Commit { .. }));
    writer.must(&mut c, create("/a"));
    user.send(&mut c, sync());
    user.send(&mut c, Op::get("/a"));
    c.run();
    assert_eq!(user.hears(&mut c), [], "nothing is outstanding, and SYNC stands behind COMMIT");
    c.release_packets(S3, S1);
    c.run();
    assert_eq!(user.hears(&mut c), [Heard::Reply(1, Ok(())), Heard::Reply(2, Ok(()))]);
}

#[test]
fn a_sync_at_the_leader_waits_for_nothing() {
    // ProposalRequestProcessor: only a LearnerSyncRequest goes to processSync.
    let mut c = ensemble(settings());
    let (mut user, mut writer) = (User::open(&mut c, 1, S3), User::open(&mut c, 2, S3));
    [S1, S2].iter().for_each(|sid| c.hold_disk(*sid, |op| *op == DiskOp::Sync));
    writer.send(&mut c, create("/a"));
    c.run();
    user.must(&mut c, sync());
    assert_eq!(user.ask(&mut c, Op::get("/a")).result, Err(ErrorCode::NoNode));
}

#[test]
fn a_deposed_leader_that_has_not_noticed_answers_a_sync() {
    // No quorum is asked: the read behind it may be stale (ZOOKEEPER-1675, 2136).
    let mut c = ensemble(settings());
    let mut reader = User::open(&mut c, 1, S4);
    for sid in [S1, S2] {
        c.hold_packets(S3, sid, any);
        c.hold_packets(sid, S3, any);
    }
    [S1, S2].iter().for_each(|sid| c.fire(*sid, Timer::LearnerRead));
    c.settle();
    assert_eq!(c.status(S1).leader, Some(S2));
    let mut writer = User::open(&mut c, 2, S1);
    let written = writer.must(&mut c, create("/a"));
    assert!(c.status(S3).serving && c.status(S4).serving, "the old leader has not looked around yet");
    let answer = reader.ask(&mut c, sync());
    assert!(answer.result.is_ok() && answer.zxid < written);
    assert_eq!(reader.ask(&mut c, Op::get("/a")).result, Err(ErrorCode::NoNode));
    half_tick(&mut c);
    c.fire(S3, Timer::HalfTick);
    assert!(!c.status(S3).serving, "a tick later it has looked");
}
