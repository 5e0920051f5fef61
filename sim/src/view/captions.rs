//! What a run comes to between the steps of its scenario, in a few words each: captions for a file.

use super::words::Names;
use crate::ensemble::{Effect, Ended};
use crate::run::{Observer, StepView};
use std::io;
use zablab_protocol::{Decision, GaveUp, Refused, ServerState, SyncMode};

/// How many are told of one stretch of time.
const TOLD: usize = 2;

/// Something that happened.
#[derive(Clone, Debug)]
struct Event {
    at: u64,
    text: String,
    /// How much it says about where the run goes.
    weight: u8,
}

/// Collects what matters for where a run goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captions(Vec<Event>);

impl Captions {
    /// What mattered most from one instant up to another, in the order in which it came; empty where nothing did.
    pub(crate) fn between(&self, from: u64, until: u64) -> String {
        let mut found: Vec<&Event> =
            self.0.iter().filter(|event| (from..until).contains(&event.at)).collect();
        // Of equals the first: what comes again says nothing new.
        found.sort_by_key(|event| std::cmp::Reverse(event.weight));
        let mut told: Vec<&Event> = Vec::new();
        for event in found {
            if told.len() < TOLD && told.iter().all(|other| other.text != event.text) {
                told.push(event);
            }
        }
        told.sort_by_key(|event| event.at);
        told.iter().map(|event| event.text.as_str()).collect::<Vec<_>>().join("; ")
    }
}

/// How much a decision says; 0: nothing that a caption needs.
fn weight(decision: &Decision, leads: bool) -> u8 {
    match decision {
        Decision::Serving { .. } if leads => 6,
        Decision::GaveUp { why: GaveUp::LostQuorum { .. }, .. } => 6,
        Decision::SyncChosen { mode: SyncMode::Trunc | SyncMode::Snap, .. } => 5,
        Decision::EpochRaised { .. } | Decision::SessionExpiring { .. } | Decision::Standalone { .. } => 5,
        Decision::ClientRefused { why: Refused::HasSeenMore { .. } } => 5,
        Decision::SyncChosen { proposals: 1.., .. } => 4,
        Decision::GaveUp { .. } | Decision::LearnerDropped { .. } | Decision::LeftRole { .. } => 4,
        Decision::SessionReturns { .. } | Decision::SessionClosed { .. } => 3,
        Decision::Elected { state: ServerState::Leading, .. } => 2,
        Decision::Committed { .. } => 1,
        _ => 0,
    }
}

impl Observer for Captions {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        let names = Names(step.ensemble);
        for effect in step.effects {
            let (node, text, weight) = match effect {
                Effect::Decided { node, decision } => {
                    let status = step.ensemble.node(*node).status();
                    let leads = status.is_some_and(|status| status.state == ServerState::Leading);
                    let text = match decision {
                        Decision::Serving { epoch } if leads => Some(format!("leads epoch {epoch}")),
                        Decision::Committed { zxid, .. } => Some(format!("commits {zxid}")),
                        other => names.tell(other),
                    };
                    let Some(text) = text else { continue };
                    (*node, text, weight(decision, leads))
                }
                Effect::Down(node, Ended::Exited(exit)) => (*node, format!("exits: {exit}"), 6),
                _ => continue,
            };
            if weight > 0 {
                let text = format!("{} {text}", step.ensemble.name(node));
                self.0.push(Event { at: step.moment.at, text, weight });
            }
        }
        Ok(())
    }
}
