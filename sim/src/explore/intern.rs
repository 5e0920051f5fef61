//! Values kept once, by number.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::hash::Hash;

/// Values by number, from 0, in the order in which they were first seen.
#[derive(Clone, Debug)]
pub(super) struct Table<T>(IndexSet<T, FxBuildHasher>);

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table(IndexSet::default())
    }
}

impl<T: Hash + Eq> Table<T> {
    /// The number of a value, and whether it is new.
    pub(super) fn number(&mut self, value: T) -> (u32, bool) {
        let (number, fresh) = self.0.insert_full(value);
        (u32::try_from(number).unwrap_or_else(|_| unreachable!("memory ends before numbers do")), fresh)
    }

    /// The value that is equal to this one, if it is known.
    pub(super) fn find(&self, value: &T) -> Option<&T> {
        self.0.get(value)
    }

    /// The value that stands for all that are equal to this one.
    pub(super) fn once(&mut self, value: T) -> T
    where
        T: Clone,
    {
        let number = self.number(value).0;
        self.get(number).clone()
    }

    /// The value of a number that this table gave.
    pub(super) fn get(&self, number: u32) -> &T {
        &self.0[number as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
