//! What real ensembles of ZooKeeper 3.8.0 went through, as scenarios: the steps and times are recorded ones, and so is what
//! is expected of them. Each must come out green, in the right machine and in that of the release.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use zablab_sim::bugs::{self, Release, Wrong};
use zablab_sim::run::{Outcome, Run};
use zablab_sim::scenario::{Action, Scenario};

const SEEDS: u64 = 3;

/// The recordings that are told; each scenario has the name of its folder.
const RECORDINGS: [&str; 19] = [
    "a-start-123",
    "d-kill-leader",
    "damaged-epoch-files",
    "e-lone-survivor",
    "f-four-servers",
    "g-observer",
    "j1-diff-100",
    "j10-two-epochs-behind",
    "j2-2000-writes",
    "j4-wiped-follower",
    "j5-commitlog-50",
    "j7-restarted-ensemble",
    "j8-2000-writes-snapcount-300",
    "j9-2000-writes-no-txnlog",
    "p-zxid-consumption",
    "r2-follower-cut-off",
    "r4-leader-deaf",
    "same-myid-twice",
    "two-servers-run",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/real-logs/3.8.0")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.zab"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn parse(name: &str, text: &str) -> Scenario {
    Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"))
}

/// The same scenario, of a machine with what that release had.
fn as_recorded(name: &str, text: &str) -> (String, Scenario) {
    let wrong = Wrong { release: Some(Release::parse("3.8.0").unwrap()), ..Wrong::default() };
    let settings = wrong.settings().unwrap();
    assert!(!settings.is_empty());
    bugs::amended(name, text, &parse(name, text), &settings).unwrap()
}

fn run(name: &str, text: &str, scenario: &Scenario, seed: u64) -> Outcome {
    let run = Run::new(name, text, scenario, seed).unwrap_or_else(|error| panic!("{error}"));
    run.finish(&mut []).unwrap()
}

/// What is wrong with each, for every seed and for both machines.
fn wrong(names: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        let text = text(name);
        let right = (text.clone(), parse(name, &text));
        for (machine, (text, scenario)) in [("right", right), ("3.8.0", as_recorded(name, &text))] {
            for seed in 0..SEEDS {
                let outcome = run(name, &text, &scenario, seed);
                if !outcome.is_green() {
                    let (unmet, broken) = (&outcome.unmet, &outcome.violations);
                    all.push(format!("{name}, {machine}, seed {seed}: {unmet:?} {broken:?}"));
                }
            }
        }
    }
    all
}

#[test]
fn every_recording_has_its_scenario() {
    let listed = |is_one: fn(&Path) -> bool| {
        let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let names = paths.filter(|path| is_one(path)).map(|path| path.file_stem().unwrap().to_owned());
        names.map(|name| name.into_string().unwrap()).collect::<BTreeSet<String>>()
    };
    let expected: BTreeSet<String> = RECORDINGS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed(|path| path.extension().is_some_and(|is| is == "zab")), expected);
    assert_eq!(listed(Path::is_dir), expected);
}

// Two tests, so that two threads share the work.

#[test]
fn courses_are_as_recorded() {
    let (long, short): (Vec<&str>, Vec<&str>) = RECORDINGS.iter().partition(|name| name.starts_with('j'));
    assert_eq!((long.len(), short.len()), (8, 11));
    assert_eq!(wrong(&short), [""; 0]);
}

#[test]
fn synchronizations_are_as_recorded() {
    let long: Vec<&str> = RECORDINGS.into_iter().filter(|name| name.starts_with('j')).collect();
    assert_eq!(wrong(&long), [""; 0]);
}

/// What was recorded does not hold of just any run: without the kills, cuts and starts in the middle of it no scenario is
/// green.
#[test]
fn a_course_without_its_faults_is_another() {
    for name in RECORDINGS {
        let text = text(name);
        let is_fault = |line: &str| {
            let step = line.trim_start_matches("at ").trim_start();
            let step = step.trim_start_matches(|c: char| c.is_ascii_digit() || ".s ".contains(c));
            ["kill zk", "cut ", "when zk2 got"].iter().any(|fault| step.starts_with(fault))
        };
        let mut prefix = "";
        let mut kept = String::new();
        let mut left_out = 0;
        for line in text.lines() {
            // A line that goes on where one is left out gets the time of that one.
            let begins = ["at ", "by ", "from "].iter().find(|word| line.starts_with(*word));
            if begins.is_some() {
                let words: Vec<&str> = line.splitn(3, ' ').collect();
                prefix = &line[..words[0].len() + 1 + words[1].len()];
            }
            if is_fault(line.trim_start()) {
                left_out += 1;
            } else if begins.is_none() && line.starts_with(' ') {
                kept += &format!("{prefix} {}\n", line.trim_start());
            } else {
                kept += &format!("{line}\n");
            }
        }
        if left_out == 0 {
            assert!(["a-start-123", "same-myid-twice"].contains(&name), "{name} has no fault");
            continue;
        }
        let scenario = parse(name, &kept);
        assert!(scenario.timed().any(|timed| matches!(timed.action, Action::Step(_))));
        assert!(!run(name, &kept, &scenario, 0).is_green(), "{name}");
    }
}

/// The follower of this recording met ZOOKEEPER-4394 when it came back: a COMMIT between NEWLEADER and UPTODATE, of a
/// proposal it had by DIFF or never got. With writes at that moment the machine of the release meets it, and the right
/// one does not.
#[test]
fn a_follower_that_returns_among_writes_meets_what_the_recorded_one_met() {
    let name = "r2-follower-cut-off";
    let text = text(name).replace("at 41s   w-on-leader set", "at 40.29s w-on-leader set");
    let (of_release, scenario) = as_recorded(name, &text);
    let outcome = run(name, &of_release, &scenario, 0);
    let spoken: Vec<&str> = outcome.violations.iter().map(|violation| violation.property).collect();
    assert_eq!(spoken, ["nothing-illegal-arrives"]);
    assert_eq!(run(name, &text, &parse(name, &text), 0).violations, []);
}
