//! One server's step, with what follows from it at once, and what the monitors make of it.

use super::model::Model;
use crate::check::{Checks, Seen, Violation};
use crate::ensemble::{Act, Action, Deed, Effect, Ensemble, Network, Node, NodeId, Wish};
use crate::schedule::Moment;
use zablab_protocol::{ConnId, CreateMode, Decision, Input, Op, Origin, SessionId};

/// More acts than this never follow from one.
const ENDLESS: usize = 10_000;

/// One act, and the server after it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) act: Act,
    pub(super) node: Node,
    deeds: Vec<Deed>,
    /// How many wishes came before its own.
    wished: usize,
}

/// An act with those that follow from it within the same step.
#[derive(Clone, Debug)]
pub(super) struct Composite {
    pub(super) pieces: Vec<Piece>,
    pub(super) wishes: Vec<(NodeId, Wish)>,
}

impl Composite {
    /// An act happens to a server.
    pub(super) fn of(node: &Node, id: NodeId, act: Act, model: &Model) -> Composite {
        let mut composite = Composite { pieces: Vec::new(), wishes: Vec::new() };
        let mut node = node.clone();
        let mut next = Some(act);
        while let Some(act) = next.filter(|_| composite.pieces.len() < ENDLESS) {
            let step = node.act(id, &act, model.now, &model.sids);
            next = node.own_acts().into_iter().find(|act| follows(act, model));
            let wished = composite.wishes.len();
            composite.wishes.extend(step.wishes);
            composite.pieces.push(Piece { act, node: node.clone(), deeds: step.deeds, wished });
        }
        composite
    }

    /// The server after all of it.
    pub(super) fn node(self) -> Node {
        self.pieces.into_iter().next_back().map(|piece| piece.node).unwrap_or_else(|| unreachable!("a composite has its first act"))
    }

    /// Whether monitors could see anything of it.
    pub(super) fn shows(&self) -> bool {
        self.pieces.iter().any(|piece| {
            !piece.deeds.is_empty() || matches!(piece.act, Act::PowerOff(_))
        })
    }

    /// Whether a monitor could ask for the connections after it.
    pub(super) fn asks_network(&self) -> bool {
        let applies = |deed: &Deed| {
            matches!(deed, Deed::Done(Effect::Decided { decision: Decision::Applied { .. }, .. }))
        };
        self.pieces.iter().any(|piece| piece.deeds.iter().any(applies))
    }

    /// The monitors watch it. `nodes` are all servers before it, `failed` says which wishes to send were not granted, `net`
    /// are all connections after it.
    pub(super) fn watch(
        &self,
        id: NodeId,
        checks: &mut Checks,
        nodes: Vec<Node>,
        failed: impl Fn(usize) -> bool,
        net: Network,
    ) -> Result<(), Violation> {
        let mut ensemble = Ensemble::of(nodes, net);
        let mut found = Vec::new();
        for piece in &self.pieces {
            ensemble.nodes[id.index()] = piece.node.clone();
            let action = match piece.act {
                Act::PowerOff(loss) => Action::PowerOff(id, loss),
                _ => Action::ReleaseAll,
            };
            let effects: Vec<Effect> = piece.deeds.iter().filter_map(|deed| match deed {
                Deed::Done(effect) => Some(effect.clone()),
                Deed::Sent(nth, _) if failed(piece.wished + nth) => None,
                Deed::Sent(nth, packet) => {
                    let to = self.wishes[piece.wished + nth].0;
                    let (conn, packet) = (ConnId(0), Some(packet.clone()));
                    Some(Effect::Sent { conn, from: id, to, index: 0, packet, digest: 0 })
                }
            }).collect();
            let seen = Seen { moment: Moment::default(), action: &action, effects: &effects, ensemble: &ensemble };
            checks.observe(&seen, &mut found);
            if !found.is_empty() {
                return Err(found.swap_remove(0));
            }
        }
        Ok(())
    }
}

/// Whether an act follows within the step that enabled it.
fn follows(act: &Act, model: &Model) -> bool {
    match act {
        Act::Boot => model.grain.plain_crashes,
        Act::Input(Input::Run(task)) => model.grain.is_prompt(*task),
        Act::Input(Input::DiskDone(writer)) => model.grain.is_prompt_write(*writer),
        _ => false,
    }
}

/// The n-th write that the explored world sees, from 1.
pub(super) fn write(nth: u8) -> Act {
    let origin = Origin { session: SessionId(1), cxid: i32::from(nth) };
    let path = format!("/w{nth}").as_str().into();
    Act::Request(origin, Op::Create { path, data: "".into(), mode: CreateMode::default() })
}
