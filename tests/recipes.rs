//! The recipes for locks and queues keep what they promise when the leader goes in their midst: one holder at a time,
//! everything in its order. The number of seeds is a twentieth of `ZABLAB_TEST_SEEDS` (default 800).

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use serde_json::Value;
use zablab_sim::consistency::Finding;
use zablab_sim::consistency::recipes;
use zablab_sim::history::{self, Event, History, Type};
use zablab_sim::run::{Ending, Outcome, Run};
use zablab_sim::scenario::Scenario;

const NOTHING: [Finding; 0] = [];

/// When two have a lock, by what they believe or certainly.
fn two_holders(history: &[Event]) -> Vec<Finding> {
    let judged = recipes::lock::judge(&History::of_run(history, &[]).unwrap());
    judged.findings.into_iter().chain(judged.notes).collect()
}

fn wrong_queue(history: &[Event]) -> Vec<Finding> {
    recipes::queue::judge(&History::of_run(history, &[]).unwrap())
}

/// Four clients contend for a lock and a queue, two more for the lock; alice has it, and bob waits for it, when the
/// leader goes.
const CONTENDED: &str = "\
ensemble zk1 zk2 zk3
set tickTime 500
client alice timeout 8s
client bob at zk3 zk2 zk1 timeout 8s
workload w clients 4 operations 240 locks 1 queues 2 think 5ms..60ms timeout 8s
at 0s start all
at 3s start alice bob w
at 5s alice lock /w/lock
by 9s expect alice holds /w/lock
at 9s bob lock /w/lock
by 9.5s expect bob waits /w/lock
from 0s to 90s expect holders /w/lock 0..1
at 30s expect alice holds /w/lock
   expect bob waits /w/lock
   alice unlock /w/lock
by 40s expect bob holds /w/lock
at 40s bob unlock /w/lock
at 41s alice put /w/queue last
by 90s expect pending 0
at 90s expect alice sessions 1
   expect bob sessions 1
   expect available
";

/// What befalls the leader.
const FAULTS: [&str; 5] = [
    "at 10s kill leader\n",
    "at 10s power-off leader\n",
    "at 10s restart leader\nat 16s restart leader\n",
    "at 10s pause leader\nat 18s resume all\n",
    "at 10s cut leader from all\nat 18s heal\n",
];

fn run(text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse("recipes", text).unwrap_or_else(|error| panic!("{error}"));
    let outcome = Run::new("recipes", text, &scenario, seed).unwrap().finish(&mut []).unwrap();
    assert_eq!(outcome.violations, [], "seed {seed}:\n{text}");
    assert_eq!(outcome.ending, Ending::Complete, "seed {seed}");
    outcome
}

/// How many of these took effect.
fn count(history: &[Event], f: &str) -> usize {
    history
        .iter()
        .filter(|event| event.f == f && event.kind == Type::Ok && (f != "take" || !event.value.is_null()))
        .count()
}

#[test]
fn one_holder_and_one_order_whatever_befalls_the_leader() {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(800u64) / 20;
    let (mut locks, mut takes) = (0, 0);
    for seed in 0..seeds {
        let text = format!("{CONTENDED}{}", FAULTS[seed as usize % FAULTS.len()]);
        let outcome = run(&text, seed);
        assert_eq!(outcome.unmet, [], "seed {seed}:\n{text}");
        assert_eq!(two_holders(&outcome.history), NOTHING, "seed {seed}:\n{text}");
        assert_eq!(wrong_queue(&outcome.history), NOTHING, "seed {seed}:\n{text}");
        locks += count(&outcome.history, "lock");
        takes += count(&outcome.history, "take");
    }
    assert!(locks as u64 > 40 * seeds, "hardly anybody locks: {locks} times");
    assert!(takes as u64 > 30 * seeds, "hardly anybody takes: {takes} items");
}

// Each judge speaks.

/// A client that stands still believes in a lock that it has lost.
const STALE: &str = "\
ensemble zk1 zk2 zk3
client alice timeout 4s
client bob timeout 4s
at 0s start all
at 3s start alice bob
at 4s alice lock /lock
by 5s expect alice holds /lock
at 6s pause alice
   bob lock /lock
by 20s expect bob holds /lock
from 0s to 30s expect holders /lock 0..1
at 20s resume alice
   alice unlock /lock
at 21s bob unlock /lock
at 30s end
";

#[test]
fn a_holder_that_stands_still_beyond_its_session_is_seen_as_a_second_one() {
    let outcome = run(STALE, 0);
    let unmet: Vec<(&str, &str)> =
        outcome.unmet.iter().map(|unmet| (&*unmet.expected, &*unmet.instead)).collect();
    assert_eq!(unmet, [("from 0s to 30s expect holders /lock 0..1", "alice, bob hold /lock")]);
    let wrong = two_holders(&outcome.history);
    assert!(wrong.len() == 1 && wrong[0].sentence.contains("got a lock that"), "{wrong:?}");
    // Without the pause it is as it should be.
    let awake = STALE
        .replace("at 6s pause alice\n   bob", "at 6s bob")
        .replace("at 20s resume alice\n", "at 8s alice unlock /lock\n   bob get /lock\n");
    let awake = awake.replace("   alice unlock /lock\n", "");
    let outcome = run(&awake, 0);
    assert_eq!(outcome.unmet, [], "{awake}");
    assert_eq!(two_holders(&outcome.history), NOTHING);
}

/// A history in which one thing is other than it was.
fn doctored(history: &[Event], change: impl Fn(&mut Vec<Event>)) -> Vec<Event> {
    let mut history = history.to_vec();
    change(&mut history);
    history
}

#[test]
fn two_holders_whose_sessions_are_alive_are_found() {
    // Process 1 gets the lock at zxid 5, while process 0, which has it, is still answered at zxid `seen`, before it unlocks.
    let history = |seen: u64, unlock: &str| {
        let text = format!(
            r#"{{"process":0,"xid":1,"type":"invoke","f":"lock","key":"/l","value":null,"time":0}}
{{"process":0,"xid":1,"type":"ok","f":"lock","key":"/l","value":null,"time":1,"zxid":4}}
{{"process":1,"xid":1,"type":"invoke","f":"lock","key":"/l","value":null,"time":2}}{unlock}
{{"process":1,"xid":1,"type":"ok","f":"lock","key":"/l","value":null,"time":4,"zxid":5}}
{{"process":0,"xid":3,"type":"invoke","f":"read","key":"/a","value":null,"time":5}}
{{"process":0,"xid":3,"type":"ok","f":"read","key":"/a","value":null,"time":6,"zxid":{seen}}}
"#
        );
        recipes::lock::judge(&history::read(text.as_bytes()).unwrap().history)
    };
    let judged = history(5, "");
    let [finding] = &judged.findings[..] else { panic!("{judged:?}") };
    assert_eq!((finding.property, &finding.operations[..]), (recipes::lock::PROPERTY.name, &[1, 0, 2][..]));
    // A server that lags behind may not know yet that the session is over.
    let late = history(4, "");
    assert_eq!((late.findings.len(), late.notes.len()), (0, 1), "{late:?}");
    let unlocked = history(
        5,
        "\n{\"process\":0,\"xid\":2,\"type\":\"invoke\",\"f\":\"unlock\",\"key\":\"/l\",\"value\":null,\"time\":3}",
    );
    assert_eq!((unlocked.findings.len(), unlocked.notes.len()), (0, 0), "{unlocked:?}");
}

#[test]
fn an_unlock_that_comes_too_late_is_found() {
    let history = run(&format!("{CONTENDED}{}", FAULTS[0]), 0).history;
    let is_unlock = |event: &Event| event.f == "unlock" && event.kind == Type::Invoke;
    let mut tried = 0;
    for at in (0..history.len()).filter(|at| is_unlock(&history[*at])) {
        let locked = |event: &Event| event.f == "lock" && event.kind == Type::Ok;
        let Some(next) = (at..history.len()).find(|at| locked(&history[*at])) else { continue };
        let locked_next = history[next].clone();
        let late = doctored(&history, |history| {
            let unlock = history.remove(at);
            // Its end comes behind it.
            let end =
                history.iter().position(|event| (event.process, event.xid) == (unlock.process, unlock.xid));
            let end = history.remove(end.unwrap());
            let next = history.iter().position(|event| *event == locked_next).unwrap();
            history.splice(next + 1..next + 1, [unlock, end]);
        });
        assert_ne!(two_holders(&late), NOTHING, "line {}", at + 1);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn an_item_lost_doubled_swapped_or_invented_is_found() {
    let history = run(&format!("{CONTENDED}{}", FAULTS[0]), 0).history;
    let is_take = |event: &Event| event.f == "take" && event.kind == Type::Ok && !event.value.is_null();
    let takes: Vec<usize> = (0..history.len()).filter(|at| is_take(&history[*at])).collect();
    let unknown = history.iter().filter(|event| event.f == "take" && event.kind == Type::Info).count();
    assert!(takes.len() > 20);
    for pair in takes.windows(2) {
        let (one, other) = (pair[0], pair[1]);
        let value = |at: usize| history[at].value.clone();
        let swapped = doctored(&history, |history| {
            (history[one].value, history[other].value) = (value(other), value(one));
        });
        assert_ne!(wrong_queue(&swapped), NOTHING, "swapped");
        let doubled = doctored(&history, |history| history[other].value = value(one));
        assert_ne!(wrong_queue(&doubled), NOTHING, "doubled");
        let invented = doctored(&history, |history| history[one].value = 123_456.into());
        assert_ne!(wrong_queue(&invented), NOTHING, "invented");
    }
    // A take of unknown outcome may have each of so many.
    let lost = doctored(&history, |history| {
        takes[..=unknown].iter().for_each(|at| history[*at].value = Value::Null);
    });
    assert_ne!(wrong_queue(&lost), NOTHING, "lost");
}
