//! `zablab explain`: what a learner is told, asked and answered, as the binary prints it.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use zablab_sim::bundled;

/// What a call came to.
struct Called {
    status: i32,
    out: String,
    err: String,
}

fn call_with(args: &[&str], input: &str) -> Called {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(args)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Who does not ask reads nothing, and may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Called {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn call(args: &[&str]) -> Called {
    call_with(args, "")
}

/// Without the hash, which every change of a run changes.
fn without_hash(text: &str) -> String {
    let (head, tail) = text.rsplit_once('#').unwrap();
    format!("{head}#{}", tail.get(8..).unwrap())
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    };
}

fn explained(name: &str) -> String {
    let Called { status, out, err } = call(&["explain", name]);
    assert_eq!((status, &*err), (0, ""), "{name}: {out}");
    out
}

#[test]
fn the_survivor_is_understood_in_fewer_than_60_lines() {
    let told = explained("lone-survivor");
    assert!(told.lines().count() < 60, "{} lines", told.lines().count());
    snapshot!("explain-lone-survivor", without_hash(&told));
}

#[test]
fn lessons_are_told_like_this() {
    snapshot!("explain-kill-leader", without_hash(&explained("kill-leader")));
    snapshot!("explain-four-need-three", without_hash(&explained("four-need-three")));
    snapshot!("explain-disconnected-or-expired", without_hash(&explained("disconnected-or-expired")));
}

#[test]
fn every_scenario_is_told_within_100_columns_and_leaves_no_server_unexplained() {
    for (name, _) in bundled::SCENARIOS {
        let told = explained(name);
        let widest = told.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{name}: {widest} columns");
        assert!(told.lines().count() < 200, "{name}: {} lines", told.lines().count());
        let report: Value = serde_json::from_str(&call(&["explain", name, "--json"]).out).unwrap();
        let short = report["inShort"].as_array().unwrap();
        assert!(!short.is_empty(), "{name}");
        let verdict: Value = serde_json::from_str(&call(&["run", name, "--json"]).out).unwrap();
        for server in verdict["servers"].as_array().unwrap() {
            let (server, serves) = (server["server"].as_str().unwrap(), server["serving"] == true);
            let last = report["chapters"].as_array().unwrap().last().unwrap();
            let why = last["waiting"].as_array().unwrap().iter().any(|why| why["party"] == server);
            let still = last["stillWaiting"].as_array().unwrap().iter().any(|still| still == server);
            assert!(serves || why || still, "{name}: nobody says why {server} does not serve");
        }
    }
}

#[test]
fn votes_are_told_with_the_fields_that_decide() {
    let told = explained("kill-leader");
    assert!(told.contains("zk3 keeps its own vote: epoch 1 = 1, zxid 0x100000000 > 0x0"), "{told}");
    assert!(
        told.contains(
            "zk1 changes its vote to zk3, and zk3 keeps its own: epoch 1 = 1, zxid 0x100000000 > 0x0"
        ),
        "{told}"
    );
}

#[test]
fn of_many_votes_those_that_decide_are_told() {
    let told = explained("proposal-on-two-of-five");
    let vote = "zk2, zk3 and zk4 change their votes to zk1: epoch 1 = 1, zxid 0x100000003 > 0x100000002";
    let voted = told.find(vote).unwrap_or_else(|| panic!("{told}"));
    assert!(told.find("zk1 is LEADING: votes of zk1, zk2, zk4").is_some_and(|led| led > voted), "{told}");
}

#[test]
fn nobody_acts_before_it_is_up() {
    let told = explained("if-one-were-enough");
    let up = told.find("0.511  zk2 is LOOKING").unwrap_or_else(|| panic!("{told}"));
    let counted = told.lines().find(|line| line.contains("zk2") && line.contains("count")).unwrap();
    assert!(told.find(counted).is_some_and(|at| at > up), "{told}");
}

#[test]
fn the_command_that_tells_all_repeats_what_was_asked_for() {
    let args = ["--seed", "3", "--bug", "ZK-4643"];
    let told = call(&[&["explain", "zk-4643"][..], &args].concat()).out;
    assert!(told.contains("`zablab run zk-4643 --seed 3 --bug ZK-4643` tells all"), "{told}");
    assert!(explained("zk-4643").contains("`zablab run zk-4643` tells all"));
}

#[test]
fn each_word_is_explained_once_and_where_it_is_used_first() {
    let told = explained("lone-survivor");
    for word in ["LOOKING - ", "zxid - ", "epoch - ", "SNAP - "] {
        assert_eq!(told.matches(word).count(), 1, "{word}");
    }
    assert!(!told.contains("TRUNC - "), "nobody cuts anything off");
    assert!(explained("minority-leader-trunc").contains("TRUNC - "));
}

#[test]
fn what_is_not_as_expected_is_marked_and_fails() {
    let path = file("unmet.zab", "ensemble zk1 zk2 zk3\nat 0s start all\nby 5s expect leader zk1\n");
    let Called { status, out, .. } = call(&["explain", path.to_str().unwrap()]);
    assert_eq!(status, 1);
    assert!(out.contains("NOT AS EXPECTED: leader zk1; instead: zk"), "{out}");
}

fn file(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("explain");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn predictions_are_asked_for_and_counted() {
    // Wrong, then unknown, then no answer at all and one in words.
    let Called { status, out, err } = call_with(&["explain", "lone-survivor", "--ask"], "1\n\nzk2\nno\n");
    assert_eq!((status, &*err), (0, ""));
    snapshot!("explain-ask", without_hash_within(&out));
}

#[test]
fn a_belief_is_judged_when_the_answers_are_out() {
    let asked = call_with(&["explain", "if-one-were-enough", "--ask"], "1\n").out;
    let belief = "Many believe: The last server could serve safely";
    assert_eq!(asked.matches(belief).count(), 2, "{asked}");
    let wrong = asked.find("And that is wrong.").unwrap();
    assert!(asked.find("Not so:").or(asked.find("Right:")).is_some_and(|answer| answer < wrong), "{asked}");
    assert!(!asked[..wrong].contains("and wrong"), "{asked}");
    // Which rule decides what a scenario asks itself is not known.
    assert!(!asked.contains("Decided at"), "{asked}");
}

#[test]
fn what_is_no_answer_is_asked_again() {
    let none = "That is none of them";
    let mut child = Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(["explain", "lone-survivor", "--ask"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let long = [vec![b'2'], vec![b' '; 100_000], vec![b'\n']].concat();
    let input = [&b"\xff\xfe\n"[..], &long, b"5\n2\n"].concat();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), out.matches(none).count()), (Some(0), 3), "{out}");
    assert!(out.contains("Predictions: 1 of 1 right"), "{out}");
}

fn without_hash_within(text: &str) -> String {
    let hash = text.find("lone-survivor:0@").unwrap();
    let at = hash + text[hash..].find('#').unwrap() + 1;
    format!("{}{}", &text[..at], &text[at + 8..])
}

#[test]
fn without_answers_the_rest_is_told() {
    let asked = call(&["explain", "lone-survivor", "--ask"]);
    assert_eq!(asked.status, 0);
    assert_eq!(asked.out.matches("? Who leads").count(), 1, "nobody asks whoever has gone: {}", asked.out);
    assert!(asked.out.contains("In short: nobody serves"));
    assert!(asked.out.contains("No prediction was asked for."));
    let right = call_with(&["explain", "lone-survivor", "--ask"], "2\n3\nNO\n");
    assert!(right.out.contains("Predictions: 3 of 3 right, 0 not known."), "{}", right.out);
}

#[test]
fn a_scenario_asks_for_itself() {
    let text = "\
# An ensemble has three servers. Does it survive a loss?
# It does, and here is how.

ensemble zk1 zk2 zk3

at 0s    start all
by 3s    expect available

# The leader goes.
at 5s    ask \"Is there a leader afterwards?\" wrong \"no\" right \"yes, another one\"
at 5s    kill leader

# They vote.
by 9s    expect available
";
    let path = file("asks.zab", text);
    let path = path.to_str().unwrap();
    let asked = call_with(&["explain", path, "--ask"], "1\n");
    assert_eq!(asked.out.matches("  ? ").count(), 1, "{}", asked.out);
    assert!(asked.out.contains("  ? Is there a leader afterwards?\n    1  no\n    2  yes, another one\n"));
    let answer = asked.out.find("Not so: you said `no`, and what happens is `yes, another one`.").unwrap();
    // Whoever is asked sees what comes of it before being told, and nothing of it before being asked.
    assert!(asked.out.find("is LEADING: votes of").unwrap() < answer, "{}", asked.out);
    assert!(
        asked.out.starts_with("An ensemble has three servers. Does it survive a loss?\n"),
        "{}",
        asked.out
    );
    assert!(asked.out.find("It does, and here is how.").unwrap() > answer, "{}", asked.out);
    let told = call(&["explain", path]).out;
    assert!(!told.contains("Is there a leader"), "who does not want to be asked is not");
}

#[test]
fn colour_is_for_whom_it_is_allowed() {
    let plain = call(&["explain", "lone-survivor"]).out;
    assert!(!plain.contains('\u{1b}'), "a pipe gets none");
    assert_eq!(call(&["explain", "lone-survivor", "--plain"]).out, plain);
    let colored = call(&["explain", "lone-survivor", "--color", "always"]).out;
    assert!(colored.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn a_moment_is_told_up_to_its_step_and_a_trace_again() {
    let report: Value = serde_json::from_str(&call(&["run", "kill-leader", "--json"]).out).unwrap();
    let end = report["moment"].as_str().unwrap();
    let whole = call(&["explain", end]);
    assert_eq!(whole.status, 0, "{}", whole.err);
    assert!(whole.out.contains(&format!("This is as far as {end} goes.")), "{}", whole.out);
    let wrong = call(&["explain", "kill-leader:0@100#00000000"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("has hash"), "{}", wrong.err);
    let trace = file("trace.jsonl", "");
    let trace = trace.to_str().unwrap();
    assert_eq!(call(&["run", "kill-leader", "--trace", trace, "--json"]).status, 0);
    assert_eq!(call(&["explain", trace]).out, explained("kill-leader"));
    let bug = call(&["explain", trace, "--defects", "keep-tail"]);
    assert_eq!(bug.status, 2);
    assert!(bug.err.contains("is a trace, and says what is wrong"), "{}", bug.err);
}

#[test]
fn an_early_moment_tells_nothing_of_what_comes_after_it() {
    let trace = file("early.jsonl", "");
    let trace = trace.to_str().unwrap();
    assert_eq!(call(&["run", "kill-leader", "--trace", trace, "--json"]).status, 0);
    let text = fs::read_to_string(trace).unwrap();
    // The first step behind the second start names its hash, if traces do; else the refusal names it.
    let refused = call(&["explain", "kill-leader:0@60#00000000"]).err;
    assert!(text.lines().count() > 60);
    let hash = refused.split("has hash ").nth(1).unwrap().split(' ').next().unwrap();
    let told = call(&["explain", &format!("kill-leader:0@60#{hash}")]);
    assert_eq!(told.status, 0, "{}", told.err);
    assert!(told.out.contains("> start zk1") && !told.out.contains("kill zk2"), "{}", told.out);
}

#[test]
fn bugs_are_explained_too() {
    let told = call(&["explain", "zk-4643", "--bug", "ZK-4643"]);
    assert_eq!(told.status, 1, "{}", told.err);
    assert!(told.out.contains("BROKEN"), "{}", told.out);
}

/// A party with a time, and what is said of it then.
type Moments = &'static [(&'static str, &'static [&'static str])];

/// Scenarios that bring parties into each kind of state, and what is said of them then.
const STATES: &[(&str, &str, Moments)] = &[
    (
        "one-of-three",
        "ensemble zk1 zk2 zk3\nset boot 500ms\nat 0s start zk1\nat 5s start zk2\nat 9s power-off zk2\nat 20s end\n",
        &[
            ("zk2@1s", &["zk2 is down: it has never been started.", "It has to be started."]),
            ("zk1@0.3s", &["zk1 boots since 0.000 s.", "listens on no port"]),
            (
                "zk1@3s",
                &[
                    "zk1 is LOOKING since 0.5",
                    "it holds 1 vote, its own, and needs 2 of 3.",
                    "zk2 has not been started.",
                    "zk3 has not been started.",
                    "One more must come back within its sight: zk2 or zk3.",
                ],
            ),
            (
                "zk1@5.6s",
                &[
                    "holds 2 votes for that (zk1 and zk2)",
                    "zk1 and zk2 are a quorum (2 of 3).",
                    "200 ms more",
                ],
            ),
            ("zk2@7s", &["zk2 serves since 5.", "it leads epoch 1, with zk1 and zk2 (it needs 2 of 3)."]),
            ("zk1@7s", &["zk1 serves since 5.", "following zk2 in epoch 1."]),
            ("zk2@12s", &["zk2 is down since 9.000 s: its machine lost power."]),
            // Nobody says goodbye where the power goes: the follower has not noticed.
            (
                "zk1@12s",
                &[
                    "zk2 is down since 9.000 s: its machine lost power.",
                    "It has not noticed",
                    "10 s of silence (syncLimit)",
                ],
            ),
        ],
    ),
    (
        "cut",
        "ensemble zk1 zk2 zk3\nat 0s start all\nat 5s cut leader from all\nat 30s end\n",
        &[
            (
                "zk3@6s",
                &[
                    "zk3 serves since",
                    "It cannot commit a write: only zk3 can acknowledge one, and it needs 2 of 3. It has not noticed yet.",
                    "Nothing from zk1 since",
                    "the link is cut since 5.000 s.",
                    "A follower silent for 10 s (syncLimit)",
                    "stops LEADING",
                ],
            ),
            (
                "zk3@25s",
                &[
                    "zk3 is LOOKING since",
                    "Nothing from zk1 since",
                    "the link is cut since 5.000 s.",
                    "zk1 or zk2",
                ],
            ),
        ],
    ),
    (
        "hears-and-is-not-heard",
        "ensemble zk1 zk2 zk3\nat 0s start all\nat 10s cut zk3 to zk1\nat 11s power-off zk2\nat 40s end\n",
        &[(
            "zk3@30s",
            &[
                "zk1 hears nothing from it: the link to zk1 is cut since 10.000 s.",
                "zk1 votes for zk1 (epoch 1, zxid 0x0): that does not count for zk3, whose zxid is larger.",
            ],
        )],
    ),
    (
        "healed",
        "ensemble zk1 zk2 zk3\nat 0s cut zk1 zk2 from zk2 zk3 on election\nat 0s start all\nat 120s heal\nat 180s end\n",
        &[(
            "zk1@160s",
            &[
                "zk3 must tell it of the better vote, for zk3: its sid is larger.",
                "when its notification time-out is over: the next is that of zk1, at 162.705 s.",
            ],
        )],
    ),
    (
        "acks-of-a-write",
        "ensemble zk1 zk2 zk3\nclient c at zk3\nat 0s start all\nat 3s start c\nat 10s hold ACK zk1 zk2 to zk3\nat 11s c create /a\nat 20s end\n",
        &[
            (
                "zk3@15s",
                &[
                    "only zk3 can acknowledge one, and it needs 2 of 3. ACK from zk1 is held back since 10.000 s.",
                    "It leads on, for it counts zk1, zk2 and zk3 as in sync: PINGs are not held back.",
                ],
            ),
            (
                "c@15s",
                &[
                    "zk1, zk2 and zk3 have it on disk, and it takes 2 of 3.",
                    "zk3 has the acknowledgement of zk3 alone: it lacks that of zk1 and zk2. ACK from zk1 is held back",
                ],
            ),
        ],
    ),
    (
        "one-id-twice",
        "ensemble zk1 zk2 zk3\nset boot 500ms\nset quorumListenOnAllIPs true\nset zk3 myid 2\nat 0s start zk1 zk2\nat 5s start zk3\nat 9s kill zk1\nat 30s end\n",
        &[
            (
                "zk2@25s",
                &[
                    "zk1 refused the connection: its process was killed at 9.000 s.",
                    "Nobody is server 3: its machine, zk3, calls itself server 2.",
                    "zk1 must come back within its sight.",
                ],
            ),
            ("zk3@25s", &["Nobody is server 3: its machine, this one, calls itself server 2."]),
        ],
    ),
    (
        "refused",
        "ensemble zk1 zk2 zk3\nat 0s refuse zk1 to zk2 zk3\nat 0s refuse zk2 zk3 to zk1\nat 0s start zk1 zk2\nat 9s end\n",
        &[(
            "zk1@8s",
            &["zk2 refuses its connections since 0.000 s: a firewall, say.", "zk3 has not been started."],
        )],
    ),
    (
        "paused",
        "ensemble zk1 zk2 zk3\nat 0s start all\nat 5s pause zk1\nat 6s hold zk2 log-writer\nat 6s fill zk3 disk\nat 9s end\n",
        &[
            ("zk1@7s", &["zk1 stands still since 5.000 s: its process is stopped."]),
            ("zk2@7s", &["The log-writer of zk2 is held since 6.000 s."]),
            ("zk3@7s", &["The disk of zk3 is full since 6.000 s.", "It cannot commit a write"]),
        ],
    ),
    (
        "two-of-four",
        "ensemble zk1 zk2 zk3 zk4\nat 0s start zk1 zk2\nat 9s end\n",
        &[(
            "zk1@8s",
            &["holds 2 votes for that (zk1 and zk2), and needs 3 of 4.", "One more must come back"],
        )],
    ),
    (
        "one-of-five",
        "ensemble zk1 zk2 zk3 zk4 zk5\nat 0s start zk1\nat 9s end\n",
        &[("zk1@8s", &["2 more must come back within its sight, of zk2, zk3, zk4 and zk5."])],
    ),
    (
        "standalone",
        "ensemble zk1\nat 0s start zk1\nat 5s end\n",
        &[("zk1@3s", &["zk1 serves alone since", "the only server in its list"])],
    ),
    (
        "observer",
        "ensemble zk1 zk2 zk3 zk4:observer\nat 0s start zk4\nat 3s start zk1 zk2\nat 9s end\n",
        &[
            ("zk4@2s", &["an observer, which votes for nobody"]),
            ("zk4@8s", &["zk4 serves since", "observing zk2 in epoch 1."]),
        ],
    ),
    (
        "to-lead",
        "ensemble zk1 zk2 zk3\nat 0s cut zk1 from zk2 on quorum\nat 0s start zk1 zk2\nat 20s end\n",
        &[
            (
                "zk2@3s",
                &[
                    "zk2 is LEADING since",
                    "it waits for the FOLLOWERINFO of a quorum, to choose an epoch: it has zk2 and needs 2 of 3.",
                    "the link is cut since 0.000 s.",
                    "zk3 has not been started.",
                    "One more must report to it: zk1 or zk3.",
                    "It waits 20 s for that (initLimit)",
                ],
            ),
            (
                "zk1@3s",
                &[
                    "zk1 is FOLLOWING zk2 since",
                    "not synchronized yet",
                    "tries to reach the quorum port of zk2",
                    "the link is cut",
                ],
            ),
        ],
    ),
    (
        "acks",
        "ensemble zk1 zk2 zk3\nat 0s hold ACK zk1 to zk2\nat 0s start zk1 zk2\nat 9s end\n",
        &[
            (
                "zk2@5s",
                &[
                    "acknowledges NEWLEADER of epoch 1: it has zk2 and needs 2 of 3.",
                    "ACK from zk1 is held back",
                ],
            ),
            ("zk1@5s", &["waits since", "for UPTODATE", "ACK to zk2 is held back since 0.000 s."]),
        ],
    ),
    (
        "clients",
        "ensemble zk1 zk2 zk3\nclient alice at zk1 timeout 4s\nclient bob at zk2\nat 0s start all\nat 4s start alice bob\n\
         at 6s hold zk1 zk2 disk\nat 6s hold zk3 log-writer\nat 6.5s bob create /x\nat 7s cut alice from zk1\nat 9s kill zk2\nat 40s end\n",
        &[
            ("alice@2s", &["alice has not been started."]),
            ("alice@5s", &["alice is connected to zk1, session 0x"]),
            (
                "bob@6.8s",
                &[
                    "bob waits for an answer to `create /x`, asked at 6.500 s.",
                    "nobody has it on disk, and it takes 2 of 3.",
                ],
            ),
            (
                "alice@12s",
                &[
                    "alice is disconnected since",
                    "it heard nothing from zk1",
                    "the link is cut since 7.000 s.",
                ],
            ),
            (
                "bob@12s",
                &[
                    "bob is disconnected since",
                    "its connection to zk2 ended.",
                    "zk2 refused the connection: its process was killed at 9.000 s.",
                ],
            ),
        ],
    ),
];

#[test]
fn each_kind_of_state_has_its_why() {
    for (name, text, moments) in STATES {
        let text = text.replace("hold zk1 zk2 disk", "hold zk1 disk\nat 6s hold zk2 disk");
        let path = file(&format!("{name}.zab"), &text);
        for (moment, said) in *moments {
            let Called { status, out, err } = call(&["explain", path.to_str().unwrap(), "--why", moment]);
            assert_eq!((status, &*err), (0, ""), "{name} {moment}");
            let text = out.split_whitespace().collect::<Vec<_>>().join(" ");
            for part in *said {
                assert!(text.contains(part), "{name} {moment}: no `{part}` in\n{out}");
            }
        }
    }
}

#[test]
fn a_client_that_has_lost_its_session_knows_when() {
    let told = call(&["explain", "disconnected-or-expired", "--why", "c1@80s"]).out;
    for part in ["it has expired.", "The leader closed it at 44.000 s", "must begin a new one"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn what_is_no_party_or_no_moment_is_refused() {
    for (at, what) in [
        ("zk9@3s", "has no server or client `zk9`"),
        ("zk1@3", "`3` is no time"),
        ("zk1", "it has no `@`"),
        ("@3s", "it names nobody"),
        ("zk1@3h", "kill-leader is over at 70.000 s"),
    ] {
        let Called { status, out, err } = call(&["explain", "kill-leader", "--why", at]);
        assert_eq!((status, &*out), (2, ""), "{at}");
        assert!(err.contains(what), "{at}: {err}");
    }
    assert_eq!(call(&["explain", "kill-leader", "--ask", "--json"]).status, 2);
}
