//! Stepping by hand: what is said to be possible is, and nothing else happens.

use super::{SECOND, Server, WORLD};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use zablab_sim::ensemble::Ensemble;
use zablab_sim::run::{Outcome, Run};
use zablab_sim::scenario::Scenario;

/// Packets are under way for long.
const FAR: &str = "ensemble zk1 zk2 zk3\nset latency 80ms\n\nat 0s    start all\n";

fn next(server: &Server, text: &str) -> Value {
    server.ask("/next", &json!({"text": text}))
}

fn strings(all: &Value) -> Vec<String> {
    all.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// All that happens by itself, then all that can be done.
fn listed(next: &Value) -> (Vec<String>, Vec<String>) {
    let (mut happens, mut done) = (Vec::new(), Vec::new());
    for party in next["parties"].as_array().unwrap() {
        happens.extend(strings(&party["next"]));
        done.extend(strings(&party["faults"]));
    }
    done.extend(strings(&next["links"]));
    done.extend(strings(&next["requests"]));
    (happens, done)
}

fn ran(text: &str) -> Outcome {
    let scenario = Scenario::parse("text", text).unwrap();
    Run::new("text", text, &scenario, 0).unwrap().finish(&mut []).unwrap()
}

/// Frozen worlds: before and in an election, at peace, with a write under way, with a client, and after some steps by hand.
fn frozen_worlds(server: &Server) -> Vec<String> {
    let client =
        "ensemble zk1 zk2 zk3\nclient c1\n\nat 0s    start all\nat 2s    start c1\nat 3s    c1 create /a\n";
    let cut = server.act(WORLD, 6 * SECOND, "cut zk1 from zk2 on quorum");
    let killed = server.act(WORLD, 6 * SECOND, "kill zk3");
    let mut worlds: Vec<String> = [
        (WORLD, SECOND / 3),
        (FAR, SECOND * 7 / 10),
        (WORLD, 5 * SECOND),
        (&cut, 9 * SECOND),
        (&killed, 6 * SECOND + 20_000_000),
        (client, 3 * SECOND),
    ]
    .map(|(text, at)| server.act(text, at, "freeze"))
    .into();
    let mut walked = server.act(&worlds[2], 6 * SECOND, "create /b at zk3");
    for turn in 0..60 {
        let (happens, done) = listed(&next(server, &walked));
        let chosen = if turn % 12 == 11 || happens.is_empty() { &done } else { &happens };
        walked = server.act(&walked, 9 * SECOND, &chosen[turn * 5 % chosen.len()]);
        if turn % 6 == 5 {
            worlds.push(walked.clone());
        }
    }
    worlds
}

#[test]
fn whatever_is_listed_can_be_done() {
    let server = Server::new();
    let mut tried = 0;
    for world in frozen_worlds(&server) {
        let state = next(&server, &world);
        assert_eq!(state["frozen"], true);
        let (happens, done) = listed(&state);
        assert_eq!(state["ended"], Value::Null, "{world}");
        let before = ran(&world);
        for step in happens.iter().chain(&done) {
            let branch = server.act(&world, 100 * SECOND, step);
            assert_eq!(branch.lines().count(), world.lines().count() + 1, "{branch}");
            assert!(branch.starts_with(&world) && branch.trim_end().ends_with(step.as_str()), "{branch}");
            let after = ran(&branch);
            assert_eq!(after.unmet, [], "{branch}");
            // What happens may leave all as it was, as where a connection is refused and tried again.
            if happens.contains(step) {
                assert_eq!(after.steps, before.steps + 1, "{branch}");
            } else {
                assert!(after.ensemble != before.ensemble, "{step} changes nothing: {world}");
            }
            tried += 1;
        }
        let mut once = [happens, done].concat();
        let all = once.len();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), all, "something is listed twice: {world}");
    }
    assert!(tried > 150, "{tried}");
}

/// Exactly what is enabled is listed.
#[test]
fn nothing_that_is_enabled_is_left_out() {
    let server = Server::new();
    for world in frozen_worlds(&server) {
        let (happens, _) = listed(&next(&server, &world));
        assert_eq!(happens.len(), ran(&world).ensemble.enabled().len(), "{world}");
    }
}

#[test]
fn what_is_listed_is_in_a_stable_order() {
    let server = Server::new();
    let frozen = server.act(FAR, SECOND * 7 / 10, "freeze");
    assert_eq!(
        server.post("/next", &json!({"text": frozen})).body,
        server.post("/next", &json!({"text": frozen})).body
    );
    insta::assert_snapshot!(format!("{:#}", next(&server, &frozen)));
}

/// The same but for the grain of steps to come.
fn without_grain(mut ensemble: Ensemble) -> Ensemble {
    ensemble.nodes.iter_mut().for_each(|node| node.prompt = false);
    ensemble
}

#[test]
fn a_world_is_frozen_as_it_is() {
    let server = Server::new();
    for at in [SECOND / 3, SECOND, 2 * SECOND, 5 * SECOND, 6 * SECOND + 1] {
        let frozen = server.act(WORLD, at, "freeze");
        let ended = frozen.replace("freeze", "end");
        assert_ne!(frozen, ended);
        assert!(without_grain(ran(&frozen).ensemble) == without_grain(ran(&ended).ensemble), "at {at}");
    }
}

#[test]
fn a_step_is_taken_back_and_the_world_goes_on() {
    let server = Server::new();
    let frozen = server.act(WORLD, SECOND, "freeze");
    let (happens, _) = listed(&next(&server, &frozen));
    let one = server.act(&frozen, SECOND, &happens[0]);
    let two = server.act(&one, 20 * SECOND, &listed(&next(&server, &one)).0[0]);
    let times = |text: &str| -> Vec<String> {
        text.lines().rev().take(3).map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(times(&two), ["1.002s", "1.001s", "1s"]);
    assert_eq!(next(&server, &two)["back"], json!(one));
    assert_eq!(next(&server, &one)["back"], json!(frozen));
    assert_eq!(next(&server, &frozen)["back"], json!(WORLD));
    assert_eq!(next(&server, WORLD), json!({"frozen": false, "back": null}));
    // At an instant within it.
    let then = server.ask("/next", &json!({"text": two, "at": SECOND}));
    assert_eq!(then["parties"], next(&server, &frozen)["parties"]);

    let run = |text: &str, until: u64| server.ask("/run", &json!({"text": text, "until": until}));
    let still = run(&two, 60 * SECOND);
    assert_eq!(still["frozen"], SECOND);
    assert_eq!(still["to"], SECOND + 2_000_000);
    let thawed = server.act(&two, SECOND + 2_000_000, "thaw");
    assert_eq!(next(&server, &thawed), json!({"frozen": false, "back": two}));
    let goes_on = run(&thawed, 20 * SECOND);
    assert_eq!(goes_on["frozen"], Value::Null);
    let roles = goes_on["states"].as_array().unwrap().iter().map(|state| state[3]["role"].clone());
    assert!(roles.into_iter().any(|role| role == "leading"), "it goes on, and somebody leads");
}

#[test]
fn what_cannot_happen_is_refused_with_what_can() {
    let server = Server::new();
    let frozen = server.act(WORLD, SECOND, "freeze");
    let act = |text: &str, step: &str| {
        server.post("/act", &json!({"text": text, "at": SECOND, "step": step})).refused(400)
    };
    insta::assert_snapshot!(
        [
            act(&frozen, "next zk2 got PROPOSAL from zk1"),
            act(&frozen, "freeze"),
            act(&frozen, "next zk9 booted"),
            act(WORLD, "next zk1 booted"),
            act(WORLD, "thaw"),
        ]
        .join("\n\n")
    );
}

/// A run that stops at what it breaks has nothing behind it, and says so.
#[test]
fn nothing_comes_behind_what_is_broken() {
    let server = Server::new();
    let text = "\
ensemble zk1 zk2 zk3
unsafe quorum-size 1

at 0s    start all
at 10s   cut zk1 from zk2 zk3
at 30s   create /a at zk1
at 34s   heal
at 40s   create /b at zk3
at 45s   freeze
";
    let answer = server.post("/next", &json!({"text": text}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let state = answer.json();
    assert!(state["ended"].as_str().unwrap().contains("a property is broken there"), "{state}");
    assert_eq!(listed(&state), (vec![], vec![]));
}

#[test]
fn an_exploration_is_gone_on_with_by_hand() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(["explore", "--preset", "election", "--depth", "0", "--interactive", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        if let Some(address) = line.trim().strip_prefix("http://") {
            break address.trim_end_matches('/').to_owned();
        }
    };
    let get = |path: &str| -> Value {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let given = get("/lessons")["given"].as_str().unwrap().to_owned();
    assert_eq!(given, "explored-election");
    let text = get("/scenario/explored-election")["text"].as_str().unwrap().to_owned();
    let (happens, _) = listed(&next(&Server::new(), &text));
    assert!(happens.iter().any(|step| step.contains("got NOTIFICATION from")), "{happens:?}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(3), "not all was looked at");
}
