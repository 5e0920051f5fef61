//! What a person sees when a scenario is wrong: each file of `tests/bad/` against its snapshot.

use std::fs;
use std::path::Path;

use insta::Settings;
use zablab_sim::scenario::Scenario;

#[test]
fn every_bad_scenario_is_refused_in_plain_words() {
    let tests = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests"));
    let mut files: Vec<_> =
        fs::read_dir(tests.join("bad")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 24);

    let mut settings = Settings::clone_current();
    settings.set_snapshot_path(tests.join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in &files {
            let name = file.file_name().unwrap().to_str().unwrap();
            let text = String::from_utf8(fs::read(file).unwrap()).unwrap();
            let error = Scenario::parse(name, &text).expect_err(name);
            let coloured = error.coloured();
            assert!(coloured.contains('\u{1b}') && coloured.contains(&*error.label), "{name}");
            insta::assert_snapshot!(name.strip_suffix(".zab").unwrap(), error.to_string());
        }
    });
}
