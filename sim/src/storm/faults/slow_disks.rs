//! Writes that take long: an fsync of the log, or a file.

use super::{Drawing, Fault};
use crate::schedule::Range;
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "slow-disks", says: "writes that take long", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for (at, until) in drawing.spells() {
        let server = drawing.server();
        let server = if drawing.draws.chance(80) { Some(server.as_str()) } else { None };
        let most = drawing.draws.pick(&[50, 300, 1_500]);
        let slow = Range::micros(5_000, 1_000 * drawing.draws.between(20, most));
        let (key, plain) = match drawing.draws.chance(65) {
            true => ("fsync", drawing.world.pace.fsync),
            false => ("write", drawing.world.pace.write),
        };
        drawing.plan.at(at, say::set(server, key, slow));
        drawing.plan.at(until, say::set(server, key, plain));
    }
}
