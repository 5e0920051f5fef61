//! Each judge finds what breaks its promise: in a history made by hand, and in a real one with one fact changed.

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zablab_protocol::{ErrorCode, Sid, Zxid};
use zablab_sim::consistency::promises::{self, Excuse, fifo, prefix, sync, writes};
use zablab_sim::history::{History, Type};

const WRITES: &str = writes::PROPERTY.name;
const FIFO: &str = fifo::PROPERTY.name;
const PREFIX: &str = prefix::PROPERTY.name;
const SYNC: &str = sync::PROPERTY.name;
const NONE: [&str; 0] = [];

/// The promises that a history breaks.
fn judge(events: &[Event], excuses: &[Excuse]) -> Vec<&'static str> {
    let judged = promises::judge(&History::of_run(events, &[]).unwrap(), excuses);
    assert_eq!(judged.unknown, None);
    let found: BTreeSet<&str> = judged.findings.iter().map(|finding| finding.property).collect();
    found.into_iter().collect()
}

/// Syncs at a server, or any, are not judged between two times.
fn excuse(server: Option<i64>, from: u64, to: u64) -> Excuse {
    Excuse { server: server.map(|sid| sid.to_string().into()), from, to, why: "excused".into() }
}

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

/// The promises that a history breaks, in the order of their names; the time of an event is its place.
fn broken(lines: &str, excuses: &[Excuse]) -> Vec<&'static str> {
    let events: Vec<Event> = (0..).zip(lines.lines()).map(|(at, line)| event(line, at)).collect();
    judge(&events, excuses)
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
    assert_eq!(broken(kept, &[]), NONE);
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
    assert_eq!(broken(kept, &[]), NONE);
}

#[test]
fn writes_out_of_order_are_found() {
    let twice = "\
        0 1 write k invoke 1 -\n1 1 write j invoke 2 -\n\
        0 1 write k ok 1 1\n1 1 write j ok 2 1";
    assert_eq!(broken(twice, &[]), [WRITES]);
    let late = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 2\n\
        1 1 write j invoke 2 -\n1 1 write j ok 2 1";
    assert_eq!(broken(late, &[]), [WRITES]);
    let failed = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 2\n\
        1 1 cas j invoke [1,2] -\n1 1 cas j fail [1,2] 1";
    assert_eq!(broken(failed, &[]), [WRITES], "one that fails has a zxid too");
}

#[test]
fn a_session_that_goes_back_is_found() {
    let back = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 5\n\
        1 1 read k invoke null -\n1 1 read k ok 1 5\n\
        1 2 read k invoke null -\n1 2 read k ok null 4";
    assert_eq!(broken(back, &[]), [FIFO]);
    let overtaken = "\
        0 1 read k invoke null -\n0 2 read j invoke null -\n\
        0 2 read j ok null 0\n0 1 read k ok null 0";
    assert_eq!(broken(overtaken, &[]), [FIFO]);
    let own = "\
        0 1 read k invoke null -\n0 1 read k ok null 7\n\
        0 2 write j invoke 1 -\n0 2 write j ok 1 7";
    assert_eq!(broken(own, &[]), [FIFO], "a write is above all that was seen");
}

#[test]
fn a_read_of_no_prefix_is_found() {
    let written = "0 1 write k invoke 1 -\n0 1 write k ok 1 1\n0 2 write k invoke 2 -\n0 2 write k ok 2 2\n";
    for (process, value, zxid) in [(1, "1", 2), (1, "2", 1), (1, "null", 1), (1, "9", 2)] {
        let read = format!("{process} 1 read k invoke null -\n{process} 1 read k ok {value} {zxid}");
        assert_eq!(broken(&format!("{written}{read}"), &[]), [PREFIX], "{read}");
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
    assert_eq!(broken(&reads(("2", 2), ("3", 3)), &[]), NONE);
    assert_eq!(broken(&reads(("2", 3), ("3", 3)), &[]), [PREFIX]);
    assert_eq!(broken(&reads(("3", 3), ("2", 4)), &[]), [PREFIX]);
    let swap = |from: &str| format!("{written}1 1 cas k invoke [{from},5] -\n1 1 cas k ok [{from},5] 3");
    assert_eq!(broken(&swap("2"), &[]), NONE);
    assert_eq!(broken(&swap("1"), &[]), [PREFIX]);
    // What certainly failed never shows.
    let failed = "0 1 write k invoke 1 -\n0 1 write k fail 1 1\n1 1 read k invoke null -\n1 1 read k ok 1 1";
    assert_eq!(broken(failed, &[]), [PREFIX]);
}

#[test]
fn a_stale_read_behind_a_sync_is_found_unless_it_is_excused() {
    let stale = "\
        0 1 write k invoke 1 -\n0 1 write k ok 1 1\n\
        1 1 sync k invoke null -\n1 1 sync k ok null 0\n\
        1 2 read k invoke null -\n1 2 read k ok null 0";
    assert_eq!(broken(stale, &[]), [SYNC]);
    assert_eq!(broken(stale, &[excuse(None, 0, 1), excuse(Some(1), 4, 9), excuse(Some(2), 0, 9)]), [SYNC]);
    assert_eq!(broken(stale, &[excuse(None, 3, 3)]), NONE);
    assert_eq!(broken(stale, &[excuse(Some(1), 1, 3)]), NONE);
    // The write was acknowledged after the sync was sent.
    let concurrent = "\
        0 1 write k invoke 1 -\n1 1 sync k invoke null -\n0 1 write k ok 1 1\n1 1 sync k ok null 0\n\
        1 2 read k invoke null -\n1 2 read k ok null 0";
    assert_eq!(broken(concurrent, &[]), NONE);
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
            assert_ne!(judge(&changed, &[excuse(None, 0, u64::MAX)]), NONE, "line {}", at + 1);
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
        assert_ne!(judge(&changed, &[excuse(None, 0, u64::MAX)]), NONE, "line {}", pair[1] + 1);
    }
}

/// A leader that is cut off answers a sync as long as it believes in itself: the read behind it is old, which is not owed
/// to be otherwise.
#[test]
fn an_old_read_behind_a_sync_of_a_deposed_leader_is_noted() {
    let text = "ensemble zk1 zk2 zk3\nset tickTime 500\nset syncLimit 20\nclient c at zk3 timeout 9s\nclient d at zk1 timeout 9s\n\
                at 0s start all\nat 3s start c d\nat 4s c create /a 1\nat 5s cut zk3 from zk1 zk2\nat 5s restart zk1 zk2\n\
                by 9s expect leader zk2\nby 12s expect d connected\nat 12s d set /a 2\nat 12.1s c sync\n   c get /a\n\
                by 12.2s expect c saw /a data 1\nat 40s end\n";
    let outcome = run(text, 0);
    let [note] = &outcome.notes[..] else { panic!("{:?}", outcome.notes) };
    assert_eq!((note.property, note.operations.len()), (SYNC, 3));
    assert!(
        note.sentence.contains("read /a = 1 (process 0") && note.sentence.contains("write /a 2"),
        "{note:?}"
    );
    assert!(note.sentence.ends_with("deposed had not noticed, and a sync asks no quorum"), "{note:?}");
    assert_eq!(judge(&outcome.history, &[]), [SYNC]);
}
