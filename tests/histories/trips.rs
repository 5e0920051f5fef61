//! Each judge finds what breaks its promise: in a history made by hand, and in a real one with one fact changed.

use super::*;
use crate::promises::{Broken, Excuse, Promise, judge};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zablab_protocol::{ErrorCode, Sid, Zxid};
use zablab_sim::history::Type;

/// An event: `process xid f key kind value zxid`, in JSON but for the key.
fn event(line: &str, time: u64) -> Event {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [process, xid, f, key, kind, value, zxid] = words[..] else { panic!("seven words: {line}") };
    let f = ["read", "write", "cas", "sync", "delete"].into_iter().find(|known| *known == f).unwrap();
    let kind = match kind {
        "invoke" => Type::Invoke,
        "ok" => Type::Ok,
        "fail" => Type::Fail,
        _ => Type::Info,
    };
    let zxid = zxid.parse().ok().map(Zxid);
    Event {
        process: process.parse().unwrap(),
        xid: xid.parse().unwrap(),
        f,
        key: key.into(),
        kind,
        value: serde_json::from_str(value).unwrap(),
        time,
        zxid,
        server: zxid.map(|_| Sid(1)),
        error: (kind == Type::Info).then_some(ErrorCode::ConnectionLoss),
    }
}

/// The promises that a history breaks; the time of an event is its place.
fn broken(lines: &str, excuses: &[Excuse]) -> Vec<Promise> {
    let events: Vec<Event> = (0..).zip(lines.lines()).map(|(at, line)| event(line, at)).collect();
    let found: BTreeSet<Promise> =
        judge(&events, excuses).into_iter().map(|Broken(promise, _)| promise).collect();
    found.into_iter().collect()
}

#[test]
fn what_is_kept_is_not_found() {
    let kept = "\
        0 1 write k invoke 1 -\n\
        1 1 write k invoke 2 -\n\
        1 1 write k ok 2 1\n\
        2 1 read k invoke null -\n\
        2 1 read k ok null 0\n\
        0 1 write k ok 1 2\n\
        2 2 sync k invoke null -\n\
        2 2 sync k ok null 2\n\
        2 3 read k invoke null -\n\
        2 3 read k ok 1 2\n\
        0 2 cas k invoke [1,3] -\n\
        0 2 cas k ok [1,3] 3";
    assert_eq!(broken(kept, &[]), []);
    // A stale read without a sync, and a write of unknown outcome that took effect.
    let kept = "\
        0 1 write k invoke 1 -\n\
        0 1 write k ok 1 1\n\
        1 1 read k invoke null -\n\
        1 1 read k ok null 0\n\
        0 2 write k invoke 2 -\n\
        0 2 write k info 2 -\n\
        1 2 read k invoke null -\n\
        1 2 read k ok 1 1\n\
        1 3 read k invoke null -\n\
        1 3 read k ok 2 4";
    assert_eq!(broken(kept, &[]), []);
}

#[test]
fn writes_out_of_order_are_found() {
    let twice = "\
        0 1 write k invoke 1 -\n1 1 write j invoke 2 -\n\
        0 1 write k ok 1 1\n1 1 write j ok 2 1";
    assert_eq!(broken(twice, &[]), [Promise::Writes]);
    let late = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 2\n\
        1 1 write j invoke 2 -\n1 1 write j ok 2 1";
    assert_eq!(broken(late, &[]), [Promise::Writes]);
    let failed = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 2\n\
        1 1 cas j invoke [1,2] -\n1 1 cas j fail [1,2] 1";
    assert_eq!(broken(failed, &[]), [Promise::Writes], "one that fails has a zxid too");
}

#[test]
fn a_session_that_goes_back_is_found() {
    let back = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 5\n\
        1 1 read k invoke null -\n1 1 read k ok 1 5\n\
        1 2 read k invoke null -\n1 2 read k ok null 4";
    assert_eq!(broken(back, &[]), [Promise::Fifo]);
    let overtaken = "\
        0 1 read k invoke null -\n0 2 read j invoke null -\n\
        0 2 read j ok null 0\n0 1 read k ok null 0";
    assert_eq!(broken(overtaken, &[]), [Promise::Fifo]);
    let own = "\
        0 1 read k invoke null -\n0 1 read k ok null 7\n\
        0 2 write j invoke 1 -\n0 2 write j ok 1 7";
    assert_eq!(broken(own, &[]), [Promise::Fifo], "a write is above all that was seen");
}

#[test]
fn a_read_of_no_prefix_is_found() {
    let written = "0 1 write k invoke 1 -\n0 1 write k ok 1 1\n0 2 write k invoke 2 -\n0 2 write k ok 2 2\n";
    for (process, value, zxid) in [(1, "1", 2), (1, "2", 1), (1, "null", 1), (1, "9", 2)] {
        let read = format!("{process} 1 read k invoke null -\n{process} 1 read k ok {value} {zxid}");
        assert_eq!(broken(&format!("{written}{read}"), &[]), [Promise::Prefix], "{read}");
    }
    // Two servers differ at one zxid, and a value that was overwritten comes back.
    let unknown = "0 3 write k invoke 3 -\n0 3 write k info 3 -\n";
    let reads = |one: (&str, i64), other: (&str, i64)| {
        format!(
            "{written}{unknown}1 1 read k invoke null -\n1 1 read k ok {} {}\n\
             2 1 read k invoke null -\n2 1 read k ok {} {}",
            one.0, one.1, other.0, other.1
        )
    };
    assert_eq!(broken(&reads(("2", 2), ("3", 3)), &[]), []);
    assert_eq!(broken(&reads(("2", 3), ("3", 3)), &[]), [Promise::Prefix]);
    assert_eq!(broken(&reads(("3", 3), ("2", 4)), &[]), [Promise::Prefix]);
    let swap = |from: &str| format!("{written}1 1 cas k invoke [{from},5] -\n1 1 cas k ok [{from},5] 3");
    assert_eq!(broken(&swap("2"), &[]), []);
    assert_eq!(broken(&swap("1"), &[]), [Promise::Prefix]);
    // What certainly failed never shows.
    let failed = "0 1 write k invoke 1 -\n0 1 write k fail 1 1\n1 1 read k invoke null -\n1 1 read k ok 1 1";
    assert_eq!(broken(failed, &[]), [Promise::Prefix]);
}

#[test]
fn a_stale_read_behind_a_sync_is_found_unless_it_is_excused() {
    let stale = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 1\n\
        1 1 sync k invoke null -\n1 1 sync k ok null 0\n\
        1 2 read k invoke null -\n1 2 read k ok null 0";
    assert_eq!(broken(stale, &[]), [Promise::Sync]);
    assert_eq!(
        broken(stale, &[(None, (0, 1)), (Some(Sid(1)), (4, 9)), (Some(Sid(2)), (0, 9))]),
        [Promise::Sync]
    );
    assert_eq!(broken(stale, &[(None, (3, 3))]), []);
    assert_eq!(broken(stale, &[(Some(Sid(1)), (1, 3))]), []);
    // The write was acknowledged after the sync was sent.
    let concurrent = "\
        0 1 write k invoke 1 -\n1 1 sync k invoke null -\n0 1 write k ok 1 1\n1 1 sync k ok null 0\n\
        1 2 read k invoke null -\n1 2 read k ok null 0";
    assert_eq!(broken(concurrent, &[]), []);
}

/// The place of every event of a real history that is a success of this kind.
fn successes(history: &[Event], f: &str) -> Vec<usize> {
    (0..history.len()).filter(|at| history[*at].f == f && history[*at].kind == Type::Ok).collect()
}

#[test]
fn one_changed_read_of_a_real_history_is_found() {
    let history = busy(0);
    let reads = successes(&history, "read");
    assert!(reads.len() > 100, "{}", reads.len());
    for at in reads {
        for wrong in [json!(999_999), Value::Null] {
            let mut changed = history.clone();
            if changed[at].value == wrong {
                continue;
            }
            changed[at].value = wrong;
            assert_ne!(judge(&changed, &[(None, (0, u64::MAX))]), [], "line {}", at + 1);
        }
    }
}

#[test]
fn one_changed_zxid_of_a_real_history_is_found() {
    let history = busy(0);
    let writes = successes(&history, "write");
    assert!(writes.len() > 50, "{}", writes.len());
    for pair in writes.windows(2) {
        let mut changed = history.clone();
        changed[pair[1]].zxid = history[pair[0]].zxid;
        assert_ne!(judge(&changed, &[(None, (0, u64::MAX))]), [], "line {}", pair[1] + 1);
    }
}

/// A leader that is cut off answers a sync as long as it believes in itself: the read behind it is stale, and excused.
#[test]
fn a_deposed_leader_is_known_and_excused() {
    let text = "ensemble zk1 zk2 zk3\nset tickTime 500\nset syncLimit 20\nclient c at zk3 timeout 9s\nclient d at zk1 timeout 9s\n\
                at 0s start all\nat 3s start c d\nat 4s c create /a 1\nat 5s cut zk3 from zk1 zk2\nat 5s restart zk1 zk2\n\
                by 9s expect leader zk2\nby 12s expect d connected\nat 12s d set /a 2\nat 12.1s c sync\n   c get /a\n\
                by 12.2s expect c saw /a data 1\nat 40s end\n";
    let scenario = Scenario::parse("test", text).unwrap();
    let mut reigns = crate::reigns::Reigns::default();
    let outcome = Run::new("test", text, &scenario, 0).unwrap().finish(&mut [&mut reigns]).unwrap();
    let excuses = reigns.excuses();
    let deposed: Vec<Excuse> = excuses.iter().copied().filter(|(server, _)| server.is_none()).collect();
    let [(None, (from, to))] = deposed[..] else { panic!("{excuses:?}") };
    let leaders: Vec<_> = excuses
        .iter()
        .filter_map(|(server, (since, _))| Some((server.as_ref()?.0, *since <= from)))
        .collect();
    assert_eq!(leaders, [(3, true), (2, true)]);
    assert!(from < 9_000_000_000 && (14_000_000_000..17_000_000_000).contains(&to), "{from} to {to}");
    assert_eq!(judge(&outcome.history, &deposed), []);
    let broken: Vec<Promise> =
        judge(&outcome.history, &[]).into_iter().map(|Broken(promise, _)| promise).collect();
    assert_eq!(broken, [Promise::Sync]);
}
