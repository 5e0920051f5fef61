//! What is ordered one by one, in the canonical form.

use super::super::ast::{Happening, Parcel, ServerRef, What};
use super::super::words::{Port, Task};
use std::fmt::{self, Display, Formatter};

impl Display for Happening {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.what)?;
        if self.nth == 1 { Ok(()) } else { write!(f, " nth {}", self.nth) }
    }
}

impl Display for What {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            What::Got { what, from, port } => write!(f, "got {what} from {from}{}", On(*port)),
            What::Connected { to, port } => write!(f, "connected to {to}{}", On(*port)),
            What::Reached { to, port } => write!(f, "reached {to}{}", On(*port)),
            What::Timer { timer, about } => write!(f, "timer {timer}{}", About(about)),
            What::Ran { task: Task::Handlers, about } => write!(f, "ran handler{}", About(about)),
            What::Ran { task, .. } => write!(f, "ran {task}"),
            What::Wrote(file) => write!(f, "wrote {file}"),
            What::Booted => f.write_str("booted"),
        }
    }
}

impl Display for Parcel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Parcel::Packet(packet) => write!(f, "{packet}"),
            Parcel::Connection => f.write_str("connection"),
            Parcel::Close => f.write_str("close"),
        }
    }
}

/// `on PORT`, with a blank before it, or nothing.
struct On(Option<Port>);

impl Display for On {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|port| write!(f, " on {port}"))
    }
}

/// A name with a blank before it, or nothing.
struct About<'a>(&'a Option<ServerRef>);

impl Display for About<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|about| write!(f, " {about}"))
    }
}
