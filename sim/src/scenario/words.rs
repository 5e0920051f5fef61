//! The words of the language: what stands for what, which names are taken, which word was meant.

mod client;

use super::ast::ERRORS;
pub use chance::Chance;
pub(super) use client::{CALLS, CLIENT_CLAIMS, FACTS, JOB, WEIGHTS};
pub use timer::Timer;

/// An enum whose values are words of the language.
pub(super) trait Vocabulary: Copy + 'static {
    /// The words, in the order of `VALUES`.
    const WORDS: &'static [&'static str];
    /// The values.
    const VALUES: &'static [Self];
    /// Upper and lower case are the same.
    const FOLDED: bool;

    /// The value that a word stands for.
    fn of(word: &str) -> Option<Self> {
        let same = |known: &&str| match Self::FOLDED {
            true => known.eq_ignore_ascii_case(word),
            false => *known == word,
        };
        Self::WORDS.iter().position(same).map(|index| Self::VALUES[index])
    }
}

/// An enum whose variants are words of the language.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident, folded: $folded:literal, { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word that stands for it in a scenario.
            pub const fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }
        }

        impl Vocabulary for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];
            const VALUES: &'static [$name] = $name::ALL;
            const FOLDED: bool = $folded;
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

// They use the macro above.
mod chance;
mod timer;

vocabulary! {
    /// The state of a server as a whole.
    State, folded: false, {
        /// Its process does not run.
        Down = "down",
        /// It looks for a leader.
        Looking = "looking",
        /// It follows a leader.
        Following = "following",
        /// It leads.
        Leading = "leading",
        /// It observes a leader.
        Observing = "observing",
        /// It answers clients.
        Serving = "serving",
        /// It runs and refuses clients.
        Refusing = "refusing",
        /// It serves alone, without an ensemble.
        Standalone = "standalone",
    }
}

vocabulary! {
    /// The state that a notification carries.
    ElectionState, folded: false, {
        /// LOOKING.
        Looking = "looking",
        /// FOLLOWING.
        Following = "following",
        /// LEADING.
        Leading = "leading",
        /// OBSERVING.
        Observing = "observing",
    }
}

vocabulary! {
    /// A part of a server that makes progress on its own.
    Task, folded: false, {
        /// Reads and handles the packets of a learner's connection to its leader.
        PacketLoop = "packet-loop",
        /// Appends to the log and syncs it (SyncRequestProcessor).
        LogWriter = "log-writer",
        /// Applies what was committed (CommitProcessor).
        CommitApplier = "commit-applier",
        /// A leader's handlers of its learners.
        Handlers = "handlers",
        /// The disk: writes do not become durable. It can be held and released, and never `ran`.
        Disk = "disk",
    }
}

vocabulary! {
    /// A listening port.
    Port, folded: false, {
        /// 3888: notifications.
        Election = "election",
        /// 2888: learners and their leader.
        Quorum = "quorum",
        /// 2181: clients.
        Client = "client",
    }
}

impl From<Port> for zablab_protocol::Port {
    fn from(port: Port) -> zablab_protocol::Port {
        match port {
            Port::Election => zablab_protocol::Port::Election,
            Port::Quorum => zablab_protocol::Port::Quorum,
            Port::Client => zablab_protocol::Port::Client,
        }
    }
}

impl From<zablab_protocol::Port> for Port {
    fn from(port: zablab_protocol::Port) -> Port {
        match port {
            zablab_protocol::Port::Election => Port::Election,
            zablab_protocol::Port::Quorum => Port::Quorum,
            zablab_protocol::Port::Client => Port::Client,
        }
    }
}

vocabulary! {
    /// The type of a packet.
    Packet, folded: true, {
        /// The first message of an election connection.
        Hello = "HELLO",
        /// A vote.
        Notification = "NOTIFICATION",
        /// A follower presents itself.
        FollowerInfo = "FOLLOWERINFO",
        /// An observer presents itself.
        ObserverInfo = "OBSERVERINFO",
        /// The leader proposes an epoch.
        LeaderInfo = "LEADERINFO",
        /// A learner accepts the epoch.
        AckEpoch = "ACKEPOCH",
        /// Synchronisation by the missing transactions.
        Diff = "DIFF",
        /// Synchronisation by cutting the log.
        Trunc = "TRUNC",
        /// Synchronisation by a snapshot.
        Snap = "SNAP",
        /// A transaction to log.
        Proposal = "PROPOSAL",
        /// A transaction to apply.
        Commit = "COMMIT",
        /// A transaction is logged.
        Ack = "ACK",
        /// The end of the synchronisation.
        NewLeader = "NEWLEADER",
        /// The learner may serve.
        UpToDate = "UPTODATE",
        /// A heartbeat.
        Ping = "PING",
        /// A committed transaction for an observer.
        Inform = "INFORM",
        /// A learner's client wants to write.
        Request = "REQUEST",
        /// A learner asks whether a session is alive.
        Revalidate = "REVALIDATE",
        /// A learner's client wants to be as far as the leader.
        Sync = "SYNC",
        /// A client wants a session, or its session back.
        ConnectRequest = "CONNECTREQUEST",
        /// A client gets its session, or learns that it is gone.
        ConnectResponse = "CONNECTRESPONSE",
        /// A client's request.
        ClientRequest = "CLIENTREQUEST",
        /// The answer to a client's request.
        Reply = "REPLY",
        /// A watch has fired.
        WatchEvent = "WATCHEVENT",
        /// A client that has reconnected sets its watches again.
        SetWatches = "SETWATCHES",
        /// A client's heartbeat, or the answer to it.
        ClientPing = "CLIENTPING",
    }
}

vocabulary! {
    /// How a learner was brought up to date.
    SyncMode, folded: true, {
        /// By the missing transactions.
        Diff = "DIFF",
        /// By cutting its log.
        Trunc = "TRUNC",
        /// By a snapshot.
        Snap = "SNAP",
    }
}

vocabulary! {
    /// A durable thing that is written.
    File, folded: false, {
        /// The epoch promised.
        AcceptedEpoch = "acceptedEpoch",
        /// The epoch joined.
        CurrentEpoch = "currentEpoch",
        /// A snapshot.
        Snapshot = "snapshot",
        /// A sync of the log.
        Log = "log",
        /// The log was cut.
        Truncation = "truncation",
    }
}

impl File {
    /// Its number is an epoch, not a zxid.
    pub const fn is_epoch(self) -> bool {
        matches!(self, File::AcceptedEpoch | File::CurrentEpoch)
    }
}

/// What a statement begins with.
pub(super) const STATEMENTS: &[&str] = &[
    "ensemble", "set", "config", "profile", "shows", "unsafe", "belief", "client", "workload", "draws",
    "pin", "at", "by", "from", "when", "if",
];

/// What a step begins with, besides a client.
pub(crate) const STEPS: &[&str] = &[
    "start",
    "kill",
    "power-off",
    "wipe",
    "fill",
    "fail",
    "free",
    "restart",
    "pause",
    "resume",
    "cut",
    "refuse",
    "reset",
    "heal",
    "hold",
    "release",
    "create",
    "set",
    "delete",
    "read",
    "close",
    "clock",
    "freeze",
    "thaw",
    "next",
    "end",
];

/// What an expectation begins with, besides a server or a client.
pub(super) const EXPECTATIONS: &[&str] =
    &["leader", "no", "available", "unavailable", "answered", "failed", "pending", "holders", "violation"];

/// What can follow the server of an expectation, besides a state.
pub(super) const CLAIMS: &[&str] = &[
    "epoch",
    "currentEpoch",
    "acceptedEpoch",
    "round",
    "zxid",
    "logged",
    "vote",
    "synced",
    "data",
    "no",
    "heard",
    "stat",
    "sessions",
];

/// What can follow the server of an event.
pub(super) const OCCURRENCES: &[&str] = &["wrote", "got", "ran", "decided"];

/// What can follow the party of `next`; the first ones at a client, too. No name can stand there, so that these words, and
/// those behind them, need not be reserved.
pub(super) const HAPPENINGS: &[&str] = &["got", "connected", "reached", "timer", "ran", "wrote", "booted"];

const OTHERS: &[&str] = &[
    "to",
    "on",
    "expect",
    "within",
    "nth",
    "before",
    "after",
    "all",
    "follower",
    "losing",
    "unsynced",
    "keeping",
    "times",
    "version",
    "writes",
    "observer",
    "participant",
    "and",
    "watch",
    "ephemeral",
    "sequential",
    "ok",
    "none",
    "quorum-size",
    "ask",
    "right",
    "wrong",
];

/// No server or client can be called that. Case does not count: `Leader` beside `leader` would only confuse.
pub(super) fn is_reserved(name: &str) -> bool {
    let lists = [
        STATEMENTS,
        STEPS,
        EXPECTATIONS,
        CLAIMS,
        OCCURRENCES,
        CALLS,
        CLIENT_CLAIMS,
        FACTS,
        JOB,
        WEIGHTS,
        ERRORS,
        OTHERS,
        State::WORDS,
        ElectionState::WORDS,
        Task::WORDS,
        Port::WORDS,
        Packet::WORDS,
        SyncMode::WORDS,
        File::WORDS,
    ];
    lists.iter().any(|words| words.iter().any(|word| word.eq_ignore_ascii_case(name)))
}

/// The known word that was probably meant, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    // No word of the language is nearly as long, and the distance costs quadratic time.
    if length == 0 || length > 64 {
        return None;
    }
    let limit = if length <= 2 { 1 } else { (length / 3).max(2) };
    let folded = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let shorter = length.min(candidate.chars().count());
        let distance = if length >= 3 && candidate.starts_with(&folded) {
            1
        } else {
            strsim::damerau_levenshtein(&folded, &candidate.to_lowercase())
        };
        if distance <= limit && distance < shorter && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// A word as a message shows it: cut where it is long, with what cannot be seen spelled out.
pub(crate) fn shown(word: &str) -> String {
    const LONGEST: usize = 40;
    let mut text = String::new();
    for (index, c) in word.chars().enumerate() {
        if index == LONGEST {
            text.push('…');
            break;
        }
        match c {
            '"' | '\'' | '\\' => text.push(c),
            _ => text.extend(c.escape_debug()),
        }
    }
    text
}

/// Words in backticks, with commas between.
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    quoted(words).join(", ")
}

/// Words in backticks, with 'or' before the last.
pub(super) fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = quoted(words);
    match all.pop() {
        Some(last) if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        Some(last) => last,
        None => String::new(),
    }
}

fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(|word| format!("`{word}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("laeder", EXPECTATIONS.iter().copied()), Some("leader"));
        assert_eq!(nearest("strat", STEPS.iter().copied()), Some("start"));
        assert_eq!(nearest("power", STEPS.iter().copied()), Some("power-off"));
        assert_eq!(nearest("PowerOff", STEPS.iter().copied()), Some("power-off"));
        assert_eq!(nearest("frobnicate", STEPS.iter().copied()), None);
        assert_eq!(nearest("x", STATEMENTS.iter().copied()), None);
        assert_eq!(nearest(&"a".repeat(1_000_000), STEPS.iter().copied()), None);
    }

    #[test]
    fn case_counts_only_where_it_must() {
        assert_eq!(Packet::of("NewLeader"), Some(Packet::NewLeader));
        assert_eq!(SyncMode::of("diff"), Some(SyncMode::Diff));
        assert_eq!(File::of("currentepoch"), None);
        assert!(is_reserved("Leader") && is_reserved("proposal") && !is_reserved("zk1"));
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(shown("zk1\u{200b}"), "zk1\\u{200b}");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 41);
    }
}
