//! A leader is cut off with proposals that nobody else has, and returns when others have gone on without it.

use super::{Drawing, Fault, crashes};
use crate::scenario::{Moment, Occurrence, Step};
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "deposed", says: "a leader that is cut off with a tail of its own, and returns", draw };

fn draw(drawing: &mut Drawing<'_>) {
    drawing.strikes = drawing.strikes.div_ceil(2);
    for at in drawing.moments() {
        let servers = drawing.world.names();
        let sync = drawing.world.settings.sync_time().0;
        let voters = drawing.world.voters();
        let nth = drawing.draws.between(1, 2);
        let dies = drawing.draws.chance(30);
        let over = at + 300 + sync + drawing.draws.between(200, 3_000);
        for leader in &voters {
            let links = say::between(say::one(leader), say::some(&drawing.others(leader)), None);
            let event = say::event(Moment::After, leader, Occurrence::Decided("proposed".to_owned()));
            drawing.plan.upon(at, 300, nth, event, Step::Cut(links.clone()));
            drawing.plan.at(over, say::heal(links));
        }
        for wait in [1, 30, 60] {
            let server = drawing.draws.pick(&servers);
            drawing.plan.create(at + wait, &server, 1);
        }
        // Only the one that is cut off takes these in, or only the others.
        let late = at + drawing.draws.between(100, 300);
        for server in &voters {
            drawing.plan.write(late, server);
        }
        if dies {
            let server = drawing.draws.pick(&voters);
            let end = crashes::end(drawing, say::one(&server));
            drawing.plan.at(over.saturating_sub(drawing.draws.between(10, 800)), end);
            drawing.plan.at(over + drawing.draws.between(0, 1_000), Step::Start(say::one(&server)));
        }
        let writer = drawing.draws.pick(&servers);
        drawing.plan.write(over.saturating_sub(100), &writer);
    }
}
