//! The changed run as a scenario of its own.

use super::{Asked, NotTold, WhatIf};
use crate::run::{Ending, Run};
use crate::scenario::{Line, Pin, Scenario, Statement};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A scenario that comes to the changed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its canonical text.
    pub text: String,
    /// The seed that it must be given; `None` where it says so itself.
    pub seed: Option<u64>,
}

impl WhatIf {
    /// The scenario with the change in it, after it was run: it must come to the same run. Else why there is none.
    pub fn saved(&self, asked: &Asked<'_>, stop: &Arc<AtomicBool>) -> Result<Result<Saved, String>, NotTold> {
        let Some(lines) = &self.lines else {
            return Ok(Err("the language has no name for a draw that was changed".to_owned()));
        };
        let text = with(asked.scenario, asked.seed, lines).to_string();
        let scenario = Scenario::parse(asked.name, &text)?;
        let mut run = Run::new(asked.name, &text, &scenario, asked.seed)?;
        run.stop_on(stop.clone());
        let outcome = run.finish(&mut []).map_err(NotTold::io)?;
        if outcome.ending == Ending::Interrupted {
            return Err(NotTold::Interrupted);
        }
        if outcome.hash != self.what_if.hash {
            return Ok(Err(
                "other things happen at that very instant, and a line of a scenario stands before \
                           all of them: it would come to another run"
                    .to_owned(),
            ));
        }
        let seed = (scenario.seed() != asked.seed).then_some(asked.seed);
        Ok(Ok(Saved { text, seed }))
    }
}

/// The lines stand at the end: `by` looks at what is above it.
fn with(scenario: &Scenario, seed: u64, changed: &[Line]) -> Scenario {
    let given = |pin: &Pin| {
        changed
            .iter()
            .any(|line| matches!(&line.statement, Some(Statement::Pin(new)) if new.is_of_the_draw_of(pin)))
    };
    let mut lines: Vec<Line> = scenario.lines.clone();
    lines.retain(|line| !matches!(&line.statement, Some(Statement::Pin(pin)) if given(pin)));
    lines.push(Line { blank_before: true, ..Line::remark("What if") });
    lines.extend(changed.iter().cloned());
    Scenario { lines }.of_seed(seed)
}
