//! What a sweep runs with every seed.

use crate::bugs::{self, Wrong};
use crate::run::Run;
use crate::scenario::{Diagnostic, Scenario, Setting};
use crate::storm::{self, Profile};
use xxhash_rust::xxh3::xxh3_64;

/// A profile, which gives each seed a plan of its own, or one scenario for all.
#[derive(Clone, Debug)]
pub struct Subject {
    what: What,
    /// What is deliberately wrong with the machine.
    wrong: Wrong,
    /// The settings that make it so.
    settings: Vec<Setting>,
}

#[derive(Clone, Debug)]
enum What {
    Profile(&'static Profile),
    Scenario { name: String, text: String, scenario: Box<Scenario> },
}

impl Subject {
    /// The plans of a profile.
    pub fn profile(profile: &'static Profile) -> Subject {
        Subject { what: What::Profile(profile), wrong: Wrong::default(), settings: Vec::new() }
    }

    /// One scenario with its name and text, under other latencies each time.
    pub fn scenario(name: &str, text: &str, scenario: Scenario) -> Subject {
        let (name, text) = (name.to_owned(), text.to_owned());
        let what = What::Scenario { name, text, scenario: Box::new(scenario) };
        Subject { what, wrong: Wrong::default(), settings: Vec::new() }
    }

    /// The same on a machine with which something is wrong. An error names what nobody knows.
    pub fn with(mut self, wrong: Wrong) -> Result<Subject, String> {
        self.settings = wrong.settings()?;
        self.wrong = wrong;
        Ok(self)
    }

    /// The name of the profile, or of the scenario.
    pub fn name(&self) -> &str {
        match &self.what {
            What::Profile(profile) => profile.name,
            What::Scenario { name, .. } => name,
        }
    }

    /// What is deliberately wrong with the machine.
    pub fn wrong(&self) -> &Wrong {
        &self.wrong
    }

    /// A number that differs where the scenario's text does; `None` for a profile, which the version stands for.
    pub fn digest(&self) -> Option<String> {
        match &self.what {
            What::Profile(_) => None,
            What::Scenario { text, .. } => Some(format!("{:016x}", xxh3_64(text.as_bytes()))),
        }
    }

    /// The scenario for a seed. An error is a fault of the generator.
    pub fn plan(&self, seed: u64) -> Result<Scenario, Diagnostic> {
        let mut plan = match &self.what {
            What::Profile(profile) => profile.plan(seed)?,
            What::Scenario { scenario, .. } => {
                storm::drawn(scenario, seed).unwrap_or_else(|| (**scenario).clone())
            }
        };
        bugs::amend(&mut plan, &self.settings);
        Ok(plan)
    }

    /// The text of a seed's scenario, to be kept.
    pub fn text(&self, seed: u64) -> Result<String, Diagnostic> {
        match &self.what {
            What::Scenario { text, scenario, .. }
                if self.settings.is_empty() && scenario.profile().is_none() =>
            {
                Ok(text.clone())
            }
            _ => Ok(self.plan(seed)?.to_string()),
        }
    }

    /// A run with a seed. Where that cannot be, the error shows the line of the text.
    pub fn run(&self, seed: u64) -> Result<Run, Diagnostic> {
        let plan = self.plan(seed)?;
        // The text is for the words of errors alone; printing it for every seed would cost more than it is worth.
        Run::new(self.name(), "", &plan, seed)
            .or_else(|_| Run::new(self.name(), &self.text(seed)?, &plan, seed))
    }
}
