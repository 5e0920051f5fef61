//! The timed scheduler: a virtual clock, a heap of what is due, latencies drawn from keyed streams.

mod frozen;

use super::{Key, Kind, Pace, Pins, Stream};
use crate::ensemble::{Action, Effect, Ensemble, NodeId, Segment, WRITERS};
use crate::trace::{RunHash, Words};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use zablab_protocol::{ConnId, DiskOp, Millis, Port, ServerState, Task, Work, Writer};

const NANOS_PER_MILLI: u64 = 1_000_000;
/// When an unanswered connection attempt is repeated, after its start: 1 s, 3 s, 7 s … (Linux's SYN retransmission).
const SYN_AGAIN: [u64; 6] = [1, 3, 7, 15, 31, 63];

/// What the heap holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Boot { node: NodeId, life: u32 },
    Deliver { conn: ConnId, to: NodeId, life: u32 },
    Timer { node: NodeId, slot: u32, life: u32 },
    Disk { node: NodeId, writer: u8, life: u32 },
    Task { node: NodeId, task: Task, life: u32 },
    Syn { from: NodeId, port: Port, to: NodeId, number: u64 },
}

/// When and by what an action came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Virtual nanoseconds since the start of the run.
    pub at: u64,
    /// The number of the step, from 1.
    pub step: u64,
    /// The step that caused it; 0 = the scenario.
    pub cause: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct TimerDue {
    deadline: u64,
    /// An entry of the heap stands for it.
    queued: Option<u64>,
    cause: u64,
}

/// A connection attempt: when it began and by which step, how often it was repeated, and its own number, since another
/// to the same server may follow it.
#[derive(Clone, Copy, Debug)]
struct DialDue {
    number: u64,
    began: u64,
    again: usize,
    queued: bool,
    cause: u64,
}

#[derive(Clone, Copy, Debug)]
struct DiskDue {
    at: u64,
    queued: bool,
    cause: u64,
}

#[derive(Clone, Debug)]
struct NodeTimes {
    /// Incarnation: what was scheduled for an earlier one is void.
    life: u32,
    pace: Pace,
    timers: Vec<TimerDue>,
    disk: [Option<DiskDue>; 3],
    boot: Option<(u64, u64)>,
    /// Attempts that have not arrived.
    dials: BTreeMap<(Port, NodeId), DialDue>,
    delayed: BTreeMap<Task, u64>,
    /// By kind, each made at its first draw.
    streams: [Option<Box<Stream>>; Kind::COUNT],
}

#[derive(Clone, Debug)]
struct ConnTimes {
    life: u32,
    /// A stream of latencies for each end as the receiver; which end, by its node.
    ends: [(NodeId, Stream, bool); 2],
}

/// An ensemble under virtual time.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The ensemble. Change it through [`Timed::perform`] only.
    pub ensemble: Ensemble,
    seed: u64,
    /// Draws that are not left to the seed; `None` where all are.
    pins: Option<Box<Pins>>,
    single_steps: bool,
    /// Nothing happens by itself.
    frozen: bool,
    /// When that was last over. What was due before then keeps its place among what is overdue.
    thawed: Option<u64>,
    now: u64,
    steps: u64,
    events: u64,
    seq: u64,
    heap: BinaryHeap<Reverse<(u64, u64, Due)>>,
    /// Tasks that make their step at once.
    ready: VecDeque<(NodeId, Task, u64)>,
    nodes: Vec<NodeTimes>,
    conns: Vec<ConnTimes>,
    /// Connections made so far between two servers on a port.
    made: BTreeMap<(NodeId, NodeId, Port), u64>,
    effects: Vec<Effect>,
    /// Links were healed, the first by this step, and what waited for them is not queued yet.
    healed: Option<u64>,
    hash: RunHash,
    words: Words,
}

impl Timed {
    /// Puts an ensemble under virtual time, at 0. A pace for each server, then for each client.
    pub fn new(ensemble: Ensemble, seed: u64, paces: Vec<Pace>) -> Timed {
        let times = |pace| NodeTimes {
            life: 0,
            pace,
            timers: Vec::new(),
            disk: [None; 3],
            boot: None,
            dials: BTreeMap::new(),
            delayed: BTreeMap::new(),
            streams: Default::default(),
        };
        let mut timed = Timed {
            nodes: paces.into_iter().map(times).collect(),
            ensemble,
            seed,
            pins: None,
            single_steps: false,
            frozen: false,
            thawed: None,
            now: 0,
            steps: 0,
            events: 0,
            seq: 0,
            heap: BinaryHeap::new(),
            ready: VecDeque::new(),
            conns: Vec::new(),
            made: BTreeMap::new(),
            effects: Vec::new(),
            healed: None,
            hash: RunHash::new(seed),
            words: Words::default(),
        };
        for node in timed.ensemble.ids() {
            timed.note_prompt(node);
        }
        timed
    }

    /// Virtual nanoseconds since the start.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Actions applied so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Events so far: packets delivered, disk operations completed, timers fired, client requests. Task steps do not
    /// count.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The digest of the run so far.
    pub fn hash(&self) -> RunHash {
        self.hash
    }

    /// How fast a server or client is now.
    pub fn pace(&self, node: NodeId) -> Pace {
        self.nodes[node.index()].pace
    }

    /// Changes a server's pace while running.
    pub fn set_pace(&mut self, node: NodeId, change: impl FnOnce(&mut Pace)) {
        change(&mut self.nodes[node.index()].pace);
        self.note_prompt(node);
    }

    /// Changes how fast a server's clock runs; what it waits for moves with it.
    pub fn set_clock(&mut self, node: NodeId, ppm: u32) {
        let now = self.now;
        let times = &mut self.nodes[node.index()];
        let before = std::mem::replace(&mut times.pace.clock_ppm, ppm);
        self.ensemble.nodes[node.index()].clock.set_rate(now, ppm);
        let life = times.life;
        let mut sooner = Vec::new();
        for (slot, due) in times.timers.iter_mut().enumerate().filter(|(_, due)| due.deadline > now) {
            let left = u128::from(due.deadline - now) * u128::from(before) / u128::from(ppm);
            due.deadline = now.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
            if due.queued.is_some_and(|queued| queued > due.deadline) {
                due.queued = Some(due.deadline);
                sooner.push((due.deadline, Due::Timer { node, slot: slot as u32, life }));
            }
        }
        sooner.into_iter().for_each(|(at, due)| self.push(at, due));
    }

    /// Every task step becomes an action of its own, so that something can happen between any two.
    pub fn single_steps(&mut self) {
        self.single_steps = true;
        for node in self.ensemble.ids() {
            self.note_prompt(node);
        }
    }

    fn note_prompt(&mut self, node: NodeId) {
        let free = self.nodes[node.index()].pace.task.max == 0;
        if let Some(server) = self.ensemble.nodes.get_mut(node.index()) {
            server.prompt = free && !self.single_steps;
        }
    }

    /// Some draws are given. To be called before the first step.
    pub fn pin(&mut self, pins: Pins) {
        self.pins = Some(Box::new(pins));
    }

    /// From now on every draw is of another seed, and none is given. What was drawn before stays.
    pub fn reseed(&mut self, seed: u64) {
        self.seed = seed;
        self.pins = None;
        let nodes = self.nodes.iter_mut().flat_map(|times| times.streams.iter_mut().flatten());
        nodes.for_each(|stream| stream.reseed(seed));
        let ends = self.conns.iter_mut().flat_map(|times| times.ends.iter_mut());
        ends.for_each(|(_, stream, _)| stream.reseed(seed));
    }

    /// A draw for the scenario itself: what a power failure takes, how long a client's packet travels.
    pub fn draw(&mut self, node: NodeId, kind: Kind) -> u64 {
        self.stream(node, kind).bits()
    }

    /// How long a client's packet to or from a server travels.
    pub fn client_latency(&mut self, node: NodeId) -> u64 {
        let range = self.nodes[node.index()].pace.latency;
        self.stream(node, Kind::Client).within(range)
    }

    fn stream(&mut self, node: NodeId, kind: Kind) -> &mut Stream {
        let a = self.ensemble.drawer(node);
        let (seed, times) = (self.seed, &mut self.nodes[node.index()]);
        let key = Key { kind, a, b: 0, number: u64::from(times.life) };
        let pins = self.pins.as_deref();
        times.streams[kind as usize].get_or_insert_with(|| Box::new(stream(seed, key, pins)))
    }

    fn push(&mut self, at: u64, due: Due) {
        self.seq += 1;
        self.heap.push(Reverse((at, self.seq, due)));
    }

    /// When the next action is due; `None` when nothing will ever happen by itself.
    pub fn next_at(&self) -> Option<u64> {
        if self.frozen {
            return None;
        }
        let due = self.heap.peek().map(|Reverse((at, _, _))| self.now.max(*at));
        if self.ready.is_empty() { due } else { Some(self.now) }
    }

    /// Takes the next due action and moves the clock to it. An entry that is void, moved or blocked gives `None`.
    pub fn take_next(&mut self) -> Option<(Action, u64)> {
        self.settle();
        if let Some((node, task, cause)) = self.ready.pop_front() {
            let action = Action::Run { node, task };
            return self.ensemble.is_enabled(&action).then_some((action, cause));
        }
        let Reverse((at, _, due)) = self.heap.pop()?;
        self.now = self.now.max(at);
        let lives = |node: NodeId, life| self.nodes[node.index()].life == life;
        let found = match due {
            Due::Boot { node, life } if lives(node, life) => {
                let cause = self.nodes[node.index()].boot.map_or(0, |(_, cause)| cause);
                Some((Action::Boot(node), cause))
            }
            Due::Deliver { conn, to, life } => self.take_delivery(at, conn, to, life),
            Due::Timer { node, slot, life } if lives(node, life) => self.take_timer(at, node, slot),
            Due::Disk { node, writer, life } if lives(node, life) => {
                let due = self.nodes[node.index()].disk[usize::from(writer)].as_mut();
                due.filter(|due| due.queued && due.at <= at).map(|due| {
                    due.queued = false;
                    (Action::DiskDone { node, writer: WRITERS[usize::from(writer)] }, due.cause)
                })
            }
            Due::Task { node, task, life } if lives(node, life) => {
                let action = Action::Run { node, task };
                // A held task keeps its place until it is released.
                let delayed = &mut self.nodes[node.index()].delayed;
                delayed.remove(&task).map(|cause| (action, cause))
            }
            Due::Syn { from, port, to, number } => {
                let due =
                    self.nodes[from.index()].dials.get_mut(&(port, to)).filter(|due| due.number == number);
                due.map(|due| {
                    due.queued = false;
                    (Action::Arrive { from, port, to }, due.cause)
                })
            }
            _ => None,
        };
        found.filter(|(action, _)| self.ensemble.is_enabled(action))
    }

    fn take_delivery(&mut self, at: u64, conn: ConnId, to: NodeId, life: u32) -> Option<(Action, u64)> {
        let times = self.conns.get_mut(conn.0 as usize).filter(|times| times.life == life)?;
        let (_, _, queued) = times.ends.iter_mut().find(|(node, _, _)| *node == to)?;
        *queued = false;
        let (_, ticket) = self.ensemble.net.head(conn, to)?;
        // What was due when this entry was made has arrived, or is gone.
        if ticket.due > at {
            self.queue_delivery(conn, to);
            return None;
        }
        Some((Action::Deliver { conn, to }, ticket.cause))
    }

    /// A timer that was moved since its entry was made is queued again, at its new time.
    fn take_timer(&mut self, at: u64, node: NodeId, slot: u32) -> Option<(Action, u64)> {
        let life = self.nodes[node.index()].life;
        let due = self.nodes[node.index()].timers.get_mut(slot as usize)?;
        if due.queued != Some(at) {
            return None;
        }
        due.queued = None;
        let timer = self.ensemble.timers(node).get(slot as usize)?;
        let (deadline, cause) = (due.deadline, due.cause);
        if deadline > at {
            due.queued = Some(deadline);
            self.push(deadline, Due::Timer { node, slot, life });
            return None;
        }
        Some((Action::Timer { node, timer }, cause))
    }

    /// Moves the clock on to `at`, where the scenario acts. Nothing may be due before, unless all is frozen.
    pub fn advance(&mut self, at: u64) {
        self.now = self.now.max(at);
    }

    /// Applies an action, which must be enabled, and schedules what follows from it.
    pub fn perform(&mut self, action: &Action, cause: u64) -> Moment {
        let heals = matches!(action, Action::Cut { on: false, .. });
        if !heals {
            self.settle();
        }
        self.steps += 1;
        self.events += u64::from(matches!(
            action,
            Action::Deliver { .. }
                | Action::Timer { .. }
                | Action::DiskDone { .. }
                | Action::Client { .. }
                | Action::Ask { .. }
        ));
        let moment = Moment { at: self.now, step: self.steps, cause };
        let mut effects = std::mem::take(&mut self.effects);
        effects.clear();
        self.ensemble.set_now(self.now);
        self.ensemble.apply_enabled(action, &mut effects);
        if let Action::Deliver { conn, to } = action {
            self.queue_delivery(*conn, *to);
        }
        for effect in &effects {
            self.schedule(effect);
        }
        if heals {
            self.healed.get_or_insert(self.steps);
        } else if unblocks(action) {
            self.rescan(self.steps);
        }
        self.hash.step(self.now, action, &effects, &mut self.words);
        self.effects = effects;
        moment
    }

    /// Queues what waited for links that are healed. A step heals many pairs, one action each: what waits is looked for
    /// once, behind the last. To be called behind actions that no other action follows at once.
    pub fn settle(&mut self) {
        if let Some(cause) = self.healed.take() {
            self.rescan(cause);
        }
    }

    /// What the last action brought about.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    fn schedule(&mut self, effect: &Effect) {
        match effect {
            Effect::Started(node) => {
                let range = self.nodes[node.index()].pace.boot;
                let at = self.now + self.stream(*node, Kind::Boot).within(range);
                self.nodes[node.index()].boot = Some((at, self.steps));
                self.push(at, Due::Boot { node: *node, life: self.nodes[node.index()].life });
            }
            Effect::Up(node) => self.nodes[node.index()].boot = None,
            Effect::Down(node, _) => {
                let times = &mut self.nodes[node.index()];
                times.life += 1;
                times.timers.clear();
                times.disk = [None; 3];
                times.boot = None;
                times.dials.clear();
                times.delayed.clear();
                times.streams = Default::default();
                self.ready.retain(|(ready, _, _)| ready != node);
            }
            Effect::Sent { conn, from, to, index, .. } => self.sent(*conn, *from, *to, *index),
            Effect::Opened { conn, from, port, to } => self.opened(*conn, *from, *port, *to),
            Effect::Freed { conn } => {
                if let Some(times) = self.conns.get_mut(conn.0 as usize) {
                    times.life += 1;
                }
            }
            Effect::Dialled { from, port, to } => {
                let range = self.nodes[from.index()].pace.connect;
                let at = self.now + self.stream(*from, Kind::Connect).within(range);
                let (number, began, cause) = (self.seq, self.now, self.steps);
                let due = DialDue { number, began, again: 0, queued: true, cause };
                self.nodes[from.index()].dials.insert((*port, *to), due);
                self.push(at, Due::Syn { from: *from, port: *port, to: *to, number });
            }
            Effect::Unanswered { from, port, to } => {
                if let Some(due) = self.nodes[from.index()].dials.get_mut(&(*port, *to))
                    && let Some(after) = SYN_AGAIN.get(due.again)
                {
                    due.again += 1;
                    due.queued = true;
                    let (number, at) = (due.number, due.began + after * 1000 * NANOS_PER_MILLI);
                    self.push(at.max(self.now), Due::Syn { from: *from, port: *port, to: *to, number });
                }
            }
            Effect::TimerSet { node, slot, after } => self.timer_set(*node, *slot, *after),
            Effect::DiskBegan { node, writer } => self.disk_began(*node, *writer),
            Effect::Woke { node, task, work } => self.woke(*node, *task, *work),
            Effect::TimerCancelled { .. }
            | Effect::DiskWrote { .. }
            | Effect::DiskFailed { .. }
            | Effect::DiskLost { .. }
            | Effect::Answered { .. }
            | Effect::Client { .. }
            | Effect::Decided { .. } => {}
        }
    }

    fn opened(&mut self, conn: ConnId, from: NodeId, port: Port, to: NodeId) {
        let number = self.made.entry((from, to, port)).or_default();
        *number += 1;
        let number = *number << 2 | port as u64;
        let (a, b) = (self.ensemble.drawer(from), self.ensemble.drawer(to));
        let (seed, at) = (self.seed, conn.0 as usize);
        let pins = self.pins.as_deref();
        let towards = |a, b| stream(seed, Key { kind: Kind::Latency, a, b, number }, pins);
        let ends = [(from, towards(b, a), false), (to, towards(a, b), false)];
        match self.conns.get_mut(at) {
            Some(times) => times.ends = ends,
            None => {
                // Handles below it may be free, and not in use yet.
                self.conns.resize_with(at, || ConnTimes { life: 0, ends: ends.clone() });
                self.conns.push(ConnTimes { life: 0, ends });
            }
        }
    }

    /// A segment is on its way: it arrives after its latency, but never before one sent earlier.
    fn sent(&mut self, conn: ConnId, from: NodeId, to: NodeId, index: usize) {
        let accepted = matches!(self.ensemble.net.head(conn, to), Some((Segment::Accepted, _))) && index == 0;
        let range = self.nodes[from.index()].pace.latency;
        let end = self.conns[conn.0 as usize].ends.iter_mut().find(|(node, _, _)| *node == to);
        let drawn = match end {
            // The connection is there as soon as the attempt has arrived.
            Some(_) if accepted => 0,
            Some((_, stream, _)) => stream.within(range),
            None => 0,
        };
        let due = (self.now + drawn).max(self.ensemble.net.due_before(conn, to, index));
        let cause = self.steps;
        if let Some(ticket) = self.ensemble.net.ticket_mut(conn, to, index) {
            ticket.due = due;
            ticket.cause = cause;
            self.queue_delivery(conn, to);
        }
    }

    /// Queues the delivery of what comes next on a stream, if it is not queued yet.
    fn queue_delivery(&mut self, conn: ConnId, to: NodeId) {
        let Some((_, ticket)) = self.ensemble.net.head(conn, to) else { return };
        let overdue = self.thawed == Some(self.now);
        let at = if overdue { ticket.due } else { ticket.due.max(self.now) };
        let Some(times) = self.conns.get_mut(conn.0 as usize) else { return };
        let life = times.life;
        if let Some((_, _, queued)) = times.ends.iter_mut().find(|(node, _, _)| *node == to)
            && !*queued
        {
            *queued = true;
            self.push(at, Due::Deliver { conn, to, life });
        }
    }

    fn timer_set(&mut self, node: NodeId, slot: usize, after: Millis) {
        let (now, cause) = (self.now, self.steps);
        let times = &mut self.nodes[node.index()];
        let deadline = now.saturating_add(true_span(after, times.pace.clock_ppm));
        if times.timers.len() <= slot {
            times.timers.resize(slot + 1, TimerDue::default());
        }
        let life = times.life;
        let due = &mut times.timers[slot];
        due.deadline = deadline;
        due.cause = cause;
        // An entry that comes earlier finds the new deadline by itself.
        if due.queued.is_none_or(|queued| queued > deadline) {
            due.queued = Some(deadline);
            self.push(deadline, Due::Timer { node, slot: slot as u32, life });
        }
    }

    fn disk_began(&mut self, node: NodeId, writer: Writer) {
        let pace = self.nodes[node.index()].pace;
        let sync = matches!(self.ensemble.node(node).disk.under_way(writer), Some(DiskOp::Sync));
        let (kind, range) = if sync { (Kind::Fsync, pace.fsync) } else { (Kind::Write, pace.write) };
        let at = self.now + self.stream(node, kind).within(range);
        let index = WRITERS.iter().position(|other| *other == writer).unwrap_or(0);
        let cause = self.steps;
        let times = &mut self.nodes[node.index()];
        times.disk[index] = Some(DiskDue { at, queued: true, cause });
        let due = Due::Disk { node, writer: index as u8, life: times.life };
        self.push(at, due);
    }

    /// A task wants to run: at once where its step costs nothing, else after its cost.
    fn woke(&mut self, node: NodeId, task: Task, work: Work) {
        let pace = self.nodes[node.index()].pace;
        let (kind, range) = match work {
            Work::Step => (Kind::Task, pace.task),
            Work::EnterRole => (Kind::Takeover, pace.takeover),
            Work::LeaveRole => (Kind::Teardown, pace.teardown),
            Work::Reconnect { again: true, .. } => (Kind::Reconnect, RECONNECT_DELAY),
            // Never at once: a client without a server that answers would try for ever.
            Work::Reconnect { again: false, .. } => (Kind::Reconnect, super::Range::micros(1, 1000)),
        };
        let cause = self.steps;
        if range.max == 0 && !self.frozen {
            if !self.ready.iter().any(|(ready, other, _)| *ready == node && *other == task) {
                self.ready.push_back((node, task, cause));
            }
            return;
        }
        if self.nodes[node.index()].delayed.contains_key(&task) {
            return;
        }
        // In a frozen world even what costs nothing has its place among what is due later.
        let mut wait = if range.max == 0 { 0 } else { self.stream(node, kind).within(range) };
        let observes =
            || self.ensemble.node(node).status().is_some_and(|s| s.state == ServerState::Observing);
        if work == Work::LeaveRole && observes() {
            wait += self.stream(node, kind).within(OBSERVER_ELECTION_DELAY);
        }
        if let Work::Reconnect { all_tried: true, .. } = work {
            wait += SPIN_DELAY;
        }
        let times = &mut self.nodes[node.index()];
        times.delayed.insert(task, cause);
        let due = Due::Task { node, task, life: times.life };
        self.push(self.now + wait, due);
    }

    /// Something was unblocked: queue whatever is due and has no entry.
    fn rescan(&mut self, cause: u64) {
        let streams: Vec<_> = self.ensemble.net.streams().collect();
        for (conn, to) in streams {
            self.queue_delivery(conn, to);
        }
        for id in self.ensemble.ids().chain(self.ensemble.client_ids()) {
            self.rescan_node(id, cause);
        }
    }

    fn rescan_node(&mut self, id: NodeId, cause: u64) {
        let now = self.now;
        let life = self.nodes[id.index()].life;
        if let Some((at, _)) = self.nodes[id.index()].boot {
            self.push(at.max(now), Due::Boot { node: id, life });
        }
        let mut again = Vec::new();
        for ((port, to), due) in &mut self.nodes[id.index()].dials {
            if !due.queued && self.ensemble.net.is_dialling(id, *port, *to) {
                due.queued = true;
                again.push(Due::Syn { from: id, port: *port, to: *to, number: due.number });
            }
        }
        again.into_iter().for_each(|due| self.push(now, due));
        let armed: Vec<usize> = self.ensemble.timers(id).armed().map(|(slot, _)| slot).collect();
        for slot in armed {
            let due = &mut self.nodes[id.index()].timers[slot];
            if due.queued.is_none() {
                let at = due.deadline.max(now);
                due.queued = Some(at);
                self.push(at, Due::Timer { node: id, slot: slot as u32, life });
            }
        }
        for (index, writer) in WRITERS.iter().enumerate() {
            let server = self.ensemble.nodes.get(id.index());
            let waits = server.is_some_and(|server| server.disk.under_way(*writer).is_some());
            if let Some(due) = self.nodes[id.index()].disk[index].as_mut().filter(|due| waits && !due.queued)
            {
                due.at = due.at.max(now);
                due.queued = true;
                let at = due.at;
                self.push(at, Due::Disk { node: id, writer: index as u8, life });
            }
        }
        for task in self.ensemble.ready(id) {
            let waits = self.frozen && self.ready.iter().any(|(ready, of, _)| *ready == id && *of == task);
            if !waits && !self.nodes[id.index()].delayed.contains_key(&task) {
                self.ready.push_back((id, task, cause));
            }
        }
    }
}

fn stream(seed: u64, key: Key, pins: Option<&Pins>) -> Stream {
    match pins {
        None => Stream::new(seed, key),
        Some(pins) => Stream::given(seed, key, pins),
    }
}

/// How long a span of a server's own clock is in true nanoseconds.
fn true_span(own: Millis, clock_ppm: u32) -> u64 {
    let nanos = own.0.saturating_mul(NANOS_PER_MILLI);
    if clock_ppm == 1_000_000 {
        return nanos;
    }
    u64::try_from(u128::from(nanos) * 1_000_000 / u128::from(clock_ppm)).unwrap_or(u64::MAX)
}

/// `observer.election.DelayMs`: an observer waits up to this much longer before it looks for a leader again.
const OBSERVER_ELECTION_DELAY: super::Range = super::Range::micros(0, 200_000);

/// A client waits up to this long before it tries the next server (`ClientCnxn.startConnect`).
const RECONNECT_DELAY: super::Range = super::Range::micros(0, 1_000_000);

/// And so much longer where it has tried them all (`HostProvider.next`), in virtual nanoseconds.
const SPIN_DELAY: u64 = 1_000_000_000;

/// Whether the action lets something go on that may have been put aside. Links that heal are looked after by themselves.
fn unblocks(action: &Action) -> bool {
    matches!(
        action,
        Action::Resume(_)
            | Action::HoldPart { on: false, .. }
            | Action::HoldStream { on: false, .. }
            | Action::ReleaseAll
    )
}
