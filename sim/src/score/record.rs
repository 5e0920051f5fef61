//! Searches that have been done, as a file keeps them.

use super::Found;
use serde::{Deserialize, Serialize};

/// Searches, and the version that did them: other versions have other runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    version: String,
    /// What came of each.
    pub found: Vec<Found>,
}

impl Record {
    /// What this version found.
    pub fn new(found: Vec<Found>) -> Record {
        Record { version: env!("CARGO_PKG_VERSION").to_owned(), found }
    }

    /// Reads one. An error says what it is instead.
    pub fn parse(text: &str) -> Result<Record, String> {
        let record: Record = serde_json::from_str(text).map_err(|error| format!("is no score: {error}"))?;
        let (here, there) = (env!("CARGO_PKG_VERSION"), &record.version);
        if here != there {
            return Err(format!("is of zablab {there}; this is {here}, whose runs are others"));
        }
        Ok(record)
    }

    /// The full score that was measured last, which comes with the binary; empty if it is of another version.
    pub fn bundled() -> Record {
        Record::parse(include_str!("../../../traces/score/score.json"))
            .unwrap_or_else(|_| Record::new(Vec::new()))
    }
}

/// As JSON, with a line for each search.
impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = |found: &Found| serde_json::to_string(found).map_err(|_| std::fmt::Error);
        write!(f, "{{\"version\":{:?},\"found\":[", self.version)?;
        for (at, found) in self.found.iter().enumerate() {
            write!(f, "{}{}", if at > 0 { ",\n" } else { "\n" }, json(found)?)?;
        }
        writeln!(f, "\n]}}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Search;
    use super::*;

    fn record(searches: u32) -> Record {
        let found = |number| Found {
            search: Search {
                bug: "ZK-4646".to_owned(),
                profile: "everything".to_owned(),
                number,
                limit: 100,
            },
            property: (number % 2 == 0).then(|| "logs-agree".to_owned()),
            seeds: 7,
            events: 70,
            cpu_seconds: 0.25,
            without_bug: None,
        };
        Record::new((0..searches).map(found).collect())
    }

    #[test]
    fn what_is_written_is_read_again() {
        for searches in 0..4 {
            let record = record(searches);
            let text = record.to_string();
            assert_eq!(text.lines().count(), 2 + searches as usize);
            assert_eq!(Record::parse(&text), Ok(record));
        }
    }

    #[test]
    fn what_is_no_score_is_refused() {
        assert!(Record::parse("{}").unwrap_err().starts_with("is no score: "));
        let other = record(1).to_string().replace(env!("CARGO_PKG_VERSION"), "0.0.0");
        let error = Record::parse(&other).unwrap_err();
        assert!(error.starts_with("is of zablab 0.0.0; this is "), "{error}");
    }

    #[test]
    fn the_one_that_comes_with_the_binary_is_of_this_version() {
        assert!(!Record::bundled().found.is_empty());
    }
}
