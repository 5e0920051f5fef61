//! What a scenario says to a learner.

use super::Spoken;
use crate::scenario::ast::{Answer, Ask, Belief};
use std::fmt::{self, Display, Formatter};

impl Display for Ask {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ask {}", Spoken(&self.question))?;
        self.answers.iter().try_for_each(|Answer { text, right }| {
            write!(f, " {} {}", if *right { "right" } else { "wrong" }, Spoken(text))
        })
    }
}

impl Display for Belief {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "belief {}", Spoken(&self.text))
    }
}
