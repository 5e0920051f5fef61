//! A link, or all links of a server, that come and go.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::say;
use crate::storm::world::port;

pub(super) const FAULT: Fault = Fault { name: "flapping", says: "links that come and go", draw };

fn draw(drawing: &mut Drawing<'_>) {
    let strikes = drawing.strikes;
    drawing.strikes = strikes.div_ceil(3);
    for mut at in drawing.moments() {
        let (a, b) = drawing.pair();
        let others = if drawing.draws.chance(50) { vec![b] } else { drawing.others(&a) };
        let links = say::between(say::one(&a), say::some(&others), port(&mut drawing.draws));
        let period = drawing.draws.between(20, 800);
        for _ in 0..drawing.draws.between(2, 5) {
            drawing.plan.at(at, Step::Cut(links.clone()));
            at += drawing.draws.between(1, period);
            drawing.plan.at(at, say::heal(links.clone()));
            at += drawing.draws.between(1, period);
        }
    }
}
