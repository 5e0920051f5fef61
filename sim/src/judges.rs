//! Every judge of the house, and a choice among those of a run.

use crate::check::{Checks, Property};
use crate::consistency::{self, linear, promises};
use crate::liveness;

/// When a run is judged, and by which properties.
pub const JUDGES: &[(&str, &[Property])] = &[
    ("after every action of a run", Checks::PROPERTIES),
    ("when a run has ended", liveness::PROPERTIES),
    ("by what clients were told, when a run has ended", consistency::PROPERTIES),
];

/// When a history is judged on its own, and by which properties besides.
pub const HISTORY_JUDGES: &[(&str, &[Property])] = &[
    (
        "by zablab check, with the model zookeeper: the four promises, and where answers have no zxids",
        &[promises::hidden::PROPERTY],
    ),
    ("by zablab check, with any other model", &[linear::PROPERTY]),
];

/// The properties that a run is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judges {
    names: Vec<&'static str>,
}

impl Default for Judges {
    fn default() -> Judges {
        Judges { names: Judges::known().collect() }
    }
}

impl Judges {
    /// Every name that can be chosen.
    pub fn known() -> impl Iterator<Item = &'static str> {
        JUDGES.iter().flat_map(|(_, properties)| properties.iter()).map(|property| property.name)
    }

    /// These alone; the first name that is none of [`Judges::known`] otherwise.
    pub fn only<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Judges, &'n str> {
        let mut chosen = Vec::new();
        for name in names {
            let known = Judges::known().find(|known| *known == name).ok_or(name)?;
            if !chosen.contains(&known) {
                chosen.push(known);
            }
        }
        Ok(Judges { names: chosen })
    }

    /// None at all: the run goes on whatever comes of it.
    pub fn none() -> Judges {
        Judges { names: Vec::new() }
    }

    /// Whether a property is judged.
    pub fn include(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// How many are judged.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Those that watch every action.
    pub(crate) fn checks(&self) -> Checks {
        Checks::only(|name| self.include(name))
    }
}
