//! Every judge of the house, by when it judges.

use crate::check::{Checks, Property};

/// When something is judged, and by which properties.
pub const JUDGES: &[(&str, &[Property])] = &[("after every action of a run", Checks::PROPERTIES)];
