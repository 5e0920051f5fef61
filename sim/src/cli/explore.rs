//! `zablab explore`: every interleaving within bounds.

mod asked;
mod bar;
mod going;
mod interactive;
mod json;
mod memory;
mod replay;
mod report;
mod table;
mod words;

use super::{BadInput, Outcome, Output, Status, check, complain, interrupt, wrong};
use asked::Asked;
use going::{Ended, Explored};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::PathBuf;
use zablab_sim::explore::{BEGINS, Elections, NoStart, PRESETS, Patience};
use zablab_sim::scenario::Time;
use zablab_sim::view::paragraph;

/// Options of one search.
const OF_ONE: [&str; 21] = [
    "scenario",
    "preset",
    "start",
    "crashes",
    "cuts",
    "writes",
    "epochs",
    "rounds",
    "timeouts",
    "depth",
    "elections",
    "patience",
    "prompt",
    "full",
    "seed",
    "property",
    "bug",
    "release",
    "defects",
    "save",
    "interactive",
];

/// Search every interleaving of a small world, within bounds
///
/// From the state that a scenario ends in, every order of what can happen next is tried, level by level: a violation is told
/// with a shortest path to it. Besides the properties that watch every step (`zablab checks`), `settles` is judged: from every
/// state one can be reached in which all servers serve under one leader. The exit status is 0 if every state within the
/// bounds was looked at and all held; 1 if something is broken, be it on the way to the start; 3 if the search was stopped
/// early, with nothing found, or the bounds leave open what `settles` asks
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where it starts: the end of a bundled scenario (`zablab list`), of a file, or of `-` for standard input [default: that of
    /// the preset]
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// A world with a name: its start, its bounds, and how fine its steps are; the options below change single ones of them
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Start where this one ends (`zablab explore --list` names them) rather than where the preset does
    #[arg(long, value_name = "NAME", conflicts_with = "scenario")]
    start: Option<String>,
    /// List the presets, and the starts
    #[arg(long, conflicts_with_all = OF_ONE)]
    list: bool,
    /// Explore all presets, hunt ZooKeeper's own bugs with and without them, and print tables in Markdown; the limits hold for
    /// each exploration
    #[arg(long, conflicts_with_all = OF_ONE, conflicts_with = "list")]
    table: bool,
    /// With --table: these presets and bugs alone
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "table")]
    only: Vec<String>,
    /// With --table: keep what is measured in this folder, and measure nothing again that is there
    #[arg(long, value_name = "DIR", requires = "table")]
    resume: Option<PathBuf>,
    /// Kills and power failures together, at most; restarts are free
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=7))]
    crashes: Option<u8>,
    /// Cuts between two servers, at most; healing is free
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=7))]
    cuts: Option<u8>,
    /// Writes that a leader is asked for, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=15))]
    writes: Option<u8>,
    /// No acceptedEpoch above this
    #[arg(long, value_name = "N")]
    epochs: Option<u8>,
    /// No election round above this
    #[arg(long, value_name = "N")]
    rounds: Option<u8>,
    /// How often the notification time-out of each LOOKING server may pass
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=3))]
    timeouts: Option<u8>,
    /// No path is longer than so many steps
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// How elections go
    #[arg(long, value_enum, value_name = "HOW")]
    elections: Option<How>,
    /// When timers fire that give something up
    #[arg(long, value_enum, value_name = "WHEN")]
    patience: Option<When>,
    /// What is done within the step that woke or began it, with commas between; all else takes steps of its own
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    prompt: Vec<Prompt>,
    /// Look at every step, also where fewer orders come to the same
    #[arg(long)]
    full: bool,
    /// The seed of the run that leads to the start [default: the scenario's own, or 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Stop after this time, such as 90s, 10m or 2h
    #[arg(long, value_name = "TIME", value_parser = check::limits::time)]
    time_limit: Option<Time>,
    /// Stop when this much memory is taken, in bytes, or such as 512M or 16G
    #[arg(long, value_name = "SIZE", default_value = "16G", value_parser = check::limits::size)]
    memory: usize,
    /// Stop when so many different states were reached
    #[arg(long, value_name = "N")]
    states: Option<usize>,
    /// Judge by these properties alone, with commas between; `settles` is one of them
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    property: Vec<String>,
    #[command(flatten)]
    wrong: wrong::Options,
    /// Write the scenario that goes the way to what is broken to this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    interactive: interactive::Interactive,
}

/// How elections go.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum How {
    /// Notification by notification
    StepByStep,
    /// Servers that can hear each other hold theirs in one step
    AtOnce,
    /// Notification by notification, and nothing but the election
    Only,
}

impl From<How> for Elections {
    fn from(how: How) -> Elections {
        match how {
            How::StepByStep => Elections::StepByStep,
            How::AtOnce => Elections::AtOnce,
            How::Only => Elections::Only,
        }
    }
}

/// When timers fire that give something up.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum When {
    /// Whenever they are armed
    Any,
    /// Only where what they wait for cannot come any more
    Sure,
}

impl From<When> for Patience {
    fn from(when: When) -> Patience {
        match when {
            When::Any => Patience::Any,
            When::Sure => Patience::Sure,
        }
    }
}

/// What takes no step of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Prompt {
    /// The main thread
    Main,
    /// A leader's handlers
    Handlers,
    /// The log writer and the commit applier
    Queues,
    /// Writes to disk, but for those of the log
    Files,
    /// Writes of the log
    Log,
    /// None of these; to be given alone
    None,
}

pub(crate) fn exec(args: Args) -> Outcome {
    let mut out = Output::new();
    if args.list {
        list(&mut out, args.json)?;
        out.flush()?;
        return Ok(Status::Held);
    }
    if args.table {
        return table::exec(&args, out);
    }
    let asked = Asked::of(&args)?;
    let listener = args.interactive.listener()?;
    let start = match asked.start() {
        Ok(start) => start,
        Err(why) => {
            let is_broken = matches!(why, NoStart::Broken(_));
            let told = asked::no_start(&asked.source.name, why);
            if !is_broken {
                return Err(told);
            }
            complain(&told.0);
            return Ok(Status::Failed);
        }
    };
    let stop = interrupt::flag()?;
    if !args.json {
        write!(out, "{}", report::head(&asked, &start))?;
        // The rest may take long.
        out.flush()?;
    }
    let mut explored = going::explore(&start, &asked.aims, &stop);
    if let Some(broken) = &mut explored.broken {
        replay::made(&asked, &start, broken);
    }
    if args.json {
        writeln!(out, "{:#}", json::report(&asked, &explored))?;
    } else {
        write!(out, "{}", report::report(&asked, &explored, args.save.as_deref()))?;
    }
    out.flush()?;
    match (&args.save, &explored.broken) {
        (Some(file), Some(broken)) => replay::save(broken, file),
        (Some(file), None) => complain(&format!("{} was not written, for nothing is broken", file.display())),
        (None, _) => {}
    }
    if let Some(listener) = listener {
        interactive::go_on(listener, &asked, &start, &explored, &mut out)?;
    }
    Ok(status(&explored))
}

fn status(explored: &Explored) -> Status {
    match explored.ended {
        _ if explored.broken.is_some() => Status::Failed,
        Ended::Interrupted => Status::Interrupted,
        Ended::Complete if explored.waiting > 0 => Status::Undecided,
        Ended::Complete | Ended::Broken => Status::Held,
        Ended::Depth | Ended::Time | Ended::Memory | Ended::States => Status::Undecided,
    }
}

/// The presets, and what each is for.
fn presets() -> String {
    let rows: words::Rows = PRESETS.iter().map(|preset| (preset.name, preset.says.to_owned())).collect();
    words::rows(&rows)
}

fn list(out: &mut impl Write, as_json: bool) -> io::Result<()> {
    if as_json {
        let starts =
            BEGINS.iter().map(|begin| json!({"name": begin.name, "says": begin.says, "text": begin.text}));
        let presets = PRESETS.iter().map(|preset| {
            let (bounds, grain) = (&preset.bounds, &preset.grain);
            json!({"name": preset.name, "says": preset.says, "start": preset.start, "bounds": bounds, "grain": grain})
        });
        let (presets, starts) = (presets.collect::<Value>(), starts.collect::<Value>());
        return writeln!(out, "{:#}", json!({"presets": presets, "starts": starts}));
    }
    for (at, preset) in PRESETS.iter().enumerate() {
        let gap = if at == 0 { "" } else { "\n" };
        let title = paragraph(&format!("{}: {}", preset.name, preset.says), words::WIDTH);
        writeln!(out, "{gap}{}", title.join("\n"))?;
        write!(out, "{}", words::rows(&words::world(&preset.bounds, &preset.grain)))?;
    }
    writeln!(out, "\nstarts, for --start:")?;
    let starts: words::Rows = BEGINS.iter().map(|begin| (begin.name, begin.says.to_owned())).collect();
    write!(out, "{}", words::rows(&starts))
}

/// What was wrong, with the presets that there are.
fn with_presets(what: &str) -> BadInput {
    BadInput(format!("{what}\n{}", presets().trim_end()))
}
