//! The playground's server, spoken to over HTTP: what it refuses, what it bears, and that what is played is a scenario.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod acts;
mod flood;
mod next;
mod refusals;

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use zablab_sim::serve::{Given, Limits, serve};

const WORLD: &str = "ensemble zk1 zk2 zk3\n\nat 0s    start all\n";
const SECOND: u64 = 1_000_000_000;

/// A server of a test's own, on a free port.
struct Server {
    at: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It was refused, in words.
    #[track_caller]
    fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        self.json()["error"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let of =
            |line: &'_ str| line.split_once(": ").is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }
}

impl Server {
    fn new() -> Server {
        Server::with(Limits::default(), None)
    }

    fn with(limits: Limits, given: Option<Given>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        let thread = std::thread::spawn(move || serve(listener, given, limits, &flag));
        Server { at, stop, thread: Some(thread) }
    }

    /// Sends these bytes, and reads until the server has nothing more to say.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.at).unwrap();
        // A server that has seen enough may close before all is sent.
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let text = String::from_utf8_lossy(&all).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        self.raw(text.as_bytes())
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[("Host", &self.at.to_string())], "")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let host = self.at.to_string();
        let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
        self.request("POST", path, &headers, &body.to_string())
    }

    /// What is asked for is there.
    #[track_caller]
    fn ask(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body);
        assert_eq!(answer.status, 200, "{path} {body}: {answer:?}");
        answer.json()
    }

    fn act(&self, text: &str, at: u64, step: &str) -> String {
        let done = self.ask("/act", &json!({"text": text, "at": at, "step": step}));
        done["text"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let served = self.thread.take().map(JoinHandle::join);
        assert!(matches!(served, Some(Ok(Ok(())))), "the server did not end well");
    }
}
