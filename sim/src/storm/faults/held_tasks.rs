//! A task of a server makes no progress, while all others do; or all of them are slow, each by its own chance, from when it
//! takes a role.

use super::{Drawing, Fault};
use crate::scenario::{Hold, Moment, Occurrence, Step, Task};
use crate::schedule::Range;
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "held-tasks", says: "tasks of servers that stand still", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        if drawing.draws.chance(30) {
            slow_role(drawing, at);
            continue;
        }
        let task =
            drawing.draws.pick(&[Task::PacketLoop, Task::LogWriter, Task::CommitApplier, Task::Handlers]);
        let hold = Hold::Task { server: say::name(&drawing.server()), task };
        drawing.plan.hold(at, until, hold);
    }
}

/// Threads race where nobody has told them who is first: a new leader's, most of all.
fn slow_role(drawing: &mut Drawing<'_>, at: u64) {
    let server = drawing.server();
    let within = drawing.draws.between(500, 3_000);
    let elected = say::event(Moment::After, &server, Occurrence::Decided("elected".to_owned()));
    let slow = Range::micros(1_000, 1_000 * drawing.draws.between(20, 200));
    drawing.plan.upon(at, within, 1, elected, say::set(Some(&server), "task", slow));
    if drawing.draws.chance(60) {
        let other = drawing.server();
        drawing.plan.at(at + 1, Step::Restart(say::one(&other)));
    }
    let over = at + within + drawing.spell();
    drawing.plan.at(over, say::set(Some(&server), "task", drawing.world.pace.task));
}
