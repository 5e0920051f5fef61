//! What is to be wrong with the machine: `--bug`, `--as`, `--defects`.

use super::source::Source;
use super::{BadInput, complain_softly, source};
use zablab_sim::bugs::{self, Bug, CATALOGUE, Past, Release, Wrong};

/// Bugs that are put back.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Put a bug of ZooKeeper's back (`zablab bugs` lists them), several with a comma between
    #[arg(long, value_name = "ZK-N", value_delimiter = ',', value_parser = bug)]
    pub(crate) bug: Vec<&'static Bug>,
    /// Be the ZooKeeper of that release, with the bugs that it had
    #[arg(long = "as", value_name = "VERSION")]
    release: Option<Release>,
    /// Break the machine on purpose, to test the tester: names as `set defects` takes them, with `:` between them
    #[arg(long, value_name = "NAMES")]
    defects: Option<String>,
}

pub(super) fn bug(name: &str) -> Result<&'static Bug, String> {
    Bug::find(name).ok_or_else(|| {
        let ids: Vec<String> = CATALOGUE.iter().map(|bug| bug.id()).collect();
        match source::nearest(&name.to_uppercase(), ids.iter().map(String::as_str)) {
            Some(near) => format!("it is no bug of the catalogue; did you mean {near}?"),
            None => "it is no bug of the catalogue; `zablab bugs` lists them".to_owned(),
        }
    })
}

impl Options {
    /// That release, and nothing else.
    pub(crate) fn of(release: Release) -> Options {
        Options { release: Some(release), ..Options::default() }
    }

    /// By name.
    pub(crate) fn wrong(&self) -> Wrong {
        Wrong {
            defects: self.defects.clone(),
            bugs: self.bug.iter().map(|bug| bug.id()).collect(),
            release: self.release,
        }
    }

    /// Says on standard error what the machine cannot be made to have.
    pub(crate) fn tell_uncovered(&self) {
        let Some(release) = self.release else { return };
        let past = Past::of(release);
        if !past.uncovered.is_empty() {
            complain_softly(&format!("ZooKeeper {release} had this, too, and the machine has not:"));
            past.uncovered.iter().for_each(|what| complain_softly(&format!("  {what}")));
        }
    }

    /// Makes a scenario one of a machine with which this is wrong.
    pub(crate) fn apply(&self, source: Source) -> Result<Source, BadInput> {
        self.tell_uncovered();
        self.apply_silently(source)
    }

    /// The same, with no word of what the machine cannot be made to have.
    pub(crate) fn apply_silently(&self, source: Source) -> Result<Source, BadInput> {
        let settings = self.wrong().settings()?;
        if settings.is_empty() {
            return Ok(source);
        }
        let (text, scenario) = bugs::amended(&source.name, &source.text, &source.scenario, &settings)?;
        Ok(Source { text, scenario, ..source })
    }
}
