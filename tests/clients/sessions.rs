//! How long a session lives, and who says so.

use super::*;

const TICK: u64 = SECOND / 2;

#[test]
fn the_time_out_is_what_was_asked_for_within_the_servers_bounds() {
    let negotiated = |settings: &str, asked: u64| {
        let text = THREE.replace("set tickTime 500\n", settings);
        let ran = run_seed(
            &format!(
                "{text}client c timeout {asked}ms\nat 3s start c\nby 4s expect c connected\nat 5s end\n"
            ),
            0,
        );
        let timeout = ran.told("c").find_map(|(_, event)| match event {
            ClientEvent::Connected { timeout, .. } => Some(timeout.0),
            _ => None,
        });
        timeout.unwrap()
    };
    for (asked, expected) in
        [(100, 4000), (3999, 4000), (4001, 4001), (30_000, 30_000), (40_000, 40_000), (90_000, 40_000)]
    {
        assert_eq!(negotiated("", asked), expected);
    }
    for (asked, expected) in [(100, 1000), (1700, 1700), (30_000, 10_000)] {
        assert_eq!(negotiated("set tickTime 500\n", asked), expected);
    }
    let bounds = "set minSessionTimeout 7000\nset maxSessionTimeout 9000\n";
    for (asked, expected) in [(100, 7000), (8000, 8000), (30_000, 9000)] {
        assert_eq!(negotiated(bounds, asked), expected);
    }
    // Each server has its own.
    assert_eq!(negotiated("set zk1 minSessionTimeout 12000\n", 5000), 12_000);
    assert_eq!(negotiated("set zk2 minSessionTimeout 12000\n", 5000), 5000);
}

/// When the server last heard of the client, and when the leader let its session expire.
fn last_and_expiry(ran: &Ran, server: &str) -> (u64, u64) {
    let heard = ran.log.got.iter().filter(|(_, to, from, _)| to == server && from == "c").map(|(at, ..)| *at);
    let expiring = ran.decided("session-expiring");
    assert_eq!(expiring.len(), 1, "{expiring:?}");
    (heard.max().unwrap(), expiring[0].0)
}

#[test]
fn a_session_expires_between_its_time_out_and_a_tick_after_its_last_sign_of_life() {
    let mut over = Vec::new();
    for (seed, timeout) in (0..60).zip([1000, 1700, 3000].into_iter().cycle()) {
        let end = ["cut c from all", "kill c", "pause c"][seed as usize / 3 % 3];
        let at = 4000 + 37 * seed;
        let text = format!(
            "client c at zk3 timeout {timeout}ms\nat 3s start c\nat 3.5s c create /a ephemeral\nat {at}ms {end}\nat 14s end"
        );
        let ran = run_three(&text, seed);
        let (heard, expired) = last_and_expiry(&ran, "zk3");
        over.push((expired - heard) as i64 - (timeout * MILLI) as i64);
        for node in &ran.outcome.ensemble.nodes {
            assert!(node.peer().unwrap().tree().get("/a").is_none(), "{}", node.name);
        }
    }
    over.sort_unstable();
    // The leader's clock shows whole milliseconds.
    let (least, most, milli) = (over[0], over[over.len() - 1], MILLI as i64);
    assert!(least > -milli && most <= TICK as i64 + milli, "{over:?}");
    assert!(most - least > TICK as i64 / 2, "whatever the phase: {over:?}");
}

#[test]
fn at_a_follower_the_leader_hears_of_it_with_the_next_ping() {
    for (seed, timeout) in (0..60).zip([1000, 1700, 3000].into_iter().cycle()) {
        let at = 4000 + 37 * seed;
        let text = format!(
            "client c at zk1 timeout {timeout}ms\nat 3s start c\nat {at}ms cut c from all\nat 14s end"
        );
        let (heard, expired) = last_and_expiry(&run_three(&text, seed), "zk1");
        let after = expired - heard + MILLI;
        let longest = timeout * MILLI + TICK + TICK / 2 + 4 * LATENCY;
        assert!((timeout * MILLI..=longest).contains(&after), "seed {seed}: {after}");
    }
}

#[test]
fn a_session_outlives_its_leader() {
    for end in ["kill zk3", "power-off zk3", "restart zk3", "pause zk3"] {
        for at in ["zk3 zk1 zk2", "zk1 zk2 zk3"] {
            run(&format!(
                "client c at {at} timeout 6s\nat 3s start c\nat 4s c create /e 1 ephemeral\nat 5s {end}\n\
                 by 16s expect c connected\nat 16s expect c sessions 1\n   expect available\n   c get /e\n\
                 by 16.1s expect c saw /e data 1 ephemeralOwner c"
            ));
        }
    }
}

/// A new leader gives every session its whole time-out anew.
#[test]
fn an_election_prolongs_a_session() {
    let expiry = |election: &str| {
        let ran =
            run(&format!("client c at zk1 timeout 6s\nat 3s start c\nat 5s kill c\n{election}at 30s end"));
        ran.decided("session-expiring")[0].0
    };
    let (quiet, disturbed) = (expiry(""), expiry("at 9s kill zk3\n"));
    assert!((9 * SECOND..=12 * SECOND).contains(&quiet), "{quiet}");
    assert!((15 * SECOND..=18 * SECOND).contains(&disturbed), "{disturbed}");
}

#[test]
fn who_stands_still_beyond_its_time_out_is_told_when_it_goes_on() {
    let ran = run(
        "client c at zk1 timeout 2s\nat 3s start c\nat 4s c create /e ephemeral\nat 5s pause c\nby 9s expect zk1 no /e\n\
         from 5s to 20s expect c connected\nat 20s resume c\nby 24s expect c expired\nat 25s c get /e\nby 25.1s expect c last SessionExpired",
    );
    assert_eq!(ran.told("c").filter(|(_, event)| matches!(event, ClientEvent::Expired { .. })).count(), 1);
    // Below it, nothing happens.
    let ran = run(
        "client c at zk1 timeout 4s\nat 3s start c\nat 5s pause c\nat 6s resume c\nat 20s expect c connected to zk1\n   expect c sessions 1",
    );
    assert_eq!(ran.lost("c"), []);
}

#[test]
fn a_cut_off_client_does_not_know_that_its_session_is_over_until_it_is_back() {
    run(
        "client c timeout 2s\nat 3s start c\nat 5s cut c from all\nby 9s expect zk1 sessions 0\nfrom 9s to 30s expect c disconnected\n\
         at 30s heal\nby 36s expect c expired\n   expect c sessions 1",
    );
}

#[test]
fn a_session_that_is_closed_takes_its_ephemerals_at_one_zxid() {
    let ran = run(
        "client c at zk1 timeout 6s\nat 3s start c\nat 4s c create /e ephemeral times 3\nat 5s close c\nby 5.1s expect c closed\n   \
         expect zk1 sessions 0\n   expect zk1 no /e00000\n   expect zk1 no /e00002\nat 6s expect zk1 zxid 0x100000005\n\
         at 7s c get /e00000\nby 7.1s expect c last SessionExpired\n   expect pending 0",
    );
    assert_eq!(ran.decided("session-expiring"), []);
}

#[test]
fn who_closes_while_cut_off_gives_up_with_the_attempt_and_expires_behind_its_back() {
    let ran = run(
        "client c at zk1 timeout 2s\nat 3s start c\nat 4s c create /e ephemeral\nat 5s cut c from all\nby 8s expect c disconnected\n\
         at 8s close c\nby 11s expect c closed\n   expect pending 0\n   expect failed 1\nat 20s expect zk1 sessions 0\n   expect zk1 no /e",
    );
    assert_eq!(ran.decided("session-expiring").len(), 1);
}

#[test]
fn a_restarted_client_has_a_new_session_and_the_old_one_expires() {
    run(
        "client c at zk1 timeout 4s\nat 3s start c\nat 4s c create /e ephemeral\nat 5s restart c\nby 6s expect c connected\n   expect c sessions 2\n   \
         expect zk1 sessions 2\n   expect zk1 stat /e dataLength 0\nby 11s expect zk1 no /e\nat 12s expect zk1 sessions 1\n   expect c connected",
    );
}

#[test]
fn ids_tell_the_server_and_follow_each_other() {
    let ran =
        run("client a at zk1\nclient b at zk1\nclient d at zk2\nat 3s start a\nat 3.1s start b d\nat 4s end");
    let id = |client: &str| {
        let session = ran.told(client).find_map(|(_, event)| match event {
            ClientEvent::Connected { session, .. } => Some(session.0),
            _ => None,
        });
        session.unwrap()
    };
    assert_eq!((id("a") >> 56, id("b") - id("a"), id("d") >> 56), (1, 1, 2));
}
