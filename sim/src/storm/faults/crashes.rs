//! Processes and machines that end at some moment, and come back.

use super::{Drawing, Fault};
use crate::scenario::{Loss, Servers, Step};
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "crashes", says: "kill, power-off and restart at any moment", draw };

/// A way to end: a process that is killed, or a machine without power.
pub(super) fn end(drawing: &mut Drawing<'_>, servers: Servers) -> Step {
    let loss = drawing.draws.pick(&[
        None,
        Some(Loss::Drawn),
        Some(Loss::Drawn),
        Some(Loss::Unsynced),
        Some(Loss::Nothing),
    ]);
    match loss {
        None => Step::Kill(servers),
        Some(loss) => Step::PowerOff { servers, loss },
    }
}

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let server = say::one(&drawing.server());
        if drawing.draws.chance(25) {
            drawing.plan.at(at, Step::Restart(server));
            continue;
        }
        let end = end(drawing, server.clone());
        let lasts = drawing.spell();
        drawing.plan.at(at, end);
        drawing.plan.at(at + lasts, Step::Start(server));
    }
}
