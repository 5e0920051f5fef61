//! What a sweep runs with every seed.

use crate::run::Run;
use crate::scenario::{Diagnostic, Scenario};
use crate::storm::{self, Profile};
use xxhash_rust::xxh3::xxh3_64;

/// A profile, which gives each seed a plan of its own, or one scenario for all.
#[derive(Clone, Debug)]
pub struct Subject {
    what: What,
    /// Deliberate faults of the machine, as `set defects` takes them.
    defects: Option<String>,
}

#[derive(Clone, Debug)]
enum What {
    Profile(&'static Profile),
    Scenario { name: String, text: String, scenario: Box<Scenario> },
}

impl Subject {
    /// The plans of a profile.
    pub fn profile(profile: &'static Profile) -> Subject {
        Subject { what: What::Profile(profile), defects: None }
    }

    /// One scenario with its name and text, under other latencies each time.
    pub fn scenario(name: &str, text: &str, scenario: Scenario) -> Subject {
        let (name, text) = (name.to_owned(), text.to_owned());
        Subject { what: What::Scenario { name, text, scenario: Box::new(scenario) }, defects: None }
    }

    /// The same on a machine with deliberate faults: names with `:` between them.
    pub fn with_defects(mut self, defects: &str) -> Subject {
        self.defects = Some(defects.to_owned());
        self
    }

    /// The name of the profile, or of the scenario.
    pub fn name(&self) -> &str {
        match &self.what {
            What::Profile(profile) => profile.name,
            What::Scenario { name, .. } => name,
        }
    }

    /// The deliberate faults.
    pub fn defects(&self) -> Option<&str> {
        self.defects.as_deref()
    }

    /// A number that differs where the scenario's text does; `None` for a profile, which the version stands for.
    pub fn digest(&self) -> Option<String> {
        match &self.what {
            What::Profile(_) => None,
            What::Scenario { text, .. } => Some(format!("{:016x}", xxh3_64(text.as_bytes()))),
        }
    }

    /// The scenario for a seed. An error is a fault of the generator, or a defect that nobody knows.
    pub fn plan(&self, seed: u64) -> Result<Scenario, Diagnostic> {
        let plan = match &self.what {
            What::Profile(profile) => profile.plan(seed)?,
            What::Scenario { scenario, .. } => {
                storm::drawn(scenario, seed).unwrap_or_else(|| (**scenario).clone())
            }
        };
        match &self.defects {
            None => Ok(plan),
            Some(defects) => Scenario::parse(self.name(), &format!("{plan}set defects {defects}\n")),
        }
    }

    /// The text of a seed's scenario, to be kept.
    pub fn text(&self, seed: u64) -> Result<String, Diagnostic> {
        match &self.what {
            What::Scenario { text, scenario, .. }
                if self.defects.is_none() && scenario.profile().is_none() =>
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
