//! Deliberate faults of the machine, each where right behaviour was one line. They show that a tester finds what is
//! wrong; without a switch the machine is as it should be.

/// A deliberate fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Defect {
    /// A server acknowledges a proposal when its write begins, not when its fsync is done.
    AckBeforeFsync,
    /// A leader commits a proposal at its first acknowledgement.
    CommitWithoutQuorum,
    /// A learner that is told to truncate its log leaves it as it is.
    KeepTail,
    /// A server takes in a client that has seen more than itself.
    WelcomeAnyClient,
    /// A leader lets a request pass that comes by a server which its session has left.
    IgnoreMoves,
    /// A leader goes on without a quorum behind it.
    ReignWithoutQuorum,
    /// A learner whose log cannot be cut as a TRUNC asks ends (`Learner.syncWithLeader`), and does so at every start.
    ExitWhenTruncFails,
}

impl Defect {
    /// Every fault.
    pub const ALL: [Defect; 7] = [
        Defect::AckBeforeFsync,
        Defect::CommitWithoutQuorum,
        Defect::KeepTail,
        Defect::WelcomeAnyClient,
        Defect::IgnoreMoves,
        Defect::ReignWithoutQuorum,
        Defect::ExitWhenTruncFails,
    ];

    /// The names of [`Defect::ALL`], in its order.
    pub const NAMES: [&'static str; 7] = [
        "ack-before-fsync",
        "commit-without-quorum",
        "keep-tail",
        "welcome-any-client",
        "ignore-moves",
        "reign-without-quorum",
        "exit-when-trunc-fails",
    ];
}

/// Some faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Defects(u64);

impl Defects {
    /// Whether the machine has this one.
    pub fn has(self, defect: Defect) -> bool {
        self.0 & 1 << defect as u8 != 0
    }
}

impl FromIterator<Defect> for Defects {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Defects {
        Defects(defects.into_iter().fold(0, |bits, defect| bits | 1 << defect as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_place_of_its_own() {
        for (at, defect) in Defect::ALL.into_iter().enumerate() {
            assert_eq!(defect as usize, at);
            let alone = Defects::from_iter([defect]);
            assert!(Defect::ALL.into_iter().all(|other| alone.has(other) == (other == defect)));
            assert!(!Defects::default().has(defect));
        }
    }
}
