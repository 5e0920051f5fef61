//! The tables of what explorations find.

use crate::harness::Folder;
use zablab_sim::explore::{HUNTS, Measured, OfPreset, PRESETS, tables};

fn repository(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn measured() -> Measured {
    serde_json::from_str(&repository("traces/explore/explore.json")).unwrap()
}

#[test]
fn the_tables_in_the_docs_are_those_that_were_measured() {
    let measured = measured();
    let rows: Vec<_> = measured.presets.iter().map(|done| done.row.clone()).collect();
    let presets: Vec<_> = PRESETS.iter().zip(rows).map(|(preset, row)| OfPreset::of(preset, row)).collect();
    assert_eq!(
        measured.presets, presets,
        "the presets are others than those that were measured (CONTRIBUTING.md)"
    );
    let hunts: Vec<(&str, &str)> = measured.hunts.iter().map(|done| (&*done.bug, &*done.options)).collect();
    let listed: Vec<(&str, String)> = HUNTS.iter().map(|hunt| (hunt.bug, hunt.options())).collect();
    let listed: Vec<(&str, &str)> = listed.iter().map(|(bug, options)| (*bug, &**options)).collect();
    assert_eq!(hunts, listed, "the hunts are others than those that were measured (CONTRIBUTING.md)");
    assert!(measured.hunts.iter().all(|done| done.is_find()));
    let page = repository("docs/explore.md");
    assert!(
        page.contains(&format!("<!-- tables -->\n\n{}\n<!-- end of tables -->\n", tables(&measured))),
        "zablab explore --table --resume traces/explore prints other tables"
    );
}

#[test]
fn a_hunt_comes_to_what_was_measured_and_is_not_done_again() {
    let folder = Folder::new("table");
    let args = "--table --only ZK-1419 --resume kept --json";
    let called = folder.call(args);
    assert_eq!((called.status, &*called.err), (0, ""), "{called:?}");
    let mut now: Measured = serde_json::from_str(&called.out).unwrap();
    let hunt = now.hunts.remove(0);
    let before = measured().hunts.into_iter().find(|done| done.bug == "ZK-1419").unwrap();
    let figures = |row: &zablab_sim::explore::Row| (row.states, row.generated, row.depth, row.broken.clone());
    assert_eq!(figures(&hunt.with), figures(&before.with), "measure again (CONTRIBUTING.md)");
    assert_eq!(hunt.without.as_ref().map(figures), before.without.as_ref().map(figures));
    // Its CPU seconds would be others if it were done again.
    assert_eq!(folder.call(args).out, called.out);
}
