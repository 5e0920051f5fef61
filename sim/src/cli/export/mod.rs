//! `zablab export`: a run, in the form of another tool.

mod form;
mod place;

use super::again::Again;
use super::{BadInput, Outcome, Output, Status, complain_softly};
use form::{Form, To};
use place::Place;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use zablab_sim::export::zookeeper_log::ZookeeperLog;
use zablab_sim::recording::{Limits, Parts, Recorder, Recording};
use zablab_sim::scenario::Time;
use zablab_sim::view::seconds;

/// Make a run into files that other tools read
///
/// docs/exports.md says of each form what it shows and how it is opened.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The form: `mermaid` (a sequence diagram), `shiviz` (a space-time diagram with vector clocks), `perfetto` (a time axis, in
    /// Chrome's JSON), `jepsen` (the history of the clients, in EDN), `dot` (what led to what, for Graphviz) or `zookeeper-log`
    /// (a folder a server, with its zk.log in the words of ZooKeeper 3.8, its zoo.cfg and its transaction log in words).
    /// Given once more with a time, such as `--to 20s`: what happens up to then
    #[arg(long, value_name = "FORM", required = true, allow_hyphen_values = true, value_parser = To::parse)]
    to: Vec<To>,
    /// A trace, as `zablab run --trace` writes it, whose run is made again; a scenario: a bundled one, or a file; or the name
    /// of a moment, up to which the run is made
    #[arg(value_name = "TRACE|SCENARIO|MOMENT")]
    run: String,
    /// The file to write; without it, or with `-`, standard output. Of `zookeeper-log` the folder, which is made if it is not
    /// there
    #[arg(value_name = "OUT")]
    out: Option<PathBuf>,
    /// What happens from this time on, such as `14s` or `1.4s`
    #[arg(long, value_name = "T", allow_hyphen_values = true, value_parser = form::time)]
    from: Option<Time>,
    /// The seed of a scenario's run. Without it the scenario's own, or 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

impl Args {
    /// The form, and until when.
    fn to(&self) -> Result<(Form, Option<Time>), BadInput> {
        let forms: Vec<Form> = self.to.iter().filter_map(|to| to.form()).collect();
        let times: Vec<Time> = self.to.iter().filter_map(|to| to.time()).collect();
        match (forms.as_slice(), times.as_slice()) {
            ([form], []) => Ok((*form, None)),
            ([form], [time]) => Ok((*form, Some(*time))),
            ([], _) => Err(BadInput(format!("no form is given; expected --to {}", form::names()))),
            ([one, other, ..], _) => Err(BadInput(format!("--to {one} and --to {other}: expected one form"))),
            (_, [one, other, ..]) => Err(BadInput(format!("--to {one} and --to {other}: expected one time"))),
        }
    }
}

/// What is shown, in virtual nanoseconds.
fn window(from: Option<Time>, to: Option<Time>) -> Result<RangeInclusive<u64>, BadInput> {
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(BadInput(format!("--from {from} is after --to {to}")));
    }
    Ok(from.map_or(0, Time::nanos)..=to.map_or(u64::MAX, Time::nanos))
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let (form, to) = args.to()?;
    let window = window(args.from, to)?;
    let Form::Written(form) = form else {
        if args.from.is_some() || to.is_some() {
            return Err(BadInput(
                "--to zookeeper-log tells all of a run; --from and a time are for other forms".to_owned(),
            ));
        }
        return logs(args);
    };
    let place = Place::of(args)?;
    let again = Again::load(&args.run, args.seed)?;
    let Some(recording) = recording(again, window, form.parts())? else { return Ok(Status::Interrupted) };
    if let Some(from) = args.from
        && from.nanos() > recording.to
    {
        let over = seconds(recording.to);
        return Err(BadInput(format!("--from {from}: the run is over at {over} s")));
    }
    let written = form.write(&recording);
    place.write(&written.text)?;
    for remark in &written.remarks {
        complain_softly(remark);
    }
    if let Place::File(path) = place {
        let mut out = Output::new();
        let Recording { name, seed, .. } = recording;
        writeln!(out, "{name}, seed {seed}: {} is in {}.", form.is(), path.display())?;
        out.flush()?;
    }
    Ok(Status::Held)
}

/// Makes the run and records it.
fn recording(again: Again, window: RangeInclusive<u64>, parts: Parts) -> Result<Option<Recording>, BadInput> {
    let mut recorder = Recorder::only(again.run().ensemble(), window, Limits::default(), parts);
    let (name, text) = (again.source.name.clone(), again.source.text.clone());
    let (scenario, seed) = (again.source.scenario.clone(), again.seed);
    let outcome = again.finish(&mut recorder)?;
    Ok(outcome.map(|outcome| recorder.finish(&name, &text, &scenario, seed, &outcome)))
}

/// The log files of a real ensemble.
fn logs(args: &Args) -> Outcome {
    let Some(folder) = &args.out else {
        return Err(BadInput(
            "--to zookeeper-log writes a folder a server; expected the folder for them".to_owned(),
        ));
    };
    let again = Again::load(&args.run, args.seed)?;
    let mut log = ZookeeperLog::new(again.run().ensemble());
    let (name, seed) = (again.source.name.clone(), again.seed);
    let Some(outcome) = again.finish(&mut log)? else { return Ok(Status::Interrupted) };
    place::write_all(folder, &log.finish(&outcome.ensemble), args.force)?;
    let mut out = Output::new();
    let (count, folder) = (outcome.ensemble.nodes.len(), folder.display());
    let servers = if count == 1 { "1 server".to_owned() } else { format!("{count} servers") };
    writeln!(out, "{name}, seed {seed}: the logs of {servers} are in {folder}.")?;
    out.flush()?;
    Ok(Status::Held)
}
