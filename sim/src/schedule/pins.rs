//! Draws that are given instead of drawn, each by its name: the stream's key, and which draw of it.

use super::draw::{Key, Kind, Range};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One draw: its name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Draw {
    /// The stream.
    pub key: Key,
    /// Which draw of it, from 1.
    pub nth: u64,
    /// The value: nanoseconds, or 64 bits where it decides by bits.
    pub value: u64,
    /// What it was drawn from; `None` where it decides by bits.
    pub range: Option<Range>,
    /// It has its plainest value.
    pub plain: bool,
}

/// Where a run's draws are noted.
pub type Log = Arc<Mutex<Vec<Draw>>>;

/// Which draws of a run are not left to its seed.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    /// A draw that is not pinned takes its plainest value: a time the middle of its range, where it usually lies (the least
    /// would have everything at its edge: no pause at all between two requests); what a power failure takes: all that was
    /// not synced.
    pub plain: bool,
    /// The values given. One may lie outside of the range that it is drawn from.
    pub values: BTreeMap<(Key, u64), u64>,
    /// Every draw is noted here.
    pub log: Option<Log>,
}

impl Pins {
    /// What there is for one stream; `None` where it draws everything by itself.
    pub(super) fn of(&self, key: Key) -> Option<Box<Given>> {
        let last = (key, u64::MAX);
        let values: BTreeMap<u64, u64> =
            self.values.range((key, 0)..=last).map(|((_, nth), value)| (*nth, *value)).collect();
        if !self.plain && values.is_empty() && self.log.is_none() {
            return None;
        }
        Some(Box::new(Given { key, plain: self.plain, nth: 0, values, log: self.log.clone() }))
    }
}

/// What is given of one stream.
#[derive(Clone, Debug)]
pub(super) struct Given {
    key: Key,
    plain: bool,
    nth: u64,
    values: BTreeMap<u64, u64>,
    log: Option<Log>,
}

impl Given {
    /// The next draw, instead of `drawn`. No range: it decides by bits.
    pub(super) fn next(&mut self, drawn: u64, range: Option<Range>) -> u64 {
        self.nth += 1;
        let plainest = match range {
            Some(range) => range.middle(),
            None if self.key.kind == Kind::Loss => 0,
            None => 1 << 63,
        };
        let value = match self.values.get(&self.nth) {
            Some(value) => *value,
            None if self.plain => plainest,
            None => drawn,
        };
        if let Some(log) = &self.log {
            let draw = Draw { key: self.key, nth: self.nth, value, range, plain: value == plainest };
            // A list that was being added to is whole whatever became of its holder.
            log.lock().unwrap_or_else(PoisonError::into_inner).push(draw);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::super::draw::Stream;
    use super::*;

    const KEY: Key = Key { kind: Kind::Fsync, a: 1, b: 0, number: 0 };

    fn drawn(pins: &Pins, key: Key) -> [u64; 3] {
        let mut stream = Stream::given(42, key, pins);
        std::array::from_fn(|_| stream.within(Range { min: 100, max: 199 }))
    }

    #[test]
    fn a_pinned_draw_leaves_the_others_as_they_were() {
        let free = drawn(&Pins::default(), KEY);
        let pins = Pins { values: BTreeMap::from([((KEY, 2), 7)]), ..Pins::default() };
        assert_eq!(drawn(&pins, KEY), [free[0], 7, free[2]]);
        let other = Key { number: 1, ..KEY };
        assert_eq!(drawn(&pins, other), drawn(&Pins::default(), other));
    }

    #[test]
    fn plain_draws_take_the_middle_whatever_the_seed() {
        let pins = Pins { plain: true, values: BTreeMap::from([((KEY, 3), 7)]), ..Pins::default() };
        assert_eq!(drawn(&pins, KEY), [149, 149, 7]);
        let loss = Key { kind: Kind::Loss, ..KEY };
        assert_eq!(Stream::given(1, loss, &pins).bits(), 0);
    }

    #[test]
    fn draws_are_noted_by_name() {
        let log = Log::default();
        let pins =
            Pins { log: Some(log.clone()), values: BTreeMap::from([((KEY, 1), 149)]), ..Pins::default() };
        let values = drawn(&pins, KEY);
        let noted = log.lock().unwrap().clone();
        assert_eq!(
            noted.iter().map(|draw| (draw.nth, draw.value)).collect::<Vec<_>>(),
            [(1, 149), (2, values[1]), (3, values[2])]
        );
        assert!(noted[0].plain && noted[0].key == KEY);
    }
}
