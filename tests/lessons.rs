//! The lessons: each asks before it shows, holds whatever the seed, and stands in `docs/lessons.md` as it is.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use zablab_sim::bundled;
use zablab_sim::run::{Outcome, Run};
use zablab_sim::scenario::{Action, Prefix, Scenario, Statement, Timed};

const DOCS: &str = include_str!("../docs/lessons.md");
const README: &str = include_str!("../README.md");

/// Seeds that each lesson is run with, unless the environment says so.
const SEEDS: u64 = 10;

/// A lesson: its name, its text, what it says.
struct Lesson {
    name: String,
    text: String,
    scenario: Scenario,
}

fn lessons() -> Vec<Lesson> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/lessons");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10);
    let lesson = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(bundled::find(&name), Some(&*text), "{name}");
        let scenario = Scenario::parse(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        Lesson { name, text, scenario }
    };
    paths.iter().map(lesson).collect()
}

fn run(name: &str, text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
    Run::new(name, text, &scenario, seed).unwrap().finish(&mut []).unwrap()
}

/// The instant at which a statement is done, asked or decided.
fn due(timed: &Timed) -> Option<u64> {
    match &timed.prefix {
        Prefix::At(time) | Prefix::By(time) | Prefix::During { to: time, .. } => Some(time.nanos()),
        Prefix::When(_) => None,
    }
}

#[test]
fn names_are_unique_over_all_folders() {
    let names: BTreeSet<&str> = bundled::SCENARIOS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), bundled::SCENARIOS.len());
}

#[test]
fn each_lesson_holds() {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS);
    for Lesson { name, text, scenario } in lessons() {
        assert_eq!(scenario.to_string(), text, "{name} is not in canonical form");
        for seed in 0..seeds {
            let outcome = run(&name, &text, seed);
            let (unmet, broken) = (&outcome.unmet, outcome.broken().next());
            assert!(outcome.is_green(), "{name}, seed {seed}: {unmet:?} {broken:?}");
        }
    }
}

#[test]
fn each_lesson_says_what_is_believed_and_asks_before_it_shows() {
    for Lesson { name, scenario, .. } in lessons() {
        assert!(scenario.title().is_some_and(|title| title.contains('?')), "{name}: its title asks nothing");
        assert!(scenario.belief().is_some_and(|belief| belief.ends_with(['.', '?'])), "{name}");

        // A paragraph in which something is done begins with a caption, or with a question about it.
        let (mut said, mut line) = (false, 0);
        for one in &scenario.lines {
            if one.blank_before || line == 0 {
                said = one.statement.is_none();
            }
            line = one.span.line;
            match &one.statement {
                Some(Statement::Timed(Timed { action: Action::Ask(_), .. })) => said = true,
                Some(Statement::Timed(Timed { action: Action::Step(_), .. })) => {
                    assert!(said, "{name}, line {line}: done without a word");
                }
                _ => {}
            }
        }

        // What is asked is decided by what follows, before the next question.
        let timed: Vec<&Timed> = scenario.timed().collect();
        let asks: Vec<usize> =
            (0..timed.len()).filter(|at| matches!(timed[*at].action, Action::Ask(_))).collect();
        assert!(!asks.is_empty(), "{name} asks nothing");
        for (nth, at) in asks.iter().enumerate() {
            let asked = due(timed[*at]).unwrap();
            let until = asks.get(nth + 1).map_or(timed.len(), |next| *next);
            let answers = timed[at + 1..until].iter().any(|timed| {
                matches!(timed.action, Action::Expect(_)) && due(timed).is_some_and(|due| due > asked)
            });
            assert!(answers, "{name}, line {}: nothing decides the answer", timed[*at].line());
            assert!(asked > 0, "{name}: asked before anything has happened");
        }
    }
}

/// A lesson is read from the top, so that is how it happens: what is done and asked stands in the order of its times.
#[test]
fn each_lesson_goes_on_in_time() {
    for Lesson { name, scenario, .. } in lessons() {
        let mut last = 0;
        for timed in scenario.timed() {
            if let (Prefix::At(time), Action::Step(_) | Action::Ask(_)) = (&timed.prefix, &timed.action) {
                assert!(time.nanos() >= last, "{name}, line {}: it was later before", timed.line());
                last = time.nanos();
            }
        }
    }
}

#[test]
fn a_page_lists_each_lesson_as_it_is() {
    let lessons = lessons();
    for Lesson { name, scenario, .. } in &lessons {
        let (title, belief) = (scenario.title().unwrap(), scenario.belief().unwrap());
        let entry =
            format!("### {title}\n\n    zablab explain {name}\n\nIt is often believed: \"{belief}\"\n\n");
        assert_eq!(DOCS.matches(&*entry).count(), 1, "docs/lessons.md should have once:\n{entry}");
    }
    assert_eq!(DOCS.lines().filter(|line| line.starts_with("### ")).count(), lessons.len());
    assert_eq!(DOCS.lines().filter(|line| line.starts_with("## ")).count(), 10, "ten questions");
}

#[test]
fn the_readme_asks_ten_questions() {
    let section = README.split("## Questions\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let lessons = lessons();
    let mut asked = 0;
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(question) = line.strip_prefix(&format!("{}. ", asked + 1)) else { continue };
        let command = lines.next().unwrap().trim();
        let name = command.strip_prefix("`zablab explain ").and_then(|rest| rest.strip_suffix('`')).unwrap();
        let lesson = lessons.iter().find(|lesson| lesson.name == name).unwrap();
        let title = lesson.scenario.title().unwrap();
        assert!(question.ends_with('?') && title.starts_with(question), "{question}");
        asked += 1;
    }
    assert_eq!(asked, 10);
}

/// The lesson says that whoever starts them again does not wait.
#[test]
fn a_new_process_does_not_wait_for_the_next_try_of_an_old_one() {
    let Lesson { name, text, .. } =
        lessons().into_iter().find(|lesson| lesson.name == "wrong-address").unwrap();
    let (before, _) = text.split_once("from 121s").unwrap();
    for server in ["zk1", "zk2", "zk3"] {
        let again = format!("{before}at 121s restart {server}\nby 124s expect available\n");
        assert!(run(&name, &again, 0).is_green(), "{server}");
    }
}

/// The two lessons differ in what became of the write, and not in what its client or a history says of it.
#[test]
fn a_lost_request_and_a_lost_answer_are_info_and_the_checker_takes_both() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons");
    fs::create_dir_all(&folder).unwrap();
    let zablab = |words: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_zablab")).args(words).current_dir(&folder).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let told = ["request-lost", "answer-lost"].map(|name| {
        let file = format!("{name}.jsonl");
        let (status, out) = zablab(&["run", name, "--history", &file]);
        assert_eq!(status, Some(0), "{name}: {out}");
        let (status, out) = zablab(&["check", &file]);
        assert_eq!(status, Some(0), "{name}: {out}");
        let history = fs::read_to_string(folder.join(&file)).unwrap();
        let info = history.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let info: Vec<_> = info.filter(|event| event["type"] == "info" && event["f"] == "write").collect();
        assert_eq!(info.len(), 1, "{name}: {history}");
        (info[0]["f"].clone(), info[0]["value"].clone())
    });
    assert_eq!(told[0], told[1]);
}

/// `n` servers of which the last leads, and more lines.
fn servers(n: usize, lines: &str) -> String {
    let names: Vec<String> = (1..=n).map(|sid| format!("zk{sid}")).collect();
    format!(
        "ensemble {}\nset boot 500ms\nat 0s start all\nby 4s expect zk{n} serving\n{lines}",
        names.join(" ")
    )
}

fn holds(text: &str) -> bool {
    let outcome = run("table", text, 0);
    assert_eq!(outcome.broken().next(), None, "{text}");
    outcome.is_green()
}

/// Whether the service goes on after so many losses, one after the other.
fn bears(n: usize, losses: usize) -> bool {
    let kill = |at: usize| format!("at {}s kill zk{at}\n", at * 30);
    let kills: String = (1..=losses).map(kill).collect();
    let end = losses * 30 + 25;
    holds(&servers(n, &format!("{kills}by {end}s expect available\nat {end}s expect available\n")))
}

/// Whether a write is answered although so many followers do not acknowledge it.
fn writes_without(n: usize, silent: usize) -> bool {
    let held: String = (1..=silent).map(|sid| format!(" zk{sid}")).collect();
    let hold = if silent > 0 { format!("at 5s hold ACK{held} to leader\n") } else { String::new() };
    holds(&servers(n, &format!("{hold}at 6s create /a at zk{n}\nby 8s expect answered 1\n")))
}

#[test]
fn the_table_of_losses_is_what_runs_show() {
    let mut table = String::new();
    for n in 1..=7 {
        let borne = (0..n).take_while(|losses| bears(n, *losses)).count() - 1;
        let disks = n + 1 - (0..n).take_while(|silent| writes_without(n, *silent)).count();
        table.push_str(&format!("| {n} | {} | {borne} | {disks} |\n", n / 2 + 1));
    }
    let head =
        "| servers | more than half | losses borne | disks a write waits for |\n| --- | --- | --- | --- |\n";
    assert!(DOCS.contains(&format!("{head}{table}\n")), "docs/lessons.md should have\n{head}{table}");
}
