//! The command line: one file a subcommand, exit statuses decided here.

mod again;
mod both;
mod bugs;
mod check;
mod checks;
mod clock;
mod config;
mod conform;
mod explain;
mod explore;
mod export;
mod failing;
mod fmt;
mod hashes;
mod html;
mod interrupt;
mod list;
mod merge;
mod paper;
mod plan;
mod probes;
mod replay;
mod run;
mod score;
mod serve;
mod shrink;
mod source;
mod sweep;
mod turning_point;
mod whatif;
mod wrong;

use clap::{Parser, Subcommand};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// All held.
    Held,
    /// A check or an expectation failed.
    Failed,
    /// The command or its input was wrong.
    BadInput,
    /// Undecided, or stopped by a limit.
    Undecided,
    /// Interrupted, with what was found told.
    Interrupted,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Held => 0,
            Status::Failed => 1,
            Status::BadInput => 2,
            Status::Undecided => 3,
            Status::Interrupted => 130,
        })
    }
}

/// The command or its input was wrong: what to tell.
#[derive(Debug)]
pub(crate) struct BadInput(String);

impl<E: std::fmt::Display> From<E> for BadInput {
    fn from(error: E) -> BadInput {
        BadInput(error.to_string())
    }
}

pub(crate) type Outcome = Result<Status, BadInput>;

/// A deterministic simulation testbed for ZooKeeper's quorum protocol.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "Exit status: 0 all held; 1 a check or an expectation \
failed; 2 the command or its input was wrong; 3 undecided, or stopped by a limit; 101 a fault of our own; \
130 interrupted.\nDiagnostics of the driver itself: ZABLAB_LOG=debug."
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Replay(replay::Args),
    Shrink(shrink::Args),
    TurningPoint(turning_point::Args),
    Whatif(whatif::Args),
    Serve(serve::Args),
    Sweep(sweep::Args),
    Merge(merge::Args),
    Explore(explore::Args),
    Check(check::Args),
    Conform(conform::Args),
    Explain(explain::Args),
    Export(export::Args),
    List(list::Args),
    Plan(plan::Args),
    Checks(checks::Args),
    Bugs(bugs::Args),
    Score(score::Args),
    Probes(probes::Args),
    Fmt(fmt::Args),
    Hashes(hashes::Args),
}

/// Standard output that falls silent when nobody reads it any more: the work goes on and its status stays true.
pub(crate) struct Output {
    out: io::BufWriter<io::StdoutLock<'static>>,
    closed: bool,
    /// It goes to a terminal.
    watched: bool,
}

impl Output {
    pub(crate) fn new() -> Output {
        let out = io::stdout().lock();
        Output { watched: out.is_terminal(), out: io::BufWriter::new(out), closed: false }
    }

    fn heed(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other.map_err(|error| cannot_write("standard output", error)),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.closed {
            let result = self.out.write_all(bytes);
            self.heed(result)?;
        }
        // Somebody who watches sees each line as it is told.
        if self.watched && bytes.contains(&b'\n') {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.out.flush();
        self.heed(result)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // An error here was an error of the last write, or nobody reads.
        let _ = self.flush();
    }
}

/// A file that names itself when it cannot be written.
pub(crate) struct Target {
    path: String,
    file: io::BufWriter<File>,
}

impl Target {
    /// Makes the file, or empties it.
    pub(crate) fn create(path: &str) -> io::Result<Target> {
        if path == "-" {
            let what = "stands for standard output, where the story goes; expected a file";
            return Err(cannot_write(path, io::Error::new(io::ErrorKind::InvalidInput, what)));
        }
        let file = File::create(path).map_err(|error| cannot_write(path, error))?;
        Ok(Target { path: path.to_owned(), file: io::BufWriter::new(file) })
    }
}

/// Whether a file may be written, asked before the work is done: one that is there only where it is to be replaced,
/// and never that which is read. `what` is to be written.
pub(crate) fn may_write(what: &str, path: &Path, read: &str, force: bool) -> Result<(), BadInput> {
    let path_shown = path.display();
    if path.is_dir() {
        return Err(BadInput(format!("{path_shown} is a directory; expected a file")));
    }
    if path.to_str().is_some_and(|path| source::is_same_file(path, read)) {
        return Err(BadInput(format!("{path_shown} is what is read; {what} needs another file")));
    }
    if path.exists() && !force {
        return Err(BadInput(format!("{path_shown} is there already; --force replaces it")));
    }
    Ok(())
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| cannot_write(&self.path, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| cannot_write(&self.path, error))
    }
}

fn cannot_write(what: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what} cannot be written: {error}"))
}

/// Tells what was wrong with the command or its input.
pub(crate) fn complain(what: &str) {
    let head = if what.starts_with("error: ") { "" } else { "error: " };
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{head}{what}");
}

/// Tells what a user should know, and what is no error.
pub(crate) fn complain_softly(what: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{what}");
}

/// Runs the command line.
pub(crate) fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("ZABLAB_LOG").unwrap_or_default();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).without_time().init();
    let args = Args::parse();
    let result = match args.command {
        Command::Run(args) => run::exec(args),
        Command::Replay(args) => replay::exec(&args),
        Command::Shrink(args) => shrink::exec(args),
        Command::TurningPoint(args) => turning_point::exec(&args),
        Command::Whatif(args) => whatif::exec(&args),
        Command::Serve(args) => serve::exec(&args),
        Command::Sweep(args) => sweep::exec(args),
        Command::Merge(args) => merge::exec(&args),
        Command::Explore(args) => explore::exec(args),
        Command::Conform(args) => conform::exec(&args),
        Command::Check(args) => check::exec(args),
        Command::Explain(args) => explain::exec(args),
        Command::Export(args) => export::exec(&args),
        Command::List(args) => list::exec(&args),
        Command::Plan(args) => plan::exec(&args),
        Command::Checks(args) => checks::exec(&args),
        Command::Bugs(args) => bugs::exec(&args),
        Command::Score(args) => score::exec(&args),
        Command::Probes(args) => probes::exec(&args),
        Command::Fmt(args) => fmt::exec(&args),
        Command::Hashes(args) => hashes::exec(&args),
    };
    match result {
        Ok(status) => status.into(),
        Err(BadInput(what)) => {
            complain(&what);
            Status::BadInput.into()
        }
    }
}
