//! The draws of a plan. Each topic has a stream of its own, so that what is drawn for one moves nothing of another.

use crate::schedule::{Key, Kind, Range, Stream};
use xxhash_rust::xxh3::xxh3_64;

/// A stream of draws for one topic of one plan.
pub(super) struct Draws(Stream);

impl Draws {
    pub(super) fn new(seed: u64, profile: &str, topic: &str) -> Draws {
        let hash = |text: &str| xxh3_64(text.as_bytes()).cast_signed();
        Draws(Stream::new(seed, Key { kind: Kind::Plan, a: hash(profile), b: hash(topic), number: 0 }))
    }

    /// From `min` to `max`, both included.
    pub(super) fn between(&mut self, min: u64, max: u64) -> u64 {
        self.0.within(Range { min, max })
    }

    /// From 0 to one less than `end`, which is above 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.between(0, end - 1)
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; there is at least one.
    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}
