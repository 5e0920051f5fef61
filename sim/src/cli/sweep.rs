//! `zablab sweep`: many seeds, on all cores.

mod bar;
mod order;
mod small;

use super::clock::now;
use super::{BadInput, Outcome, Output, Status, Target, check, complain, wrong};
use bar::Bar;
use order::Ordered;
use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use zablab_sim::scenario::Time;
use zablab_sim::sweep::{
    self, Ended, Folder, Quiet, Report, SMALL, Seeds, Shard, Subject, Timing, Trial, Watch, junit, save,
    summary,
};

/// Run many seeds of a profile or a scenario on all cores, and tell what fails
///
/// Failures are put together by the property that spoke and by what was decided last before. The lowest seed of each
/// kind gets a folder, made only on a failure: `reproduce.txt`, `plan.zab`, `trace.jsonl`, `verdict.txt`, and
/// `shrunk.zab`, the scenario of a few lines that fails for the same property. Without --keep-going the sweep stops at the lowest seed that fails, and comes to the same with any number of jobs.
/// The exit status is 1 whenever a property spoke
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A profile, a bundled scenario (`zablab list`), a file, or `-` for standard input [default: everything]
    #[arg(value_name = "PROFILE|SCENARIO", requires = "seeds")]
    subject: Option<String>,
    /// The seeds: the first, and the one after the last
    #[arg(long, value_name = "A..B", required_unless_present = "resume")]
    seeds: Option<Seeds>,
    /// How many seeds run at once [default: one a core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Begin no other seed after this time, such as 90s, 10m or 2h
    #[arg(long, value_name = "TIME", value_parser = check::limits::time)]
    time_limit: Option<Time>,
    /// Go on behind the lowest seed that fails
    #[arg(long, requires = "seeds")]
    keep_going: bool,
    /// With --keep-going, stop at so many distinct failures [default: 10]
    #[arg(long, value_name = "N", requires = "keep_going")]
    max_failures: Option<NonZeroUsize>,
    /// How long the lowest seed of each distinct failure is made small, at most
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = check::limits::time)]
    shrink_time: Time,
    /// Make nothing small
    #[arg(long)]
    no_shrink: bool,
    /// Where failures go, and the report (`report.json`), which is then kept up to date, too. Of a shard, everything
    /// goes to a folder `shard-K-of-N` in there [default: ./zablab-failures, for failures and for shards]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// The same, and a sweep that was interrupted or killed there goes on. Where there is none, it begins; without
    /// --seeds it is the one that is there
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    /// Run this part of the seeds, for `zablab merge`. Without it, the part that a job array or a CI matrix asks for:
    /// Slurm, a Kubernetes Indexed Job (with JOB_COMPLETIONS), GitLab, Buildkite, CircleCI; `1/1` is the whole
    #[arg(long, value_name = "K/N", requires = "seeds")]
    shard: Option<Shard>,
    /// Write what came of each property to this file, as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
    /// Fail where a situation that the profile promises was never reached (`zablab probes` lists them)
    #[arg(long)]
    require_probes: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    wrong: wrong::Options,
}

/// Looks after a sweep while it goes on.
struct Keeper<'a> {
    subject: &'a Subject,
    /// Where failures go.
    out: &'a Path,
    /// Whether the report is kept there, too.
    keeps: bool,
    /// Somebody asked for an end.
    halt: Arc<AtomicBool>,
    began: Instant,
    time_limit: Option<Duration>,
    saved: Instant,
    shown: Instant,
    bar: Bar,
}

impl Keeper<'_> {
    fn save(&mut self, report: &Report) -> io::Result<()> {
        self.saved = now();
        if !self.keeps {
            return Ok(());
        }
        save(self.out, report).map_err(|error| self.cannot_write(&error))
    }

    fn cannot_write(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{} cannot be written to: {error}", self.out.display()))
    }
}

impl Watch for Keeper<'_> {
    fn halt(&mut self) -> Option<Ended> {
        match () {
            () if self.halt.load(Ordering::Relaxed) => Some(Ended::Interrupted),
            () if self.time_limit.is_some_and(|limit| self.began.elapsed() >= limit) => {
                Some(Ended::TimeLimit)
            }
            () => None,
        }
    }

    fn failed(&mut self, report: &Report, at: usize) -> io::Result<()> {
        let failure = &report.state.failures[at];
        Folder::write(self.out, self.subject, &report.order, failure)
            .map_err(|error| self.cannot_write(&error))?;
        self.save(report)
    }

    fn went_on(&mut self, report: &Report) -> io::Result<()> {
        if self.shown.elapsed() >= Duration::from_millis(100) {
            self.shown = now();
            self.bar.show(report);
        }
        if self.saved.elapsed() >= Duration::from_secs(2) { self.save(report) } else { Ok(()) }
    }
}

pub(crate) fn exec(args: Args) -> Outcome {
    let Ordered { subject, mut report, out, keeps, source } = order::ordered(&args)?;
    let jobs = args.jobs.or(std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let junit_file = args.junit.as_ref().map(|path| Target::create(path)).transpose()?;
    let (halt, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (asked, halted, insisted) = (halt.clone(), halt.clone(), stop.clone());
    // What is begun is finished, unless somebody insists.
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            insisted.store(true, Ordering::Relaxed);
        }
    })?;
    let began = now();
    let mut keeper = Keeper {
        subject: &subject,
        out: &out,
        keeps,
        halt,
        began,
        time_limit: args.time_limit.map(|time| Duration::from_nanos(time.nanos())),
        saved: began,
        shown: began,
        bar: Bar::new(&report),
    };
    let before = report.timing.wall_seconds;
    if !report.is_over() {
        // What cannot be written is better known before than behind an hour.
        keeper.save(&report)?;
        let quiet = Quiet::begin();
        let work = |seed| Trial::run(&subject, seed, &stop, &quiet);
        let result = sweep::sweep(&mut report, jobs, &stop, &work, &mut keeper);
        keeper.bar.clear();
        result?;
        let wall = before + began.elapsed().as_secs_f64();
        report.timing = Timing::new(jobs.get(), wall, &report.state.tally);
        keeper.save(&report)?;
    }
    if !args.no_shrink && !report.green {
        let (each, failures) = (Duration::from_nanos(args.shrink_time.nanos()), &report.state.failures);
        let waiting = bar::waiting(failures.len());
        let result = small::make_small(&subject, &out, failures, jobs, each, &halted);
        waiting.finish_and_clear();
        result?;
    }
    if let Some(mut file) = junit_file {
        file.write_all(junit(&report).as_bytes())?;
        file.flush()?;
    }
    tell(&report, &out, args.json, source)?;
    let missed: Vec<&str> = report
        .state
        .tally
        .never_reached()
        .filter(|situation| situation.promised_by(&report.order.name))
        .map(|situation| situation.name)
        .collect();
    if args.require_probes && !missed.is_empty() {
        complain(&format!("never reached, and promised by {}: {}", report.order.name, missed.join(", ")));
        return Ok(Status::Failed);
    }
    Ok(status(&report))
}

/// Tells what it came to. `source` is where the shard was taken from.
fn tell(report: &Report, out: &Path, json: bool, source: Option<&'static str>) -> io::Result<()> {
    let mut told = Output::new();
    if json {
        serde_json::to_writer_pretty(&mut told, report)?;
        writeln!(told)?;
    } else {
        if let (Some(source), Some(shard)) = (source, report.order.shard) {
            writeln!(told, "Shard {shard}, taken from {source}.\n")?;
        }
        write!(told, "{}", summary(report, &|failure| out.join(&failure.folder), SMALL))?;
    }
    told.flush()
}

/// How a sweep ends.
pub(super) fn status(report: &Report) -> Status {
    match report.ended {
        _ if !report.green => Status::Failed,
        Ended::Complete | Ended::Failures => Status::Held,
        Ended::Interrupted => Status::Interrupted,
        Ended::TimeLimit | Ended::UnderWay => Status::Undecided,
    }
}

/// Reads the report of a folder, if there is one.
pub(super) fn report_in(folder: &Path) -> Result<Option<Report>, BadInput> {
    let path = folder.join(sweep::REPORT);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(BadInput(format!("{} cannot be read: {error}", path.display()))),
    };
    sweep::read(&text).map(Some).map_err(|what| BadInput(format!("{} {what}", path.display())))
}
