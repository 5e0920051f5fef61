//! Every engine, wherever it applies, against a checker that is obviously right.

mod brute;
mod budget;
mod random;
mod words;

use super::{Budget, Model, check, jit, part, problem, split, version_order, wgl, zones};
use crate::consistency::{Finding, Verdict};
use crate::history::{Action, History, Operation, Outcome};
use brute::brute;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use random::{Shape, history};
use std::cell::Cell;

fn zones_says(_: &History, part: &part::Part) -> Option<bool> {
    Some(zones::judge(part)?.is_ok())
}

/// It never speaks of a violation.
fn version_says(history: &History, part: &part::Part) -> Option<bool> {
    let (problem, mut space) = problem::Problem::new(part);
    let explains = version_order::explains(history, &problem, &mut space);
    explains.then_some(true)
}

/// What an engine says by itself; nothing where it does not apply.
type Says = fn(&History, &part::Part) -> Option<bool>;

fn wgl_says(_: &History, part: &part::Part) -> Option<bool> {
    let (problem, mut space) = problem::Problem::new(part);
    let mut search = wgl::Wgl::new(&problem, &mut space);
    said(search.run(&problem, &mut space, u32::MAX, usize::MAX))
}

fn jit_says(_: &History, part: &part::Part) -> Option<bool> {
    let (problem, mut space) = problem::Problem::new(part);
    let mut search = jit::Jit::new(&problem);
    said(search.run(&problem, &mut space, u32::MAX, usize::MAX))
}

fn said(progress: problem::Progress) -> Option<bool> {
    match progress {
        problem::Progress::Holds(_) => Some(true),
        problem::Progress::Violated(_) => Some(false),
        other => panic!("{other:?}"),
    }
}

const ENGINES: [(&str, Says); 4] =
    [("version order", version_says), ("zones", zones_says), ("WGL", wgl_says), ("just-in-time", jit_says)];

fn cases() -> u32 {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok());
    seeds.unwrap_or(0).max(2_000)
}

/// Small random histories of one shape: all engines say what the obviously right checker says, and both verdicts come up.
fn agree(shape: Shape) {
    let counts = Cell::new([0u32; 2]);
    let mut runner =
        TestRunner::new(Config { cases: cases(), failure_persistence: None, ..Config::default() });
    let steps = proptest::collection::vec(any::<[u8; 6]>(), 4..30);
    let result = runner.run(&(steps, any::<u8>()), |(steps, wrong)| {
        let history = history(shape, &steps, wrong);
        let initial = shape.initial();
        let expected = brute(&history, shape.model(), &initial, |_| true);
        let mut count = counts.get();
        count[usize::from(expected)] += 1;
        counts.set(count);
        let parts = split::split(&history, shape.model(), &initial).unwrap();
        for (name, says) in ENGINES {
            let said: Vec<Option<bool>> = parts.iter().map(|part| says(&history, part)).collect();
            if said.iter().all(Option::is_some) {
                prop_assert_eq!(!said.contains(&Some(false)), expected, "{} {:?}", name, parts);
            } else if said.contains(&Some(false)) {
                prop_assert!(!expected, "{} {:?}", name, parts);
            }
        }
        let budget = Budget { spent: &|| false, memory: 1 << 30 };
        let report = check(&history, shape.model(), &initial, &budget).unwrap();
        let verdict = if expected { Verdict::Holds } else { Verdict::Violated };
        prop_assert_eq!(report.verdict, verdict);
        if let Some(finding) = report.finding {
            prop_assert!(well_founded(&history, shape, &finding), "{:?}", finding);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let [bad, good] = counts.get();
    assert!(bad * 8 > good && good * 8 > bad, "{good} hold, {bad} do not");
}

/// Whether the guilty operation is the first whose completion no order explains, and the prefix is one that explains all
/// before it.
fn well_founded(history: &History, shape: Shape, finding: &Finding) -> bool {
    let guilty = &history.operations[finding.operations[0]];
    let element = |operation: &Operation| match operation.action {
        Action::Add(element) | Action::Remove(element) | Action::Other(element) => Some(element),
        _ => None,
    };
    let is_read =
        |operation: &Operation| operation.action == Action::Read && operation.outcome == Outcome::Ok;
    let apart = shape.model() == Model::Set && !history.operations.iter().any(is_read);
    let of = |operation: &Operation| !apart || element(operation) == element(guilty);
    let Some(end) = guilty.completed else { return false };
    let (model, initial) = (shape.model(), shape.initial());
    let (before, with) = (brute::cut(history, end), brute::cut(history, end + 1));
    let order: Vec<usize> = finding.prefix.iter().map(|taken| taken.operation).collect();
    brute(&before, model, &initial, of)
        && !brute(&with, model, &initial, of)
        && brute::is_order(&before, model, &initial, &order, of)
        && !finding.sentence.is_empty()
}

#[test]
fn registers_of_few_values() {
    agree(Shape::SmallRegister);
}

#[test]
fn registers_of_unique_values() {
    agree(Shape::UniqueRegister);
}

#[test]
fn texts_to_append_to() {
    agree(Shape::Text);
}

#[test]
fn sets_by_element() {
    agree(Shape::Elements);
}

#[test]
fn sets_read_whole() {
    agree(Shape::WholeSet);
}
