//! What a scenario says to a learner.

use super::Spoken;
use crate::scenario::ast::{Answer, Ask, Belief};
use std::fmt::{self, Display, Formatter};

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", if self.right { "right" } else { "wrong" }, Spoken(&self.text))
    }
}

impl Display for Ask {
    /// In one line.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ask {}", Spoken(&self.question))?;
        self.answers.iter().try_for_each(|answer| write!(f, " {answer}"))
    }
}

impl Display for Belief {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "belief {}", Spoken(&self.text))
    }
}
