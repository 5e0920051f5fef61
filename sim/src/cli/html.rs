//! `--html`: a run as a page.

use super::check::limits;
use super::{BadInput, Target, source};
use std::io::Write;
use std::ops::RangeInclusive;
use zablab_sim::page::{self, Cut};
use zablab_sim::recording::{Limits, Recorder, Recording};
use zablab_sim::run::{Outcome, Run};
use zablab_sim::scenario::{Scenario, Time};
use zablab_sim::view::seconds;

/// What a page is made of.
#[derive(Debug, clap::Args)]
#[group(id = "page")]
pub(super) struct Options {
    /// Draw the run to this file: an HTML page of its own, with every state to step through
    #[arg(long, value_name = "OUT")]
    pub(super) html: Option<String>,
    /// Draw nothing before this virtual time, such as 20s
    #[arg(long, value_name = "TIME", requires = "html", value_parser = limits::time)]
    from: Option<Time>,
    /// Draw nothing after this virtual time
    #[arg(long, value_name = "TIME", requires = "html", value_parser = limits::time)]
    to: Option<Time>,
}

/// A run that is drawn.
pub(super) struct Drawn<'s> {
    pub(super) name: &'s str,
    pub(super) text: &'s str,
    pub(super) scenario: &'s Scenario,
    pub(super) seed: u64,
}

impl Options {
    /// What is drawn, in virtual nanoseconds.
    fn window(&self) -> RangeInclusive<u64> {
        self.from.map_or(0, |time| time.nanos())..=self.to.map_or(u64::MAX, |time| time.nanos())
    }

    /// The file of the page, where one is asked for.
    pub(super) fn target(&self, trace: &str) -> Result<Option<Target>, BadInput> {
        let Some(path) = &self.html else { return Ok(None) };
        if source::is_same_file(path, trace) {
            return Err(BadInput(format!("{path} is the trace; its page needs another file")));
        }
        Ok(Some(Target::create(path)?))
    }

    /// What is not drawn since nobody asked for it.
    fn notes(&self) -> Vec<String> {
        let from = self.from.map(|time| format!("from {time}"));
        let to = self.to.map(|time| format!("up to {time}"));
        let part: Vec<String> = from.into_iter().chain(to).collect();
        if part.is_empty() {
            Vec::new()
        } else {
            vec![format!("It shows the run {}, as asked for.", part.join(" "))]
        }
    }

    /// Where a page is asked for: who watches the run for it.
    pub(super) fn recorder(&self, run: &Run) -> Result<Option<Recorder>, BadInput> {
        let window = self.window();
        if window.is_empty() {
            let (from, to) = (Time(*window.start()), Time(*window.end()));
            return Err(BadInput(format!("--from {from} is after --to {to}; expected an earlier time")));
        }
        let recorder = self.html.as_ref().map(|_| Recorder::new(run.ensemble(), window, Limits::default()));
        Ok(recorder)
    }
}

impl Drawn<'_> {
    fn end(&self, recorder: Recorder, outcome: &Outcome) -> Recording {
        recorder.finish(self.name, self.text, self.scenario, self.seed, outcome)
    }

    /// Writes the page. Where all of it would be too much, the run is made again for a part of it.
    pub(super) fn write(
        &self,
        mut target: Target,
        options: &Options,
        recorder: Recorder,
        outcome: &Outcome,
        prepare: impl Fn() -> Result<Run, BadInput>,
    ) -> Result<(), BadInput> {
        let end = Time(outcome.virtual_time);
        if let Some(from) = options.from.filter(|from| *from > end) {
            let end = seconds(end.nanos());
            return Err(BadInput(format!("--from {from} shows nothing: the run is over at {end} s")));
        }
        let again = |Cut { window, limits }: Cut| -> Result<Recording, BadInput> {
            let run = prepare()?;
            let mut recorder = Recorder::new(run.ensemble(), window, limits);
            run.finish(&mut [&mut recorder])?;
            Ok(self.end(recorder, outcome))
        };
        let whole = self.end(recorder, outcome);
        let page = page::fitting(whole, options.notes(), page::CAP, page::turn(outcome), again)?;
        target.write_all(page.as_bytes())?;
        Ok(target.flush()?)
    }
}
