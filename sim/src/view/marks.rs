//! What happened to the servers and their links, as lines of a history beside those of the clients.

use super::faults::fault;
use crate::ensemble::{Action, Effect, Ensemble};
use crate::history::Mark;
use zablab_protocol::{Decision, ServerState};

/// Collects what was done to servers and links, and who led from when to when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// In the order in which they came.
    pub(crate) all: Vec<Mark>,
}

impl Marks {
    fn push(&mut self, time: u64, text: String) {
        self.all.push(Mark { line: 0, place: 0, time, text });
    }

    /// One action was applied at a virtual time.
    pub(crate) fn observe(&mut self, at: u64, action: &Action, effects: &[Effect], ensemble: &Ensemble) {
        match action {
            // What is most frequent is none.
            Action::Deliver { .. } | Action::Timer { .. } | Action::DiskDone { .. } | Action::Run { .. } => {}
            Action::Start(id) if ensemble.client(*id).is_none() => {
                self.push(at, format!("{} is started", ensemble.name(*id)));
            }
            // What a client does or asks for are its own lines.
            Action::Start(_) | Action::Client { .. } => {}
            action => {
                if let Some((who, what)) = fault(ensemble, action) {
                    self.push(at, format!("{who} {what}"));
                }
            }
        }
        for effect in effects {
            let Effect::Decided { node, decision } = effect else { continue };
            let server = ensemble.node(*node);
            match decision {
                Decision::Serving { epoch }
                    if server.status().is_some_and(|status| status.state == ServerState::Leading) =>
                {
                    self.push(at, format!("{} leads epoch {epoch}", server.name));
                }
                Decision::GaveUp { state: ServerState::Leading, .. } => {
                    self.push(at, format!("{} leads no more", server.name));
                }
                _ => {}
            }
        }
    }
}
