//! What the page sends, read.

use super::refusal::Refusal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A number of 64 bits, in decimal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seed(pub(super) u64);

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Seed, D::Error> {
        let text = String::deserialize(from)?;
        let seed = text.parse().map_err(|_| {
            serde::de::Error::custom(format_args!(
                "seed {text:?} is no whole number of 64 bits, written in decimal"
            ))
        })?;
        Ok(Seed(seed))
    }
}

fn name() -> String {
    "playground".to_owned()
}

/// A branch as far as it has come.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default = "name")]
    pub(super) name: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) seed: Seed,
    #[serde(default)]
    pub(super) until: u64,
}

/// A branch to run, as far as it has come and its questions are answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Running {
    #[serde(default = "name")]
    pub(super) name: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) seed: Seed,
    #[serde(default)]
    pub(super) until: u64,
    pub(super) answered: Option<usize>,
}

/// A step to be done behind an instant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    #[serde(default = "name")]
    pub(super) name: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) seed: Seed,
    pub(super) at: u64,
    pub(super) step: String,
    pub(super) answered: Option<usize>,
}

/// A classic moment to be brought about behind an instant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Classic {
    #[serde(default = "name")]
    pub(super) name: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) seed: Seed,
    pub(super) at: u64,
    pub(super) moment: String,
    pub(super) answered: Option<usize>,
}

/// What can happen next: at the end of what is said, or at an instant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Next {
    #[serde(default = "name")]
    pub(super) name: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) seed: Seed,
    pub(super) at: Option<u64>,
    pub(super) answered: Option<usize>,
}

/// A branch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Branch {
    pub(super) text: String,
    #[serde(default)]
    pub(super) seed: Seed,
}

/// Two branches to compare.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Differ {
    #[serde(default)]
    pub(super) until: u64,
    pub(super) first: Branch,
    pub(super) second: Branch,
}

/// Reads a body; what is wrong with it has its place.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad(format!("the body is not what was expected: {error}")))
}
