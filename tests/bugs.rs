//! ZooKeeper's own bugs: each bundled scenario that shows one is green without it, and with it the property that it names
//! speaks before any other.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

use serde_json::Value;
use std::process::Command;
use zablab_sim::bugs::{Bug, CATALOGUE, Lesson, Wrong, judges_of};
use zablab_sim::bundled::SCENARIOS;
use zablab_sim::judges::Judges;
use zablab_sim::run::Run;
use zablab_sim::scenario::{Action, Scenario};
use zablab_sim::score::{Record, Scale, Search, table};
use zablab_sim::shrink::spoken;
use zablab_sim::storm::Profile;

/// The scenarios that show a bug.
fn lessons() -> Vec<(&'static str, &'static str, Scenario)> {
    let parsed = SCENARIOS.iter().map(|(name, text)| (*name, *text, Scenario::parse(name, text).unwrap()));
    parsed.filter(|(.., scenario)| scenario.shows().is_some()).collect()
}

fn zablab(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_zablab")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_scenario_is_green_without_its_bug_and_shows_it_with_it() {
    let mut wrong = Vec::new();
    for (name, text, scenario) in lessons() {
        let shown = Lesson::of(name, text, &scenario).unwrap().unwrap().run(None).unwrap();
        for (side, came) in [("without", shown.clean), ("with", shown.with)] {
            if let Err(what) = came {
                wrong.push(format!("{name}, {side} the bug: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scenario_is_a_lesson_of_at_most_fifteen_steps() {
    for (name, text, scenario) in lessons() {
        let shows = scenario.shows().unwrap();
        let bug = Bug::find(&shows.bug).unwrap();
        assert_eq!((name, bug.scenario()), (&*format!("zk-{}", bug.number), Some((name, text))));
        let steps = scenario.timed().filter(|timed| matches!(timed.action, Action::Step(_))).count();
        assert!((1..=15).contains(&steps), "{name}: {steps} steps");
        let preface = scenario.preface();
        assert!(preface.len() >= 4 && preface.iter().any(|line| line.contains("Believe: ")), "{name}");
        assert!(
            scenario.settings().iter().all(|set| set.key != "defects" && set.key != "newleader"),
            "{name}"
        );
        let own = judges_of(&shows.by).iter().any(|judge| bug.judges.contains(judge));
        assert!(own, "{name}: {} is no property of {}", shows.by, shows.bug);
    }
}

#[test]
fn every_entry_has_a_scenario() {
    for bug in CATALOGUE {
        assert!(bug.scenario().is_some(), "{} has none", bug.id());
    }
}

#[test]
fn a_scenario_fails_with_its_bug_and_both_ways_are_as_promised() {
    assert_eq!(zablab(&["run", "zk-335", "--json"]).0, 0);
    let (status, report, _) = zablab(&["run", "zk-335", "--bug", "ZK-335", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, &report["violations"][0]["property"]), (1, &"one-leader-per-epoch".into()));
    let (status, words, _) = zablab(&["run", "zk-335", "--both"]);
    assert_eq!((status, words.matches("as expected: ").count()), (0, 2), "{words}");
    let (status, report, _) = zablab(&["run", "zk-335", "--both", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, &report["holds"], &report["bug"]), (0, &true.into(), &"ZK-335".into()));
}

#[test]
fn both_ways_fail_where_one_of_them_is_not_as_promised() {
    let (_, text, scenario) = lessons().into_iter().find(|(name, ..)| *name == "zk-335").unwrap();
    assert!(scenario.shows().is_some());
    let judge = |text: &str| {
        let scenario = Scenario::parse("test", text).unwrap();
        Lesson::of("test", text, &scenario).unwrap().unwrap().run(None).unwrap()
    };
    // Another property than the one that speaks.
    let shown = judge(&text.replace("by P-ONE", "by P-INIT"));
    assert!(shown.clean.is_ok());
    assert_eq!(shown.with.unwrap_err(), "one-leader-per-epoch speaks, and not what is expected");
    // A demand that is not met without the bug, and a bug that the scenario does not show.
    assert!(
        judge(&text.replace("expect zk2 epoch 2", "expect zk2 epoch 7"))
            .clean
            .unwrap_err()
            .contains("epoch 7")
    );
    let shown = judge(&text.replace("ZK-335", "ZK-2355"));
    assert_eq!(shown.with.unwrap_err(), "nothing speaks");
}

#[test]
fn what_the_machine_of_a_bugs_time_does_without_it_shows_nothing() {
    let (_, text, _) = lessons().into_iter().find(|(name, ..)| *name == "zk-335").unwrap();
    let text = text.replace("ZK-335", "ZK-790");
    let scenario = Scenario::parse("test", &text).unwrap();
    let shown = Lesson::of("test", &text, &scenario).unwrap().unwrap().run(None).unwrap();
    let told = shown.clean.unwrap_err();
    assert!(told.starts_with("one-leader-per-epoch speaks with no-accepted-epoch alone: "), "{told}");
}

#[test]
fn a_claimed_zxid_does_no_harm_where_epochs_are_promised() {
    let (name, text, scenario) = lessons().into_iter().find(|(name, ..)| *name == "zk-790").unwrap();
    for half in ["early-last-zxid", "no-accepted-epoch"] {
        let settings = Wrong::defects(half).settings().unwrap();
        let (text, scenario) = zablab_sim::bugs::amended(name, text, &scenario, &settings).unwrap();
        let outcome = Run::new(name, &text, &scenario, 0).unwrap().finish(&mut []).unwrap();
        assert_eq!(spoken(&outcome), Vec::<&str>::new(), "{half}");
    }
}

#[test]
fn a_snapshot_named_by_a_claim_holds_what_its_server_had() {
    // zk3 claims epoch 2 and saves its data under that name. All start anew, and it begins epoch 3 with what everybody has.
    let text = "ensemble zk1 zk2 zk3\nset tickTime 200\nset initLimit 4\nset cnxTimeout 1000\n\
                set maxNotificationInterval 800\nset defects no-accepted-epoch:early-last-zxid\ndraws plain\n\
                at 0s start all\nby 1s expect leader zk3\nat 1s create /a at zk3\n\
                at 2s cut zk3 from zk1 zk2 on quorum\nwhen zk3 wrote snapshot nth 4: heal\n\
                when zk3 wrote snapshot nth 4: restart all\nby 8s expect zk3 epoch 3\n";
    let scenario = Scenario::parse("test", text).unwrap();
    let mut run = Run::new("test", text, &scenario, 0).unwrap();
    run.judge_by(Judges::only(["initial-history"]).unwrap());
    assert_eq!(spoken(&run.finish(&mut []).unwrap()), Vec::<&str>::new());
}

#[test]
fn what_shows_no_bug_has_no_two_ways() {
    let (status, out, told) = zablab(&["run", "write-path", "--both"]);
    assert_eq!((status, &*out), (2, ""));
    assert_eq!(told, "error: write-path shows no bug; expected a line such as `shows ZK-4646 by P-DUR`\n");
    assert_eq!(zablab(&["run", "write-path", "--bug", "ZK-1"]).0, 2);
}

#[test]
fn the_list_names_every_bug_and_each_has_its_story() {
    let (status, list, _) = zablab(&["bugs"]);
    assert_eq!(status, 0);
    let (_, json, _) = zablab(&["bugs", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), CATALOGUE.len());
    for bug in CATALOGUE {
        assert!(list.contains(&format!("{} ", bug.id())) && list.contains(bug.title), "{}", bug.id());
        let (status, story, _) = zablab(&["bugs", &bug.id()]);
        assert!(
            status == 0 && story.starts_with(&bug.id()) && story.contains("How it comes about:"),
            "{story}"
        );
        if bug.scenario().is_some() {
            assert!(story.contains(&format!("zablab run zk-{} --bug {}", bug.number, bug.id())), "{story}");
        }
    }
}

#[test]
fn a_release_has_its_bugs_and_what_is_not_covered_is_said() {
    let (status, plan, told) = zablab(&["plan", "calm", "--as", "3.5.5"]);
    assert_eq!(status, 0);
    assert!(
        plan.contains("\nset newleader late-log\n") && plan.contains("log-queue-survives-shutdown"),
        "{plan}"
    );
    assert!(told.starts_with("ZooKeeper 3.5.5 had this, too, and the machine has not:\n"), "{told}");
    assert!(told.contains("ZK-3109: "), "{told}");
    let (status, _, told) = zablab(&["plan", "calm", "--as", "3.99.0"]);
    assert!(status == 2 && told.contains("expected a release of ZooKeeper"), "{told}");
}

#[test]
fn a_plan_with_a_bug_is_the_same_plan() {
    for bug in CATALOGUE.iter().filter(|bug| bug.can_be_put_back()) {
        let id = bug.id();
        let (_, right, _) = zablab(&["plan", "everything", "--seed", "5"]);
        let (status, with, told) = zablab(&["plan", "everything", "--seed", "5", "--bug", &id]);
        assert_eq!(status, 0, "{told}");
        let added: Vec<&str> = with.strip_prefix(&right).unwrap().lines().collect();
        assert!(!added.is_empty() && added.iter().all(|line| line.starts_with("set ")), "{id}: {added:?}");
    }
}

#[test]
fn random_runs_find_what_is_put_back_and_nothing_without_it() {
    let profile = Profile::find("everything").unwrap();
    for id in ["ZK-335", "ZK-1154", "ZK-2355", "ZK-1419", "ZK-2845"] {
        let bug = Bug::find(id).unwrap();
        let settings = Wrong::bug(bug).settings().unwrap();
        let found = (0..400).find(|seed| {
            let mut plan = profile.plan(*seed).unwrap();
            zablab_sim::bugs::amend(&mut plan, &settings);
            let outcome = Run::new("plan", "", &plan, *seed).unwrap().finish(&mut []).unwrap();
            outcome.violations.first().is_some_and(|found| bug.is_shown_by(found.property, &found.what))
        });
        let seed = found.unwrap_or_else(|| panic!("{id} is not found"));
        let plan = profile.plan(seed).unwrap();
        let outcome = Run::new("plan", "", &plan, seed).unwrap().finish(&mut []).unwrap();
        assert!(spoken(&outcome).is_empty(), "{id}, seed {seed}, without the bug");
    }
}

#[test]
fn the_table_in_the_docs_is_that_of_the_full_score() {
    let found = Record::bundled().found;
    let mut there: Vec<Search> = found.iter().map(|found| found.search.clone()).collect();
    let mut wanted = Scale::FULL.searches(&|_| true);
    there.sort();
    wanted.sort();
    assert!(there == wanted, "the score is not that of the catalogue as it stands (CONTRIBUTING.md)");
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/score.md");
    let page = std::fs::read_to_string(docs).unwrap();
    assert!(page.ends_with(&table(&found)), "zablab score --resume traces/score prints another table");
}

#[test]
fn a_score_is_counted_once_and_goes_on_where_it_was() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bugs-score");
    let _ = std::fs::remove_dir_all(&folder);
    let folder = folder.to_str().unwrap();
    let args = ["score", "--quick", "--bug", "ZK-1419,ZK-1154", "--resume", folder];
    let (status, first, told) = zablab(&args);
    assert_eq!(status, 0, "{told}");
    assert!(
        first.contains("| ZK-1154 | everything | 3 of 3 |") && first.contains("votes-rise: ZK-1419"),
        "{first}"
    );
    let (status, again, _) = zablab(&args);
    assert_eq!((status, again), (0, first));
    let (status, report, _) = zablab(&["score", "--quick", "--bug", "ZK-1419", "--resume", folder, "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, &report["rows"][0]["found"], &report["whole"]), (0, &3.into(), &true.into()));
}
