//! `zablab conform`: are logs of real servers what the machine would have written?

use super::{Outcome, Output, Status};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use zablab_protocol::Sid;
use zablab_sim::bugs::Release;
use zablab_sim::conform::judge::judge;
use zablab_sim::conform::story::story;

/// Hold the logs of real servers against the machine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Logs, or folders that hold them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The release that wrote them; inferred from the shape of the lines where it is not given
    #[arg(long = "as", value_name = "VERSION")]
    release: Option<Release>,
    /// Whose log it is, where nothing else says so
    #[arg(long, value_name = "N")]
    sid: Option<i64>,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let reading = zablab_sim::conform::read(&args.paths, args.sid.map(Sid));
    let mut out = Output::new();
    for ensemble in &reading.ensembles {
        writeln!(out, "{}", ensemble.folder.display())?;
        let release = args.release.or_else(|| Release::parse("3.8.0")).ok_or("no release")?;
        let judged = judge(ensemble, release)?;
        let names: BTreeMap<Sid, String> =
            ensemble.servers.iter().map(|server| (server.sid, server.name.clone())).collect();
        let with: Vec<_> =
            ensemble.servers.iter().zip(&judged.servers).map(|(log, replayed)| (log.sid, replayed)).collect();
        story(&with, &names, &mut out)?;
        for (log, replayed) in ensemble.servers.iter().zip(&judged.servers) {
            writeln!(
                out,
                "{} {} entries, {} explained, excerpt {}, most {}",
                log.name,
                log.entries.len(),
                replayed.explained,
                log.is_excerpt,
                replayed.most
            )?;
            for (when, what) in &replayed.assumed {
                writeln!(
                    out,
                    "   assumed {:?}: {what}",
                    log.entries.get(when.entry).map(|entry| entry.line)
                )?;
            }
            for (at, why) in &replayed.undecided {
                writeln!(out, "   undecided {}: {why}", log.entries[*at].line)?;
            }
            for d in &replayed.disagreements {
                writeln!(
                    out,
                    "   DISAGREES {}:{} {:?}\n      {}",
                    log.files[0].display(),
                    log.entries[d.entry].line,
                    log.entries[d.entry].event,
                    d.why
                )?;
            }
        }
        for c in &judged.together.conflicts {
            let log = ensemble.servers.iter().find(|log| log.sid == c.sid).ok_or("?")?;
            writeln!(
                out,
                "   CONFLICT {} {}:{} {:?}\n      {}",
                c.check, log.name, log.entries[c.entry].line, log.entries[c.entry].event, c.why
            )?;
        }
        writeln!(
            out,
            "traced {} untraced {} clocks {:?}",
            judged.together.traced, judged.together.untraced, judged.together.clocks
        )?;
    }
    Ok(Status::Held)
}
