//! Transaction ids and epochs (protocol reference §1; `ZxidUtils`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A transaction id: epoch in the high 32 bits, counter in the low 32. Compared as a signed number, so the
/// epoch decides first. Written as lower-case hex without padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zxid(pub i64);

impl Zxid {
    /// Before every transaction: an empty database.
    pub const ZERO: Zxid = Zxid(0);
    /// What an observer proposes (`Long.MIN_VALUE`).
    pub const NONE: Zxid = Zxid(i64::MIN);
    /// The largest counter an epoch may use; the next proposal forces an election (ZOOKEEPER-1277).
    pub const LAST_COUNTER: u32 = 0xffff_fffe;

    /// The zxid `counter` of `epoch`.
    pub fn new(epoch: Epoch, counter: u32) -> Zxid {
        Zxid((epoch.0 << 32) | i64::from(counter))
    }

    /// The zxid NEWLEADER carries. No transaction ever has it.
    pub fn new_epoch(epoch: Epoch) -> Zxid {
        Zxid::new(epoch, 0)
    }

    /// The high half.
    pub fn epoch(self) -> Epoch {
        Epoch(self.0 >> 32)
    }

    /// The low half.
    pub fn counter(self) -> u32 {
        self.0 as u32
    }

    /// Whether the counter is 0: the zxid of a NEWLEADER, of an empty database, or of a snapshot taken before
    /// the epoch's first transaction.
    pub fn is_new_epoch(self) -> bool {
        self.counter() == 0
    }

    /// The next zxid of the same epoch. The caller guards against [`Zxid::LAST_COUNTER`].
    pub fn next(self) -> Zxid {
        Zxid(self.0.wrapping_add(1))
    }

    /// Whether `self` may directly follow `before` in a log: the next counter, or the first transaction of a
    /// later epoch (protocol reference §10.1, log order).
    pub fn follows(self, before: Zxid) -> bool {
        self == before.next() || (self.epoch() > before.epoch() && self.counter() == 1)
    }

    /// Reads `0x…` or a decimal number.
    pub fn parse(text: &str) -> Option<Zxid> {
        match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok().map(|bits| Zxid(bits as i64)),
            None => text.parse().ok().map(Zxid),
        }
    }
}

impl fmt::Display for Zxid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl Serialize for Zxid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zxid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zxid, D::Error> {
        let text = String::deserialize(deserializer)?;
        Zxid::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a zxid such as 0x100000002")))
    }
}

/// An epoch: acceptedEpoch and currentEpoch on disk, peerEpoch in a vote. Usable range 0 ..= 2^31 - 1 (the zxid
/// has 32 signed bits for it); -1 where none is chosen yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl Epoch {
    /// No epoch (an observer's vote: `Long.MIN_VALUE`).
    pub const NONE: Epoch = Epoch(i64::MIN);
    /// The last epoch that a zxid can carry.
    pub const MAX: Epoch = Epoch(i32::MAX as i64);

    /// The next epoch.
    pub fn next(self) -> Epoch {
        Epoch(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Epoch::NONE { f.write_str("none") } else { write!(f, "{}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prints_as_zookeeper_does() {
        assert_eq!(Zxid::new(Epoch(1), 0).to_string(), "0x100000000");
        assert_eq!(Zxid::ZERO.to_string(), "0x0");
        assert_eq!(Zxid::new(Epoch(2), 5).to_string(), "0x200000005");
    }

    #[test]
    fn only_the_next_counter_or_a_first_of_a_later_epoch_follows() {
        let z = |e, c| Zxid::new(Epoch(e), c);
        assert!(z(1, 3).follows(z(1, 2)));
        assert!(z(4, 1).follows(z(1, 2)));
        assert!(!z(1, 4).follows(z(1, 2)));
        assert!(!z(2, 2).follows(z(1, 2)));
        assert!(!z(1, 2).follows(z(1, 2)));
    }

    proptest! {
        #[test]
        fn halves_survive(epoch in 0..=Epoch::MAX.0, counter: u32) {
            let zxid = Zxid::new(Epoch(epoch), counter);
            prop_assert_eq!(zxid.epoch(), Epoch(epoch));
            prop_assert_eq!(zxid.counter(), counter);
            prop_assert_eq!(Zxid::parse(&zxid.to_string()), Some(zxid));
        }

        #[test]
        fn the_epoch_decides_before_the_counter(a in 0..1000i64, b in 0..1000i64, x: u32, y: u32) {
            prop_assume!(a < b);
            prop_assert!(Zxid::new(Epoch(a), x) < Zxid::new(Epoch(b), y));
        }
    }
}
