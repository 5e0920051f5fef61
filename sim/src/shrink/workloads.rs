//! Makes workloads small.

use super::edit;
use super::round::rounder;
use super::search::Search;
use crate::scenario::{Mix, Scenario, Statement, WorkloadDecl};

/// Fewer clients, operations, znodes and kinds of operation; no pauses, no wishes of its own.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for load in before.workloads() {
        let mut at_once = true;
        // Each change is tried on what the one before left.
        while at_once {
            at_once = false;
            let Some(now) = search.best.workloads().into_iter().find(|now| now.name == load.name) else {
                break;
            };
            for smaller in smaller(&now) {
                if search.take(replaced(&search.best, &now, &smaller)) {
                    at_once = true;
                    break;
                }
            }
        }
    }
    search.best != before
}

/// Simpler workloads of that name, the boldest first.
fn smaller(load: &WorkloadDecl) -> Vec<WorkloadDecl> {
    let mut all: Vec<WorkloadDecl> = Vec::new();
    let mut with = |change: &dyn Fn(&mut WorkloadDecl)| {
        let mut smaller = load.clone();
        change(&mut smaller);
        if smaller != *load {
            all.push(smaller);
        }
    };
    let fewer =
        |now: u32| [1, now / 4, now / 2, now - now / 4, now.saturating_sub(1)].map(move |n| n.clamp(1, now));
    for clients in fewer(load.clients) {
        with(&|load| load.clients = clients);
    }
    for operations in fewer(load.operations) {
        with(&|load| load.operations = operations);
    }
    for keys in fewer(load.keys) {
        with(&|load| load.keys = keys);
    }
    for only in 0..6 {
        with(&|load| load.mix = mixed(&load.mix, |at, weight| if at == only { weight } else { 0 }));
    }
    for gone in 0..6 {
        with(&|load| load.mix = mixed(&load.mix, |at, weight| if at == gone { 0 } else { weight }));
    }
    with(&|load| load.mix = mixed(&load.mix, |_, weight| weight.min(1)));
    with(&|load| load.think = None);
    with(&|load| load.timeout = None);
    with(&|load| load.servers = Vec::new());
    if let Some((min, max)) = load.think {
        if min < max {
            for pause in [min, max] {
                with(&|load| load.think = Some((pause, pause)));
            }
        } else {
            for pause in rounder(min) {
                with(&|load| load.think = Some((pause, pause)));
            }
        }
    }
    for timeout in load.timeout.map(rounder).unwrap_or_default() {
        with(&|load| load.timeout = Some(timeout));
    }
    all
}

/// The mix with other weights; as it was where none would be left.
fn mixed(mix: &Mix, weight: impl Fn(usize, u32) -> u32) -> Mix {
    let weights: Vec<u32> = mix.weights().iter().enumerate().map(|(at, (_, now))| weight(at, *now)).collect();
    if weights.iter().all(|weight| *weight == 0) {
        return *mix;
    }
    let [reads, writes, cas, sync_reads, locks, queues] = weights[..] else { return *mix };
    Mix { reads, writes, cas, sync_reads, locks, queues }
}

/// The scenario with the smaller workload; steps that name clients which it no longer has go.
fn replaced(scenario: &Scenario, load: &WorkloadDecl, smaller: &WorkloadDecl) -> Scenario {
    let left: Vec<String> = smaller.client_names().collect();
    let gone: Vec<String> = load.client_names().filter(|name| !left.contains(name)).collect();
    let mut scenario = edit::without(scenario, &|name| gone.iter().any(|gone| gone == name), None);
    for line in &mut scenario.lines {
        if let Some(Statement::Workload(decl)) = &mut line.statement
            && decl.name == load.name
        {
            *decl = smaller.clone();
        }
    }
    scenario
}
