//! Fewer orders, where they make no difference: in an election alone, without faults, it is enough to look at the steps of one
//! server while nothing that others do can give that server a step that it does not have yet.
//!
//! The steps of a server depend on each other and on nothing else: what others send it comes behind what is on its way
//! already. So a set of steps is persistent (Godefroid) where either
//!
//! - the server has left the election: then it answers each notification to its sender alone and changes nothing else, and one
//!   delivery commutes with whatever comes before it; or
//! - something is on its way to it from every other server that may still send it something: one that is LOOKING, that is. (One
//!   that is not only answers, and above has answered everything.)
//!
//! Every step uses something up, so no step is put off for ever, and what ends is the same (`tests/explore_engine`).

use super::facts::LinkFacts;
use super::model::{Elections, Model};
use super::moves::{Move, View};
use crate::ensemble::NodeId;
use zablab_protocol::Port;

/// Whether the steps of this model may be left out.
pub(super) fn applies(model: &Model) -> bool {
    let bounds = &model.bounds;
    let is_calm = bounds.crashes == 0 && bounds.cuts == 0;
    // A path that is left out may be the shorter one.
    model.grain.elections == Elections::Only && is_calm && bounds.depth == u32::MAX
}

/// Keeps of all steps those of one server, where that is enough; says whether it leaves any out.
pub(super) fn reduce(view: &View<'_>, model: &Model, all: &mut Vec<Move>) -> bool {
    // A pair that is still connecting, or has connections to spare, may bring a server something by another way.
    let dials = |link: &LinkFacts| link.dials.iter().any(|(_, port, _)| *port == Port::Election);
    let plain = view.links.iter().all(|link| !dials(link) && link.conns == 1 && !link.is_hurt);
    if !plain || view.nodes.iter().any(|facts| !facts.runs) {
        return false;
    }
    let before = all.len();
    let of = |step: &Move| match step {
        Move::Own { node, .. } => Some(*node),
        Move::Deliver { pair, nth } => Some(view.links[usize::from(*pair)].heads[usize::from(*nth)].to),
        _ => None,
    };
    let looks = |id: NodeId| view.nodes[id.index()].is_looking();
    let answer = all.iter().copied().find(|step| of(step).is_some_and(|id| !looks(id)));
    if let Some(answer) = answer {
        all.clear();
        all.push(answer);
        return before > 1;
    }
    let hears = |to: NodeId, from: NodeId| {
        let link = &view.links[model.pairs.number(to, from)];
        link.heads.iter().any(|head| head.to == to)
    };
    let closed = |id: &NodeId| {
        let mut others = model.ids().filter(|other| other != id);
        looks(*id) && others.all(|other| !looks(other) || hears(*id, other))
    };
    let steps = |id: &NodeId| all.iter().filter(|step| of(step) == Some(*id)).count();
    if let Some(chosen) = model.ids().filter(closed).filter(|id| steps(id) > 0).min_by_key(steps) {
        all.retain(|step| of(step) == Some(chosen));
    }
    all.len() < before
}
