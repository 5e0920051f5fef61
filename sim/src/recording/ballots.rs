//! Elections vote by vote: what a server heard, what it made of it, and which votes it held then.

use super::{HeldVote, Instant, LeftOut, keep, state};
use crate::ensemble::{Effect, NodeId};
use crate::run::StepView;
use crate::view::decision_words;
use serde::Serialize;
use std::collections::BTreeMap;
use zablab_protocol::Decision;

/// A turn of a server's election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ballot {
    /// Who.
    pub lane: usize,
    /// When.
    pub when: Instant,
    /// In which round.
    pub round: u64,
    /// What it decided and why, in words.
    pub what: String,
    /// Whom it votes for then; `None` for nobody.
    pub vote: Option<String>,
    /// The votes that it holds then, in ascending order of sid.
    pub held: Vec<HeldVote>,
    /// Its election begins with it.
    pub begins: bool,
    /// Its election ends with it.
    pub ends: bool,
}

/// Follows elections.
#[derive(Clone, Debug, Default)]
pub(super) struct Ballots {
    pub(super) all: Vec<Ballot>,
    /// What each server held last.
    held: BTreeMap<NodeId, Vec<HeldVote>>,
}

fn is_of_election(decision: &Decision) -> bool {
    matches!(
        decision,
        Decision::NewElection { .. }
            | Decision::RoundRaised { .. }
            | Decision::AdoptedVote { .. }
            | Decision::KeptVote { .. }
            | Decision::IgnoredNotification { .. }
            | Decision::QuorumAgrees { .. }
            | Decision::Reconsidered { .. }
            | Decision::Elected { .. }
    )
}

impl Ballots {
    pub(super) fn step(&mut self, step: &StepView<'_>, told: bool, limit: usize, left_out: &mut LeftOut) {
        let mut found: BTreeMap<NodeId, (Vec<String>, bool, bool)> = BTreeMap::new();
        for effect in step.effects {
            let Effect::Decided { node, decision } = effect else { continue };
            if !is_of_election(decision) {
                continue;
            }
            let turn = found.entry(*node).or_default();
            turn.0.extend(decision_words(step.ensemble, *node, decision));
            turn.1 |= matches!(decision, Decision::NewElection { .. });
            turn.2 |= matches!(decision, Decision::Elected { .. });
        }
        for (node, (what, begins, ends)) in found {
            let Some(status) = step.ensemble.node(node).status() else { continue };
            let held = if ends {
                self.held.remove(&node).unwrap_or_default()
            } else {
                let held = state::votes(step.ensemble, node);
                self.held.insert(node, held.clone());
                held
            };
            if !told || (what.is_empty() && !begins && !ends) {
                continue;
            }
            keep(&mut self.all, limit, &mut left_out.ballots, || Ballot {
                lane: node.index(),
                when: Instant::of(step),
                round: status.round.0,
                what: what.join("; "),
                vote: state::called(step.ensemble, status.vote.leader),
                held,
                begins,
                ends,
            });
        }
    }
}
