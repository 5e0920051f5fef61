//! Makes a failing run small: a scenario of a few lines in which the same property is still broken.
//!
//! Every change is tried by running it: delta debugging over the steps, the parties, the settings, the times and the
//! draws, pass by pass until none gets any further. What is tried depends on nothing but the scenario and its seed, so
//! that the same failure always becomes the same file, unless time runs out first.

mod ddmin;
mod draws;
mod edit;
mod events;
mod explicit;
mod oracle;
mod parties;
mod round;
mod schedule;
mod search;
mod settings;
mod simpler;
mod statements;
mod story;
mod times;
mod triggers;
mod workloads;

pub use oracle::{EXPECTATION, PANIC, RUNAWAY, spoken};

use crate::judges::Judges;
use crate::run::{Limits, Run};
use crate::scenario::{Action, Draws, Expectation, Line, Prefix, Scenario, Statement, Step, Time, Timed};
use crate::storm;
use oracle::{Failure, Finish, Oracle, Ran, Target, failed_at, finished};
use search::Search;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being tried.
    pub pass: &'static str,
    /// Runs so far.
    pub runs: u64,
    /// Steps of the best scenario so far.
    pub steps: usize,
    /// Servers of the best scenario so far.
    pub servers: usize,
}

/// A failing run, made small.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The scenario, in its canonical form (`to_string`), with its story in comments. It carries what it needs of the seed:
    /// `zablab run` on it fails without further options.
    pub scenario: Scenario,
    /// The seed to run it with: [`Scenario::seed`] of `scenario`.
    pub seed: u64,
    /// The property that is broken, or [`EXPECTATION`], [`RUNAWAY`] or [`PANIC`].
    pub property: &'static str,
    /// Steps and triggers that are left, of how many.
    pub steps: usize,
    /// How many there were.
    pub steps_before: usize,
    /// Servers that are left.
    pub servers: usize,
    /// How many there were.
    pub servers_before: usize,
    /// How many runs it took.
    pub runs: u64,
    /// Nothing gets any smaller; `false`: the time was over before, and this is the best so far.
    pub finished: bool,
}

/// Why nothing can be made small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotShrunk {
    /// The run does not fail.
    Green,
    /// The run fails, but not in that way; what spoke instead.
    Other(Vec<&'static str>),
    /// The scenario cannot be run: what is wrong.
    Wrong(String),
}

impl std::fmt::Display for NotShrunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotShrunk::Green => f.write_str("the run does not fail; there is nothing to make small"),
            NotShrunk::Other(spoken) => {
                write!(f, "the run fails, but not so; what speaks is {}", spoken.join(", "))
            }
            NotShrunk::Wrong(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for NotShrunk {}

/// Makes the run of a scenario under a seed small.
///
/// - `name`: what to call the scenario in messages.
/// - `property`: which property is to stay broken, or [`EXPECTATION`], [`RUNAWAY`], [`PANIC`]; `None` for the first that
///   speaks. A panic of a candidate on the way to anything else only rules that candidate out.
/// - `spent`: asked before every run; once it says `true`, the best so far is returned.
/// - `progress`: told after every candidate.
pub fn shrink(
    name: &str,
    scenario: &Scenario,
    seed: u64,
    property: Option<&str>,
    spent: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Shrunk, NotShrunk> {
    shrink_by(Run::finish, name, scenario, seed, property, spent, progress)
}

fn shrink_by(
    finish: Finish,
    name: &str,
    scenario: &Scenario,
    seed: u64,
    property: Option<&str>,
    spent: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Shrunk, NotShrunk> {
    // What a profile draws is what is made smaller.
    let drawn = storm::drawn(scenario, seed);
    let scenario = drawn.as_ref().unwrap_or(scenario);
    let first = first_run(finish, name, scenario, seed)?;
    let (target, property) = target(&first, property)?;
    let start = with_seed(&edit::bare(scenario), seed);
    let steps = first.as_ref().map_or(u64::MAX, |outcome| outcome.steps);
    let oracle = Oracle::new(name, target.clone(), steps, spent).by(finish);
    let at = first.as_ref().map_or(u64::MAX, failed_at);
    let unknown = Failure { unmet: usize::MAX, mends: false, at };
    let mut search = Search { best: start, failure: unknown, oracle, progress, pass: "the plan" };
    prepare(&mut search, at, &target);
    let finished = passes(&mut search);
    let told = story::told(&mut search.oracle, &search.best);
    Ok(Shrunk {
        seed: search.best.seed(),
        property,
        steps: edit::steps(&search.best).len(),
        steps_before: edit::steps(scenario).len(),
        servers: search.best.servers().len(),
        servers_before: scenario.servers().len(),
        runs: search.oracle.runs,
        finished,
        scenario: told,
    })
}

fn first_run(finish: Finish, name: &str, scenario: &Scenario, seed: u64) -> Result<Ran, NotShrunk> {
    let text = scenario.to_string();
    let wrong = |what: String| NotShrunk::Wrong(what);
    let read = Scenario::parse(name, &text).map_err(|error| wrong(error.to_string()))?;
    let mut run = Run::new(name, &text, &read, seed).map_err(|error| wrong(error.to_string()))?;
    run.limit(Limits::default());
    finished(run, finish, &mut []).map_err(|error| wrong(error.to_string()))
}

/// What is to stay as it is, and its name.
fn target(ran: &Ran, property: Option<&str>) -> Result<(Target, &'static str), NotShrunk> {
    let outcome = match ran {
        Ok(outcome) => outcome,
        Err(panicked) if property.is_none_or(|name| name == PANIC) => {
            return Ok((Target::Panic(panicked.clone()), PANIC));
        }
        Err(_) => return Err(NotShrunk::Other(vec![PANIC])),
    };
    let spoken = spoken(outcome);
    let Some(first) = spoken.first().copied() else { return Err(NotShrunk::Green) };
    let wanted = match property {
        None => first,
        Some(name) => match spoken.iter().find(|spoken| **spoken == name) {
            Some(spoken) => spoken,
            None => return Err(NotShrunk::Other(spoken)),
        },
    };
    if wanted == EXPECTATION {
        let text = outcome.unmet.first().map(|unmet| unmet.expected.clone()).unwrap_or_default();
        return Ok((Target::Expectation(text), EXPECTATION));
    }
    if wanted == RUNAWAY {
        return Ok((Target::Runaway, RUNAWAY));
    }
    let known = Judges::known().find(|known| *known == wanted).unwrap_or(wanted);
    Ok((Target::Property(known), known))
}

/// The scenario with a line for its seed, where that is not the one that is taken anyway.
fn with_seed(scenario: &Scenario, seed: u64) -> Scenario {
    if scenario.draws() == Some(Draws::Plain) {
        return scenario.clone();
    }
    edit::with_draws(scenario, (seed != 0).then_some(Draws::Seed(seed)))
}

/// Leaves out what cannot matter: other expectations, and what comes after the failure. The property that is broken
/// becomes the scenario's claim, which is also its end. `at`: when it fails.
fn prepare(search: &mut Search<'_>, at: u64, target: &Target) {
    search.failure = match search.oracle.fails(&search.best) {
        Some(failure) => failure,
        None => search.failure,
    };
    let property = match target {
        Target::Property(property) => property,
        Target::Expectation(text) => {
            let mut lines = search.best.lines.clone();
            lines.retain(|line| match &line.statement {
                Some(Statement::Timed(timed)) if matches!(timed.action, Action::Expect(_)) => {
                    timed.to_string() == *text
                }
                _ => true,
            });
            search.consider(Scenario { lines });
            return;
        }
        Target::Runaway | Target::Panic(_) => {
            let mut lines = search.best.lines.clone();
            lines.retain(|line| {
                !matches!(&line.statement, Some(Statement::Timed(Timed { action: Action::Expect(_), .. })))
                    && edit::time_of(line).is_none_or(|time| time.0 <= at)
            });
            search.consider(Scenario { lines });
            return;
        }
    };
    let end = Time(at.div_ceil(Time::SECOND.0).saturating_mul(Time::SECOND.0).min(Time::MAX.0));
    let matters = |line: &Line| match &line.statement {
        Some(Statement::Timed(timed)) => {
            matches!(&timed.action, Action::Step(step) if *step != Step::End)
                && edit::time_of(line).is_none_or(|time| time.0 <= at)
        }
        _ => true,
    };
    let mut lines: Vec<Line> = search.best.lines.iter().filter(|line| matters(line)).cloned().collect();
    let last = lines.iter().filter_map(edit::time_of).max().unwrap_or_default();
    let claim = Action::Expect(Expectation::NoViolation(property));
    lines.push(Line::of(Statement::Timed(Timed::new(Prefix::At(end.max(last)), claim))));
    search.consider(Scenario { lines });
}

/// All passes, again and again, until none gets any further. Says whether it came so far.
fn passes(search: &mut Search<'_>) -> bool {
    type Pass = fn(&mut Search<'_>) -> bool;
    let all: [(&'static str, Pass); 14] = [
        ("plain draws", draws::plain),
        ("the schedule", schedule::pass),
        ("steps", statements::pass),
        ("servers", parties::servers),
        ("clients", parties::clients),
        ("workloads", workloads::pass),
        ("requests", explicit::pass),
        ("settings", settings::pass),
        ("plain draws", draws::plain),
        ("simpler steps", simpler::pass),
        ("triggers", triggers::pass),
        ("times", times::pass),
        ("events", events::pass),
        ("the seed", draws::seed),
    ];
    loop {
        let mut further = false;
        for (name, pass) in all {
            search.pass = name;
            further |= pass(search);
            if search.is_over() {
                return false;
            }
        }
        if !further {
            // Last, since it takes many runs.
            search.pass = "draws";
            if !draws::pins(search) {
                return !search.is_over();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Limits, Observer, Outcome};
    use std::io;

    const PLAN: &str = "\
ensemble zk1 zk2 zk3 zk4 zk5
at 0s     start all
at 4s     create /a at zk1
at 5.25s  kill zk2
at 7s     create /b at zk1
at 8s     start zk2
at 60s    create /c at zk1
at 61s    expect leader zk5
";

    fn small(finish: Finish, property: Option<&str>) -> Result<Shrunk, NotShrunk> {
        let plan = Scenario::parse("plan", PLAN).unwrap();
        shrink_by(finish, "plan", &plan, 0, property, &|| false, &mut |_| ())
    }

    /// A zablab that fails where somebody is killed.
    fn fails(run: Run, observers: &mut [&mut dyn Observer]) -> io::Result<Outcome> {
        let outcome = run.finish(observers)?;
        assert!(outcome.faults.iter().all(|(kind, _)| kind != "kill"), "a server was killed");
        Ok(outcome)
    }

    #[test]
    fn a_panic_is_made_small_like_a_broken_property() {
        let small = small(fails, None).unwrap();
        let text = small.scenario.to_string();
        assert_eq!((small.property, small.finished), (PANIC, true));
        assert!(
            text.starts_with("# zablab itself fails: a server was killed (") && small.steps == 2,
            "{text}"
        );
        assert!(!text.contains("expect") && text.contains("kill "), "{text}");
    }

    #[test]
    fn a_run_that_panics_breaks_no_property() {
        let refused = small(fails, Some("leader-elected")).unwrap_err();
        assert_eq!(refused, NotShrunk::Other(vec![PANIC]));
    }

    /// Runs of more than 600 actions have no end.
    fn short(mut run: Run, observers: &mut [&mut dyn Observer]) -> io::Result<Outcome> {
        run.limit(Limits { steps: 600, ..Limits::default() });
        run.finish(observers)
    }

    #[test]
    fn a_run_without_an_end_is_made_small() {
        let small = small(short, Some(RUNAWAY)).unwrap();
        let text = small.scenario.to_string();
        assert_eq!((small.property, small.finished), (RUNAWAY, true));
        assert!(text.starts_with("# it comes to no end: stopped at the limit of 600 steps\n"), "{text}");
        assert!(small.steps <= 3, "{text}");
    }
}
