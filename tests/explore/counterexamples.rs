//! What an exhaustive search finds is a scenario like any other: it runs, replays, is explained, made small and drawn.

use crate::harness::Folder;
use std::fs;
use zablab_sim::bugs::{Wrong, amended};
use zablab_sim::explore::{Counterexample, Found, Goes, Preset, Search, Start};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

/// What a preset comes to with a bug put back, judged by one property.
fn found(preset: &str, bug: &str, property: &str) -> (Counterexample, usize) {
    let preset = Preset::find(preset).unwrap();
    let plain = Scenario::parse(preset.name, preset.start).unwrap();
    let wrong = Wrong { bugs: vec![bug.to_owned()], ..Wrong::default() };
    let (text, scenario) = amended(preset.name, preset.start, &plain, &wrong.settings().unwrap()).unwrap();
    let judges = Judges::only([property]).unwrap();
    let start = Start::of(preset.name, &text, &scenario, 0, &judges, preset.bounds, preset.grain).unwrap();
    let mut search = Search::from(&start.world, &start.model);
    while search.advance(10_000) {}
    let Found { violation, path } = search.found().unwrap();
    assert_eq!(violation.property, property);
    let made = Counterexample::of(&start, "found", &path, Goes::Ends, "why\nand how", &judges);
    (made.unwrap(), path.len())
}

#[test]
fn a_path_is_a_scenario_that_breaks_the_same_property() {
    for (preset, bug, property) in [
        ("one-crash", "ZK-1653", "nobody-dies"),
        ("newleader", "ZK-4646", "committed-durability"),
        ("newleader", "ZK-3911", "committed-durability"),
    ] {
        let (made, length) = found(preset, bug, property);
        assert_eq!(made.breaks.as_deref(), Some(property), "{bug}\n{}", made.text);
        assert!(made.text.starts_with("# why\n# and how\n"), "{}", made.text);
        assert_eq!(Scenario::parse("again", &made.text).unwrap().to_string(), made.text, "not canonical");
        assert!(made.text.lines().count() > length, "a step is a line at least: {}", made.text);
    }
}

#[test]
fn every_command_takes_what_a_search_has_found() {
    let folder = Folder::new("commands");
    let called = folder.call("--preset one-crash --bug ZK-1653 --property nobody-dies --save found.zab");
    assert_eq!(called.status, 1, "{called:?}");
    assert!(called.out.contains("it breaks the same property: zablab run found.zab"), "{called:?}");
    let zablab = |args: &str| {
        let called = folder.zablab(args);
        (called.status, called.out)
    };
    assert_eq!(zablab("fmt --check found.zab").0, 0);
    let (status, story) = zablab("run found.zab --trace found.jsonl --html found.html");
    assert_eq!(status, 1, "{story}");
    assert!(story.contains("BROKEN nobody-dies"), "{story}");
    assert!(fs::read_to_string(folder.0.join("found.html")).unwrap().contains("nobody-dies"));
    let (status, replayed) = zablab("replay found.jsonl");
    assert!(status == 0 && replayed.starts_with("The same run, "), "{replayed}");
    let (_, explained) = zablab("explain found.jsonl");
    assert!(explained.contains("zk2"), "{explained}");
    let (status, small) = zablab("shrink found.zab");
    assert_eq!(status, 0, "{small}");
    let lines = |text: &str| text.lines().count();
    let whole = fs::read_to_string(folder.0.join("found.zab")).unwrap();
    assert!(lines(&small) < lines(&whole), "{small}");
    assert!(small.contains("expect no violation nobody-dies"), "{small}");
}
