//! A process stands still, often for longer than a learner may be silent, and goes on as if nothing had been.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "pauses", says: "processes that stand still, beyond syncLimit too", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let server = drawing.server();
        let second = drawing.draws.chance(15).then(|| drawing.server()).filter(|second| *second != server);
        let servers: Vec<String> = [Some(server), second].into_iter().flatten().collect();
        let lasts = drawing.spell();
        drawing.plan.at(at, Step::Pause(say::some(&servers)));
        drawing.plan.at(at + lasts, Step::Resume(say::some(&servers)));
    }
}
