//! What is wrong gets a status and words, and the server lives on.

use super::{Given, Server, WORLD};
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use zablab_sim::serve::Limits;

#[test]
fn the_page_is_served_and_loads_nothing_from_elsewhere() {
    let server = Server::new();
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("/playground.js") && page.body.contains("/playground.css"));
    for name in ["playground.js", "playground.css"] {
        let part = server.get(&format!("/{name}"));
        assert_eq!(part.status, 200, "{name}");
        assert!(!part.body.contains("https://"), "{name} names another host");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("access-control-allow-origin"), None);
}

#[test]
fn a_foreign_host_or_origin_is_refused() {
    let server = Server::new();
    let own = server.at.to_string();
    let port = server.at.port();
    let body = json!({"text": WORLD}).to_string();
    let local = format!("localhost:{port}");
    assert_eq!(server.request("GET", "/lessons", &[("Host", &local)], "").status, 200);
    for host in
        ["evil.example", "evil.example:80", &format!("evil.example:{port}"), "127.0.0.1:1", "", "127.0.0.1"]
    {
        let refused = server.request("GET", "/lessons", &[("Host", host)], "").refused(403);
        assert!(refused.contains(&own), "{host}: {refused}");
    }
    let json_body = ("Content-Type", "application/json");
    for origin in ["http://evil.example", "null", "https://127.0.0.1", &format!("http://localhost:{port}")] {
        let headers = [("Host", own.as_str()), json_body, ("Origin", origin)];
        let refused = server.request("POST", "/run", &headers, &body).refused(403);
        assert!(refused.contains("another origin"), "{origin}: {refused}");
    }
    let page = format!("http://{own}");
    let headers = [("Host", own.as_str()), json_body, ("Origin", page.as_str())];
    assert_eq!(server.request("POST", "/run", &headers, &body).status, 200);
    let headers = [("Host", own.as_str()), json_body, ("Origin", page.as_str()), ("Origin", page.as_str())];
    assert!(server.request("POST", "/run", &headers, &body).refused(403).contains("one Origin"));
    let two = server.request("GET", "/", &[("Host", &own), ("Host", "evil.example")], "");
    assert!([400, 403].contains(&two.status), "{two:?}");
}

#[test]
fn what_is_not_there_or_not_understood_is_said() {
    let server = Server::new();
    assert!(server.get("/nowhere").refused(404).contains("/nowhere"));
    assert!(server.get("/scenario/no-such-thing").refused(404).contains("no-such-thing"));
    assert!(server.get("/scenario/three-servers?seed=x").refused(400).contains("seed"));
    let get = server.get("/run");
    assert!(get.refused(405).contains("POST"));
    assert_eq!(get.header("allow"), Some("POST"));
    let posted = server.post("/lessons", &json!({}));
    posted.refused(405);
    assert_eq!(posted.header("allow"), Some("GET, HEAD"));
    let own = server.at.to_string();
    let head = server.request("HEAD", "/", &[("Host", &own)], "");
    let get = server.get("/");
    assert_eq!((head.status, head.header("content-length")), (200, get.header("content-length")));
    assert_eq!(head.body, "");
    let asked = server.get("/scenario/three-servers?foo=1&seed=5");
    assert_eq!(asked.json()["seed"], "5");
    assert!(server.get("/scenario/no%20such%2fthing%ff%").refused(404).contains("no such/thing\u{fffd}%"));
    server.request("OPTIONS", "/run", &[("Host", &own)], "").refused(405);
}

/// The page escapes names in addresses; that of a file is its path.
#[test]
fn what_the_command_was_given_may_have_any_name() {
    let name = "/some where/mine & yours.zab".to_owned();
    let server = Server::with(Limits::default(), Some(Given { name: name.clone(), text: WORLD.to_owned() }));
    let got = server.get("/scenario/%2Fsome%20where%2Fmine%20%26%20yours.zab").json();
    assert_eq!((&got["name"], &got["text"]), (&json!(name), &json!(WORLD)));
}

#[test]
fn a_body_that_cannot_be_read_is_refused_with_its_place() {
    let server = Server::new();
    let own = server.at.to_string();
    let headers = [("Host", own.as_str()), ("Content-Type", "application/json")];
    let post = |body: &str| server.request("POST", "/run", &headers, body).refused(400);
    assert!(post("{\"text\": ").contains("line 1 column"), "{}", post("{\"text\": "));
    assert!(post("[]").contains("expected"), "{}", post("[]"));
    assert!(post("{}").contains("missing field `text`"));
    assert!(post("{\"text\": 5}").contains("expected a string"));
    assert!(post("{\"text\": \"\", \"sed\": \"1\"}").contains("unknown field `sed`"));
    assert!(post("{\"text\": \"\", \"seed\": \"x\"}").contains("no whole number"));
    assert!(post("{\"text\": \"\", \"until\": -1}").contains("invalid value"));
    assert!(post("\u{fffd}").contains("line 1"));
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let headers = [("Host", own.as_str()), ("Content-Type", kind)];
        let refused = server.request("POST", "/run", &headers, "{}").refused(415);
        assert!(refused.contains("application/json"), "{refused}");
    }
    server.request("POST", "/run", &[("Host", own.as_str())], "{}").refused(415);
}

#[test]
fn a_scenario_that_is_wrong_is_refused_with_its_diagnostic() {
    let server = Server::new();
    let run = |text: &str| server.post("/run", &json!({"name": "mine", "text": text})).refused(400);
    let wrong = run("ensemble zk1 zk2 zk3\nat 0s strat all\n");
    assert!(wrong.contains("mine:2:7") && wrong.contains("did you mean `start`?"), "{wrong}");
    assert!(run("").contains("the scenario is empty"));
    assert!(run("config zoo.cfg\nensemble zk1\nat 0s start all\n").contains("is not read here"));
    let many: Vec<String> = (1..=65).map(|sid| format!("zk{sid}")).collect();
    assert!(
        run(&format!("ensemble {}\nat 0s start all\n", many.join(" "))).contains("65 servers and clients")
    );
    let long = format!("{WORLD}# {}\n", "x".repeat(2000));
    assert!(run(&long).contains("line 4 is too long"));
    let act = |step: &str| server.post("/act", &json!({"text": WORLD, "at": 0, "step": step})).refused(400);
    assert!(act("kill zk9").contains("did you mean `zk1`?"));
    assert!(act("kill leader").contains("cannot be done there: nobody leads"));
    assert!(act("end").contains("ends a run"));
    assert!(act("kill zk1\nat 5s kill zk2").contains("one line"));
    let moment = server.post("/classic", &json!({"text": WORLD, "at": 0, "moment": "party"})).refused(400);
    assert!(moment.contains("`tie`"), "{moment}");
    let leader =
        server.post("/classic", &json!({"text": WORLD, "at": 0, "moment": "kill-leader"})).refused(400);
    assert!(leader.contains("nobody leads"), "{leader}");
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let server = Server::with(Limits { body: 1000, ..Limits::default() }, None);
    let refused = server.post("/run", &json!({"text": "x".repeat(2000)})).refused(413);
    assert!(refused.contains("1000 bytes"), "{refused}");
    let own = server.at;
    let chunked = format!(
        "POST /run HTTP/1.1\r\nHost: {own}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n",
        "x".repeat(2000)
    );
    assert_eq!(server.raw(chunked.as_bytes()).status, 413);
    assert_eq!(server.post("/run", &json!({"text": WORLD})).status, 200);
}

#[test]
fn a_client_that_is_slow_is_not_waited_for() {
    let server = Server::with(Limits { patience: Duration::from_millis(50), ..Limits::default() }, None);
    let own = server.at;
    let begun = format!(
        "POST /run HTTP/1.1\r\nHost: {own}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{"
    );
    assert_eq!(server.raw(begun.as_bytes()).status, 408);
    // A head that never ends.
    let endless = server.raw(b"GET / HTTP/1.1\r\nHost: ");
    assert!([0, 408].contains(&endless.status), "{endless:?}");
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn what_is_not_http_hurts_nobody() {
    let server = Server::new();
    for bytes in [
        &b"\0\0\0\0"[..],
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &[0xff; 70_000],
    ] {
        let answer = server.raw(bytes);
        assert!(answer.status == 0 || (400..500).contains(&answer.status), "{answer:?}");
    }
    // One that goes away in the middle.
    TcpStream::connect(server.at).unwrap().write_all(b"POST /run HTTP/1.1\r\nHost: x").unwrap();
    assert_eq!(server.get("/").status, 200);
}
