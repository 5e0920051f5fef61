//! Logs of real servers against the machine: every recording conforms, what is falsified does not, and what a run exports
//! does.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod against;
mod command;
mod exports;
mod folders;
mod mutations;

use std::path::{Path, PathBuf};
use zablab_sim::bugs::Release;
use zablab_sim::conform::judge::{Judged, judge, judge_as};
use zablab_sim::conform::{Ensemble, read};

fn logs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/real-logs")
}

/// The folders of the recordings, with the release that wrote them where that is known.
fn recordings() -> Vec<(PathBuf, Option<Release>)> {
    let mut all = Vec::new();
    for (folder, release) in [("3.8.0", Release::parse("3.8.0")), ("published", None)] {
        let mut folders: Vec<PathBuf> = std::fs::read_dir(logs().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        all.extend(folders.into_iter().map(|folder| (folder, release)));
    }
    all
}

/// The only ensemble in a folder.
fn ensemble(folder: &Path) -> Ensemble {
    let mut reading = read(&[folder.to_owned()], None);
    assert_eq!(reading.ensembles.len(), 1, "{}: {:?}", folder.display(), reading.skipped);
    reading.ensembles.remove(0)
}

fn judged(ensemble: &Ensemble, release: Option<Release>) -> Judged {
    match release {
        Some(release) => judge_as(ensemble, release).unwrap(),
        None => judge(ensemble).unwrap(),
    }
}
