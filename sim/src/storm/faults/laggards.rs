//! A server falls behind and serves all the same, and clients that have seen more are driven to it.

use super::{Drawing, Fault};
use crate::scenario::{Hold, Packet, Step, Task};
use crate::schedule::Range;
use crate::storm::{say, users};

pub(super) const FAULT: Fault =
    Fault { name: "laggards", says: "a server that falls behind, and clients that come to it", draw };

fn draw(drawing: &mut Drawing<'_>) {
    let limit = drawing.world.settings.sync_time().0;
    for (at, until) in drawing.spells() {
        let server = drawing.server();
        let others = drawing.others(&server);
        // Beyond syncLimit it would no longer serve.
        let until = until.min(at + limit * 9 / 10);
        match drawing.draws.below(4) {
            0..2 => {
                let hold = Hold::Task { server: say::name(&server), task: Task::CommitApplier };
                drawing.plan.hold(at, until, hold);
            }
            2 => {
                let commits = say::packets(Packet::Commit, say::some(&others), say::one(&server));
                drawing.plan.hold(at, until, Hold::Stream(commits));
            }
            _ => {
                let slow = Range::micros(10_000, 1_000 * drawing.draws.between(20, 100));
                drawing.plan.at(at, say::set(Some(&server), "task", slow));
                drawing.plan.at(until, say::set(Some(&server), "task", drawing.world.pace.task));
            }
        }
        let writer = drawing.draws.pick(&others);
        drawing.plan.write(at + 1, &writer);
        let links = say::between(users::all(), say::some(&others), None);
        let driven = at + drawing.draws.between(5, 1 + (until - at).max(10) / 2);
        drawing.plan.at(driven, Step::Refuse(links.clone()));
        drawing.plan.at(driven, Step::Reset(links.clone()));
        drawing.plan.at(until + drawing.draws.between(1, 1_000), say::heal(links));
    }
}
