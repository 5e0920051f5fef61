//! A run that is made again to be shown: from a scenario, from a trace against which it is held, or up to a moment.

use super::source::{self, Source};
use super::{BadInput, interrupt, wrong};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use zablab_sim::bundled;
use zablab_sim::moment::{Missed, Moment};
use zablab_sim::run::{Ending, Observer, Outcome, Run, StepView};
use zablab_sim::scenario::{Diagnostic, Scenario};
use zablab_sim::trace::{Header, Replay, Replayed, TraceError};

/// A run that is about to be made.
pub(crate) struct Again {
    /// What it was called for.
    what: String,
    /// The scenario, with what a profile drew.
    pub(crate) source: Source,
    pub(crate) seed: u64,
    run: Run,
    held_against: HeldAgainst,
}

enum HeldAgainst {
    Nothing,
    Trace(Box<Held<Box<dyn BufRead>>>),
    /// The run ends there.
    Moment(Moment),
    /// It goes on behind it.
    Passed(Moment),
}

/// The trace of a run that is made again. What differs is told at the end; the run goes on.
struct Held<R> {
    replay: Replay<R>,
    over: bool,
}

impl<R: BufRead> Observer for Held<R> {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        self.over = self.over || self.replay.step(step).is_err();
        Ok(())
    }
}

impl Again {
    /// Of a scenario (a bundled one or a file), a trace, or a moment. A trace is told from a scenario by its first character.
    pub(crate) fn load(what: &str, seed: Option<u64>) -> Result<Again, BadInput> {
        if what == "-" {
            // What is only looked at stays in the buffer of standard input, for whoever reads it next.
            let mut input = io::stdin().lock();
            let what = "standard input";
            if begins_a_trace(what, &mut input)? {
                return Again::of_trace(what, Box::new(input), seed);
            }
        }
        let is_file = Path::new(what).is_file();
        if bundled::find(what).is_none() && is_file {
            let mut file = BufReader::new(source::open(what, "a trace or a scenario")?);
            if begins_a_trace(what, &mut file)? {
                return Again::of_trace(what, Box::new(file), seed);
            }
        }
        if !is_file && Moment::is_meant(what) {
            let moment: Moment = what.parse()?;
            if seed.is_some() {
                return Err(BadInput(format!("{what} names its seed; --seed is for a scenario")));
            }
            let again = Again::of_scenario(&moment.name, Some(moment.seed))?;
            return Ok(Again { what: what.to_owned(), held_against: HeldAgainst::Moment(moment), ..again });
        }
        Again::of_scenario(what, seed)
    }

    fn of_scenario(what: &str, seed: Option<u64>) -> Result<Again, BadInput> {
        let source = source::load(what)?;
        let seed = seed.unwrap_or(source.scenario.seed());
        let source = source.drawn(seed);
        let run = Run::new(&source.name, &source.text, &source.scenario, seed)?;
        Ok(Again { what: what.to_owned(), source, seed, run, held_against: HeldAgainst::Nothing })
    }

    fn of_trace(path: &str, file: Box<dyn BufRead>, seed: Option<u64>) -> Result<Again, BadInput> {
        if seed.is_some() {
            return Err(BadInput(format!("{path} is a trace, and names its seed; --seed is for a scenario")));
        }
        let Opened { replay, source, seed } = Opened::of(path, file)?;
        let run = prepared(path, &source, seed)?;
        let held_against = HeldAgainst::Trace(Box::new(Held { replay, over: false }));
        Ok(Again { what: path.to_owned(), source, seed, run, held_against })
    }

    /// The same on a machine with which this is wrong. A trace says itself what is.
    pub(crate) fn with(self, wrong: &wrong::Options) -> Result<Again, BadInput> {
        if wrong.wrong().settings()?.is_empty() {
            return Ok(self);
        }
        if matches!(self.held_against, HeldAgainst::Trace(_)) {
            return Err(BadInput(format!(
                "{} is a trace, and says what is wrong; give its scenario",
                self.what
            )));
        }
        let source = wrong.apply(self.source)?.drawn(self.seed);
        let run = Run::new(&source.name, &source.text, &source.scenario, self.seed)?;
        Ok(Again { source, run, ..self })
    }

    /// The same to its own end, where a moment would end it.
    pub(crate) fn whole(self) -> Again {
        let held_against = match self.held_against {
            HeldAgainst::Moment(moment) => HeldAgainst::Passed(moment),
            other => other,
        };
        Again { held_against, ..self }
    }

    /// The moment that names it.
    pub(crate) fn moment(&self) -> Option<&Moment> {
        match &self.held_against {
            HeldAgainst::Moment(moment) | HeldAgainst::Passed(moment) => Some(moment),
            _ => None,
        }
    }

    /// Whether only the way up to a moment is meant.
    pub(crate) fn is_moment(&self) -> bool {
        matches!(self.held_against, HeldAgainst::Moment(_))
    }

    /// The scenario's name, text and tree, and the seed, for whoever outlives the run.
    pub(crate) fn parts(&self) -> (String, String, Scenario, u64) {
        let Source { name, text, scenario } = &self.source;
        (name.clone(), text.clone(), scenario.clone(), self.seed)
    }

    /// The run before its first step.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// The same, for whoever has to prepare it.
    pub(crate) fn run_mut(&mut self) -> &mut Run {
        &mut self.run
    }

    /// Makes it, watched; `None` where it was interrupted. The error is that it is not what it was called for.
    pub(crate) fn finish(self, observer: &mut dyn Observer) -> Result<Option<Outcome>, BadInput> {
        let Again { what, mut run, held_against, .. } = self;
        run.stop_on(interrupt::flag()?);
        let about = |error: &dyn std::fmt::Display| BadInput(format!("{what}, {error}"));
        let missed = |missed: Missed| BadInput(format!("{what} is not there: {missed}"));
        let outcome = match held_against {
            HeldAgainst::Nothing => run.finish(&mut [observer])?,
            HeldAgainst::Moment(moment) => moment.reach(run, &mut [observer])?.map_err(missed)?,
            HeldAgainst::Passed(moment) => moment.pass(run, &mut [observer])?.map_err(missed)?,
            HeldAgainst::Trace(mut held) => {
                let outcome = run.finish(&mut [observer, &mut *held])?;
                if outcome.ending == Ending::Interrupted {
                    return Ok(None);
                }
                // Where the trace is over, its own end is not that of the run.
                let end = (!held.over).then_some(&outcome);
                if let Replayed::Differs(difference) =
                    held.replay.finish(end).map_err(|error| about(&error))?
                {
                    return Err(about(&difference));
                }
                outcome
            }
        };
        Ok((outcome.ending != Ending::Interrupted).then_some(outcome))
    }
}

/// A trace, and the run that its header names.
pub(super) struct Opened<R> {
    pub(super) replay: Replay<R>,
    pub(super) source: Source,
    pub(super) seed: u64,
}

impl<R: BufRead> Opened<R> {
    /// Reads the header.
    pub(super) fn of(path: &str, reader: R) -> Result<Opened<R>, BadInput> {
        let about = |error: TraceError| BadInput(format!("{path}, {error}"));
        let replay = Replay::new(reader).map_err(about)?;
        let seed = replay.seed().map_err(about)?;
        let Header { scenario: name, text, .. } = replay.header().clone();
        let scenario = Scenario::parse(&name, &text).map_err(|error| wrong_scenario(path, &error))?;
        Ok(Opened { replay, source: Source { name, text, scenario }, seed })
    }
}

/// The run of a trace.
pub(super) fn prepared(path: &str, source: &Source, seed: u64) -> Result<Run, BadInput> {
    Run::new(&source.name, &source.text, &source.scenario, seed).map_err(|error| wrong_scenario(path, &error))
}

fn wrong_scenario(path: &str, error: &Diagnostic) -> BadInput {
    let error = error.to_string();
    let error = error.strip_prefix("error: ").unwrap_or(&error);
    BadInput(format!("{path}, line 1 holds a scenario that is wrong: {error}"))
}

/// Whether what is read begins with a brace, as no scenario does.
fn begins_a_trace(what: &str, input: &mut dyn BufRead) -> Result<bool, BadInput> {
    let start = input.fill_buf().map_err(|error| BadInput(format!("{what} cannot be read: {error}")))?;
    Ok(start.first() == Some(&b'{'))
}
