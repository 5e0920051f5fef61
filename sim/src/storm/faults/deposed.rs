//! A leader is cut off with proposals that nobody else has, and returns when others have elected another one.
//!
//! Where nothing has been committed since, the leader tells it to cut its tail off (TRUNC); elsewhere the histories differ
//! by an epoch, and it gets a snapshot. So clients stand still in most of these.

use super::{Drawing, Fault, crashes};
use crate::scenario::{File, Moment, Occurrence, Packet, Step};
use crate::storm::{say, users};

pub(super) const FAULT: Fault =
    Fault { name: "deposed", says: "a leader that is cut off with a tail of its own, and returns", draw };

/// A proposal is made within so many milliseconds of the strike.
const SOON: u64 = 300;

fn draw(drawing: &mut Drawing<'_>) {
    drawing.strikes = drawing.strikes.div_ceil(2);
    for at in drawing.moments() {
        let voters = drawing.world.voters();
        let sync = drawing.world.settings.sync_time().0;
        let nth = drawing.draws.between(1, 2);
        let over = at + SOON + sync + drawing.draws.between(100, 1_500);
        for leader in &voters {
            let links = say::between(say::one(leader), say::some(&drawing.others(leader)), None);
            let event = say::event(Moment::After, leader, Occurrence::Decided("proposed".to_owned()));
            drawing.plan.upon(at, SOON, nth, event, Step::Cut(links.clone()));
            drawing.plan.at(over, say::heal(links));
        }
        if drawing.draws.chance(25) {
            in_the_cut(drawing, &voters, over);
        }
        for wait in [1, 30, 60] {
            let server = drawing.draws.pick(&voters);
            drawing.plan.create(at + wait, &server, 1);
        }
        // Whoever still leads takes these in.
        let late = at + drawing.draws.between(100, SOON);
        for server in &voters {
            drawing.plan.write(late, server);
        }
        if drawing.draws.chance(70) {
            drawing.plan.at(late, Step::Pause(users::all()));
            drawing.plan.at(over + drawing.draws.between(200, 1_000), Step::Resume(users::all()));
        } else {
            let writer = drawing.draws.pick(&voters);
            drawing.plan.write(over.saturating_sub(100), &writer);
        }
        if drawing.draws.chance(30) {
            let server = say::one(&drawing.draws.pick(&voters));
            let end = crashes::end(drawing, server.clone());
            drawing.plan.at(over.saturating_sub(drawing.draws.between(10, 800)), end);
            drawing.plan.at(over + drawing.draws.between(0, 1_000), Step::Start(server));
        }
    }
}

/// Whoever returns is hit while its log is being cut.
fn in_the_cut(drawing: &mut Drawing<'_>, voters: &[String], over: u64) {
    let within = drawing.draws.between(1_000, 3_000);
    let packet = drawing.draws.pick(&[Packet::Trunc, Packet::Trunc, Packet::NewLeader]);
    let how = drawing.draws.below(5);
    let lasts = drawing.spell();
    for server in voters {
        let event = say::event(Moment::After, server, Occurrence::Got { packet, from: None });
        let hit = say::one(server);
        let (begins, ends) = match how {
            0 => {
                let fail = Step::Fail { servers: hit.clone(), file: Some(File::Truncation) };
                drawing.plan.at(over + within + lasts, Step::Free(hit.clone()));
                (fail, Step::Start(hit))
            }
            1..3 => (Step::Pause(hit.clone()), Step::Resume(hit)),
            _ => (crashes::end(drawing, hit.clone()), Step::Start(hit)),
        };
        drawing.plan.upon(over, within, 1, event, begins);
        drawing.plan.at(over + within + lasts, ends);
    }
}
