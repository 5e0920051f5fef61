//! Connections that break, and can be made again at once.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::say;
use crate::storm::world::port;

pub(super) const FAULT: Fault = Fault { name: "resets", says: "connections that break", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let (a, b) = drawing.pair();
        let others = if drawing.draws.chance(60) { vec![b] } else { drawing.others(&a) };
        let links = say::between(say::one(&a), say::some(&others), port(&mut drawing.draws));
        drawing.plan.at(at, Step::Reset(links));
    }
}
