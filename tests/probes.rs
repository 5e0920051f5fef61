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
    // Only `everything` promises anything.
    assert_eq!(sweep("sweep calm --seeds 0..1 --require-probes").0, Some(0));
}
