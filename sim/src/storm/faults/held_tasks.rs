//! A task of a server makes no progress, while all others do.

use super::{Drawing, Fault};
use crate::scenario::{Hold, Task};
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "held-tasks", says: "tasks of servers that stand still", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        let task =
            drawing.draws.pick(&[Task::PacketLoop, Task::LogWriter, Task::CommitApplier, Task::Handlers]);
        let hold = Hold::Task { server: say::name(&drawing.server()), task };
        drawing.plan.hold(at, until, hold);
    }
}
