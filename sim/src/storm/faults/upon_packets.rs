//! Something befalls a server, or another one, when a packet has arrived, a task has made a step, or it has decided
//! something.

use super::{Drawing, Fault, crashes};
use crate::scenario::{Moment, Occurrence, Packet, Step, Task};
use crate::storm::say;

pub(super) const FAULT: Fault = Fault {
    name: "upon-packets",
    says: "a server that ends, stalls or is cut off in the middle of something",
    draw,
};

const PACKETS: &[Packet] = &[
    Packet::Notification,
    Packet::FollowerInfo,
    Packet::LeaderInfo,
    Packet::AckEpoch,
    Packet::Diff,
    Packet::Trunc,
    Packet::Snap,
    Packet::NewLeader,
    Packet::UpToDate,
    Packet::Proposal,
    Packet::Commit,
    Packet::Ack,
    Packet::Inform,
    Packet::Request,
    Packet::Revalidate,
    Packet::Sync,
];

const TASKS: &[Task] = &[Task::PacketLoop, Task::LogWriter, Task::CommitApplier, Task::Handlers];

const DECISIONS: &[&str] = &[
    "quorum-agrees",
    "elected",
    "reached-leader",
    "epoch-chosen",
    "epoch-established",
    "sync-chosen",
    "snapshot-sent",
    "new-leader",
    "new-leader-acked",
    "serving",
    "proposed",
    "committed",
    "left-role",
];

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let (server, other) = drawing.pair();
        let draws = &mut drawing.draws;
        let (occurrence, often) = match draws.below(10) {
            0..5 => {
                let packet = draws.pick(PACKETS);
                (Occurrence::Got { packet, from: None }, 3)
            }
            5..7 => (Occurrence::Ran(draws.pick(TASKS)), 30),
            _ => (Occurrence::Decided(draws.pick(DECISIONS).to_owned()), 2),
        };
        // A learner that lives on tells more of a synchronization that breaks off behind its first packet than one that ends.
        let breaks_off = begins_sync(&occurrence) && draws.chance(50);
        let decided = matches!(occurrence, Occurrence::Decided(_));
        let after = decided || breaks_off || draws.chance(60);
        let event = say::event(if after { Moment::After } else { Moment::Before }, &server, occurrence);
        let (often, longest) = if breaks_off { (1, 20_000) } else { (often, 4_000) };
        let nth = draws.between(1, often);
        let within = draws.between(500, longest);
        // Much of this only happens where there is an election.
        if draws.chance(50) {
            let who = draws.pick(&[&server, &other]).clone();
            drawing.plan.at(at, Step::Restart(say::one(&who)));
        }
        let hit = if breaks_off || drawing.draws.chance(75) { server } else { other };
        let lasts = drawing.spell();
        let over = at + within + lasts;
        let (begins, ends) = match if breaks_off { 7 } else { drawing.draws.below(8) } {
            0..4 => (crashes::end(drawing, say::one(&hit)), Step::Start(say::one(&hit))),
            4 => (Step::Restart(say::one(&hit)), Step::Start(say::one(&hit))),
            5 => (Step::Pause(say::one(&hit)), Step::Resume(say::one(&hit))),
            6 => {
                let links = say::between(say::one(&hit), say::some(&drawing.others(&hit)), None);
                (Step::Cut(links.clone()), say::heal(links))
            }
            _ => {
                let links = say::between(say::one(&hit), say::some(&drawing.others(&hit)), None);
                (Step::Reset(links.clone()), say::heal(links))
            }
        };
        drawing.plan.upon(at, within, nth, event, begins);
        drawing.plan.at(over, ends);
    }
}

fn begins_sync(occurrence: &Occurrence) -> bool {
    matches!(occurrence, Occurrence::Got { packet: Packet::Diff | Packet::Trunc | Packet::Snap, .. })
}
