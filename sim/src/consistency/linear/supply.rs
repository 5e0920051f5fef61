//! Whether a value that some operation has yet to find can still come.

use super::calls::Calls;
use super::part::Act;
use super::problem::Problem;
use super::visited::NONE;

/// Of each value of a register, who must find it, and who can still leave it.
///
/// A change that does away with a value is a dead end if the one that must find that value first, by its end, has no
/// operation before its end left that could bring the value back.
#[derive(Clone, Debug)]
pub(super) struct Supply {
    /// For each value, the certain operations that find it, by their ends, and the first of them that may be left.
    finders: Vec<(Vec<u32>, u32)>,
    /// For each of those, its place there, and how many operations that leave its value begin before its end.
    place: Vec<u32>,
    before: Vec<u32>,
    /// For each value, how many operations that leave it are in order already.
    used: Vec<u32>,
}

fn finds(act: Act) -> Option<u32> {
    match act {
        Act::Read(value) | Act::Cas(value, _) => Some(value),
        _ => None,
    }
}

fn leaves(act: Act) -> Option<u32> {
    match act {
        Act::Write(value) | Act::Cas(_, value) => Some(value),
        _ => None,
    }
}

impl Supply {
    /// Nothing is in order yet. Only for registers.
    pub(super) fn new(problem: &Problem) -> Supply {
        let ops = &problem.ops;
        let values = ops.iter().flat_map(|op| [finds(op.act), leaves(op.act)]).flatten();
        let count = values.max().unwrap_or(0).max(problem.initial) as usize + 1;
        let mut finders = vec![(Vec::new(), 0); count];
        let mut calls = vec![Vec::new(); count];
        for (at, op) in (0..).zip(ops) {
            if let Some(value) = finds(op.act).filter(|_| op.certain()) {
                finders[value as usize].0.push(at);
            }
            if let Some(value) = leaves(op.act) {
                calls[value as usize].push(op.call);
            }
        }
        let mut place = vec![NONE; ops.len()];
        let mut before = vec![0; ops.len()];
        for ((finders, _), calls) in finders.iter_mut().zip(&calls) {
            finders.sort_unstable_by_key(|op| ops[*op as usize].ret);
            for (index, op) in (0..).zip(finders.iter()) {
                let ret = ops[*op as usize].ret;
                place[*op as usize] = index;
                before[*op as usize] = calls.partition_point(|call| *call < ret) as u32;
            }
        }
        Supply { finders, place, before, used: vec![0; count] }
    }

    /// `op` is in order.
    pub(super) fn take(&mut self, act: Act) {
        if let Some(value) = leaves(act) {
            self.used[value as usize] += 1;
        }
    }

    /// `op` is in order no more.
    pub(super) fn put_back(&mut self, op: u32, act: Act) {
        if let Some(value) = leaves(act) {
            self.used[value as usize] -= 1;
        }
        if let Some(value) = finds(act)
            && self.place[op as usize] != NONE
        {
            let first = &mut self.finders[value as usize].1;
            *first = self.place[op as usize].min(*first);
        }
    }

    /// Whether `value` is missed once it is gone.
    pub(super) fn missed(&mut self, value: u32, calls: &Calls) -> bool {
        let (finders, first) = &mut self.finders[value as usize];
        while finders.get(*first as usize).is_some_and(|op| calls.is_lifted(*op)) {
            *first += 1;
        }
        let left = |op: &u32| self.before[*op as usize] > self.used[value as usize];
        finders.get(*first as usize).is_some_and(|op| !left(op))
    }

    /// Bytes kept.
    pub(super) fn bytes(&self) -> usize {
        let finders = self.finders.len() * (size_of::<(Vec<u32>, u32)>() + 4);
        finders + 3 * 4 * self.place.len()
    }
}
