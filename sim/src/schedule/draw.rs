//! Randomness keyed by cause, never by position: each key has a stream of its own, and its n-th draw serves the n-th
//! such event. Taking one step out of a scenario leaves every other draw as it was.

use super::pins::{Given, Pins};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What a draw decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// How long a packet travels.
    Latency = 1,
    /// How long a connection attempt travels.
    Connect = 2,
    /// How long a process needs to boot.
    Boot = 3,
    /// How long a server needs to enter a role.
    Takeover = 4,
    /// How long it needs to leave one.
    Teardown = 5,
    /// How long an fsync of the log takes.
    Fsync = 6,
    /// How long an epoch file or a snapshot takes.
    Write = 7,
    /// How long a task's step waits.
    Task = 8,
    /// What a power failure takes.
    Loss = 9,
    /// How long the packet of a client without a connection travels.
    Client = 10,
    /// How long a client waits before it tries the next server.
    Reconnect = 11,
    /// How long a client's user thinks, and what it asks for next.
    Work = 12,
    /// What a random run is made of.
    Plan = 13,
}

impl Kind {
    /// One more than the largest.
    pub(super) const COUNT: usize = 14;
}

/// Which stream a draw comes from: its kind, the server or pair of servers, and which incarnation or connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What it decides.
    pub kind: Kind,
    /// The server's sid, or the sender's.
    pub a: i64,
    /// The receiver's sid, or 0.
    pub b: i64,
    /// The server's incarnation, or the number of the connection between the two.
    pub number: u64,
}

/// A stream of draws.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: ChaCha8Rng,
    /// What is given instead of drawn.
    given: Option<Box<Given>>,
}

impl Stream {
    /// The stream of `key` under `seed`.
    pub fn new(seed: u64, key: Key) -> Stream {
        let mut id = [0; 25];
        id[0] = key.kind as u8;
        id[1..9].copy_from_slice(&key.a.to_le_bytes());
        id[9..17].copy_from_slice(&key.b.to_le_bytes());
        id[17..].copy_from_slice(&key.number.to_le_bytes());
        Stream { rng: generator(seed, xxh3_64(&id)), given: None }
    }

    /// The same, where some draws may be given.
    pub(super) fn given(seed: u64, key: Key, pins: &Pins) -> Stream {
        Stream { given: pins.of(key), ..Stream::new(seed, key) }
    }

    /// From now on it draws everything, under another seed.
    pub(super) fn reseed(&mut self, seed: u64) {
        *self = Stream { rng: generator(seed, self.rng.get_stream()), given: None };
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let drawn = self.rng.next_u64();
        match &mut self.given {
            None => drawn,
            Some(given) => given.next(drawn, None),
        }
    }

    /// A number from `range`, both ends included. A range of one number draws all the same, so that settings do not
    /// shift later draws.
    pub fn within(&mut self, range: Range) -> u64 {
        let drawn = range.map(self.rng.next_u64());
        match &mut self.given {
            None => drawn,
            Some(given) => given.next(drawn, Some(range)),
        }
    }
}

fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (at, word) in bytes.chunks_exact_mut(8).enumerate() {
        word.copy_from_slice(&xxh3_64_with_seed(&[at as u8], seed).to_le_bytes());
    }
    let mut rng = ChaCha8Rng::from_seed(bytes);
    rng.set_stream(stream);
    rng
}

/// A range of virtual nanoseconds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The least.
    pub min: u64,
    /// The greatest; not below `min`.
    pub max: u64,
}

impl Range {
    /// From `min` to `max` microseconds.
    pub const fn micros(min: u64, max: u64) -> Range {
        Range { min: min * 1000, max: max * 1000 }
    }

    /// The number in the middle, the lower one of two.
    pub const fn middle(self) -> u64 {
        self.min + (self.max - self.min) / 2
    }

    /// Maps 64 random bits onto the range, by multiplication: fixed arithmetic of our own, since a library's
    /// distributions may change between releases.
    pub fn map(self, bits: u64) -> u64 {
        let span = u128::from(self.max - self.min) + 1;
        self.min + ((u128::from(bits) * span) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn draws_are_known_numbers() {
        let key = Key { kind: Kind::Latency, a: 1, b: 2, number: 0 };
        let mut stream = Stream::new(42, key);
        let drawn: Vec<u64> = (0..3).map(|_| stream.bits()).collect();
        assert_eq!(drawn, [14625547945732941975, 8293184672194594224, 3969392219477271214]);
        let mut other = Stream::new(42, Key { number: 1, ..key });
        assert_ne!(other.bits(), drawn[0]);
    }

    #[test]
    fn a_range_is_mapped_by_known_arithmetic() {
        let range = Range { min: 10, max: 19 };
        let mapped = [0, u64::MAX / 2, u64::MAX / 10, u64::MAX].map(|bits| range.map(bits));
        assert_eq!(mapped, [10, 14, 10, 19]);
        assert_eq!(Range { min: 7, max: 7 }.map(u64::MAX), 7);
        assert_eq!(Range { min: 0, max: u64::MAX }.map(12345), 12345);
    }

    proptest! {
        #[test]
        fn a_mapped_number_lies_in_its_range(bits: u64, min in 0..u64::MAX / 2, span in 0..u64::MAX / 2) {
            let range = Range { min, max: min + span };
            prop_assert!((range.min..=range.max).contains(&range.map(bits)));
        }
    }
}
