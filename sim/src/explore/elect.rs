//! Elections at one go: servers that can hear each other exchange what they have to say until nothing more comes of it.
//!
//! Every step is one that could be taken by itself, so whatever is found behind it is real; orders in which something else
//! happens in between, or in which notifications cross differently, are left out.

use super::cursor::Cursor;
use super::facts::NodeFacts;
use super::model::{Model, Servers};
use super::moves::{Move, View};
use crate::check::Violation;
use crate::ensemble::{Act, NodeId};
use zablab_protocol::{Input, Port, Timer};

/// No election takes more steps.
const LONGEST: usize = 20_000;

/// These servers hold an election; `taken` are the steps that it takes. Says whether anybody has decided.
pub(super) fn elect(
    cursor: &mut impl Cursor,
    set: Servers,
    mut taken: impl FnMut(Move),
) -> Result<bool, Violation> {
    let members: Vec<NodeId> = cursor.model().members(set).collect();
    let looking = |view: &View<'_>| members.iter().filter(|id| view.nodes[id.index()].is_looking()).count();
    let before = looking(&cursor.view());
    let mut asked_again = Servers::default();
    for _ in 0..LONGEST {
        let Some(step) = next(&cursor.view(), cursor.model(), set, &mut asked_again) else { break };
        taken(step);
        cursor.take(step)?;
    }
    Ok(looking(&cursor.view()) < before)
}

fn electing(facts: &NodeFacts) -> bool {
    facts.is_looking() || facts.discovers()
}

/// The next step of the election: what is on its way, then what is queued or written, then the timers that end a wait.
fn next(view: &View<'_>, model: &Model, set: Servers, asked_again: &mut Servers) -> Option<Move> {
    for (pair, link) in view.links.iter().enumerate().filter(|(pair, _)| set.has_both(model.ends[*pair])) {
        for (nth, head) in link.heads.iter().enumerate() {
            let facts = &view.nodes[head.to.index()];
            if facts.runs && (head.port == Port::Election || electing(facts)) {
                return Some(Move::Deliver { pair: pair as u16, nth: nth as u16 });
            }
        }
        for (nth, (from, port, to)) in link.dials.iter().enumerate() {
            let reaches = *port == Port::Election || view.nodes[to.index()].takes_learners;
            if reaches && view.nodes[from.index()].runs {
                return Some(Move::Arrive { pair: pair as u16, nth: nth as u16 });
            }
        }
    }
    let members = || model.members(set).filter(|id| electing(&view.nodes[id.index()]));
    let own = |id: NodeId, is: &dyn Fn(&Act) -> bool| {
        let nth = view.nodes[id.index()].acts.iter().position(|(act, _)| is(act))?;
        Some(Move::Own { node: id, nth: nth as u16 })
    };
    let by_itself = |act: &Act| !matches!(act, Act::Input(Input::Timer(_)));
    let timer = |wanted: Timer| move |act: &Act| *act == Act::Input(Input::Timer(wanted));
    let reaches = |id: &NodeId| {
        let leader = view.nodes[id.index()].leader;
        leader.is_some_and(|leader| set.has(leader) && view.nodes[leader.index()].takes_learners)
    };
    members()
        .find_map(|id| own(id, &by_itself))
        .or_else(|| members().find_map(|id| own(id, &timer(Timer::FinalizeWait))))
        .or_else(|| members().filter(reaches).find_map(|id| own(id, &timer(Timer::ConnectRetry))))
        .or_else(|| {
            let again = members().find(|id| !asked_again.has(*id) && view.nodes[id.index()].is_looking())?;
            asked_again.0 |= 1 << again.index();
            own(again, &timer(Timer::Notification))
        })
}
