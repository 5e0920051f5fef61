//! The order of changes is recorded, by their zxids, so it is only held against what clients saw: Gibbons and Korach,
//! "Testing shared memories" (1997), section 4.3, on a given order of writes.
//!
//! A read stands behind the newest change at or below its own zxid. If the states and real time agree with that, it is an
//! order that explains the history. If they do not, nothing is said: values alone may allow another.

use super::part::{Act, Part};
use super::problem::Problem;
use super::space::Space;
use crate::history::History;

/// Whether every answer has its zxid.
pub(super) fn applies(history: &History, part: &Part) -> bool {
    part.ops.iter().all(|op| !op.certain() || history.operations[op.source as usize].zxid.is_some())
}

/// Whether the recorded order explains a part.
pub(super) fn explains(history: &History, problem: &Problem, space: &mut Space) -> bool {
    Order::new(history, problem).is_some_and(|order| order.holds(problem, space))
}

struct Order {
    /// Certain changes by zxid.
    changes: Vec<(i64, u32)>,
    /// Reads: the number of changes before, and the zxid.
    reads: Vec<(usize, i64, u32)>,
}

impl Order {
    /// Nothing if an answer lacks its zxid, or two changes have the same.
    fn new(history: &History, problem: &Problem) -> Option<Order> {
        let (mut changes, mut reads) = (Vec::new(), Vec::new());
        for (at, op) in (0..).zip(&problem.ops) {
            if op.certain() {
                let zxid = history.operations[op.source as usize].zxid?;
                if op.act.is_read() {
                    reads.push((0, zxid, at));
                } else {
                    changes.push((zxid, at));
                }
            }
        }
        changes.sort_unstable();
        if changes.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        for (before, zxid, _) in &mut reads {
            *before = changes.partition_point(|(change, _)| change <= zxid);
        }
        reads.sort_unstable();
        Some(Order { changes, reads })
    }

    fn holds(&self, problem: &Problem, space: &mut Space) -> bool {
        let mut sweep = Sweep { problem, space, state: problem.initial, last_call: None, used: Vec::new() };
        let mut reads = &self.reads[..];
        for before in 0..=self.changes.len() {
            if before > 0 && !sweep.takes(self.changes[before - 1].1) {
                return false;
            }
            let count = reads.iter().take_while(|read| read.0 == before).count();
            let (here, later) = reads.split_at(count);
            reads = later;
            if !sweep.reads(here) {
                return false;
            }
        }
        true
    }
}

struct Sweep<'a> {
    problem: &'a Problem,
    space: &'a mut Space,
    state: u32,
    /// The latest call of what was taken.
    last_call: Option<u32>,
    /// Uncertain changes that were taken.
    used: Vec<u32>,
}

impl Sweep<'_> {
    /// Reads between two changes. Where the state is theirs they go by their calls; else an uncertain change, which has
    /// no zxid, must have come between, and they go by their zxids.
    fn reads(&mut self, reads: &[(usize, i64, u32)]) -> bool {
        let act = |op: u32| self.problem.ops[op as usize].act;
        if reads.iter().all(|read| self.space.step(self.state, act(read.2)).is_some()) {
            let mut ops: Vec<u32> = reads.iter().map(|read| read.2).collect();
            // Operations are numbered by their calls.
            ops.sort_unstable();
            ops.into_iter().all(|op| self.takes(op))
        } else {
            reads.iter().all(|read| self.takes(read.2))
        }
    }

    /// Takes an operation, behind an uncertain change if it needs one.
    fn takes(&mut self, op: u32) -> bool {
        let act = self.problem.ops[op as usize].act;
        let next = self.space.step(self.state, act).or_else(|| {
            let change = self.uncertain(act)?;
            self.used.push(change);
            self.in_time(change).then_some(())?;
            self.state = self.space.step(self.state, self.problem.ops[change as usize].act)?;
            self.space.step(self.state, act)
        });
        match next {
            Some(state) if self.in_time(op) => {
                self.state = state;
                true
            }
            _ => false,
        }
    }

    /// An uncertain change to what `act` finds.
    fn uncertain(&mut self, act: Act) -> Option<u32> {
        let (Act::Read(found) | Act::Cas(found, _)) = act else { return None };
        let classes = [Act::Write(found), Act::Cas(self.state, found)];
        let ops = classes.iter().filter_map(|class| self.problem.classes.get(class)).flatten();
        let mut ops = ops.copied().filter(|op| !self.problem.ops[*op as usize].certain());
        ops.find(|op| !self.used.contains(op))
    }

    /// Nothing taken before began after its end.
    fn in_time(&mut self, op: u32) -> bool {
        let op = &self.problem.ops[op as usize];
        let in_time = self.last_call.is_none_or(|call| call < op.ret);
        self.last_call = self.last_call.max(Some(op.call));
        in_time
    }
}
