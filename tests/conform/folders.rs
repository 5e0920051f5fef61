//! Every recording conforms.

use super::{ensemble, judged, recordings};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use zablab_sim::bugs::Release;
use zablab_sim::conform::{read, report};

/// Lines that are not decided, at most, of a hundred.
const UNDECIDED: usize = 2;

#[test]
fn every_recording_conforms() {
    let mut table = String::new();
    for (folder, release) in recordings() {
        let ensemble = ensemble(&folder);
        let judged = judged(&ensemble, release);
        let verdict = report::verdict(&ensemble, &judged, true);
        assert!(!report::is_wrong(&ensemble, &judged, true), "{}\n{verdict}", folder.display());
        let protocol: usize = ensemble.servers.iter().map(|log| log.entries.len()).sum();
        let undecided: usize = judged.servers.iter().map(|server| server.undecided.len()).sum();
        assert!(undecided * 100 <= protocol * UNDECIDED, "{}\n{verdict}", folder.display());
        let explained: usize = judged.servers.iter().map(|server| server.explained).sum();
        assert_eq!(explained + undecided, protocol, "{}", folder.display());
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        writeln!(
            table,
            "{name}: {protocol} lines, {undecided} not decided, {} traced, {} not, as {}",
            judged.together.traced, judged.together.untraced, judged.release
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
}

/// Where the whole of the recordings is at hand, configurations that fail at start included.
#[test]
fn all_logs_at_hand_conform() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let sources = [("real-logs", Release::parse("3.8.0")), ("seed-logs", None)];
    for (name, release) in sources.into_iter().filter(|(name, _)| shared.join(name).is_dir()) {
        let reading = read(&[shared.join(name)], None);
        assert!(!reading.ensembles.is_empty());
        for ensemble in &reading.ensembles {
            let judged = judged(ensemble, release);
            let verdict = report::verdict(ensemble, &judged, true);
            assert!(!report::is_wrong(ensemble, &judged, true), "{}\n{verdict}", ensemble.folder.display());
        }
    }
}

/// The same verdict each time, however often it is asked for.
#[test]
fn a_verdict_is_the_same_each_time() {
    let (folder, release) =
        recordings().into_iter().find(|(folder, _)| folder.ends_with("d-kill-leader")).unwrap();
    let ensemble = ensemble(&folder);
    let once = report::verdict(&ensemble, &judged(&ensemble, release), true);
    for _ in 0..3 {
        assert_eq!(report::verdict(&ensemble, &judged(&ensemble, release), true), once);
    }
}

/// A folder of several ensembles is taken apart.
#[test]
fn ensembles_are_told_apart() {
    let folder: PathBuf = super::logs().join("3.8.0");
    let reading = read(&[folder], None);
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    reading.ensembles.iter().for_each(|ensemble| *sizes.entry(ensemble.servers.len()).or_default() += 1);
    assert_eq!(reading.ensembles.len(), 19, "{sizes:?}");
}
