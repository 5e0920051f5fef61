//! What happened to the servers and their links, as lines of a history beside those of the clients.

use super::words::Names;
use crate::ensemble::{Action, Effect};
use crate::history::Mark;
use crate::run::{Observer, StepView};
use std::io;
use zablab_protocol::{Decision, ServerState};

/// Collects what was done to servers and links, and who led from when to when.
#[derive(Debug, Default)]
pub struct Marks {
    /// In the order in which they came.
    pub all: Vec<Mark>,
}

impl Marks {
    fn push(&mut self, time: u64, text: String) {
        self.all.push(Mark { line: 0, place: 0, time, text });
    }
}

impl Observer for Marks {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let at = step.moment.at;
        match step.action {
            Action::Start(id) if step.ensemble.client(*id).is_none() => {
                self.push(at, format!("{} is started", step.ensemble.name(*id)));
            }
            // What a client does or asks for are its own lines.
            Action::Start(_) | Action::Client { .. } => {}
            action => {
                if let Some((who, what)) = Names(step.ensemble).fault(action) {
                    self.push(at, format!("{who} {what}"));
                }
            }
        }
        for effect in step.effects {
            let Effect::Decided { node, decision } = effect else { continue };
            let server = step.ensemble.node(*node);
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
        Ok(())
    }
}
