//! Logs of real servers against the machine: every recording conforms, what is falsified does not, and what a run exports
//! does.

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod against;
mod checks;
mod command;
mod edges;
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

/// A copy of a recording, its logs as `change` makes them.
fn changed(name: &str, to: &str, change: impl Fn(&str, &str, String) -> String) -> PathBuf {
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changed").join(to);
    let _ = std::fs::remove_dir_all(&to);
    let from = logs().join("3.8.0").join(name);
    let mut servers: Vec<PathBuf> = std::fs::read_dir(&from)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    servers.sort();
    for server in servers {
        let name = server.file_name().unwrap().to_string_lossy().into_owned();
        std::fs::create_dir_all(to.join(&name)).unwrap();
        for entry in std::fs::read_dir(&server).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut zablab_sim::conform::open(&path).unwrap(), &mut bytes).unwrap();
            let file = file.trim_end_matches(".gz").to_owned();
            let text = change(&name, &file, String::from_utf8(bytes).unwrap());
            std::fs::write(to.join(&name).join(file), text).unwrap();
        }
    }
    to
}
