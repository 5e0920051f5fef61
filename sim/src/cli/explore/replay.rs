//! The scenario that goes the way to what is broken: the search is believed where a run comes to the same.

use super::super::{BadInput, complain};
use super::asked::Asked;
use super::going::Broken;
use super::words::count;
use std::fs;
use std::path::Path;
use zablab_sim::explore::{Counterexample, Goes, SETTLES, Start};
use zablab_sim::judges::Judges;

/// Makes it, and runs it.
pub(super) fn made(asked: &Asked, start: &Start, broken: &mut Broken) {
    let name = format!("{}{}", asked.source.name, asked.wrong);
    let about = about(&name, broken);
    // Where nothing that is settled follows, the run goes on until those speak who demand it in time.
    let (goes, judges) = match broken.property {
        SETTLES => (Goes::On, &Judges::default()),
        _ => (Goes::Ends, &asked.judges),
    };
    broken.again = Some(Counterexample::of(start, &name, &broken.path, goes, &about, judges));
}

/// What stands at its head.
pub(super) fn about(name: &str, broken: &Broken) -> String {
    let Broken { property, what, .. } = broken;
    let steps = count(broken.path.len() as u64, "step");
    format!("{name}: {property}: {what}\nFound by an exhaustive search, {steps} from its start.")
}

/// What its run came to, and where it is written.
pub(super) fn words(broken: &Broken, file: Option<&Path>) -> String {
    let made = match &broken.again {
        None => return "it was not run as a scenario".to_owned(),
        Some(Err(what)) => {
            return format!("NO SCENARIO GOES THIS WAY, which is a fault of zablab's own: {what}");
        }
        Some(Ok(made)) => made,
    };
    let come_to = match made.breaks.as_deref() {
        Some(property) if property == broken.property => "it breaks the same property".to_owned(),
        Some(property) => format!("and let go on it breaks {property}"),
        None if broken.property == SETTLES => {
            "and let go on it breaks nothing that a run is judged by".to_owned()
        }
        None => "it breaks NOTHING, which is a fault of zablab's own".to_owned(),
    };
    let written = match file {
        Some(file) => format!("zablab run {}", file.display()),
        None => "--save FILE writes it".to_owned(),
    };
    format!("run as a scenario {come_to}: {written}")
}

/// Writes it.
pub(super) fn save(broken: &Broken, file: &Path) -> Result<(), BadInput> {
    let Some(Ok(made)) = &broken.again else {
        complain(&format!("{} was not written, for there is no such scenario", file.display()));
        return Ok(());
    };
    fs::write(file, &made.text)
        .map_err(|error| BadInput(format!("{} cannot be written: {error}", file.display())))
}
