//! A world that is frozen: what a scenario orders there, and what users do meanwhile.

use super::{Item, Observer, Run, happening};
use crate::ensemble::NodeId;
use crate::scenario::{Happening, Step};

impl Run {
    /// Exactly one thing happens, if it can.
    pub(super) fn do_next(
        &mut self,
        line: u32,
        step: &Step,
        happening: &Happening,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        let action = match happening::resolve(&self.timed.ensemble, happening) {
            Ok(action) => action,
            Err(instead) => {
                self.not_met(line, step.to_string(), instead);
                return Ok(());
            }
        };
        let cause = self.timed.take(&action);
        if !self.act(action, cause, observers)? {
            self.not_met(line, step.to_string(), "a step that was to come before it prevents it".to_owned());
        }
        Ok(())
    }

    /// Everything happens by itself again.
    pub(super) fn thaw(&mut self) {
        self.timed.thaw();
        for item in std::mem::take(&mut self.overdue) {
            self.plan(self.timed.now(), item);
        }
    }

    /// Whether something on the agenda has to wait until the world is frozen no more: what users do by themselves.
    pub(super) fn puts_aside(&mut self, item: Item) -> bool {
        let waits = self.timed.is_frozen()
            && match item {
                Item::Local(_) | Item::Answer(_) | Item::Ask(_) | Item::Wake(..) | Item::NewSession(_) => {
                    true
                }
                Item::Step(_) | Item::Watch(_) | Item::Decide(_) | Item::End => false,
            };
        if waits {
            self.overdue.push(item);
        }
        waits
    }

    /// A user does something at once.
    pub(super) fn react(&mut self, item: Item) {
        if self.timed.is_frozen() {
            self.reactions.push_back(item);
        } else {
            self.plan(self.timed.now(), item);
        }
    }

    /// A request to a server, or an answer from it, without a connection. In a frozen world it is there at once: a scenario
    /// has no line that could say when.
    pub(super) fn travels(&mut self, node: NodeId, item: Item) {
        if self.timed.is_frozen() {
            self.react(item);
        } else {
            let at = self.timed.now() + self.timed.client_latency(node);
            self.plan(at, item);
        }
    }
}
