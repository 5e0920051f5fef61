//! What would have come of it: the same run up to a step, then one change, and both runs side by side.
//!
//! A change is a step of the scenario language done right behind a step of the run, or a draw that takes another value. Nothing
//! else is touched: every other draw is that of the same seed, since draws are named by their cause and not by their place.

mod as_it_was;
mod change;
mod differ;
mod done;
mod draws;
mod line;
mod packets;
mod place;
mod save;
mod side;
mod words;

pub use as_it_was::AsItWas;
pub use change::Change;
pub use differ::{Parting, first_difference};
pub(crate) use line::step_in_schedule;
pub use save::Saved;
pub use side::{Reign, Server, Side};

use crate::run::{Ending, Interjection, Outcome, Run};
use crate::scenario::{Diagnostic, Line, Scenario};
use crate::view::Ancestor;
use as_it_was::Seen;
use differ::Held;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use words::lengths;

/// A run of which something else is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The scenario's name.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The scenario, without a profile that is still to be drawn from.
    pub scenario: &'a Scenario,
    /// The seed.
    pub seed: u64,
}

impl Asked<'_> {
    fn prepare(&self) -> Result<Run, NotTold> {
        Run::new(self.name, self.text, self.scenario, self.seed)
            .map_err(|error| NotTold::Wrong(error.to_string()))
    }
}

/// Why nothing can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTold {
    /// What was asked makes no sense; why.
    Wrong(String),
    /// Somebody asked it to stop.
    Interrupted,
}

impl NotTold {
    fn io(error: std::io::Error) -> NotTold {
        NotTold::Wrong(error.to_string())
    }
}

/// Two runs that are the same up to a change.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The step behind which, or at which, something is changed, as it was.
    pub place: Ancestor,
    /// The moment of that step: `NAME:SEED@STEP#hash8`.
    pub moment: String,
    /// What is changed, in words.
    pub change: String,
    /// What one should know of how it is done.
    pub note: Option<String>,
    /// The first step that differs; `None` where the change changes nothing.
    pub parting: Option<Parting>,
    /// What the run came to.
    pub as_it_was: Side,
    /// What it comes to with the change.
    pub what_if: Side,
    /// The lines that say the same in the scenario; `None` where a draw has no name in the language.
    lines: Option<Vec<Line>>,
}

/// A transaction that came to different ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Differing {
    /// Its number.
    pub zxid: String,
    /// What became of it; `None`: it was never proposed.
    pub as_it_was: Option<String>,
    /// What becomes of it with the change.
    pub what_if: Option<String>,
}

/// Makes the run as it was, and with the change at that step. `stop` ends it.
pub fn what_if(
    asked: &Asked<'_>,
    step: u64,
    change: &Change,
    stop: &Arc<AtomicBool>,
) -> Result<WhatIf, NotTold> {
    let mut run = asked.prepare()?;
    run.stop_on(stop.clone());
    let mut watched = AsItWas::of(&mut run, step, change);
    let outcome = run.finish(&mut [&mut watched]).map_err(NotTold::io)?;
    if outcome.ending == Ending::Interrupted {
        return Err(NotTold::Interrupted);
    }
    watched.what_if(asked, outcome, change, stop)
}

impl AsItWas {
    /// Makes the run with the change, once it was made as it was.
    pub fn what_if(
        self,
        asked: &Asked<'_>,
        outcome: Outcome,
        change: &Change,
        stop: &Arc<AtomicBool>,
    ) -> Result<WhatIf, NotTold> {
        let ensemble = outcome.ensemble.clone();
        let Seen { place, noted, passed, side: as_it_was } =
            self.finish(asked, outcome).map_err(NotTold::Wrong)?;
        let done = change.at(&place, &ensemble).map_err(NotTold::Wrong)?;
        let prepare = || {
            let mut run = asked.prepare()?;
            run.stop_on(stop.clone());
            Ok(run)
        };
        let mut run = prepare()?;
        done.to(&mut run);
        let mut held = Held::against(&noted);
        let mut recorder = side::recorder(&run);
        let outcome = run.finish(&mut [&mut held, &mut recorder]).map_err(NotTold::io)?;
        if outcome.ending == Ending::Interrupted {
            return Err(NotTold::Interrupted);
        }
        let what_if = side::side(asked, recorder, outcome);
        if let Some(unmet) = what_if.unmet.iter().find(|unmet| unmet.line == Interjection::LINE) {
            return Err(NotTold::Wrong(format!(
                "`{}` cannot be done there: {}",
                unmet.expected, unmet.instead
            )));
        }
        let parting = held.finish(passed, &prepare)?;
        Ok(WhatIf {
            moment: format!("{}:{}@{}#{}", asked.name, asked.seed, place.step, place.hash.short()),
            place: place.told,
            change: done.words,
            note: done.note,
            parting,
            as_it_was,
            what_if,
            lines: done.lines,
        })
    }
}

impl From<Diagnostic> for NotTold {
    fn from(error: Diagnostic) -> NotTold {
        NotTold::Wrong(error.to_string())
    }
}
