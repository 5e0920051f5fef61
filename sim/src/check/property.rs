//! What a judge judges.

/// A property, as `zablab checks` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What it demands, in one sentence.
    pub says: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The test in which it speaks, as `FILE::TEST`, the file from the root of the repository.
    pub test: &'static str,
}
