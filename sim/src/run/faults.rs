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

    /// Counts what an action does to the world.
    pub(super) fn count(&mut self, action: &Action, ensemble: &Ensemble) {
        let client = |id: &NodeId| ensemble.client(*id).is_some();
        let (kind, of_client) = match action {
            Action::Kill(id) => (["kill", "client kill"], client(id)),
            Action::PowerOff(..) => (["power-off"; 2], false),
            Action::Wipe(_) => (["wipe"; 2], false),
            Action::Fill(..) => (["fill disk"; 2], false),
            Action::Fail { file, .. } => return self.add(format!("fail {}", file.unwrap_or("disk"))),
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
            // What undoes a fault, and what servers and clients do by themselves.
            Action::Cut { on: false, .. }
            | Action::Refuse { on: false, .. }
            | Action::HoldPart { on: false, .. }
            | Action::HoldStream { on: false, .. }
            | Action::ReleaseAll
            | Action::Mend(_)
            | Action::Resume(_)
            | Action::Start(_)
            | Action::Boot(_)
            | Action::Arrive { .. }
            | Action::Deliver { .. }
            | Action::Timer { .. }
            | Action::DiskDone { .. }
            | Action::Run { .. }
            | Action::Ask { .. }
            | Action::Client { .. } => return,
        };
        self.add(kind[usize::from(of_client)]);
    }

    /// Counts a step that is no action: it changes how fast things are from then on, for worse or for better.
    pub(super) fn count_step(&mut self, step: &Step) {
        match step {
            Step::Clock { .. } => self.add("clock"),
            Step::Set { key, .. } => self.add(format!("set {key}")),
            // Counted as the actions that they are made of.
            Step::Start(_)
            | Step::Kill(_)
            | Step::PowerOff { .. }
            | Step::Wipe(_)
            | Step::Fill(_)
            | Step::Free(_)
            | Step::Fail { .. }
            | Step::Restart(_)
            | Step::Pause(_)
            | Step::Resume(_)
            | Step::Cut(_)
            | Step::Refuse(_)
            | Step::Reset(_)
            | Step::Heal(_)
            | Step::Hold(_)
            | Step::Release(_) => {}
            // What users ask for is no fault.
            Step::Create { .. }
            | Step::Write { .. }
            | Step::Delete { .. }
            | Step::Read { .. }
            | Step::Client { .. }
            | Step::Close(_)
            | Step::End => {}
            // Another order of the same is none, either.
            Step::Freeze | Step::Thaw | Step::Next(_) => {}
        }
    }
}
