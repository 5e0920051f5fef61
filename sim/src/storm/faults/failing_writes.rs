//! A single write that fails: of the log, a snapshot, an epoch file, or whatever comes next.

use super::{Drawing, Fault};
use crate::scenario::{File, Moment, Occurrence, Step};
use crate::storm::say;

pub(super) const FAULT: Fault = Fault { name: "failing-writes", says: "single writes that fail", draw };

const FILES: &[Option<File>] = &[
    None,
    Some(File::Log),
    Some(File::Log),
    Some(File::Log),
    Some(File::Snapshot),
    Some(File::AcceptedEpoch),
    Some(File::CurrentEpoch),
    Some(File::Truncation),
];

/// What a server is about to do when a write of it is to fail.
const DECISIONS: &[&str] = &[
    "elected",
    "epoch-chosen",
    "epoch-accepted",
    "epoch-acked",
    "new-leader",
    "serving",
    "proposed",
    "left-role",
];

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let server = drawing.server();
        let file = drawing.draws.pick(FILES);
        let fail = Step::Fail { servers: say::one(&server), file };
        let within = drawing.draws.between(500, 4_000);
        if drawing.draws.chance(50) {
            let decision = drawing.draws.pick(DECISIONS).to_owned();
            let event = say::event(Moment::After, &server, Occurrence::Decided(decision));
            let nth = drawing.draws.between(1, 2);
            drawing.plan.upon(at, within, nth, event, fail);
        } else {
            drawing.plan.at(at, fail);
        }
        if drawing.draws.chance(50) {
            drawing.plan.write(at + 1, &server);
        }
        if file != Some(File::Log) && drawing.draws.chance(60) {
            let other = drawing.server();
            drawing.plan.at(at + drawing.draws.between(1, 300), Step::Restart(say::one(&other)));
        }
        let over = at + within + drawing.spell();
        drawing.plan.at(over, Step::Free(say::one(&server)));
        // It may have ended by itself.
        drawing.plan.at(over, Step::Start(say::one(&server)));
    }
}
