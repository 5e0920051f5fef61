//! `zablab hashes`: the digests that guard determinism, in the form of `traces/hashes.txt`.

use super::{Outcome, Output, Status};
use std::io::Write;
use zablab_sim::bundled::SCENARIOS;
use zablab_sim::run::Run;
use zablab_sim::scenario::Scenario;

/// Print the digest of every bundled scenario, as `traces/hashes.txt` holds it
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {
    /// Seeds 0 to N-1
    #[arg(long, default_value_t = 3, value_name = "N")]
    seeds: u64,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    for (name, text) in SCENARIOS {
        let scenario = Scenario::parse(name, text)?;
        for seed in 0..args.seeds {
            let outcome = Run::new(name, text, &scenario, seed)?.finish(&mut [])?;
            writeln!(out, "{name} {seed} {}", outcome.hash)?;
        }
    }
    out.flush()?;
    Ok(Status::Held)
}
