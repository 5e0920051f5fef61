//! Acting: the past stays as it was, and what was played is a scenario.

use super::{SECOND, Server, WORLD};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use zablab_sim::bundled;
use zablab_sim::run::{Observer, Run, StepView};
use zablab_sim::scenario::Scenario;
use zablab_sim::serve::{CLASSICS, until};
use zablab_sim::trace::RunHash;

/// The time and the digest of every step.
#[derive(Default)]
struct Steps(Vec<(u64, RunHash)>);

impl Observer for Steps {
    fn step(&mut self, step: &StepView<'_>) -> std::io::Result<()> {
        self.0.push((step.moment.at, step.hash));
        Ok(())
    }
}

fn steps(text: &str, seed: u64, at: u64) -> Vec<(u64, RunHash)> {
    let scenario = until(&Scenario::parse("text", text).unwrap(), at);
    let mut steps = Steps::default();
    Run::new("text", text, &scenario, seed).unwrap().finish(&mut [&mut steps]).unwrap();
    steps.0.retain(|(when, _)| *when <= at);
    steps.0
}

/// Whatever has triggers, clients, pins or none of them: up to the act it is the same run.
#[test]
fn the_past_of_a_branch_is_that_of_the_run_it_parts_from() {
    let server = Server::new();
    let mut compared = 0;
    for (name, text) in bundled::SCENARIOS {
        let scenario = Scenario::parse(name, text).unwrap();
        let parties = scenario.workloads().iter().map(|load| load.clients).sum::<u32>();
        if scenario.profile().is_some() || parties > 20 {
            continue;
        }
        let server_name = &scenario.servers()[0].name;
        for at in [1, 700_000_000, 6 * SECOND, 15 * SECOND + 1] {
            let step = format!("pause {server_name}");
            let asked = json!({"text": text, "seed": "3", "at": at, "step": step});
            let answer = server.post("/act", &asked);
            if answer.status == 400 && answer.refused(400).contains("a property is broken there") {
                continue;
            }
            compared += 1;
            let done = answer.json();
            let branch = done["text"].as_str().unwrap();
            let when = done["at"].as_u64().unwrap();
            assert!(when >= at && when <= at + 1_000_000, "{name} at {at}: {when}");
            assert_eq!(steps(branch, 3, when - 1), steps(text, 3, when - 1), "{name} at {at}\n{branch}");
            let read = Scenario::parse(name, branch).unwrap();
            assert_eq!(read.to_string(), branch, "{name}: not canonical");
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn what_lies_ahead_is_dropped_and_what_was_armed_stays() {
    let server = Server::new();
    let text = "\
# A world.

ensemble zk1 zk2 zk3

# All start.
at 0s    start all
when zk1 decided elected: create /a at zk1
by 3s    expect available

# Later.
at 20s   kill leader  # now
by 25s   expect unavailable
at 30s   ask \"Who leads?\" right \"zk2\" wrong \"zk1\"
";
    insta::assert_snapshot!(server.act(text, 5 * SECOND, "cut zk1 from zk2"));
}

#[test]
fn a_tie_is_decided_by_the_highest_sid() {
    let server = Server::new();
    for seed in ["0", "1", "2", "3"] {
        let asked = json!({"text": WORLD, "seed": seed, "at": 5 * SECOND, "moment": "tie"});
        let done = server.ask("/classic", &asked);
        assert!(done["told"].as_str().unwrap().contains("the highest sid will: zk3"), "seed {seed}: {done}");
        let run = json!({"text": done["text"], "seed": seed, "until": 9 * SECOND});
        let shown = server.ask("/run", &run);
        let states = shown["states"].as_array().unwrap();
        let zk3 =
            states.iter().rev().filter(|state| state[2] == 2).find_map(|state| state[3]["role"].as_str());
        assert_eq!(zk3, Some("leading"), "seed {seed}");
    }
    // Nobody who could make all the same: zk1 misses a write, and no quorum is left to tell it.
    let behind = server.act(WORLD, 5 * SECOND, "kill zk1");
    let behind = server.act(&behind, 6 * SECOND, "create /a at leader");
    let behind = server.act(&behind, 8 * SECOND, "kill zk3");
    let done = server.ask("/classic", &json!({"text": behind, "at": 9 * SECOND, "moment": "tie"}));
    assert!(done["told"].as_str().unwrap().contains("this is no tie"), "{done}");
}

#[test]
fn every_classic_moment_comes_about() {
    let server = Server::new();
    for (moment, _) in CLASSICS {
        let done = server.ask("/classic", &json!({"text": WORLD, "at": 5 * SECOND, "moment": moment}));
        assert!(!done["told"].as_str().unwrap().is_empty(), "{moment}");
        server.ask("/run", &json!({"text": done["text"], "until": 15 * SECOND}));
    }
    let gone = server.ask("/classic", &json!({"text": WORLD, "at": 5 * SECOND, "moment": "kill-second"}));
    assert!(gone["told"].as_str().unwrap().contains("1 of 3 is left: zk1"), "{gone}");
    let shown = server.ask("/run", &json!({"text": gone["text"], "until": 15 * SECOND}));
    let told = shown["story"].to_string();
    assert!(told.contains("holds votes of zk1 and needs 2 of 3") || told.contains("needs 2 of 3"), "{told}");
}

#[test]
fn what_changes_nothing_is_said() {
    let server = Server::new();
    let done = server.ask("/act", &json!({"text": WORLD, "at": 5 * SECOND, "step": "start zk1"}));
    assert_eq!(done["told"], "That changes nothing.");
}

#[test]
fn two_branches_are_compared() {
    let server = Server::new();
    let killed = server.act(WORLD, 5 * SECOND, "kill zk3");
    let branch = |text: &str| json!({"text": text});
    let asked = json!({"until": 9 * SECOND, "first": branch(WORLD), "second": branch(&killed)});
    let parting = &server.ask("/differ", &asked)["parting"];
    assert_eq!(parting["second"]["what"], "is killed");
    assert_eq!(parting["second"]["at"], 5 * SECOND);
    let same = json!({"until": 9 * SECOND, "first": branch(WORLD), "second": branch(WORLD)});
    assert_eq!(server.ask("/differ", &same)["parting"], Value::Null);
}

/// What comes of a question is not in what is sent before it is answered.
#[test]
fn a_question_hides_its_answer() {
    let server = Server::new();
    let text = "\
belief \"One of three can serve.\"
ensemble zk1 zk2 zk3
at 0s start all
at 5s ask \"What now?\" right \"zk2 leads\" wrong \"zk1 leads\"
# It will be killed.
at 5s kill zk3
by 9s expect leader zk2

# That is the kill.
";
    let hidden = server.ask("/run", &json!({"text": text, "answered": 0}));
    assert_eq!(hidden["to"], 5 * SECOND);
    for part in ["story", "frames", "text", "unmet", "verdict", "states"] {
        let told = hidden[part].to_string();
        assert!(!told.contains("kill") && !told.contains("expect leader"), "{part}: {told}");
    }
    assert_eq!(hidden["asks"][0]["question"], "What now?");
    assert_eq!(hidden["belief"], "One of three can serve.");
    let shown = server.ask("/run", &json!({"text": text, "answered": 1}));
    assert_eq!(shown["to"], 9 * SECOND);
    assert!(shown["story"].to_string().contains("killed"));
}

fn zablab(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_zablab")).args(args).output().unwrap()
}

#[test]
fn what_was_saved_is_run_by_the_binary_to_the_same_digest() {
    let server = Server::new();
    let mut text = WORLD.to_owned();
    for (at, step) in
        [(5, "kill zk3"), (9, "create /x one at leader"), (12, "cut zk1 from zk2"), (13, "heal")]
    {
        text = server.act(&text, at * SECOND, step);
    }
    for seed in ["0", "77"] {
        let branch = json!({"text": text, "seed": seed, "until": 40 * SECOND});
        let shown = server.ask("/run", &branch);
        let saved = server.ask("/save", &branch);
        assert_eq!(saved["hash"], shown["hash"]);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("serve");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("saved-{seed}.zab"));
        fs::write(&path, saved["text"].as_str().unwrap()).unwrap();
        let ran = zablab(&["run", path.to_str().unwrap(), "--json"]);
        let ran: Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(ran["hash"], saved["hash"]);
        assert_eq!(ran["seed"], seed);
        assert_eq!(ran["green"], true, "{ran}");
        let formatted = zablab(&["fmt", "--check", path.to_str().unwrap()]);
        assert!(formatted.status.success(), "not canonical");
    }
}

#[test]
fn the_command_says_where_it_listens() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(["serve", "kill-leader", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().strip_suffix('/').unwrap();
    assert_ne!(address, "127.0.0.1:0");
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    std::io::Write::write_all(
        &mut stream,
        format!("GET /lessons HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"given\":\"kill-leader\""), "{answer}");
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "Ended.\n");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = zablab(&["serve", "--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot be listened at"));
}

#[test]
fn whoever_opens_the_page_to_other_machines_is_warned() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(["serve", "--listen", "0.0.0.0:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("can be reached from other machines"), "{line}");
}

static SHARED: LazyLock<Server> = LazyLock::new(Server::new);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is clicked in whatever order: an answer or a refusal, and never a fault of our own.
    #[test]
    fn no_clicks_break_it(clicks in prop::collection::vec((0..14_usize, 0..4_usize, 0..20_000_u64), 1..8), seed: u64) {
        let server = &*SHARED;
        let mut text = WORLD.to_owned();
        for (kind, who, millis) in clicks {
            let name = ["zk1", "zk2", "zk3", "leader"][who];
            let at = millis * 1_000_000 + who as u64;
            let steps = [
                format!("start {name}"), format!("kill {name}"), format!("power-off {name}"), format!("pause {name}"),
                format!("resume {name}"), format!("cut {name} from zk2"), format!("cut {name} to zk1 on quorum"),
                "heal".to_owned(), format!("create /x one at {name}"), format!("set /x two at {name}"),
            ];
            let base = json!({"text": text, "seed": seed.to_string(), "at": at});
            let with = |key: &str, value: &str| {
                let mut body = base.clone();
                body[key] = json!(value);
                body
            };
            let answer = match steps.get(kind) {
                Some(step) => server.post("/act", &with("step", step)),
                None => server.post("/classic", &with("moment", CLASSICS[kind - steps.len()].0)),
            };
            prop_assert!([200, 400].contains(&answer.status), "{:?}", answer);
            if answer.status == 200 {
                text = answer.json()["text"].as_str().unwrap().to_owned();
            }
        }
        let branch = json!({"text": text, "seed": seed.to_string(), "until": 25 * SECOND});
        let shown = server.ask("/run", &branch);
        let saved = server.ask("/save", &branch);
        prop_assert_eq!(&shown["hash"], &saved["hash"]);
    }
}
