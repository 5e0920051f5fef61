//! Round numbers.

use crate::scenario::Time;

/// What counts as round, the roundest first: virtual nanoseconds.
pub(super) const ROUND: [u64; 6] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 1_000, 1];

/// How round a time is: 0 for whole seconds, and so on.
pub(super) fn roundness(time: Time) -> usize {
    ROUND.iter().position(|unit| time.0.is_multiple_of(*unit)).unwrap_or(ROUND.len())
}

/// Rounder times next to this one, the roundest first; never 0 where it is not.
pub(super) fn rounder(time: Time) -> Vec<Time> {
    let mut all = Vec::new();
    for unit in &ROUND[..roundness(time).min(ROUND.len())] {
        let down = time.0 / unit * unit;
        all.extend([down, down.saturating_add(*unit)].map(Time));
    }
    all.retain(|rounder| *rounder != Time(0) && *rounder <= Time::MAX);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounder_times_lie_on_both_sides() {
        let ms = Time::from_millis;
        assert_eq!(rounder(ms(154)), [ms(1000), ms(100), ms(200), ms(150), ms(160)]);
        assert!(rounder(ms(3000)).is_empty());
        assert_eq!(roundness(ms(3000)), 0);
    }
}
