//! Two servers that say they are the same one.

use super::watch::SECOND;
use zablab_sim::ensemble::{Ended, Ensemble, Node};
use zablab_sim::judges::Judges;
use zablab_sim::run::{Ending, Outcome, Run};
use zablab_sim::scenario::{Line, Scenario, Setting, Span, Statement, Value};
use zablab_sim::storm;

const SAME: &str = "ensemble zk1 zk2 zk3\nset zk3 myid 2\n";

fn run(name: &str, text: &str, seed: u64) -> Outcome {
    let scenario = Scenario::parse(name, text).unwrap_or_else(|error| panic!("{error}"));
    Run::new(name, text, &scenario, seed).unwrap().finish(&mut []).unwrap()
}

fn node<'e>(ensemble: &'e Ensemble, name: &str) -> &'e Node {
    ensemble.nodes.iter().find(|node| &*node.name == name).unwrap()
}

fn exit_code(outcome: &Outcome, name: &str) -> Option<i32> {
    match &node(&outcome.ensemble, name).ended {
        Ended::Exited(exit) => Some(exit.code()),
        _ => None,
    }
}

#[test]
fn one_that_cannot_open_its_election_port_ends_by_itself_and_nobody_notices() {
    let text = format!(
        "{SAME}set boot 500ms\nat 0s start zk1\nat 3s start zk2\nby 5s expect leader zk2\nat 6s start zk3\n\
         from 6.6s to 9.4s expect zk3 looking\nby 9.6s expect zk3 down\nfrom 5s to 30s expect leader zk2\n\
         from 5s to 30s expect zk1 serving\nat 30s expect zk2 epoch 1\n"
    );
    for seed in 0..20 {
        let outcome = run("same", &text, seed);
        assert!(outcome.is_green(), "seed {seed}: {:?} {:?}", outcome.unmet, outcome.violations);
        assert_eq!(exit_code(&outcome, "zk3"), Some(14), "as in the recording same-myid-twice");
    }
}

#[test]
fn one_that_is_elected_before_its_end_cannot_lead() {
    let text = format!(
        "{SAME}at 0s start zk1\nat 3s start zk3\nfrom 3s to 20s expect unavailable\nby 7s expect zk3 down\n\
         at 20s start zk2\nby 30s expect leader zk2\n"
    );
    for seed in 0..20 {
        let outcome = run("same", &text, seed);
        assert!(outcome.is_green(), "seed {seed}: {:?} {:?}", outcome.unmet, outcome.violations);
        assert_eq!(exit_code(&outcome, "zk3"), Some(14));
    }
}

#[test]
fn one_that_listens_everywhere_looks_for_a_leader_that_it_takes_for_itself() {
    let text = format!(
        "{SAME}set quorumListenOnAllIPs true\nat 0s start zk1\nat 3s start zk2\nby 5s expect leader zk2\n\
         at 6s start zk3\nfrom 8s to 60s expect zk3 looking\nfrom 5s to 60s expect available\n"
    );
    let outcome = run("same", &text, 0);
    assert!(outcome.is_green(), "{:?} {:?}", outcome.unmet, outcome.violations);
    assert_eq!(outcome.virtual_time, 60 * SECOND);
}

#[test]
fn an_id_is_of_one_server_and_in_its_list() {
    let text = "ensemble zk1 zk2 zk3\nset myid 2\nat 0s start all\n";
    let scenario = Scenario::parse("test", text).unwrap();
    let error = Run::new("test", text, &scenario, 0).err().unwrap();
    assert_eq!((error.line, &*error.message), (2, "one id for all servers"));

    let stranger = "ensemble zk1 zk2 zk3\nset zk3 myid 9\nat 0s start all\nby 5s expect zk3 down\n";
    let outcome = run("stranger", stranger, 0);
    assert!(outcome.is_green(), "{:?}", outcome.unmet);
    assert_eq!(exit_code(&outcome, "zk3"), Some(1));
}

#[test]
fn an_id_of_its_own_that_is_the_listed_one_changes_nothing() {
    let lines = "at 0s start all\nat 5s kill leader\nat 20s expect available\n";
    let plain = run("plain", &format!("ensemble zk1 zk2 zk3\n{lines}"), 0);
    let said = run("said", &format!("ensemble zk1 zk2 zk3\nset zk3 myid 3\n{lines}"), 0);
    assert_eq!(plain.hash, said.hash);
}

/// What is broken then is nobody's fault but the operator's; only, nothing may panic, or run away.
#[test]
fn a_storm_over_namesakes_comes_to_an_end() {
    for seed in 0..100 {
        let profile = Scenario::parse("storm", "profile everything\n").unwrap();
        let mut plan = storm::drawn(&profile, seed).unwrap();
        let servers = plan.servers();
        let (a, b) = (servers[seed as usize % servers.len()].clone(), servers.last().unwrap().clone());
        let set = |server: Option<String>, key: &str, value| {
            let key = key.to_owned();
            Line::of(Statement::Set(Setting { server, key, value, span: Span::default() }))
        };
        let at =
            plan.lines.iter().position(|line| matches!(line.statement, Some(Statement::Timed(_)))).unwrap();
        plan.lines.insert(at, set(Some(b.name), "myid", Value::Integer(a.sid)));
        if seed % 3 > 0 {
            plan.lines.insert(at, set(None, "quorumListenOnAllIPs", Value::Word("true")));
        }
        let text = plan.to_string();
        let scenario = Scenario::parse("storm", &text).unwrap();
        let mut run = Run::new("storm", &text, &scenario, seed).unwrap();
        run.judge_by(Judges::none());
        let outcome = run.finish(&mut []).unwrap();
        assert_eq!(outcome.ending, Ending::Complete, "seed {seed}:\n{text}");
    }
}
