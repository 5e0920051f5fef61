//! Many servers end at once, or one shortly after the other, and come back in some order.

use super::{Drawing, Fault, crashes};
use crate::scenario::{Servers, Step};
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "outages", says: "many servers that end at once", draw };

fn draw(drawing: &mut Drawing<'_>) {
    drawing.strikes = drawing.strikes.div_ceil(3);
    for at in drawing.moments() {
        let mut hit = drawing.world.names();
        drawing.draws.shuffle(&mut hit);
        let most = hit.len() as u64;
        hit.truncate(drawing.draws.between(most / 2 + 1, most) as usize);
        let mut last = at;
        if drawing.draws.chance(50) {
            let everybody = hit.len() == drawing.world.servers.len();
            let servers = if everybody { Servers::All } else { say::some(&hit) };
            let end = crashes::end(drawing, servers);
            drawing.plan.at(at, end);
        } else {
            for server in &hit {
                let end = crashes::end(drawing, say::one(server));
                drawing.plan.at(last, end);
                last += drawing.draws.pick(&[1, 5, 50, 400]);
            }
        }
        drawing.draws.shuffle(&mut hit);
        last += drawing.draws.between(1, 1_500);
        for server in &hit {
            drawing.plan.at(last, Step::Start(say::one(server)));
            last += drawing.draws.pick(&[0, 0, 20, 300, 1_500]);
        }
    }
}
