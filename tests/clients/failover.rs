//! How a client finds a server, and the next one.

use super::*;
use zablab_protocol::{Refused, SessionId};

const SEEDS: u64 = 40;

/// From the loss of a server until the client dials the next, and when and which that was.
fn back_off<'r>(ran: &'r Ran, client: &str, lost: u64) -> (u64, &'r str) {
    let next = ran.log.dialled.iter().find(|(at, from, _)| from == client && *at > lost).unwrap();
    (next.0 - lost, &next.2)
}

#[test]
fn the_next_server_is_tried_within_a_second() {
    let mut waits = Vec::new();
    for seed in 0..SEEDS {
        let ran = run_three(
            "client c at zk1 zk2 zk3 timeout 6s\nat 3s start c\nat 5s kill zk1\nby 7s expect c connected to zk2\nat 8s expect c sessions 1",
            seed,
        );
        let (lost, server, silent) = ran.lost("c")[0];
        assert!((5 * SECOND..=5 * SECOND + LATENCY).contains(&lost) && server == 1 && silent.is_none());
        let (wait, whom) = back_off(&ran, "c", lost);
        assert!(wait <= SECOND && whom == "zk2", "seed {seed}: {wait}");
        waits.push(wait);
    }
    waits.sort_unstable();
    assert!(
        waits[0] < SECOND / 5 && waits[waits.len() - 1] > SECOND * 4 / 5,
        "drawn from the whole second: {waits:?}"
    );
}

#[test]
fn after_all_servers_have_been_tried_a_second_more_passes() {
    for seed in 0..SEEDS {
        let ran = run_three(
            "client c at zk2 zk1 timeout 6s\nset zk1 boot 10s\nset zk2 boot 10s\nat 1s start c\nat 9s end",
            seed,
        );
        let failures = ran.failed("c");
        assert!(failures.len() >= 4, "{failures:?}");
        let servers: Vec<i64> = failures.iter().map(|(_, server)| *server).collect();
        assert!(servers.iter().zip([2, 1].iter().cycle()).all(|(a, b)| a == b), "in turn: {servers:?}");
        for (number, (at, _)) in failures.iter().enumerate().take(failures.len() - 1) {
            let (wait, _) = back_off(&ran, "c", *at);
            let all_tried = number % 2 == 1;
            let bounds = if all_tried { SECOND..=2 * SECOND } else { 0..=SECOND };
            assert!(bounds.contains(&wait), "seed {seed}, attempt {number}: {wait}");
        }
    }
}

#[test]
fn a_silent_server_is_given_up_after_two_thirds_of_the_time_out() {
    for seed in 0..SEEDS {
        let at = 4000 + 53 * seed;
        let ran = run_three(
            &format!("client c at zk1 zk2 timeout 6s\nat 3s start c\nat {at}ms cut c from zk1\nat 20s end"),
            seed,
        );
        let heard =
            ran.log.got.iter().filter(|(_, to, from, _)| to == "c" && from == "zk1").map(|(at, ..)| *at);
        let heard = heard.max().unwrap();
        let (lost, server, silent) = ran.lost("c")[0];
        assert_eq!((lost - heard, server, silent), (4 * SECOND, 1, Some(4000)), "seed {seed}");
        assert_eq!(ran.lost("c").len(), 1, "seed {seed}");
        let connected = ran.connected("c");
        assert_eq!(
            connected.iter().map(|(_, server, fresh)| (*server, *fresh)).collect::<Vec<_>>(),
            [(1, true), (2, false)]
        );
        assert!((lost..=lost + SECOND + 8 * LATENCY).contains(&connected[1].0), "seed {seed}");
    }
}

#[test]
fn a_connection_may_take_its_share_of_the_time_out() {
    let ran = run(
        "client c at zk1 zk2 zk3 timeout 6s\nat 2s cut c from zk1 zk2\nat 3s start c\nby 8.5s expect c connected to zk3",
    );
    let [(first, 1), (second, 2)] = ran.failed("c")[..] else { panic!("{:?}", ran.failed("c")) };
    assert_eq!(first, 5 * SECOND);
    let (wait, _) = back_off(&ran, "c", first);
    assert_eq!(second, first + wait + 2 * SECOND);
}

#[test]
fn a_heartbeat_keeps_an_idle_session_and_its_server() {
    for timeout in [1500, 3000, 9000] {
        let ran = run(&format!(
            "client c at zk1 timeout {timeout}ms\nat 3s start c\nfrom 3.1s to 60s expect c connected to zk1\nat 60s expect c sessions 1"
        ));
        let pings = ran.got("zk1", "c", "CLIENTPING");
        for pair in pings.windows(2) {
            let apart = pair[1] - pair[0];
            let due = timeout * 2 / 3 / 2 * MILLI;
            assert!(apart.abs_diff(due) <= LATENCY, "{apart} for {timeout} ms");
        }
        assert!(pings.len() as u64 > 50_000 / timeout * 2, "{}", pings.len());
    }
}

#[test]
fn a_server_that_has_seen_less_sends_the_client_on() {
    let ran = run(
        "client c at zk3 zk1 zk2 timeout 6s\nat 3s start c\nat 4s hold COMMIT zk3 to zk1\n   c create /a 1\n\
         by 4.1s expect c last ok\nat 4.2s refuse c from zk3\n   reset c from zk3\nby 7s expect c connected to zk2\n\
         at 7s c get /a\nby 7.1s expect c saw /a data 1\nat 8s release\n   expect c sessions 1",
    );
    let refused = ran.log.decided.iter().find_map(|(_, name, decision)| match decision {
        Decision::ClientRefused { why: Refused::HasSeenMore { seen, last } } => {
            Some((&**name, seen.0, last.0))
        }
        _ => None,
    });
    assert_eq!(refused, Some(("zk1", 0x1_0000_0002, 0x1_0000_0001)));
    assert_eq!(ran.failed("c").iter().map(|(_, server)| *server).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_server_without_a_leader_serves_nobody() {
    let ran = run(
        "client c at zk1 timeout 4s\nat 3s start c\nat 4s kill zk2 zk3\nby 7.5s expect c disconnected\n\
         from 9s to 20s expect c disconnected\nat 20s start all\nby 25s expect c connected to zk1\n   expect c sessions 1",
    );
    let refusals = ran
        .log
        .decided
        .iter()
        .filter(|(_, _, d)| matches!(d, Decision::ClientRefused { why: Refused::NotServing }));
    let closed = ran.failed("c").len();
    assert!(closed > 3 && refusals.count() <= closed, "{closed}");
}

#[test]
fn an_observer_serves_clients() {
    let text = THREE.replace("zk3\n", "zk3 zk9:observer\n")
        + "client c at zk9 timeout 4s\nclient d at zk1\nat 3s start c d\n\
         at 4s c create /a 1 ephemeral\nat 4.1s d get /a watch\nat 4.2s c set /a 2\nby 4.3s expect d notified /a 1\n\
         at 4.4s d set /a 3\nat 4.5s c sync\n   c get /a\nby 4.6s expect c saw /a data 3 ephemeralOwner c\n\
         from 3.1s to 20s expect c connected to zk9\nat 20s kill c\nby 26s expect zk9 no /a\n";
    run_seed(&text, 0);
}

#[test]
fn a_server_alone_serves_clients() {
    let ran = run_seed(
        "ensemble zk1\nclient c timeout 5s\nat 0s start all\nat 2s start c\nat 3s c create /a 1 ephemeral\n\
         by 3.1s expect c saw /a czxid 0x2 ephemeralOwner c\nat 4s restart zk1\nby 9s expect c connected to zk1\n\
         at 9s c get /a\nby 9.1s expect c saw /a data 1\n   expect c sessions 1\nat 10s kill c\nby 18s expect zk1 no /a\n",
        0,
    );
    assert_eq!(ran.decided("session-expiring").len(), 1);
}

/// The leader of a new epoch stands at its first zxid in memory only, and shows it: who has seen it is too far for the
/// followers until somebody writes.
#[test]
fn a_client_of_a_new_leader_is_ahead_of_its_followers() {
    let ran = run(
        "client c at zk2 zk1 timeout 6s\nat 3s start c\nat 4s c create /a\nat 5s kill zk3\n   refuse c from zk1\nby 8s expect leader zk2\n   \
         expect c connected to zk2\nat 8s c get /a\nat 9s heal\n   refuse c from zk2\n   reset c from zk2\nfrom 9.1s to 12s expect c disconnected\n\
         at 12s create /b at zk1\nby 16s expect c connected to zk1\n   expect c sessions 1",
    );
    let sessions: Vec<SessionId> = ran
        .told("c")
        .filter_map(|(_, event)| match event {
            ClientEvent::Connected { session, .. } => Some(*session),
            _ => None,
        })
        .collect();
    assert!(sessions.len() == 3 && sessions.iter().all(|session| *session == sessions[0]), "{sessions:?}");
}
