//! Which parts of a recording are made.

/// What is asked for. All else stays empty, and is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The story.
    pub story: bool,
    /// The lecture.
    pub turns: bool,
    /// Elections, vote by vote.
    pub ballots: bool,
    /// The servers' logs.
    pub log: bool,
    /// Packets.
    pub messages: bool,
    /// Changes of what a party is.
    pub states: bool,
    /// Why it waits, in each of these.
    pub why: bool,
    /// What each party was from when to when.
    pub bands: bool,
    /// What was done to links, disks and processes.
    pub troubles: bool,
    /// Transactions.
    pub transactions: bool,
    /// What clients asked for.
    pub operations: bool,
}

impl Parts {
    /// Everything.
    pub const ALL: Parts = Parts {
        story: true,
        turns: true,
        ballots: true,
        log: true,
        messages: true,
        states: true,
        why: true,
        bands: true,
        troubles: true,
        transactions: true,
        operations: true,
    };

    /// Nothing but what every recording has: the parties, the frames, the history, the verdict.
    pub const NONE: Parts = Parts {
        story: false,
        turns: false,
        ballots: false,
        log: false,
        messages: false,
        states: false,
        why: false,
        bands: false,
        troubles: false,
        transactions: false,
        operations: false,
    };
}
