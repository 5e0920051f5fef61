//! A part of a history: the operations on one object, which are judged alone.

use std::collections::{BTreeMap, BTreeSet};

/// Where an operation ends that has no end: after everything.
pub(super) const NEVER: u32 = u32::MAX;

/// What an operation does; values are numbers of their part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Act {
    /// Finds this value.
    Read(u32),
    /// Leaves this value.
    Write(u32),
    /// Finds the first and leaves the second; they differ.
    Cas(u32, u32),
    /// Puts this behind the text.
    Append(u32),
    /// Puts this into the set.
    Add(u32),
    /// Takes this out of the set.
    Remove(u32),
    /// Finds whether this is in the set.
    Has(u32, bool),
}

impl Act {
    /// It changes nothing, whatever it finds.
    pub(super) fn is_read(self) -> bool {
        matches!(self, Act::Read(_) | Act::Has(..))
    }
}

/// An operation that took effect, or may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Op {
    /// Its place in the history's `operations`.
    pub source: u32,
    /// The place of its invoke.
    pub call: u32,
    /// The place of its completion; [`NEVER`] where it may have had no effect.
    pub ret: u32,
    /// What it does.
    pub act: Act,
}

impl Op {
    /// It took effect for certain.
    pub(super) fn certain(&self) -> bool {
        self.ret != NEVER
    }
}

/// What the values of a part mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but to be equal or not.
    Register,
    /// The texts of the values, to append to.
    Text(Vec<Box<str>>),
    /// A set for each value; elements are numbers of their own.
    Set(Vec<Vec<u32>>),
}

/// The operations on one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The key, by its place in the history's `keys`.
    pub key: u32,
    /// What the values mean.
    pub kind: Kind,
    /// How many values there are; number 0 is the initial one.
    pub values: u32,
    /// In the order of their calls. Reads are certain.
    pub ops: Vec<Op>,
}

impl Part {
    /// What had happened before `place`: what began before it, and what had not ended by then may have had no effect.
    pub(super) fn cut(&self, place: u32) -> Part {
        let ops = self.ops.iter().filter(|op| op.call < place);
        let ops = ops.map(|op| Op { ret: if op.ret < place { op.ret } else { NEVER }, ..*op });
        let ops = ops.filter(|op| op.certain() || !op.act.is_read());
        Part { key: self.key, kind: self.kind.clone(), values: self.values, ops: ops.collect() }
    }

    /// Takes out what nobody can have noticed: uncertain changes of a register to a value that no operation finds. An
    /// order with such a change needs no other order without it: nothing can come between it and the next write, and
    /// a compare-and-set behind it would have found its value.
    pub(super) fn drop_unnoticed(&mut self) {
        match &self.kind {
            Kind::Register => {
                let found = self.found();
                self.ops.retain(|op| match op.act {
                    Act::Write(to) | Act::Cas(_, to) => op.certain() || found[to as usize],
                    _ => true,
                });
            }
            // What no text that was found has inside cannot have been there when one was found.
            Kind::Text(texts) => {
                let mut found = self.found();
                // An append may follow a compare-and-set whose own value nobody finds.
                for op in &self.ops {
                    if let Act::Cas(from, _) = op.act {
                        found[from as usize] = true;
                    }
                }
                let noticed = |value: u32| {
                    let part = &texts[value as usize];
                    texts.iter().zip(&found).any(|(text, found)| *found && text.contains(&**part))
                };
                self.ops.retain(|op| match op.act {
                    Act::Write(to) | Act::Append(to) => op.certain() || noticed(to),
                    _ => true,
                });
            }
            Kind::Set(sets) => {
                let mut seen = BTreeSet::new();
                for op in &self.ops {
                    match op.act {
                        Act::Read(value) => seen.extend(&sets[value as usize]),
                        Act::Has(element, _) => seen.extend([element]),
                        _ => {}
                    }
                }
                self.ops.retain(|op| match op.act {
                    Act::Add(element) => op.certain() || seen.contains(&element),
                    _ => true,
                });
            }
        }
    }

    /// Which values some operation finds that took effect, or must have since its own value was found.
    pub(super) fn found(&self) -> Vec<bool> {
        let mut found = vec![false; self.values as usize];
        let mut maybe: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut new = Vec::new();
        for op in &self.ops {
            match op.act {
                Act::Read(value) => new.push(value),
                Act::Cas(from, _) if op.certain() => new.push(from),
                Act::Cas(from, to) => maybe.entry(to).or_default().push(from),
                _ => {}
            }
        }
        while let Some(value) = new.pop() {
            if !std::mem::replace(&mut found[value as usize], true) {
                new.extend(maybe.remove(&value).unwrap_or_default());
            }
        }
        found
    }
}
