//! A scenario, run: the timed scheduler under the scenario's steps, with its expectations and the monitors.

mod expect;
mod faults;
mod frozen;
mod happening;
mod interject;
mod judge;
mod observer;
mod outcome;
mod pins;
mod progress;
mod proposals;
mod reach;
mod reigns;
mod setup;
mod steps;
mod trigger;
mod users;

pub(crate) use expect::{client_words, follows, is_available, state_word};
pub use faults::Faults;
pub use happening::{describe, resolve};
pub use interject::Interjection;
pub use observer::{Observer, StepView};
pub use outcome::{Ending, Limits, Outcome, Unmet};
pub(crate) use pins::{draw_of, pin_of};
pub(crate) use progress::disturbs;
pub(crate) use reach::{Handles, NotReached, Reached, opened};
pub(crate) use setup::{can_differ, quorum_rule, tuned};
pub use trigger::Delivered;
pub use users::UserEvent;

use crate::check::{Checks, Seen, Violation};
use crate::ensemble::{self, Action, Effect, Ensemble, NodeId};
use crate::judges::Judges;
use crate::liveness::Missing;
use crate::probe::Probes;
use crate::scenario::{self, Diagnostic, Expectation, Prefix, Scenario, Step};
use crate::schedule::{Key, Log, Pins, Timed};
use crate::storm;
use crate::view::Marks;
use expect::Memory;
use judge::{Foretold, Judged};
use proposals::Proposals;
use reigns::Reigns;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trigger::Armed;
use users::Users;
use zablab_protocol::{Answer, ClientEvent, Decision, GaveUp, Op, Origin, Zxid};

/// What the agenda holds besides the scheduler's own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    /// A step of the scenario, by its place in `steps`.
    Step(usize),
    /// An expectation begins to be watched, by its place in `expectations`.
    Watch(usize),
    /// An expectation is decided.
    Decide(usize),
    /// A session without a client sends its next request.
    Local(usize),
    /// An answer reaches its session.
    Answer(usize),
    /// A client's user asks for what is next.
    Ask(NodeId),
    /// A pause of a user's job is over.
    Wake(NodeId, usize),
    /// A workload's client whose session is over begins a new one.
    NewSession(NodeId),
    /// The run is over.
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Watched {
    NotYet,
    /// `by`: becomes true in time. `from … to`: holds throughout.
    Now,
    Decided,
}

#[derive(Clone, Debug)]
struct Expected {
    line: u32,
    text: String,
    expectation: Expectation,
    /// True until the end, rather than true once.
    throughout: bool,
    watched: Watched,
}

/// A run under way.
pub struct Run {
    timed: Timed,
    agenda: BinaryHeap<Reverse<(u64, u64, Item)>>,
    order: u64,
    steps: Vec<(u32, Step)>,
    expectations: Vec<Expected>,
    /// Properties that are not to be broken, each with its line.
    claims: Vec<(u32, &'static str)>,
    /// The violations that it expects.
    foretold: Vec<Foretold>,
    /// The predictions that it asks for: line, instant, text.
    asks: Vec<(u32, u64, String)>,
    armed: Vec<Armed>,
    users: Users,
    /// The workloads, each with its clients.
    loads: Vec<(String, Vec<NodeId>)>,
    /// What the users of clients that stand still will do when those go on.
    stalled: Vec<(NodeId, Item)>,
    /// What the scenario had clients do while they stood still, with its line.
    late: Vec<(NodeId, u32, Step)>,
    /// What users do at once in a world that is frozen, before its next line.
    reactions: VecDeque<Item>,
    /// What they would have done by themselves while it was.
    overdue: Vec<Item>,
    /// What happened to clients in the action under way.
    told: Vec<(NodeId, ClientEvent)>,
    answers: Vec<Arc<Answer>>,
    /// Requests that have arrived at a server that stands still.
    waiting: Vec<(NodeId, Origin, Op)>,
    memory: Memory,
    wants_heard: bool,
    checks: Checks,
    judges: Judges,
    /// When the scenario last did something to a server or a link.
    disturbed: u64,
    /// Which situations were reached, if anybody asks.
    probes: Option<Probes>,
    /// What happened to servers and links, for the history.
    marks: Marks,
    /// What leaders have proposed and not committed.
    proposals: Proposals,
    /// Who led when, where somebody may want to know.
    reigns: Option<Reigns>,
    /// Judge the run with the monitors, and its history; off only where their cost is to be measured.
    pub checked: bool,
    violations: Vec<Violation>,
    /// Triggers that an action about to happen counts for, without setting them off.
    seen: Vec<u32>,
    met: usize,
    unmet: Vec<Unmet>,
    /// What the action under way is about to do, for triggers: whether a task has work, and from which record on a sync
    /// makes the log durable.
    worked: bool,
    unsynced: Option<Zxid>,
    faults: Faults,
    limits: Limits,
    at_once: (u64, u64),
    /// Draws that the scenario gives.
    pins: Option<Pins>,
    /// After so many actions every draw is of another seed.
    reseed: Option<(u64, u64)>,
    /// What is done besides the scenario.
    interjection: Option<Interjection>,
    stop: Option<Arc<AtomicBool>>,
}

impl Run {
    /// Prepares a run. `name` and `text` are for errors about what the scenario asks for. Where it names a profile, what
    /// that draws from the seed is run.
    pub fn new(name: &str, text: &str, scenario: &Scenario, seed: u64) -> Result<Run, Diagnostic> {
        let drawn = storm::drawn(scenario, seed);
        let scenario = drawn.as_ref().unwrap_or(scenario);
        let (ensemble, paces) = setup::build(name, text, scenario)?;
        let (users, loads) = setup::users(&ensemble, scenario);
        let servers = ensemble.nodes.len();
        let mut run = Run {
            timed: Timed::new(ensemble, seed, paces),
            agenda: BinaryHeap::new(),
            order: 0,
            steps: Vec::new(),
            expectations: Vec::new(),
            claims: Vec::new(),
            foretold: Vec::new(),
            asks: Vec::new(),
            armed: Vec::new(),
            users,
            loads,
            stalled: Vec::new(),
            late: Vec::new(),
            reactions: VecDeque::new(),
            overdue: Vec::new(),
            told: Vec::new(),
            answers: Vec::new(),
            waiting: Vec::new(),
            memory: Memory { synced: vec![None; servers], heard: Vec::new() },
            wants_heard: false,
            checks: Checks::default(),
            judges: Judges::default(),
            disturbed: 0,
            probes: None,
            marks: Marks::default(),
            proposals: Proposals::default(),
            reigns: Reigns::of(scenario),
            checked: true,
            violations: Vec::new(),
            seen: Vec::new(),
            met: 0,
            unmet: Vec::new(),
            worked: true,
            unsynced: None,
            faults: Faults::default(),
            limits: Limits::default(),
            at_once: (0, 0),
            pins: None,
            reseed: None,
            interjection: None,
            stop: None,
        };
        tracing::debug!(scenario = name, seed, servers, "a run is set up");
        run.pins = pins::of(scenario, &run.timed.ensemble);
        if let Some(pins) = &run.pins {
            run.timed.pin(pins.clone());
        }
        run.schedule(scenario);
        if !run.armed.is_empty() || run.steps.iter().any(|(_, step)| *step == Step::Freeze) {
            run.timed.single_steps();
        }
        Ok(run)
    }

    /// Other bounds than the usual ones.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Judges the run by these properties instead of all.
    pub fn judge_by(&mut self, judges: Judges) {
        self.checks = judges.checks();
        self.judges = judges;
    }

    /// Every draw is noted there, with its value.
    pub fn note_draws(&mut self, log: Log) {
        let pins = self.pins.get_or_insert_default();
        pins.log = Some(log);
        self.timed.pin(pins.clone());
    }

    /// These draws take these values, whatever the scenario says of them. To be called before the run begins.
    pub fn give_draws(&mut self, given: impl IntoIterator<Item = ((Key, u64), u64)>) {
        let pins = self.pins.get_or_insert_default();
        pins.values.extend(given);
        self.timed.pin(pins.clone());
    }

    /// After so many actions every draw is of another seed, and what the scenario says of draws counts no more.
    pub fn reseed_after(&mut self, steps: u64, seed: u64) {
        self.reseed = Some((steps, seed));
    }

    /// Notes which situations the run reaches.
    pub fn probe(&mut self) {
        self.probes = Some(Probes::default());
    }

    /// The run stops soon after this becomes true.
    pub fn stop_on(&mut self, flag: Arc<AtomicBool>) {
        self.stop = Some(flag);
    }

    /// The ensemble as it stands.
    pub fn ensemble(&self) -> &Ensemble {
        &self.timed.ensemble
    }

    fn plan(&mut self, at: u64, item: Item) {
        self.order += 1;
        self.agenda.push(Reverse((at, self.order, item)));
    }

    /// Puts every statement of the scenario on the agenda.
    fn schedule(&mut self, scenario: &Scenario) {
        let mut last_step = 0;
        for timed in scenario.timed() {
            let line = timed.line();
            match (&timed.prefix, &timed.action) {
                (Prefix::At(_), scenario::Action::Step(Step::End)) => {}
                (Prefix::At(time), scenario::Action::Step(step)) => {
                    last_step = time.0;
                    self.steps.push((line, step.clone()));
                    self.plan(time.0, Item::Step(self.steps.len() - 1));
                }
                (Prefix::When(trigger), scenario::Action::Step(step)) => {
                    let from = trigger.armed.map_or(0, |time| time.0);
                    let until = trigger.within.map_or(u64::MAX, |time| from.saturating_add(time.0));
                    self.armed.push(Armed {
                        line,
                        event: trigger.event.clone(),
                        step: step.clone(),
                        must_fire: trigger.must_fire,
                        from,
                        until,
                        left: trigger.nth,
                    });
                }
                (Prefix::At(_), scenario::Action::Expect(Expectation::NoViolation(property))) => {
                    self.claims.push((line, property));
                }
                (Prefix::By(by), scenario::Action::Expect(Expectation::Violation(property))) => {
                    self.foretold.push(Foretold { line, by: by.0, property, text: timed.to_string() });
                }
                (prefix, scenario::Action::Expect(expectation)) => {
                    let (from, to, throughout) = match prefix {
                        Prefix::At(time) => (time.0, time.0, true),
                        // It must come true after what was done before it in the file.
                        Prefix::By(time) => (last_step.min(time.0), time.0, false),
                        Prefix::During { from, to } => (from.0, to.0, true),
                        Prefix::When(_) => continue,
                    };
                    self.wants_heard |= matches!(
                        expectation,
                        Expectation::Server { claim: scenario::Claim::Heard { .. }, .. }
                    );
                    self.expectations.push(Expected {
                        line,
                        text: timed.to_string(),
                        expectation: expectation.clone(),
                        throughout,
                        watched: Watched::NotYet,
                    });
                    let at = self.expectations.len() - 1;
                    self.plan(from, Item::Watch(at));
                    self.plan(to, Item::Decide(at));
                }
                (_, scenario::Action::Ask(_)) => {
                    if let Prefix::At(time) = timed.prefix {
                        self.asks.push((line, time.0, timed.to_string()));
                    }
                }
                (_, scenario::Action::Step(_)) => {}
            }
        }
        self.plan(scenario.end().0, Item::End);
    }

    /// Runs to the end.
    pub fn finish(mut self, observers: &mut [&mut dyn Observer]) -> std::io::Result<Outcome> {
        self.timed.ensemble.record = !observers.is_empty();
        let ending = self.run(observers)?;
        tracing::debug!(?ending, steps = self.timed.steps(), hash = %self.timed.hash(), "the run is over");
        let foretold = self.decide_foretold(ending == Ending::Complete);
        for trigger in std::mem::take(&mut self.armed) {
            if trigger.must_fire && ending == Ending::Complete && self.violations.is_empty() {
                let expected = format!("{}: {}", trigger.event, trigger.step);
                self.not_met(trigger.line, expected, "it never happened".to_owned());
            }
        }
        let whole =
            self.checked && ending == Ending::Complete && self.violations.is_empty() && foretold.is_empty();
        let (progress, mut missing) = whole.then(|| self.progress()).unzip();
        let missing = missing.take().unwrap_or_default();
        let missing: Vec<Missing> = missing.into_iter().filter(|m| self.judges.include(m.property)).collect();
        // What clients were told before a foretold end is no more than its beginning.
        let consistency = if foretold.is_empty() { self.judge() } else { Judged::default() };
        self.decide_claims(ending == Ending::Complete, &missing, &consistency.findings);
        Ok(Outcome {
            ending,
            met: self.met,
            unmet: self.unmet,
            foretold,
            violations: self.violations,
            lineage: Vec::new(),
            progress,
            missing,
            judged: if self.checked { self.judges.count() } else { 0 },
            findings: consistency.findings,
            notes: consistency.notes,
            history: self.users.history,
            marks: self.marks.all,
            reached: self.probes.map(|probes| probes.reached()).unwrap_or_default(),
            hash: self.timed.hash(),
            steps: self.timed.steps(),
            events: self.timed.events(),
            virtual_time: self.timed.now(),
            faults: self.faults,
            ensemble: self.timed.ensemble,
        })
    }

    fn run(&mut self, observers: &mut [&mut dyn Observer]) -> std::io::Result<Ending> {
        loop {
            if let Some((_, seed)) = self.reseed.take_if(|(steps, _)| self.timed.steps() >= *steps) {
                self.timed.reseed(seed);
            }
            if let Some(limit) = self.limit_reached() {
                return Ok(Ending::Runaway(limit));
            }
            if self.timed.steps().is_multiple_of(1024)
                && self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
            {
                return Ok(Ending::Interrupted);
            }
            if let Some(item) = self.reactions.pop_front() {
                self.carry_out(item, observers)?;
                continue;
            }
            let planned = self.agenda.peek().map_or(u64::MAX, |Reverse((at, _, _))| *at);
            let due = self.timed.next_at();
            if self.interjects_before(due.unwrap_or(u64::MAX).min(planned)) {
                self.interject_now(observers)?;
                continue;
            }
            if due.is_some_and(|due| due < planned || (due == planned && due == self.timed.now())) {
                if let Some((action, cause)) = self.timed.take_next() {
                    self.act(action, cause, observers)?;
                }
            } else if let Some(Reverse((at, _, item))) = self.agenda.pop() {
                self.timed.advance(at);
                if item == Item::End {
                    self.end_early();
                    return Ok(Ending::Complete);
                }
                if !self.puts_aside(item) {
                    self.carry_out(item, observers)?;
                }
            } else {
                return Ok(Ending::Complete);
            }
            if !self.violations.is_empty() {
                return Ok(Ending::Complete);
            }
        }
    }

    /// What `end` cut off was not shown to hold.
    fn end_early(&mut self) {
        let instead = "the run ended before";
        for Reverse((_, _, item)) in std::mem::take(&mut self.agenda) {
            if let Item::Step(at) = item {
                let (line, step) = &self.steps[at];
                self.not_met(*line, step.to_string(), instead.to_owned());
            }
        }
        for expected in std::mem::take(&mut self.expectations) {
            if expected.watched != Watched::Decided {
                self.not_met(expected.line, expected.text, instead.to_owned());
            }
        }
        let now = self.timed.now();
        for (line, _, text) in std::mem::take(&mut self.asks).into_iter().filter(|(_, at, _)| *at > now) {
            self.not_met(line, text, instead.to_owned());
        }
        self.unmet.sort_by_key(|unmet| (unmet.at, unmet.line));
    }

    /// What a line says was not the case, and this was.
    fn not_met(&mut self, line: u32, expected: String, instead: String) {
        self.unmet.push(Unmet { line, at: self.timed.now(), expected, instead });
    }

    fn limit_reached(&mut self) -> Option<String> {
        let (now, steps) = (self.timed.now(), self.timed.steps());
        if now != self.at_once.0 {
            self.at_once = (now, steps);
        }
        if steps >= self.limits.steps {
            Some(format!("{steps} steps"))
        } else if steps - self.at_once.1 >= self.limits.steps_at_once {
            Some(format!("{} steps at one instant", steps - self.at_once.1))
        } else if now > self.limits.virtual_time {
            Some(format!("{} s of virtual time", now / 1_000_000_000))
        } else {
            None
        }
    }

    /// One action: triggers before it, the action, monitors, triggers after it, expectations. Says whether it happened.
    fn act(
        &mut self,
        action: Action,
        cause: u64,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<bool> {
        let triggers = !self.armed.is_empty();
        let delivered = if triggers || !observers.is_empty() { self.delivered(&action) } else { None };
        if triggers {
            self.worked = self.does_work(&action);
            self.unsynced = match &action {
                Action::DiskDone { node, .. } => self.timed.ensemble.node(*node).disk.first_unsynced(),
                _ => None,
            };
            let fired = self.triggered(scenario::Moment::Before, &action, delivered.as_ref());
            let seen = std::mem::take(&mut self.seen);
            if !fired.is_empty() {
                self.do_triggered(fired, observers)?;
                // It may be blocked or void now; what was blocked is queued again when it is let go.
                if !self.timed.ensemble.is_enabled(&action) {
                    return Ok(false);
                }
            }
            self.count(&seen);
        }
        self.apply(&action, cause, delivered.as_ref(), observers)?;
        if triggers {
            let fired = self.triggered(scenario::Moment::After, &action, delivered.as_ref());
            self.do_triggered(fired, observers)?;
        }
        self.interject_now(observers)?;
        Ok(true)
    }

    fn do_triggered(
        &mut self,
        fired: Vec<(u32, Step)>,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        for (line, step) in fired {
            self.do_step(line, &step, observers)?;
        }
        Ok(())
    }

    /// Applies an action, shows it to monitors and observers, and keeps what expectations need.
    fn apply(
        &mut self,
        action: &Action,
        cause: u64,
        delivered: Option<&Delivered>,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        if let Some(probes) = &mut self.probes {
            probes.before(action, &self.timed.ensemble);
        }
        let moment = self.timed.perform(action, cause);
        let mut telling = false;
        for effect in self.timed.effects() {
            match effect {
                Effect::Decided { node, decision } => {
                    telling = true;
                    match decision {
                        Decision::Heard { from, notification, .. } if self.wants_heard => {
                            self.memory.heard(*node, *from, *notification);
                        }
                        Decision::Synced { mode, zxid, leader } => {
                            self.memory.synced[node.index()] = Some((*mode, *zxid, *leader));
                        }
                        // Everything begins anew, and nobody did anything wrong.
                        Decision::GaveUp { why: GaveUp::CounterExhausted, .. } => self.disturbed = moment.at,
                        _ => {}
                    }
                }
                Effect::Answered { answer, .. } => self.answers.push(answer.clone()),
                Effect::Started(node) => {
                    telling = true;
                    self.memory.forget(*node);
                }
                Effect::Down(node, _) => {
                    telling = true;
                    self.waiting.retain(|(at, origin, _)| {
                        if at == node {
                            self.answers.push(Arc::new(ensemble::lost(*origin)));
                        }
                        at != node
                    });
                }
                Effect::Client { client, event } => {
                    telling = true;
                    self.told.push((*client, event.clone()));
                }
                Effect::Up(_) | Effect::DiskWrote { .. } | Effect::DiskFailed { .. } => telling = true,
                _ => {}
            }
        }
        if self.checked {
            let seen = Seen { moment, action, effects: self.timed.effects(), ensemble: &self.timed.ensemble };
            self.checks.observe(&seen, &mut self.violations);
            self.proposals.observe(moment.at, seen.effects);
            if let Some(reigns) = &mut self.reigns {
                reigns.observe(moment.at, seen.effects, seen.ensemble);
            }
            self.marks.observe(moment.at, action, seen.effects, seen.ensemble);
            if let Some(probes) = &mut self.probes {
                probes.after(&seen);
            }
        }
        if !observers.is_empty() {
            let view = StepView {
                moment,
                action,
                delivered,
                effects: self.timed.effects(),
                ensemble: &self.timed.ensemble,
                hash: self.timed.hash(),
            };
            for observer in observers.iter_mut() {
                observer.step(&view)?;
            }
        }
        if !self.answers.is_empty() {
            self.answer_clients();
        }
        if let Action::Start(id) | Action::Kill(id) = action
            && self.timed.ensemble.client(*id).is_some()
        {
            self.client_process(*id, observers)?;
        }
        for (id, event) in std::mem::take(&mut self.told) {
            let todo = self.users.heard(id, &event, self.timed.now());
            self.do_todo(id, todo, observers)?;
        }
        if telling {
            self.look();
        }
        Ok(())
    }

    /// Answers travel back to their clients.
    fn answer_clients(&mut self) {
        let answers = std::mem::take(&mut self.answers);
        for answer in &answers {
            let Some((local, node)) = self.users.answer_local(answer) else { continue };
            self.travels(node, Item::Answer(local));
        }
    }

    /// Looks at every expectation under watch.
    fn look(&mut self) {
        for at in 0..self.expectations.len() {
            if self.expectations[at].watched == Watched::Now {
                self.look_at(at, false);
            }
        }
    }

    fn look_at(&mut self, at: usize, last: bool) {
        let expected = &self.expectations[at];
        let awaits = !expected.throughout && self.awaits_answers(&expected.expectation);
        let holds = !awaits && self.holds(&expected.expectation);
        let failed = if expected.throughout { !holds } else { last && !holds };
        if failed {
            let waits = if awaits { "; answers are on their way" } else { "" };
            let instead = format!("{}{waits}", self.instead(&expected.expectation));
            let (line, text) = (expected.line, expected.text.clone());
            self.not_met(line, text, instead);
        } else if last || (holds && !expected.throughout) {
            self.met += 1;
        } else {
            return;
        }
        self.expectations[at].watched = Watched::Decided;
    }

    /// A request arrives; a server that stands still takes it when it goes on.
    fn request(
        &mut self,
        node: NodeId,
        origin: Origin,
        op: Op,
        observers: &mut [&mut dyn Observer],
    ) -> std::io::Result<()> {
        if self.timed.ensemble.node(node).paused {
            self.waiting.push((node, origin, op));
            return Ok(());
        }
        self.act(Action::Client { node, origin, op }, 0, observers)?;
        Ok(())
    }

    fn carry_out(&mut self, item: Item, observers: &mut [&mut dyn Observer]) -> std::io::Result<()> {
        if let Item::Ask(id) | Item::Wake(id, _) | Item::NewSession(id) = item
            && self.timed.ensemble.client(id).is_some_and(|client| client.paused)
        {
            self.stalled.push((id, item));
            return Ok(());
        }
        match item {
            Item::Step(at) => {
                let (line, step) = self.steps[at].clone();
                self.do_step(line, &step, observers)?;
            }
            Item::Watch(at) => {
                self.expectations[at].watched = Watched::Now;
                self.look_at(at, false);
            }
            Item::Decide(at) if self.expectations[at].watched == Watched::Now => self.look_at(at, true),
            Item::Local(local) => {
                if let Some((node, origin, op)) = self.users.send_local(local, self.timed.now()) {
                    self.request(node, origin, op, observers)?;
                }
            }
            Item::Answer(local) => {
                if let Some(node) = self.users.take_local_answer(local, self.timed.now()) {
                    self.travels(node, Item::Local(local));
                }
                self.look();
            }
            Item::Ask(id) => self.ask(id, observers)?,
            Item::Wake(id, job) => {
                let todo = self.users.resumed(id, job, self.timed.now());
                self.do_todo(id, todo, observers)?;
            }
            Item::NewSession(id) => {
                if self.timed.ensemble.changes(&Action::Start(id)) {
                    self.act(Action::Start(id), 0, observers)?;
                }
            }
            Item::Decide(_) | Item::End => {}
        }
        Ok(())
    }
}
