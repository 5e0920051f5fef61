//! Breadth first: just-in-time linearization, Lowe, "Testing for linearizability" (2017), section 4.
//!
//! The events pass by in order. Kept are all configurations that can be reached: the state, and which of the open
//! operations have been put in order. Only a return makes an operation be put in order, with others before it where
//! needed; configurations that are the same become one.

use super::events::{Event, Events};
use super::part::Act;
use super::problem::{Problem, Progress, Stuck, Wanted};
use super::space::Space;
use super::visited::{NONE, Visited};

/// The search. A configuration's words are its state, with the lowest bit set where that must be found next, and a bit
/// for each open operation that has been put in order.
#[derive(Clone, Debug)]
pub(super) struct Jit {
    events: Vec<Event>,
    /// The next event.
    at: usize,
    /// For each operation, its bit while it is open; an uncertain one is open from its call on.
    slot: Vec<u32>,
    /// Certain ones that change something.
    open: Vec<u32>,
    /// For each class with uncertain operations, those, and how many have been called.
    uncertain: Vec<(Vec<u32>, u32)>,
    uncertain_of: Vec<u32>,
    /// Reads that are open.
    open_reads: Vec<u32>,
    current: Visited,
    /// At a return: those it leads to, those on the way, and which of them is next.
    passed: Visited,
    way: Visited,
    next: Option<usize>,
    /// Changes in order: what came before, and the operation.
    nodes: Vec<(u32, u32)>,
    words: Vec<u64>,
    wanted: Wanted,
    acts: Vec<Act>,
    candidates: Vec<u32>,
}

impl Jit {
    /// A search that has not begun.
    pub(super) fn new(problem: &Problem) -> Jit {
        let ops = &problem.ops;
        let Events { events, slot, slots } = Events::new(ops);
        let mut uncertain = Vec::new();
        let mut uncertain_of = Vec::with_capacity(problem.classes.len());
        for class in problem.classes.values() {
            let ops: Vec<u32> = class.iter().copied().filter(|op| !ops[*op as usize].certain()).collect();
            uncertain_of.push(if ops.is_empty() { NONE } else { uncertain.len() as u32 });
            if !ops.is_empty() {
                uncertain.push((ops, 0));
            }
        }
        let mut words = vec![0; 1 + slots.div_ceil(64) as usize];
        words[0] = u64::from(problem.initial) << 1;
        let mut current = Visited::default();
        current.insert(&words, NONE, NONE);
        Jit {
            events,
            at: 0,
            slot,
            open: Vec::new(),
            uncertain,
            uncertain_of,
            open_reads: Vec::new(),
            current,
            passed: Visited::default(),
            way: Visited::default(),
            next: None,
            nodes: Vec::new(),
            words,
            wanted: Wanted::default(),
            acts: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Goes on for so many configurations, with so many bytes for itself and the states.
    pub(super) fn run(
        &mut self,
        problem: &Problem,
        space: &mut Space,
        steps: u32,
        memory: usize,
    ) -> Progress {
        let mut left = i64::from(steps);
        while left > 0 {
            // What grows grows to its double.
            if 2 * (self.bytes() + space.bytes()) > memory
                || self.passed.full()
                || self.way.full()
                || self.nodes_full()
            {
                return Progress::Full;
            }
            let Some(&event) = self.events.get(self.at) else {
                return Progress::Holds(self.path(self.current.parent(0)));
            };
            left -= 1;
            match (event, self.next) {
                (Event::Call(op), _) => {
                    left -= self.call(problem, space, op) as i64;
                    self.at += 1;
                }
                (Event::Return(op), None) => {
                    left -= self.current.len() as i64;
                    self.begin_return(problem, op);
                }
                (Event::Return(op), Some(next)) if next < self.way.len() => {
                    self.next = Some(next + 1);
                    self.expand(problem, space, op, next);
                }
                (Event::Return(op), Some(_)) if self.passed.len() == 0 => {
                    return Progress::Violated(Stuck {
                        op,
                        path: self.path(self.current.parent(0)),
                        exact: true,
                    });
                }
                (Event::Return(op), Some(_)) => {
                    std::mem::swap(&mut self.current, &mut self.passed);
                    self.end_return(op);
                }
            }
        }
        Progress::Running
    }

    /// A read is put in order where the state allows it.
    fn call(&mut self, problem: &Problem, space: &mut Space, op: u32) -> usize {
        let Some(called) = problem.ops.get(op as usize) else { return 0 };
        if called.act.is_read() {
            self.open_reads.push(op);
            let slot = self.slot[op as usize];
            for at in 0..self.current.len() {
                let state = (self.current.of(at)[0] >> 1) as u32;
                if space.step(state, called.act).is_some() {
                    self.current.change(at, 1 + slot as usize / 64, |word| *word |= 1 << (slot % 64));
                }
            }
            return self.current.len();
        }
        if called.certain() {
            self.open.push(op);
        } else {
            self.uncertain[self.uncertain_of[problem.class[op as usize] as usize] as usize].1 += 1;
        }
        0
    }

    fn begin_return(&mut self, problem: &Problem, op: u32) {
        let slot = self.slot[op as usize];
        let (word, bit) = (1 + slot as usize / 64, 1u64 << (slot % 64));
        if (0..self.current.len()).all(|at| self.current.of(at)[word] & bit != 0) {
            for at in 0..self.current.len() {
                self.current.change(at, word, |word| *word &= !bit);
            }
            self.end_return(op);
            return;
        }
        debug_assert!(problem.ops[op as usize].certain());
        self.passed.clear();
        self.way.clear();
        self.next = Some(0);
        for at in 0..self.current.len() {
            self.words.clear();
            self.words.extend_from_slice(self.current.of(at));
            let node = self.current.parent(at);
            if self.words[word] & bit != 0 {
                self.words[word] &= !bit;
                self.passed.insert(&self.words, node, NONE);
            } else {
                self.way.insert(&self.words, node, NONE);
            }
        }
    }

    fn end_return(&mut self, op: u32) {
        self.next = None;
        self.at += 1;
        self.open.retain(|open| *open != op);
        self.open_reads.retain(|open| *open != op);
    }

    fn has(&self, words: &[u64], op: u32) -> bool {
        let slot = self.slot[op as usize];
        words[1 + slot as usize / 64] & 1 << (slot % 64) != 0
    }

    /// Puts one more change in order, each that may come next.
    fn expand(&mut self, problem: &Problem, space: &mut Space, returning: u32, at: usize) {
        let state = (self.way.of(at)[0] >> 1) as u32;
        self.find_candidates(problem, space, at);
        let node = self.way.parent(at);
        for index in 0..self.candidates.len() {
            let op = self.candidates[index];
            let Some(next) = space.step(state, problem.ops[op as usize].act) else { continue };
            self.words.clear();
            self.words.extend_from_slice(self.way.of(at));
            self.words[0] = u64::from(next) << 1;
            set(&mut self.words, self.slot[op as usize]);
            let mut observed = false;
            for &read in &self.open_reads {
                if !self.has(&self.words, read) && space.step(next, problem.ops[read as usize].act).is_some()
                {
                    set(&mut self.words, self.slot[read as usize]);
                    observed = true;
                }
            }
            if problem.lazy && !problem.ops[op as usize].certain() && !observed {
                self.words[0] |= 1;
            }
            let new = self.nodes.len() as u32;
            let done = self.has(&self.words, returning);
            let kept = if done {
                let slot = self.slot[returning as usize];
                self.words[1 + slot as usize / 64] &= !(1 << (slot % 64));
                self.passed.insert(&self.words, new, NONE)
            } else {
                self.way.insert(&self.words, new, NONE)
            };
            if kept.is_some() {
                self.nodes.push((node, op));
            }
        }
    }

    fn find_candidates(&mut self, problem: &Problem, space: &mut Space, at: usize) {
        let words = self.way.of(at);
        let (state, observe) = ((words[0] >> 1) as u32, words[0] & 1 != 0);
        let class = |op: u32| problem.class[op as usize];
        let act = |op: u32| problem.ops[op as usize].act;
        let blind = |op: u32| observe && matches!(act(op), Act::Write(_));
        self.candidates.clear();
        self.acts.clear();
        self.wanted.clear();
        for &read in &self.open_reads {
            if !self.has(words, read) {
                self.wanted.operation(act(read));
            }
        }
        for &op in &self.open {
            if self.has(words, op) {
                continue;
            }
            self.wanted.operation(act(op));
            if blind(op) || space.step(state, act(op)).is_none() {
                continue;
            }
            // Of those that do the same, the one that ends first.
            match self.candidates.iter_mut().find(|other| class(**other) == class(op)) {
                Some(other) if problem.ops[*other as usize].ret > problem.ops[op as usize].ret => *other = op,
                Some(_) => {}
                None => self.candidates.push(op),
            }
        }
        let certain = self.candidates.len();
        for (ops, called) in &self.uncertain {
            let called = &ops[..*called as usize];
            if let Some(&op) = called.iter().find(|op| !self.has(words, **op)) {
                self.acts.push(act(op));
                if !self.candidates[..certain].iter().any(|other| class(*other) == class(op)) {
                    self.candidates.push(op);
                }
            }
        }
        if problem.lazy {
            self.wanted.through(&self.acts);
        }
        let mut kept = certain;
        for index in certain..self.candidates.len() {
            let op = self.candidates[index];
            let useful = match act(op) {
                Act::Write(to) | Act::Cas(_, to) if problem.lazy => self.wanted.has(to),
                _ => true,
            };
            let changes = space.step(state, act(op)).is_some_and(|next| next != state);
            if useful && changes && !blind(op) {
                self.candidates[kept] = op;
                kept += 1;
            }
        }
        self.candidates.truncate(kept);
    }

    fn path(&self, mut node: u32) -> Vec<u32> {
        let mut path = Vec::new();
        while let Some(&(before, op)) = self.nodes.get(node as usize) {
            path.push(op);
            node = before;
        }
        path.reverse();
        path
    }

    fn nodes_full(&self) -> bool {
        self.nodes.len() >= NONE as usize / 4
    }

    /// Bytes kept, but for the problem and its states.
    pub(super) fn bytes(&self) -> usize {
        self.events.capacity() * size_of::<Event>()
            + self.slot.capacity() * 4
            + self.nodes.capacity() * 8
            + self.current.bytes()
            + self.passed.bytes()
            + self.way.bytes()
    }
}

fn set(words: &mut [u64], slot: u32) {
    words[1 + slot as usize / 64] |= 1 << (slot % 64);
}
