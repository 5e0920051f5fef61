//! Time stamps of log lines.

/// Bytes of a time stamp: `2026-11-20 08:35:41,791`.
pub(super) const WIDTH: usize = 23;

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

/// Milliseconds since 1970 of `2026-11-20 08:35:41,791`; `T` for the blank and `.` for the comma will do. The zone is
/// that of the server, which a log does not name: UTC is taken.
pub(super) fn stamp(text: &[u8]) -> Option<i64> {
    let separated = |at: usize, by: &[u8]| text.get(at).is_some_and(|byte| by.contains(byte));
    let form = text.len() == WIDTH
        && separated(4, b"-")
        && separated(7, b"-")
        && separated(10, b" T")
        && separated(13, b":")
        && separated(16, b":")
        && separated(19, b",.");
    if !form {
        return None;
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?);
    let (hour, minute, second) = (number(&text[11..13])?, number(&text[14..16])?, number(&text[17..19])?);
    let millis = number(&text[20..])?;
    let sane = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        // A leap second.
        && second <= 60;
    sane.then(|| (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millis)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. A year begins in March here, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let (era, in_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_milliseconds_since_1970() {
        for (text, millis) in [
            ("1970-01-01 00:00:00,000", Some(0)),
            ("1969-12-31 23:59:59,999", Some(-1)),
            ("2000-02-29 12:00:00,000", Some(951_825_600_000)),
            ("2026-11-20 08:35:41,791", Some(1_795_163_741_791)),
            ("2026-11-20T08:35:41.791", Some(1_795_163_741_791)),
            ("2026-13-20 08:35:41,791", None),
            ("2026-11-20 08:35:41;791", None),
            ("2026-11-20 08:35:41,79", None),
            ("2026-11-2x 08:35:41,791", None),
        ] {
            assert_eq!(stamp(text.as_bytes()), millis, "{text}");
        }
    }
}
