//! A moment by its name: `NAME:SEED@STEP#hash8`.

use super::BadInput;
use zablab_sim::whatif::Asked;

/// A moment of a run.
pub(crate) struct Moment {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) step: u64,
    /// The first digits of the run's digest there.
    hash: String,
}

/// Reads a moment's name; `None` where it is none.
pub(crate) fn parse(text: &str) -> Option<Moment> {
    let (rest, hash) = text.rsplit_once('#')?;
    let (rest, step) = rest.rsplit_once('@')?;
    let (name, seed) = rest.rsplit_once(':')?;
    Some(Moment {
        name: name.to_owned(),
        seed: seed.parse().ok()?,
        step: step.parse().ok()?,
        hash: hash.to_owned(),
    })
}

impl Moment {
    /// Whether this build comes to the same moment.
    pub(crate) fn check(&self, asked: &Asked<'_>) -> Result<(), BadInput> {
        let Moment { name, seed, step, hash } = self;
        match asked.moment(*step)? {
            Some(found) if found == *hash => Ok(()),
            Some(found) => Err(BadInput(format!(
                "{name} with seed {seed} comes to #{found} at step {step}, and not to #{hash}: the moment is of another \
                 build, or of another text"
            ))),
            None => Err(BadInput(format!("{name} with seed {seed} has no step {step}"))),
        }
    }
}
