//! Everything that a server sends, or that anybody sends, is long under way.

use super::{Drawing, Fault};
use crate::schedule::Range;
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "slow-links", says: "messages and dials that take long", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        let server = drawing.server();
        let server = if drawing.draws.chance(70) { Some(server.as_str()) } else { None };
        let most = drawing.draws.pick(&[20, 80, 250, 600]);
        let slow = Range::micros(1_000, 1_000 * drawing.draws.between(5, most));
        let (key, plain) = match drawing.draws.chance(80) {
            true => ("latency", drawing.world.pace.latency),
            false => ("connect", drawing.world.pace.connect),
        };
        drawing.plan.at(at, say::set(server, key, slow));
        drawing.plan.at(until, say::set(server, key, plain));
    }
}
