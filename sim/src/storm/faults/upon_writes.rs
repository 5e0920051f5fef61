//! A server ends right before or after one of its durable writes: between any two steps of their order (protocol
//! reference §2.3).

use super::{Drawing, Fault, crashes};
use crate::scenario::{File, Moment, Occurrence, Step};
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "upon-writes", says: "a server that ends between two of its durable writes", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let server = drawing.server();
        let file = drawing.draws.pick(&[
            File::AcceptedEpoch,
            File::CurrentEpoch,
            File::CurrentEpoch,
            File::Snapshot,
            File::Log,
            File::Log,
            File::Truncation,
        ]);
        let nth = if file == File::Log { drawing.draws.between(1, 8) } else { drawing.draws.between(1, 2) };
        let moment = drawing.draws.pick(&[Moment::Before, Moment::After]);
        let within = drawing.draws.between(500, 5_000);
        let event = say::event(moment, &server, Occurrence::Wrote { file, number: None });
        let end = crashes::end(drawing, say::one(&server));
        drawing.plan.upon(at, within, nth, event, end);
        // Epochs are written where there is an election.
        if file != File::Log && drawing.draws.chance(60) {
            let other = drawing.server();
            drawing.plan.at(at, Step::Restart(say::one(&other)));
        }
        let lasts = drawing.spell();
        drawing.plan.at(at + within + lasts, Step::Start(say::one(&server)));
    }
}
