//! Depth first: Wing and Gong, "Testing and verifying concurrent objects" (1993), with the memory of Lowe, "Testing for
//! linearizability" (2017), section 3.
//!
//! Calls and returns are a linked list in the order of time. What has been put in order is lifted out of it; what stands
//! before the first return of what is left may come next. A configuration, the set that was lifted and the state, is never
//! entered twice.

use super::calls::{Calls, HEAD, Next};
use super::part::Act;
use super::problem::{Problem, Progress, Stuck, Wanted};
use super::space::Space;
use super::supply::Supply;
use super::visited::{NONE, Visited};

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
    calls: Calls,
    /// For each uncertain operation its number among them.
    number: Vec<u32>,
    /// Classes with uncertain operations, those operations in the order of their calls, and how many are in use.
    uncertain: Vec<(Vec<u32>, u32)>,
    /// For each class, its place in `uncertain`.
    uncertain_of: Vec<u32>,
    used: Vec<u64>,
    state: u32,
    /// The next operation must find the state.
    observe: bool,
    entry: u32,
    lifted: Vec<u32>,
    frames: Vec<Frame>,
    candidates: Vec<u32>,
    /// The first candidate of the present configuration, and the next one.
    cursor: (u32, u32),
    /// Of a register.
    supply: Option<Supply>,
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
        let mut number = vec![NONE; ops.len()];
        let mut uncertain: Vec<(Vec<u32>, u32)> = Vec::new();
        let mut uncertain_of = vec![NONE; problem.classes.len()];
        let mut count = 0;
        for (at, _) in (0..).zip(ops).filter(|(_, op)| !op.certain()) {
            number[at as usize] = count;
            count += 1;
            let of = &mut uncertain_of[problem.class[at as usize] as usize];
            if *of == NONE {
                *of = uncertain.len() as u32;
                uncertain.push((Vec::new(), 0));
            }
            uncertain[*of as usize].0.push(at);
        }
        let mut search = Wgl {
            calls: Calls::new(ops),
            used: vec![0; count.div_ceil(64) as usize],
            number,
            uncertain,
            uncertain_of,
            state: problem.initial,
            observe: false,
            entry: NONE,
            lifted: Vec::new(),
            frames: Vec::new(),
            candidates: Vec::new(),
            cursor: (0, 0),
            supply: problem.lazy.then(|| Supply::new(problem)),
            visited: Visited::default(),
            deepest: None,
            done: false,
            words: Vec::new(),
            wanted: Wanted::default(),
            acts: Vec::new(),
        };
        search.reads(problem, space);
        search.remember(NONE, NONE);
        search.expand(problem, space);
        search
    }

    /// Goes on for so many configurations, with so many bytes for itself and the states.
    pub(super) fn run(
        &mut self,
        problem: &Problem,
        space: &mut Space,
        steps: u32,
        memory: usize,
    ) -> Progress {
        for _ in 0..steps {
            if self.done {
                return Progress::Holds(self.visited.path(self.entry));
            }
            // What grows grows to its double.
            if 2 * (self.bytes() + space.bytes()) > memory || self.visited.full() {
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
            window: self.calls.window(),
            entry: self.entry,
        });
        let certain = problem.ops[op as usize].certain();
        if certain {
            self.lift(op);
        } else {
            self.mark(problem, op, true);
        }
        if let Some(supply) = &mut self.supply {
            supply.take(problem.ops[op as usize].act);
        }
        self.state = state;
        let observed = self.reads(problem, space);
        self.observe = problem.lazy && !certain && !observed;
        if !self.dead_end() && self.remember(self.entry, op) {
            self.expand(problem, space);
        } else {
            self.undo(problem);
        }
        None
    }

    /// The last change did away with a value that is missed.
    fn dead_end(&mut self) -> bool {
        let gone = self.frames.last().map(|frame| frame.state).filter(|gone| *gone != self.state);
        match (&mut self.supply, gone) {
            (Some(supply), Some(gone)) => supply.missed(gone, &self.calls),
            _ => false,
        }
    }

    /// No candidate is left.
    fn back(&mut self, problem: &Problem) -> Option<Stuck> {
        if !self.frames.is_empty() {
            self.undo(problem);
            return None;
        }
        let (_, op, entry) = self.deepest.unwrap_or_default();
        // What is no dead end may go further than what is.
        Some(Stuck { op, path: self.visited.path(entry), exact: self.supply.is_none() })
    }

    fn undo(&mut self, problem: &Problem) {
        let Some(frame) = self.frames.pop() else { return };
        while self.lifted.len() > frame.lifted as usize {
            if let Some(op) = self.lifted.pop() {
                self.calls.put_back(op, frame.window);
                if let Some(supply) = &mut self.supply {
                    supply.put_back(op, problem.ops[op as usize].act);
                }
            }
        }
        if !problem.ops[frame.op as usize].certain() {
            self.mark(problem, frame.op, false);
            if let Some(supply) = &mut self.supply {
                supply.put_back(frame.op, problem.ops[frame.op as usize].act);
            }
        }
        self.candidates.truncate(frame.candidates.2 as usize);
        self.state = frame.state;
        self.observe = frame.observe;
        self.cursor = (frame.candidates.0, frame.candidates.1);
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
        self.calls.lift(op);
        self.lifted.push(op);
    }

    /// Lifts every read that may come now and that the state allows; whether there was one.
    fn reads(&mut self, problem: &Problem, space: &mut Space) -> bool {
        let before = self.lifted.len();
        let mut at = HEAD;
        while let Next::Call(node, op) = self.calls.behind(at) {
            let act = problem.ops[op as usize].act;
            if act.is_read() && space.step(self.state, act).is_some() {
                self.lift(op);
            } else {
                at = node;
            }
        }
        self.lifted.len() > before
    }

    /// Whether the present configuration is new.
    fn remember(&mut self, parent: u32, op: u32) -> bool {
        self.words.clear();
        let state = u64::from(self.state) << 1 | u64::from(self.observe);
        self.words.push(u64::from(self.calls.window().0) << 33 | state);
        self.words.extend_from_slice(&self.used);
        self.words.extend_from_slice(self.calls.lifted());
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
        let mut at = HEAD;
        let first = loop {
            match self.calls.behind(at) {
                Next::Call(node, op) => {
                    let act = problem.ops[op as usize].act;
                    self.wanted.operation(act);
                    let blind = self.observe && matches!(act, Act::Write(_));
                    if !act.is_read() && !blind && space.step(self.state, act).is_some() {
                        self.candidates.push(op);
                    }
                    at = node;
                }
                Next::Return(first) => break first,
                Next::End => {
                    self.done = true;
                    return;
                }
            }
        };
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
        let numbers = self.number.capacity()
            + self.lifted.capacity()
            + self.candidates.capacity()
            + self.uncertain_of.capacity();
        self.visited.bytes()
            + self.supply.as_ref().map_or(0, Supply::bytes)
            + self.calls.bytes()
            + numbers * 4
            + self.used.capacity() * 8
            + self.frames.capacity() * size_of::<Frame>()
    }
}
