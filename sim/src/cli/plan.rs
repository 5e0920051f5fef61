//! `zablab plan`: what a profile makes of a seed.

use super::{Outcome, Output, Status, wrong};
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde_json::json;
use std::io::Write;
use zablab_sim::bugs;
use zablab_sim::storm::{LEAST_SERVERS, MOST_SERVERS, PROFILES, Profile};

/// Print the scenario that a profile draws from a seed
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to draw from
    #[arg(value_parser = profiles())]
    profile: String,
    /// The seed: the same seed gives the same plan
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// So many servers, all of which vote, instead of a number that is drawn
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(i64::from(LEAST_SERVERS)..=i64::from(MOST_SERVERS)))]
    servers: Option<u32>,
    #[command(flatten)]
    wrong: wrong::Options,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn profiles() -> PossibleValuesParser {
    PossibleValuesParser::new(
        PROFILES.iter().map(|profile| PossibleValue::new(profile.name).help(profile.says)),
    )
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let Args { profile, seed, servers, json, wrong } = args;
    wrong.tell_uncovered();
    let found = Profile::find(profile).ok_or_else(|| format!("`{profile}` is no profile"))?;
    let mut plan = found.plan_for(*seed, *servers);
    bugs::amend(&mut plan, &wrong.wrong().settings()?);
    let plan = plan.to_string();
    let mut out = Output::new();
    if *json {
        writeln!(out, "{:#}", json!({"profile": profile, "seed": seed, "servers": servers, "plan": plan}))?;
    } else {
        write!(out, "{plan}")?;
    }
    out.flush()?;
    Ok(Status::Held)
}
