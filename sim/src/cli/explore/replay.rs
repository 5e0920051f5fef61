//! The scenario that goes the way to what is broken.

use super::super::BadInput;
use super::asked::Asked;
use super::going::Broken;
use std::path::Path;
use zablab_sim::explore::Start;

/// Writes it, and says how it is run.
pub(super) fn save(
    asked: &Asked,
    start: &Start,
    broken: &Broken,
    file: &Path,
) -> Result<String, BadInput> {
    let Some(text) = scenario(asked, start, broken) else {
        return Err(BadInput(format!(
            "{} was not written: no scenario can be made of a path yet",
            file.display()
        )));
    };
    std::fs::write(file, text)
        .map_err(|error| BadInput(format!("{} cannot be written: {error}", file.display())))?;
    Ok(format!("zablab run {}", file.display()))
}

/// Its text.
fn scenario(_: &Asked, _: &Start, _: &Broken) -> Option<String> {
    None
}
