//! `zablab bugs`: ZooKeeper's own bugs, and the story of one.

use super::{Outcome, Output, Status, wrong};
use serde_json::{Value, json};
use std::io::{self, Write};
use zablab_sim::bugs::{Bug, CATALOGUE, MUST_FIND, PutBack};
use zablab_sim::scenario::Scenario;
use zablab_sim::score::{Record, Row, rows};
use zablab_sim::view::paragraph;

/// List ZooKeeper's own bugs that can be put back, or tell the story of one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The bug to tell of, such as ZK-4646
    #[arg(value_name = "ZK-N", value_parser = wrong::bug)]
    bug: Option<&'static Bug>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A line of a story goes on in another one behind so many characters.
const WIDTH: usize = 110;

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    match (args.bug, args.json) {
        (None, true) => {
            let rows = measured();
            let all: Vec<Value> = CATALOGUE.iter().map(|bug| of(bug, &rows)).collect();
            writeln!(out, "{:#}", Value::Array(all))?;
        }
        (Some(bug), true) => writeln!(out, "{:#}", of(bug, &measured()))?,
        (None, false) => list(&mut out)?,
        (Some(bug), false) => tell(&mut out, bug)?,
    }
    out.flush()?;
    Ok(Status::Held)
}

fn of(bug: &Bug, rows: &[Row]) -> Value {
    json!({
        "id": bug.id(),
        "also": bug.also.iter().map(|number| format!("ZK-{number}")).collect::<Vec<_>>(),
        "title": bug.title,
        "class": bug.class.to_string(),
        "releases": bug.releases,
        "must": bug.is_must(),
        "settings": bug.settings.iter().map(PutBack::to_string).collect::<Vec<_>>(),
        "era": bug.era,
        "canBePutBack": bug.can_be_put_back(),
        "breaks": bug.breaks,
        "judges": bug.judges,
        "scenario": bug.scenario().map(|(name, _)| name),
        "profile": bug.profile,
        "mechanism": bug.mechanism,
        "schedule": bug.schedule,
        "look": bug.look,
        "published": bug.published,
        "measured": rows.iter().find(|row| row.bug == bug.id()),
    })
}

/// The codes that a bug breaks, with commas.
fn codes(bug: &Bug) -> String {
    bug.breaks.join(", ")
}

/// What a column of the list says of a bug.
type Cell<'a> = &'a dyn Fn(&Bug) -> String;

/// How soon random runs with `everything` find each bug, as it was measured last.
fn measured() -> Vec<Row> {
    let mut rows = rows(&Record::bundled().found);
    rows.retain(|row| row.profile == "everything");
    rows
}

fn list(out: &mut impl Write) -> io::Result<()> {
    let scenario = |bug: &Bug| match bug.scenario() {
        Some((name, _)) => name.to_owned(),
        None if bug.can_be_put_back() => "-".to_owned(),
        None => "no switch".to_owned(),
    };
    let rows = measured();
    let row = |bug: &Bug| rows.iter().find(|row| row.bug == bug.id());
    let seeds = |bug: &Bug| row(bug).map_or_else(|| "-".to_owned(), Row::median);
    let cpu =
        |bug: &Bug| row(bug).map_or_else(|| "-".to_owned(), |row| format!("{:.2}", row.median_cpu_seconds));
    let columns: [(&str, Cell<'_>); 6] = [
        ("BUG", &Bug::id),
        ("CLASS", &|bug| bug.class.to_string()),
        ("BREAKS", &codes),
        ("SCENARIO", &scenario),
        ("SEEDS", &seeds),
        ("CPU S", &cpu),
    ];
    let widths = columns
        .map(|(head, of)| CATALOGUE.iter().map(|bug| of(bug).len()).max().unwrap_or(0).max(head.len()));
    for ((head, _), width) in columns.iter().zip(widths) {
        write!(out, "{head:<width$} ")?;
    }
    writeln!(out, "WHAT IS WRONG, AND IN WHICH RELEASES")?;
    let indent = widths.iter().map(|width| width + 1).sum::<usize>() + 2;
    for (at, bug) in CATALOGUE.iter().enumerate() {
        if at == MUST_FIND {
            writeln!(out)?;
        }
        for ((_, of), width) in columns.iter().zip(widths) {
            write!(out, "{:<width$} ", of(bug))?;
        }
        writeln!(out, "{}\n{:indent$}{}", bug.title, "", bug.releases)?;
    }
    writeln!(out, "\nSEEDS and CPU S: medians of searches among random runs of `everything` (docs/score.md).")
}

/// A paragraph; every line but the first begins with so many blanks.
fn indented(out: &mut impl Write, text: &str, indent: usize) -> io::Result<()> {
    writeln!(out, "{}", paragraph(text, WIDTH - indent).join(&format!("\n{:indent$}", "")))
}

fn tell(out: &mut impl Write, bug: &Bug) -> io::Result<()> {
    let id = bug.id();
    let also: Vec<String> = bug.also.iter().map(|number| format!("ZK-{number}")).collect();
    let also = if also.is_empty() { String::new() } else { format!(" (also {})", also.join(", ")) };
    writeln!(out, "{id}{also}: {}", bug.title)?;
    writeln!(out, "  class     {}", bug.class)?;
    writeln!(out, "  releases  {}", bug.releases)?;
    writeln!(out, "  breaks    {}: {}", codes(bug), bug.judges.join(", "))?;
    if let Some(published) = bug.published {
        writeln!(out, "  found by  {published}")?;
    }
    if let Some(row) = measured().iter().find(|row| row.bug == id) {
        let (seeds, cpu) = (row.median(), row.median_cpu_seconds);
        writeln!(out, "  and here  by random runs of `everything`: {seeds} seeds, {cpu:.2} CPU s (medians)")?;
    }
    writeln!(out)?;
    indented(out, bug.mechanism, 0)?;
    writeln!(out, "\nHow it comes about:")?;
    for (at, step) in bug.schedule.iter().enumerate() {
        write!(out, "  {}. ", at + 1)?;
        indented(out, step, 5)?;
    }
    write!(out, "\nWhat to look at: ")?;
    indented(out, bug.look, 0)?;
    if !bug.can_be_put_back() {
        return writeln!(out, "\nIt cannot be put back yet: the machine has no switch for it.");
    }
    let settings: Vec<String> = bug.settings.iter().map(PutBack::to_string).collect();
    writeln!(out, "\nPut back by `{}`.", settings.join("`, `"))?;
    if !bug.era.is_empty() {
        let era = bug.era.join("`, `");
        writeln!(
            out,
            "Its time had `{era}` in any case: what shows with that alone is no find of this bug."
        )?;
    }
    if let Some((name, text)) = bug.scenario() {
        let shown = Scenario::parse(name, text).ok().and_then(|scenario| Some(scenario.shows()?.by.clone()));
        let broken = shown.as_deref().unwrap_or(bug.breaks[0]);
        writeln!(out, "\n  zablab run {name}                 without it: all is well")?;
        writeln!(out, "  zablab run {name} --bug {id}   with it: {broken} is broken")?;
        writeln!(out, "  zablab run {name} --both          both, as they should be")?;
    }
    writeln!(out, "  zablab sweep {} --seeds 0..20000 --bug {id}", bug.profile)
}
