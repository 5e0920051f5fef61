//! A run for a learner: every decision with its rule and its numbers, votes that were kept included, each with how much it says
//! about where the run goes. Heartbeats and repetitions are folded.

mod decisions;

pub(crate) use decisions::decision_words;

use super::folds::Folds;
use super::hops::Hops;
use crate::ensemble::{Action, Effect, Ended, NodeId};
use crate::run::{StepView, UserEvent};
use decisions::{Words, words};
use std::collections::BTreeSet;
use zablab_protocol::{ClientEvent, Decision, ErrorCode, Reply, Sid, Zxid};

/// How much something says about where a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is part of the way.
    Detail,
    /// It decides what comes next.
    Step,
    /// Somebody is something else now.
    Turn,
}

/// Something that happened to a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Virtual nanoseconds.
    pub at: u64,
    /// The step.
    pub step: u64,
    /// Whom.
    pub who: NodeId,
    /// The name of the decision; empty where it is none.
    pub kind: &'static str,
    /// What: a verb in the third person, and the rest of the sentence, without a full stop.
    pub what: String,
    /// The rule that decided, with its numbers, if one did.
    pub because: Option<String>,
    /// How much it says.
    pub weight: Weight,
}

/// A run of commits that is not told yet.
#[derive(Clone, Debug)]
struct Commits {
    at: u64,
    step: u64,
    who: NodeId,
    first: Zxid,
    last: Zxid,
    count: u64,
}

/// Collects what happened.
#[derive(Clone, Debug, Default)]
pub struct Lecture {
    told: Vec<Told>,
    folds: Folds<NodeId>,
    hops: Hops,
    missed: BTreeSet<(NodeId, Sid)>,
    turned_away: BTreeSet<NodeId>,
    commits: Option<Commits>,
}

impl Lecture {
    /// What was collected since the last time.
    pub fn take(&mut self) -> Vec<Told> {
        self.told.drain(..).collect()
    }

    /// Tells what is still folded.
    pub fn finish(&mut self) {
        if let Some(Commits { at, step, who, first, last, count }) = self.commits.take() {
            let kind = "committed";
            let what = match count {
                1 => format!("commits {first}"),
                n => format!("commits {first} to {last} ({n} transactions)"),
            };
            self.told.push(Told { at, step, who, kind, what, because: None, weight: Weight::Turn });
        }
    }

    fn commit(&mut self, step: &StepView<'_>, who: NodeId, zxid: Zxid) {
        let (at, step) = (step.moment.at, step.moment.step);
        match &mut self.commits {
            Some(commits) if commits.who == who && commits.last.epoch() == zxid.epoch() => {
                (commits.last, commits.count) = (zxid, commits.count + 1);
                // What came one by one is told when the last of it is there.
                (commits.at, commits.step) = (at, step);
            }
            _ => {
                self.finish();
                self.commits = Some(Commits { at, step, who, first: zxid, last: zxid, count: 1 });
            }
        }
    }

    /// Takes a step in.
    pub fn observe(&mut self, step: &StepView<'_>) {
        if let Some((who, what)) = self.hops.action(step) {
            self.push(step, who, what, Weight::Detail);
        }
        for effect in step.effects {
            if let Some((who, what)) = self.hops.effect(step, effect) {
                self.push(step, who, what, Weight::Step);
            }
            self.effect(step, effect);
        }
    }

    /// A client's user has come to something that no packet shows.
    pub fn user(&mut self, at: u64, step: u64, who: NodeId, event: &UserEvent) {
        let what = super::clients::user(event);
        self.told.push(Told { at, step, who, kind: "", what, because: None, weight: Weight::Turn });
    }

    fn push(&mut self, step: &StepView<'_>, who: NodeId, what: String, weight: Weight) {
        let (at, step) = (step.moment.at, step.moment.step);
        self.told.push(Told { at, step, who, kind: "", what, because: None, weight });
    }

    fn effect(&mut self, step: &StepView<'_>, effect: &Effect) {
        let (node, what) = match effect {
            Effect::Client { client, event } => return self.client(step, *client, event),
            Effect::Decided { node, decision } => return self.decided(step, *node, decision),
            Effect::DiskFailed { node, op } => (*node, format!("fails to write: {op}")),
            Effect::Down(node, Ended::Exited(exit)) => (*node, format!("exits with {}: {exit}", exit.code())),
            Effect::Answered { node, answer } => match &answer.result {
                Err(ErrorCode::ConnectionLoss) if matches!(step.action, Action::Client { .. }) => {
                    (*node, "refuses the request: it does not serve".to_owned())
                }
                Err(ErrorCode::ConnectionLoss) => {
                    (*node, "drops a client: whether its request takes effect is unknown".to_owned())
                }
                Err(code) => (*node, format!("answers a client: {code}")),
                Ok(Reply::Node { data, stat }) => (
                    *node,
                    format!("answers a read: {data:?}, version {}, set by {}", stat.version, stat.mzxid),
                ),
                Ok(_) => return,
            },
            _ => return,
        };
        self.push(step, node, what, Weight::Turn);
    }

    fn client(&mut self, step: &StepView<'_>, client: NodeId, event: &ClientEvent) {
        let ensemble = step.ensemble;
        match event {
            ClientEvent::CannotConnect { server } if !self.missed.insert((client, *server)) => return,
            ClientEvent::Connected { .. } => self.missed.retain(|(who, _)| *who != client),
            _ => {}
        }
        if ensemble.client(client).is_none_or(|client| client.quiet) {
            return;
        }
        let answers = self.hops.tells(ensemble, client);
        let begun = self.hops.begun(event);
        let lines = super::clients::event(ensemble, event, answers, begun).into_iter().flatten();
        // A read's stat is for engineers.
        let lines: Vec<String> = lines.take(1).collect();
        let truth = self.hops.outcome(ensemble, client, event).filter(|_| answers);
        let is_answer = matches!(event, ClientEvent::Completed(_));
        for what in lines.into_iter().chain(truth) {
            let what =
                if is_answer && !what.starts_with('(') { format!("gets an answer to {what}") } else { what };
            self.push(step, client, what, Weight::Turn);
        }
    }

    fn decided(&mut self, step: &StepView<'_>, node: NodeId, decision: &Decision) {
        match decision {
            Decision::Committed { zxid, .. } if self.hops.follows(*zxid) => return,
            Decision::Committed { zxid, .. } => return self.commit(step, node, *zxid),
            Decision::ClientRefused { .. } if !self.turned_away.insert(node) => return,
            Decision::Serving { .. } | Decision::Standalone { .. } => {
                self.turned_away.remove(&node);
            }
            _ => {}
        }
        let quiet = self.folds.folds(node, decision);
        let again = matches!(decision, Decision::NotificationTimeout { .. });
        if quiet && !again {
            return;
        }
        if let Some(Words { weight, what, because }) = words(step.ensemble, node, decision) {
            self.finish();
            let (at, step, kind) = (step.moment.at, step.moment.step, decision.name());
            self.told.push(Told { at, step, who: node, kind, what, because, weight });
        }
    }
}
