//! What clients ask for is held up on its way to the leader, and the clients move to other servers meanwhile.

use super::{Drawing, Fault};
use crate::scenario::{Hold, Packet, Step};
use crate::storm::{say, users};

pub(super) const FAULT: Fault = Fault {
    name: "moved",
    says: "requests that arrive after their session has moved to another server",
    draw,
};

fn draw(drawing: &mut Drawing<'_>) {
    let limit = drawing.world.settings.sync_time().0;
    for (at, next) in drawing.spells() {
        let server = drawing.server();
        let others = drawing.others(&server);
        let requests = say::packets(Packet::Request, say::one(&server), say::some(&others));
        let hold = Hold::Stream(requests);
        // Beyond syncLimit the leader would have dropped the server, and the requests with it.
        let until = (at + drawing.draws.between(limit / 3, limit)).min(next.max(at + 1));
        let links = say::between(users::all(), say::one(&server), None);
        let moves = at + drawing.draws.between(1, (until - at).div_ceil(3));
        drawing.plan.at(moves, Step::Refuse(links.clone()));
        drawing.plan.at(moves, Step::Reset(links.clone()));
        drawing.plan.hold(at, until, hold);
        drawing.plan.at(until + drawing.draws.between(1, 500), say::heal(links));
    }
}
