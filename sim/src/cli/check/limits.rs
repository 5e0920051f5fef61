//! What `--budget`, `--memory`, `--initial` and `--time-limit` take.

use serde_json::Value;
use zablab_sim::scenario::Time;

/// A time such as `30s`, `500ms` or `2m`.
pub(in crate::cli) fn time(text: &str) -> Result<Time, String> {
    // A minute is `min` in a scenario, where `m` could be a thousandth; here there is nothing to confuse it with.
    let minutes = text.strip_suffix('m').map(|number| format!("{number}min"));
    Time::parse(minutes.as_deref().unwrap_or(text))
        .ok_or_else(|| "expected a time such as 500ms, 30s or 2m".to_owned())
}

/// A size in bytes, or with one of the units K, M and G, each 1024 times the one before.
pub(in crate::cli) fn size(text: &str) -> Result<usize, String> {
    let (number, shift) = match text.as_bytes().last() {
        Some(b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        Some(b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let plain = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let bytes =
        number.parse::<usize>().ok().filter(|_| plain).and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| "expected a number of bytes, or a size such as 512M or 1G".to_owned())
}

/// JSON, else the text itself.
pub(super) fn value(text: &str) -> Result<Value, String> {
    Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_sizes_and_values() {
        for (text, nanos) in
            [("30s", 30_000_000_000), ("500ms", 500_000_000), ("2m", 120_000_000_000), ("0s", 0)]
        {
            assert_eq!(time(text).unwrap().nanos(), nanos, "{text}");
        }
        for text in ["", "m", "30", "-1s", "s", "1d"] {
            assert!(time(text).is_err(), "{text}");
        }
        for (text, bytes) in [("0", 0), ("17", 17), ("2K", 2048), ("512M", 512 << 20), ("1G", 1 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "1g", "-1", "+1", "1.5G", "99999999999G", "1é"] {
            assert!(size(text).is_err(), "{text}");
        }
        for (text, expected) in
            [("5", json!(5)), ("null", json!(null)), ("\"5\"", json!("5")), ("a b", json!("a b"))]
        {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }
}
