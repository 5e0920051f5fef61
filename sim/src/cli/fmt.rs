//! `zablab fmt`: the canonical form of scenario files.

use super::{BadInput, Outcome, Output, Status, source};
use std::fs;
use std::io::Write;
use zablab_sim::scenario::Scenario;

/// Bring scenario files into their canonical form
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files to rewrite; `-` reads standard input and writes to standard output
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Change nothing; name the files that are not canonical, with exit status 1
    #[arg(long)]
    check: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut out = Output::new();
    let mut status = Status::Held;
    // All are read before one is written: a bad file leaves the others as they are.
    let mut texts = Vec::new();
    for file in &args.files {
        let (name, text) = match &**file {
            "-" => ("standard input", source::stdin()?),
            file => (file, source::read(file)?),
        };
        let canonical = Scenario::parse(name, &text)?.to_string();
        texts.push((file, text, canonical));
    }
    for (file, text, canonical) in texts {
        if args.check {
            if text != canonical {
                writeln!(out, "{file}")?;
                status = Status::Failed;
            }
        } else if file == "-" {
            write!(out, "{canonical}")?;
        } else if text != canonical {
            fs::write(file, canonical)
                .map_err(|error| BadInput(format!("{file} cannot be written: {error}")))?;
        }
    }
    out.flush()?;
    Ok(status)
}
