//! Numbers that JavaScript could not hold, as strings of decimal digits.

use serde::{Deserialize, Deserializer, Serializer, de};

/// Writes a number as its digits.
pub(super) fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// Reads digits as a number.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| de::Error::custom(format!("`{text}` is no number from 0 to 2^64 - 1")))
}

/// The same for lists.
pub(super) mod list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    /// Writes numbers as their digits.
    pub(in crate::sweep) fn serialize<S: Serializer>(
        numbers: &[u64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        numbers.iter().map(u64::to_string).collect::<Vec<_>>().serialize(serializer)
    }

    /// Reads digits as numbers.
    pub(in crate::sweep) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u64>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let number = |text: &String| {
            text.parse().map_err(|_| de::Error::custom(format!("`{text}` is no number from 0 to 2^64 - 1")))
        };
        texts.iter().map(number).collect()
    }
}
