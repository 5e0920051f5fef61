//! Watches (protocol reference §8.3): one event each, before anything that shows the new state.

use crate::harness::*;
use crate::user::*;
use WatchEvent::{NodeChildrenChanged, NodeCreated, NodeDataChanged, NodeDeleted};
use std::sync::Arc;
use zablab_protocol::{ErrorCode, Millis, Op, Packet, SessionId, Settings, Sid, Timer, WatchEvent, WatchSet};

fn get(path: &str) -> Op {
    Op::GetData { path: path.into(), watch: true }
}

fn exists(path: &str) -> Op {
    Op::Exists { path: path.into(), watch: true }
}

fn children(path: &str) -> Op {
    Op::GetChildren { path: path.into(), watch: true }
}

fn event(event: WatchEvent, path: &str) -> Heard {
    Heard::Event(event, path.into())
}

/// A client that watches at `at`, and one that writes at server 2, where /a and /a/b are.
fn two(at: Sid) -> (Cluster, User, User) {
    let mut c = ensemble(Settings::default());
    let (user, mut writer) = (User::open(&mut c, 1, at), User::open(&mut c, 2, S2));
    writer.must(&mut c, create("/a"));
    writer.must(&mut c, create("/a/b"));
    (c, user, writer)
}

#[test]
fn each_watch_answers_to_its_own_changes_and_once() {
    // DataTree.createNode, setData, deleteNode: which list each event takes from.
    let cases: [(Op, &[Op], &[Heard]); 10] = [
        (get("/a"), &[set("/a"), set("/a")], &[event(NodeDataChanged, "/a")]),
        (get("/a"), &[create("/a/c"), delete("/a/c")], &[]),
        (get("/a/b"), &[delete("/a/b"), create("/a/b")], &[event(NodeDeleted, "/a/b")]),
        (exists("/a/b"), &[delete("/a/b"), create("/a/b")], &[event(NodeDeleted, "/a/b")]),
        (exists("/a/b"), &[set("/a/b")], &[event(NodeDataChanged, "/a/b")]),
        (exists("/new"), &[create("/new"), set("/new")], &[event(NodeCreated, "/new")]),
        (children("/a"), &[set("/a"), set("/a/b")], &[]),
        (children("/a"), &[create("/a/c"), create("/a/d")], &[event(NodeChildrenChanged, "/a")]),
        (children("/a"), &[delete("/a/b"), delete("/a")], &[event(NodeChildrenChanged, "/a")]),
        (children("/a/b"), &[delete("/a/b")], &[event(NodeDeleted, "/a/b")]),
    ];
    for at in [S1, S3, S4] {
        for (watch, changes, heard) in &cases {
            let (mut c, mut user, mut writer) = two(at);
            user.ask(&mut c, watch.clone());
            for change in *changes {
                writer.must(&mut c, change.clone());
            }
            assert_eq!(user.hears(&mut c), *heard, "{watch}, at server {at}");
        }
    }
}

#[test]
fn a_read_that_finds_nothing_watches_nothing_unless_it_is_exists() {
    let (mut c, mut user, mut writer) = two(S1);
    for op in [get("/new"), children("/new"), exists("/newer")] {
        assert_eq!(user.ask(&mut c, op).result, Err(ErrorCode::NoNode));
    }
    writer.must(&mut c, create("/new"));
    writer.must(&mut c, create("/newer"));
    assert_eq!(user.hears(&mut c), [event(NodeCreated, "/newer")]);
}

#[test]
fn one_that_waits_for_data_and_children_is_told_once_that_the_znode_is_gone() {
    // WatchManager.triggerWatch: supress.
    let (mut c, mut user, mut writer) = two(S1);
    let mut other = User::open(&mut c, 3, S1);
    for op in [get("/a/b"), exists("/a/b"), children("/a/b"), children("/a")] {
        user.must(&mut c, op);
    }
    other.must(&mut c, children("/a/b"));
    writer.must(&mut c, delete("/a/b"));
    assert_eq!(user.hears(&mut c), [event(NodeDeleted, "/a/b"), event(NodeChildrenChanged, "/a")]);
    assert_eq!(other.hears(&mut c), [event(NodeDeleted, "/a/b")]);
    writer.must(&mut c, create("/a/b"));
    assert_eq!((user.hears(&mut c), other.hears(&mut c)), (vec![], vec![]));
}

#[test]
fn a_watch_asked_for_twice_is_told_once_and_another_after_it_again() {
    let (mut c, mut user, mut writer) = two(S1);
    user.must(&mut c, get("/a"));
    user.must(&mut c, get("/a"));
    writer.must(&mut c, set("/a"));
    assert_eq!(user.hears(&mut c), [event(NodeDataChanged, "/a")]);
    user.must(&mut c, get("/a"));
    writer.must(&mut c, set("/a"));
    assert_eq!(user.hears(&mut c), [event(NodeDataChanged, "/a")]);
}

#[test]
fn the_event_comes_before_any_reply_that_shows_the_new_state() {
    for at in [S1, S3, S4] {
        let (mut c, mut user, mut writer) = two(at);
        let mut same = User::open(&mut c, 3, at);
        user.must(&mut c, get("/a"));
        user.must(&mut c, children("/a"));
        // Its own write: the events stand before the reply.
        let cxid = user.send(&mut c, Op::Multi([set("/a"), create("/a/c")].into()));
        c.run();
        let expected =
            [event(NodeDataChanged, "/a"), event(NodeChildrenChanged, "/a"), Heard::Reply(cxid, Ok(()))];
        assert_eq!(user.hears(&mut c), expected);

        // Another's write, while reads are asked for all the time.
        user.must(&mut c, get("/a"));
        writer.send(&mut c, set("/a"));
        let mut seen = Vec::new();
        for _ in 0..60 {
            user.send(&mut c, Op::get("/a"));
            same.send(&mut c, Op::get("/a"));
            c.run_some(&[u16::MAX, 7, 3]);
        }
        c.run();
        for packet in c.heard(user.sid) {
            match packet {
                Packet::Reply(answer) => match &answer.result {
                    Ok(zablab_protocol::Reply::Node { stat, .. }) => seen.push(stat.version),
                    other => panic!("{other:?}"),
                },
                Packet::WatchEvent { .. } => seen.push(-1),
                other => panic!("{other}"),
            }
        }
        let at = seen.iter().position(|version| *version == -1).expect("an event");
        assert!(seen[..at].iter().all(|version| *version == 1), "{seen:?}");
        assert!(seen[at + 1..].iter().all(|version| *version == 2), "{seen:?}");
    }
}

#[test]
fn every_part_of_a_multi_triggers_and_one_that_fails_does_not() {
    let (mut c, mut user, mut writer) = two(S4);
    for op in [get("/a"), children("/a"), exists("/a/c"), get("/a/b")] {
        user.ask(&mut c, op);
    }
    let parts = [set("/a"), create("/a/c"), delete("/a/b")];
    let failing: Arc<[Op]> = parts.iter().cloned().chain([delete("/nowhere")]).collect();
    writer.must(&mut c, Op::Multi(failing));
    assert_eq!(user.hears(&mut c), []);
    writer.must(&mut c, Op::Multi(parts.into()));
    let expected = [
        event(NodeDataChanged, "/a"),
        event(NodeCreated, "/a/c"),
        event(NodeChildrenChanged, "/a"),
        event(NodeDeleted, "/a/b"),
    ];
    assert_eq!(user.hears(&mut c), expected);
}

#[test]
fn the_end_of_a_session_triggers_for_each_of_its_ephemerals() {
    for expires in [false, true] {
        let (mut c, mut user, mut writer) = two(S1);
        writer.must(&mut c, ephemeral("/a/e"));
        writer.must(&mut c, ephemeral("/e"));
        for op in [exists("/a/e"), get("/e"), children("/a")] {
            user.must(&mut c, op);
        }
        if expires {
            while c.shows(S1, "/e") {
                c.pass(2000);
                user.must(&mut c, Op::Ping);
                c.fire(S3, Timer::HalfTick);
                c.run();
                // Only the watcher is heard of.
                c.fire(S3, Timer::SessionTick);
                c.run();
            }
        } else {
            writer.must(&mut c, Op::CloseSession);
        }
        let expected =
            [event(NodeDeleted, "/a/e"), event(NodeChildrenChanged, "/a"), event(NodeDeleted, "/e")];
        assert_eq!(user.hears(&mut c), expected);
    }
}

#[test]
fn watches_live_at_the_server_that_holds_the_connection() {
    let (mut c, mut user, mut writer) = two(S1);
    user.must(&mut c, get("/a"));
    user.hang_up(&mut c);
    c.run();
    user.move_to(&mut c, S1);
    writer.must(&mut c, set("/a"));
    assert_eq!(user.hears(&mut c), [], "gone with the connection");
    // Who writes does not matter, the server that applies does.
    user.must(&mut c, get("/a"));
    c.hold_packets(S3, S1, |packet| matches!(packet, Packet::Commit { .. }));
    writer.must(&mut c, set("/a"));
    assert_eq!(user.hears(&mut c), []);
    c.release_packets(S3, S1);
    c.run();
    assert_eq!(user.hears(&mut c), [event(NodeDataChanged, "/a")]);
}

#[test]
fn what_changed_while_a_client_was_away_is_told_when_it_says_what_it_watched() {
    // DataTree.setWatches.
    let paths = |list: &[&str]| list.iter().map(|path| (*path).into()).collect();
    for at in [S1, S3, S4] {
        let (mut c, mut user, mut writer) = two(S1);
        for path in ["/same", "/set", "/gone", "/p", "/p/old", "/q", "/childless", "/came"] {
            writer.must(&mut c, create(path));
        }
        writer.must(&mut c, delete("/came"));
        let relative_zxid = user.ask(&mut c, Op::get("/a")).zxid;
        user.hang_up(&mut c);
        c.run();
        for op in [set("/set"), delete("/gone"), create("/p/new"), delete("/childless"), create("/came")] {
            writer.must(&mut c, op);
        }
        user.move_to(&mut c, at);
        let set_watches = WatchSet {
            relative_zxid,
            data: paths(&["/gone", "/same", "/set"]),
            exist: paths(&["/came", "/missing"]),
            child: paths(&["/childless", "/p", "/q"]),
        };
        let cxid = user.send(&mut c, Op::SetWatches(Arc::new(set_watches)));
        c.run();
        let expected = [
            event(NodeDeleted, "/gone"),
            event(NodeDataChanged, "/set"),
            event(NodeCreated, "/came"),
            event(NodeDeleted, "/childless"),
            event(NodeChildrenChanged, "/p"),
            Heard::Reply(cxid, Ok(())),
        ];
        assert_eq!(user.hears(&mut c), expected);
        for path in ["/set", "/came", "/p", "/same"] {
            writer.must(&mut c, set(path));
        }
        writer.must(&mut c, create("/p/newer"));
        writer.must(&mut c, create("/missing"));
        writer.must(&mut c, create("/q/new"));
        let expected = [
            event(NodeDataChanged, "/same"),
            event(NodeCreated, "/missing"),
            event(NodeChildrenChanged, "/q"),
        ];
        assert_eq!(user.hears(&mut c), expected, "the rest was armed, and nothing else");
    }
}

#[test]
fn what_a_synchronization_applies_triggers_nothing_old() {
    // Watches of an earlier role went with its connections; the handle is another's now.
    let (mut c, mut user, _) = two(S1);
    user.must(&mut c, get("/a"));
    c.kill(S3);
    c.settle();
    assert!(!user.is_connected(&c));
    let mut user = User { sid: client(3), at: S1, session: SessionId::NONE, last_cxid: 0 };
    c.add_puppet_client(user.sid);
    user.connect(&mut c, Millis(10_000), z(0, 0));
    c.run();
    assert_eq!(user.settled(&mut c), Some(TIMEOUT));
    user.must(&mut c, create("/x"));
    user.must(&mut c, set("/a"));
}
