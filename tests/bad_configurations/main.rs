//! Configurations that are wrong or odd: what a real server made of each, and what `zablab run --config` does.
//!
//! `bad-config/<case>/` holds a `zoo.cfg`, the `myid` of its `dataDir` (`data`) if there was one, and in `outcome.json`
//! what a real server did: the code it ended with (`null`: it ran), and what it said. `recorded` cases are of ZooKeeper
//! 3.8.0; the others follow its source (`QuorumPeerConfig`, `QuorumPeer.QuorumServer`, `QuorumHierarchical`).
//!
//! Faults of the world around a file are decided like this:
//!
//! | Fault | Real server | Here |
//! | --- | --- | --- |
//! | client port in use | exit 1 | never: no simulated port is taken by a stranger |
//! | election port in use | exit 14 after three tries | never; a second server of one id is refused before the run |
//! | quorum port in use | the elected leader goes LOOKING again | `refuse … on quorum` says it in a scenario |
//! | admin port in use | a warning | there is no admin server |
//! | dataDir cannot be made | exit 3 | a simulated disk is always there; `datadir.autocreate` is remarked on |
//! | acceptedEpoch below currentEpoch | exit 1 | the same |
//! | currentEpoch below the last zxid's epoch | exit 1 | raised, and told: a crash alone leads there |
//! | empty currentEpoch | exit 1 | never: the simulated disk replaces a file as a whole |

#![allow(clippy::unwrap_used)] // These are tests, and their harness.

mod disk;
mod files;
mod laws;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) fn cases() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/bad-config")).to_owned()
}

/// An empty folder of a test's own.
pub(crate) struct Folder(pub(crate) PathBuf);

/// Status, standard output, standard error.
pub(crate) type Called = (i32, String, String);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("config-{name}"));
        // It may be left over from an earlier run, or not.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts the files of a case where its server had them.
    pub(crate) fn of_case(case: &str) -> Folder {
        let folder = Folder::new(case);
        let from = cases().join(case);
        folder.write("zoo.cfg", &fs::read_to_string(from.join("zoo.cfg")).unwrap());
        fs::create_dir_all(folder.0.join("data")).unwrap();
        if let Ok(myid) = fs::read_to_string(from.join("myid")) {
            folder.write("data/myid", &myid);
        }
        folder
    }

    pub(crate) fn call(&self, args: &[&str]) -> Called {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        command.env_remove("ZABLAB_LOG").env_remove("COLUMNS").env_remove("CLICOLOR_FORCE");
        let output = command.args(args).current_dir(&self.0).stdin(Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!err.contains("panicked"), "{err}");
        (output.status.code().unwrap(), out, err)
    }

    /// It is refused with one message, which is given back.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str]) -> String {
        let (status, out, err) = self.call(args);
        assert_eq!((status, &*out), (2, ""), "{err}");
        assert!(err.starts_with("error: "), "{err}");
        err
    }

    /// It runs, and all holds; what is remarked on is given back.
    #[track_caller]
    pub(crate) fn held(&self, args: &[&str]) -> (String, String) {
        let (status, out, err) = self.call(args);
        assert_eq!(status, 0, "{out}{err}");
        (out, err)
    }
}
