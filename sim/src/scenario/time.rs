//! Times, and decimal numbers that stay exact.

use std::fmt;

/// A time from the start of the run, or a duration: nanoseconds, at most [`Time::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// The units, in the order in which they are tried when one is stripped from a number.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("min", 60 * Time::SECOND.0),
    ("s", Time::SECOND.0),
    ("h", 3600 * Time::SECOND.0),
];

/// What is wrong with a number. The texts complete a label: 'expected …'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It is not a number, or not of the form wanted.
    Form,
    /// A time without a unit.
    Unit,
    /// More decimals than can be kept.
    TooFine,
    /// More than the range holds.
    TooLarge,
}

impl Time {
    /// One second.
    pub const SECOND: Time = Time(1_000_000_000);
    /// The longest time: 10^9 s.
    pub const MAX: Time = Time(1_000_000_000 * Time::SECOND.0);

    /// So many milliseconds, at most [`Time::MAX`].
    pub const fn from_millis(millis: u64) -> Time {
        let nanos = millis.saturating_mul(1_000_000);
        Time(if nanos > Time::MAX.0 { Time::MAX.0 } else { nanos })
    }

    /// The number of nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// A time in the notation of a scenario, such as `14s`, `1.4s` or `300ms`; nothing where it is none.
    pub fn parse(text: &str) -> Option<Time> {
        Time::read(text).ok()
    }

    /// Reads `14s`, `1.4s`, `300ms`, `2min`.
    pub(super) fn read(text: &str) -> Result<Time, Misfit> {
        let (number, unit) = split_unit(text)?;
        let nanos = fixed(number, unit)?;
        if nanos > Time::MAX.0 {
            return Err(Misfit::TooLarge);
        }
        Ok(Time(nanos))
    }
}

fn split_unit(text: &str) -> Result<(&str, u64), Misfit> {
    for &(unit, nanos) in UNITS {
        if let Some(number) = text.strip_suffix(unit) {
            return Ok((number, nanos));
        }
    }
    match fixed(text, 1_000_000_000) {
        Ok(_) => Err(Misfit::Unit),
        Err(_) => Err(Misfit::Form),
    }
}

/// Reads `12` or `12.5` as a multiple of 1/`scale`.
pub(super) fn fixed(text: &str, scale: u64) -> Result<u64, Misfit> {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return Err(Misfit::Form),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return Err(Misfit::Form);
    }
    let whole: u64 = match whole.trim_start_matches('0') {
        "" => 0,
        significant => significant.parse().map_err(|_| Misfit::TooLarge)?,
    };
    let decimals = decimals.trim_end_matches('0');
    // A scale has at most 12 decimal places, so more than that many are too fine in any case.
    if decimals.len() > 18 {
        return Err(Misfit::TooFine);
    }
    let numerator: u128 = if decimals.is_empty() { 0 } else { decimals.parse().map_err(|_| Misfit::Form)? };
    let denominator = 10u128.pow(decimals.len() as u32);
    let part = numerator * u128::from(scale);
    if !part.is_multiple_of(denominator) {
        return Err(Misfit::TooFine);
    }
    let value = u128::from(whole) * u128::from(scale) + part / denominator;
    u64::try_from(value).map_err(|_| Misfit::TooLarge)
}

/// Writes a multiple of 1/`scale`, where `scale` is a power of ten, without needless zeros.
pub(super) fn write_fixed(f: &mut impl fmt::Write, value: u64, scale: u64) -> fmt::Result {
    write!(f, "{}", value / scale)?;
    let rest = value % scale;
    if rest > 0 {
        let places = scale.ilog10() as usize;
        let decimals = format!("{rest:0places$}");
        write!(f, ".{}", decimals.trim_end_matches('0'))?;
    }
    Ok(())
}

/// The roundest time behind `after` and before `before`, in nanoseconds, no further from `after` than a millisecond; where none
/// lies between them, `before` itself.
pub fn between(after: u64, before: u64) -> u64 {
    let units = std::iter::successors(Some(1_000_000), |unit: &u64| (*unit > 1).then_some(unit / 10));
    let mut found = units.map(|unit| (after / unit + 1).saturating_mul(unit));
    found.find(|at| *at < before).unwrap_or(before)
}

impl fmt::Display for Time {
    /// The canonical form: the largest of s, ms, us and ns that needs at most three decimals, none below `us`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0;
        if nanos == 0 {
            f.write_str("0s")
        } else if nanos >= 1_000_000_000 && nanos.is_multiple_of(1_000_000) {
            write_fixed(f, nanos / 1_000_000, 1000)?;
            f.write_str("s")
        } else if nanos >= 1_000_000 && nanos.is_multiple_of(1000) {
            write_fixed(f, nanos / 1000, 1000)?;
            f.write_str("ms")
        } else if nanos.is_multiple_of(1000) {
            write!(f, "{}us", nanos / 1000)
        } else {
            write!(f, "{nanos}ns")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_in_one_way() {
        for (text, canonical) in [
            ("0s", "0s"),
            ("0ns", "0s"),
            ("14s", "14s"),
            ("1.40s", "1.4s"),
            ("1400ms", "1.4s"),
            ("2min", "120s"),
            ("1.5h", "5400s"),
            ("300ms", "300ms"),
            ("1500us", "1.5ms"),
            ("0.25ms", "250us"),
            ("1500ns", "1500ns"),
            ("1000001us", "1000.001ms"),
            ("007s", "7s"),
            ("1000000000s", "1000000000s"),
        ] {
            let time = Time::read(text).unwrap();
            assert_eq!(time.to_string(), canonical, "{text}");
            assert_eq!(Time::read(canonical), Ok(time), "{text}");
        }
    }

    #[test]
    fn a_round_time_lies_between_two_others() {
        for (after, before, expected) in [
            (0, u64::MAX, 1_000_000),
            (1_000_000, 2_000_000, 1_100_000),
            (1_234_567, 5_000_000, 2_000_000),
            (1_234_567, 1_234_600, 1_234_570),
            (1_234_567, 1_234_569, 1_234_568),
            (1_234_567, 1_234_568, 1_234_568),
            (7, 7, 7),
        ] {
            assert_eq!(between(after, before), expected, "{after}..{before}");
        }
    }

    #[test]
    fn what_is_no_time() {
        use Misfit::*;
        for (text, misfit) in [
            ("", Form),
            ("s", Form),
            ("-1s", Form),
            ("+1s", Form),
            ("1.s", Form),
            (".5s", Form),
            ("1e3s", Form),
            ("1.2.3s", Form),
            ("14", Unit),
            ("1.5", Unit),
            ("1.5ns", TooFine),
            ("0.0000000001s", TooFine),
            ("0.0000000000000000000000000001s", TooFine),
            ("1000000001s", TooLarge),
            ("1000000000.000000001s", TooLarge),
            ("99999999999999999999999h", TooLarge),
            ("9999999999999999999h", TooLarge),
        ] {
            assert_eq!(Time::read(text), Err(misfit), "{text}");
        }
    }

    #[test]
    fn decimals_stay_exact() {
        assert_eq!(fixed("1.5", 1_000_000), Ok(1_500_000));
        assert_eq!(fixed("0.3333333", 1_000_000), Err(Misfit::TooFine));
        let mut text = String::new();
        write_fixed(&mut text, 10_020, 1_000_000).unwrap();
        assert_eq!(text, "0.01002");
    }
}
