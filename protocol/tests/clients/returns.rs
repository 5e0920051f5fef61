//! Clients that return, move, or are sent away (protocol reference §8.2): each rule with its place in ZooKeeper.

use crate::harness::*;
use crate::sessions::{changes, expires, settings, tick};
use crate::user::*;
use zablab_protocol::{Change, Decision, ErrorCode, Millis, Op, Packet, Refused, SessionId, Sid, Zxid};

#[test]
fn a_learner_asks_the_leader_whether_a_session_lives() {
    // Learner.validateSession, Leader.revalidateSession.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S1);
    c.forget();
    assert_eq!(user.move_to(&mut c, S2), Some(TIMEOUT));
    let session = user.session;
    assert_eq!(c.sent(S2, S3), [Packet::Revalidate { session, timeout: TIMEOUT }]);
    assert_eq!(c.sent(S3, S2), [Packet::Revalidated { session, valid: true }]);

    let before = c.now().0;
    tick(&mut c, S3);
    assert_eq!(user.move_to(&mut c, S4), Some(TIMEOUT), "an observer too");
    assert_eq!(expires(&mut c, S3, session).0 - before, 13_000, "to return is a sign of life");
    c.forget();
    user.session = session;
    assert_eq!(user.move_to(&mut c, S2), Some(Millis(0)));
    assert_eq!(c.sent(S3, S2), [Packet::Revalidated { session, valid: false }]);
    assert!(!user.is_connected(&c), "the connection is closed behind it");
}

#[test]
fn a_session_that_is_over_is_answered_with_the_time_out_0_and_a_close() {
    // ZooKeeperServer.finishSessionInit.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S1);
    let session = user.session;
    user.must(&mut c, Op::CloseSession);
    for at in [S1, S2, S3, S4] {
        user.session = session;
        assert_eq!(user.move_to(&mut c, at), Some(Millis(0)));
        assert!(!user.is_connected(&c));
    }
    let mut c = standalone();
    let mut user = User::open(&mut c, 1, S1);
    assert_eq!(user.move_to(&mut c, S1), Some(TIMEOUT));
    expires(&mut c, S1, user.session);
    assert_eq!(user.move_to(&mut c, S1), Some(Millis(0)));
    assert!(!user.is_connected(&c));
}

#[test]
fn a_session_whose_end_is_under_way_is_over_for_who_returns() {
    // SessionTrackerImpl.touchSession: isClosing.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S1);
    let mut leaver = User { sid: client(2), ..user.clone() };
    c.add_puppet_client(leaver.sid);
    c.hold_task(S3, |task| *task == zablab_protocol::Task::Commit);
    user.send(&mut c, Op::CloseSession);
    c.run();
    assert_eq!(leaver.move_to(&mut c, S2), Some(Millis(0)));
    assert_eq!(leaver.move_to(&mut c, S3), Some(Millis(0)));
}

/// A client at server 1 that has gone on at another server, its old connection still open.
fn moved(c: &mut Cluster, from: Sid, to: Sid) -> (User, User) {
    let mut user = User::open(c, 1, from);
    let old = user.clone();
    assert_eq!(user.move_to(c, to), Some(TIMEOUT));
    assert!(old.is_connected(c));
    (old, user)
}

#[test]
fn a_write_through_the_server_that_a_session_has_left_fails_as_moved() {
    // SessionTrackerImpl.checkSession; FinalRequestProcessor: SessionMovedException.
    for (from, to) in [(S1, S2), (S1, S3), (S3, S1), (S4, S1), (S1, S4)] {
        let mut c = ensemble(settings());
        let (mut old, mut user) = moved(&mut c, from, to);
        let last = c.status(S3).last_processed;
        old.send(&mut c, create("/old"));
        c.run();
        assert_eq!(old.hears(&mut c), [], "no reply");
        assert!(!old.is_connected(&c) && user.is_connected(&c), "the old server closes that connection");
        assert_eq!(c.status(S2).last_processed, last.next(), "it takes a zxid");
        let error = Change::Error { code: ErrorCode::SessionMoved };
        assert_eq!(changes(&c, S2).last(), Some(&error));
        user.last_cxid = old.last_cxid;
        user.must(&mut c, create("/new"));
        assert!(!c.shows(S2, "/old"));
    }
}

#[test]
fn a_multi_through_the_server_that_a_session_has_left_fails_like_any_write() {
    let mut c = ensemble(settings());
    let (mut old, user) = moved(&mut c, S1, S2);
    old.send(&mut c, Op::Multi([create("/old"), create("/old2")].into()));
    c.run();
    assert_eq!(old.hears(&mut c), []);
    assert!(!old.is_connected(&c) && user.is_connected(&c));
    assert!(!c.shows(S1, "/old"));
    // PrepRequestProcessor checks the session for each part: the first fails, and the others with it.
    let codes = [ErrorCode::SessionMoved, ErrorCode::RuntimeInconsistency];
    assert_eq!(changes(&c, S2).last(), Some(&Change::MultiFailed(codes.into())));
}

#[test]
fn reads_at_an_old_follower_are_served_and_at_an_old_leader_are_not() {
    // Only PrepRequestProcessor, which the leader has, checks the owner.
    let mut c = ensemble(settings());
    let (mut old, _) = moved(&mut c, S1, S2);
    old.must(&mut c, Op::get("/"));
    let mut c = ensemble(settings());
    let (mut old, _) = moved(&mut c, S3, S2);
    old.send(&mut c, Op::get("/"));
    c.run();
    assert_eq!(old.hears(&mut c), []);
    assert!(!old.is_connected(&c));
}

#[test]
fn a_server_that_has_seen_less_than_the_client_sends_it_away() {
    // ZooKeeperServer.processConnectRequest: CLIENT_ZXID_AHEAD.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S3);
    c.hold_packets(S3, S1, |packet| matches!(packet, Packet::Commit { .. }));
    let seen = user.must(&mut c, create("/a"));
    let behind = c.status(S1).last_processed;
    user.at = S1;
    c.forget();
    user.connect(&mut c, TIMEOUT, seen);
    c.run();
    assert_eq!(user.hears(&mut c), []);
    assert!(!user.is_connected(&c));
    assert!(c.decided(S1, |d| matches!(
        d,
        Decision::ClientRefused { why: Refused::HasSeenMore { seen: s, last } }
            if (*s, *last) == (seen, behind)
    )));
    assert_eq!(c.sent(S1, S3), [], "the leader is not asked");
    c.release_packets(S3, S1);
    c.run();
    user.connect(&mut c, TIMEOUT, seen);
    c.run();
    assert_eq!(user.settled(&mut c), Some(TIMEOUT));
}

#[test]
fn a_server_that_does_not_serve_closes_everybody() {
    // ZooKeeperServer.shutdown, NIOServerCnxn.readPayload: `ZooKeeperServer not running`.
    let mut c = ensemble(settings());
    let mut users: Vec<User> =
        [S1, S2, S4].iter().zip(1..).map(|(at, number)| User::open(&mut c, number, *at)).collect();
    let waiting = User { sid: client(9), at: S1, session: SessionId::NONE, last_cxid: 0 };
    c.add_puppet_client(waiting.sid);
    c.dial(waiting.sid, S1, zablab_protocol::Port::Client);
    users[0].send(&mut c, create("/a"));
    c.hold_packets(S3, S1, any);
    c.run();
    c.lose_packets(S3, S1);
    c.kill(S3);
    c.release_packets(S3, S1);
    c.run();
    for user in users.iter().chain([&waiting]) {
        assert!(!user.is_connected(&c), "server {} is electing", user.at);
        assert_eq!(user.hears(&mut c), []);
    }
    c.power_off(S2);
    c.run();
    users[0].connect(&mut c, TIMEOUT, Zxid::ZERO);
    c.run();
    assert!(!users[0].is_connected(&c));
    assert!(c.decided(S1, |d| matches!(d, Decision::ClientRefused { why: Refused::NotServing })));
}
