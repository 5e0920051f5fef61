//! The servers fall into two groups that do not hear each other.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::say;
use crate::storm::world::port;

pub(super) const FAULT: Fault =
    Fault { name: "partitions", says: "servers fall into two groups, or two of them lose their link", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let (first, second) = if drawing.draws.chance(60) {
            drawing.split()
        } else {
            let (a, b) = drawing.pair();
            (vec![a], vec![b])
        };
        let links = say::between(say::some(&first), say::some(&second), port(&mut drawing.draws));
        let lasts = drawing.spell();
        drawing.plan.at(at, Step::Cut(links.clone()));
        drawing.plan.at(at + lasts, say::heal(links));
    }
}
