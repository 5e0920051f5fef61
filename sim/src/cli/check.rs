//! `zablab check`: is a history of clients consistent?

pub(super) mod limits;
mod tell;

use super::{BadInput, Outcome, Output, Status, Target, clock, complain, interrupt, source};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tell::Told;
use zablab_sim::consistency::expected::{Agreement, Expectation, Expectations};
use zablab_sim::consistency::explain::{self, Case};
use zablab_sim::consistency::linear::{Budget, Unfit};
use zablab_sim::consistency::{Model, Verdict, html, infer, judge};
use zablab_sim::history::{History, Reading, read};
use zablab_sim::scenario::Time;

/// Judge histories of clients: linearizability, or ZooKeeper's four promises
///
/// A history is JSON Lines (an event a line, as `zablab run --history` writes it) or Jepsen's EDN, plain or in gzip.
/// The exit status is 0 if all hold, 1 if one is violated, 3 if one is unknown: its budget is spent, or values
/// that come again leave it open. With several files, 1 counts before 3 before 0. Two operations that touch in time are concurrent
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The histories; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// What they are held against; inferred from the operations where it is not given
    #[arg(long, value_enum, value_name = "MODEL")]
    model: Option<Kind>,
    /// What is there before any operation: JSON, else a plain text
    #[arg(long, value_name = "V", value_parser = limits::value, allow_hyphen_values = true)]
    initial: Option<Value>,
    /// How long each history may take, such as 500ms, 30s or 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = limits::time)]
    budget: Time,
    /// How much the search may remember of each history, in bytes, or such as 512M or 1G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = limits::size)]
    memory: usize,
    /// Take model, initial value and verdict of each file from this list, and compare: a violation that is expected
    /// counts as held
    #[arg(long, value_name = "VERDICTS", conflicts_with_all = ["model", "initial"])]
    expect: Option<String>,
    /// Draw the history to this file, an HTML page of its own; for one history only
    #[arg(long, value_name = "OUT")]
    html: Option<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// What a history is held against.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// Registers: read, write, cas
    Register,
    /// Texts: get, put, append
    Kv,
    /// Sets: add, remove, contains, read
    Set,
    /// ZooKeeper's four promises
    Zookeeper,
}

impl From<Kind> for Model {
    fn from(kind: Kind) -> Model {
        match kind {
            Kind::Register => Model::Register,
            Kind::Kv => Model::Kv,
            Kind::Set => Model::Set,
            Kind::Zookeeper => Model::Zookeeper,
        }
    }
}

/// What a history is held against, and why.
struct Held<'a> {
    model: Model,
    inferred: Option<String>,
    initial: Value,
    expected: Option<&'a Expectation>,
}

impl Args {
    /// What is wrong with an initial value is wrong with where it was given.
    fn blamed(&self, file: &str, unfit: &Unfit) -> String {
        if unfit.line == 0 && self.initial.is_some() { "--initial".to_owned() } else { file.to_owned() }
    }

    /// What must be right before any file is read.
    fn examine(&self) -> Result<(), BadInput> {
        if self.files.iter().filter(|file| *file == "-").count() > 1 {
            return Err(BadInput("`-` stands twice; standard input can be read only once".to_owned()));
        }
        let Some(html) = &self.html else { return Ok(()) };
        if self.files.len() != 1 {
            let count = self.files.len();
            return Err(BadInput(format!(
                "--html draws one history, and {count} are given; expected one file"
            )));
        }
        let inputs = self.files.iter().map(|file| (file, "the history"));
        for (file, is) in inputs.chain(self.expect.iter().map(|file| (file, "the list of verdicts"))) {
            if source::is_same_file(html, file) {
                return Err(BadInput(format!("{html} is {is}; the picture needs another file")));
            }
        }
        Ok(())
    }

    fn held<'a>(
        &self,
        file: &str,
        history: &History,
        expectations: Option<&'a (&str, Expectations)>,
    ) -> Result<Held<'a>, BadInput> {
        if let Some((list, expectations)) = expectations {
            let name = Path::new(file).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            let expected = expectations.of(&name);
            let expected = expected.ok_or_else(|| {
                BadInput(format!("{file} is not listed in {list}; expected an entry of its name"))
            })?;
            let Expectation { model, initial, .. } = expected;
            return Ok(Held {
                model: *model,
                inferred: None,
                initial: initial.clone(),
                expected: Some(expected),
            });
        }
        let (model, inferred) = match self.model {
            Some(kind) => (kind.into(), None),
            None => match infer(history) {
                Ok(inferred) => (inferred.model, Some(inferred.why)),
                Err(unfit) => return Err(misfit(file, &unfit)),
            },
        };
        let initial = self.initial.clone().unwrap_or_else(|| model.initial());
        Ok(Held { model, inferred, initial, expected: None })
    }
}

fn open(file: &str) -> Result<Reading, BadInput> {
    let bytes = if file == "-" { source::stdin_bytes()? } else { source::bytes(file)? };
    read(&bytes).map_err(|error| {
        BadInput(format!(
            "{file}:{}:{}: {}; expected {}",
            error.line, error.column, error.what, error.expected
        ))
    })
}

/// What a model does not have, where it stands.
fn misfit(file: &str, Unfit { line, what, expected }: &Unfit) -> BadInput {
    let place = if *line == 0 { String::new() } else { format!(":{line}:1") };
    BadInput(format!("{file}{place}: {what}; expected {expected}"))
}

/// Whether the budget is spent, or somebody interrupts.
fn budget_clock(budget: Time, stop: Arc<AtomicBool>) -> impl Fn() -> bool {
    let began = clock::now();
    let budget = Duration::from_nanos(budget.nanos());
    move || stop.load(Ordering::Relaxed) || clock::now().duration_since(began) >= budget
}

pub(crate) fn exec(args: Args) -> Outcome {
    args.examine()?;
    let expectations = match &args.expect {
        None => None,
        Some(list) => {
            let known = Expectations::parse(&source::read(list)?);
            Some((list.as_str(), known.map_err(|error| BadInput(format!("{list}: {error}")))?))
        }
    };
    let stop = interrupt::flag()?;

    let mut told = Told::new(Output::new(), args.json, args.files.len());
    for file in &args.files {
        match check(&args, file, expectations.as_ref(), &stop, &mut told) {
            Ok(()) => {}
            Err(BadInput(what)) => told.refused(file, what),
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    let interrupted = stop.load(Ordering::Relaxed);
    let summary = told.finish(interrupted)?;
    for what in &summary.refused {
        complain(&explain::printable(what));
    }
    Ok(match summary.status() {
        Status::BadInput => Status::BadInput,
        _ if interrupted => Status::Interrupted,
        status => status,
    })
}

fn check(
    args: &Args,
    file: &str,
    expectations: Option<&(&str, Expectations)>,
    stop: &Arc<AtomicBool>,
    told: &mut Told,
) -> Result<(), BadInput> {
    let Reading { history, marks, .. } = open(file)?;
    let held = args.held(file, &history, expectations)?;
    let page = args.html.as_ref().map(|path| Target::create(path)).transpose()?;

    let spent = budget_clock(args.budget, stop.clone());
    let budget = Budget { spent: &spent, memory: args.memory };
    let judgement = judge(&history, held.model, &held.initial, &budget)
        .map_err(|unfit| misfit(&args.blamed(file, &unfit), &unfit))?;
    let case = Case {
        file,
        history: &history,
        model: held.model,
        inferred: held.inferred.as_deref(),
        initial: &held.initial,
        judgement: &judgement,
    };
    let agreement = held.expected.map(|expected| (expected.verdict, expected.compare(&judgement)));
    told.case(&case, agreement)?;
    if let Some(mut page) = page {
        use std::io::Write;
        page.write_all(html::page(&case, &marks).as_bytes())?;
        page.flush()?;
    }
    Ok(())
}
