//! Every engine, wherever it applies, against a checker that is obviously right.

mod brute;
mod random;

use super::*;
use crate::consistency::Verdict;
use brute::brute;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use random::{Shape, history};
use std::cell::Cell;

fn zones(part: &part::Part) -> Option<bool> {
    let said = zones::judge(part)?.is_ok();
    if let Some(order) = zones::order(part) {
        assert_eq!(order.len(), part.ops.len());
    }
    Some(said)
}

/// What an engine says by itself; nothing where it does not apply.
type Says = fn(&part::Part) -> Option<bool>;

fn wgl(part: &part::Part) -> Option<bool> {
    let (problem, mut space) = problem::Problem::new(part);
    let mut search = wgl::Wgl::new(&problem, &mut space);
    said(search.run(&problem, &mut space, u32::MAX, usize::MAX))
}

fn jit(part: &part::Part) -> Option<bool> {
    let (problem, mut space) = problem::Problem::new(part);
    let mut search = jit::Jit::new(&problem);
    said(search.run(&problem, &mut space, u32::MAX, usize::MAX))
}

fn said(progress: problem::Progress) -> Option<bool> {
    match progress {
        problem::Progress::Holds => Some(true),
        problem::Progress::Violated(_) => Some(false),
        other => panic!("{other:?}"),
    }
}

const ENGINES: [(&str, Says); 3] = [("zones", zones), ("WGL", wgl), ("just-in-time", jit)];

fn cases() -> u32 {
    let seeds = std::env::var("ZABLAB_TEST_SEEDS").ok().and_then(|n| n.parse().ok());
    seeds.unwrap_or(500).max(500)
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
        let expected = brute(&history, shape.model(), &initial);
        let mut count = counts.get();
        count[usize::from(expected)] += 1;
        counts.set(count);
        let parts = split::split(&history, shape.model(), &initial).unwrap();
        for (name, says) in ENGINES {
            let said: Vec<Option<bool>> = parts.iter().map(says).collect();
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
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let [bad, good] = counts.get();
    assert!(bad * 8 > good && good * 8 > bad, "{good} hold, {bad} do not");
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
