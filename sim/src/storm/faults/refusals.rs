//! Connections that exist break, and new ones are refused for a while.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::say;
use crate::storm::world::port;

pub(super) const FAULT: Fault = Fault { name: "refusals", says: "connections that are refused", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let (a, b) = drawing.pair();
        let others = if drawing.draws.chance(60) { vec![b] } else { drawing.others(&a) };
        let port = port(&mut drawing.draws);
        let (a, others) = (say::one(&a), say::some(&others));
        let links = match drawing.draws.below(3) {
            0 => say::between(a, others, port),
            1 => say::towards(a, others, port),
            _ => say::towards(others, a, port),
        };
        let lasts = drawing.spell();
        drawing.plan.at(at, Step::Refuse(links.clone()));
        if drawing.draws.chance(70) {
            let both = say::between(links.first.clone(), links.second.clone(), port);
            drawing.plan.at(at, Step::Reset(both));
        }
        drawing.plan.at(at + lasts, say::heal(links));
    }
}
