//! What is drawn, in the language's words.

use super::Vocabulary;
use crate::schedule::Kind;

vocabulary! {
    /// What a draw decides.
    Chance, folded: false, {
        /// How long a packet travels.
        Latency = "latency",
        /// How long a connection attempt travels.
        Connect = "connect",
        /// How long a process needs to boot.
        Boot = "boot",
        /// How long a server needs to enter a role.
        Takeover = "takeover",
        /// How long it needs to leave one.
        Teardown = "teardown",
        /// How long an fsync of the log takes.
        Fsync = "fsync",
        /// How long an epoch file or a snapshot takes.
        Write = "write",
        /// How long a task's step waits.
        Task = "task",
        /// What a power failure takes.
        Loss = "loss",
        /// How long the packet of a client without a connection travels, to or from that server.
        Request = "request",
        /// How long a client waits before it tries the next server.
        Reconnect = "reconnect",
        /// What a workload's client asks for: three draws an operation.
        Work = "work",
    }
}

impl Chance {
    /// The kind of its streams.
    pub const fn kind(self) -> Kind {
        match self {
            Chance::Latency => Kind::Latency,
            Chance::Connect => Kind::Connect,
            Chance::Boot => Kind::Boot,
            Chance::Takeover => Kind::Takeover,
            Chance::Teardown => Kind::Teardown,
            Chance::Fsync => Kind::Fsync,
            Chance::Write => Kind::Write,
            Chance::Task => Kind::Task,
            Chance::Loss => Kind::Loss,
            Chance::Request => Kind::Client,
            Chance::Reconnect => Kind::Reconnect,
            Chance::Work => Kind::Work,
        }
    }

    /// That of a kind of streams; `None` where no run draws from such.
    pub fn of_kind(kind: Kind) -> Option<Chance> {
        Chance::ALL.iter().copied().find(|chance| chance.kind() == kind)
    }

    /// It decides by bits, not by a time.
    pub const fn is_bits(self) -> bool {
        matches!(self, Chance::Loss | Chance::Work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_a_kind_of_its_own() {
        assert!(Chance::ALL.iter().all(|chance| Chance::of_kind(chance.kind()) == Some(*chance)));
    }
}
