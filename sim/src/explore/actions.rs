//! A step of the search as what it is to the ensemble: actions, in the order in which they happen.

use super::cursor::{Cursor, deliver};
use super::model::Model;
use super::moves::Move;
use super::step::{Composite, write};
use super::world::{Walker, World};
use crate::ensemble::{Act, Action, Arrived, Loss, NodeId, Ports};
use zablab_protocol::Input;

/// The actions of one of [`World::moves`]: applied one after the other to an ensemble whose network gives out handles by pair,
/// in the state of this world, they lead where the step leads. The last of them may be what breaks a property.
pub(crate) fn actions(world: &World, step: Move, model: &Model) -> Vec<Action> {
    let mut walker = Walker::at(world.clone(), model);
    let mut all = Vec::new();
    for fine in world.fine(step, model) {
        of(&walker, fine, model, &mut all);
        if walker.take(fine).is_err() {
            break;
        }
    }
    all
}

/// Those of a step that is no [`Move::Elect`].
fn of(walker: &Walker<'_>, step: Move, model: &Model, all: &mut Vec<Action>) {
    let act_of = |id: NodeId, act: Act| Composite::of(&walker.world.nodes[id.index()], id, act, model).pieces;
    let by_itself = |id: NodeId, act: Act, all: &mut Vec<Action>| {
        all.extend(act_of(id, act).into_iter().filter_map(|piece| action(id, piece.act)));
    };
    // Its first act is part of the action that made it happen.
    let told = |id: NodeId, input: Input, all: &mut Vec<Action>| {
        let pieces = act_of(id, Act::Input(input)).into_iter().skip(1);
        all.extend(pieces.filter_map(|piece| action(id, piece.act)));
    };
    match step {
        Move::Own { node, nth } => {
            let (act, _) = walker.nodes[node.index()].acts[usize::from(nth)].clone();
            by_itself(node, act, all);
        }
        Move::Deliver { pair, nth } => {
            let head = walker.links[usize::from(pair)].heads[usize::from(nth)];
            all.push(Action::Deliver { conn: model.pairs.whole(usize::from(pair), head.conn), to: head.to });
            let mut link = (*walker.world.links[usize::from(pair)]).clone();
            if let Some(input) = deliver(&mut link, pair, head.conn, head.to, model) {
                told(head.to, input, all);
            }
        }
        Move::Arrive { pair, nth } => {
            let (from, port, to) = walker.links[usize::from(pair)].dials[usize::from(nth)];
            all.push(Action::Arrive { from, port, to });
            let mut link = (*walker.world.links[usize::from(pair)]).clone();
            let target = walker.nodes[to.index()].target;
            if link.arrive(from, port, to, target, &mut Vec::new()) == Arrived::Refused {
                told(from, Input::ConnectFailed { port, to: model.sids[to.index()] }, all);
            }
        }
        Move::Kill(id) => by_itself(id, Act::Kill, all),
        Move::PowerOff(id) => by_itself(id, Act::PowerOff(Loss::Unsynced), all),
        Move::Start(id) => by_itself(id, Act::Start, all),
        Move::Write(id) => by_itself(id, write(walker.world.used.writes() + 1), all),
        Move::Cut(pair) | Move::Heal(pair) => {
            let (a, b) = model.ends[usize::from(pair)];
            let on = matches!(step, Move::Cut(_));
            let cut = |from, to| Action::Cut { from, to, ports: Ports::ALL, on };
            all.extend([cut(a, b), cut(b, a)]);
            if on && model.grain.cuts_break {
                all.push(Action::Reset { a, b, ports: Ports::ALL });
            }
        }
        Move::Elect(_) => {}
    }
}

/// What happens to a server by itself, or from outside; what it is told is part of another action.
fn action(node: NodeId, act: Act) -> Option<Action> {
    Some(match act {
        Act::Start => Action::Start(node),
        Act::Boot => Action::Boot(node),
        Act::Kill => Action::Kill(node),
        Act::PowerOff(loss) => Action::PowerOff(node, loss),
        Act::Request(origin, op) => Action::Client { node, origin, op },
        Act::Input(Input::Timer(timer)) => Action::Timer { node, timer },
        Act::Input(Input::DiskDone(writer)) => Action::DiskDone { node, writer },
        Act::Input(Input::Run(task)) => Action::Run { node, task },
        Act::Input(_) => return None,
    })
}
