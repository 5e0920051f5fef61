//! Changes to scenarios as trees.

use crate::scenario::{
    Action, Draws, Event, Hold, Line, Links, Occurrence, Prefix, Scenario, ServerRef, Servers, Statement,
    Step, Stream, Time, Timed, Trigger, Value,
};

/// The keys of the settings by which a machine is deliberately wrong.
const WRONG: [&str; 2] = ["defects", "newleader"];

/// Whether a statement says what is deliberately wrong with a server.
pub(super) fn is_defect(statement: &Statement) -> bool {
    matches!(statement, Statement::Set(setting) if WRONG.contains(&&*setting.key))
}

/// The scenario with a machine that is right; `None` where it already is.
pub(super) fn mended(scenario: &Scenario) -> Option<Scenario> {
    let mut mended = scenario.clone();
    mended.lines.retain(|line| !line.statement.as_ref().is_some_and(is_defect));
    (mended.lines.len() < scenario.lines.len()).then_some(mended)
}

/// The scenario without comments and blank lines and without what it says to learners, its steps in the order of their
/// times.
pub(super) fn bare(scenario: &Scenario) -> Scenario {
    let statements = scenario.lines.iter().filter_map(|line| line.statement.clone());
    let statements = statements.filter(|statement| !is_lesson(statement));
    let mut lines: Vec<Line> = statements.map(Line::of).collect();
    // Declarations and settings come first, what has no time last; what has the same time keeps its order.
    lines.sort_by_key(|line| match &line.statement {
        Some(Statement::Timed(timed)) => match (&timed.prefix, &timed.action) {
            // Judged at the end, and told there.
            (_, Action::Expect(_)) => (3, until(&timed.prefix)),
            (Prefix::At(time), _) => (1, time.0),
            _ => (2, 0),
        },
        Some(Statement::Ensemble(_)) => (0, 0),
        Some(Statement::Set(_)) => (0, 1),
        Some(Statement::Client(_) | Statement::Workload(_)) => (0, 2),
        _ => (0, 3),
    });
    for line in &mut lines {
        if let Some(Statement::Timed(timed)) = &mut line.statement {
            timed.continued = false;
        }
    }
    Scenario { lines }
}

/// A run is the same without it.
fn is_lesson(statement: &Statement) -> bool {
    matches!(statement, Statement::Belief(_) | Statement::Timed(Timed { action: Action::Ask(_), .. }))
}

fn until(prefix: &Prefix) -> u64 {
    match prefix {
        Prefix::At(time) | Prefix::By(time) => time.0,
        Prefix::During { to, .. } => to.0,
        Prefix::When(_) => u64::MAX,
    }
}

/// The lines, by their places, that a pass over statements can do without: steps and triggers.
pub(super) fn steps(scenario: &Scenario) -> Vec<usize> {
    let is_step = |line: &Line| {
        matches!(&line.statement, Some(Statement::Timed(Timed { action: Action::Step(_), .. })))
    };
    (0..scenario.lines.len()).filter(|at| is_step(&scenario.lines[*at])).collect()
}

/// The step of a line, if it has one.
pub(super) fn step_of(line: &Line) -> Option<&Step> {
    match &line.statement {
        Some(Statement::Timed(Timed { action: Action::Step(step), .. })) => Some(step),
        _ => None,
    }
}

/// The same, to be changed.
pub(super) fn step_mut(line: &mut Line) -> Option<&mut Step> {
    match &mut line.statement {
        Some(Statement::Timed(Timed { action: Action::Step(step), .. })) => Some(step),
        _ => None,
    }
}

/// The instant at which a line does something, is judged or begins to wait, to be changed.
pub(super) fn time_mut(line: &mut Line) -> Option<&mut Time> {
    match &mut line.statement {
        Some(Statement::Timed(Timed { prefix: Prefix::At(time), .. })) => Some(time),
        Some(Statement::Timed(Timed { prefix: Prefix::When(trigger), .. })) => trigger.armed.as_mut(),
        _ => None,
    }
}

/// The instant at which a line does something, is judged or begins to wait.
pub(super) fn time_of(line: &Line) -> Option<Time> {
    match &line.statement {
        Some(Statement::Timed(Timed { prefix: Prefix::At(time), .. })) => Some(*time),
        Some(Statement::Timed(Timed { prefix: Prefix::When(trigger), .. })) => trigger.armed,
        _ => None,
    }
}

/// The scenario without these lines.
pub(super) fn without_lines(scenario: &Scenario, gone: &[usize]) -> Scenario {
    let left = scenario.lines.iter().enumerate().filter(|(at, _)| !gone.contains(at));
    Scenario { lines: left.map(|(_, line)| line.clone()).collect() }
}

/// The scenario with its draws from there; `None`: from seed 0.
pub(super) fn with_draws(scenario: &Scenario, draws: Option<Draws>) -> Scenario {
    let mut lines = scenario.lines.clone();
    lines.retain(|line| !matches!(line.statement, Some(Statement::Draws(_))));
    if let Some(draws) = draws {
        let behind = lines.iter().rposition(|line| !matches!(line.statement, Some(Statement::Timed(_))));
        lines.insert(behind.map_or(0, |at| at + 1), Line::of(Statement::Draws(draws)));
    }
    Scenario { lines }
}

/// The scenario without somebody: a server or a client, and all that names it. Where a step names others, too, these
/// stay. `sid`: of a server.
pub(super) fn without(scenario: &Scenario, gone: &dyn Fn(&str) -> bool, sid: Option<i64>) -> Scenario {
    let left = |line: &Line| {
        let statement = line.statement.as_ref().and_then(|statement| remains(statement, gone, sid))?;
        Some(Line::of(statement))
    };
    Scenario { lines: scenario.lines.iter().filter_map(left).collect() }
}

fn remains(statement: &Statement, gone: &dyn Fn(&str) -> bool, sid: Option<i64>) -> Option<Statement> {
    let keep = |names: &[String]| names.iter().filter(|name| !gone(name)).cloned().collect::<Vec<_>>();
    Some(match statement {
        Statement::Ensemble(servers) => {
            let servers: Vec<_> = servers.iter().filter(|server| !gone(&server.name)).cloned().collect();
            (!servers.is_empty()).then_some(Statement::Ensemble(servers))?
        }
        Statement::Set(setting) => {
            if setting.server.as_deref().is_some_and(gone) {
                return None;
            }
            let mut setting = setting.clone();
            if let (Value::Sids(sids), Some(sid)) = (&mut setting.value, sid) {
                sids.retain(|one| *one != sid);
                if sids.is_empty() {
                    return None;
                }
            }
            if sid.is_some_and(|sid| setting.key == format!("weight.{sid}")) {
                return None;
            }
            Statement::Set(setting)
        }
        Statement::Client(client) => {
            if gone(&client.name) {
                return None;
            }
            let mut client = client.clone();
            client.servers = keep(&client.servers);
            Statement::Client(client)
        }
        Statement::Workload(load) => {
            if gone(&load.name) {
                return None;
            }
            let mut load = load.clone();
            load.servers = keep(&load.servers);
            Statement::Workload(load)
        }
        Statement::Pin(pin) => {
            let named = gone(&pin.who) || pin.to.as_ref().is_some_and(|(to, _)| gone(to));
            (!named).then(|| Statement::Pin(pin.clone()))?
        }
        Statement::Timed(timed) => Statement::Timed(remaining_timed(timed, gone)?),
        Statement::Config(_)
        | Statement::Profile(_)
        | Statement::Shows(_)
        | Statement::Unsafe(_)
        | Statement::Belief(_)
        | Statement::Draws(_) => statement.clone(),
    })
}

fn is_gone(server: &ServerRef, gone: &dyn Fn(&str) -> bool) -> bool {
    matches!(server, ServerRef::Name(name) if gone(name))
}

fn remaining_timed(timed: &Timed, gone: &dyn Fn(&str) -> bool) -> Option<Timed> {
    if let Prefix::When(Trigger { event: Event { server, occurrence, .. }, .. }) = &timed.prefix {
        let from = match occurrence {
            Occurrence::Got { from, .. } => from.as_ref(),
            _ => None,
        };
        if is_gone(server, gone) || from.is_some_and(|from| is_gone(from, gone)) {
            return None;
        }
    }
    let action = match &timed.action {
        Action::Step(step) => Action::Step(remaining_step(step, gone)?),
        // Where it names somebody who is gone, the scenario is none, and no candidate.
        Action::Expect(_) | Action::Ask(_) => timed.action.clone(),
    };
    Some(Timed { action, ..timed.clone() })
}

fn remaining_servers(servers: &Servers, gone: &dyn Fn(&str) -> bool) -> Option<Servers> {
    match servers {
        Servers::All => Some(Servers::All),
        Servers::List(list) => {
            let list: Vec<ServerRef> = list.iter().filter(|one| !is_gone(one, gone)).cloned().collect();
            (!list.is_empty()).then_some(Servers::List(list))
        }
    }
}

fn remaining_step(step: &Step, gone: &dyn Fn(&str) -> bool) -> Option<Step> {
    let servers = |servers: &Servers| remaining_servers(servers, gone);
    let links = |links: &Links| {
        Some(Links { first: servers(&links.first)?, second: servers(&links.second)?, ..links.clone() })
    };
    let hold = |hold: &Hold| match hold {
        Hold::Task { server, .. } => (!is_gone(server, gone)).then(|| hold.clone()),
        Hold::Stream(stream) => Some(Hold::Stream(Stream {
            from: servers(&stream.from)?,
            to: servers(&stream.to)?,
            ..stream.clone()
        })),
    };
    Some(match step {
        Step::Start(all) => Step::Start(servers(all)?),
        Step::Kill(all) => Step::Kill(servers(all)?),
        Step::PowerOff { servers: all, loss } => Step::PowerOff { servers: servers(all)?, loss: *loss },
        Step::Wipe(all) => Step::Wipe(servers(all)?),
        Step::Fill(all) => Step::Fill(servers(all)?),
        Step::Free(all) => Step::Free(servers(all)?),
        Step::Fail { servers: all, file } => Step::Fail { servers: servers(all)?, file: *file },
        Step::Restart(all) => Step::Restart(servers(all)?),
        Step::Pause(all) => Step::Pause(servers(all)?),
        Step::Resume(all) => Step::Resume(servers(all)?),
        Step::Cut(all) => Step::Cut(links(all)?),
        Step::Refuse(all) => Step::Refuse(links(all)?),
        Step::Reset(all) => Step::Reset(links(all)?),
        Step::Heal(Some(all)) => Step::Heal(Some(links(all)?)),
        Step::Hold(held) => Step::Hold(hold(held)?),
        Step::Release(Some(held)) => Step::Release(Some(hold(held)?)),
        Step::Clock { servers: all, rate } => Step::Clock { servers: servers(all)?, rate: *rate },
        Step::Create { at, .. }
        | Step::Write { at, .. }
        | Step::Delete { at, .. }
        | Step::Read { at, .. }
            if is_gone(at, gone) =>
        {
            return None;
        }
        Step::Next(happening) if happening.names().any(|one| is_gone(one, gone)) => return None,
        Step::Set { server: Some(server), .. } if is_gone(server, gone) => return None,
        Step::Client { client, .. } if gone(client) => return None,
        Step::Close(names) => {
            let names: Vec<String> = names.iter().filter(|name| !gone(name)).cloned().collect();
            (!names.is_empty()).then_some(Step::Close(names))?
        }
        other => other.clone(),
    })
}
