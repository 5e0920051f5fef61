//! Which engine decides which part, in turn, until one part is guilty, all are innocent, or the budget is spent.

use super::explain::Case;
use super::jit::Jit;
use super::part::{Op, Part};
use super::problem::{Problem, Progress, Stuck};
use super::space::Space;
use super::wgl::Wgl;
use super::zones::{self, Clash};
use super::{Budget, Engine, KeyReport, Model, Report, version_order};
use crate::consistency::Verdict;
use crate::history::History;
use serde_json::Value;

/// Configurations that an engine looks at in its first turn; every round it is twice as many, up to the last.
const TURN: (u32, u32) = (256, 16 * 1024);

/// Bytes that a search needs at least for each operation.
const PER_OPERATION: usize = 192;

/// Judges each part.
pub(super) fn decide(
    history: &History,
    model: Model,
    initial: &Value,
    parts: Vec<Part>,
    budget: &Budget<'_>,
) -> Report {
    let mut report = Report { verdict: Verdict::Holds, finding: None, keys: Vec::new() };
    let mut searches = Vec::new();
    let mut guilty: Option<(u32, Clash, Part)> = None;
    for (at, part) in parts.iter().enumerate() {
        let (engine, verdict) = match quick(history, part) {
            Ok(engine) => (Some(engine), Verdict::Holds),
            Err(Some(clash)) => {
                let (end, clash, before) = zones::earliest(part, clash, history.events);
                if guilty.as_ref().is_none_or(|(earlier, ..)| end < *earlier) {
                    guilty = Some((end, clash, before));
                }
                (Some(Engine::Zones), Verdict::Violated)
            }
            Err(None) => {
                searches.push(Work::Waiting(at));
                (None, Verdict::Unknown)
            }
        };
        report.keys.push(KeyReport { key: part.key, operations: part.ops.len(), engine, verdict });
    }
    if let Some((end, clash, before)) = guilty {
        let ends = |op: &Op| op.ret == end;
        let guilty = before.ops.iter().position(ends).unwrap_or_default() as u32;
        report.verdict = Verdict::Violated;
        report.finding = Some(Case { history, model, initial, part: &before }.clash(clash, guilty));
        return report;
    }
    let mut turn = TURN.0;
    let mut kept = 0;
    while !searches.is_empty() {
        let mut left = Vec::with_capacity(searches.len());
        for work in searches.drain(..) {
            if (budget.spent)() {
                report.verdict = Verdict::Unknown;
                return report;
            }
            let before = work.bytes();
            let memory = budget.memory.saturating_sub(kept - before);
            kept -= before;
            let mut search = match work {
                Work::Waiting(at) if parts[at].ops.len() * PER_OPERATION > memory => {
                    report.verdict = Verdict::Unknown;
                    continue;
                }
                Work::Waiting(at) => Box::new(Search::new(at, &parts[at])),
                Work::Begun(search) => search,
            };
            match search.turn(turn, memory) {
                Some((engine, Ok(()))) => {
                    report.keys[search.part].engine = Some(engine);
                    report.keys[search.part].verdict = Verdict::Holds;
                }
                Some((engine, Err(stuck))) => {
                    report.keys[search.part].engine = Some(engine);
                    report.keys[search.part].verdict = Verdict::Violated;
                    report.verdict = Verdict::Violated;
                    let part = &parts[search.part];
                    report.finding = Some(Case { history, model, initial, part }.stuck(&stuck));
                    return report;
                }
                None if search.given_up() => report.verdict = Verdict::Unknown,
                None => {
                    kept += search.bytes();
                    left.push(Work::Begun(search));
                }
            }
        }
        searches = left;
        turn = (turn * 2).min(TURN.1);
    }
    report
}

/// A part that no quick engine decides.
enum Work {
    /// Nothing was done on it yet.
    Waiting(usize),
    /// Engines are at work.
    Begun(Box<Search>),
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Work::Waiting(_) => 0,
            Work::Begun(search) => search.bytes(),
        }
    }
}

/// What decides without a search, if anything does.
fn quick(history: &History, part: &Part) -> Result<Engine, Option<Clash>> {
    if version_order::applies(history, part) {
        let (problem, mut space) = Problem::new(part);
        if version_order::explains(history, &problem, &mut space) {
            return Ok(Engine::VersionOrder);
        }
    }
    match zones::judge(part) {
        Some(Ok(())) => Ok(Engine::Zones),
        Some(Err(clash)) => Err(Some(clash)),
        None => Err(None),
    }
}

/// The engines at work on one part.
struct Search {
    part: usize,
    problem: Problem,
    space: Space,
    wgl: Option<Wgl>,
    jit: Option<Jit>,
    /// For so many configurations more the first engine has no rival: an easy part needs none.
    alone: u64,
}

impl Search {
    fn new(at: usize, part: &Part) -> Search {
        let (problem, mut space) = Problem::new(part);
        let wgl = Some(Wgl::new(&problem, &mut space));
        let alone = 1024 + 2 * part.ops.len() as u64;
        Search { part: at, problem, space, wgl, jit: None, alone }
    }

    /// A turn for each engine.
    fn turn(&mut self, steps: u32, memory: usize) -> Option<(Engine, Result<(), Stuck>)> {
        let own = self.problem.bytes();
        let other = self.jit.as_ref().map_or(0, Jit::bytes);
        if let Some(wgl) = &mut self.wgl {
            match wgl.run(&self.problem, &mut self.space, steps, memory.saturating_sub(own + other)) {
                Progress::Running => {}
                Progress::Full => {
                    self.wgl = None;
                    self.alone = 0;
                    self.jit.get_or_insert_with(|| Jit::new(&self.problem));
                }
                Progress::Holds => return Some((Engine::Wgl, Ok(()))),
                Progress::Violated(stuck) => return Some((Engine::Wgl, Err(stuck))),
            }
        }
        if self.alone > 0 && self.wgl.is_some() {
            self.alone = self.alone.saturating_sub(steps.into());
            if self.alone == 0 {
                self.jit = Some(Jit::new(&self.problem));
            }
            return None;
        }
        let own = self.problem.bytes();
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
