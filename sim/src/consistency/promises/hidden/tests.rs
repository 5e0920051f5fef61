//! The answers against those of a search that tries every order, and what is said of small histories.

use super::*;
use crate::consistency::Verdict;
use crate::consistency::promises;
use crate::history::{Action, Builder, History, Outcome, Told, Type};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A history from lines `process xid f key kind value`.
fn history(lines: &[String]) -> History {
    let mut builder = Builder::default();
    for (line, text) in (1..).zip(lines) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [process, xid, f, key, kind, value] = words[..] else { panic!("six words: {text}") };
        let kind = match kind {
            "invoke" => Type::Invoke,
            "ok" => Type::Ok,
            "fail" => Type::Fail,
            _ => Type::Info,
        };
        let told = Told {
            line,
            process: process.parse().unwrap(),
            xid: xid.parse().ok(),
            f,
            key,
            kind,
            value: &serde_json::from_str::<Value>(value).unwrap(),
            time: line.into(),
            zxid: None,
            server: None,
            error: None,
        };
        builder.event(&told).unwrap();
    }
    builder.finish()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn judged(text: &str) -> promises::Judged {
    promises::judge(&history(&lines(text)), &[])
}

/// Whether one order explains all: tries each, a step at a time.
fn brute(history: &History) -> bool {
    struct Brute<'h> {
        history: &'h History,
        visited: BTreeSet<(u32, Vec<Option<u32>>)>,
    }
    impl Brute<'_> {
        fn goes_on(&mut self, placed: u32, state: &[Option<u32>]) -> bool {
            if !self.visited.insert((placed, state.to_vec())) {
                return false;
            }
            let ops = &self.history.operations;
            let is = |at: usize| placed & 1 << at != 0;
            let owed = |at: &usize| ops[*at].outcome == Outcome::Ok && ops[*at].action != Action::Sync;
            if (0..ops.len()).filter(owed).all(is) {
                return true;
            }
            for at in (0..ops.len()).filter(|at| !is(*at)) {
                let op = &ops[at];
                let writes = op.action != Action::Read;
                let happens = owed(&at) || writes && op.outcome == Outcome::Info;
                let in_session = |other: &usize| {
                    owed(&at) && owed(other) && *other < at && ops[*other].process == op.process
                };
                let in_time = |other: &usize| {
                    writes && owed(other) && ops[*other].completed.is_some_and(|end| end < op.invoked)
                };
                if !happens
                    || (0..ops.len()).any(|other| (in_session(&other) || in_time(&other)) && !is(other))
                {
                    continue;
                }
                let null = self.history.values.get_index_of("null").map(|at| at as u32);
                let now = state[op.key as usize].or(null);
                let mut next = state.to_vec();
                match op.action {
                    Action::Read if op.result.map(|value| value.0) == now => {}
                    Action::Write(value) => next[op.key as usize] = Some(value.0),
                    Action::Cas { from, to } if Some(from.0) == now => next[op.key as usize] = Some(to.0),
                    _ => continue,
                }
                if self.goes_on(placed | 1 << at, &next) {
                    return true;
                }
            }
            false
        }
    }
    let state = vec![None; history.keys.len()];
    Brute { history, visited: BTreeSet::new() }.goes_on(0, &state)
}

/// A history of up to so many operations: clients with up to two requests under way, each value written once.
fn small() -> impl Strategy<Value = Vec<String>> {
    let step = (0..3usize, 0..9u8, 0..2usize, any::<prop::sample::Index>(), 0..12u8);
    prop::collection::vec(step, 4..28).prop_map(|steps| {
        let mut lines = Vec::new();
        let mut open: Vec<Vec<(u32, &str, usize, String)>> = vec![Vec::new(); 3];
        let mut written: [Vec<String>; 2] = [vec!["null".to_owned()], vec!["null".to_owned()]];
        let mut number = 0;
        for (process, what, key, pick, luck) in steps {
            if what < 4 && open[process].len() < 2 && number < 11 {
                number += 1;
                let (f, value) = match what {
                    0 | 1 => ("read", "null".to_owned()),
                    2 => ("write", number.to_string()),
                    _ => ("cas", format!("[{},{number}]", pick.get(&written[key]))),
                };
                if f != "read" {
                    written[key].push(number.to_string());
                }
                lines.push(format!("{process} {number} {f} k{key} invoke {value}"));
                open[process].push((number, f, key, value));
            } else if !open[process].is_empty() {
                let (xid, f, key, value) = open[process].remove(0);
                // Late values are seen more often than early ones.
                let latest = written[key].len().saturating_sub(3);
                let seen = pick.get(&written[key][latest..]);
                let kind = match luck {
                    0 => "info",
                    1 => "fail",
                    _ => "ok",
                };
                let value = if f == "read" { seen.clone() } else { value };
                lines.push(format!("{process} {xid} {f} k{key} {kind} {value}"));
            }
        }
        lines
    })
}

/// `PROPTEST_CASES`, or 5,000.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_that_of_a_search_through_every_order(lines in small()) {
        let history = history(&lines);
        let judged = promises::judge(&history, &[]);
        let expected = if brute(&history) { Verdict::Holds } else { Verdict::Violated };
        prop_assert_eq!(judged.verdict(), expected, "{:#?}\n{:#?}", judged, lines);
    }
}

#[test]
fn a_session_that_goes_back_is_a_cycle() {
    let text = "\
        0 1 write k invoke 1\n0 1 write k ok 1\n\
        0 2 write k invoke 2\n0 2 write k ok 2\n\
        1 1 read k invoke null\n1 1 read k ok 2\n\
        1 2 read k invoke null\n1 2 read k ok 1";
    let judged = judged(text);
    let [finding] = &judged.findings[..] else { panic!("{judged:?}") };
    assert_eq!(finding.property, PROPERTY.name);
    let expected = "no order is left, since these go round in a circle: write k 2 (process 0, lines 3 and 4), then, since \
                    the session of read k = 2 (process 1, lines 5 and 6) goes on to read k = 1 (process 1, lines 7 and \
                    8), write k 1 (process 0, lines 1 and 2), then, later in its session, the first again";
    assert_eq!(finding.sentence, expected);
    assert_eq!(finding.operations, [1, 2, 3, 0]);
    // A client that is only late is not wrong.
    let late = text.replace("1 1 read k ok 2", "1 1 read k ok 1");
    assert_eq!(super::tests::judged(&late).verdict(), Verdict::Holds);
}

#[test]
fn two_sessions_that_see_two_writes_in_two_orders_are_found() {
    let text = "\
        0 1 write x invoke 1\n1 1 write y invoke 2\n0 1 write x ok 1\n1 1 write y ok 2\n\
        2 1 read x invoke null\n2 1 read x ok 1\n2 2 read y invoke null\n2 2 read y ok null\n\
        3 1 read y invoke null\n3 1 read y ok 2\n3 2 read x invoke null\n3 2 read x ok null";
    let judged = judged(text);
    assert_eq!(judged.verdict(), Verdict::Violated, "{judged:?}");
    // The read that each of the four edges begins or ends with.
    assert_eq!(judged.findings[0].operations, [0, 2, 3, 1, 4, 5]);
}

#[test]
fn a_read_of_what_nobody_wrote_or_asked_for_yet_is_found() {
    let phantom = "0 1 write k invoke 1\n0 1 write k ok 1\n1 1 read k invoke null\n1 1 read k ok 7";
    assert_eq!(judged(phantom).verdict(), Verdict::Violated);
    let future = "1 1 read k invoke null\n1 1 read k ok 1\n0 1 write k invoke 1\n0 1 write k ok 1";
    assert_eq!(judged(future).verdict(), Verdict::Violated);
    let failed = "0 1 write k invoke 1\n0 1 write k fail 1\n1 1 read k invoke null\n1 1 read k ok 1";
    assert_eq!(judged(failed).verdict(), Verdict::Violated);
    let unknown = failed.replace("fail", "info");
    assert_eq!(judged(&unknown).verdict(), Verdict::Holds);
}

#[test]
fn a_stale_read_behind_a_sync_is_found() {
    let stale = "\
        0 1 write k invoke 1\n0 1 write k ok 1\n\
        1 1 sync k invoke null\n1 1 sync k ok null\n\
        1 2 read k invoke null\n1 2 read k ok null";
    let judged = judged(stale);
    assert_eq!(judged.findings.iter().map(|found| found.property).collect::<Vec<_>>(), [sync::PROPERTY.name]);
    let expected = "no order is left, since these go round in a circle: write k 1 (process 0, lines 1 and 2), then, behind \
                    a sync that was sent later, read k = null (process 1, lines 5 and 6), then, which overwrites what \
                    that one saw or wrote, the first again";
    assert_eq!(judged.findings[0].sentence, expected);
    // What was not acknowledged is not owed, whoever saw it.
    let seen =
        stale.replace("0 1 write k ok 1", "0 1 write k info 1\n2 1 read k invoke null\n2 1 read k ok 1");
    assert_eq!(super::tests::judged(&seen).verdict(), Verdict::Holds);
    let plain = stale.replace("sync", "read");
    assert_eq!(super::tests::judged(&plain).verdict(), Verdict::Holds);
}

#[test]
fn values_that_are_written_twice_leave_it_unknown_unless_nobody_reads_them() {
    let twice = "\
        0 1 write k invoke 1\n0 1 write k ok 1\n0 2 write k invoke 1\n0 2 write k ok 1\n\
        1 1 read k invoke null\n1 1 read k ok 1";
    let judged = judged(twice);
    assert_eq!(judged.verdict(), Verdict::Unknown);
    assert!(judged.unknown.as_ref().is_some_and(|why| why.contains(" k ")), "{judged:?}");
    // Another key is judged all the same.
    let other = "\n2 1 read j invoke null\n2 1 read j ok 5";
    assert_eq!(super::tests::judged(&format!("{twice}{other}")).verdict(), Verdict::Violated);
    let unread = twice.replace("read k ok 1", "read k ok null");
    assert_eq!(super::tests::judged(&unread).verdict(), Verdict::Holds);
}

#[test]
fn two_successes_of_one_compare_and_set_are_found() {
    let both = "\
        0 1 cas k invoke [null,1]\n1 1 cas k invoke [null,2]\n0 1 cas k ok [null,1]\n1 1 cas k ok [null,2]";
    assert_eq!(judged(both).verdict(), Verdict::Violated);
    let row = both
        .replace("1 1 cas k invoke [null,2]", "1 1 cas k invoke [1,2]")
        .replace("ok [null,2]", "ok [1,2]");
    assert_eq!(judged(&row).verdict(), Verdict::Holds);
}

/// Real time, sessions and reads of a plain history, by the number of its processes.
#[test]
fn the_order_of_the_lines_is_the_real_time_of_writes() {
    let mut by_process: BTreeMap<i64, usize> = BTreeMap::new();
    let text = "\
        0 1 write k invoke 1\n0 1 write k ok 1\n1 1 write k invoke 2\n1 1 write k ok 2\n\
        2 1 read k invoke null\n2 1 read k ok 2\n2 2 read k invoke null\n2 2 read k ok 1";
    for op in &history(&lines(text)).operations {
        *by_process.entry(op.process).or_default() += 1;
    }
    assert_eq!(by_process[&2], 2);
    assert_eq!(judged(text).verdict(), Verdict::Violated);
    // Writes that overlap may be in either order.
    let overlap = text.replace(
        "0 1 write k invoke 1\n0 1 write k ok 1\n1 1 write k invoke 2\n",
        "0 1 write k invoke 1\n1 1 write k invoke 2\n0 1 write k ok 1\n",
    );
    assert_eq!(judged(&overlap).verdict(), Verdict::Holds);
}
