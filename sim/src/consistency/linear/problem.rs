//! A part as the searching engines see it, and what makes their search small.
//!
//! Some order of a linearizable part obeys all of these, so only such orders are searched:
//!
//! - A read comes as soon as it may and the state allows it. Moving it there breaks nothing: it changes no state, and what
//!   must be before it is there already.
//! - Of changes that do the same, and that may both come now, the one that ends first is first: changing places, both
//!   keep what real time demands.
//! - Behind an uncertain change of a register comes an operation that finds its value. Else the order is as good without
//!   it.
//!
//! They go together: leaving out makes the order shorter, moving a read makes its place earlier, changing places moves
//! nothing else; so making an order obey one after the other comes to an end.

use super::part::{Act, Op, Part};
use super::space::Space;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// A part to be searched for an order.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// In the order of their calls; their acts in terms of states.
    pub ops: Vec<Op>,
    /// For each operation, which others do the same: the number of its class.
    pub class: Vec<u32>,
    /// The classes: what their operations do, and which they are, in the order of their calls.
    pub classes: IndexMap<Act, Vec<u32>, FxBuildHasher>,
    /// The first state.
    pub initial: u32,
    /// An uncertain change is made only where its value is found at once.
    pub lazy: bool,
}

/// What an engine came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing yet.
    Running,
    /// There is an order; its changes. Reads are left out.
    Holds(Vec<u32>),
    /// There is none.
    Violated(Stuck),
    /// It would need more memory.
    Full,
}

/// Where no order goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// The operation whose completion was not passed.
    pub op: u32,
    /// Changes, in an order that goes so far; reads are left out.
    pub path: Vec<u32>,
    /// No order goes further.
    pub exact: bool,
}

impl Problem {
    /// `part`, and the states of its object.
    pub(super) fn new(part: &Part) -> (Problem, Space) {
        let (space, initial, acts) = Space::new(part);
        let mut classes: IndexMap<Act, Vec<u32>, FxBuildHasher> = IndexMap::default();
        let mut class = Vec::with_capacity(acts.len());
        let ops = part.ops.iter().zip(acts).map(|(op, act)| Op { act, ..*op }).collect::<Vec<_>>();
        for (at, op) in (0..).zip(&ops) {
            let entry = classes.entry(op.act);
            class.push(entry.index() as u32);
            entry.or_default().push(at);
        }
        let lazy = matches!(space, Space::Register);
        let problem = Problem { ops, class, classes, initial, lazy };
        (problem, space)
    }

    /// Bytes kept, roughly from above.
    pub(super) fn bytes(&self) -> usize {
        self.ops.capacity() * size_of::<Op>()
            + self.class.capacity() * 4
            + self.ops.len() * 8
            + self.classes.len() * (size_of::<(Act, Vec<u32>)>() + 16)
    }
}

/// Which values of a register the next operations can find.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    values: Vec<u32>,
}

impl Wanted {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    /// An operation that may come next.
    pub(super) fn operation(&mut self, act: Act) {
        if let Act::Read(value) | Act::Cas(value, _) = act {
            self.value(value);
        }
    }

    fn value(&mut self, value: u32) -> bool {
        let new = !self.has(value);
        if new {
            self.values.push(value);
        }
        new
    }

    /// Uncertain changes that may come next: one that leaves a wanted value may have to find another.
    pub(super) fn through(&mut self, uncertain: &[Act]) {
        loop {
            let mut more = false;
            for act in uncertain {
                if let Act::Cas(from, to) = *act
                    && self.has(to)
                {
                    more |= self.value(from);
                }
            }
            if !more {
                break;
            }
        }
    }

    /// Whether `value` can be found.
    pub(super) fn has(&self, value: u32) -> bool {
        self.values.contains(&value)
    }
}
