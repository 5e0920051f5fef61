//! A recording of real servers, played again: every request gets the same answer with the same zxids, and every server
//! ends with the same transactions.
//!
//! `zxid-consumption/steps.txt` is what was done to three servers of ZooKeeper 3.8.0 and what their clients got,
//! `txns.txt` what one server's log held in the end; `replay.zab` does the same at the same times.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use zablab_protocol::{Change, ClientEvent, Completion, ErrorCode, Op, Reply, SessionId, Stat, Txn};
use zablab_sim::ensemble::Effect;
use zablab_sim::run::{Observer, Outcome, Run, StepView};
use zablab_sim::scenario::Scenario;

const SEEDS: u64 = 20;

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/zxid-consumption");
    fs::read_to_string(folder.join(name)).unwrap()
}

// What was recorded.

/// A line of the recording after its time, as what a client was told; most lines are about something else.
fn recorded(line: &str) -> Option<String> {
    let (client, what) = line.get(24..)?.strip_prefix("client ")?.split_once(' ')?;
    if let Some(session) = what.strip_prefix("connected to ") {
        let (server, rest) = session.split_once(" session=").unwrap();
        let (_, timeout) = rest.split_once(" negotiated timeout=").unwrap();
        return Some(format!("{client} connected to {server}, {timeout}"));
    }
    if what.starts_with("state LOST") {
        return Some(format!("{client} closed"));
    }
    let (call, result) = what.split_once(" -> ")?;
    let result = match result.strip_prefix("ok in ") {
        Some(told) => told.split_once(": ").unwrap().1,
        None => result.split(" after ").next().unwrap(),
    };
    Some(format!("{client} {} -> {}", call.replace(", include_data=True", ""), in_hex(result)))
}

/// The stat inside the answer to a multi has decimal numbers and more fields than the others.
fn in_hex(result: &str) -> String {
    let Some((before, fields)) = result.split_once("ZnodeStat(") else { return result.to_owned() };
    let (fields, after) = fields.split_once(')').unwrap();
    let field = |name: &str| {
        let found = fields.split(", ").find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        found.unwrap().parse::<i64>().unwrap()
    };
    let stat = format!(
        "{{czxid={:#x} mzxid={:#x} pzxid={:#x} version={} cversion={} ephemeralOwner={:#x}}}",
        field("czxid"),
        field("mzxid"),
        field("pzxid"),
        field("version"),
        field("cversion"),
        field("ephemeralOwner"),
    );
    format!("{before}{stat}{after}")
}

fn recorded_all(steps: &str) -> Vec<String> {
    steps.lines().filter_map(recorded).collect()
}

/// What a `check` line says of every server, as the expectations of the scenario say it.
fn recorded_checks(steps: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in steps.lines().filter_map(|line| line.get(24..)?.strip_prefix("check [")) {
        for server in line.split_once("] ").unwrap().1.split("; ") {
            let mut words = server.split(' ');
            let (name, mode) = (words.next().unwrap(), words.next().unwrap());
            let mode = match mode {
                "leader" => "leading",
                "follower" => "following",
                other => other,
            };
            all.push(format!("expect {name} {mode}"));
            // What a server that is down has on disk is looked at in the end.
            for word in words.filter(|_| mode != "down") {
                all.push(format!(
                    "expect {name} {}",
                    word.replace("currentEpoch=", "epoch=").replace('=', " ")
                ));
            }
        }
    }
    all
}

// What the model's clients are told, in the words of the recording.

#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            let Effect::Client { client, event } = effect else { continue };
            let name = step.ensemble.name(*client);
            match event {
                ClientEvent::Connected { server, timeout, fresh: true, .. } => {
                    self.0.push(format!("{name} connected to zk{server}, {timeout}"));
                }
                ClientEvent::Closed { .. } => self.0.push(format!("{name} closed")),
                ClientEvent::Completed(done) if done.op != Op::CloseSession => {
                    self.0.push(format!("{name} {} -> {}", call(&done.op), answer(done)));
                }
                ClientEvent::Completed(_) => {}
                other => self.0.push(format!("{name} {other:?}")),
            }
        }
        Ok(())
    }
}

fn call(op: &Op) -> String {
    match op {
        Op::Create { path, data, .. } => format!("create('{path}', b'{data}')"),
        Op::SetData { path, data, version: None } => format!("set('{path}', b'{data}')"),
        Op::SetData { path, data, version: Some(version) } => {
            format!("set('{path}', b'{data}', version={version})")
        }
        Op::Delete { path, .. } => format!("delete('{path}')"),
        Op::GetData { path, .. } => format!("get('{path}')"),
        Op::Exists { path, .. } => format!("exists('{path}')"),
        Op::Sync { path } => format!("sync('{path}')"),
        Op::Multi(parts) => format!("multi({})", parts.iter().map(part).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn part(op: &Op) -> String {
    match op {
        Op::Check { path, version: Some(version) } => format!("check {path} version {version}"),
        other => other.to_string(),
    }
}

fn error(code: ErrorCode) -> String {
    match code {
        ErrorCode::Ok => "RolledBackError".to_owned(),
        other => format!("{other}Error"),
    }
}

fn stat(stat: &Stat) -> String {
    format!(
        "{{czxid={} mzxid={} pzxid={} version={} cversion={} ephemeralOwner={}}}",
        stat.czxid,
        stat.mzxid,
        stat.pzxid,
        stat.version,
        stat.cversion(),
        stat.ephemeral_owner
    )
}

fn answer(done: &Completion) -> String {
    match (&done.op, &done.result) {
        (Op::Exists { .. }, Err(ErrorCode::NoNode)) => "None".to_owned(),
        (_, Err(code)) => error(*code),
        (_, Ok(Reply::Created { path, stat: of })) => format!("'{path}' {}", stat(of)),
        (_, Ok(Reply::Node { data, stat: of })) => format!("b'{data}' {}", stat(of)),
        (_, Ok(Reply::Stat(of))) => stat(of),
        (Op::Sync { path }, Ok(Reply::Done)) => format!("'{path}'"),
        (_, Ok(Reply::Done)) => "True".to_owned(),
        (_, Ok(Reply::Multi(parts))) => {
            let part = |part: &Result<Reply, ErrorCode>| match part {
                Err(code) => format!("{}()", error(*code)),
                Ok(Reply::Created { path, .. }) => format!("'{path}'"),
                Ok(Reply::Stat(of)) => stat(of),
                Ok(other) => format!("{other:?}"),
            };
            format!("[{}]", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
        (_, Ok(other)) => format!("{other:?}"),
    }
}

// Transactions: the session by the order in which sessions began, and the server that began it.

fn sessions_in_order(id: i64, known: &mut Vec<i64>) -> String {
    let at = known.iter().position(|other| *other == id).unwrap_or_else(|| {
        known.push(id);
        known.len() - 1
    });
    format!("session {} of server {}", at + 1, id >> 56)
}

fn recorded_txns(txns: &str) -> Vec<String> {
    let mut known = Vec::new();
    let read = |line: &str| {
        let mut words = line.split(' ');
        let zxid = words.next().unwrap();
        let session = words.next().unwrap().strip_prefix("session=0x").unwrap();
        let session = sessions_in_order(i64::from_str_radix(session, 16).unwrap(), &mut known);
        format!("{zxid} {session} {}", words.collect::<Vec<_>>().join(" ").trim_end())
    };
    txns.lines().filter(|line| !line.starts_with('#')).map(read).collect()
}

fn modelled_txns(txns: &[Arc<Txn>]) -> Vec<String> {
    let mut known = Vec::new();
    let write = |txn: &Arc<Txn>| {
        let SessionId(session) = txn.origin.session;
        let session = sessions_in_order(session, &mut known);
        let what = match &txn.change {
            Change::CreateSession { timeout } => format!("createSession timeout={}", timeout.0),
            Change::CloseSession { .. } => "closeSession".to_owned(),
            Change::Create { path, .. } => format!("create2 {path}"),
            Change::SetData { path, data, .. } => format!("setData {path} data={} bytes", data.len()),
            Change::Delete { path } => format!("delete {path}"),
            Change::Multi(_) | Change::MultiFailed(_) => "multi".to_owned(),
            Change::Error { code } => format!("error err={}", code.code()),
            Change::Check => "check".to_owned(),
        };
        format!("{} {session} cxid={} {what}", txn.zxid, txn.origin.cxid)
    };
    txns.iter().map(write).collect()
}

fn replay(text: &str, seed: u64) -> (Vec<String>, Outcome) {
    let scenario = Scenario::parse("replay.zab", text).unwrap_or_else(|error| panic!("{error}"));
    let mut told = Told::default();
    let run = Run::new("replay.zab", text, &scenario, seed).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run.finish(&mut [&mut told]).unwrap();
    (told.0, outcome)
}

fn txns_of(outcome: &Outcome, server: usize) -> Vec<String> {
    modelled_txns(outcome.ensemble.nodes[server].disk.storage().log.txns())
}

#[test]
fn clients_are_told_what_real_servers_told_theirs() {
    let recorded = recorded_all(&file("steps.txt"));
    // 4 sessions begin and end; 28 requests in between.
    assert_eq!(recorded.len(), 36);
    for seed in 0..SEEDS {
        let (told, _) = replay(&file("replay.zab"), seed);
        assert_eq!(told, recorded, "seed {seed}");
    }
}

#[test]
fn servers_stand_where_real_ones_stood() {
    let text = file("replay.zab");
    let expected: Vec<&str> =
        text.lines().filter_map(|line| line.find("expect ").map(|at| line[at..].trim_end())).collect();
    assert_eq!(expected, recorded_checks(&file("steps.txt")));
    for seed in 0..SEEDS {
        let (_, outcome) = replay(&text, seed);
        assert!(outcome.is_green(), "seed {seed}: {:?} {:?}", outcome.unmet, outcome.violations);
    }
}

#[test]
fn logs_hold_the_transactions_that_real_logs_held() {
    let recorded = recorded_txns(&file("txns.txt"));
    assert_eq!(recorded.len(), 28);
    for seed in 0..SEEDS {
        let (_, outcome) = replay(&file("replay.zab"), seed);
        assert_eq!(txns_of(&outcome, 0), recorded, "seed {seed}");
        assert_eq!(txns_of(&outcome, 2), recorded, "seed {seed}");
        // zk2 was killed at the end of its epoch.
        assert_eq!(txns_of(&outcome, 1), recorded[..25], "seed {seed}");
    }
}

/// What the scenario does shows: with any request left out, the answers or the transactions are others.
#[test]
fn a_request_left_out_is_found() {
    let text = file("replay.zab");
    let (told, txns) = (recorded_all(&file("steps.txt")), recorded_txns(&file("txns.txt")));
    let lines: Vec<&str> = text.lines().collect();
    let requests = |line: &&str| line.contains(" c1 ") || line.contains("close ") || line.contains("kill ");
    let mut tried = 0;
    for out in (0..lines.len()).filter(|at| lines[*at].starts_with("at ") && requests(&lines[*at])) {
        let rest = [&lines[..out], &lines[out + 1..]].concat().join("\n") + "\n";
        let (changed, outcome) = replay(&rest, 0);
        assert!(changed != told || txns_of(&outcome, 0) != txns, "without {}", lines[out]);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}
