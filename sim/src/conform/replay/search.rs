//! Goes over a log line by line, with all states that the machine can be in.

use super::context::{Context, Reigns, is_start};
use super::explain::{explain, shows_state};
use super::record::{Step, When};
use super::world::World;
use super::{Successors, boot, election};
use crate::conform::event::{Entry, Event, Thread};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use zablab_protocol::{Config, Decision, Epoch, Notification, ServerState, Storage, Zxid};

/// The most states that are kept.
const MOST: usize = 512;
/// Lines of different threads this far apart may stand in the wrong order, ms.
const DISORDER: i64 = 60;
/// Lines that far apart may, where there are no times.
const DISORDER_LINES: usize = 8;
/// How many states are tried in other orders of lines, in one log.
const TRIES: u32 = 60_000;
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
    /// What the server is at the end of its log; `None` if it does not run.
    pub end: Option<End>,
}

/// Where a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// LOOKING, FOLLOWING, LEADING, OBSERVING.
    pub state: ServerState,
    /// Whether it serves clients.
    pub serving: bool,
    /// currentEpoch.
    pub epoch: Epoch,
    /// lastProcessedZxid, as far as lines have shown.
    pub zxid: Zxid,
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
            self.worlds.iter_mut().for_each(|world| world.join_midway(&context));
        }
        self.out_of_step = false;
        self.begun = true;
    }

    fn keep(&mut self) {
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
            self.replayed.end = world.status().map(|status| End {
                state: status.state,
                serving: status.serving,
                epoch: status.current_epoch,
                zxid: status.last_processed,
            });
            self.replayed.steps = world.record.steps();
            self.replayed.decisions = world.record.decisions();
            self.replayed.said = world.record.said();
            self.replayed.assumed = world.record.assumed();
        }
        self.replayed
    }
}
