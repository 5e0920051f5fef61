//! What a run looked like, as one value: who was there, what each party was at every moment, what was sent and what became of
//! it, what was done to the world, and the story told three ways. Pictures, pages and exports are made from it; none of them
//! looks at a run itself.

mod ballots;
mod bands;
mod frames;
mod json;
mod messages;
mod operations;
mod parts;
mod recorder;
mod state;
#[cfg(test)]
mod tests;
mod transactions;
mod troubles;
mod turns;

pub use ballots::Ballot;
pub use bands::{Band, Role};
pub use frames::{Demand, Frame, Note, Question, frames};
pub use messages::{Fate, Message};
pub use operations::{Completed, Operation};
pub use parts::Parts;
pub use recorder::{Limits, Recorder};
pub use state::{ClientShown, HeldVote, ServerShown, State};
pub use transactions::{LogMark, Transaction};
pub use troubles::Trouble;
pub use turns::Turn;

use crate::history;
use crate::run::{Run, StepView};
use crate::scenario::{Diagnostic, Scenario};
use serde::Serialize;
use std::ops::RangeInclusive;
use zablab_protocol::Sid;

/// An instant of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Instant {
    /// Virtual nanoseconds.
    pub at: u64,
    /// The step, from 1; 0 before the first.
    pub step: u64,
}

impl Instant {
    fn of(step: &StepView<'_>) -> Instant {
        Instant { at: step.moment.at, step: step.moment.step }
    }
}

/// Adds what there is room for, and says where it stands; what there is none for is counted.
fn keep<T>(all: &mut Vec<T>, limit: usize, left_out: &mut u64, item: impl FnOnce() -> T) -> Option<usize> {
    if all.len() >= limit {
        *left_out += 1;
        return None;
    }
    all.push(item());
    Some(all.len() - 1)
}

/// A party of the run. Everything else names it by its place in [`Recording::lanes`]: servers first, then clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lane {
    /// Its name in the scenario.
    pub name: String,
    /// Of a server; `None` for a client.
    pub sid: Option<Sid>,
    /// A server that neither votes nor acknowledges.
    pub observer: bool,
    /// A client that is one of many: nobody tells each of its requests.
    pub quiet: bool,
    /// What a quorum is by its own list: `2 of 3`; empty for a client.
    pub needs: String,
}

/// A line of the story, or of a server's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was said.
    pub when: Instant,
    /// Whose it is; `None` for the world's.
    pub lane: Option<usize>,
    /// What it says.
    pub text: String,
}

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unmet {
    /// The line of the scenario.
    pub line: u32,
    /// Virtual nanoseconds.
    pub at: u64,
    /// What was the case instead.
    pub instead: String,
}

/// How much was seen and is not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// PING packets, which only keep connections alive.
    pub heartbeats: u64,
    /// Messages above the limit.
    pub messages: u64,
    /// Changes of state above the limit.
    pub states: u64,
    /// Lines of the story above the limit.
    pub story: u64,
    /// Lines of logs above the limit.
    pub log: u64,
    /// Transactions above the limit.
    pub transactions: u64,
    /// Operations of clients above the limit.
    pub operations: u64,
    /// Turns of elections above the limit.
    pub ballots: u64,
    /// Turns of the lecture above the limit.
    pub turns: u64,
}

/// What a run looked like. What happens after the window is not in it, wherever it would show: what is under way at its end has
/// neither fate nor end.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The scenario's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
    /// The scenario's text, with what a profile drew.
    pub text: String,
    /// The name of its last moment: `NAME:SEED@STEP#hash8`.
    pub moment: String,
    /// The window that it shows, in virtual nanoseconds: all of the run unless it was narrowed.
    pub from: u64,
    /// The end of the window.
    pub to: u64,
    /// The parties.
    pub lanes: Vec<Lane>,
    /// The wrong belief that the scenario corrects, if it is a lesson.
    pub belief: Option<String>,
    /// The scenario in frames: what it says, does and demands.
    pub frames: Vec<Frame>,
    /// Where the scenario was not met.
    pub unmet: Vec<Unmet>,
    /// The story, in the order in which it was told.
    pub story: Vec<Line>,
    /// The same for a learner: decisions with their rules, by time.
    pub turns: Vec<Turn>,
    /// Elections, vote by vote.
    pub ballots: Vec<Ballot>,
    /// What the servers' logs would say, in ZooKeeper's words, by time.
    pub log: Vec<Line>,
    /// The packets, by time of sending.
    pub messages: Vec<Message>,
    /// Every change of what a party is, by time. The first of each lane is what it was at the beginning of the window.
    pub states: Vec<State>,
    /// What each party was from when to when.
    pub bands: Vec<Band>,
    /// What was done to links, disks and processes, from when to when.
    pub troubles: Vec<Trouble>,
    /// Every transaction that a leader proposed, in that order.
    pub transactions: Vec<Transaction>,
    /// What clients asked for, in the order of asking.
    pub operations: Vec<Operation>,
    /// The same as a history, and what no request of a session is: all of the run, whatever the window.
    pub history: Vec<history::Event>,
    /// The verdict, a line each.
    pub verdict: Vec<String>,
    /// Whether everything held.
    pub green: bool,
    /// What is not told.
    pub left_out: LeftOut,
}

impl Recording {
    /// How many of the lanes are servers.
    pub fn servers(&self) -> usize {
        self.lanes.iter().filter(|lane| lane.sid.is_some()).count()
    }

    /// What a party was right before a virtual time; at its very end for [`u64::MAX`].
    pub fn state_by(&self, lane: usize, at: u64) -> Option<&State> {
        let until = self.states.partition_point(|state| state.when.at < at);
        self.states[..until].iter().rev().find(|state| state.lane == lane)
    }

    /// What a party was at a step: the last change at or before it.
    pub fn state_at(&self, lane: usize, step: u64) -> Option<&State> {
        let until = self.states.partition_point(|state| state.when.step <= step);
        self.states[..until].iter().rev().find(|state| state.lane == lane)
    }
}

/// Makes a run and records what happens in a window of virtual nanoseconds.
pub fn record(
    name: &str,
    text: &str,
    scenario: &Scenario,
    seed: u64,
    window: RangeInclusive<u64>,
    limits: Limits,
) -> Result<Recording, Diagnostic> {
    let run = Run::new(name, text, scenario, seed)?;
    let mut recorder = Recorder::new(run.ensemble(), window, limits);
    // A recorder takes everything, and so never stops a run.
    let outcome = run.finish(&mut [&mut recorder]).expect("a recorder refuses nothing");
    Ok(recorder.finish(name, text, scenario, seed, &outcome))
}
