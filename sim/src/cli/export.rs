//! `zablab export`: a run, in the form of another tool.

use super::again::Again;
use super::{BadInput, Outcome, Output, Status};
use clap::ValueEnum;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use zablab_sim::export::Exported;
use zablab_sim::export::zookeeper_log::ZookeeperLog;

/// What a run is made into.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    /// The log files of a real ensemble: a folder a server, with its zk.log (in the words of ZooKeeper 3.8), its zoo.cfg and
    /// its transaction log in words
    ZookeeperLog,
}

/// Make a run into files that other tools read
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The form
    #[arg(long, value_name = "FORM")]
    to: Target,
    /// A trace, as `zablab run --trace` writes it, whose run is made again; a scenario: a bundled one, or a file; or the name
    /// of a moment, up to which the run is made
    #[arg(value_name = "TRACE|SCENARIO|MOMENT")]
    run: String,
    /// The folder to write into; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The seed of a scenario's run. Without it the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

impl Args {
    /// Writes all of them, or none where one is in the way.
    fn write(&self, files: &[Exported]) -> Result<(), BadInput> {
        let about =
            |path: &Path, what: &dyn std::fmt::Display| BadInput(format!("{} {what}", path.display()));
        let files = files.iter().map(|file| (self.folder.join(&file.path), &file.text));
        if !self.force
            && let Some((path, _)) = files.clone().find(|(path, _)| path.exists())
        {
            return Err(about(&path, &"is there already; --force replaces it"));
        }
        for (path, text) in files {
            let folder = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder)
                .map_err(|error| about(folder, &format_args!("cannot be made: {error}")))?;
            fs::write(&path, text)
                .map_err(|error| about(&path, &format_args!("cannot be written: {error}")))?;
        }
        Ok(())
    }
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let again = Again::load(&args.run, args.seed)?;
    let Target::ZookeeperLog = args.to;
    let mut log = ZookeeperLog::new(again.run().ensemble());
    let (name, seed) = (again.source.name.clone(), again.seed);
    let Some(outcome) = again.finish(&mut log)? else { return Ok(Status::Interrupted) };
    args.write(&log.finish(&outcome.ensemble))?;
    let mut out = Output::new();
    let (count, folder) = (outcome.ensemble.nodes.len(), args.folder.display());
    let servers = if count == 1 { "1 server".to_owned() } else { format!("{count} servers") };
    writeln!(out, "{name}, seed {seed}: the logs of {servers} are in {folder}.")?;
    out.flush()?;
    Ok(Status::Held)
}
