//! `zablab export`: a run, in the form of another tool.

use super::{BadInput, Outcome, Output, Status, interrupt, source};
use clap::ValueEnum;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use zablab_sim::bundled;
use zablab_sim::export::Exported;
use zablab_sim::export::zookeeper_log::ZookeeperLog;
use zablab_sim::run::{Ending, Observer, Run, StepView};
use zablab_sim::scenario::Scenario;
use zablab_sim::trace::{Replay, Replayed};

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
    /// A trace, as `zablab run --trace` writes it, whose run is made again; or a scenario: a bundled one, or a file
    #[arg(value_name = "TRACE|SCENARIO")]
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

/// The trace of a run that is made again. What differs is told at the end; the run goes on.
struct Held<R> {
    replay: Replay<R>,
    over: bool,
}

impl<R: BufRead> Observer for Held<R> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.over = self.over || self.replay.step(step).is_err();
        Ok(())
    }
}

/// A run that is about to be made.
struct Source {
    name: String,
    seed: u64,
    run: Run,
    trace: Option<Held<BufReader<fs::File>>>,
}

impl Args {
    /// A trace is told from a scenario by its first character.
    fn source(&self) -> Result<Source, BadInput> {
        let path = &self.run;
        if bundled::find(path).is_none() && Path::new(path).is_file() {
            let mut file = BufReader::new(source::open(path, "a trace or a scenario")?);
            let start =
                file.fill_buf().map_err(|error| BadInput(format!("{path} cannot be read: {error}")))?;
            if start.first() == Some(&b'{') {
                return self.of_trace(file);
            }
        }
        let source = source::load(path)?;
        let seed = self.seed.unwrap_or(source.scenario.seed());
        let source = source.drawn(seed);
        let run = Run::new(&source.name, &source.text, &source.scenario, seed)?;
        Ok(Source { name: source.name, seed, run, trace: None })
    }

    fn of_trace(&self, file: BufReader<fs::File>) -> Result<Source, BadInput> {
        let path = &self.run;
        let about = |what: &dyn std::fmt::Display| BadInput(format!("{path}, {what}"));
        if self.seed.is_some() {
            return Err(BadInput(format!("{path} is a trace, and names its seed; --seed is for a scenario")));
        }
        let replay = Replay::new(file).map_err(|error| about(&error))?;
        let header = replay.header().clone();
        let seed = replay.seed().map_err(|error| about(&error))?;
        let wrong = |error: String| {
            let error = error.strip_prefix("error: ").unwrap_or(&error);
            BadInput(format!("{path}, line 1 holds a scenario that is wrong: {error}"))
        };
        let scenario = Scenario::parse(&header.scenario, &header.text).map_err(|e| wrong(e.to_string()))?;
        let run =
            Run::new(&header.scenario, &header.text, &scenario, seed).map_err(|e| wrong(e.to_string()))?;
        Ok(Source { name: header.scenario, seed, run, trace: Some(Held { replay, over: false }) })
    }

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
    let Source { name, seed, mut run, mut trace } = args.source()?;
    run.stop_on(interrupt::flag()?);
    let Target::ZookeeperLog = args.to;
    let mut log = ZookeeperLog::new(run.ensemble());
    let mut observers: Vec<&mut dyn Observer> = vec![&mut log];
    if let Some(trace) = &mut trace {
        observers.push(trace);
    }
    let outcome = run.finish(&mut observers)?;
    if outcome.ending == Ending::Interrupted {
        return Ok(Status::Interrupted);
    }
    if let Some(Held { replay, over }) = trace {
        let about = |what: &dyn std::fmt::Display| BadInput(format!("{}, {what}", args.run));
        // Where the trace is over, its own end is not that of the run.
        let found = replay.finish((!over).then_some(&outcome)).map_err(|error| about(&error))?;
        if let Replayed::Differs(difference) = found {
            return Err(about(&difference));
        }
    }
    args.write(&log.finish(&outcome.ensemble))?;
    let mut out = Output::new();
    let (count, folder) = (outcome.ensemble.nodes.len(), args.folder.display());
    let servers = if count == 1 { "1 server".to_owned() } else { format!("{count} servers") };
    writeln!(out, "{name}, seed {seed}: the logs of {servers} are in {folder}.")?;
    out.flush()?;
    Ok(Status::Held)
}
