//! `zablab run`: a scenario, its story, its verdict.

mod view;

use super::source::Source;
use super::{BadInput, Outcome, Output, Status, Target, both, config, html, interrupt, source, wrong};
use std::io::Write;
use zablab_sim::history;
use zablab_sim::judges::Judges;
use zablab_sim::recording::{Limits, Recorder};
use zablab_sim::report;
use zablab_sim::run::{Ending, Observer, Run};
use zablab_sim::trace::{Header, TraceWriter};
use zablab_sim::view::{Story, lineage, table};

/// Run a scenario, tell its story, check everything
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A bundled scenario (`zablab list`), a file, or `-` for standard input
    #[arg(value_name = "NAME|FILE", required_unless_present = "config")]
    scenario: Option<String>,
    /// A real zoo.cfg, of all servers or of one (`zk2=FILE`); may be given several times. It replaces the
    /// scenario's servers, and its settings of the same keys. Without a scenario the servers start in order and are
    /// expected to serve. A file `myid` beside it, or in its dataDir where that is on this machine, is checked; where
    /// neither is, every server of the list is simulated and no myid is asked for
    #[arg(long, value_name = "[SERVER=]FILE")]
    config: Vec<config::Given>,
    /// The seed: the same seed gives the same run, byte for byte. Without it the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Write every step to this file, for `zablab replay`
    #[arg(long, value_name = "OUT")]
    trace: Option<String>,
    /// Write what the clients saw to this file: an event a line, as JSON
    #[arg(long, value_name = "OUT")]
    history: Option<String>,
    #[command(flatten)]
    page: html::Options,
    /// Judge the run by these properties alone (`zablab checks` lists them)
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    checks: Vec<String>,
    #[command(flatten)]
    wrong: wrong::Options,
    /// Run a scenario that shows a bug twice: as it is it must be green, and with the bug the property that it names must
    /// speak before any other. Both are judged by everything
    #[arg(long, conflicts_with_all = ["config", "trace", "history", "html", "checks", "bug", "release", "defects"])]
    both: bool,
    #[command(flatten)]
    view: view::Shown,
    /// Report as JSON instead of telling the story
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Opens a file to write, unless it is one that was read.
    fn target(&self, path: &str, what: &str) -> Result<Target, BadInput> {
        let files = self.config.iter().map(|given| (given.file.as_str(), "a configuration"));
        let scenario = self.scenario.iter().map(|name| (name.as_str(), "the scenario"));
        for (file, is) in scenario.chain(files) {
            if source::is_same_file(path, file) {
                return Err(BadInput(format!("{path} is {is}; its {what} needs another file")));
            }
        }
        Ok(Target::create(path)?)
    }

    /// What is written goes to files of its own.
    fn outputs_differ(&self) -> Result<(), BadInput> {
        let outputs = [("trace", &self.trace), ("history", &self.history), ("page", &self.page.html)];
        let outputs: Vec<_> =
            outputs.iter().filter_map(|(what, path)| Some((*what, path.as_ref()?))).collect();
        for (place, (what, path)) in outputs.iter().enumerate() {
            if let Some((is, _)) =
                outputs[..place].iter().find(|(_, other)| source::is_same_file(path, other))
            {
                return Err(BadInput(format!("{path} is the {is}; the {what} needs another file")));
            }
        }
        Ok(())
    }

    fn judges(&self) -> Result<Judges, BadInput> {
        if self.checks.is_empty() {
            return Ok(Judges::default());
        }
        Judges::only(self.checks.iter().map(|name| name.trim())).map_err(|name| {
            let hint = match source::nearest(name, Judges::known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`zablab checks` lists them".to_owned(),
            };
            BadInput(format!("`{name}` is no property that a run is judged by; {hint}"))
        })
    }
}

pub(crate) fn exec(args: Args) -> Outcome {
    let source = match &args.scenario {
        Some(name) if args.config.is_empty() => source::load(name)?,
        Some(name) => config::configure(source::load(name)?, &args.config)?,
        None => config::alone(&args.config)?,
    };
    args.view.check()?;
    config::tell_settings(&source);
    if args.both {
        return both::exec(&source, args.seed, args.json);
    }
    let source = args.wrong.apply(source)?;
    let seed = args.seed.unwrap_or(source.scenario.seed());
    let source = source.drawn(seed);
    let judges = args.judges()?;
    let prepare = || -> Result<Run, BadInput> {
        let mut run = Run::new(&source.name, &source.text, &source.scenario, seed)?;
        run.judge_by(judges.clone());
        Ok(run)
    };
    let mut run = prepare()?;
    run.stop_on(interrupt::flag()?);

    let mut out = Output::new();
    let mut story = Story::new(&mut out);
    let mut trace = match &args.trace {
        None => None,
        Some(path) => {
            let header = Header::new(&source.name, &source.text, seed);
            Some(TraceWriter::new(args.target(path, "trace")?, &header)?)
        }
    };
    let history = args.history.as_ref().map(|path| args.target(path, "history")).transpose()?;
    let page = args.page.html.as_ref().map(|path| args.target(path, "page")).transpose()?;
    args.outputs_differ()?;
    let mut for_page = args.page.recorder(&run)?;
    let mut for_view =
        args.view.parts().map(|parts| Recorder::only(run.ensemble(), 0..=u64::MAX, Limits::default(), parts));
    let mut observers: Vec<&mut dyn Observer> = Vec::new();
    if let Some(recorder) = &mut for_view {
        observers.push(recorder);
    } else if !args.json {
        observers.push(&mut story);
    }
    if let Some(trace) = &mut trace {
        observers.push(trace);
    }
    if let Some(recorder) = &mut for_page {
        observers.push(recorder);
    }
    let mut outcome = run.finish(&mut observers)?;
    if let Some(violation) = outcome.violations.first().or(outcome.foretold.first()) {
        outcome.lineage = lineage([prepare()?, prepare()?], violation.step)?;
    }
    story.finish(&outcome.ensemble)?;
    if let Some(trace) = trace {
        trace.finish(&outcome)?;
    }
    if let Some(target) = history {
        history::write(&outcome.history, &outcome.marks, target)?;
    }
    if let (Some(target), Some(recorder)) = (page, for_page) {
        let Source { name, text, scenario } = &source;
        let drawn = html::Drawn { name, text, scenario, seed };
        drawn.write(target, &args.page, recorder, &outcome, prepare)?;
    }
    if args.json {
        writeln!(out, "{:#}", report::json(&source.name, seed, &outcome))?;
    } else {
        if let Some(recorder) = for_view {
            let recording = recorder.finish(&source.name, &source.text, &source.scenario, seed, &outcome);
            write!(out, "{}", args.view.draw(&recording))?;
        }
        write!(out, "\n{}", table(&outcome.ensemble))?;
        write!(out, "{}", report::verdict(&source.name, seed, &outcome))?;
    }
    out.flush()?;
    Ok(match outcome.ending {
        _ if !outcome.violations.is_empty() || !outcome.missing.is_empty() => Status::Failed,
        _ if !outcome.findings.is_empty() => Status::Failed,
        Ending::Interrupted => Status::Interrupted,
        _ if !outcome.unmet.is_empty() => Status::Failed,
        Ending::Runaway(_) => Status::Undecided,
        Ending::Complete => Status::Held,
    })
}
