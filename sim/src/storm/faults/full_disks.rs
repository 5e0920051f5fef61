//! A disk without room: nothing that grows can be written until there is some again.

use super::{Drawing, Fault, crashes};
use crate::scenario::Step;
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "full-disks", says: "disks without room, and servers that start on them", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        let server = drawing.server();
        drawing.plan.at(at, Step::Fill(say::one(&server)));
        if drawing.draws.chance(60) {
            drawing.plan.write(at + 1, &server);
        }
        // It starts without room.
        if drawing.draws.chance(40) {
            let ends = at + drawing.draws.below((until - at).max(1));
            let end = crashes::end(drawing, say::one(&server));
            drawing.plan.at(ends, end);
            drawing.plan.at(ends + drawing.draws.between(1, 400), Step::Start(say::one(&server)));
        }
        // Epochs and snapshots are written where there is an election.
        if drawing.draws.chance(40) {
            let other = drawing.server();
            drawing.plan.at(at + drawing.draws.between(1, 200), Step::Restart(say::one(&other)));
        }
        drawing.plan.at(until, Step::Free(say::one(&server)));
        // It may have ended by itself.
        drawing.plan.at(until + drawing.draws.between(0, 500), Step::Start(say::one(&server)));
    }
}
