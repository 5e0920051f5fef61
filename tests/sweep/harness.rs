//! Calls the binary in a folder of a test's own, under no engine that would ask for a shard.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An empty folder of a test's own, where it calls the binary.
pub(crate) struct Folder(pub(crate) PathBuf);

/// What a call came to.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Called {
    /// The report on standard output, without what depends on the clock and on the number of jobs.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let mut report = parsed(&self.out);
        report["timing"] = Value::Null;
        report
    }

    /// The folders of failures that the summary names.
    pub(crate) fn folders(&self) -> Vec<String> {
        let is_folder =
            |line: &&str| line.starts_with("  ") && line.contains('/') && !line.trim().contains(' ');
        self.out.lines().filter(is_folder).map(|line| line.trim().to_owned()).collect()
    }

    /// The input was wrong: status 2, nothing but one message.
    #[track_caller]
    pub(crate) fn refused(&self) -> &str {
        assert_eq!((self.status, &*self.out), (2, ""), "{self:?}");
        assert!(self.err.starts_with("error: ") && self.err.matches("error: ").count() == 1, "{self:?}");
        &self.err
    }
}

#[track_caller]
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sweep-{name}"));
        // It may be left over from an earlier run, or not.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if ["SLURM_", "JOB_COMPLETION", "CI_NODE_", "BUILDKITE_", "CIRCLE_", "ZABLAB_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
            {
                command.env_remove(&variable);
            }
        }
        command.args(args.split_whitespace()).current_dir(&self.0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn call(&self, args: &str) -> Called {
        self.finish(&mut self.command(args))
    }

    pub(crate) fn finish(&self, command: &mut Command) -> Called {
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!out.contains("panicked") && !err.contains("panicked"), "{out}{err}");
        Called { status: output.status.code().expect("it exits by itself"), out, err }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The report in a folder, without what depends on the clock.
    pub(crate) fn report(&self, folder: &str) -> Value {
        let mut report = parsed(&self.read(&format!("{folder}/report.json")));
        report["timing"] = Value::Null;
        report
    }

    /// The names in a folder, in order; none where it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.0.join(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
