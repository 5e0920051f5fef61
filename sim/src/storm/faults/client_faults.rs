//! Clients that end, stand still, or lose a server.

use super::{Drawing, Fault};
use crate::scenario::Step;
use crate::storm::{say, users};

pub(super) const FAULT: Fault =
    Fault { name: "client-faults", says: "clients that end, stand still, or lose a server", draw };

fn draw(drawing: &mut Drawing<'_>) {
    for at in drawing.moments() {
        let client = say::one(&drawing.draws.pick(&users::names()));
        let server = say::one(&drawing.server());
        let lasts = drawing.spell();
        let (begins, ends) = match drawing.draws.below(8) {
            0 => (Step::Kill(client.clone()), Step::Start(client)),
            1 => (Step::Restart(client.clone()), Step::Start(client)),
            2 => (Step::Pause(client.clone()), Step::Resume(client)),
            3 => {
                let links = say::towards(client, server, None);
                (Step::Cut(links.clone()), say::heal(links))
            }
            4 => {
                let links = say::towards(server, client, None);
                (Step::Cut(links.clone()), say::heal(links))
            }
            5 => {
                let links = say::between(client, server, None);
                (Step::Cut(links.clone()), say::heal(links))
            }
            6 => {
                let links = say::between(client, server, None);
                (Step::Refuse(links.clone()), say::heal(links))
            }
            _ => {
                let links = say::between(client, server, None);
                (Step::Reset(links.clone()), say::heal(links))
            }
        };
        drawing.plan.at(at, begins);
        drawing.plan.at(at + lasts, ends);
    }
}
