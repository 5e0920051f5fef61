//! One of the parts of a sweep that is divided among machines.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Part `number` of `of`: `2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// Where schedulers say which part they want: the variable with the number, the one with the count, and the one with
/// the first number, or that number.
const VARIABLES: &[(&str, &str, First)] = &[
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", First::Variable("SLURM_ARRAY_TASK_MIN")),
    // Kubernetes sets the index alone; the count is the Job's `completions`, which its file passes on.
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", First::Is(0)),
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", First::Is(1)),
    ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", First::Is(0)),
    ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", First::Is(0)),
];

#[derive(Clone, Copy, Debug)]
enum First {
    Is(u32),
    Variable(&'static str),
}

impl Shard {
    /// The shard that the environment asks for, and the variable that names it. An index whose count is not set says
    /// nothing: an engine sets it for what is not a sweep, too.
    pub fn of_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<(Shard, &'static str)>, String> {
        let number = |name: &str| {
            let Some(text) = variable(name) else { return Ok(None) };
            let number = text.trim().parse::<u32>();
            number.map(Some).map_err(|_| format!("{name} is `{text}`; expected a number"))
        };
        for (index, count, first) in VARIABLES {
            let (Some(at), Some(of)) = (number(index)?, number(count)?) else { continue };
            let first = match first {
                First::Is(first) => *first,
                First::Variable(name) => number(name)?.unwrap_or(0),
            };
            let shard = at.checked_sub(first).and_then(|place| Shard::checked(place.checked_add(1)?, of));
            let wrong =
                || format!("{index} is {at} and {count} is {of}, counted from {first}; that is no part");
            return Ok(Some((shard.ok_or_else(wrong)?, index)));
        }
        Ok(None)
    }

    fn checked(number: u32, of: u32) -> Option<Shard> {
        (1..=of).contains(&number).then_some(Shard { number, of })
    }

    /// The folder of a shard, within that of the sweep.
    pub fn folder(self) -> String {
        format!("shard-{}-of-{}", self.number, self.of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let number = |digits: &str| digits.parse::<u32>().ok();
        text.split_once('/')
            .and_then(|(at, of)| Shard::checked(number(at)?, number(of)?))
            .ok_or_else(|| "expected a part and the number of parts, such as 1/4 to 4/4".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(set: &[(&str, &str)]) -> Result<Option<(Shard, &'static str)>, String> {
        Shard::of_environment(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_engine_counts_in_its_own_way() {
        let shard = |set| environment(set).unwrap().map(|(shard, _)| shard.to_string());
        assert_eq!(shard(&[]), None);
        assert_eq!(
            shard(&[
                ("SLURM_ARRAY_TASK_ID", "7"),
                ("SLURM_ARRAY_TASK_COUNT", "4"),
                ("SLURM_ARRAY_TASK_MIN", "5")
            ]),
            Some("3/4".to_owned())
        );
        assert_eq!(shard(&[("JOB_COMPLETION_INDEX", "0"), ("JOB_COMPLETIONS", "3")]), Some("1/3".to_owned()));
        assert_eq!(shard(&[("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "3")]), Some("3/3".to_owned()));
        assert_eq!(shard(&[("JOB_COMPLETION_INDEX", "2")]), None, "nobody says of how many");
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for set in [
            &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")][..],
            &[("JOB_COMPLETION_INDEX", "3"), ("JOB_COMPLETIONS", "3")],
            &[("CI_NODE_INDEX", "x"), ("CI_NODE_TOTAL", "3")],
        ] {
            assert!(environment(set).is_err(), "{set:?}");
        }
        for wrong in ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!("2/2".parse(), Ok(Shard { number: 2, of: 2 }));
    }
}
