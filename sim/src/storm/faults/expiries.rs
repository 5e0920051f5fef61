//! A client is away from every server, for about as long as its session may live or longer.

use super::{Drawing, Fault};
use crate::scenario::{Servers, Step};
use crate::storm::{say, users};

pub(super) const FAULT: Fault =
    Fault { name: "expiries", says: "clients that are away until their sessions are over", draw };

fn draw(drawing: &mut Drawing<'_>) {
    let longest = drawing.world.settings.max_session_time().0;
    for at in drawing.moments() {
        let client = say::one(&drawing.draws.pick(&users::names()));
        let lasts = drawing.draws.between(longest / 10, longest * 3 / 2);
        let (begins, ends) = if drawing.draws.chance(60) {
            let links = say::between(client, Servers::All, None);
            (Step::Cut(links.clone()), say::heal(links))
        } else {
            (Step::Pause(client.clone()), Step::Resume(client))
        };
        drawing.plan.at(at, begins);
        drawing.plan.at(at + lasts, ends);
    }
}
