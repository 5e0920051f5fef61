//! Quorums take turns: somebody is always away, and when another goes, he comes back and is ended while he catches up. So
//! each election is by another quorum than the last, and what one has seen the next may have to tell from little.

use super::{Drawing, Fault, crashes};
use crate::scenario::{Event, File, Moment, Occurrence, Packet, Step};
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "rotations", says: "quorums that take turns, each with one that has to catch up", draw };

/// What somebody who catches up comes by.
const PACKETS: &[Packet] =
    &[Packet::Diff, Packet::Snap, Packet::NewLeader, Packet::NewLeader, Packet::UpToDate, Packet::Proposal];

const FILES: &[File] = &[File::CurrentEpoch, File::CurrentEpoch, File::Log, File::Snapshot, File::Truncation];

const DECISIONS: &[&str] = &["new-leader", "new-leader-acked", "new-leader-acked", "serving"];

fn draw(drawing: &mut Drawing<'_>) {
    let mut order = drawing.world.voters();
    drawing.draws.shuffle(&mut order);
    // What a quorum of equals can spare.
    let spare = (order.len() - 1) / 2;
    let turns = drawing.strikes.clamp(3, 12);
    let (begin, end) = (drawing.world.begin, drawing.world.end);
    let mut at = drawing.draws.between(begin, begin + (end - begin) / 2);
    let mut away: Vec<String> = Vec::new();
    let mut next = order.into_iter().cycle();
    for _ in 0..turns {
        let back = std::mem::replace(&mut away, next.by_ref().take(spare).collect());
        let gone = crashes::end(drawing, say::some(&away));
        let goes = at + drawing.draws.pick(&[0, 0, 20, 300]);
        drawing.plan.at(goes, gone);
        let within = drawing.draws.between(600, 2_500);
        for server in &back {
            let starts = at + drawing.draws.pick(&[0, 0, 20, 300]);
            drawing.plan.at(starts, Step::Start(say::one(server)));
            let (event, nth) = (catching_up(drawing, server), drawing.draws.pick(&[1, 1, 1, 2]));
            let ends = crashes::end(drawing, say::one(server));
            drawing.plan.upon(at, within, nth, event, ends);
            drawing.plan.at(at + within + drawing.draws.between(1, 400), Step::Start(say::one(server)));
        }
        at += within + drawing.draws.pick(&[1, 50, 400]);
    }
    drawing.plan.at(at, Step::Start(say::some(&away)));
}

/// Something that happens to a server while it catches up.
fn catching_up(drawing: &mut Drawing<'_>, server: &str) -> Event {
    let draws = &mut drawing.draws;
    let moment = if draws.chance(75) { Moment::After } else { Moment::Before };
    match draws.below(3) {
        0 => {
            let packet = draws.pick(PACKETS);
            say::event(moment, server, Occurrence::Got { packet, from: None })
        }
        1 => {
            let file = draws.pick(FILES);
            say::event(moment, server, Occurrence::Wrote { file, number: None })
        }
        _ => {
            let decision = draws.pick(DECISIONS).to_owned();
            say::event(Moment::After, server, Occurrence::Decided(decision))
        }
    }
}
