//! `zablab probes`: the situations that random runs are meant to reach.

use super::{BadInput, Outcome, Output, Status};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use zablab_sim::probe::{SITUATIONS, Situation};
use zablab_sim::storm::PROFILES;

/// List the situations that a sweep counts, by phase of the protocol
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// As a table in Markdown, with the profiles that promise to reach each within 20,000 seeds
    #[arg(long)]
    markdown: bool,
    /// What `zablab sweep --json` printed: the table tells how many of its seeds reached each
    #[arg(long, value_name = "FILE", requires = "markdown")]
    report: Option<PathBuf>,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    if args.json {
        let all: Vec<Value> = SITUATIONS
            .iter()
            .map(
                |situation| json!({"name": situation.name, "phase": situation.phase, "says": situation.says}),
            )
            .collect();
        writeln!(out, "{:#}", Value::Array(all))?;
    } else if args.markdown {
        let report = args.report.as_deref().map(read).transpose()?;
        markdown(&mut out, report.as_ref())?;
    } else {
        let width = SITUATIONS.iter().map(|situation| situation.name.len()).max().unwrap_or(0);
        let mut phase = "";
        for situation in SITUATIONS {
            if situation.phase != phase {
                let gap = if phase.is_empty() { "" } else { "\n" };
                phase = situation.phase;
                writeln!(out, "{gap}{phase}:")?;
            }
            writeln!(out, "  {:<width$}  {}", situation.name, situation.says)?;
        }
    }
    out.flush()?;
    Ok(Status::Held)
}

fn read(file: &Path) -> Result<Value, BadInput> {
    let name = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| BadInput(format!("{name} cannot be read: {error}")))?;
    let report: Value =
        serde_json::from_str(&text).map_err(|error| BadInput(format!("{name} is no JSON: {error}")))?;
    if report["zablab"] != "sweep" {
        return Err(BadInput(format!("{name} is not what `zablab sweep --json` prints")));
    }
    Ok(report)
}

/// The table; with a report, how many of its runs reached each situation.
fn markdown(out: &mut impl Write, report: Option<&Value>) -> std::io::Result<()> {
    writeln!(out, "# Situations that random runs are meant to reach\n")?;
    writeln!(
        out,
        "The output of `zablab probes --markdown`. A profile that promises a situation reaches it within 20,000 seeds:"
    )?;
    writeln!(out, "`zablab sweep PROFILE --seeds 0..20000 --require-probes` fails where it does not.")?;
    let mut phase = "";
    for situation in SITUATIONS {
        if situation.phase != phase {
            phase = situation.phase;
            let runs = report.map(|report| {
                format!(" Of {} seeds of {} |", report["runs"], report["name"].as_str().unwrap_or("it"))
            });
            let line = if runs.is_some() { " ---: |" } else { "" };
            writeln!(
                out,
                "\n## {phase}\n\n| Situation | What happens | Promised by |{}",
                runs.unwrap_or_default()
            )?;
            writeln!(out, "| --- | --- | --- |{line}")?;
        }
        let reached =
            report.map(|report| format!(" {} |", report["probes"][situation.name].as_u64().unwrap_or(0)));
        let (name, says) = (situation.name, situation.says);
        writeln!(out, "| {name} | {says} | {} |{}", promised(situation), reached.unwrap_or_default())?;
    }
    Ok(())
}

fn promised(situation: &Situation) -> String {
    let by = PROFILES.iter().map(|profile| profile.name).filter(|profile| situation.promised_by(profile));
    by.collect::<Vec<_>>().join(", ")
}
