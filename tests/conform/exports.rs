//! What a run exports conforms, with nothing unexplained.

use std::fs;
use std::path::{Path, PathBuf};
use zablab_sim::bugs::Release;
use zablab_sim::bundled;
use zablab_sim::conform::judge::judge_as;
use zablab_sim::conform::{read, report};
use zablab_sim::export::zookeeper_log::ZookeeperLog;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;

/// Scenarios in which something happens of which no line of ZooKeeper's tells, or in which the machine does what ZooKeeper
/// does not.
const NOT_TOLD: &[(&str, &str)] = &[
    (
        "committed-and-cut",
        "what is committed and not applied counts here, and not in ZooKeeper (docs/findings.md)",
    ),
    ("crashes", "power fails: what was not synced is gone, and no line says so"),
    ("disks", "writes fail, and no line says what of them is there"),
    ("if-one-were-enough", "no ZooKeeper takes one of three for a quorum"),
];

/// What does not conform yet, under which seed more than its own, and what is wrong.
const OPEN: &[(&str, u64, &str)] = &[
    (
        "sync-under-a-deposed-leader",
        1,
        "the model leaves one learner too many when a leader loses its quorum",
    ),
    ("sync-is-not-enough", 1, "the same: it is the same course, told in fewer steps"),
];

fn export(name: &str, text: &str, seed: u64, to: &Path) {
    let scenario = Scenario::parse(name, text).unwrap();
    let run = Run::new(name, text, &scenario, scenario.seed() + seed).unwrap();
    let mut log = ZookeeperLog::new(run.ensemble());
    let outcome = run.finish(&mut [&mut log]).unwrap();
    let _ = fs::remove_dir_all(to);
    for file in log.finish(&outcome.ensemble) {
        let path = to.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
}

#[test]
fn every_bundled_story_exports_to_logs_that_conform() {
    // The machine without switches is what ZooKeeper is since 3.9.4.
    let release = Release::parse("3.9.5").unwrap();
    let mut wrong = Vec::new();
    for (name, text) in bundled::SCENARIOS {
        // The first is that of the records; under others, too, but where the plan is another one then.
        let seeds = if text.contains("\nprofile ") { 1 } else { 3 };
        for seed in 0..seeds {
            let to: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported").join(name);
            export(name, text, seed, &to);
            let reading = read(&[to], None);
            let told = NOT_TOLD.iter().find(|(known, _)| known == name);
            for ensemble in &reading.ensembles {
                let judged = judge_as(ensemble, release).unwrap();
                let is_wrong = report::is_wrong(ensemble, &judged, true);
                let undecided: usize = judged.servers.iter().map(|server| server.undecided.len()).sum();
                match told {
                    Some((name, why)) => assert!(is_wrong || seed > 0, "{name} conforms now: {why}"),
                    None if OPEN.iter().any(|(open, which, _)| (*open, *which) == (*name, seed)) => {
                        assert!(is_wrong, "{name}, seed {seed} conforms now");
                    }
                    None if is_wrong || undecided > 0 => {
                        let verdict = report::verdict(ensemble, &judged, true);
                        wrong.push(format!("{name}, seed {seed}\n{verdict}"));
                    }
                    None => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
