//! A scenario that shows a bug: green without it, and with it the right property speaks.

use super::{Bug, Wrong, amended, judges_of};
use crate::run::{Ending, Outcome, Run};
use crate::scenario::{Diagnostic, Scenario};
use crate::shrink::spoken;

/// A scenario with a line `shows ZK-4646 by P-DUR`.
#[derive(Clone, Debug)]
pub struct Lesson<'a> {
    name: &'a str,
    text: &'a str,
    scenario: &'a Scenario,
    bug: &'static Bug,
    judges: Vec<&'static str>,
}

/// What came of the two runs: `Ok` where it is what the scenario promises, with what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Without the bug; in the machine of its time, too, the property is silent.
    pub clean: Result<String, String>,
    /// With it.
    pub with: Result<String, String>,
}

impl<'a> Lesson<'a> {
    /// `None`: it shows no bug.
    pub fn of(name: &'a str, text: &'a str, scenario: &'a Scenario) -> Option<Result<Lesson<'a>, String>> {
        let shows = scenario.shows()?;
        let Some(bug) = Bug::find(&shows.bug) else {
            return Some(Err(format!("{} is no bug of the catalogue", shows.bug)));
        };
        let judges = judges_of(&shows.by);
        Some(Ok(Lesson { name, text, scenario, bug, judges }))
    }

    /// Runs it without the bug and with it. An error says that it cannot be run, or the bug not be put back.
    pub fn run(&self, seed: Option<u64>) -> Result<Shown, String> {
        let seed = seed.unwrap_or(self.scenario.seed());
        let wrong = |error: Diagnostic| error.to_string();
        let outcome = |text: &str, scenario: &Scenario| -> Result<Outcome, String> {
            let run = Run::new(self.name, text, scenario, seed).map_err(wrong)?;
            run.finish(&mut []).map_err(|error| error.to_string())
        };
        let clean = outcome(self.text, self.scenario)?;
        let amended = |wrong: &Wrong| {
            let settings = wrong.settings()?;
            let (text, scenario) =
                amended(self.name, self.text, self.scenario, &settings).map_err(|error| error.to_string())?;
            outcome(&text, &scenario)
        };
        let around = self.bug.around().map(|wrong| amended(&wrong)).transpose()?;
        let with = amended(&Wrong::bug(self.bug))?;
        let clean = is_silent(&clean).and_then(|silent| match around.and_then(|around| self.own(&around)) {
            Some((property, what)) => {
                Err(format!("{property} speaks with {} alone: {what}", self.bug.era.join(":")))
            }
            None => Ok(silent),
        });
        Ok(Shown { clean, with: self.is_shown(&with) })
    }

    /// What the property that is named says, if it speaks before any other.
    fn own(&self, outcome: &Outcome) -> Option<(&'static str, String)> {
        let violations = outcome.violations.iter().map(|found| (found.property, &found.what));
        let missing = outcome.missing.iter().map(|found| (found.property, &found.what));
        let findings = outcome.findings.iter().map(|found| (found.property, &found.sentence));
        let is_own = |(property, what): &(&'static str, &String)| {
            self.judges.contains(property) && what.contains(self.bug.words)
        };
        // What is judged at the end is judged at once: nothing of that comes first.
        let own = match outcome.violations.is_empty() {
            true => missing.chain(findings).find(is_own),
            false => violations.take(1).find(is_own),
        };
        own.map(|(property, what)| (property, what.clone()))
    }

    fn is_shown(&self, outcome: &Outcome) -> Result<String, String> {
        match (self.own(outcome), spoken(outcome).first()) {
            (Some((property, what)), _) => Ok(format!("{property} speaks: {what}")),
            (None, None) => Err("nothing speaks".to_owned()),
            (None, Some(other)) => Err(format!("{other} speaks, and not what is expected")),
        }
    }
}

fn is_silent(outcome: &Outcome) -> Result<String, String> {
    match (spoken(outcome).first(), &outcome.ending) {
        (None, Ending::Complete) => Ok("nothing speaks".to_owned()),
        (Some(_), _) if !outcome.unmet.is_empty() => {
            let unmet = &outcome.unmet[0];
            Err(format!("line {}: {}; instead, {}", unmet.line, unmet.expected, unmet.instead))
        }
        (Some(property), _) => Err(format!("{property} speaks")),
        (None, _) => Err("the run does not come to its end".to_owned()),
    }
}
