//! Clients that are told what to do, in place of a workload that does what it draws.

use super::edit;
use super::search::Search;
use crate::scenario::{
    Action, Call, ClientDecl, Line, Prefix, Scenario, ServerRef, Servers, Statement, Step, Time, Timed,
    WorkloadDecl,
};

/// A workload with more clients is left as it is.
const CLIENTS: u32 = 4;

/// Each workload becomes its clients: with nothing to do, since a session is a write of its own, or with a few requests.
pub(super) fn pass(search: &mut Search<'_>) -> bool {
    let before = search.best.clone();
    for load in before.workloads().iter().filter(|load| load.clients <= CLIENTS) {
        let idle = idle(&search.best, load);
        let busy = busy(&idle, load);
        if !search.take(idle) {
            search.take(busy);
        }
    }
    search.best != before
}

/// The scenario with the workload's clients declared one by one, and no requests.
fn idle(scenario: &Scenario, load: &WorkloadDecl) -> Scenario {
    let mut lines = Vec::new();
    for line in &scenario.lines {
        if let Some(Statement::Workload(decl)) = &line.statement
            && decl.name == load.name
        {
            lines.extend(load.client_names().map(|name| {
                let (servers, timeout) = (load.servers.clone(), load.timeout);
                Line::of(Statement::Client(ClientDecl { name, servers, timeout, span: load.span }))
            }));
            continue;
        }
        let mut line = line.clone();
        if let Some(step) = edit::step_mut(&mut line) {
            spell_out(step, load);
        }
        lines.push(line);
    }
    Scenario { lines }
}

/// Names the clients where the workload was named.
fn spell_out(step: &mut Step, load: &WorkloadDecl) {
    let in_list = |servers: &mut Servers| {
        if let Servers::List(list) = servers {
            let each = |one: ServerRef| match one {
                ServerRef::Name(name) if name == load.name => {
                    load.client_names().map(ServerRef::Name).collect()
                }
                other => vec![other],
            };
            *list = std::mem::take(list).into_iter().flat_map(each).collect();
        }
    };
    match step {
        Step::Start(servers)
        | Step::Kill(servers)
        | Step::Restart(servers)
        | Step::Pause(servers)
        | Step::Resume(servers) => in_list(servers),
        Step::Cut(links) | Step::Refuse(links) | Step::Reset(links) | Step::Heal(Some(links)) => {
            in_list(&mut links.first);
            in_list(&mut links.second);
        }
        Step::Close(names) => {
            let each =
                |name: String| if name == load.name { load.client_names().collect() } else { vec![name] };
            *names = std::mem::take(names).into_iter().flat_map(each).collect();
        }
        _ => {}
    }
}

/// The same with requests at the end, a second apart: the first client makes a znode and writes it, all of them read it.
fn busy(idle: &Scenario, load: &WorkloadDecl) -> Scenario {
    let mut lines = idle.lines.clone();
    // The claim stands last, at the end of the run.
    let Some(end) = lines.last().and_then(edit::time_of) else { return idle.clone() };
    let names: Vec<String> = load.client_names().collect();
    let path = "/a".to_owned();
    let Some(first) = names.first() else { return idle.clone() };
    let mut calls = vec![
        (
            first,
            Call::Create { path: path.clone(), data: None, ephemeral: false, sequential: false, times: 1 },
        ),
        (first, Call::Set { path: path.clone(), data: "x".to_owned(), version: None, times: 1 }),
    ];
    calls.extend(names.iter().map(|name| (name, Call::Get { path: path.clone(), watch: false })));
    let mut at = end;
    let place = lines.len() - 1;
    let steps: Vec<Line> = calls
        .into_iter()
        .map(|(client, call)| {
            let step = Step::Client { client: client.clone(), call };
            let line = Line::of(Statement::Timed(Timed::new(Prefix::At(at), Action::Step(step))));
            at = Time(at.0.saturating_add(Time::SECOND.0));
            line
        })
        .collect();
    lines.splice(place..place, steps);
    if let Some(time) = lines.last_mut().and_then(edit::time_mut) {
        *time = at;
    }
    Scenario { lines }
}
