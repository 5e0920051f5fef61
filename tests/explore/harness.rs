//! Calls the binary in a folder of a test's own.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Two servers that have never run.
pub(crate) const TWO: &str = "ensemble zk1 zk2\nset minNotificationInterval 60000\n\nat 0s end\n";

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
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The report without what depends on the machine: speed and memory.
    pub(crate) fn stable(&self) -> String {
        let measured = |line: &&str| line.starts_with("  speed  ") || line.starts_with("  memory  ");
        self.out.lines().filter(|line| !measured(line)).fold(String::new(), |text, line| text + line + "\n")
    }

    /// The input was wrong: status 2, nothing but a message.
    #[track_caller]
    pub(crate) fn refused(&self) -> &str {
        assert_eq!((self.status, &*self.out), (2, ""), "{self:?}");
        assert!(self.err.starts_with("error: "), "{self:?}");
        &self.err
    }
}

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("explore-{name}"));
        // It may be left over from an earlier run, or not.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("two.zab"), TWO).unwrap();
        Folder(path)
    }

    /// Of `zablab explore`.
    pub(crate) fn command(&self, args: &str) -> Command {
        self.of(&format!("explore {args}"))
    }

    fn of(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zablab"));
        command.args(args.split_whitespace()).current_dir(&self.0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// `zablab explore`.
    pub(crate) fn call(&self, args: &str) -> Called {
        self.zablab(&format!("explore {args}"))
    }

    /// Any command.
    pub(crate) fn zablab(&self, args: &str) -> Called {
        let output = self.of(args).spawn().unwrap().wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!out.contains("panicked") && !err.contains("panicked"), "{out}{err}");
        Called { status: output.status.code().unwrap(), out, err }
    }
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}
pub(crate) use snapshot;
