//! Draws in the canonical form.

use super::super::ast::{Drawn, Draws, Pin};
use std::fmt::{self, Display, Formatter};

impl Display for Draws {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Draws::Plain => f.write_str("draws plain"),
            Draws::Seed(seed) => write!(f, "draws of seed {seed}"),
        }
    }
}

impl Display for Pin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "pin {} {}", self.chance, self.who)?;
        self.to.iter().try_for_each(|(to, port)| write!(f, " to {to} on {port}"))?;
        if self.number != 1 {
            write!(f, " {} {}", if self.to.is_some() { "link" } else { "life" }, self.number)?;
        }
        if self.nth != 1 {
            write!(f, " nth {}", self.nth)?;
        }
        match self.value {
            Drawn::Time(time) => write!(f, " {time}"),
            Drawn::Bits(bits) => write!(f, " {bits:#x}"),
        }
    }
}
