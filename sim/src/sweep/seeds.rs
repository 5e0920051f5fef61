//! Which seeds a sweep runs.

use super::{Shard, digits};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Seeds from one to before another: `0..10000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeds {
    /// The first.
    #[serde(with = "digits")]
    pub from: u64,
    /// The one after the last.
    #[serde(with = "digits")]
    pub to: u64,
}

impl Seeds {
    /// How many they are.
    pub fn count(self) -> u64 {
        self.to - self.from
    }

    /// The part of a shard. Parts are contiguous and follow each other, so that what the whole does up to its stop can
    /// be told from what its parts did; none is longer than another by more than one.
    pub fn part(self, shard: Shard) -> Seeds {
        let bound = |parts: u32| {
            let offset = u128::from(self.count()) * u128::from(parts) / u128::from(shard.of);
            // At most the count, which is a u64.
            self.from + u64::try_from(offset).unwrap_or(u64::MAX - self.from)
        };
        Seeds { from: bound(shard.number - 1), to: bound(shard.number) }
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seeds, String> {
        const EXPECTED: &str = "expected seeds such as 0..10000: the first, and the one after the last";
        let (from, to) = text.split_once("..").ok_or(EXPECTED)?;
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| plain).ok_or(EXPECTED)
        };
        let seeds = Seeds { from: number(from)?, to: number(to)? };
        if seeds.from >= seeds.to {
            return Err(format!("there is no seed in {text}; the second number comes after the last seed"));
        }
        Ok(seeds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_range_is_refused() {
        assert_eq!("7..10".parse(), Ok(Seeds { from: 7, to: 10 }));
        for wrong in
            ["", "7", "..", "7..", "..7", "7..7", "8..7", "a..b", "+1..2", "1..=2", "0..99999999999999999999"]
        {
            assert!(wrong.parse::<Seeds>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn parts_follow_each_other() {
        for (seeds, of) in [("5..17", 5), ("0..3", 7), ("0..18446744073709551615", 3), ("9..10", 1)] {
            let whole: Seeds = seeds.parse().unwrap();
            let mut at = whole.from;
            for number in 1..=of {
                let part = whole.part(Shard { number, of });
                assert_eq!(part.from, at, "{seeds} {number}/{of}");
                let even = whole.count() / u64::from(of);
                assert!(part.count() == even || part.count() == even + 1, "{seeds} {number}/{of}");
                at = part.to;
            }
            assert_eq!(at, whole.to);
        }
    }
}
