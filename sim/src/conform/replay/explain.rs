//! Goes over a log line by line, with all states that the machine can be in.

use super::context::{Context, Reigns, is_start};
use super::record::{Step, When};
use super::world::World;
use super::{Successors, boot, election, leader, learner};
use crate::conform::event::{Entry, Event, Thread};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use zablab_protocol::{Config, Decision, Notification, Phase, ServerState, Storage, Zxid};

/// The most states that are kept.
const MOST: usize = 512;
/// Lines of different threads this far apart may stand in the wrong order, ms.
const DISORDER: i64 = 60;
/// Lines that far apart may, where there are no times.
const DISORDER_LINES: usize = 8;
/// No ensemble has had more epochs.
const HIGHEST_EPOCH: i64 = 1 << 30;
/// How many states are tried in other orders of lines, in one log.
const TRIES: u32 = 60_000;
/// A process that runs for this long has opened its election port, ms.
const YOUNG: i64 = 10_000;
/// How long a message may wait to be looked at, ms.
const LAG: i64 = 500;
/// The most states of one step of a search among orders.
const MOST_ORDERS: usize = 400;

/// What is to be replayed.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The server, its list and its settings.
    pub config: &'a Arc<Config>,
    /// Its log.
    pub entries: &'a [Entry],
    /// Lines may be missing.
    pub excerpt: bool,
    /// What the logs of the others say of leaderships.
    pub reigns: &'a Reigns,
}

/// A line that the machine would not have written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The entry.
    pub entry: usize,
    /// What the machine is, or would have said.
    pub why: String,
}

/// What came of a replay.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Entries that some state of the machine explains.
    pub explained: usize,
    /// Entries that are not decided, and why.
    pub undecided: Vec<(usize, &'static str)>,
    /// Entries that no state explains.
    pub disagreements: Vec<Disagreement>,
    /// The course of the server.
    pub steps: Vec<(When, Step)>,
    /// What the machine decided on the way.
    pub decisions: Vec<(When, Decision)>,
    /// What it would have answered a LOOKING voter, and a LOOKING observer, and from when on.
    pub said: Vec<(When, [Notification; 2])>,
    /// What no line shows and was taken to be so.
    pub assumed: Vec<(When, String)>,
    /// The most states that were kept at once.
    pub most: usize,
}

/// Replays one server's log.
pub fn replay(subject: &Subject<'_>) -> Replayed {
    let mut search = Search {
        subject,
        tells_states: subject.entries.iter().any(|entry| matches!(entry.event, Event::StateChanged { .. })),
        worlds: vec![World::down(subject.config.clone(), Storage::default())],
        back: VecDeque::new(),
        overflown: false,
        out_of_step: false,
        begun: false,
        tries: Cell::new(0),
        replayed: Replayed::default(),
    };
    let mut at = 0;
    while at < subject.entries.len() {
        at = search.line(at);
    }
    search.finish()
}

struct Search<'a> {
    subject: &'a Subject<'a>,
    tells_states: bool,
    worlds: Vec<World>,
    /// The states before the last lines.
    back: VecDeque<(usize, Vec<World>)>,
    /// States were left out.
    overflown: bool,
    /// A line was passed over; what follows may follow from that.
    out_of_step: bool,
    /// An election or a start has been seen.
    begun: bool,
    /// States that were tried in other orders.
    tries: Cell<u32>,
    replayed: Replayed,
}

impl<'a> Search<'a> {
    fn context(&self, at: usize) -> Context<'a> {
        Context {
            sid: self.subject.config.sid,
            entries: self.subject.entries,
            at,
            reigns: self.subject.reigns,
            excerpt: self.subject.excerpt,
            tells_states: self.tells_states,
        }
    }

    /// Takes the line at `at`; the answer is the next one.
    fn line(&mut self, at: usize) -> usize {
        let entries = self.subject.entries;
        let mut why = String::new();
        let next = self.all(&self.worlds, at, &mut why);
        let begins = is_start(&entries[at].event) || shows_state(&entries[at].event);
        if !next.is_empty() {
            self.begun |= begins;
            let before = std::mem::replace(&mut self.worlds, next);
            self.back.push_back((at, before));
            if self.back.len() > DISORDER_LINES {
                self.back.pop_front();
            }
            self.replayed.explained += 1;
            self.keep();
            return at + 1;
        }
        if let Some((worlds, last)) = self.in_another_order(at) {
            self.worlds = worlds;
            self.back.clear();
            self.replayed.explained += last + 1 - at;
            self.keep();
            return last + 1;
        }
        self.disagree(at, why);
        // From an election or a start on, the log says enough to begin anew.
        let event = &entries[at].event;
        if is_start(event) || matches!(event, Event::NewElection { .. }) {
            self.begin_anew(at);
        }
        self.back.clear();
        at + 1
    }

    fn disagree(&mut self, at: usize, why: String) {
        if self.subject.excerpt && !self.begun {
            self.replayed.undecided.push((at, "the excerpt begins in the midst of it"));
            return;
        }
        if self.tries.get() > TRIES {
            self.replayed.undecided.push((at, "too many orders of lines to try"));
        } else if self.overflown {
            self.replayed
                .undecided
                .push((at, "more states than are kept could have written what is before it"));
        } else if self.out_of_step {
            self.replayed.undecided.push((at, "it follows a line that the model would not have written"));
        } else {
            self.replayed.disagreements.push(Disagreement { entry: at, why });
        }
        self.out_of_step = true;
    }

    /// Takes what this line says for granted.
    fn begin_anew(&mut self, at: usize) {
        let Some(first) = self.worlds.first() else { return };
        let mut world = first.clone();
        world.kill();
        world.known = false;
        world.disk = Storage::default();
        self.overflown = false;
        self.worlds = vec![world.clone()];
        let context = self.context(at);
        if let Event::NewElection { sid, zxid } = &context.entries[at].event
            && let Ok(begun) = boot::boots(&context, &world)
                .and_then(|worlds| election::new_election(&context, &worlds[0], *sid, *zxid))
        {
            self.worlds = begun;
            let round = context.first_round();
            for world in &mut self.worlds {
                world.forgive_own_votes();
                round.into_iter().for_each(|round| world.join_round(round));
            }
        }
        self.out_of_step = false;
        self.begun = true;
    }

    fn keep(&mut self) {
        self.replayed.most = self.replayed.most.max(self.worlds.len());
        if self.worlds.len() > MOST {
            self.worlds.truncate(MOST);
            self.overflown = true;
        } else if self.worlds.len() < MOST / 2 && self.worlds.iter().all(World::is_looking) {
            self.overflown = false;
        }
    }

    /// All states behind a line.
    fn all(&self, worlds: &[World], at: usize, why: &mut String) -> Vec<World> {
        let mut next: Vec<World> = Vec::new();
        for world in worlds {
            match self.one(world, at) {
                Ok(found) => {
                    for world in found {
                        if !next.contains(&world) {
                            next.push(world);
                        }
                    }
                }
                Err(reason) => *why = reason,
            }
        }
        next
    }

    fn one(&self, world: &World, at: usize) -> Successors {
        let context = self.context(at);
        let mut world = world.clone();
        world.record.at(When { entry: at, time: context.time() });
        // The main thread is not behind for long.
        let before = at.checked_sub(1).and_then(|before| self.subject.entries[before].time);
        if before.zip(context.time()).is_some_and(|(before, now)| now - before > LAG)
            && let Some(last) = world.after_looking().pop()
        {
            world = last;
        }
        explain(&context, &world, &context.entries[at])
    }

    /// Whether `earlier` may stand before `later` although it was written after it.
    fn close(&self, earlier: usize, later: usize) -> bool {
        let time = |at: usize| self.subject.entries[at].time;
        match (time(earlier), time(later)) {
            (Some(first), Some(second)) => (second - first).abs() <= DISORDER,
            _ => later.abs_diff(earlier) <= DISORDER_LINES,
        }
    }

    /// The lines around this one in another order of threads: the states behind them, and the last one taken.
    fn in_another_order(&self, at: usize) -> Option<(Vec<World>, usize)> {
        let end = self.subject.entries.len().min(at + DISORDER_LINES);
        let begins = self.back.iter().rev().take_while(|(begin, _)| self.close(*begin, at));
        let begins: Vec<(usize, &Vec<World>)> =
            std::iter::once((at, &self.worlds)).chain(begins.map(|(at, worlds)| (*at, worlds))).collect();
        for last in (at..end).take_while(|last| self.close(at, *last)) {
            for (begin, worlds) in &begins {
                if last > *begin
                    && let Some(found) = self.orders(worlds, *begin, last)
                {
                    return Some((found, last));
                }
            }
        }
        None
    }

    /// All orders of the lines from `begin` to `last` that keep each thread's own.
    fn orders(&self, worlds: &[World], begin: usize, last: usize) -> Option<Vec<World>> {
        let entries = &self.subject.entries[begin..=last];
        let mut level: Vec<(u64, World)> = worlds.iter().map(|world| (0, world.clone())).collect();
        for _ in entries {
            let mut next: Vec<(u64, World)> = Vec::new();
            for (taken, world) in &level {
                let mut blocked: Vec<Thread> = Vec::new();
                let first = (0..entries.len()).find(|index| taken >> index & 1 == 0)?;
                for (index, entry) in entries.iter().enumerate().skip(first) {
                    if taken >> index & 1 == 1 {
                        continue;
                    }
                    if blocked.contains(&entry.thread) {
                        continue;
                    }
                    blocked.push(entry.thread);
                    if !self.close(begin + first, begin + index) {
                        break;
                    }
                    self.tries.set(self.tries.get() + 1);
                    if self.tries.get() > TRIES {
                        return None;
                    }
                    let Ok(found) = self.one(world, begin + index) else { continue };
                    for world in found {
                        let state = (taken | 1 << index, world);
                        if !next.contains(&state) {
                            next.push(state);
                        }
                    }
                }
            }
            next.truncate(MOST_ORDERS);
            level = next;
        }
        let worlds: Vec<World> = level.into_iter().map(|(_, world)| world).collect();
        (!worlds.is_empty()).then_some(worlds)
    }

    fn finish(mut self) -> Replayed {
        if let Some(world) = self.worlds.first() {
            self.replayed.steps = world.record.steps();
            self.replayed.decisions = world.record.decisions();
            self.replayed.said = world.record.said();
            self.replayed.assumed = world.record.assumed();
        }
        self.replayed
    }
}

/// Whether a line says what the server is: from the first one that the machine explains on, it must explain all.
fn shows_state(event: &Event) -> bool {
    matches!(
        event,
        Event::NewElection { .. }
            | Event::Heard { .. }
            | Event::NotificationTimeout { .. }
            | Event::Role { .. }
            | Event::StateChanged { .. }
            | Event::ElectionTook { .. }
            | Event::Synced { .. }
    )
}

/// A zxid that is none: there is an epoch in it that no server reaches.
fn impossible(event: &Event) -> Option<Zxid> {
    let zxids: Vec<Zxid> = match event {
        // An observer proposes nobody, and says so with the least number.
        Event::NewElection { zxid, .. } | Event::Synced { zxid, .. } if *zxid == Zxid::NONE => Vec::new(),
        Event::NewElection { zxid, .. }
        | Event::Synced { zxid, .. }
        | Event::Snapshotting { zxid }
        | Event::ReadingSnapshot { zxid }
        | Event::DatabaseLoaded { zxid }
        | Event::NewLogFile { zxid }
        | Event::NotInTxnLog { zxid }
        | Event::Sending { zxid, .. }
        | Event::Supporters { zxid, .. } => vec![*zxid],
        Event::FirstProposal { zxid, expected, .. } => vec![*zxid, *expected],
        Event::LogOutOfOrder { zxid, last } => vec![*zxid, *last],
        Event::SendingSnapshot { peer, leader, db } => vec![*peer, *leader, *db],
        Event::Synchronizing { max, min, last, peer, .. } => {
            [*max, *min, *peer].into_iter().chain(*last).collect()
        }
        Event::Heard { said, .. } if said.vote.zxid.0 >= 0 => vec![said.vote.zxid],
        _ => Vec::new(),
    };
    zxids.into_iter().find(|zxid| zxid.0 < 0 || zxid.epoch().0 > HIGHEST_EPOCH)
}

/// The states behind one line.
fn explain(context: &Context<'_>, world: &World, entry: &Entry) -> Successors {
    if let Some(zxid) = impossible(&entry.event) {
        return Err(format!("{zxid} is no zxid that a server can have"));
    }
    if let Some(said) = world.overdue(entry.time)
        && !context.excerpt
        && !is_start(&entry.event)
    {
        return Err(format!("the model's own vote has not come back to it: {said}"));
    }
    if let Some(found) = start(context, world, entry) {
        return found;
    }
    if world.peer.is_none() {
        // It runs, and no line has said that it starts.
        let mut world = world.clone();
        let (said, known) = (world.said, world.known);
        let unseen = !known && said == boot::Said::default() && context.excerpt;
        world.unseen = unseen;
        let mut worlds = boot::boots(context, &world)?;
        if unseen {
            let round = context.first_round();
            for world in &mut worlds {
                world.forgive_own_votes();
                round.into_iter().for_each(|round| world.join_round(round));
            }
        }
        let mut found = Vec::new();
        let mut why = String::new();
        for world in worlds {
            match running(context, &world, entry) {
                Ok(worlds) => found.extend(worlds),
                Err(reason) => why = reason,
            }
        }
        return super::some(found, || why);
    }
    running(context, world, entry)
}

/// Lines of a process that starts or ends; `None` for others.
fn start(context: &Context<'_>, world: &World, entry: &Entry) -> Option<Successors> {
    let mut next = world.clone();
    let loads = matches!(
        entry.event,
        Event::ReadingSnapshot { .. }
            | Event::DatabaseLoaded { .. }
            | Event::CurrentEpochMade { .. }
            | Event::AcceptedEpochMade { .. }
    );
    if loads && entry.thread == Thread::Boot && world.peer.is_some() {
        return Some(Err("the model has read its disk before its first election".to_owned()));
    }
    let said = &mut next.said;
    match &entry.event {
        event if is_start(event) => return Some(boot::starts(context, world)),
        // It does so once a process: the line of its start is left out.
        Event::ElectionPortOpen { .. } if world.runs_for(entry.time, YOUNG) => {
            return Some(boot::starts(context, world));
        }
        Event::Setting { key, value } => {
            if next.peer.is_none() {
                next.set(key, *value);
            }
        }
        Event::Snapshotting { zxid } if entry.thread == Thread::Boot => said.made = Some(*zxid),
        Event::ReadingSnapshot { zxid } if entry.thread == Thread::Boot => said.snapshot = Some(*zxid),
        Event::TxnsLoaded { count } if entry.thread == Thread::Boot => said.replayed = Some(*count),
        Event::DatabaseLoaded { zxid } => said.loaded = Some(*zxid),
        Event::CurrentEpochMade { .. } => said.no_current = true,
        Event::AcceptedEpochMade { .. } => said.no_accepted = true,
        Event::ElectionPortOpen { .. } | Event::Standalone | Event::CannotLoad => {}
        Event::Exiting { .. } => next.kill(),
        _ => return None,
    }
    Some(Ok(vec![next]))
}

/// Lines of a server that runs.
fn running(context: &Context<'_>, world: &World, entry: &Entry) -> Successors {
    let as_it_is = || Ok(vec![world.clone()]);
    let handler = match entry.thread {
        Thread::Handler(number) => Some(number),
        _ => None,
    };
    let mut next = world.clone();
    match &entry.event {
        Event::Looking | Event::SetToLooking => election::looks(context, world),
        Event::NewElection { sid, zxid } => election::new_election(context, world, *sid, *zxid),
        Event::Heard { from, said, my_state } => election::heard(context, world, *from, *said, *my_state),
        Event::NotificationTimeout { next } => election::timeout(context, world, *next),
        Event::CannotOpenChannel { to } => {
            let unanswered = entry.cause.as_deref().is_some_and(|cause| cause.contains("timed out"));
            next.cannot_open(*to, unanswered);
            Ok(vec![next])
        }
        Event::ConnectionRequest => {
            next.connection_request();
            Ok(vec![next])
        }
        Event::DroppedConnection { to } => {
            next.dropped(*to);
            Ok(vec![next])
        }
        Event::ChannelBroken { with } => {
            next.broken(*with);
            Ok(vec![next])
        }
        Event::StateChanged { state, zab: None, .. } | Event::Role { state } => {
            election::enters(context, world, *state)
        }
        Event::ElectionTook { state } => {
            if world.unseen && world.is_looking() {
                return election::enters(context, world, *state);
            }
            if world.state() == Some(*state) { as_it_is() } else { Err(is(world)) }
        }
        Event::StateChanged { state, zab: Some(zab), mode } => {
            if world.state() != Some(*state) {
                return Err(is(world));
            }
            match state {
                ServerState::Leading => leader::state_changed(context, world, *zab),
                _ => learner::state_changed(context, world, *zab, *mode),
            }
        }
        Event::ReachedLeader { .. } => learner::reached(world),
        Event::CannotReachLeader { tries, .. } => learner::cannot_reach(world, *tries),
        Event::Synced { mode, zxid } => learner::synced(context, world, *mode, *zxid),
        Event::FirstProposal { zxid, expected, syncing } => {
            learner::first_proposal(context, world, *zxid, *expected, *syncing)
        }
        Event::NewLeader => learner::new_leader(context, world),
        Event::UpToDate => learner::up_to_date(world),
        Event::EpochTooOld { epoch, accepted } => learner::epoch_too_old(world, *epoch, *accepted),
        Event::LearnerFailed => learner::failed(context, world, entry.cause.as_deref()),
        Event::Disconnected { synced } => learner::disconnected(world, *synced),
        Event::LearnerShutdown => match world.phase() {
            Some(Phase::Leaving) => as_it_is(),
            _ => Err(is(world)),
        },
        Event::LearnerArrived { sid, observer } => leader::arrives(context, world, *sid, *observer, handler),
        Event::Synchronizing { sid, max, min, last, peer } => {
            leader::synchronizing(context, world, *sid, (*max, *min, *last, *peer))
        }
        Event::UsingCommittedLog { sid } => leader::using_committed_log(world, *sid),
        Event::UsingTxnLog { sid } => leader::using_txn_log(world, *sid),
        Event::Unhandled { sid } => leader::unhandled(world, *sid),
        Event::NotInTxnLog { zxid } => leader::not_in_txn_log(world, *zxid),
        Event::TxnLogTooLarge { .. } => leader::txn_log_too_large(world),
        Event::Sending { sid, mode, zxid } => leader::sending(world, *sid, *mode, *zxid),
        Event::SendingSnapshot { peer, leader, db } => {
            leader::sending_snapshot(context, world, (*peer, *leader, *db), handler)
        }
        Event::Supporters { sids, zxid } => leader::supporters(world, sids, *zxid),
        Event::LeaderShutdown { only, .. } => leader::shutdown(context, world, only.as_deref()),
        Event::HandlerEnds { sid } => leader::handler_ends(world, *sid, handler),
        Event::Snapshotting { zxid } if entry.thread == Thread::Snapshot => {
            next.advance(*zxid, context)?;
            next.snapshot_thread(*zxid)?;
            Ok(vec![next])
        }
        Event::Snapshotting { zxid } => {
            next.begin_reign();
            match next.course.snapshot.take() {
                Some(model) if model == *zxid => Ok(vec![next]),
                Some(model) => Err(format!("the model's snapshot is of {model}")),
                None => Err(format!("the model takes no snapshot: it is {}", election::describe(world))),
            }
        }
        Event::NewLogFile { zxid } => {
            next.begins_file(*zxid, context)?;
            Ok(vec![next])
        }
        Event::Severe => {
            next.log_failed = true;
            Ok(vec![next])
        }
        Event::LogOutOfOrder { zxid, last } => {
            if zxid <= last && *last <= world.position() {
                as_it_is()
            } else {
                Err(format!("the model's log ends with {}", world.position()))
            }
        }
        _ => as_it_is(),
    }
}

fn is(world: &World) -> String {
    format!("the model is {}", election::describe(world))
}
