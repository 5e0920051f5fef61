//! What a scenario did to servers, links and clients, counted by kind.

use crate::ensemble::{Action, Ensemble, NodeId};
use crate::scenario::Step;

/// The kinds, by the names of their statements.
const NAMES: [&str; 15] = [
    "kill",
    "power-off",
    "pause",
    "cut",
    "refuse",
    "reset",
    "hold",
    "hold-stream",
    "clock",
    "set",
    "client-kill",
    "client-pause",
    "client-cut",
    "client-refuse",
    "client-reset",
];

/// Where the kinds that clients know, too, begin among those of clients, less where they begin among those of servers.
const OF_CLIENTS: [(usize, usize); 5] = [(0, 10), (2, 11), (3, 12), (4, 13), (5, 14)];

/// How often each kind of fault was injected. A cut in both directions counts twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults([u32; NAMES.len()]);

impl Faults {
    /// Every kind with how often it was injected.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u32)> {
        NAMES.into_iter().zip(self.0)
    }

    /// Counts what an action does to the world. What undoes a fault is none.
    pub(super) fn count(&mut self, action: &Action, ensemble: &Ensemble) {
        let client = |id: &NodeId| ensemble.client(*id).is_some();
        let (kind, of_client) = match action {
            Action::Kill(id) => (0, client(id)),
            Action::PowerOff(..) => (1, false),
            Action::Pause(id) => (2, client(id)),
            Action::Cut { from, to, on: true, .. } => (3, client(from) || client(to)),
            Action::Refuse { from, to, on: true, .. } => (4, client(from) || client(to)),
            Action::Reset { a, b, .. } => (5, client(a) || client(b)),
            Action::HoldPart { on: true, .. } => (6, false),
            Action::HoldStream { on: true, .. } => (7, false),
            _ => return,
        };
        let theirs = OF_CLIENTS.iter().find(|(of_server, _)| of_client && *of_server == kind);
        self.0[theirs.map_or(kind, |(_, of_client)| *of_client)] += 1;
    }

    /// Counts a step that is no action: it changes what is drawn from then on.
    pub(super) fn count_step(&mut self, step: &Step) {
        match step {
            Step::Clock { .. } => self.0[8] += 1,
            Step::Set { .. } => self.0[9] += 1,
            _ => {}
        }
    }
}
