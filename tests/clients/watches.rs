//! Watches, and what becomes of them when the client moves.

use super::*;

#[test]
fn a_watch_fires_once() {
    run(
        "client c at zk1 timeout 6s\nclient d at zk2 timeout 6s\nat 3s start c d\nat 4s d create /a 1\nat 4.1s c get /a watch\nat 4.2s d set /a 2\n   d set /a 3\n\
         by 4.5s expect c notified /a 1\nat 5s d delete /a\nat 6s expect c notified /a 1",
    );
}

#[test]
fn each_kind_of_watch_hears_what_it_waits_for() {
    run(
        "client c at zk1 timeout 6s\nclient d at zk2 timeout 6s\nat 3s start c d\nat 4s c exists /new watch\n   c children / watch\n\
         at 5s d create /new 1\nby 5.1s expect c notified /new 1\n   expect c notified / 1\nat 6s c children /new watch\n   c exists /new watch\n\
         at 7s d create /new/child\nby 7.1s expect c notified /new 2\nat 8s d set /new 2\nby 8.1s expect c notified /new 3\nat 9s c get /new watch\n   \
         c children /new watch\n   d delete /new/child\nby 9.1s expect c notified /new 4",
    );
}

/// A client with a watch on `/a` loses its server; meanwhile this happens.
fn moved(watch: &str, meanwhile: &str, rest: &str) {
    run(&format!(
        "client c at zk1 zk2 timeout 6s\nclient d at zk3 timeout 6s\nat 3s start c d\nat 4s d create /a 1\nat 4.5s c {watch}\nat 5s refuse c from all\n   \
         reset c from zk1\nby 5.1s expect c disconnected\n{meanwhile}at 6s heal\nby 9s expect c connected\n{rest}"
    ));
}

#[test]
fn what_changed_while_a_client_had_no_server_is_told_when_it_has_one() {
    moved(
        "get /a watch",
        "at 5.5s d set /a 2\n   d set /a 3\n",
        "by 9s expect c notified /a 1\nat 10s d set /a 4\nat 11s expect c notified /a 1",
    );
    moved("get /a watch", "at 5.5s d delete /a\n", "by 9s expect c notified /a 1");
    moved("exists /b watch", "at 5.5s d create /b\n", "by 9s expect c notified /b 1");
    moved("children /a watch", "at 5.5s d create /a/b\n", "by 9s expect c notified /a 1");
    moved("children /a watch", "at 5.5s d delete /a\n", "by 9s expect c notified /a 1");
}

#[test]
fn what_did_not_change_is_watched_at_the_next_server() {
    moved("get /a watch", "", "at 9s expect c notified /a 0\n   d set /a 2\nby 9.1s expect c notified /a 1");
    moved(
        "exists /b watch",
        "",
        "at 9s expect c notified /b 0\n   d create /b\nby 9.1s expect c notified /b 1",
    );
    moved(
        "children /a watch",
        "at 5.5s d set /a 2\n",
        "at 9s expect c notified /a 0\n   d create /a/b\nby 9.1s expect c notified /a 1",
    );
    // What it had seen before it lost its server is not told again.
    run(
        "client c at zk1 zk2 timeout 6s\nat 3s start c\nat 4s c create /a 1\n   c set /a 2\n   c get /a watch\nat 5s reset c from zk1\nby 7s expect c connected to zk2\n\
         at 8s expect c notified /a 0",
    );
}

#[test]
fn a_watch_survives_the_leader() {
    run(
        "client c at zk3 zk1 zk2 timeout 6s\nclient d at zk1 zk2 timeout 6s\nat 3s start c d\nat 4s d create /a 1\nat 4.5s c get /a watch\nat 5s kill zk3\n\
         by 9s expect c connected\n   expect d connected\nat 10s expect c notified /a 0\n   d set /a 2\nby 10.1s expect c notified /a 1",
    );
}

/// A notification comes before any answer that shows what it tells of.
#[test]
fn a_change_is_told_before_it_can_be_seen() {
    for seed in 0..30 {
        let ran = run_three(
            "client c at zk1 timeout 6s\nclient d at zk2 timeout 6s\nat 3s start c d\nat 4s d create /a 0\nat 4.5s c get /a watch\n\
             at 5s d set /a 1\n   c get /a\nat 5.001s c get /a\nat 5.003s c get /a\nat 5.006s c get /a\nat 5.01s c get /a\nat 6s expect c notified /a 1",
            seed,
        );
        let mut told = false;
        for (at, event) in ran.told("c") {
            told |= matches!(event, ClientEvent::Notified { .. });
            if let ClientEvent::Completed(done) = event
                && let Ok(zablab_protocol::Reply::Node { data, .. }) = &done.result
            {
                assert!(&**data == "0" || told, "seed {seed} at {at}");
            }
        }
    }
}
