//! One server after the other is stopped and started, as for an upgrade.

use super::{Drawing, Fault, crashes};
use crate::scenario::Step;
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "rolling", says: "one server after the other is stopped and started", draw };

fn draw(drawing: &mut Drawing<'_>) {
    drawing.strikes = drawing.strikes.div_ceil(6);
    for mut at in drawing.moments() {
        let mut order = drawing.world.names();
        if drawing.draws.chance(50) {
            drawing.draws.shuffle(&mut order);
        }
        let (down, gap) = (drawing.draws.between(1, 1_500), drawing.draws.between(100, 4_000));
        let clean = drawing.draws.chance(60);
        for server in order {
            let server = say::one(&server);
            let end = if clean { Step::Kill(server.clone()) } else { crashes::end(drawing, server.clone()) };
            drawing.plan.at(at, end);
            drawing.plan.at(at + down, Step::Start(server));
            at += down + gap;
        }
    }
}
