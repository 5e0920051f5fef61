//! The README shows what the binary really prints.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::process::Command;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;

const README: &str = include_str!("../README.md");

/// The blocks marked `console`: a command after `$`, then its output, in which a line `…` stands for any lines.
fn examples() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    let blocks = README.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .map(|block| {
            let mut lines = block.lines();
            let command = lines.next().and_then(|line| line.strip_prefix("$ ")).unwrap();
            let args = command.split_once(" -- ").or(command.split_once("zablab ")).unwrap().1;
            (args.split(' ').collect(), lines.collect())
        })
        .collect()
}

/// Whether `shown` is `printed` with some lines left out where it says so.
fn matches(shown: &[&str], printed: &[&str]) -> bool {
    match shown {
        [] => printed.is_empty(),
        ["…", rest @ ..] => (0..=printed.len()).any(|skip| matches(rest, &printed[skip..])),
        [line, rest @ ..] => printed.first() == Some(line) && matches(rest, &printed[1..]),
    }
}

#[test]
fn examples_are_what_the_binary_prints() {
    let examples = examples();
    assert!(!examples.is_empty());
    for (args, shown) in examples {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        let output = command.args(&args).current_dir(root).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = printed.lines().collect();
        assert!(matches(&shown, &lines), "the README's `zablab {}` now prints\n{printed}", args.join(" "));
    }
}

/// The lines of the list of commands: the arguments, and what stands behind them.
fn listed() -> Vec<Vec<&'static str>> {
    let lines = README.lines().filter_map(|line| line.strip_prefix("    zablab "));
    let commands = lines.filter_map(|line| Some(line.split_once("  ")?.0.split(' ').collect::<Vec<_>>()));
    // What serves goes on until it is interrupted; its own tests speak to it.
    commands.filter(|args| args[0] != "serve").collect()
}

#[test]
fn each_command_of_the_list_does_its_work() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    // It may be left over from an earlier run, or not.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let call = |args: &[&str]| {
        // An engine's variables would ask for a shard.
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        let output = command.env_clear().args(args).current_dir(&folder).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), told)
    };
    let servers = "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n";
    let config =
        format!("tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=data\nclientPort=2181\n{servers}");
    let race = "ensemble zk1 zk2 zk3\nat 0s start all\nat 4s kill leader\nat 9s expect leader zk3\n";
    for (name, text) in
        [("zoo.cfg", &*config), ("my.zab", "ensemble zk1\nat 0s start all\n"), ("race.zab", race)]
    {
        std::fs::write(folder.join(name), text).unwrap();
    }
    assert_eq!(call(&["run", "race.zab", "--json", "--trace", "failing.jsonl"]).0, 1);
    for shard in ["1/2", "2/2"] {
        assert_eq!(call(&["sweep", "calm", "--seeds", "0..2", "--shard", shard]).0, 0);
    }
    let listed = listed();
    assert!(listed.len() >= 17, "{listed:?}");
    for mut args in listed {
        for arg in &mut args {
            // A test has not the time for all of them.
            *arg = if *arg == "0..10000" { "0..20" } else { arg };
        }
        let (status, told) = call(&args);
        assert_eq!(status, 0, "{args:?}: {told}");
        assert!(told.is_empty() || args[0] == "shrink", "{args:?}: {told}");
    }
}

#[test]
fn scenarios_that_are_named_are_there() {
    let named: Vec<&str> = README
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("zablab run "))
        .filter_map(|rest| rest.split(' ').next())
        .filter(|name| !name.starts_with('-') && !name.contains('/'))
        .collect();
    assert!(named.len() >= 3);
    for name in named {
        assert!(zablab_sim::bundled::find(name).is_some(), "{name}");
    }
}

#[test]
fn an_example_that_is_off_is_noticed() {
    assert!(matches(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(!matches(&["a", "…", "d"], &["a", "b", "c"]));
    assert!(!matches(&["a", "c"], &["a", "b", "c"]));
}

#[test]
fn the_scenarios_shown_hold() {
    let texts: Vec<&str> =
        README.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(texts.len(), 3);
    for text in texts {
        let scenario = Scenario::parse("README.md", text).unwrap_or_else(|error| panic!("{error}"));
        for seed in 0..20 {
            let outcome = Run::new("README.md", text, &scenario, seed).unwrap().finish(&mut []).unwrap();
            assert!(outcome.is_green(), "seed {seed}: {:?} {:?}", outcome.unmet, outcome.violations);
        }
    }
}
