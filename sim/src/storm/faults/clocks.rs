//! A server's clock runs fast or slow: its ticks, time-outs and sessions with it.

use super::{Drawing, Fault};
use crate::scenario::{Rate, Step};
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "clocks", says: "clocks that run fast or slow", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let server = drawing.server();
        let percent = drawing.draws.pick(&[10, 25, 50, 80, 95, 105, 120, 150, 200, 400, 1_000]);
        let lasts = drawing.spell();
        drawing.plan.at(at, Step::Clock { servers: say::one(&server), rate: Rate(percent * 10_000) });
        drawing.plan.at(at + lasts, Step::Clock { servers: say::one(&server), rate: Rate(1_000_000) });
    }
}
