//! The scenario that goes the way to what is broken: the search is believed where a run comes to the same.

use super::super::{BadInput, complain, may_write};
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
pub(super) fn words(asked: &Asked, broken: &Broken, file: Option<&Path>) -> String {
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
        Some(file) if asked.chooses() && broken.property != SETTLES => {
            format!("zablab run {} --checks {}", file.display(), broken.property)
        }
        Some(file) => format!("zablab run {}", file.display()),
        None => "--save FILE writes it".to_owned(),
    };
    format!("run as a scenario {come_to}: {written}")
}

/// Whether a file can be written there; asked before a search that may take hours.
pub(super) fn may_save(file: &Path, read: &str) -> Result<(), BadInput> {
    may_write("the scenario of the way", file, read, true)?;
    let why = match file.parent() {
        _ if file == Path::new("-") => "standard output has the report; expected a file",
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => "there is no such folder",
        _ => return Ok(()),
    };
    Err(BadInput(format!("--save {} cannot be written: {why}", file.display())))
}

/// Writes it. What stands in the way is said; the find is told all the same.
pub(super) fn save(broken: &Broken, file: &Path) {
    let written = match &broken.again {
        Some(Ok(made)) => fs::write(file, &made.text).map_err(|error| error.to_string()),
        _ => Err("there is no such scenario".to_owned()),
    };
    if let Err(why) = written {
        complain(&format!("{} was not written: {why}", file.display()));
    }
}
