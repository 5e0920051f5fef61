//! A world that is frozen: time passes, and nothing happens but what is taken out of its turn.

use super::{Due, Timed};
use crate::ensemble::{Action, WRITERS};
use std::cmp::Reverse;

impl Due {
    /// Whether the entry stands for an action; `slot`: of its timer, if it is one.
    fn is(&self, action: &Action, slot: usize) -> bool {
        match (*self, action) {
            (Due::Boot { node, .. }, Action::Boot(of)) => node == *of,
            (Due::Deliver { conn, to, .. }, Action::Deliver { conn: of, to: end }) => {
                (conn, to) == (*of, *end)
            }
            (Due::Timer { node, slot: at, .. }, Action::Timer { node: of, .. }) => {
                node == *of && at as usize == slot
            }
            (Due::Disk { node, writer, .. }, Action::DiskDone { node: of, writer: other }) => {
                node == *of && WRITERS[usize::from(writer)] == *other
            }
            (Due::Task { node, task, .. }, Action::Run { node: of, task: other }) => {
                (node, task) == (*of, *other)
            }
            (Due::Syn { from, port, to, .. }, Action::Arrive { from: of, port: on, to: whom }) => {
                (from, port, to) == (*of, *on, *whom)
            }
            _ => false,
        }
    }
}

impl Timed {
    /// From now on nothing happens by itself.
    pub fn freeze(&mut self) {
        self.frozen = true;
    }

    /// Whether nothing happens by itself.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Everything happens by itself again; what is overdue now, in the order in which it was due.
    pub fn thaw(&mut self) {
        self.frozen = false;
        self.thawed = Some(self.now);
    }

    /// Takes an action that is enabled out of its turn, to be performed now. Gives the step that caused it.
    pub fn take(&mut self, action: &Action) -> u64 {
        self.settle();
        let slot = match action {
            Action::Timer { node, timer } => self.ensemble.slot(*node, *timer),
            _ => 0,
        };
        self.heap.retain(|Reverse((_, _, due))| !due.is(action, slot));
        let cause = match *action {
            Action::Boot(node) => self.nodes[node.index()].boot.map(|(_, cause)| cause),
            Action::Deliver { conn, to } => {
                let ends = self.conns.get_mut(conn.0 as usize).into_iter().flat_map(|times| &mut times.ends);
                for (_, _, queued) in ends.filter(|(node, _, _)| *node == to) {
                    *queued = false;
                }
                self.ensemble.net.head(conn, to).map(|(_, ticket)| ticket.cause)
            }
            Action::Timer { node, .. } => self.nodes[node.index()].timers.get_mut(slot).map(|due| {
                due.queued = None;
                due.cause
            }),
            Action::DiskDone { node, writer } => {
                let disks = WRITERS.into_iter().zip(&mut self.nodes[node.index()].disk);
                let mut of_writer =
                    disks.filter(|(other, _)| *other == writer).filter_map(|(_, due)| due.as_mut());
                of_writer.next().map(|due| {
                    due.queued = false;
                    due.cause
                })
            }
            Action::Run { node, task } => {
                let is = |(ready, other, _): &(_, _, u64)| (*ready, *other) == (node, task);
                let woken = self.ready.iter().find(|ready| is(ready)).map(|(_, _, cause)| *cause);
                self.ready.retain(|ready| !is(ready));
                self.nodes[node.index()].delayed.remove(&task).or(woken)
            }
            Action::Arrive { from, port, to } => {
                self.nodes[from.index()].dials.get_mut(&(port, to)).map(|due| {
                    due.queued = false;
                    due.cause
                })
            }
            _ => None,
        };
        cause.unwrap_or(0)
    }
}
