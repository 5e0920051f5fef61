//! The clients of a plan: workloads with sessions, and clients of single servers.

use super::draws::Draws;
use super::plan::Plan;
use super::say;
use super::world::{CLIENTS, OPERATIONS, World};
use crate::scenario::{Line, Mix, Servers, Span, Statement, Step, Time, WorkloadDecl};

/// How many operations clients of single servers ask for at least.
const LOCAL_OPERATIONS: u32 = 40;

/// The workload that spreads its operations over the storm.
pub(super) const STEADY: &str = "w";
/// The one that asks without much of a pause.
pub(super) const HASTY: &str = "v";

/// The names of all clients with sessions, whichever workload they belong to.
pub(super) fn names() -> Vec<String> {
    let steady = (1..=CLIENTS / 2).map(|number| format!("{STEADY}{number}"));
    steady.chain((1..=CLIENTS / 2).map(|number| format!("{HASTY}{number}"))).collect()
}

/// All clients with sessions.
pub(super) fn all() -> Servers {
    say::some(&[STEADY, HASTY])
}

/// Adds what clients of single servers do besides, and starts the workloads, which have what is left of the operations.
pub(super) fn draw(world: &World, draws: &mut Draws, plan: &mut Plan) -> Vec<Line> {
    let names = world.names();
    plan.create_shared(world.begin / 2, &draws.pick(&names));
    let between = |draws: &mut Draws| draws.between(world.begin, world.end - 1);
    while plan.operations() < LOCAL_OPERATIONS {
        let (at, server) = (between(draws), draws.pick(&names));
        if draws.chance(50) {
            plan.write(at, &server);
        } else {
            plan.create(at, &server, draws.between(1, 4));
        }
    }
    plan.at(world.begin / 2, Step::Start(say::one(STEADY)));
    let hasty = draws.between(world.begin / 2, world.end * 3 / 4);
    plan.at(hasty, Step::Start(say::one(HASTY)));
    workloads(world, draws, plan)
}

fn workloads(world: &World, draws: &mut Draws, plan: &Plan) -> Vec<Line> {
    let operations = OPERATIONS - plan.operations();
    let steady = operations / 2;
    let each = u64::from(steady / (CLIENTS / 2));
    // As long as the storm lasts, more or less.
    let mean = (world.end - world.begin) / each.max(1);
    let think = (mean / 4, draws.between(mean, 2 * mean));
    let keys = draws.between(1, 3) as u32;
    let steady = workload(world, draws, STEADY, steady, think, keys);
    let pause = draws.pick(&[0, 5, 40, 150]);
    let hasty = workload(world, draws, HASTY, operations - operations / 2, (pause / 4, pause), keys);
    vec![steady, hasty]
}

fn workload(
    world: &World,
    draws: &mut Draws,
    name: &str,
    operations: u32,
    think: (u64, u64),
    keys: u32,
) -> Line {
    let mut weight = |most: u64| draws.below(most + 1) as u32;
    let mix = Mix {
        reads: 1 + weight(4),
        writes: weight(5),
        cas: weight(3),
        sync_reads: weight(4),
        locks: weight(2),
        queues: weight(2),
    };
    let longest = world.settings.max_session_time().0;
    let shortest = world.settings.min_session_time().0;
    let timeout = if draws.chance(50) { longest } else { draws.between(shortest, longest) };
    let (min, max) = think;
    Line::of(Statement::Workload(WorkloadDecl {
        name: name.to_owned(),
        clients: CLIENTS / 2,
        keys,
        operations,
        mix,
        think: (max > 0).then(|| (Time::from_millis(min), Time::from_millis(max))),
        timeout: Some(Time::from_millis(timeout)),
        servers: Vec::new(),
        span: Span::default(),
    }))
}
