//! Requests that are under way together, in any order of tasks, disks and packets: each write does what the model does
//! at its zxid, each read shows the model's state at the zxid of its reply.

use crate::harness::*;
use crate::model::{Model, said};
use crate::requests::{cases, pick, write};
use crate::user::*;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::sync::Arc;
use zablab_protocol::{
    Answer, Change, CreateMode, Decision, ErrorCode, Op, Packet, Path, SessionId, Settings, Task, Txn,
    WatchEvent, Zxid,
};

/// Ephemeral znodes stand where nobody deletes their parent: a delete that is validated while the end of a session is
/// under way still counts that session's ephemerals (see below).
const KEPT: &str = "/kept";

fn tame(op: Op) -> Op {
    let kept = |path: Path| Path::from(format!("{KEPT}{}", if &*path == "/" { "/e" } else { &*path }));
    match op {
        Op::Create { path, data, mode: mode @ CreateMode { ephemeral: true, .. } } => {
            Op::Create { path: kept(path), data, mode }
        }
        Op::Delete { path, version } if &*path == "/e" => Op::Delete { path: kept(path), version },
        Op::SetData { path, data, version } if &*path == "/e" => {
            Op::SetData { path: kept(path), data, version }
        }
        Op::Multi(parts) => Op::Multi(parts.iter().cloned().map(tame).collect()),
        op => op,
    }
}

fn asked() -> impl Strategy<Value = Op> {
    let read = |path: &str| Op::Exists { path: path.into(), watch: false };
    let reads = select(&["/", "/a", "/a/b", "/kept", "/kept/e", "/kept/a"][..]);
    prop_oneof![
        6 => write().prop_map(tame),
        2 => reads.clone().prop_map(read),
        1 => reads.prop_map(|path| Op::GetChildren { path: path.into(), watch: false }),
        1 => Just(Op::Sync { path: "/".into() }),
        1 => Just(Op::CloseSession),
    ]
}

/// Some requests, and what happens before the next ones come.
#[derive(Clone, Debug)]
struct Round {
    asked: Vec<(usize, Op)>,
    picks: Vec<u16>,
    /// Before the picks everything else comes to rest, and the leader applies nothing: validation runs far ahead.
    ahead: bool,
    /// All comes to rest.
    rests: bool,
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let asked = prop::collection::vec((0..6usize, asked()), 0..8);
    let picks = prop_oneof![prop::collection::vec(pick(), 0..8), prop::collection::vec(pick(), 0..60)];
    let round = (asked, picks, prop::bool::ANY, prop::bool::weighted(0.2));
    let round = round.prop_map(|(asked, picks, ahead, rests)| Round { asked, picks, ahead, rests });
    prop::collection::vec(round, 1..9)
}

/// What one session asked and was answered, in order.
#[derive(Default)]
struct Course {
    asked: BTreeMap<i32, Op>,
    answers: Vec<Arc<Answer>>,
}

fn listen(c: &mut Cluster, users: &[User], courses: &mut [Course]) {
    for (user, course) in users.iter().zip(courses) {
        for packet in c.heard(user.sid) {
            match packet {
                Packet::Reply(answer) => course.answers.push(answer),
                other => panic!("{other} where replies are due"),
            }
        }
    }
}

/// The states after each transaction of the log, and what the model says of each.
struct History {
    states: BTreeMap<Zxid, Model>,
    outcomes: BTreeMap<(SessionId, i32), (Zxid, Result<crate::model::Said, ErrorCode>)>,
}

fn history(log: &[Arc<Txn>], op_of: impl Fn(&Txn) -> Op) -> History {
    let mut model = Model::new(z(1, 0));
    let mut history = History { states: BTreeMap::new(), outcomes: BTreeMap::new() };
    history.states.insert(model.zxid, model.clone());
    for txn in log {
        let result = model.execute(txn.origin.session, &op_of(txn), txn.time);
        assert_eq!(model.zxid, txn.zxid, "the log has no holes");
        history.states.insert(txn.zxid, model.clone());
        history.outcomes.insert((txn.origin.session, txn.origin.cxid), (txn.zxid, result));
    }
    history
}

/// Holds a session's answers against the history: all there, in order, and each what it must be at its zxid.
fn judge(user: &User, course: &Course, history: &History) {
    let session = user.session;
    let cxids: Vec<i32> = course.answers.iter().map(|answer| answer.origin.cxid).collect();
    assert_eq!(cxids, course.asked.keys().copied().collect::<Vec<_>>(), "{session}: answered in order");
    let mut last = Zxid::ZERO;
    for answer in &course.answers {
        assert_eq!(answer.origin.session, session);
        assert!(answer.zxid >= last, "{session} goes back in time");
        last = answer.zxid;
        let op = &course.asked[&answer.origin.cxid];
        if let Some((zxid, expected)) = history.outcomes.get(&(session, answer.origin.cxid)) {
            assert_eq!((answer.zxid, &said(&answer.result)), (*zxid, expected), "{op}");
        } else {
            assert!(!op.is_write(), "{op} is not in the log");
            let mut state = history.states[&answer.zxid].clone();
            assert_eq!(said(&answer.result), state.execute(session, op, NOW), "{op} at {}", answer.zxid);
        }
        // A read stands before the writes that its session asked for later.
        let later = history.outcomes.range((session, answer.origin.cxid + 1)..=(session, i32::MAX)).next();
        assert!(op.is_write() || later.is_none_or(|(_, (zxid, _))| answer.zxid < *zxid), "{op}");
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn whatever_overlaps_is_as_if_executed_in_the_order_of_zxids(rounds in rounds()) {
        let mut c = ensemble(Settings::default());
        let mut users: Vec<User> =
            (0..6).map(|n| User::open(&mut c, n, [S1, S2, S3, S4][n as usize % 4])).collect();
        let mut courses: Vec<Course> = users.iter().map(|_| Course::default()).collect();
        let mut ended = [false; 6];
        users[0].must(&mut c, create(KEPT));
        users[0].must(&mut c, create("/kept/a"));
        for Round { asked, picks, ahead, rests } in rounds {
            for (who, op) in asked {
                if ended[who] {
                    continue;
                }
                ended[who] = op == Op::CloseSession;
                let cxid = users[who].send(&mut c, op.clone());
                courses[who].asked.insert(cxid, op);
            }
            c.pass(1);
            if ahead {
                c.hold_task(S3, |task| *task == Task::Commit);
                c.run();
                c.release_task(S3);
            }
            c.run_some(&picks);
            if rests {
                c.run();
            }
            listen(&mut c, &users, &mut courses);
        }
        c.run();
        listen(&mut c, &users, &mut courses);

        let op_of = |txn: &Txn| match txn.origin.cxid {
            0 => Op::CreateSession { timeout: TIMEOUT },
            cxid => {
                let who = users.iter().position(|user| user.session == txn.origin.session).unwrap();
                match courses[who].asked.get(&cxid) {
                    Some(op) => op.clone(),
                    None => create(if cxid == 1 { KEPT } else { "/kept/a" }),
                }
            }
        };
        let history = history(c.disk(S3).log.txns(), op_of);
        for (user, course) in users.iter().zip(&courses) {
            judge(user, course, &history);
        }
        let (_, last) = history.states.last_key_value().unwrap();
        [S1, S2, S3, S4].iter().for_each(|sid| last.assert_is(c.server(*sid)));
    }
}

#[test]
fn a_delete_beside_the_end_of_a_session_still_counts_its_ephemerals() {
    // PrepRequestProcessor.pRequest2Txn, closeSession: the parents' records keep their count until it is applied.
    let mut c = ensemble(Settings::default());
    let (mut one, mut two) = (User::open(&mut c, 1, S3), User::open(&mut c, 2, S3));
    one.must(&mut c, create("/p"));
    one.must(&mut c, ephemeral("/p/e"));
    c.hold_task(S3, |task| *task == Task::Commit);
    one.send(&mut c, Op::CloseSession);
    c.run();
    two.send(&mut c, delete("/p"));
    c.run();
    c.release_task(S3);
    c.run();
    assert_eq!(two.hears(&mut c), [Heard::Reply(1, Err(ErrorCode::NotEmpty))]);
    two.must(&mut c, delete("/p"));
}

#[test]
fn what_a_failed_multi_would_have_changed_is_forgotten_for_those_behind_it() {
    let mut c = ensemble(Settings::default());
    let mut user = User::open(&mut c, 1, S3);
    user.must(&mut c, create("/a"));
    user.must(&mut c, set("/a"));
    // Nothing is applied until all are validated.
    c.hold_task(S3, |task| *task == Task::Commit);
    let parts = [set("/a"), create("/a/b"), delete("/a/b"), delete("/a"), create("/a"), delete("/nowhere")];
    let sequential = CreateMode { sequential: true, ephemeral: false };
    let behind = [
        Op::Check { path: "/a".into(), version: Some(1) },
        Op::Create { path: "/a/s".into(), data: "".into(), mode: sequential },
        Op::SetData { path: "/a".into(), data: "".into(), version: Some(1) },
        delete("/a/s0000000000"),
        Op::Delete { path: "/a".into(), version: Some(2) },
    ];
    let failed = user.send(&mut c, Op::Multi(parts.into()));
    let cxids: Vec<i32> = behind.into_iter().map(|op| user.send(&mut c, op)).collect();
    c.run();
    c.release_task(S3);
    c.run();
    let replies: Vec<Heard> = [failed].iter().chain(&cxids).map(|cxid| Heard::Reply(*cxid, Ok(()))).collect();
    assert_eq!(user.hears(&mut c), replies);
    let proposed = c.decisions(S3).iter().filter(|d| matches!(d, Decision::Proposed { .. })).count();
    assert_eq!(proposed, 1 + 2 + 6, "one zxid each");
    assert!(!c.shows(S3, "/a"));
}

#[test]
fn the_end_of_a_session_takes_its_ephemerals_that_are_under_way() {
    // PrepRequestProcessor.pRequest2Txn, closeSession: outstandingChanges.
    let mut c = ensemble(Settings::default());
    let (mut user, mut other) = (User::open(&mut c, 1, S3), User::open(&mut c, 2, S1));
    user.must(&mut c, ephemeral("/gone"));
    for path in ["/e", "/gone"] {
        other.ask(&mut c, Op::Exists { path: path.into(), watch: true });
    }
    c.hold_task(S3, |task| *task == Task::Commit);
    for op in [ephemeral("/e"), delete("/gone"), Op::CloseSession] {
        user.send(&mut c, op);
        c.run();
    }
    c.release_task(S3);
    c.run();
    let log = c.disk(S3).log.txns();
    let paths = ["/e".into()].into();
    assert_eq!(log.last().unwrap().change, Change::CloseSession { paths });
    let event = |event, path: &str| Heard::Event(event, path.into());
    // Watched once, and told once.
    let told = [event(WatchEvent::NodeCreated, "/e"), event(WatchEvent::NodeDeleted, "/gone")];
    assert_eq!(other.hears(&mut c), told);
    other.must(&mut c, create("/e"));
}

#[test]
fn the_end_of_a_session_leaves_what_another_one_made_in_place_of_its_own() {
    // PrepRequestProcessor.pRequest2Txn, closeSession: a delete that is under way takes the path from the list.
    let mut c = ensemble(Settings::default());
    let (mut user, mut other) = (User::open(&mut c, 1, S3), User::open(&mut c, 2, S1));
    user.must(&mut c, ephemeral("/e"));
    c.hold_task(S3, |task| *task == Task::Commit);
    for op in [delete("/e"), ephemeral("/e")] {
        other.send(&mut c, op);
        c.run();
    }
    user.send(&mut c, Op::CloseSession);
    c.run();
    c.release_task(S3);
    c.run();
    assert_eq!(c.disk(S3).log.txns().last().unwrap().change, Change::CloseSession { paths: [].into() });
    [S1, S2, S3].iter().for_each(|sid| assert!(c.shows(*sid, "/e"), "at server {sid}"));
}
