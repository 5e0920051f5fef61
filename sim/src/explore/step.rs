//! One server's step, with what follows from it at once, and what the monitors make of it.

use super::model::Model;
use crate::check::{self, Checks, Seen, Violation};
use crate::ensemble::{Act, Action, Deed, Effect, Ensemble, Loss, Node, NodeId, Wish};
use crate::schedule::Moment;
use std::sync::Arc;
use zablab_protocol::{ConnId, CreateMode, Decision, DiskOp, Input, Op, Origin, SessionId};

/// More acts than this never follow from one.
const ENDLESS: usize = 10_000;

/// One act, and the server after it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) act: Act,
    pub(super) node: Arc<Node>,
    deeds: Vec<Deed>,
    /// How many wishes came before its own.
    wished: usize,
}

/// An act with those that follow from it within the same step.
#[derive(Clone, Debug)]
pub(super) struct Composite {
    id: NodeId,
    pub(super) pieces: Vec<Piece>,
    pub(super) wishes: Vec<(NodeId, Wish)>,
}

impl Composite {
    /// An act happens to a server.
    pub(super) fn of(node: &Node, id: NodeId, act: Act, model: &Model) -> Composite {
        let mut composite = Composite { id, pieces: Vec::new(), wishes: Vec::new() };
        let mut node = node.clone();
        let mut next = Some(act);
        while let Some(act) = next.filter(|_| composite.pieces.len() < ENDLESS) {
            let step = node.act(id, &act, model.now, &model.sids);
            next = node.own_acts().into_iter().find(|act| follows(act, model));
            let wished = composite.wishes.len();
            composite.wishes.extend(step.wishes);
            composite.pieces.push(Piece { act, node: Arc::new(node.clone()), deeds: step.deeds, wished });
        }
        composite
    }

    /// The server after all of it; `None` if nothing happened.
    pub(super) fn node(&self) -> Option<&Arc<Node>> {
        self.pieces.last().map(|piece| &piece.node)
    }

    /// What monitors could see of it.
    pub(super) fn sights(&self) -> Vec<Sight> {
        let mut all = Vec::new();
        for piece in &self.pieces {
            let deeds = piece.deeds.iter().filter_map(|deed| match deed {
                Deed::Done(effect) => check::heeds(effect).then(|| Shown::Done(effect.clone())),
                Deed::Sent(nth, packet) => {
                    let nth = piece.wished + nth;
                    let (to, packet) = (self.wishes[nth].0, Some(packet.clone()));
                    let (conn, from) = (ConnId(0), self.id);
                    let effect = Effect::Sent { conn, from, to, index: 0, packet, digest: 0 };
                    check::heeds(&effect).then_some(Shown::Sent(nth, effect))
                }
            });
            let deeds: Vec<Shown> = deeds.collect();
            let loss = match piece.act {
                Act::PowerOff(loss) => Some(loss),
                _ => None,
            };
            if !deeds.is_empty() || loss.is_some() {
                all.push(Sight { id: self.id, loss, node: piece.node.clone(), deeds });
            }
        }
        all
    }
}

/// One act, as monitors see it.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    id: NodeId,
    /// The power failed, and took this.
    loss: Option<Loss>,
    /// The server after it.
    node: Arc<Node>,
    deeds: Vec<Shown>,
}

#[derive(Clone, Debug)]
enum Shown {
    Done(Effect),
    /// If that wish of the step was granted.
    Sent(usize, Effect),
}

impl Sight {
    /// Equal states of the server are kept once.
    pub(super) fn share(&mut self, once: impl FnOnce(Arc<Node>) -> Arc<Node>) {
        self.node = once(self.node.clone());
    }

    /// Whether a monitor could ask for the disks of other servers: what is committed, and what is taken from a disk.
    pub(super) fn asks_disks(&self) -> bool {
        let asks = |deed: &Shown| {
            let Shown::Done(effect) = deed else { return false };
            matches!(
                effect,
                Effect::Decided { decision: Decision::Committed { .. }, .. }
                    | Effect::DiskWrote { op: DiskOp::Truncate { .. }, .. }
                    | Effect::DiskLost { .. }
            )
        };
        self.loss.is_some() || self.deeds.iter().any(asks)
    }

    /// Whether a monitor could ask for the connections after it.
    pub(super) fn asks_network(&self) -> bool {
        let applies = |deed: &Shown| {
            matches!(deed, Shown::Done(Effect::Decided { decision: Decision::Applied { .. }, .. }))
        };
        self.deeds.iter().any(applies)
    }

    /// The monitors watch it. The ensemble is as it was before, but for its connections; `failed` says which wishes to send
    /// were not granted.
    pub(super) fn watch(
        &self,
        checks: &mut Checks,
        ensemble: &mut Ensemble,
        failed: impl Fn(usize) -> bool,
    ) -> Result<(), Violation> {
        ensemble.nodes[self.id.index()] = (*self.node).clone();
        let action = self.loss.map_or(Action::ReleaseAll, |loss| Action::PowerOff(self.id, loss));
        let granted = self.deeds.iter().filter_map(|deed| match deed {
            Shown::Done(effect) => Some(effect),
            Shown::Sent(nth, effect) => (!failed(*nth)).then_some(effect),
        });
        let effects: Vec<Effect> = granted.cloned().collect();
        let seen = Seen { moment: Moment::default(), action: &action, effects: &effects, ensemble };
        let mut found = Vec::new();
        checks.observe(&seen, &mut found);
        if found.is_empty() { Ok(()) } else { Err(found.swap_remove(0)) }
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
