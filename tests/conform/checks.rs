//! Each check across servers speaks, and is silent where nothing is wrong.

use super::{changed, ensemble};
use std::collections::BTreeSet;
use zablab_protocol::{Epoch, Notification, Round, ServerState, Sid, SyncMode, Vote, Zxid};
use zablab_sim::bugs::Release;
use zablab_sim::conform::event::{Entry, Event, Thread};
use zablab_sim::conform::judge::judge_as;
use zablab_sim::conform::replay::{Replayed, Step, When};
use zablab_sim::conform::together::{CHECKS, Server, together};

const ONE: Sid = Sid(1);
const TWO: Sid = Sid(2);

/// What one server logged and did, a second apart.
struct Log {
    sid: Sid,
    entries: Vec<Entry>,
    replayed: Replayed,
}

fn at(second: i64) -> When {
    When { entry: 0, time: Some(second * 1000) }
}

fn entry(second: i64, event: Event) -> Entry {
    Entry { file: 0, line: 1, time: Some(second * 1000), thread: Thread::Peer, event, cause: None }
}

fn log(sid: Sid, steps: &[(i64, Step)]) -> Log {
    let steps = steps.iter().map(|(second, step)| (at(*second), step.clone())).collect();
    let replayed = Replayed { steps, ..Replayed::default() };
    // Each log begins and ends with a line.
    Log { sid, entries: vec![entry(0, Event::Looking), entry(100, Event::Looking)], replayed }
}

fn spoken(logs: &[Log]) -> BTreeSet<&'static str> {
    let servers: Vec<Server<'_>> = logs
        .iter()
        .map(|log| Server {
            sid: log.sid,
            entries: &log.entries,
            excerpt: false,
            observes: false,
            replayed: &log.replayed,
        })
        .collect();
    together(&servers).conflicts.iter().map(|conflict| conflict.check).collect()
}

fn started(accepted: i64) -> (i64, Step) {
    (0, Step::Started { zxid: Zxid::ZERO, accepted: Epoch(accepted), current: Epoch(0) })
}

fn elected(leader: Sid, state: ServerState) -> (i64, Step) {
    (1, Step::Elected { state, leader, round: Round(1) })
}

fn accepted(leader: Sid, epoch: i64) -> (i64, Step) {
    (2, Step::Accepted { leader: Some(leader), epoch: Epoch(epoch), told: true })
}

fn acked(leader: Sid, epoch: i64) -> (i64, Step) {
    (4, Step::Acked { leader: Some(leader), epoch: Epoch(epoch) })
}

fn supported(epoch: i64) -> (i64, Step) {
    (5, Step::Supported { by: vec![ONE, TWO], epoch: Epoch(epoch) })
}

/// Server 2 leads an epoch, and server 1 follows.
fn pair(epoch: i64, has: i64) -> [Log; 2] {
    let leads = [started(has), elected(TWO, ServerState::Leading), accepted(TWO, epoch), supported(epoch)];
    let follows =
        [started(has), elected(TWO, ServerState::Following), accepted(TWO, epoch), acked(TWO, epoch)];
    [log(ONE, &follows), log(TWO, &leads)]
}

#[test]
fn a_leaders_epoch_is_one_above_all() {
    assert!(spoken(&pair(1, 0)).is_empty());
    assert!(spoken(&pair(9, 0)).contains("epoch-above-all"));
    assert!(spoken(&pair(1, 1)).contains("epoch-above-all"));
}

#[test]
fn supporters_have_acknowledged() {
    let [mut one, two] = pair(1, 0);
    one.replayed.steps.pop();
    assert_eq!(spoken(&[one, two]), BTreeSet::from(["supporters-support"]));
}

#[test]
fn no_epoch_has_two_leaders() {
    let leads = |sid: Sid| log(sid, &[(5, Step::Supported { by: vec![sid], epoch: Epoch(3) })]);
    assert!(spoken(&[leads(ONE), leads(TWO)]).contains("one-leader-per-epoch"));
}

#[test]
fn both_ends_tell_the_same_of_a_synchronization() {
    let zxid = Zxid::new(Epoch(1), 5);
    let last = Zxid::new(Epoch(1), 2);
    let gets = |mode, last| log(ONE, &[(3, Step::Synced { leader: TWO, mode, zxid, last })]);
    let sends = || log(TWO, &[(3, Step::Sent { to: ONE, mode: SyncMode::Diff, zxid, peer: last })]);
    assert!(spoken(&[gets(SyncMode::Diff, last), sends()]).is_empty());
    assert!(spoken(&[gets(SyncMode::Trunc, last), sends()]).contains("same-synchronization"));
    assert!(spoken(&[gets(SyncMode::Diff, Zxid::ZERO), sends()]).contains("learner-has-what-it-says"));
}

#[test]
fn what_is_heard_has_been_said() {
    let vote = |leader| Vote { leader, zxid: Zxid::ZERO, peer_epoch: Epoch(0) };
    let says = |leader| Notification { state: ServerState::Looking, vote: vote(leader), round: Round(1) };
    let heard = |of: &[Sid]| {
        let mut one = log(ONE, &[]);
        let hears = |leader| Event::Heard { from: TWO, said: says(leader), my_state: None };
        one.entries.splice(1..1, of.iter().map(|leader| entry(50, hears(*leader))));
        let mut two = log(TWO, &[]);
        two.replayed.said = vec![(at(1), [says(ONE); 2]), (at(2), [says(TWO); 2])];
        spoken(&[one, two])
    };
    assert!(heard(&[ONE, TWO, TWO]).is_empty());
    assert!(heard(&[TWO]).is_empty());
    assert!(heard(&[Sid(3)]).contains("said-what-was-heard"));
    assert!(heard(&[TWO, ONE]).contains("said-what-was-heard"), "in this order, never");
}

/// What is said of the recording `d-kill-leader` with other transactions beside a log.
fn beside(name: &str, change: impl Fn(&str, String) -> String) -> BTreeSet<&'static str> {
    let folder = changed("d-kill-leader", name, |server, file, text| match file {
        "txns.txt" => change(server, text),
        _ => text,
    });
    let judged = judge_as(&ensemble(&folder), Release::parse("3.8.0").unwrap()).unwrap();
    judged.together.conflicts.iter().map(|conflict| conflict.check).collect()
}

#[test]
fn transactions_beside_logs_are_held_against_each_other() {
    assert!(beside("txns-as-they-are", |_, text| text).is_empty());
    let other = beside("txns-other", |server, text| match server {
        "zk3" => text.replace("/before-00001", "/before-00009"),
        _ => text,
    });
    assert_eq!(other, BTreeSet::from(["same-transactions"]));
    let hole = beside("txns-hole", |server, text| match server {
        "zk1" => text.lines().filter(|line| !line.starts_with("0x100000003")).collect::<Vec<_>>().join("\n"),
        _ => text,
    });
    assert_eq!(hole, BTreeSet::from(["transactions-in-order"]));
    let renamed = beside("txns-renamed", |server, text| match server {
        "zk1" => text.replace("# log.100000001", "# log.100000002"),
        _ => text,
    });
    assert_eq!(renamed, BTreeSet::from(["log-files-are-there"]));
    let sessions = beside("txns-sessions", |_, text| text.replace("createSession timeout=10000", "error"));
    assert_eq!(sessions, BTreeSet::from(["sessions-are-created"]));
}

#[test]
fn every_check_is_known_here() {
    let known = include_str!("checks.rs");
    for (check, demands) in CHECKS {
        assert!(known.contains(&format!("\"{check}\"")), "{check}: {demands}");
    }
}
