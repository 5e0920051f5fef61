//! The point of no return of a failing run.

use super::{broken_plan, failures};
use zablab_sim::scenario::Scenario;
use zablab_sim::shrink::NotShrunk;
use zablab_sim::turning_point::{TurningPoint, turning_point};

/// Whoever comes up first is elected with zk2; after that no draw changes who leads at 9 s.
const RACE: &str = "\
ensemble zk1 zk2 zk3
set boot 300ms..2s
at 0s    start all
at 9s    expect leader zk3
";

fn found(scenario: &Scenario, seed: u64) -> Result<TurningPoint, NotShrunk> {
    turning_point("test", scenario, seed, None, 10, &|| false, &mut |_| ())
}

#[test]
fn what_seals_a_race_lies_between_its_start_and_its_end() {
    let scenario = Scenario::parse("test", RACE).unwrap();
    let failing = (0..50).filter_map(|seed| Some((seed, found(&scenario, seed).ok()?)));
    let (seed, point) = failing.into_iter().find(|(_, point)| point.sealed.is_some()).unwrap();
    let event = point.sealed.clone().unwrap();
    assert!(event.at < 3_000_000_000 && event.step < point.broken_step, "{point:?}");
    assert!(point.saved > 0 && point.saved <= point.tries);
    assert!(point.moment.as_ref().unwrap().starts_with(&format!("test:{seed}@{}#", event.step)));
    assert_eq!(found(&scenario, seed).unwrap(), point);
}

#[test]
fn who_interrupts_gets_the_best_answer_so_far() {
    let scenario = Scenario::parse("test", RACE).unwrap();
    let failing = (0..50).filter_map(|seed| Some((seed, found(&scenario, seed).ok()?)));
    let (seed, whole) = failing.into_iter().find(|(_, point)| point.sealed.is_some()).unwrap();
    assert!(whole.finished);
    let asked = std::cell::Cell::new(0);
    let mut told = Vec::new();
    let spent = || asked.replace(asked.get() + 1) >= 3;
    let some =
        turning_point("test", &scenario, seed, None, 10, &spent, &mut |state| told.push(*state)).unwrap();
    assert!(!some.finished && some.runs < whole.runs, "{some:?}");
    assert!(some.sealed.unwrap().step <= whole.sealed.unwrap().step);
    assert!(told.is_sorted_by_key(|state| state.runs) && told.len() >= 3, "{told:?}");
}

#[test]
fn a_plan_that_fails_whatever_the_draws_has_no_turning_point() {
    let text = "ensemble zk1 zk2 zk3\nat 0s start zk1\nat 9s expect leader zk1\n";
    let point = found(&Scenario::parse("test", text).unwrap(), 0).unwrap();
    assert_eq!((point.sealed, point.saved), (None, 0));
}

#[test]
fn a_green_run_has_none_and_a_broken_machine_is_judged_by_its_property() {
    let green = Scenario::parse("test", "ensemble zk1 zk2 zk3\nat 0s start all\n").unwrap();
    assert_eq!(found(&green, 0), Err(NotShrunk::Green));
    let (defect, seed) = failures("reign-without-quorum", 1, 400)[0];
    assert_eq!(found(&broken_plan(defect, seed), seed).unwrap().property, "leader-elected");
}
