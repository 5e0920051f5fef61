//! A server comes back without its data: its disk is replaced by an empty one.
//!
//! ZooKeeper does not promise to live through that: what a quorum has logged, a server that has forgotten it can take away
//! again (ZOOKEEPER-261). It is harmless for those who vote for nothing, and for one voter, always the same, where any two
//! quorums have another server in common.

use super::{Drawing, Fault, crashes};
use crate::scenario::{File, Moment, Occurrence, Step};
use crate::storm::say;

pub(super) const FAULT: Fault =
    Fault { name: "wipes", says: "servers that come back without their data, where that is harmless", draw };

fn draw(drawing: &mut Drawing<'_>) {
    let world = drawing.world;
    let observers = world.servers.iter().filter(|server| server.observer).map(|server| server.name.clone());
    let mut all: Vec<String> = observers.collect();
    if !world.spare.is_empty() {
        let voter = drawing.draws.pick(&world.spare);
        // It is the harder case.
        all.extend([voter.clone(), voter]);
    }
    if all.is_empty() {
        return;
    }
    for at in drawing.moments() {
        let server = drawing.draws.pick(&all);
        let lasts = drawing.spell();
        let back = match drawing.draws.below(4) {
            0 => {
                let within = drawing.draws.between(500, 3_000);
                let file = drawing.draws.pick(&[File::CurrentEpoch, File::Snapshot, File::Log]);
                let occurrence = Occurrence::Wrote { file, number: None };
                let event = say::event(Moment::After, &server, occurrence);
                drawing.plan.upon(at, within, 1, event, Step::Wipe(say::one(&server)));
                at + within
            }
            1 => {
                let end = crashes::end(drawing, say::one(&server));
                drawing.plan.at(at, end);
                drawing.plan.at(at + lasts, Step::Wipe(say::one(&server)));
                at + lasts
            }
            _ => {
                drawing.plan.at(at, Step::Wipe(say::one(&server)));
                at
            }
        };
        let down = drawing.spell();
        drawing.plan.at(back + down, Step::Start(say::one(&server)));
    }
}
