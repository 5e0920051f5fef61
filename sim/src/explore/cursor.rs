//! A state under way: how each step is taken, whatever keeps the state.

use super::elect::elect;
use super::model::{Model, Used};
use super::moves::{Move, View};
use super::step::write;
use crate::check::Violation;
use crate::ensemble::{Act, Arrived, Loss, Network, NodeId};
use zablab_protocol::{ConnId, Input};

/// A state in which one step after the other is taken.
pub(super) trait Cursor {
    /// What is explored.
    fn model(&self) -> &Model;
    /// What the state looks like.
    fn view(&self) -> View<'_>;
    /// What of the bounds is used up now.
    fn set_used(&mut self, used: Used);
    /// The n-th of a server's own acts happens.
    fn own(&mut self, node: NodeId, nth: u16) -> Result<(), Violation>;
    /// The next segment of the n-th of a pair's streams arrives.
    fn deliver(&mut self, pair: u16, nth: u16) -> Result<(), Violation>;
    /// An act happens to a server, with what follows from it.
    fn act(&mut self, id: NodeId, act: Act) -> Result<(), Violation>;
    /// The connections of a pair change.
    fn change<T>(&mut self, pair: u16, change: impl FnOnce(&mut Network) -> T) -> T;

    /// Takes a step that is none of [`Move::Elect`]; nothing of the bounds is used up.
    fn take(&mut self, step: Move) -> Result<(), Violation> {
        match step {
            Move::Own { node, nth } => self.own(node, nth),
            Move::Deliver { pair, nth } => self.deliver(pair, nth),
            Move::Arrive { pair, nth } => {
                let view = self.view();
                let (from, port, to) = view.links[usize::from(pair)].dials[usize::from(nth)];
                let target = view.nodes[to.index()].target;
                match self.change(pair, |link| link.arrive(from, port, to, target, &mut Vec::new())) {
                    Arrived::Refused => {
                        let to = self.model().sids[to.index()];
                        self.act(from, Act::Input(Input::ConnectFailed { port, to }))
                    }
                    Arrived::Accepted | Arrived::Unanswered => Ok(()),
                }
            }
            Move::Kill(id) => self.act(id, Act::Kill),
            Move::PowerOff(id) => self.act(id, Act::PowerOff(Loss::Unsynced)),
            Move::Start(id) => self.act(id, Act::Start),
            Move::Write(id) => {
                let nth = self.view().used.writes() + 1;
                self.act(id, write(nth))
            }
            Move::Cut(pair) | Move::Heal(pair) => {
                let ((a, b), breaks) = (self.model().ends[usize::from(pair)], self.model().grain.cuts_break);
                self.change(pair, |link| link.part(a, b, matches!(step, Move::Cut(_)), breaks));
                Ok(())
            }
            Move::Elect(_) => Ok(()),
        }
    }

    /// Takes a step, and counts it; says whether it leads anywhere. `fine` are the steps of which it consists.
    fn go(&mut self, step: Move, mut fine: impl FnMut(Move)) -> Result<bool, Violation>
    where
        Self: Sized,
    {
        if let Move::Elect(set) = step {
            return elect(self, set, fine);
        }
        fine(step);
        let mut used = self.view().used;
        match step {
            Move::Own { node, nth } if self.view().is_notification(node, nth) => used.timeout(node),
            Move::Kill(_) | Move::PowerOff(_) => used.crash(),
            Move::Write(_) => used.write(),
            Move::Cut(_) => used.cut(),
            _ => {}
        }
        self.take(step)?;
        self.set_used(used);
        Ok(true)
    }
}

/// What comes next on a stream of a pair is taken; what its receiver is told, with handles of the whole network.
pub(super) fn deliver(
    link: &mut Network,
    pair: u16,
    conn: ConnId,
    to: NodeId,
    model: &Model,
) -> Option<Input> {
    let (_, from) = link.other_end(conn, to)?;
    let input = link.deliver(conn, to, model.sids[from.index()], &mut Vec::new())?;
    let whole = model.pairs.whole(usize::from(pair), conn);
    Some(match input {
        Input::Received { packet, .. } => Input::Received { conn: whole, packet },
        Input::Closed { .. } => Input::Closed { conn: whole },
        Input::Accepted { port, .. } => Input::Accepted { conn: whole, port },
        Input::Connected { port, to, .. } => Input::Connected { port, to, conn: whole },
        other => other,
    })
}
