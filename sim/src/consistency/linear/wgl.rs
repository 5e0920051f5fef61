//! Depth first: Wing and Gong, "Testing and verifying concurrent objects" (1993), with the memory of Lowe, "Testing for
//! linearizability" (2017), section 3.
//!
//! Calls and returns are a linked list in the order of time. What has been put in order is lifted out of it; what stands
//! before the first return of what is left may come next. A configuration, the set that was lifted and the state, is never
//! entered twice.

use super::part::Act;
use super::problem::{Problem, Progress, Stuck, Wanted};
use super::space::Space;
use super::visited::{NONE, Visited};

/// The head of the list, and its end.
const HEAD: u32 = 0;

/// A configuration on the way to the present one.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// What was lifted to leave it.
    op: u32,
    state: u32,
    observe: bool,
    /// Where its candidates begin, the next one, and where they end.
    candidates: (u32, u32, u32),
    /// How much had been lifted.
    lifted: u32,
    window: (u32, u32),
    entry: u32,
}

/// The search.
#[derive(Clone, Debug)]
pub(super) struct Wgl {
    /// Certain operations in the order of their calls; the i-th has the nodes 1 + 2i, its call, and 2 + 2i, its return.
    certain: Vec<u32>,
    /// For each operation its number among the certain or the uncertain ones.
    number: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    /// Classes with uncertain operations, those operations in the order of their calls, and how many are in use.
    uncertain: Vec<(Vec<u32>, u32)>,
    /// For each class, its place in `uncertain`.
    uncertain_of: Vec<u32>,
    used: Vec<u64>,
    set: Vec<u64>,
    /// Words of `set`: those before are full, and those behind are empty.
    window: (u32, u32),
    state: u32,
    /// The next operation must find the state.
    observe: bool,
    entry: u32,
    lifted: Vec<u32>,
    frames: Vec<Frame>,
    candidates: Vec<u32>,
    /// The first candidate of the present configuration, and the next one.
    cursor: (u32, u32),
    visited: Visited,
    /// The latest return before which a configuration stood, that operation, and the configuration.
    deepest: Option<(u32, u32, u32)>,
    done: bool,
    /// Room for building.
    words: Vec<u64>,
    wanted: Wanted,
    acts: Vec<Act>,
}

impl Wgl {
    /// A search that has not begun.
    pub(super) fn new(problem: &Problem, space: &mut Space) -> Wgl {
        let ops = &problem.ops;
        let mut certain = Vec::new();
        let mut number = Vec::with_capacity(ops.len());
        let mut uncertain: Vec<(Vec<u32>, u32)> = Vec::new();
        let mut uncertain_of = vec![NONE; problem.classes.len()];
        let mut count = 0;
        for (at, op) in (0..).zip(ops) {
            if op.certain() {
                number.push(certain.len() as u32);
                certain.push(at);
            } else {
                number.push(count);
                count += 1;
                let of = &mut uncertain_of[problem.class[at as usize] as usize];
                if *of == NONE {
                    *of = uncertain.len() as u32;
                    uncertain.push((Vec::new(), 0));
                }
                uncertain[*of as usize].0.push(at);
            }
        }
        let mut returns: Vec<(u32, u32)> =
            (0..).zip(&certain).map(|(i, at)| (ops[*at as usize].ret, 2 + 2 * i)).collect();
        returns.sort_unstable();
        let mut calls = (0u32..).zip(&certain).map(|(i, at)| (ops[*at as usize].call, 1 + 2 * i)).peekable();
        let mut returns = returns.into_iter().peekable();
        let mut next = vec![HEAD; 1 + 2 * certain.len()];
        let mut previous = next.clone();
        let mut last = HEAD;
        while let Some(ret) = returns.peek() {
            let node = match calls.next_if(|call| call < ret) {
                Some((_, node)) => node,
                None => returns.next().map_or(HEAD, |(_, node)| node),
            };
            next[last as usize] = node;
            previous[node as usize] = last;
            last = node;
        }
        previous[HEAD as usize] = last;
        let mut search = Wgl {
            set: vec![0; certain.len().div_ceil(64)],
            used: vec![0; count.div_ceil(64) as usize],
            number,
            next,
            previous,
            uncertain,
            uncertain_of,
            window: (0, 0),
            state: problem.initial,
            observe: false,
            entry: NONE,
            lifted: Vec::new(),
            frames: Vec::new(),
            candidates: Vec::new(),
            cursor: (0, 0),
            visited: Visited::default(),
            deepest: None,
            done: false,
            words: Vec::new(),
            wanted: Wanted::default(),
            acts: Vec::new(),
            certain,
        };
        search.reads(problem, space);
        search.remember(NONE, NONE);
        search.expand(problem, space);
        search
    }

    /// Goes on for so many configurations, with so many bytes.
    pub(super) fn run(
        &mut self,
        problem: &Problem,
        space: &mut Space,
        steps: u32,
        memory: usize,
    ) -> Progress {
        for _ in 0..steps {
            if self.done {
                return Progress::Holds;
            }
            // What grows grows to its double.
            if 2 * self.bytes() > memory || self.visited.full() {
                return Progress::Full;
            }
            if let Some(stuck) = self.step(problem, space) {
                return Progress::Violated(stuck);
            }
        }
        Progress::Running
    }

    /// Tries the next candidate, or goes back.
    fn step(&mut self, problem: &Problem, space: &mut Space) -> Option<Stuck> {
        let Some(&op) = self.candidates.get(self.cursor.1 as usize) else {
            return self.back(problem);
        };
        self.cursor.1 += 1;
        let state = space.step(self.state, problem.ops[op as usize].act)?;
        self.frames.push(Frame {
            op,
            state: self.state,
            observe: self.observe,
            candidates: (self.cursor.0, self.cursor.1, self.candidates.len() as u32),
            lifted: self.lifted.len() as u32,
            window: self.window,
            entry: self.entry,
        });
        let certain = problem.ops[op as usize].certain();
        if certain {
            self.lift(op);
        } else {
            self.mark(problem, op, true);
        }
        self.state = state;
        let observed = self.reads(problem, space);
        self.observe = problem.lazy && !certain && !observed;
        if self.remember(self.entry, op) {
            self.expand(problem, space);
        } else {
            self.undo(problem);
        }
        None
    }

    /// No candidate is left.
    fn back(&mut self, problem: &Problem) -> Option<Stuck> {
        if !self.frames.is_empty() {
            self.undo(problem);
            return None;
        }
        let (_, op, entry) = self.deepest.unwrap_or_default();
        Some(Stuck { op, path: self.visited.path(entry) })
    }

    fn undo(&mut self, problem: &Problem) {
        let Some(frame) = self.frames.pop() else { return };
        while self.lifted.len() > frame.lifted as usize {
            if let Some(op) = self.lifted.pop() {
                self.put_back(op);
            }
        }
        if !problem.ops[frame.op as usize].certain() {
            self.mark(problem, frame.op, false);
        }
        self.candidates.truncate(frame.candidates.2 as usize);
        self.state = frame.state;
        self.observe = frame.observe;
        self.cursor = (frame.candidates.0, frame.candidates.1);
        self.window = frame.window;
        self.entry = frame.entry;
    }

    fn mark(&mut self, problem: &Problem, op: u32, used: bool) {
        let of = self.uncertain_of[problem.class[op as usize] as usize] as usize;
        let number = self.number[op as usize];
        self.used[number as usize / 64] ^= 1 << (number % 64);
        let count = &mut self.uncertain[of].1;
        *count = if used { *count + 1 } else { *count - 1 };
    }

    fn lift(&mut self, op: u32) {
        let number = self.number[op as usize];
        for node in [1 + 2 * number, 2 + 2 * number] {
            let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
            self.next[previous as usize] = next;
            self.previous[next as usize] = previous;
        }
        self.set[number as usize / 64] |= 1 << (number % 64);
        self.window.1 = self.window.1.max(number / 64 + 1);
        while self.set.get(self.window.0 as usize) == Some(&!0) {
            self.window.0 += 1;
        }
        self.lifted.push(op);
    }

    fn put_back(&mut self, op: u32) {
        let number = self.number[op as usize];
        for node in [2 + 2 * number, 1 + 2 * number] {
            let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
            self.next[previous as usize] = node;
            self.previous[next as usize] = node;
        }
        self.set[number as usize / 64] &= !(1 << (number % 64));
    }

    /// Lifts every read that may come now and that the state allows; whether there was one.
    fn reads(&mut self, problem: &Problem, space: &mut Space) -> bool {
        let before = self.lifted.len();
        let mut node = self.next[HEAD as usize];
        while node % 2 == 1 {
            let op = self.certain[node as usize / 2];
            let act = problem.ops[op as usize].act;
            node = self.next[node as usize];
            if act.is_read() && space.step(self.state, act).is_some() {
                self.lift(op);
                // Its own return may have been next.
                node = self.next[self.previous[node as usize] as usize];
            }
        }
        self.lifted.len() > before
    }

    /// Whether the present configuration is new.
    fn remember(&mut self, parent: u32, op: u32) -> bool {
        self.words.clear();
        let state = u64::from(self.state) << 1 | u64::from(self.observe);
        self.words.push(u64::from(self.window.0) << 33 | state);
        self.words.extend_from_slice(&self.used);
        let (low, high) = (self.window.0 as usize, self.window.1 as usize);
        self.words.extend_from_slice(self.set.get(low..high).unwrap_or_default());
        match self.visited.insert(&self.words, parent, op) {
            Some(entry) => {
                self.entry = entry;
                true
            }
            None => false,
        }
    }

    /// Finds what may come next.
    fn expand(&mut self, problem: &Problem, space: &mut Space) {
        let begin = self.candidates.len() as u32;
        self.cursor = (begin, begin);
        self.wanted.clear();
        let mut node = self.next[HEAD as usize];
        while node % 2 == 1 {
            let op = self.certain[node as usize / 2];
            let act = problem.ops[op as usize].act;
            self.wanted.operation(act);
            let blind = self.observe && matches!(act, Act::Write(_));
            if !act.is_read() && !blind && space.step(self.state, act).is_some() {
                self.candidates.push(op);
            }
            node = self.next[node as usize];
        }
        if node == HEAD {
            self.done = true;
            return;
        }
        let first = self.certain[(node as usize - 1) / 2];
        let ret = problem.ops[first as usize].ret;
        if self.deepest.is_none_or(|(deepest, ..)| deepest < ret) {
            self.deepest = Some((ret, first, self.entry));
        }
        self.keep_first_ends(problem, begin as usize);
        self.uncertain_candidates(problem, space, begin as usize, ret);
    }

    /// Of candidates that do the same keeps the one that ends first; and puts those first that end first.
    fn keep_first_ends(&mut self, problem: &Problem, begin: usize) {
        let end = |op: u32| problem.ops[op as usize].ret;
        let class = |op: u32| problem.class[op as usize];
        self.candidates[begin..].sort_unstable_by_key(|op| (end(*op), *op));
        let mut kept = begin;
        for at in begin..self.candidates.len() {
            let op = self.candidates[at];
            if problem.classes[class(op) as usize].len() > 1
                && self.candidates[begin..kept].iter().any(|other| class(*other) == class(op))
            {
                continue;
            }
            self.candidates[kept] = op;
            kept += 1;
        }
        self.candidates.truncate(kept);
    }

    /// Adds the uncertain ones that may come now, behind the certain candidates from `from` on.
    fn uncertain_candidates(&mut self, problem: &Problem, space: &mut Space, from: usize, before: u32) {
        let begin = self.candidates.len();
        let class = |op: u32| problem.class[op as usize];
        self.acts.clear();
        for (ops, used) in &self.uncertain {
            if let Some(&op) = ops.get(*used as usize)
                && problem.ops[op as usize].call < before
            {
                self.candidates.push(op);
                self.acts.push(problem.ops[op as usize].act);
            }
        }
        if problem.lazy {
            self.wanted.through(&self.acts);
        }
        let mut kept = begin;
        for at in begin..self.candidates.len() {
            let op = self.candidates[at];
            let act = problem.ops[op as usize].act;
            let blind = self.observe && matches!(act, Act::Write(_));
            let useful = match act {
                Act::Write(to) | Act::Cas(_, to) if problem.lazy => self.wanted.has(to),
                _ => true,
            };
            // A certain one ends first.
            let second = self.candidates[from..begin].iter().any(|other| class(*other) == class(op));
            let changes = space.step(self.state, act).is_some_and(|next| next != self.state);
            if !blind && useful && !second && changes {
                self.candidates[kept] = op;
                kept += 1;
            }
        }
        self.candidates.truncate(kept);
    }

    /// Bytes kept, but for the problem and its states.
    pub(super) fn bytes(&self) -> usize {
        let numbers = self.certain.capacity()
            + self.number.capacity()
            + self.next.capacity()
            + self.previous.capacity()
            + self.lifted.capacity()
            + self.candidates.capacity()
            + self.uncertain_of.capacity();
        let words = self.set.capacity() + self.used.capacity();
        self.visited.bytes() + numbers * 4 + words * 8 + self.frames.capacity() * size_of::<Frame>()
    }
}
