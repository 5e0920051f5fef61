//! What faults on a client's links, and on its server, do to it.

use super::*;
use zablab_protocol::ErrorCode;

#[test]
fn a_refused_client_goes_elsewhere_until_heal() {
    let ran = run(
        "client c at zk1 zk2 timeout 6s\nat 2s refuse c from zk1\nat 3s start c\nby 5s expect c connected to zk2\n\
         at 6s heal\n   reset c from zk2\nby 8s expect c connected to zk1\n   expect c sessions 1",
    );
    let (at, server) = ran.failed("c")[0];
    assert!(server == 1 && (3 * SECOND..=3 * SECOND + LATENCY).contains(&at), "{at}");
    // A connection that stands is not refused.
    run(
        "client c at zk1 timeout 6s\nat 3s start c\nat 4s refuse c from zk1\nfrom 4s to 30s expect c connected to zk1",
    );
}

#[test]
fn a_reset_is_known_at_once() {
    let ran = run(
        "client c at zk1 zk2 timeout 6s\nat 3s start c\nat 5s reset c from zk1\nby 7s expect c connected to zk2\n   expect c sessions 1",
    );
    let (at, _, silent) = ran.lost("c")[0];
    assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&at) && silent.is_none());
}

#[test]
fn an_answer_that_is_cut_off_leaves_the_outcome_unknown() {
    let ran = run(
        "client c at zk1 zk2 timeout 3s\nat 3s start c\nat 4s cut zk1 to c\n   c create /a 1\nby 4.1s expect zk2 data /a 1\n\
         by 6.1s expect c last ConnectionLoss\n   expect failed 1\nby 8s expect c connected to zk2\n   expect c sessions 1\n\
         at 8s c get /a\nby 8.1s expect c saw /a data 1",
    );
    assert_eq!(ran.completed("c")[0].1.result, Err(ErrorCode::ConnectionLoss));
    assert_eq!(ran.completed("c")[0].1.server, None);
}

#[test]
fn a_request_that_is_cut_off_has_no_effect_until_the_link_heals() {
    run(
        "client c at zk1 zk2 timeout 3s\nat 3s start c\nat 4s cut c to zk1\n   c create /a 1\nby 6.1s expect c last ConnectionLoss\n\
         by 8s expect c connected to zk2\nat 9s c get /a\nby 9.1s expect c saw no /a\n   expect c sessions 1",
    );
    // Healed in time, it arrives late.
    let ran = run(
        "client c at zk1 zk2 timeout 6s\nat 3s start c\nat 4s cut c to zk1\n   c create /a 1\nat 5s expect pending 1\n   \
         expect zk1 no /a\n   heal c to zk1\nby 5.1s expect c last ok\n   expect zk1 data /a 1\nat 20s expect c connected to zk1",
    );
    assert_eq!(ran.lost("c"), []);
}

#[test]
fn heal_brings_back_each_kind_of_fault() {
    for fault in [
        "cut c from all",
        "cut all to c",
        "cut c to all",
        "cut c from all on client",
        "refuse c from all\n   reset c from all",
    ] {
        run(&format!(
            "client c timeout 10s\nat 3s start c\nat 4s {fault}\nby 10.7s expect c disconnected\n\
             at 10.7s expect c disconnected\n   heal\nby 16s expect c connected\nat 25s expect c connected\n   expect c sessions 1"
        ));
    }
    run(
        "client c at zk1 timeout 10s\nclient d at zk1 timeout 10s\nat 3s start c d\nat 4s cut c from zk1\n   cut d from zk1\nby 10.7s expect c disconnected\n   \
         expect d disconnected\nat 10.7s heal c from zk1\nby 16s expect c connected to zk1\nfrom 16s to 20s expect d disconnected",
    );
}

#[test]
fn a_held_reply_comes_when_it_is_released() {
    let ran = run(
        "client c at zk1 timeout 9s\nat 3s start c\nat 4s hold REPLY zk1 to c\n   c create /a 1\n   c set /a 2\nby 4.1s expect zk1 data /a 2\n\
         from 4s to 6s expect pending 2\nat 6s release REPLY zk1 to c\nby 6.1s expect pending 0\n   expect c last ok\nat 20s expect c connected to zk1",
    );
    let done = ran.completed("c");
    assert!(done.iter().all(|(at, _)| *at == 6 * SECOND), "{done:?}");
    assert!(done[0].1.zxid < done[1].1.zxid);
}

#[test]
fn a_held_request_arrives_when_it_is_released() {
    let ran = run(
        "client c at zk1 timeout 9s\nat 3s start c\nat 4s hold CLIENTREQUEST c to zk1\n   c create /a 1\nfrom 4s to 6s expect zk1 no /a\n\
         at 6s release\nby 6.1s expect c last ok\nat 20s expect c connected to zk1",
    );
    assert!(
        ran.got("zk1", "c", "CLIENTREQUEST")
            .iter()
            .all(|at| !(4 * SECOND + LATENCY..6 * SECOND).contains(at))
    );
}

#[test]
fn nobody_says_that_a_machine_without_power_is_gone() {
    let ran = run(
        "client c at zk1 zk2 timeout 6s\nat 3s start c\nat 5s power-off zk1\nfrom 5s to 7s expect c connected to zk1\nby 9s expect c disconnected\n\
         by 11s expect c connected to zk2\n   expect c sessions 1",
    );
    assert_eq!(ran.lost("c")[0].2, Some(4000), "two thirds of its time-out");
    // It is back before that, and knows nothing of the connection: the next packet finds out.
    let ran = run(
        "client c at zk1 zk2 timeout 9s\nset zk1 boot 100ms\nat 3s start c\nat 5s power-off zk1\nat 5.2s start zk1\n\
         by 9.2s expect c connected to zk2\n   expect c sessions 1",
    );
    let (at, _, silent) = ran.lost("c")[0];
    assert!(silent.is_none() && at < 5 * SECOND + 4 * SECOND, "{at}");
}

#[test]
fn a_server_that_stands_still_is_given_up() {
    let ran = run(
        "client c at zk1 zk2 timeout 6s\nat 3s start c\nat 5s pause zk1\n   c create /a\nby 11s expect c connected to zk2\n   \
         expect c last ConnectionLoss\nat 12s resume zk1\nat 15s expect c connected to zk2\n   expect c sessions 1",
    );
    assert_eq!(ran.lost("c")[0].2, Some(4000));
}

#[test]
fn requests_in_flight_fail_in_their_order_and_those_behind_them_go_on() {
    let ran = run(
        "client c at zk1 zk2 timeout 6s\nat 3s start c\nat 4s hold zk1 commit-applier\n   c create /a\n   c create /b\n   c get /a\nat 4.5s kill zk1\n\
         at 4.6s c create /d\nby 7s expect c last ok\n   expect zk2 stat /d dataLength 0",
    );
    let done: Vec<(i32, bool)> =
        ran.completed("c").iter().map(|(_, done)| (done.origin.cxid, done.result.is_ok())).collect();
    assert_eq!(done, [(1, false), (2, false), (3, false), (4, true)]);
}

/// What was asked for between two servers waits for the next; where that one cannot be reached either it is given up.
#[test]
fn what_is_asked_between_servers_is_given_up_with_the_next_failure() {
    run(
        "client c at zk1 zk2 zk3 timeout 6s\nat 3s start c\nat 4s refuse c from zk2\n   reset c from zk1\nby 4.1s expect c disconnected\n\
         at 4.1s c create /a\nby 5.2s expect c last ConnectionLoss\nby 7s expect c connected to zk3\n   expect zk3 no /a",
    );
}
