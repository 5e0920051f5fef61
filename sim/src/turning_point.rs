//! The point of no return of a failing run: the last moment from which it can still go well.
//!
//! The run is made again up to a step, and from there with fresh draws: other latencies, other writes, other losses, and
//! the same scenario. As long as one of a few such runs goes well, nothing is sealed yet.

use crate::moment::Moment;
use crate::run::{Ending, Limits, Outcome, Run};
use crate::scenario::{Diagnostic, Scenario};
use crate::shrink::{NotShrunk, spoken};
use crate::view::{Ancestor, told};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How many steps behind the point are tried besides, in even distances: that it can go well need not end at once.
const PROBES: u64 = 16;

/// Where a run can no longer be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TurningPoint {
    /// The property that is broken, or [`EXPECTATION`](crate::shrink::EXPECTATION).
    pub property: &'static str,
    /// The step that sealed it; `None`: no draws from the start on make the run go well.
    pub sealed: Option<Ancestor>,
    /// The moment of that step: `NAME:SEED@STEP#hash8`.
    pub moment: Option<String>,
    /// How many of the runs with fresh draws go well that part from this one just before that step.
    pub saved: u32,
    /// Of how many.
    pub tries: u32,
    /// The step at which the property is broken, or the last one of the run.
    pub broken_step: u64,
    /// When that is: virtual nanoseconds.
    pub broken_at: u64,
    /// How many runs it took.
    pub runs: u64,
    /// Nothing is left to look at. `false`: it was ended before, and this is the last step after which a run went well so
    /// far; one that comes later may be the point.
    pub finished: bool,
}

/// How far the search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Runs so far.
    pub runs: u64,
    /// After so many steps a run with fresh draws went well.
    pub good: u64,
    /// How many steps of the run are left to look at, at most.
    pub left: u64,
}

/// A failing run that is made again and again.
struct Search<'a> {
    name: &'a str,
    text: &'a str,
    scenario: &'a Scenario,
    seed: u64,
    property: &'static str,
    tries: u32,
    limits: Limits,
    runs: u64,
    spent: &'a dyn Fn() -> bool,
    progress: &'a mut dyn FnMut(&Progress),
}

impl Search<'_> {
    fn prepare(&mut self) -> Result<Run, NotShrunk> {
        let run = Run::new(self.name, self.text, self.scenario, self.seed);
        let mut run = run.map_err(|error| NotShrunk::Wrong(error.to_string()))?;
        run.limit(self.limits);
        self.runs += 1;
        Ok(run)
    }

    /// Tells how far it is, and says whether to go on.
    fn goes_on(&mut self, good: u64, bad: u64) -> bool {
        (self.progress)(&Progress { runs: self.runs, good, left: bad - good });
        !(self.spent)()
    }

    /// How many of the runs go well that have fresh draws after so many steps. `enough`: one tells it all.
    fn saved(&mut self, steps: u64, enough: bool) -> Result<u32, NotShrunk> {
        let mut saved = 0;
        for number in 0..self.tries {
            let mut run = self.prepare()?;
            run.reseed_after(steps, xxh3_64_with_seed(&number.to_le_bytes(), self.seed));
            let outcome = run.finish(&mut []).map_err(|error| NotShrunk::Wrong(error.to_string()))?;
            saved += u32::from(self.goes_well(&outcome));
            if enough && saved > 0 {
                break;
            }
        }
        Ok(saved)
    }

    fn goes_well(&self, outcome: &Outcome) -> bool {
        outcome.ending == Ending::Complete && !spoken(outcome).contains(&self.property)
    }

    /// The last step after which it can go well, between one after which it can and one after which it cannot; the last
    /// that is known when the time is over.
    fn between(&mut self, mut good: u64, mut bad: u64) -> Result<u64, NotShrunk> {
        while bad - good > 1 && self.goes_on(good, bad) {
            let middle = good + (bad - good) / 2;
            if self.saved(middle, true)? > 0 {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Ok(good)
    }
}

/// Finds the point of no return of a run that fails, with `tries` (at least 1) runs with fresh draws for each step that
/// is looked at. `property`: which one is meant, `None` for the first that speaks. `spent` is asked before each step that is
/// looked at; once it says `true` the best answer so far is given. `progress` is told then, too.
pub fn turning_point(
    name: &str,
    scenario: &Scenario,
    seed: u64,
    property: Option<&str>,
    tries: u32,
    spent: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(&Progress),
) -> Result<TurningPoint, NotShrunk> {
    let text = scenario.to_string();
    let parsed = |error: Diagnostic| NotShrunk::Wrong(error.to_string());
    let scenario = Scenario::parse(name, &text).map_err(parsed)?;
    let run = Run::new(name, &text, &scenario, seed).map_err(parsed)?;
    let failed = run.finish(&mut []).map_err(|error| NotShrunk::Wrong(error.to_string()))?;
    let spoken = spoken(&failed);
    let Some(first) = spoken.first().copied() else { return Err(NotShrunk::Green) };
    let property = match property {
        None => first,
        Some(name) => match spoken.iter().find(|spoken| **spoken == name) {
            Some(found) => found,
            None => return Err(NotShrunk::Other(spoken)),
        },
    };
    let steps = failed.steps.saturating_mul(4).saturating_add(100_000);
    let limits = Limits { steps, ..Limits::default() };
    let tries = tries.max(1);
    let mut search = Search {
        name,
        text: &text,
        scenario: &scenario,
        seed,
        property,
        tries,
        limits,
        runs: 1,
        spent,
        progress,
    };
    let broken_at = failed.violations.first().map_or(failed.virtual_time, |violation| violation.at);
    let mut point = TurningPoint {
        property,
        sealed: None,
        moment: None,
        saved: 0,
        tries,
        broken_step: failed.steps,
        broken_at,
        runs: 0,
        finished: true,
    };
    if search.saved(0, true)? == 0 {
        point.runs = search.runs;
        return Ok(point);
    }
    let mut good = 0;
    let mut bad = failed.steps;
    loop {
        good = search.between(good, bad)?;
        let behind = failed.steps - good;
        let mut later = None;
        for probe in (1..PROBES).rev() {
            if !search.goes_on(good, failed.steps) {
                break;
            }
            let step = good + 1 + behind.saturating_sub(1) * probe / PROBES;
            if step > good + 1 && step < failed.steps && search.saved(step, true)? > 0 {
                later = Some(step);
                break;
            }
        }
        match later {
            Some(step) => (good, bad) = (step, failed.steps),
            None => break,
        }
    }
    point.finished = !spent();
    point.saved = search.saved(good, false)?;
    let again = search.prepare()?;
    if let Some((sealed, hash)) =
        told(again, good + 1).map_err(|error| NotShrunk::Wrong(error.to_string()))?
    {
        point.moment = Some(Moment::new(name, seed, good + 1, hash).to_string());
        point.sealed = Some(sealed);
    }
    point.runs = search.runs;
    Ok(point)
}
