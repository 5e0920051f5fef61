//! The client's own machine (`ClientCnxn`, `StaticHostProvider`): fail-over, what becomes of requests, heartbeats.

use crate::harness::*;
use crate::user::*;
use zablab_protocol::{
    ClientConfig, ClientEvent, ClientState, ErrorCode, Millis, Op, Packet, Path, Port, Settings, Sid, Task,
    Timer, WatchEvent, Zxid,
};

const ME: Sid = Sid(101);

/// A client of servers 1, 2, 4 that asks for `timeout`; it goes on to the next server when the test says so.
fn start(c: &mut Cluster, timeout: u64) {
    c.start_client(ME, ClientConfig { servers: vec![S1, S2, S4], timeout: Millis(timeout) });
    c.hold_task(ME, |task| *task == Task::Main);
}

/// The same, connected to server 1.
fn connected() -> Cluster {
    let mut c = ensemble(Settings::default());
    start(&mut c, 30_000);
    c.run();
    assert_eq!(c.machine(ME).state(), ClientState::Connected);
    c.forget();
    c
}

/// It backs off no longer.
fn go_on(c: &mut Cluster) {
    c.run_task(ME, Task::Main);
    c.run();
}

fn outcomes(c: &Cluster) -> Vec<(i32, Result<(), ErrorCode>)> {
    let mut outcomes = Vec::new();
    for event in c.told(ME) {
        if let ClientEvent::Completed(done) = event {
            outcomes.push((done.origin.cxid, done.result.as_ref().map(|_| ()).map_err(|code| *code)));
        }
    }
    outcomes
}

/// Of each pause: whether it is drawn, as some server has been reached before, and whether it is a second longer, as all
/// have been tried.
fn back_offs(c: &Cluster) -> Vec<(bool, bool)> {
    let mut pauses = Vec::new();
    for event in c.events(ME) {
        if let Event::BacksOff { again, all_tried } = event {
            pauses.push((*again, *all_tried));
        }
    }
    pauses
}

fn pauses(c: &Cluster) -> Vec<bool> {
    back_offs(c).into_iter().map(|(_, all_tried)| all_tried).collect()
}

#[test]
fn it_pauses_for_a_random_time_only_after_some_server_was_reached() {
    // ClientCnxn.SendThread.startConnect: isFirstConnect, until primeConnection.
    let mut c = ensemble(Settings::default());
    for sid in [S1, S2] {
        c.kill(sid);
    }
    c.run();
    start(&mut c, 30_000);
    c.run();
    (0..2).for_each(|_| go_on(&mut c));
    c.kill(S4);
    c.run();
    assert_eq!(back_offs(&c).iter().map(|(again, _)| *again).collect::<Vec<_>>(), [false, false, true]);
}

fn asks_for(c: &Cluster, at: Sid) -> Option<Packet> {
    c.sent(ME, at).into_iter().rfind(|packet| matches!(packet, Packet::ConnectRequest { .. }))
}

#[test]
fn it_asks_for_a_session_and_then_for_what_its_user_asked() {
    let mut c = ensemble(Settings::default());
    start(&mut c, 100_000);
    c.tell(ME, create("/a"));
    c.tell(ME, Op::get("/a"));
    c.run();
    let session = c.machine(ME).session();
    let timeout = Millis(40_000);
    assert_eq!(c.told(ME)[0], ClientEvent::Connected { server: S1, session, timeout, fresh: true });
    assert_eq!(outcomes(&c), [(1, Ok(())), (2, Ok(()))]);
}

#[test]
fn it_waits_for_a_connection_as_long_as_each_server_may_take_of_the_time_out() {
    // connectTimeout = sessionTimeout / hosts, for the connection and again for the session's answer.
    let mut c = ensemble(Settings::default());
    start(&mut c, 30_000);
    assert_eq!(c.armed(ME, Timer::ClientRead), Some(Millis(10_000)));
    c.fire(ME, Timer::ClientRead);
    assert_eq!(c.told(ME), [ClientEvent::CannotConnect { server: S1 }]);
    c.run();
    assert_eq!(c.conn(ME, S1, Port::Client), None, "the attempt is abandoned");

    c.hold_packets(ME, S2, any);
    go_on(&mut c);
    assert_eq!(c.machine(ME).state(), ClientState::Settling);
    assert_eq!(c.armed(ME, Timer::ClientRead), Some(Millis(10_000)));
    c.fire(ME, Timer::ClientRead);
    assert_eq!(c.told(ME)[1..], [ClientEvent::CannotConnect { server: S2 }]);
    assert_eq!(c.conn(ME, S2, Port::Client), None);
}

#[test]
fn it_bears_silence_for_two_thirds_of_the_time_out_and_speaks_after_one() {
    // readTimeout; readTimeout / 2. (MAX_SEND_PING_INTERVAL counts only where something else wakes an idle client.)
    for (wanted, negotiated, ping) in [(30_000, 30_000, 10_000), (1, 4000, 1333), (100_000, 40_000, 13_333)] {
        let mut c = ensemble(Settings::default());
        start(&mut c, wanted);
        c.run();
        let silence = Millis(negotiated * 2 / 3);
        assert_eq!(c.armed(ME, Timer::ClientRead), Some(silence));
        assert_eq!(c.armed(ME, Timer::ClientPing), Some(Millis(ping)));
        c.forget();
        c.fire(ME, Timer::ClientPing);
        assert_eq!(c.armed(ME, Timer::ClientPing), Some(Millis(ping)), "and so on");
        c.run();
        assert_eq!(names(&c.sent(ME, S1)), ["CLIENTPING ping"]);
        assert_eq!(c.told(ME), [], "its user does not hear of heartbeats");
        c.fire(ME, Timer::ClientRead);
        assert_eq!(c.told(ME), [ClientEvent::Disconnected { server: S1, silent: Some(silence) }]);
        assert_eq!((c.armed(ME, Timer::ClientPing), c.armed(ME, Timer::ClientRead)), (None, None));
    }
}

#[test]
fn every_request_puts_the_heartbeat_off_and_every_reply_the_end_of_patience() {
    let mut c = connected();
    c.hold_packets(S1, ME, any);
    c.tell(ME, Op::get("/"));
    c.run();
    let armed =
        |c: &Cluster, timer| c.events(ME).filter(|e| matches!(e, Event::Armed(t, _) if *t == timer)).count();
    assert_eq!((armed(&c, Timer::ClientPing), armed(&c, Timer::ClientRead)), (1, 0));
    c.release_packets(S1, ME);
    c.run();
    assert_eq!((armed(&c, Timer::ClientPing), armed(&c, Timer::ClientRead)), (1, 1));
}

#[test]
fn what_was_in_flight_when_the_connection_went_has_an_unknown_outcome() {
    let mut c = connected();
    let session = c.machine(ME).session();
    c.hold_packets(S3, S1, any);
    c.tell(ME, create("/a"));
    c.tell(ME, Op::get("/a"));
    c.run();
    c.kill(S1);
    c.run();
    // ClientCnxn.cleanAndNotifyState: the requests first, then the event.
    assert_eq!(c.told(ME).last(), Some(&ClientEvent::Disconnected { server: S1, silent: None }));
    assert_eq!(outcomes(&c), [(1, Err(ErrorCode::ConnectionLoss)), (2, Err(ErrorCode::ConnectionLoss))]);
    assert!(c.shows(S2, "/a"), "it was done all the same");
    c.forget();
    go_on(&mut c);
    let connected = ClientEvent::Connected { server: S2, session, timeout: Millis(30_000), fresh: false };
    assert_eq!(c.told(ME), [connected]);
    c.tell(ME, Op::get("/a"));
    c.run();
    assert_eq!(outcomes(&c), [(3, Ok(()))], "numbers go on, and nothing is sent again");
}

#[test]
fn what_is_asked_between_two_servers_waits_for_the_next_and_is_lost_with_it() {
    let mut c = connected();
    c.kill(S1);
    c.run();
    c.tell(ME, create("/a"));
    c.run();
    assert_eq!(outcomes(&c), []);
    go_on(&mut c);
    assert_eq!(outcomes(&c), [(1, Ok(()))]);
    c.kill(S2);
    c.run();
    c.tell(ME, create("/b"));
    c.kill(S4);
    c.forget();
    go_on(&mut c);
    assert_eq!(c.told(ME).last(), Some(&ClientEvent::CannotConnect { server: S4 }));
    assert_eq!(outcomes(&c), [(2, Err(ErrorCode::ConnectionLoss))]);
}

#[test]
fn it_pauses_longer_when_it_comes_back_to_where_it_was_connected_last() {
    // StaticHostProvider.next: currentIndex == lastIndex; onConnected: lastIndex = currentIndex.
    let mut c = ensemble(Settings::default());
    for sid in [S1, S2, S4] {
        c.kill(sid);
    }
    c.run();
    start(&mut c, 30_000);
    c.run();
    (0..5).for_each(|_| go_on(&mut c));
    assert_eq!(pauses(&c), [false, false, true, false, false, true], "no server at all: once a round");

    let mut c = connected();
    for sid in [S1, S2, S4] {
        c.kill(sid);
    }
    c.run();
    (0..5).for_each(|_| go_on(&mut c));
    assert_eq!(pauses(&c), [false, false, true, false, false, true], "servers 2 and 4, and then 1 again");

    let mut c = ensemble(Settings::default());
    c.start_client(ME, ClientConfig { servers: vec![S1], timeout: TIMEOUT });
    c.hold_task(ME, |task| *task == Task::Main);
    c.run();
    c.kill(S1);
    c.run();
    assert_eq!(pauses(&c), [true], "there is no other");
}

#[test]
fn it_tells_the_next_server_what_it_has_seen() {
    // lastZxid: from replies to requests; not from those to heartbeats, nor from events.
    let mut c = connected();
    let mut writer = User::open(&mut c, 2, S2);
    c.tell(ME, Op::Exists { path: "/b".into(), watch: true });
    c.run();
    let seen = c.status(S1).last_processed;
    writer.must(&mut c, create("/a"));
    writer.must(&mut c, create("/b"));
    c.fire(ME, Timer::ClientPing);
    c.run();
    c.kill(S1);
    c.run();
    go_on(&mut c);
    let session = c.machine(ME).session();
    let timeout = Millis(30_000);
    assert_eq!(asks_for(&c, S2), Some(Packet::ConnectRequest { session, timeout, last_zxid_seen: seen }));
}

#[test]
fn a_server_that_sends_it_away_is_followed_by_the_next() {
    let mut c = connected();
    c.hold_packets(S3, S2, |packet| matches!(packet, Packet::Commit { .. }));
    c.tell(ME, create("/a"));
    c.run();
    c.fire(ME, Timer::ClientRead);
    c.run();
    c.forget();
    go_on(&mut c);
    assert_eq!(c.told(ME), [ClientEvent::CannotConnect { server: S2 }]);
    go_on(&mut c);
    assert_eq!(c.machine(ME).state(), ClientState::Connected);
    assert_eq!(c.machine(ME).server(), S4);
}

#[test]
fn a_session_that_is_over_ends_the_client() {
    let mut c = connected();
    let session = c.machine(ME).session();
    c.fire(ME, Timer::ClientRead);
    c.run();
    crate::sessions::expires(&mut c, S3, session);
    c.tell(ME, create("/a"));
    c.forget();
    go_on(&mut c);
    assert_eq!(c.told(ME)[0], ClientEvent::Expired { session });
    assert_eq!(outcomes(&c), [(1, Err(ErrorCode::SessionExpired))]);
    assert_eq!(c.machine(ME).state(), ClientState::Expired);
    c.tell(ME, create("/a"));
    c.run();
    assert_eq!(outcomes(&c)[1..], [(2, Err(ErrorCode::SessionExpired))]);
    assert_eq!((c.armed(ME, Timer::ClientPing), c.armed(ME, Timer::ClientRead)), (None, None));
}

/// Its user watches in each of the three ways.
fn watch(c: &mut Cluster) {
    let path = |path: &str| Path::from(path);
    for op in [
        create("/a"),
        create("/b"),
        Op::GetData { path: path("/a"), watch: true },
        Op::Exists { path: path("/b"), watch: true },
        Op::Exists { path: path("/c"), watch: true },
        Op::GetChildren { path: path("/"), watch: true },
        Op::GetData { path: path("/d"), watch: true },
    ] {
        c.tell(ME, op);
    }
    c.run();
}

#[test]
fn its_watches_go_with_it_to_the_next_server() {
    // SendThread.primeConnection: SetWatches with lastZxid, before everything else.
    let mut c = connected();
    let mut writer = User::open(&mut c, 2, S2);
    watch(&mut c);
    let relative_zxid = c.status(S1).last_processed;
    c.kill(S1);
    c.run();
    writer.must(&mut c, set("/a"));
    c.tell(ME, Op::get("/a"));
    c.forget();
    go_on(&mut c);
    let sent = c.sent(ME, S2);
    let set_of = |paths: &[&str]| paths.iter().map(|path| Path::from(*path)).collect();
    let expected = zablab_protocol::WatchSet {
        relative_zxid,
        data: set_of(&["/a", "/b"]),
        exist: set_of(&["/c"]),
        child: set_of(&["/"]),
    };
    assert!(matches!(&sent[1], Packet::ClientRequest { op: Op::SetWatches(set), .. } if **set == expected));
    assert!(matches!(&sent[2], Packet::ClientRequest { op: Op::GetData { .. }, .. }));
    let told = c.told(ME);
    let notified = |what, path: &str| ClientEvent::Notified { what, path: path.into() };
    assert_eq!(told[1], notified(WatchEvent::NodeDataChanged, "/a"), "behind Connected, before the reply");
    assert_eq!(outcomes(&c), [(8, Ok(()))]);
    c.forget();
    writer.must(&mut c, set("/a"));
    writer.must(&mut c, set("/b"));
    writer.must(&mut c, create("/c"));
    let expected = [
        notified(WatchEvent::NodeDataChanged, "/b"),
        notified(WatchEvent::NodeCreated, "/c"),
        notified(WatchEvent::NodeChildrenChanged, "/"),
    ];
    assert_eq!(c.told(ME), expected);
    c.kill(S2);
    c.run();
    c.forget();
    go_on(&mut c);
    assert_eq!(c.sent(ME, S4).len(), 1, "each was told: nothing is watched any more");
}

#[test]
fn it_ends_its_session_and_asks_nothing_any_more() {
    let mut c = connected();
    let session = c.machine(ME).session();
    c.tell(ME, ephemeral("/e"));
    c.tell(ME, Op::CloseSession);
    c.tell(ME, Op::get("/"));
    c.run();
    let told = c.told(ME);
    assert_eq!(told.last(), Some(&ClientEvent::Closed { session }));
    // ClientCnxn.queuePacket, conLossPacket: CONNECTIONLOSS while it closes, SESSIONEXPIRED once it has.
    assert_eq!(outcomes(&c), [(3, Err(ErrorCode::ConnectionLoss)), (1, Ok(())), (2, Ok(()))]);
    assert!(!c.shows(S3, "/e"));
    c.tell(ME, Op::get("/"));
    assert_eq!(outcomes(&c)[3..], [(4, Err(ErrorCode::SessionExpired))]);
    assert_eq!((c.armed(ME, Timer::ClientPing), c.armed(ME, Timer::ClientRead)), (None, None));
}

#[test]
fn it_ends_its_session_at_the_next_server_if_that_takes_it() {
    // The send thread does not look at `closing` before the next attempt has failed.
    let mut c = connected();
    let session = c.machine(ME).session();
    c.kill(S1);
    c.run();
    c.tell(ME, Op::CloseSession);
    c.forget();
    go_on(&mut c);
    assert_eq!(outcomes(&c), [(1, Ok(()))]);
    assert_eq!(c.told(ME).last(), Some(&ClientEvent::Closed { session }));
    assert!(c.server(S3).sessions().is_empty());
}

#[test]
fn it_gives_its_session_up_if_the_next_server_does_not_take_it() {
    let mut c = connected();
    let session = c.machine(ME).session();
    [S1, S4].iter().for_each(|sid| c.kill(*sid));
    c.fire(ME, Timer::ClientRead);
    c.hold_packets(ME, S2, any);
    go_on(&mut c);
    c.tell(ME, Op::CloseSession);
    c.forget();
    c.fire(ME, Timer::ClientRead);
    c.run();
    assert_eq!(outcomes(&c), [(1, Err(ErrorCode::ConnectionLoss))]);
    assert_eq!(c.told(ME).last(), Some(&ClientEvent::Closed { session }));
    assert_eq!(c.machine(ME).state(), ClientState::Closed);
    assert_eq!(pauses(&c), [], "it tries no other");
    assert_eq!(c.server(S3).sessions().len(), 1, "nobody heard it: the session ends when its time is over");
}

#[test]
fn a_connection_that_goes_while_it_closes_is_the_last() {
    let mut c = connected();
    c.hold_packets(ME, S1, any);
    c.tell(ME, Op::CloseSession);
    c.kill(S1);
    c.run();
    assert_eq!(outcomes(&c), [(1, Err(ErrorCode::ConnectionLoss))]);
    assert_eq!(c.machine(ME).state(), ClientState::Closed);
    assert_eq!(pauses(&c), []);
}

#[test]
fn a_client_and_a_session_survive_an_election() {
    let mut c = connected();
    let session = c.machine(ME).session();
    c.tell(ME, ephemeral("/e"));
    c.run();
    c.release_task(ME);
    c.kill(S3);
    // It goes from server to server until one serves; the election needs its timer.
    c.hold_task(ME, |task| *task == Task::Main);
    c.settle();
    for _ in 0..3 {
        if c.machine(ME).state() == ClientState::BackingOff {
            go_on(&mut c);
        }
    }
    assert_eq!(c.machine(ME).state(), ClientState::Connected);
    assert_eq!(c.machine(ME).session(), session);
    assert!(c.shows(S1, "/e"));
    assert_ne!(c.status(S1).last_processed, Zxid::ZERO);
}
