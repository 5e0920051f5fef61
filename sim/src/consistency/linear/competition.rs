//! Which engine decides which part, in turn, until one part is guilty, all are innocent, or the budget is spent.

use super::jit::Jit;
use super::part::Part;
use super::problem::{Problem, Progress, Stuck};
use super::space::Space;
use super::wgl::Wgl;
use super::{Budget, Engine, KeyReport, Model, Report, explain};
use crate::consistency::Verdict;
use crate::history::History;
use serde_json::Value;

/// Configurations that an engine looks at in its first turn; every round it is twice as many, up to the last.
const TURN: (u32, u32) = (256, 16 * 1024);

/// Judges each part.
pub(super) fn decide(
    history: &History,
    model: Model,
    initial: &Value,
    parts: Vec<Part>,
    budget: &Budget<'_>,
) -> Report {
    let mut keys: Vec<KeyReport> = Vec::with_capacity(parts.len());
    let mut searches = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        keys.push(KeyReport {
            key: part.key,
            operations: part.ops.len(),
            engine: None,
            verdict: Verdict::Unknown,
        });
        searches.push(Search::new(at, part));
    }
    let mut turn = TURN.0;
    let mut report = Report { verdict: Verdict::Holds, finding: None, keys };
    while !searches.is_empty() {
        let mut kept: usize = searches.iter().map(Search::bytes).sum();
        let mut left = Vec::with_capacity(searches.len());
        for mut search in searches.drain(..) {
            if (budget.spent)() {
                report.verdict = Verdict::Unknown;
                return report;
            }
            let before = search.bytes();
            let memory = budget.memory.saturating_sub(kept - before);
            let result = search.turn(turn, memory);
            match result {
                Some((engine, Ok(()))) => {
                    report.keys[search.part].engine = Some(engine);
                    report.keys[search.part].verdict = Verdict::Holds;
                    kept -= before;
                }
                Some((engine, Err(stuck))) => {
                    report.keys[search.part].engine = Some(engine);
                    report.keys[search.part].verdict = Verdict::Violated;
                    report.verdict = Verdict::Violated;
                    report.finding =
                        Some(explain::stuck(history, model, initial, &parts[search.part], &stuck));
                    return report;
                }
                None if search.given_up() => {
                    report.verdict = Verdict::Unknown;
                    kept -= before;
                }
                None => {
                    kept = kept - before + search.bytes();
                    left.push(search);
                }
            }
        }
        searches = left;
        turn = (turn * 2).min(TURN.1);
    }
    report
}

/// The engines at work on one part.
struct Search {
    part: usize,
    problem: Problem,
    space: Space,
    wgl: Option<Wgl>,
    jit: Option<Jit>,
}

impl Search {
    fn new(at: usize, part: &Part) -> Search {
        let (problem, mut space) = Problem::new(part);
        let wgl = Some(Wgl::new(&problem, &mut space));
        let jit = Some(Jit::new(&problem));
        Search { part: at, problem, space, wgl, jit }
    }

    /// A turn for each engine.
    fn turn(&mut self, steps: u32, memory: usize) -> Option<(Engine, Result<(), Stuck>)> {
        let own = self.problem.bytes() + self.space.bytes();
        let other = self.jit.as_ref().map_or(0, Jit::bytes);
        if let Some(wgl) = &mut self.wgl {
            match wgl.run(&self.problem, &mut self.space, steps, memory.saturating_sub(own + other)) {
                Progress::Running => {}
                Progress::Full => self.wgl = None,
                Progress::Holds => return Some((Engine::Wgl, Ok(()))),
                Progress::Violated(stuck) => return Some((Engine::Wgl, Err(stuck))),
            }
        }
        let own = self.problem.bytes() + self.space.bytes();
        let other = self.wgl.as_ref().map_or(0, Wgl::bytes);
        if let Some(jit) = &mut self.jit {
            match jit.run(&self.problem, &mut self.space, steps, memory.saturating_sub(own + other)) {
                Progress::Running => {}
                Progress::Full => self.jit = None,
                Progress::Holds => return Some((Engine::Jit, Ok(()))),
                Progress::Violated(stuck) => return Some((Engine::Jit, Err(stuck))),
            }
        }
        None
    }

    fn given_up(&self) -> bool {
        self.wgl.is_none() && self.jit.is_none()
    }

    fn bytes(&self) -> usize {
        self.problem.bytes()
            + self.space.bytes()
            + self.wgl.as_ref().map_or(0, Wgl::bytes)
            + self.jit.as_ref().map_or(0, Jit::bytes)
    }
}
