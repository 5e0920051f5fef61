use super::*;
use std::collections::BTreeMap;

fn plans(profile: &'static Profile, seeds: u64) -> impl Iterator<Item = (u64, Scenario)> {
    (0..seeds).map(move |seed| (seed, profile.plan(seed).unwrap()))
}

#[test]
fn a_plan_is_canonical_and_reads_back_as_the_same_tree() {
    for profile in PROFILES {
        for (seed, plan) in plans(profile, 60) {
            let text = plan.to_string();
            let read = Scenario::parse(profile.name, &text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(read, plan, "{} {seed}", profile.name);
            assert_eq!(read.to_string(), text, "{} {seed}", profile.name);
            let lines = |scenario: &Scenario| scenario.timed().map(|timed| timed.line()).collect::<Vec<_>>();
            assert_eq!(lines(&read), lines(&plan), "{} {seed}", profile.name);
        }
    }
}

#[test]
fn every_kind_of_fault_is_drawn_and_does_something() {
    let everything = Profile::find("everything").unwrap();
    let mut drawn: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, plan) in plans(everything, 300) {
        let title = plan.preface().join(" ");
        for fault in everything.faults {
            if title.contains(fault.name) {
                *drawn.entry(fault.name).or_default() += 1;
            }
        }
    }
    assert_eq!(drawn.len(), everything.faults.len(), "{drawn:?}");
    assert!(drawn.values().all(|times| *times > 10), "{drawn:?}");
}

#[test]
fn every_kind_of_fault_stands_in_everything_and_has_a_name_of_its_own() {
    let everything: Vec<&str> = Profile::find("everything").unwrap().faults.iter().map(|f| f.name).collect();
    for (at, name) in everything.iter().enumerate() {
        assert!(!everything[..at].contains(name), "{name}");
    }
    for fault in PROFILES.iter().flat_map(|profile| profile.faults) {
        assert!(everything.contains(&fault.name), "{}", fault.name);
    }
}

#[test]
fn most_worlds_have_three_servers_and_some_have_more_or_observers() {
    let everything = Profile::find("everything").unwrap();
    let mut three = 0;
    let mut largest = 0;
    let mut observed = 0;
    for (_, plan) in plans(everything, 400) {
        let servers = plan.servers();
        let voters = servers.iter().filter(|server| !server.observer).count();
        three += u32::from(servers.len() == 3);
        observed += u32::from(servers.len() > voters);
        largest = largest.max(voters);
        assert!((3..=7).contains(&voters));
    }
    assert!((260..=300).contains(&three), "{three} of 400");
    assert!(observed > 40 && largest == 7, "{observed} {largest}");
    assert_eq!(everything.plan_for(5, Some(15)).servers().len(), 15);
}

#[test]
fn every_statement_of_the_world_stands_in_some_plan() {
    let text: String =
        plans(Profile::find("everything").unwrap(), 300).map(|(_, plan)| plan.to_string()).collect();
    for words in [
        " cut ",
        " refuse ",
        " reset ",
        " heal ",
        " hold ",
        " release ",
        " kill ",
        " restart ",
        " pause ",
        " resume ",
        " clock zk1 ",
        "power-off",
        " wipe ",
        " fill ",
        " free all disk",
        " log\n",
        " fail ",
        "initialCounter 42949",
        "losing unsynced",
        "keeping all",
        "set zk2 latency",
        "set connect",
        "set zk2 fsync",
        "set zk2 write",
        "set zk2 task",
        " on election",
        " on quorum",
        "wrote acceptedEpoch",
        "wrote currentEpoch",
        "wrote log",
        "wrote snapshot",
        "wrote truncation",
        "got NEWLEADER",
        "got SNAP",
        "ran log-writer",
        "decided proposed",
        " before zk",
        " disk\n",
        " commit-applier\n",
        ":observer",
        "group.3",
        "weight.",
        "absent unanswered",
        "forceSnapshotSync yes",
        "window 1\n",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn two_hundred_operations_are_asked_for() {
    for (seed, plan) in plans(Profile::find("everything").unwrap(), 100) {
        let workloads: u32 = plan.workloads().iter().map(|load| load.operations).sum();
        let local: u32 = plan
            .timed()
            .map(|timed| match &timed.action {
                crate::scenario::Action::Step(crate::scenario::Step::Create { times, path, .. })
                    if path != "/last" =>
                {
                    *times
                }
                crate::scenario::Action::Step(crate::scenario::Step::Write { times, .. }) => *times,
                _ => 0,
            })
            .sum();
        assert_eq!(workloads + local, world::OPERATIONS, "seed {seed}");
    }
}

#[test]
fn a_scenario_that_names_a_profile_is_what_the_profile_draws() {
    let read = |text: &str| Scenario::parse("test", text).unwrap();
    let named = read("# Why?\n\nprofile crashes servers 5\nset tickTime 2000\nset zk2 fsync 7ms\n");
    let plan = drawn(&named, 7).unwrap();
    assert_eq!(plan.servers().len(), 5);
    let text = plan.to_string();
    assert!(text.starts_with("# Why?\n\n# crashes, seed 7, 5 servers: "), "{text}");
    assert_eq!(text.matches("set tickTime").count(), 1);
    assert!(text.contains("set tickTime 2000\n") && text.contains("set zk2 fsync 7ms\n"));
    assert_eq!(drawn(&read("profile calm\n"), 3), Some(Profile::find("calm").unwrap().plan_for(3, None)));
    assert_eq!(drawn(&plan, 7), None);
    assert_eq!(
        named.to_string(),
        "# Why?\n\nprofile crashes servers 5\nset tickTime 2000\nset zk2 fsync 7ms\n"
    );
}

#[test]
fn a_plan_is_as_long_as_its_settings_need() {
    let slow =
        Scenario::parse("test", "profile calm\nset tickTime 2000\nset maxNotificationInterval 60000\n")
            .unwrap();
    let end = drawn(&slow, 0).unwrap().timed().last().unwrap().prefix.to_string();
    let usual = Profile::find("calm").unwrap().plan(0).unwrap().timed().last().unwrap().prefix.to_string();
    let seconds =
        |prefix: &str| prefix.trim_start_matches("by ").trim_end_matches('s').parse::<f64>().unwrap();
    assert!((55.0..70.0).contains(&seconds(&usual)), "{usual}");
    assert!(seconds(&end) > 300.0, "{end}");
}
