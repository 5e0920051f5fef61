//! What users want, on the agenda of a run.

use super::super::{Item, Observer, Run};
use super::Todo;
use crate::ensemble::{Action, NodeId};
use crate::schedule::Kind;

impl Run {
    /// A client's process has begun, or ended.
    pub(in super::super) fn client_process(
        &mut self,
        id: NodeId,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        let now = self.timed.now();
        if self.timed.ensemble.client(id).is_some_and(|client| client.process.is_some()) {
            let todo = self.users.started(id, now);
            self.do_todo(id, todo, observers)
        } else {
            self.stalled.retain(|(of, _)| *of != id);
            self.late.retain(|(of, ..)| *of != id);
            self.users.ended(id, now);
            Ok(())
        }
    }

    /// A client that stood still goes on, and its user with it.
    pub(in super::super) fn user_goes_on(&mut self, id: NodeId) {
        for (_, item) in self.stalled.extract_if(.., |(of, _)| *of == id).collect::<Vec<_>>() {
            if matches!(item, Item::Ask(_)) {
                self.react(item);
            } else {
                self.plan(self.timed.now(), item);
            }
        }
    }

    /// Puts what a user wants on the agenda.
    pub(in super::super) fn do_todo(
        &mut self,
        id: NodeId,
        todo: Vec<Todo>,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        for event in self.users.take_events() {
            let name = self.timed.ensemble.name(id).to_owned();
            for observer in observers.iter_mut() {
                observer.user(self.timed.now(), &name, &event)?;
            }
        }
        let now = self.timed.now();
        for todo in todo {
            match todo {
                Todo::Ask => self.react(Item::Ask(id)),
                Todo::Wake(job, nanos) => self.plan(now.saturating_add(nanos), Item::Wake(id, job)),
                Todo::NewSession => self.plan(now, Item::NewSession(id)),
                Todo::Turn(job) => {
                    let draws = std::array::from_fn(|_| self.timed.draw(id, Kind::Work));
                    let next = self.users.turn(id, job, draws, now);
                    self.do_todo(id, next, observers)?;
                }
            }
        }
        Ok(())
    }

    /// A user asks for what is next.
    pub(in super::super) fn ask(
        &mut self,
        id: NodeId,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        let machine = self.timed.ensemble.client(id).and_then(|client| client.process.as_ref());
        let Some(cxid) = machine.map(|machine| machine.next_cxid()) else { return Ok(()) };
        let Some(op) = self.users.next_ask(id) else { return Ok(()) };
        self.users.asked(id, cxid, self.timed.now());
        self.act(Action::Ask { client: id, op }, 0, observers)?;
        Ok(())
    }
}
