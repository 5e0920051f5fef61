//! `zablab bugs`: ZooKeeper's own bugs, and the story of one.

use super::{Outcome, Output, Status, wrong};
use serde_json::{Value, json};
use std::io::{self, Write};
use zablab_sim::bugs::{Bug, CATALOGUE, MUST_FIND, PutBack};
use zablab_sim::scenario::Scenario;

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
            let all: Vec<Value> = CATALOGUE.iter().map(|bug| of(bug)).collect();
            writeln!(out, "{:#}", Value::Array(all))?;
        }
        (Some(bug), true) => writeln!(out, "{:#}", of(bug))?,
        (None, false) => list(&mut out)?,
        (Some(bug), false) => tell(&mut out, bug)?,
    }
    out.flush()?;
    Ok(Status::Held)
}

fn of(bug: &Bug) -> Value {
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
    })
}

/// The codes that a bug breaks, with commas.
fn codes(bug: &Bug) -> String {
    bug.breaks.join(", ")
}

fn list(out: &mut impl Write) -> io::Result<()> {
    let scenario = |bug: &Bug| match bug.scenario() {
        Some((name, _)) => name.to_owned(),
        None if bug.can_be_put_back() => "-".to_owned(),
        None => "no switch".to_owned(),
    };
    let width = |of: &dyn Fn(&Bug) -> String, head: &str| {
        CATALOGUE.iter().map(|bug| of(bug).len()).max().unwrap_or(0).max(head.len())
    };
    let (class, breaks) = (width(&|bug| bug.class.to_string(), "CLASS"), width(&codes, "BREAKS"));
    let shown = width(&scenario, "SCENARIO");
    writeln!(
        out,
        "{:<8} {:<class$} {:<breaks$} {:<shown$} WHAT IS WRONG",
        "BUG", "CLASS", "BREAKS", "SCENARIO"
    )?;
    for (at, bug) in CATALOGUE.iter().enumerate() {
        if at == MUST_FIND {
            writeln!(out)?;
        }
        let (id, title, what) = (bug.id(), bug.title, codes(bug));
        writeln!(out, "{id:<8} {:<class$} {what:<breaks$} {:<shown$} {title}", bug.class, scenario(bug))?;
    }
    Ok(())
}

/// A paragraph; every line but the first begins with so many blanks.
fn paragraph(out: &mut impl Write, text: &str, indent: usize) -> io::Result<()> {
    let mut column = indent;
    for (at, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > WIDTH {
            write!(out, "\n{:indent$}", "")?;
            column = indent;
        } else if at > 0 {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{word}")?;
        column += length;
    }
    writeln!(out)
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
    writeln!(out)?;
    paragraph(out, bug.mechanism, 0)?;
    writeln!(out, "\nHow it comes about:")?;
    for (at, step) in bug.schedule.iter().enumerate() {
        write!(out, "  {}. ", at + 1)?;
        paragraph(out, step, 5)?;
    }
    write!(out, "\nWhat to look at: ")?;
    paragraph(out, bug.look, 0)?;
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
