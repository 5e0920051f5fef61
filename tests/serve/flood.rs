//! Much at once: what is accepted is answered, the rest is refused at once, and nobody sees what another does.

use super::{SECOND, Server, WORLD};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::Duration;
use zablab_sim::serve::Limits;

/// A run that takes a while: an hour of heartbeats.
fn long() -> serde_json::Value {
    json!({"text": WORLD, "until": 3600 * SECOND})
}

#[test]
fn a_flood_is_refused_and_all_that_was_accepted_is_answered() {
    const CALLERS: usize = 24;
    let server = Server::with(Limits { running: 1, waiting: 2, ..Limits::default() }, None);
    let barrier = Barrier::new(CALLERS);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let call = || {
            barrier.wait();
            server.post("/run", &long())
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(
        count(200) + count(503),
        CALLERS,
        "{:?}",
        answers.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    assert!(count(503) > 0 && count(200) >= 3, "{} answered, {} refused", count(200), count(503));
    for refused in answers.iter().filter(|answer| answer.status == 503) {
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert!(refused.refused(503).contains("too many runs"));
    }
    let bodies: Vec<&str> =
        answers.iter().filter(|answer| answer.status == 200).map(|answer| &*answer.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same question, another answer");
    assert_eq!(server.post("/run", &json!({"text": WORLD})).status, 200);
}

/// More connections than are allowed wait; none is dropped.
#[test]
fn connections_wait_for_their_turn() {
    let server = Server::with(Limits { connections: 2, ..Limits::default() }, None);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..16).map(|_| scope.spawn(|| server.get("/lessons").status)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; 16]);
}

/// Who reads nothing of what he asked for is given up, and his place is another's.
#[test]
fn readers_who_do_not_read_hold_no_place() {
    let limits = Limits { connections: 2, unread: Duration::from_millis(50), ..Limits::default() };
    let server = Server::with(limits, None);
    let host = format!("Host: {}\r\n\r\n", server.at);
    // More than any buffer between two ends takes.
    let asked = format!("GET /playground.js HTTP/1.1\r\n{host}").repeat(400);
    let readers: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut reader = TcpStream::connect(server.at).unwrap();
            reader.write_all(asked.as_bytes()).unwrap();
            reader
        })
        .collect();
    let mut next = TcpStream::connect(server.at).unwrap();
    // Only a server that waits for them lets this pass.
    next.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    next.write_all(format!("GET /lessons HTTP/1.1\r\nConnection: close\r\n{host}").as_bytes()).unwrap();
    let mut answer = String::new();
    next.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(readers);
}

#[test]
fn a_run_without_end_is_shown_as_far_as_it_came() {
    let server = Server::new();
    let shown = server.ask("/run", &json!({"text": WORLD, "until": 1_000_000 * SECOND}));
    assert_eq!(shown["complete"], false);
    assert!(shown["notes"][0].as_str().unwrap().contains("limit"), "{}", shown["notes"]);
    assert!(shown["to"].as_u64().unwrap() > 1000 * SECOND);
    let busy = format!("{WORLD}at 2s    create /x one times 1000000 at zk1\nat 2000s end\n");
    let shown = server.ask("/run", &json!({"text": busy}));
    assert_eq!(shown["complete"], false);
    assert!(shown["transactions"].as_array().unwrap().len() <= 5000);
    assert!(shown["leftOut"]["transactions"].as_u64().unwrap() > 0);
    let refused = server.post("/save", &json!({"text": busy})).refused(400);
    assert!(refused.contains("limit"), "{refused}");
}

#[test]
fn a_run_that_takes_too_long_is_stopped() {
    let server = Server::with(Limits { run: Duration::ZERO, ..Limits::default() }, None);
    let shown = server.ask("/run", &long());
    assert_eq!(shown["complete"], false);
    assert!(shown["notes"][0].as_str().unwrap().contains("too long"), "{}", shown["notes"]);
}

#[test]
fn everybody_has_branches_of_their_own() {
    let server = Server::new();
    let alone = |victim: &str| {
        let text = server.act(WORLD, 5 * SECOND, &format!("kill {victim}"));
        let shown = server.ask("/run", &json!({"text": text, "until": 9 * SECOND}));
        (text, shown["hash"].as_str().unwrap().to_owned())
    };
    let expected = ["zk1", "zk2", "zk3"].map(alone);
    std::thread::scope(|scope| {
        for (victim, expected) in ["zk1", "zk2", "zk3"].into_iter().zip(&expected) {
            scope.spawn(move || (0..4).for_each(|_| assert_eq!(alone(victim), *expected)));
        }
    });
}
