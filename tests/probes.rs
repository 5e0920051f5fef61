//! Storms get the machine into the situations that the table of probes lists.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use std::collections::BTreeMap;
use zablab_sim::probe::{Probe, SITUATIONS};
use zablab_sim::run::Run;
use zablab_sim::storm::Profile;

/// How many of so many seeds reach each situation.
fn reached(profile: &str, seeds: u64) -> BTreeMap<Probe, u32> {
    let mut counts = BTreeMap::new();
    for seed in 0..seeds {
        let plan = Profile::find(profile).unwrap().plan(seed).unwrap();
        let mut run = Run::new(profile, &plan.to_string(), &plan, seed).unwrap();
        run.probe();
        for probe in run.finish(&mut []).unwrap().reached.iter() {
            *counts.entry(probe).or_default() += 1;
        }
    }
    counts
}

#[test]
fn storms_reach_most_situations() {
    let counts = reached("everything", 100);
    let missed = SITUATIONS.iter().filter(|situation| !counts.contains_key(&situation.probe));
    let missed: Vec<&str> = missed.map(|situation| situation.name).collect();
    assert!(missed.len() < SITUATIONS.len() / 3, "{missed:?}");
}

#[test]
fn nothing_is_reached_where_nobody_asks() {
    let plan = Profile::find("everything").unwrap().plan(0).unwrap();
    let outcome = Run::new("everything", &plan.to_string(), &plan, 0).unwrap().finish(&mut []).unwrap();
    assert_eq!(outcome.reached.iter().count(), 0);
}

#[test]
fn what_is_promised_and_not_reached_fails_a_sweep() {
    let sweep = |args: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_zablab"))
            .args(args.split(' '))
            .env_remove("SLURM_ARRAY_TASK_ID")
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, said) = sweep("sweep everything --seeds 0..1 --require-probes");
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("never reached, and promised by everything: "), "{said}");
    // Only profiles promise anything.
    assert_eq!(sweep("sweep start-in-order --seeds 0..1 --require-probes").0, Some(0));
}

fn table(args: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(["probes", "--markdown"])
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_table_in_the_docs_is_what_the_command_prints() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/probes.md");
    assert_eq!(
        std::fs::read_to_string(docs).unwrap(),
        table(&[]),
        "zablab probes --markdown > docs/probes.md"
    );
}

#[test]
fn the_table_tells_how_many_seeds_of_a_sweep_reached_each_situation() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_zablab"))
        .args(["sweep", "calm", "--seeds", "0..2", "--json"])
        .env_remove("SLURM_ARRAY_TASK_ID")
        .output()
        .unwrap();
    let report = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("calm-report.json");
    std::fs::write(&report, output.stdout).unwrap();
    let table = table(&["--report", report.to_str().unwrap()]);
    assert!(table.contains("| Of 2 seeds of calm |"), "{table}");
    assert!(table.contains("| LeaderServes | a leader begins to serve | everything, calm | 2 |"), "{table}");
    assert!(table.contains("| everything, crashes | 0 |"), "{table}");
}
