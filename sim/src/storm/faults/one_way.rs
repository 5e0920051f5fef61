//! What some servers send does not arrive, though they hear what is sent to them.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::say;
use crate::storm::world::port;

pub(super) const FAULT: Fault = Fault { name: "one-way", says: "cuts of one direction", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let server = drawing.server();
        let others = match drawing.draws.chance(60) {
            true => drawing.others(&server),
            false => vec![drawing.pair()].into_iter().map(|(a, b)| if a == server { b } else { a }).collect(),
        };
        let (server, others) = (say::one(&server), say::some(&others));
        let (from, to) = if drawing.draws.chance(50) { (server, others) } else { (others, server) };
        let links = say::towards(from, to, port(&mut drawing.draws));
        let lasts = drawing.spell();
        drawing.plan.at(at, Step::Cut(links.clone()));
        drawing.plan.at(at + lasts, say::heal(links));
    }
}
