//! For each recording a scenario with the same steps takes the same course.

use super::{ensemble, judged, logs};
use zablab_sim::bugs::{Release, Wrong, amended};
use zablab_sim::conform::course::{Courses, Likeness, compare};
use zablab_sim::judges::Judges;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;

/// Where the course takes a scenario of its own, and why.
const OWN: [(&str, &str); 1] = [(
    "r2-follower-cut-off",
    "two writes fell between NEWLEADER and UPTODATE, and ZOOKEEPER-4394 spoke: a run that is judged ends there",
)];

fn likeness(name: &str, scenario: &str) -> Likeness {
    let release = Release::parse("3.8.0").unwrap();
    let logs_of = ensemble(&logs().join("3.8.0").join(name));
    let own = OWN.iter().any(|(own, _)| *own == scenario);
    let folder = if own { logs().join("../conform") } else { logs().join("3.8.0") };
    let file = folder.join(format!("{scenario}.zab"));
    let text = std::fs::read_to_string(&file).unwrap();
    let parsed = Scenario::parse(scenario, &text).unwrap();
    let settings = Wrong { release: Some(release), ..Wrong::default() }.settings().unwrap();
    let (text, parsed) = amended(scenario, &text, &parsed, &settings).unwrap();
    let mut run = Run::new(scenario, &text, &parsed, parsed.seed()).unwrap();
    run.judge_by(Judges::none());
    let mut ran = Courses::default();
    run.finish(&mut [&mut ran]).unwrap();
    compare(&judged(&logs_of, Some(release)).courses(&logs_of), &ran)
}

#[test]
fn scenarios_take_the_course_of_the_recordings() {
    let mut folders: Vec<String> = std::fs::read_dir(logs().join("3.8.0"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut wrong = Vec::new();
    for name in &folders {
        if let Likeness::Different(difference) = likeness(name, name) {
            wrong.push(format!("{name}: {difference:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn another_scenario_takes_another_course() {
    assert!(matches!(likeness("a-start-123", "d-kill-leader"), Likeness::Different(_)));
}
