//! What a scenario did to servers, links and clients, counted by kind.

use crate::ensemble::{Action, Ensemble, NodeId};
use crate::scenario::Step;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How often each kind of fault was injected, by the names of their statements; those that befell a client have
/// `client` before it. A cut in both directions counts twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<Cow<'static, str>, u32>);

impl Faults {
    /// Every kind that there was, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(kind, times)| (&**kind, *times))
    }

    fn add(&mut self, kind: impl Into<Cow<'static, str>>) {
        *self.0.entry(kind.into()).or_default() += 1;
    }

    /// Counts what an action does to the world. What undoes a fault is none.
    pub(super) fn count(&mut self, action: &Action, ensemble: &Ensemble) {
        let client = |id: &NodeId| ensemble.client(*id).is_some();
        let (kind, of_client) = match action {
            Action::Kill(id) => (["kill", "client kill"], client(id)),
            Action::PowerOff(..) => (["power-off"; 2], false),
            Action::Pause(id) => (["pause", "client pause"], client(id)),
            Action::Cut { from, to, on: true, .. } => (["cut", "client cut"], client(from) || client(to)),
            Action::Refuse { from, to, on: true, .. } => {
                (["refuse", "client refuse"], client(from) || client(to))
            }
            Action::Reset { a, b, .. } => (["reset", "client reset"], client(a) || client(b)),
            Action::HoldPart { part, on: true, .. } => return self.add(format!("hold {part}")),
            Action::HoldStream { hold, on: true } => {
                return self.add(hold.packet.map_or("hold link".into(), |packet| format!("hold {packet}")));
            }
            _ => return,
        };
        self.add(kind[usize::from(of_client)]);
    }

    /// Counts a step that is no action: it changes how fast things are from then on, for worse or for better.
    pub(super) fn count_step(&mut self, step: &Step) {
        match step {
            Step::Clock { .. } => self.add("clock"),
            Step::Set { key, .. } => self.add(format!("set {key}")),
            _ => {}
        }
    }
}
