//! A disk on which no write comes to its end.

use super::{Drawing, Fault, crashes};
use crate::scenario::{Hold, Step, Task};
use crate::storm::say;

pub(super) const FAULT: Fault = Fault {
    name: "stalled-disks",
    says: "disks that stand still, and machines that lose power meanwhile",
    draw,
};

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        let server = drawing.server();
        let hold = Hold::Task { server: say::name(&server), task: Task::Disk };
        if drawing.draws.chance(40) {
            let end = crashes::end(drawing, say::one(&server));
            let lasts = drawing.spell();
            drawing.plan.at(until, end);
            drawing.plan.at(until + lasts, Step::Start(say::one(&server)));
        }
        drawing.plan.hold(at, until, hold);
    }
}
