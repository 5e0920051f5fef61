//! Random runs. A profile and a seed give a plan: a scenario like any other, which can be printed, run, edited and made
//! smaller.

mod everything;

use crate::scenario::{Diagnostic, Scenario};

/// A kind of random run.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub says: &'static str,
    /// The text of its plan for a seed.
    text: fn(u64) -> String,
}

/// Every profile.
pub const PROFILES: &[Profile] =
    &[Profile { name: "everything", says: "every fault that there is", text: everything::text }];

impl Profile {
    /// The profile of that name.
    pub fn find(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// The plan for a seed. An error is a fault of the generator.
    pub fn plan(&self, seed: u64) -> Result<Scenario, Diagnostic> {
        Scenario::parse(self.name, &(self.text)(seed))
    }
}
