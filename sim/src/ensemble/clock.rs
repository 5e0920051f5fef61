//! What the machines are told of the time.

use zablab_protocol::Millis;

/// How a server's own clock goes. The scheduler's business, and no part of the state: two are always equal.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Virtual nanoseconds when it was last changed.
    since: u64,
    /// What it showed then, in nanoseconds.
    shown: u64,
    /// Its rate since then, in parts per million.
    ppm: u32,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { since: 0, shown: 0, ppm: 1_000_000 }
    }
}

impl PartialEq for Clock {
    fn eq(&self, _: &Clock) -> bool {
        true
    }
}

impl Eq for Clock {}

impl std::hash::Hash for Clock {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Clock {
    fn nanos(self, now: u64) -> u64 {
        let passed = u128::from(now.saturating_sub(self.since)) * u128::from(self.ppm) / 1_000_000;
        self.shown.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// What it shows at a virtual time, in nanoseconds.
    pub fn read(self, now: u64) -> Millis {
        Millis(self.nanos(now) / 1_000_000)
    }

    /// The virtual time, in nanoseconds, at which it shows something later than it did when it was last changed.
    pub(crate) fn when(self, shows: Millis) -> u64 {
        let left = u128::from(shows.0.saturating_mul(1_000_000).saturating_sub(self.shown));
        let passes = left * 1_000_000 / u128::from(self.ppm.max(1));
        self.since.saturating_add(u64::try_from(passes).unwrap_or(u64::MAX))
    }

    /// From now on it goes at another rate.
    pub fn set_rate(&mut self, now: u64, ppm: u32) {
        *self = Clock { since: now, shown: self.nanos(now), ppm };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_never_jumps_when_its_rate_changes() {
        let mut clock = Clock::default();
        clock.set_rate(4_000_000_000, 2_000_000);
        assert_eq!(clock.read(4_000_000_000), Millis(4000));
        assert_eq!(clock.read(5_000_000_000), Millis(6000));
        assert_eq!(clock.when(Millis(6000)), 5_000_000_000);
        clock.set_rate(5_000_000_000, 500_000);
        assert_eq!(clock.read(7_000_000_000), Millis(7000));
    }
}
