//! The scenario that goes the way to what is broken.

use super::super::BadInput;
use super::asked::{Asked, SETTLES};
use super::going::Broken;
use std::path::Path;
use zablab_sim::explore::{Counterexample, Goes, Start};

/// Writes it, and says how it is run.
pub(super) fn save(asked: &Asked, start: &Start, broken: &Broken, file: &Path) -> Result<String, BadInput> {
    let goes = if broken.property == SETTLES { Goes::On } else { Goes::Ends };
    let about = about(broken);
    let name = file.display().to_string();
    let made = Counterexample::of(start, &name, &broken.path, goes, &about, &asked.judges)
        .map_err(|error| BadInput(format!("{name} was not written: {error}")))?;
    std::fs::write(file, &made.text)
        .map_err(|error| BadInput(format!("{name} cannot be written: {error}")))?;
    let shown = match made.breaks {
        Some(property) => format!("breaks {property}"),
        None => "breaks nothing that a run is judged by".to_owned(),
    };
    Ok(format!("saved as {name}, which {shown}: zablab run {name}"))
}

/// What stands at the head of it.
pub(super) fn about(broken: &Broken) -> String {
    format!(
        "{}: {}\nFound by an exhaustive search, {} steps from its start.",
        broken.property,
        broken.what,
        broken.path.len()
    )
}
