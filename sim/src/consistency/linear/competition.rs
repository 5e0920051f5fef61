//! Which parts are decided by what, in turn, until one part is guilty, all are innocent, or the budget is spent.

use super::earliest::earliest;
use super::explain::Case;
use super::part::{Op, Part};
use super::problem::Problem;
use super::search::{Search, TURN};
use super::zones::{self, Clash};
use super::{Budget, Engine, KeyReport, Model, Report, version_order};
use crate::consistency::Verdict;
use crate::history::History;
use serde_json::Value;

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
    let mut report = Report { verdict: Verdict::Holds, finding: None, spent: None, keys: Vec::new() };
    let allowed = budget.memory / 5 * 3;
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
                report.spent = Some("time");
                return report;
            }
            let before = work.bytes();
            let memory = allowed.saturating_sub(kept - before);
            kept -= before;
            let mut search = match work {
                Work::Waiting(at) if parts[at].ops.len() * PER_OPERATION > memory => {
                    report.verdict = Verdict::Unknown;
                    report.spent = Some("memory");
                    continue;
                }
                Work::Waiting(at) => Box::new(Search::new(at, &parts[at])),
                Work::Begun(search) => search,
            };
            match search.turn(turn, memory) {
                Some((engine, Ok(_))) => {
                    report.keys[search.part].engine = Some(engine);
                    report.keys[search.part].verdict = Verdict::Holds;
                }
                Some((engine, Err(stuck))) => {
                    report.keys[search.part].engine = Some(engine);
                    report.keys[search.part].verdict = Verdict::Violated;
                    report.verdict = Verdict::Violated;
                    let part = &parts[search.part];
                    let left = Budget { spent: budget.spent, memory };
                    let stuck = earliest(part, stuck, &left);
                    report.finding = Some(Case { history, model, initial, part }.stuck(&stuck));
                    return report;
                }
                None if search.given_up() => {
                    report.verdict = Verdict::Unknown;
                    report.spent = Some("memory");
                }
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
