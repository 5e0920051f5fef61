//! What becomes of requests whose connection is gone while they are under way (`NIOServerCnxn.sendResponse` on a closed
//! channel, `WatchManager.isDeadWatcher`).

use crate::harness::*;
use crate::user::*;
use zablab_protocol::{Decision, DiskOp, Millis, Op, Packet, Settings};

/// No quorum logs anything, so nothing is committed; all other packets go on.
fn hold_commits(c: &mut Cluster) {
    [S1, S2].iter().for_each(|sid| c.hold_disk(*sid, |op| *op == DiskOp::Sync));
}

fn release_commits(c: &mut Cluster) {
    [S1, S2].iter().for_each(|sid| c.release_disk(*sid));
    c.run();
}

#[test]
fn a_reply_is_not_sent_on_a_later_connection_of_its_session() {
    for at in [S1, S3] {
        let mut c = ensemble(Settings::default());
        let mut user = User::open(&mut c, 1, at);
        hold_commits(&mut c);
        user.send(&mut c, create("/a"));
        user.send(&mut c, Op::get("/a"));
        c.run();
        user.hang_up(&mut c);
        c.run();
        assert_eq!(user.move_to(&mut c, at), Some(TIMEOUT), "the handle is free, and taken again");
        let behind = user.send(&mut c, Op::get("/a"));
        c.run();
        assert_eq!(user.hears(&mut c), [], "it waits for the session's write, whoever was to be answered");
        release_commits(&mut c);
        assert!(c.shows(at, "/a"));
        assert_eq!(user.hears(&mut c), [Heard::Reply(behind, Ok(()))]);
    }
}

#[test]
fn nothing_is_sent_before_the_answer_to_the_request_for_the_session() {
    let mut c = ensemble(Settings::default());
    let mut user = User::open(&mut c, 1, S1);
    hold_commits(&mut c);
    user.send(&mut c, create("/a"));
    c.run();
    user.hang_up(&mut c);
    c.run();
    c.hold_packets(S1, S3, |packet| matches!(packet, Packet::Revalidate { .. }));
    assert_eq!(user.move_to(&mut c, S1), None);
    c.release_disk(S2);
    c.run();
    assert!(c.shows(S1, "/a"));
    assert_eq!(user.hears(&mut c), []);
    c.release_packets(S1, S3);
    release_commits(&mut c);
    assert_eq!(user.hears(&mut c), [Heard::Session(TIMEOUT)]);
}

#[test]
fn a_watch_that_a_gone_connection_asked_for_tells_nobody() {
    for at in [S1, S3] {
        let mut c = ensemble(Settings::default());
        let (mut user, mut other) = (User::open(&mut c, 1, at), User::open(&mut c, 2, S2));
        other.must(&mut c, create("/a"));
        hold_commits(&mut c);
        user.send(&mut c, set("/a"));
        user.send(&mut c, Op::GetData { path: "/a".into(), watch: true });
        user.send(&mut c, Op::GetChildren { path: "/a".into(), watch: true });
        c.run();
        user.hang_up(&mut c);
        c.run();
        release_commits(&mut c);
        other.must(&mut c, set("/a"));
        other.must(&mut c, create("/a/b"));
        let stranger = User::open(&mut c, 3, at);
        other.must(&mut c, set("/a"));
        assert_eq!(stranger.hears(&mut c), [], "the handle is another's by now");
    }
}

#[test]
fn a_session_that_nobody_waits_for_is_made_all_the_same() {
    // FinalRequestProcessor applies createSession, whatever has become of the connection.
    let mut c = ensemble(Settings::default());
    hold_commits(&mut c);
    let user = User::begin(&mut c, 1, S1);
    c.run();
    user.hang_up(&mut c);
    c.run();
    release_commits(&mut c);
    assert_eq!(c.server(S3).sessions().len(), 1);
    assert!(c.decided(S1, |d| matches!(d, Decision::SessionOpened { .. })));
    assert_eq!(user.hears(&mut c), []);
}

#[test]
fn a_client_that_returns_takes_the_place_of_its_older_connection() {
    // ZooKeeperServer.processConnectRequest: serverCnxnFactory.closeSession.
    let mut c = ensemble(Settings::default());
    let mut user = User::open(&mut c, 1, S1);
    let old = c.conn(user.sid, S1, zablab_protocol::Port::Client).unwrap();
    assert_eq!(user.move_to(&mut c, S1), Some(TIMEOUT));
    assert_ne!(c.conn(user.sid, S1, zablab_protocol::Port::Client), Some(old));
    c.forget();
    user.hang_up(&mut c);
    c.run();
    assert!(!user.is_connected(&c), "there was one connection left, and it is closed");
}

#[test]
fn what_comes_before_the_session_is_settled_or_twice_is_passed_over() {
    let mut c = ensemble(Settings::default());
    hold_commits(&mut c);
    let mut user = User::begin(&mut c, 1, S1);
    user.send(&mut c, Op::get("/"));
    c.run();
    release_commits(&mut c);
    assert_eq!(user.settled(&mut c), Some(TIMEOUT));
    let twice = Packet::ConnectRequest { session: user.session, timeout: Millis(1), last_zxid_seen: z(0, 0) };
    c.say(user.sid, S1, twice);
    c.run();
    assert_eq!(user.hears(&mut c), []);
    user.must(&mut c, create("/a"));
}
