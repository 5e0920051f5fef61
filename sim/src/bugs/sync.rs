//! Bugs of synchronization: what a learner is sent, and in which order it makes that its own.

use super::{Bug, Class, PutBack};

/// A learner acknowledges NEWLEADER before its history is on disk.
pub(super) const ZK_4646: Bug = Bug {
    number: 4646,
    also: &[4785],
    title: "a learner acknowledges NEWLEADER before its history is on disk",
    class: Class::Sync,
    releases: "3.5.9 on, 3.6.3 on, 3.7.0 to 3.9.1; fixed 3.8.5 and 3.9.2 (4785), completed in 3.9.3",
    settings: &[PutBack::Word("newleader", "async-log")],
    era: &[],
    breaks: &["P-HIST", "P-DUR", "P-INIT"],
    judges: &[
        "logs-agree",
        "leader-completeness",
        "durable-before-commit",
        "committed-durability",
        "initial-history",
    ],
    words: "",
    profile: "crashes",
    mechanism: "The learner hands what the leader sent it to its log writer, and acknowledges NEWLEADER at once. A \
               quorum of such acknowledgements means nothing: the history of the new epoch may be on the leader's \
               disk alone. The leader opens for clients all the same.",
    schedule: &[
        "A leads epoch 1; its last transaction is logged at A only. Its links break, and it is elected again, \
         for nobody has more.",
        "B is sent that transaction and NEWLEADER. It queues the one, writes currentEpoch and acknowledges \
         the other.",
        "A has a quorum, serves, and clients read the transaction.",
        "B loses power before its log writer has written; A goes down.",
        "B comes back with the new epoch and the old log, and leads C. What was read is gone.",
    ],
    look: "The leader that comes last: its log ends below what an earlier leader had committed. Look at B's \
          disk when it lost power: currentEpoch is new, the log is not.",
    published: Some("TLC with 16 workers: 109 s, 2,880,498 states, depth 21 (EuroSys'25)"),
};

/// CurrentEpoch is on disk before the history of that epoch.
pub(super) const ZK_4643: Bug = Bug {
    number: 4643,
    also: &[],
    title: "currentEpoch is on disk before the history of that epoch",
    class: Class::Sync,
    releases: "3.5.9 on, 3.6.3 on, 3.7.0 to 3.9.1; fixed in part 3.8.5 and 3.9.2, completed in 3.9.3",
    settings: &[PutBack::Defect("epoch-before-history")],
    era: &[],
    breaks: &["P-DUR", "P-INIT"],
    judges: &["leader-completeness", "durable-before-commit", "committed-durability", "initial-history"],
    words: "",
    profile: "crashes",
    mechanism: "The learner writes currentEpoch first and the transactions of the stream behind it. A crash between \
               the two leaves a server that claims an epoch whose beginning it does not have. Votes compare epochs \
               first, so it beats servers that hold more, and has them cut back.",
    schedule: &[
        "A leads epoch 1; a transaction is committed by A and B. A goes down; B leads C in epoch 2.",
        "C is sent the transaction, writes currentEpoch 2, and ends before it logs anything.",
        "A and C come back, B goes down. C has the higher epoch and wins.",
        "C tells A to truncate. The committed transaction is gone.",
    ],
    look: "Two writes in C's disk, and what lies between them. The TRUNC that follows cuts what was committed.",
    published: Some("TLC with 16 workers: 17 s, 208,018 states, depth 21 (EuroSys'25)"),
};

/// The history of a synchronization is logged only after UPTODATE.
pub(super) const ZK_3911: Bug = Bug {
    number: 3911,
    also: &[4262],
    title: "the history of a synchronization is logged only after UPTODATE",
    class: Class::Sync,
    releases: "3.4.10 on, 3.5.3 to 3.5.8, 3.6.0 to 3.6.2; fixed 3.5.9, 3.6.3, 3.7.0",
    settings: &[PutBack::Word("newleader", "late-log")],
    era: &[],
    breaks: &["P-HIST", "P-DUR", "P-INIT"],
    judges: &[
        "logs-agree",
        "leader-completeness",
        "durable-before-commit",
        "committed-durability",
        "initial-history",
    ],
    words: "",
    profile: "crashes",
    mechanism: "When a learner stopped saving a snapshot behind every DIFF, nothing else made the transactions of \
               the stream durable before NEWLEADER was acknowledged. They are logged when UPTODATE comes; until \
               then only the leader has them on disk.",
    schedule: &[
        "A leads again with a transaction that only A has logged.",
        "B and C are sent it, and acknowledge NEWLEADER with nothing written.",
        "A serves, and clients read it. A goes down, B and C lose power before UPTODATE has been dealt with.",
        "B and C lead the next epoch without it.",
    ],
    look: "The time between the acknowledgement of NEWLEADER and the first fsync of the log at the same server.",
    published: Some(
        "TLC on 6 cores: 42 s, 286,286 states, depth 14; random: 89 s, 544,820 states (SETTA'23); simulating a coarse \
         specification on 2 cores: 4.5 s",
    ),
};

/// A DIFF is sent where a TRUNC was needed.
pub(super) const ZK_1154: Bug = Bug {
    number: 1154,
    also: &[1156],
    title: "a DIFF is sent where a TRUNC was needed",
    class: Class::Sync,
    releases: "3.3.0 to 3.3.3; fixed 3.3.4, 3.4.0",
    settings: &[PutBack::Defect("diff-without-trunc")],
    era: &[],
    breaks: &["P-HIST", "P-PFX", "P-DIG"],
    judges: &["logs-agree", "committed-prefix", "no-silent-divergence", "log-order", "integrity"],
    words: "",
    profile: "partitions",
    mechanism: "The leader sends a DIFF to any learner whose last zxid lies between the first and the last of its \
               window, and does not ask whether a transaction with that zxid exists. A learner with a record of its \
               own keeps it under the ones that come.",
    schedule: &[
        "C leads epoch 1 and logs a proposal alone; it is cut off.",
        "A and B go on in epoch 2 and commit.",
        "C returns. Its last zxid lies within the window, though no transaction there has it.",
        "The DIFF brings what is newer. C has one record more than the others.",
    ],
    look: "The sync decision for C: the leader should have said TRUNC first.",
    published: None,
};

/// CurrentEpoch is written at UPTODATE, not at NEWLEADER.
pub(super) const ZK_1282: Bug = Bug {
    number: 1282,
    also: &[1264, 1291],
    title: "currentEpoch is written at UPTODATE, not at NEWLEADER",
    class: Class::Sync,
    releases: "the development of 3.4; fixed 3.4.0",
    settings: &[PutBack::Defect("epoch-at-uptodate")],
    era: &[],
    breaks: &["P-INIT"],
    judges: &[
        "initial-history",
        "newleader-of-accepted-epoch",
        "leader-completeness",
        "durable-before-commit",
        "committed-durability",
    ],
    words: "",
    profile: "crashes",
    mechanism: "An epoch is established when a quorum acknowledges NEWLEADER. Followers that write their \
               currentEpoch later forget, when they crash in between, that it ever was; a server outside that \
               quorum with a longer log of the old epoch can win and bring back what the epoch began without.",
    schedule: &[
        "C has a proposal alone and is cut off. A leads epoch 2 with B, without it.",
        "B acknowledges NEWLEADER; A serves. Both go down before B has dealt with UPTODATE.",
        "B and C come back, both of epoch 1. C has the longer log and wins: its proposal becomes committed.",
    ],
    look: "currentEpoch of B when it acknowledges NEWLEADER: the old one.",
    published: None,
};

/// A hole in the window of committed transactions is passed on.
pub(super) const ZK_4925: Bug = Bug {
    number: 4925,
    also: &[],
    title: "a hole in the window of committed transactions is passed on",
    class: Class::Sync,
    releases: "3.9.3; fixed 3.9.4",
    settings: &[PutBack::Word("newleader", "committed-only")],
    era: &[],
    breaks: &["P-DIG", "P-DUR"],
    judges: &[
        "no-silent-divergence",
        "local-primary-order",
        "log-order",
        "committed-prefix",
        "leader-completeness",
        "logs-agree",
    ],
    words: "",
    profile: "partitions",
    mechanism: "What a learner applies at NEWLEADER does not enter the window from which it will serve a DIFF once \
               it leads. What it applies later does. The window has a hole, and a learner whose zxid lies before \
               the hole is sent what comes behind it and takes itself for complete.",
    schedule: &[
        "Five servers; D stops first, E a little later. A commits on.",
        "E returns by DIFF: what it missed is applied, and is not in its window. More is committed, and \
         enters it.",
        "A goes down; E leads.",
        "D returns. E's window covers its zxid, and the DIFF leaves out what E itself had missed.",
    ],
    look: "E's window as a list of zxids, and the gap in what D delivers.",
    published: None,
};

/// A learner claims the zxid of the DIFF header.
pub(super) const ZK_2355: Bug = Bug {
    number: 2355,
    also: &[],
    title: "a learner claims the zxid of the DIFF header",
    class: Class::Sync,
    releases: "up to 3.4.10 and 3.5.3; fixed 3.4.11, 3.5.4, 3.6.0",
    settings: &[PutBack::Defect("last-zxid-at-diff-header")],
    era: &[],
    breaks: &["P-DIG", "L-EPH"],
    judges: &[
        "no-silent-divergence",
        "ephemerals-end",
        "local-primary-order",
        "committed-prefix",
        "log-order",
        "logs-agree",
    ],
    words: "",
    profile: "partitions",
    mechanism: "The header of a DIFF carries the leader's last zxid, and the learner takes it for its own before any \
               transaction has come. If the link breaks there, it goes back to the leader with a zxid whose \
               transactions it never got, and is told that it lacks nothing.",
    schedule: &[
        "B lags two transactions behind.",
        "It receives the header of a DIFF, and the link breaks before the first proposal.",
        "B connects again and claims the leader's zxid: an empty DIFF.",
        "B serves without the two. An ephemeral znode whose closeSession was among them never goes.",
    ],
    look: "B's zxid before and after the broken link: it went up, and its log did not.",
    published: None,
};

/// The ACK of a proposal overtakes that of NEWLEADER.
pub(super) const ZK_4685: Bug = Bug {
    number: 4685,
    also: &[],
    title: "the ACK of a proposal overtakes that of NEWLEADER",
    class: Class::Sync,
    releases: "3.5.9 on, 3.6.3 on, 3.7.0 to 3.9.1; fixed 3.8.5, 3.9.2, 3.9.3",
    settings: &[PutBack::Word("newleader", "async-log")],
    era: &[],
    breaks: &["L-SERVE", "P-SANE"],
    judges: &["nothing-illegal-arrives", "leader-serves"],
    words: "ACK",
    profile: "pauses",
    mechanism: "The log writer that got the transactions of the stream acknowledges each when it is written, and may \
               do so before the packet loop has acknowledged NEWLEADER. The leader insists that NEWLEADER's \
               acknowledgement comes first; it turns away from the follower, and without it has no quorum.",
    schedule: &[
        "A transaction is logged by A and C and not committed; A goes down. C is elected with B.",
        "B gets the transaction and NEWLEADER. Its log writer is quick: the ACK of the transaction goes out \
         first.",
        "C finds an ACK that it does not expect. The reign ends before it began.",
    ],
    look: "The first ACK from B after the stream: its zxid is not that of NEWLEADER.",
    published: Some(
        "TLC with 16 workers: 10 s, 67,418 states, depth 12 (EuroSys'25); simulating a coarse \
         specification on 2 cores: 3.1 s",
    ),
};

/// A COMMIT between NEWLEADER and UPTODATE finds no proposal.
pub(super) const ZK_4394: Bug = Bug {
    number: 4394,
    also: &[],
    title: "a COMMIT between NEWLEADER and UPTODATE finds no proposal",
    class: Class::Sync,
    releases: "3.5.9 on, 3.6.3 on, 3.7.0 to 3.9.2; fixed 3.9.3",
    settings: &[PutBack::Word("newleader", "sync-log")],
    era: &[],
    breaks: &["P-SANE", "L-JOIN"],
    judges: &["nobody-dies", "nothing-illegal-arrives", "everybody-joins"],
    words: "COMMIT",
    profile: "pauses",
    mechanism: "At NEWLEADER the learner writes the proposals of the stream and forgets them. A COMMIT for one of \
               them that comes before UPTODATE finds an empty list, and the follower dies of it. It comes back and \
               may meet the same order again. No fault is needed, only a joiner that is slower than a commit.",
    schedule: &[
        "A leads with B, and proposes. C connects: the stream carries the proposal, not yet committed, and \
         NEWLEADER.",
        "C acknowledges NEWLEADER and has forgotten the proposal.",
        "B's ACK commits it. The COMMIT reaches C before UPTODATE.",
    ],
    look: "C's last packet before it ends: a COMMIT.",
    published: Some(
        "TLC with 16 workers: 9 s, 14,264 states, depth 20 (EuroSys'25); simulating a coarse \
         specification on 2 cores: 19.3 s",
    ),
};

/// A synchronization passes the table of sessions by.
pub(super) const ZK_1367: Bug = Bug {
    number: 1367,
    also: &[],
    title: "a synchronization passes the table of sessions by",
    class: Class::Sessions,
    releases: "3.3.4, 3.4.0 to 3.4.2; fixed 3.3.5, 3.4.3, 3.5.0",
    settings: &[PutBack::Defect("sync-skips-session-table")],
    era: &[],
    breaks: &["L-EPH"],
    judges: &["session-integrity", "ephemerals-end"],
    words: "",
    profile: "crashes",
    mechanism: "What the stream of a synchronization carries goes straight into the tree. The table of sessions, \
               from which a leader lets sessions expire, hears nothing of it. When that server leads, it does not \
               know the session, never ends it, and its ephemeral znodes stay for ever.",
    schedule: &[
        "B is down. A client opens a session and makes an ephemeral znode.",
        "B joins; the createSession comes in the DIFF.",
        "B comes to lead. The client is gone, and nobody expires its session.",
    ],
    look: "A znode whose owner is no session that the leader knows.",
    published: None,
};

/// A follower serves before the synchronized transactions are applied.
pub(super) const ZK_3023: Bug = Bug {
    number: 3023,
    also: &[],
    title: "a follower serves before the synchronized transactions are applied",
    class: Class::Sync,
    releases: "3.4.10 on to 3.9.2; fixed 3.9.3",
    settings: &[PutBack::Word("newleader", "sync-log")],
    era: &[],
    breaks: &["P-SANE"],
    judges: &["uptodate-is-applied"],
    words: "",
    profile: "crashes",
    mechanism: "The commits of the stream are queued to the commit applier, and UPTODATE is acknowledged before it \
               has run. The leader counts the follower as up to date while its tree lags; a client of it may read \
               what is older than what it read elsewhere.",
    schedule: &[
        "Any election; the new follower is sent a transaction, its COMMIT, NEWLEADER and UPTODATE.",
        "It acknowledges UPTODATE while its applier has not run.",
        "The leader takes it for up to date; a client that connects to it sees an older tree.",
    ],
    look: "The follower's last applied zxid when it acknowledges UPTODATE.",
    published: Some(
        "TLC with 16 workers: 11 s, 78,892 states, depth 13 (EuroSys'25); simulating a coarse \
         specification on 2 cores: 2.6 s",
    ),
};

/// An empty server is told that it is in sync.
pub(super) const ZK_1319: Bug = Bug {
    number: 1319,
    also: &[],
    title: "an empty server is told that it is in sync",
    class: Class::Sync,
    releases: "3.4.0; fixed 3.4.1, 3.5.0",
    settings: &[PutBack::Defect("last-proposed-zero")],
    era: &[],
    breaks: &["P-DIG", "P-HIST", "P-DUR"],
    judges: &[
        "no-silent-divergence",
        "committed-prefix",
        "local-primary-order",
        "logs-agree",
        "leader-completeness",
        "global-primary-order",
    ],
    words: "",
    profile: "crashes",
    mechanism: "Until its first proposal a leader says that it has proposed nothing, zxid 0. A learner with an empty \
               disk is at 0 as well, so the leader finds that there is nothing to send, and the newcomer serves an \
               empty tree.",
    schedule: &[
        "Two servers with data restart, and one of them leads.",
        "Before any write a third one comes with an empty disk, at zxid 0.",
        "It gets an empty DIFF and serves nothing.",
    ],
    look: "The sync decision for the newcomer: DIFF where only a SNAP can help.",
    published: None,
};

/// NEWLEADER comes before what belongs to the snapshot.
pub(super) const ZK_3104: Bug = Bug {
    number: 3104,
    also: &[3589],
    title: "NEWLEADER comes before what belongs to the snapshot",
    class: Class::Sync,
    releases: "before 3.5.5; fixed 3.5.5, 3.6.0",
    settings: &[PutBack::Defect("newleader-before-snapshot")],
    era: &[],
    breaks: &["P-DIG", "P-DISK"],
    judges: &[
        "no-silent-divergence",
        "disk-keeps-promises",
        "committed-prefix",
        "local-primary-order",
        "log-order",
        "logs-agree",
        "global-primary-order",
    ],
    words: "",
    profile: "crashes",
    mechanism: "The queue for a learner begins when the mode is chosen, the SNAP is copied later, and its label is that \
               of the copy. What the queue brings of transactions that the SNAP has is carried out once more, and the \
               tree goes back and comes forward again. With NEWLEADER in the midst of them, the learner saves a tree \
               that has gone back, under a label that says it has not.",
    schedule: &[
        "When the leader chooses SNAP, a = 1 is committed and not applied yet. It goes into the queue, and NEWLEADER \
         behind it.",
        "a = 2 is committed and applied. Now the SNAP is copied, with a = 2 and the label of that.",
        "The learner takes the SNAP, carries out a = 1, and saves a snapshot at NEWLEADER.",
        "a = 2 comes behind it and mends the tree in memory. With its next start the learner has a = 1, and the zxid \
         of a = 2.",
    ],
    look: "The learner's snapshot: its label, and the version of what was changed twice.",
    published: None,
};
