//! The tree of what is ordered one by one in a world that is frozen.

use super::ServerRef;
use crate::scenario::words::{File, Packet, Port, Task, Timer};

/// Exactly one thing that happens by itself: what a line with `next` orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Where: a server or a client.
    pub at: ServerRef,
    /// What.
    pub what: What,
    /// Of several that fit, the n-th, in the order of their connections; at least 1.
    pub nth: u32,
}

impl Happening {
    /// Everybody whom it names.
    pub fn names(&self) -> impl Iterator<Item = &ServerRef> {
        let other = match &self.what {
            What::Got { from: other, .. }
            | What::Connected { to: other, .. }
            | What::Reached { to: other, .. } => Some(other),
            What::Timer { about, .. } | What::Ran { about, .. } => about.as_ref(),
            What::Wrote(_) | What::Booted => None,
        };
        std::iter::once(&self.at).chain(other)
    }
}

/// What can happen by itself at a server or client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `got PACKET|connection|close from PARTY [on PORT]`: the next on a stream arrives.
    Got {
        /// What arrives.
        what: Parcel,
        /// Who is at the other end: a server or a client.
        from: ServerRef,
        /// On which port; `None` for any.
        port: Option<Port>,
    },
    /// `connected to SERVER [on PORT]`: it learns that a connection stands which it has dialled.
    Connected {
        /// Whom it dialled.
        to: ServerRef,
        /// On which port; `None` for any.
        port: Option<Port>,
    },
    /// `reached SERVER [on PORT]`: its attempt to connect arrives there.
    Reached {
        /// Whom it dials.
        to: ServerRef,
        /// On which port; `None` for any.
        port: Option<Port>,
    },
    /// `timer TIMER [PARTY]`: a timer fires.
    Timer {
        /// Which.
        timer: Timer,
        /// Whom it is about: only where [`Timer::is_about`]. `None` for anybody.
        about: Option<ServerRef>,
    },
    /// `ran TASK`, `ran handler [SERVER]`: a task makes a step; never [`Task::Disk`].
    Ran {
        /// Which; [`Task::Handlers`] stands for one of them.
        task: Task,
        /// Whose handler; `None` for anybody's.
        about: Option<ServerRef>,
    },
    /// `wrote FILE`: the write of that file which is under way is done.
    Wrote(File),
    /// `booted`: the process that has started begins.
    Booted,
}

/// What can be next on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parcel {
    /// A packet of this type.
    Packet(Packet),
    /// `connection`: somebody has connected.
    Connection,
    /// `close`: the other end has closed, or the connection is broken.
    Close,
}
