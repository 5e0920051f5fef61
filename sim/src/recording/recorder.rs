//! Watches a run and makes the recording of it.

use super::ballots::Ballots;
use super::bands::Bands;
use super::messages::Messages;
use super::operations::Operations;
use super::state::{client, server};
use super::transactions::Transactions;
use super::troubles::Troubles;
use super::turns::Turns;
use super::{Instant, Lane, LeftOut, Line, Parts, Recording, State, Unmet, frames, keep};
use crate::ensemble::{Ensemble, NodeId};
use crate::export::zookeeper_log::ZookeeperLog;
use crate::report;
use crate::run::{Observer, Outcome, StepView, UserEvent};
use crate::scenario::Scenario;
use crate::view::{Listener, Story, Why, touched};
use std::io;
use std::ops::RangeInclusive;

/// How much of a run is recorded. What is above is counted and left out.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages.
    pub messages: usize,
    /// Changes of state.
    pub states: usize,
    /// Lines of the story, and as many of logs, of the lecture and of elections.
    pub lines: usize,
    /// Transactions.
    pub transactions: usize,
    /// Operations of clients.
    pub operations: usize,
}

impl Limits {
    /// What a page can show.
    pub const DEFAULT: Limits = Limits {
        messages: 100_000,
        states: 100_000,
        lines: 50_000,
        transactions: 50_000,
        operations: 50_000,
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

/// Keeps the lines that fall into the window.
#[derive(Clone, Debug)]
struct Lines {
    all: Vec<(Instant, String, String)>,
    window: RangeInclusive<u64>,
    limit: usize,
    left_out: u64,
}

impl Listener for Lines {
    fn line(&mut self, at: u64, step: u64, who: &str, what: &str) -> io::Result<()> {
        if self.window.contains(&at) {
            let line = || (Instant { at, step }, who.to_owned(), what.to_owned());
            keep(&mut self.all, self.limit, &mut self.left_out, line);
        }
        Ok(())
    }
}

/// Makes a [`Recording`].
pub struct Recorder {
    lanes: Vec<Lane>,
    window: RangeInclusive<u64>,
    limits: Limits,
    parts: Parts,
    story: Story<Lines>,
    zookeeper: ZookeeperLog,
    why: Why,
    turns: Turns,
    ballots: Ballots,
    /// How much of each server's log has been taken over.
    taken: Vec<usize>,
    log: Vec<Line>,
    messages: Messages,
    states: Vec<State>,
    /// What each lane is now.
    current: Vec<Option<State>>,
    /// Whether the window has begun.
    begun: bool,
    bands: Bands,
    troubles: Troubles,
    transactions: Transactions,
    operations: Operations,
    left_out: LeftOut,
    now: Instant,
    /// The last step in the window.
    last: Instant,
}

impl Recorder {
    /// Of an ensemble that has not run yet: what happens in the window, in virtual nanoseconds.
    pub fn new(ensemble: &Ensemble, window: RangeInclusive<u64>, limits: Limits) -> Recorder {
        Recorder::only(ensemble, window, limits, Parts::ALL)
    }

    /// The same, of these parts alone.
    pub fn only(ensemble: &Ensemble, window: RangeInclusive<u64>, limits: Limits, parts: Parts) -> Recorder {
        let servers = ensemble.nodes.iter().map(|node| Lane {
            name: node.name.to_string(),
            sid: Some(node.sid()),
            observer: !node.config.is_participant(),
            quiet: false,
            needs: node.config.verifier.needs(),
        });
        let clients = ensemble.clients.iter().map(|client| Lane {
            name: client.name.to_string(),
            sid: None,
            observer: false,
            quiet: client.quiet,
            needs: String::new(),
        });
        let lanes: Vec<Lane> = servers.chain(clients).collect();
        let lines = Lines { all: Vec::new(), window: window.clone(), limit: limits.lines, left_out: 0 };
        let mut recorder = Recorder {
            window,
            limits,
            parts,
            story: Story::told_to(lines),
            zookeeper: ZookeeperLog::new(ensemble),
            why: Why::default(),
            turns: Turns::default(),
            ballots: Ballots::default(),
            taken: vec![0; ensemble.nodes.len()],
            log: Vec::new(),
            messages: Messages::default(),
            states: Vec::new(),
            current: vec![None; lanes.len()],
            begun: false,
            bands: Bands::default(),
            troubles: Troubles::default(),
            transactions: Transactions::default(),
            operations: Operations::default(),
            left_out: LeftOut::default(),
            now: Instant { at: 0, step: 0 },
            last: Instant { at: 0, step: 0 },
            lanes,
        };
        for lane in 0..recorder.lanes.len() {
            recorder.look(ensemble, NodeId(lane as u16));
        }
        recorder
    }

    /// The window begins: with what everybody is.
    fn begin(&mut self) {
        self.begun = true;
        self.states = self.current.iter().flatten().cloned().collect();
        self.states.sort_by_key(|state| state.when);
    }

    /// What a party is now, where that is something new.
    fn look(&mut self, ensemble: &Ensemble, id: NodeId) {
        if self.parts.bands {
            self.bands.look(ensemble, id, self.now);
        }
        if !self.parts.states {
            return;
        }
        let lane = id.index();
        let why = if self.parts.why { self.why(ensemble, id) } else { Vec::new() };
        let client = client(ensemble, id, why.clone());
        let server = client.is_none().then(|| server(ensemble, id, why));
        let state = State { when: self.now, lane, server, client };
        if let Some(known) = &self.current[lane]
            && known.server == state.server
            && known.client == state.client
        {
            return;
        }
        // Before the window only the last counts.
        if self.begun {
            keep(&mut self.states, self.limits.states, &mut self.left_out.states, || state.clone());
        }
        self.current[lane] = Some(state);
    }

    /// What everybody is now whom a step can have made something else.
    fn look_at_all(&mut self, step: &StepView<'_>) {
        if !self.parts.bands && !self.parts.states {
            return;
        }
        // What happens to one can change why another one waits.
        let why = self.parts.states && self.parts.why;
        if why && self.why.observe(step) {
            for lane in 0..self.lanes.len() {
                self.look(step.ensemble, NodeId(lane as u16));
            }
        } else {
            for id in touched(step) {
                self.look(step.ensemble, id);
            }
        }
    }

    /// Why a party waits.
    fn why(&self, ensemble: &Ensemble, id: NodeId) -> Vec<String> {
        let account = self.why.of(ensemble, id);
        if account.is_well() { Vec::new() } else { account.sentences() }
    }

    fn take_log(&mut self, lane: usize) {
        let text = self.zookeeper.text_after(NodeId(lane as u16), self.taken[lane]);
        self.taken[lane] += text.len();
        if !self.window.contains(&self.now.at) {
            return;
        }
        for text in text.lines() {
            let line = || Line { when: self.now, lane: Some(lane), text: text.to_owned() };
            keep(&mut self.log, self.limits.lines, &mut self.left_out.log, line);
        }
    }

    /// The recording of a run that is over. `text` is its scenario's.
    pub fn finish(
        mut self,
        name: &str,
        text: &str,
        scenario: &Scenario,
        seed: u64,
        outcome: &Outcome,
    ) -> Recording {
        if !self.begun {
            self.begin();
        }
        // The list of lines takes everything.
        let _ = self.story.finish(&outcome.ensemble);
        let to = (*self.window.end()).min(outcome.virtual_time);
        let last = if to < outcome.virtual_time { self.last.step } else { outcome.steps };
        let end = Instant { at: to, step: last };
        let lane = |who: &str| self.lanes.iter().position(|lane| lane.name == who);
        let lines = self.story.listener();
        let told = std::mem::take(&mut lines.all);
        let mut story: Vec<Line> = told
            .into_iter()
            .map(|(when, who, what)| {
                let lane = lane(&who);
                let text = if lane.is_some() { what } else { format!("{who} {what}") };
                Line { when, lane, text }
            })
            .collect();
        // What was folded is told later than it happened.
        story.sort_by_key(|line| line.when);
        self.left_out.story = lines.left_out;
        let turns = self.turns.finish(&self.window, self.limits.lines, &mut self.left_out);
        let from = (*self.window.start()).min(to);
        Recording {
            name: name.to_owned(),
            seed,
            text: text.to_owned(),
            moment: report::moment(name, seed, outcome),
            from,
            to,
            belief: scenario.belief().map(str::to_owned),
            frames: frames(scenario),
            unmet: outcome
                .unmet
                .iter()
                .map(|unmet| Unmet { line: unmet.line, at: unmet.at, instead: unmet.instead.clone() })
                .collect(),
            story,
            turns,
            ballots: self.ballots.all,
            log: self.log,
            messages: self.messages.all,
            states: self.states,
            bands: self.bands.finish(from, end),
            troubles: self.troubles.finish(from, end),
            transactions: self.transactions.all,
            operations: self.operations.all,
            history: outcome.history.clone(),
            verdict: report::verdict(name, seed, outcome).lines().map(str::to_owned).collect(),
            green: outcome.is_green(),
            left_out: self.left_out,
            lanes: self.lanes,
        }
    }
}

impl Observer for Recorder {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        // What becomes of anything beyond the window is not known within it.
        if step.moment.at > *self.window.end() {
            return Ok(());
        }
        self.now = Instant::of(step);
        let told = self.window.contains(&self.now.at);
        if told {
            self.last = self.now;
            if !self.begun {
                self.begin();
            }
        }
        let Parts { story, turns, ballots, log, messages, troubles, transactions, operations, .. } =
            self.parts;
        if story {
            self.story.step(step)?;
        }
        if turns {
            self.turns.step(step, &self.window, self.limits.lines, &mut self.left_out);
        }
        if ballots {
            self.ballots.step(step, told, self.limits.lines, &mut self.left_out);
        }
        if messages {
            self.messages.step(step, told, self.limits.messages, &mut self.left_out);
        }
        if troubles {
            self.troubles.step(step);
        }
        if transactions {
            self.transactions.step(step, self.limits.transactions, &mut self.left_out);
        }
        if operations {
            self.operations.step(step, told, self.limits.operations, &mut self.left_out);
        }
        self.look_at_all(step);
        if log {
            self.zookeeper.step(step)?;
            for lane in 0..self.taken.len() {
                self.take_log(lane);
            }
        }
        Ok(())
    }

    fn user(&mut self, at: u64, client: &str, event: &UserEvent) -> io::Result<()> {
        if at > *self.window.end() {
            return Ok(());
        }
        if self.parts.turns
            && let Some(lane) = self.lanes.iter().position(|lane| lane.name == client && !lane.quiet)
        {
            self.turns.user(Instant { at, step: self.now.step }, lane, event);
        }
        if self.parts.story {
            self.story.user(at, client, event)?;
        }
        Ok(())
    }
}
