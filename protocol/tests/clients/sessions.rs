//! How sessions come, live and go (protocol reference §8.2): each rule with its place in ZooKeeper.

use crate::harness::*;
use crate::user::*;
use zablab_protocol::{Change, Millis, Op, Packet, SessionId, Settings, Sid, Timer, Zxid};

pub(crate) fn settings() -> Settings {
    Settings::default()
}

/// Time goes on to the leader's next tick of the sessions.
pub(crate) fn tick(c: &mut Cluster, leader: Sid) {
    let tick = settings().tick_time;
    c.pass(tick - c.now().0 % tick);
    c.fire(leader, Timer::SessionTick);
    c.run();
}

/// Ticks until the session is over, and says when that was.
pub(crate) fn expires(c: &mut Cluster, leader: Sid, session: SessionId) -> Millis {
    for _ in 0..100 {
        tick(c, leader);
        if c.server(leader).sessions().timeout(session).is_none() {
            return c.now();
        }
    }
    panic!("{session} lives on");
}

pub(crate) fn half_tick(c: &mut Cluster) {
    c.fire(S3, Timer::HalfTick);
    c.run();
}

pub(crate) fn changes(c: &Cluster, sid: Sid) -> Vec<Change> {
    c.disk(sid).log.txns().iter().map(|txn| txn.change.clone()).collect()
}

#[test]
fn a_session_takes_a_zxid_when_it_comes_and_one_when_it_goes() {
    // PrepRequestProcessor.pRequest: createSession, closeSession.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S1);
    assert_eq!(c.status(S1).last_processed, z(1, 1));
    assert_eq!(user.move_to(&mut c, S2), Some(TIMEOUT));
    user.must(&mut c, Op::Ping);
    user.must(&mut c, sync());
    assert_eq!(c.status(S3).last_processed, z(1, 1), "to move, to ping and to sync take none");
    assert_eq!(user.must(&mut c, Op::CloseSession), z(1, 2));
    assert!(!user.is_connected(&c), "the connection is closed behind the reply");
    let paths = [].into();
    assert_eq!(changes(&c, S1), [Change::CreateSession { timeout: TIMEOUT }, Change::CloseSession { paths }]);
}

#[test]
fn the_time_out_is_between_2_and_20_ticks_or_what_is_set() {
    // ZooKeeperServer.processConnectRequest, getMinSessionTimeout, getMaxSessionTimeout.
    let own =
        Settings { min_session_timeout: Some(500), max_session_timeout: Some(90_000), ..Settings::default() };
    for (settings, wanted, given) in [
        (settings(), 1, 4000),
        (settings(), 4001, 4001),
        (settings(), 1_000_000, 40_000),
        (own.clone(), 1, 500),
        (own, 1_000_000, 90_000),
    ] {
        let mut c = ensemble(settings);
        for (number, at) in [(1, S1), (2, S3)] {
            let mut user = User { sid: client(number), at, session: SessionId::NONE, last_cxid: 0 };
            c.add_puppet_client(user.sid);
            user.connect(&mut c, Millis(wanted), Zxid::ZERO);
            c.run();
            assert_eq!(user.settled(&mut c), Some(Millis(given)), "{wanted} ms wanted");
            assert_eq!(c.server(S2).sessions().timeout(user.session), Some(Millis(given)));
        }
    }
}

#[test]
fn a_session_id_tells_its_server() {
    // SessionTrackerImpl.initializeNextSessionId.
    let mut c = ensemble(settings());
    let ids: Vec<i64> =
        [S1, S1, S3].iter().zip(1..).map(|(at, number)| User::open(&mut c, number, *at).session.0).collect();
    assert_eq!(ids.iter().map(|id| id >> 56).collect::<Vec<_>>(), [1, 1, 3]);
    assert_eq!(ids[1], ids[0] + 1);
    assert_eq!(ids[0] >> 16 & 0xff_ffff_ffff, NOW.0 as i64);
}

#[test]
fn a_session_expires_between_its_time_out_and_one_tick_more() {
    // ExpiryQueue.roundToNextInterval.
    for offset in [0, 1, 700, 999, 1000, 1999] {
        for at in [S1, S3] {
            let mut c = ensemble(settings());
            c.pass(offset);
            let begun = c.now().0;
            let user = User::open(&mut c, 1, at);
            let lived = expires(&mut c, S3, user.session).0 - begun;
            let tick = settings().tick_time;
            assert!((TIMEOUT.0..=TIMEOUT.0 + tick).contains(&lived), "{lived} ms from {begun}");
            assert_eq!((begun + lived) % tick, 0);
        }
    }
}

#[test]
fn a_session_expires_through_a_transaction_and_its_ephemerals_go_with_it_everywhere() {
    // ZooKeeperServer.expire, close; DataTree.killSession.
    let mut c = ensemble(settings());
    let (mut user, mut other) = (User::open(&mut c, 1, S1), User::open(&mut c, 2, S3));
    other.must(&mut c, create("/p"));
    user.must(&mut c, ephemeral("/e"));
    let last = user.must(&mut c, ephemeral("/p/e"));
    for _ in 0..6 {
        tick(&mut c, S3);
        other.must(&mut c, Op::Ping);
        half_tick(&mut c);
    }
    assert!(c.shows(S2, "/e"), "heard of through server 1 at the first half-tick, a tick later");
    tick(&mut c, S3);
    let paths = ["/e".into(), "/p/e".into()].into();
    assert_eq!(changes(&c, S3).last(), Some(&Change::CloseSession { paths }));
    for sid in [S1, S2, S3, S4] {
        assert_eq!(c.status(sid).last_processed, last.next());
        assert!(!c.shows(sid, "/e") && !c.shows(sid, "/p/e"));
        let parent = c.server(sid).tree().get("/p").unwrap().stat;
        assert_eq!((parent.pzxid, parent.num_children, parent.cversion()), (last.next(), 0, 2));
        assert_eq!(c.server(sid).sessions().iter().map(|(id, _)| id).collect::<Vec<_>>(), [other.session]);
    }
    assert!(!user.is_connected(&c) && other.is_connected(&c));
    assert_eq!(user.hears(&mut c), [], "the connection is closed without a word");
}

#[test]
fn a_learner_tells_of_its_clients_in_its_answer_to_a_ping() {
    // LearnerSessionTracker.touchSession, snapshot; Learner.ping.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S1);
    let answers = |c: &Cluster| -> Vec<Packet> {
        c.sent(S1, S3).into_iter().filter(|packet| matches!(packet, Packet::Ping { .. })).collect()
    };
    let ping = |counter, touched: &[(SessionId, Millis)]| Packet::Ping {
        zxid: z(1, counter),
        touched: touched.to_vec(),
    };
    half_tick(&mut c);
    let mine = [(user.session, TIMEOUT)];
    assert_eq!(
        answers(&c),
        [ping(1, &mine)],
        "ZooKeeperServer.submitRequestNow touches for createSession too"
    );
    half_tick(&mut c);
    user.must(&mut c, Op::get("/"));
    user.must(&mut c, create("/a"));
    half_tick(&mut c);
    assert_eq!(answers(&c)[1..], [ping(1, &[]), ping(2, &mine)], "each touch is told once");
}

#[test]
fn a_forwarded_request_is_no_sign_of_life_to_the_leader() {
    // LearnerHandler: only PING touches.
    let lifetime = |pings: bool| {
        let mut c = ensemble(settings());
        let mut user = User::open(&mut c, 1, S1);
        half_tick(&mut c);
        let begun = c.now().0;
        tick(&mut c, S3);
        tick(&mut c, S3);
        user.must(&mut c, create("/a"));
        if pings {
            half_tick(&mut c);
        }
        expires(&mut c, S3, user.session).0 - begun
    };
    assert_eq!(lifetime(false), 11_000);
    assert_eq!(lifetime(true), 15_000);
}

#[test]
fn the_latest_touch_counts_with_the_time_out_it_came_with() {
    // ExpiryQueue.update moves an entry to wherever its new time-out says.
    let mut c = ensemble(settings());
    let mut user = User { sid: client(1), at: S3, session: SessionId::NONE, last_cxid: 0 };
    c.add_puppet_client(user.sid);
    user.connect(&mut c, Millis(40_000), Zxid::ZERO);
    c.run();
    user.settled(&mut c);
    user.connect(&mut c, Millis(4000), Zxid::ZERO);
    c.run();
    assert_eq!(user.settled(&mut c), Some(Millis(4000)));
    let begun = c.now().0;
    assert_eq!(expires(&mut c, S3, user.session).0 - begun, 5000);
}

#[test]
fn a_new_leader_gives_every_session_its_whole_time_out() {
    // LeaderZooKeeperServer.createSessionTracker: from the replicated table.
    let mut c = ensemble(settings());
    let mut user = User::open(&mut c, 1, S1);
    user.must(&mut c, ephemeral("/e"));
    (0..5).for_each(|_| tick(&mut c, S3));
    c.kill(S3);
    c.settle();
    assert_eq!(c.status(S2).leader, Some(S2));
    let begun = c.now().0;
    let lived = expires(&mut c, S2, user.session).0 - begun;
    assert!((TIMEOUT.0..=TIMEOUT.0 + settings().tick_time).contains(&lived), "{lived}");
    assert!(!c.shows(S1, "/e"));
}
