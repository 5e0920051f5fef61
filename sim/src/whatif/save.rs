//! The changed run as a scenario of its own.

use super::change::Done;
use super::{Asked, NotTold, Side};
use crate::run::Run;
use crate::scenario::{Line, Pin, Scenario, Statement};

/// A scenario that comes to the changed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its canonical text.
    pub text: String,
    /// The seed that it must be given; `None` where it says so itself.
    pub seed: Option<u64>,
}

/// The scenario with the change in it, after it was run: it must come to the same run.
pub(super) fn saved(asked: &Asked<'_>, done: &Done, side: &Side) -> Result<Result<Saved, String>, NotTold> {
    let Some(lines) = &done.lines else {
        return Ok(Err("the language has no name for a draw that was changed".to_owned()));
    };
    let scenario = with(asked.scenario, asked.seed, lines);
    let text = scenario.to_string();
    let scenario = Scenario::parse(asked.name, &text)?;
    let outcome = Run::new(asked.name, &text, &scenario, asked.seed)?.finish(&mut []).map_err(NotTold::io)?;
    if outcome.hash != side.hash {
        return Ok(Err(
            "other things happen at that very instant, and a line of a scenario stands before all of \
                       them: it would come to another run"
                .to_owned(),
        ));
    }
    let seed = (scenario.seed() != asked.seed).then_some(asked.seed);
    Ok(Ok(Saved { text, seed }))
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
