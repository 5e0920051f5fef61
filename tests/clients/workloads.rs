//! Workloads: how many operations, which, on what, and how fast.

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use zablab_sim::history::Type;

/// What was begun; a write that found no znode to set, or one where it would make one, is begun again the other way.
fn invokes(ran: &Ran) -> Vec<&Event> {
    let again = |event: &&Event| event.kind == Type::Fail && event.f == "write";
    let again: BTreeSet<_> =
        ran.history().iter().filter(again).map(|event| (event.process, event.xid)).collect();
    let begins = |event: &&Event| event.kind == Type::Invoke && !again.contains(&(event.process, event.xid));
    ran.history().iter().filter(begins).collect()
}

/// How many operations of each kind began.
fn begun(ran: &Ran) -> BTreeMap<&'static str, usize> {
    let mut begun = BTreeMap::new();
    for event in invokes(ran) {
        *begun.entry(event.f).or_default() += 1;
    }
    begun
}

fn workload(words: &str) -> Ran {
    run(&format!(
        "workload w clients 4 operations 400 {words}\nat 3s start w\nby 200s expect pending 0\nat 200s expect failed 0"
    ))
}

#[test]
fn the_number_of_operations_is_exact() {
    for (words, f) in
        [("reads 1", "read"), ("writes 1", "write"), ("sync-reads 1", "sync"), ("locks 1", "lock")]
    {
        let ran = workload(words);
        assert_eq!(begun(&ran)[f], 400, "{words}");
        let over = ran.history().iter().filter(|event| event.f == f && event.kind == Type::Ok).count();
        assert_eq!(over, 400, "{words}");
    }
    let ran = workload("queues 1");
    assert_eq!(begun(&ran)["put"] + begun(&ran)["take"], 400);
    // Each begins with a read, and goes on where something is there.
    let ran = workload("writes 1 cas 1");
    let begun = begun(&ran);
    assert_eq!(begun["write"] + begun["read"], 400);
    assert!(begun["cas"] <= begun["read"] && begun["cas"] > 150, "{begun:?}");
    let failed = ran.history().iter().filter(|event| event.f == "cas" && event.kind == Type::Fail).count();
    assert!(failed > 0, "four clients on one znode");
}

#[test]
fn the_mix_is_what_the_weights_say() {
    let begun = begun(&workload("reads 3 writes 1"));
    assert_eq!(begun.values().sum::<usize>(), 400);
    assert!((260..=340).contains(&begun["read"]), "{begun:?}");
    assert_eq!(begun.keys().copied().collect::<Vec<_>>(), ["read", "write"]);
}

#[test]
fn every_value_is_written_once_and_every_znode_is_used() {
    let ran = workload("reads 1 writes 2 cas 2 keys 5");
    let written = |event: &&&Event| matches!(event.f, "write" | "cas");
    let value = |event: &Event| if event.f == "cas" { event.value[1].clone() } else { event.value.clone() };
    let values: Vec<String> =
        invokes(&ran).iter().filter(written).map(|event| value(event).to_string()).collect();
    assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), values.len());
    let keys: BTreeSet<&str> = ran.history().iter().map(|event| &*event.key).collect();
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["/w/k0", "/w/k1", "/w/k2", "/w/k3", "/w/k4"]);
}

#[test]
fn values_stay_unique_over_sessions_and_restarts() {
    let ran = run(
        "workload w clients 3 operations 900 writes 1 think 10ms..50ms timeout 1s\nat 3s start w\nat 4s restart w1\nat 5s kill w2\nat 5.5s start w2\n\
         at 6s pause w3\nat 9s resume w3\nby 60s expect pending 0",
    );
    let values: Vec<String> = invokes(&ran).iter().map(|event| event.value.to_string()).collect();
    assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), values.len());
    let processes: BTreeSet<u32> = ran.history().iter().map(|event| event.process).collect();
    assert_eq!(processes.len(), 6, "three sessions, two by restarts, and one after an expiry");
}

#[test]
fn a_client_thinks_between_an_answer_and_the_next_request() {
    let ran = run(
        "workload w clients 2 operations 100 reads 1 think 20ms..30ms\nat 3s start w\nby 60s expect pending 0",
    );
    let mut answered: BTreeMap<u32, u64> = BTreeMap::new();
    let mut pauses = Vec::new();
    for event in ran.history() {
        if event.kind == Type::Invoke {
            pauses.extend(answered.get(&event.process).map(|at| event.time - at));
        } else {
            answered.insert(event.process, event.time);
        }
    }
    assert_eq!(pauses.len(), 98);
    assert!(pauses.iter().all(|pause| (20 * MILLI..=30 * MILLI).contains(pause)), "{pauses:?}");
    assert!(pauses.iter().max().unwrap() - pauses.iter().min().unwrap() > 7 * MILLI);
}

#[test]
fn clients_begin_at_one_server_each_in_turn() {
    let ran = run("workload w clients 4 operations 4 reads 1\nclient c\nat 3s start w c\nat 5s end");
    let first = |client: &str| ran.connected(client)[0].1;
    assert_eq!(["w1", "w2", "w3", "w4", "c"].map(first), [1, 2, 3, 1, 1]);
    let ran = run("workload w clients 3 operations 4 reads 1 at zk2 zk3\nat 3s start w\nat 5s end");
    assert_eq!(["w1", "w2", "w3"].map(|client| ran.connected(client)[0].1), [2, 3, 2]);
}

#[test]
fn a_client_whose_session_is_over_begins_another() {
    let ran = run(
        "workload w clients 2 operations 200 reads 1 writes 1 think 50ms timeout 1s\nat 3s start w\nat 4s cut w1 from all\nby 8s expect zk1 sessions 1\n\
         at 10s heal\nby 16s expect w1 connected\n   expect w1 sessions 2\nby 60s expect pending 0",
    );
    assert_eq!(ran.told("w1").filter(|(_, event)| matches!(event, ClientEvent::Expired { .. })).count(), 1);
    assert!(ran.history().iter().any(|event| event.process == 2 && event.kind == Type::Ok));
}

#[test]
fn a_closed_client_does_nothing_more_and_the_others_go_on() {
    let ran = run(
        "workload w clients 2 operations 200 reads 1 think 10ms\nat 3s start w\nat 3.5s close w1\nby 3.6s expect w1 closed\nby 20s expect pending 0\n\
         at 20s expect w2 connected",
    );
    let of = |process: u32| {
        ran.history().iter().filter(|event| event.process == process && event.kind == Type::Invoke).count()
    };
    assert!(of(0) < 60 && of(0) + of(1) == 200, "{} and {}", of(0), of(1));
    assert!(ran.history().iter().all(|event| event.kind != Type::Fail));
    let ran = run(
        "workload w clients 2 operations 20000 reads 1\nat 3s start w\nat 3.2s close w\nby 3.3s expect zk1 sessions 0\nat 4s expect pending 0",
    );
    assert!(begun(&ran)["read"] < 2000, "{:?}", begun(&ran));
}

#[test]
fn nothing_is_asked_before_a_client_starts_and_after_it_is_killed() {
    let ran = run(
        "workload w clients 2 operations 100000 reads 1 think 10ms\nat 4s start w\nat 5s kill w\nat 8s expect pending 0",
    );
    let times: Vec<u64> = ran.history().iter().map(|event| event.time).collect();
    assert!(times.iter().all(|at| (4 * SECOND..=5 * SECOND).contains(at)));
}
