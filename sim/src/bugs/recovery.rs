//! Bugs of what a disk or a process keeps from one role to the next.

use super::{Bug, Class, PutBack};

/// The tree that a server keeps over an election lags its log.
pub(super) const ZK_2845: Bug = Bug {
    number: 2845,
    also: &[],
    title: "the tree that a server keeps over an election lags its log",
    class: Class::Restart,
    releases: "3.4.10, 3.4.11, 3.5.3; fixed 3.4.12, 3.5.4, 3.6.0",
    settings: &[PutBack::Defect("reuse-db-without-replay")],
    era: &[],
    breaks: &["P-HIST", "P-PFX", "P-DIG"],
    judges: &["logs-agree", "committed-prefix", "no-silent-divergence", "log-order", "integrity"],
    words: "",
    profile: "partitions",
    mechanism: "A server that goes back to the election keeps its tree instead of loading it again. Its log may hold \
               proposals that the tree has not, for they were never committed. It votes and synchronizes with the \
               tree's zxid: the leader finds nothing to cut, and the extra record stays in the log, below newer \
               ones.",
    schedule: &[
        "A leads epoch 1 and proposes; B logs the proposal, and A goes down before it is committed.",
        "B and C elect C. B votes with what its tree has, which is one less than its log.",
        "C finds B where C is, and sends an empty DIFF.",
        "C commits something. B's log holds what nobody committed, and behind it the new transaction.",
    ],
    look: "B's log next to C's: one record more, in the middle. It shows when B starts again and replays it.",
    published: Some(
        "TLC on 6 cores: 12 s, 6,347 states, depth 10; random: 2 to 3 s (SETTA'23); simulating a coarse \
         specification on 2 cores: 4.3 s",
    ),
};

/// The log writer of a role goes on in the next one.
pub(super) const ZK_4712: Bug = Bug {
    number: 4712,
    also: &[4541, 4502],
    title: "the log writer of a role goes on in the next one",
    class: Class::Restart,
    releases: "3.4.10 on to 3.9.2, the whole 3.8 line; fixed 3.9.3",
    settings: &[PutBack::Defect("log-queue-survives-shutdown")],
    era: &[],
    breaks: &["P-HIST", "P-PFX", "P-DIG"],
    judges: &["logs-agree", "committed-prefix", "no-silent-divergence", "log-order", "integrity"],
    words: "",
    profile: "partitions",
    mechanism: "A follower that leaves its role does not stop its log writer. It brings its tree up to its log and \
               goes to the election, while the writer still has proposals of the old epoch in its queue and appends \
               them behind.",
    schedule: &[
        "A leads and proposes; B's log writer has the proposal in its queue, not yet in the log.",
        "B loses A, leaves the role, reads its log to the end, and votes.",
        "The old log writer appends the proposal.",
        "C leads; B says where its tree is and gets an empty DIFF. Its log has a record that C's has not.",
    ],
    look: "A write to B's log between its vote and its synchronization.",
    published: Some(
        "TLC with 16 workers: 11 s, 73,293 states, depth 13 (EuroSys'25); simulating a coarse \
         specification on 2 cores: 5.8 s",
    ),
};

/// The snapshot is of a later epoch than currentEpoch, and the server never starts again.
pub(super) const ZK_1653: Bug = Bug {
    number: 1653,
    also: &[2354, 2307, 4269],
    title: "the snapshot is of a later epoch than currentEpoch, and the server never starts again",
    class: Class::Recovery,
    releases: "before 3.4.6, which has a marker file; open on the later lines (2354)",
    settings: &[PutBack::Word("newleader", "snap"), PutBack::Defect("no-recovery-marker")],
    era: &[],
    breaks: &["P-SANE", "L-JOIN"],
    judges: &["nobody-dies", "everybody-joins"],
    words: "",
    profile: "crashes",
    mechanism: "The learner saves the snapshot of a synchronization first and currentEpoch second. After a crash in \
               between the data is of a later epoch than the file that says which epoch it is, and the check at \
               start refuses to go on. Nothing ever mends it.",
    schedule: &[
        "B synchronizes with a leader whose last transaction is of epoch 2.",
        "B saves the snapshot, and ends before it writes currentEpoch.",
        "B starts: data of epoch 2, currentEpoch 1. It exits, each time.",
    ],
    look: "B's exit: what its two files say. With two such servers nobody leads any more.",
    published: None,
};

/// A server keeps what it has of a SNAP that broke off.
pub(super) const ZK_3642: Bug = Bug {
    number: 3642,
    also: &[2872],
    title: "a server keeps what it has of a SNAP that broke off",
    class: Class::Restart,
    releases: "3.4.10 on, 3.5.3 to 3.5.9, 3.6.0 to 3.6.2; fixed 3.5.10, 3.6.3, 3.7.0",
    settings: &[PutBack::Defect("keep-db-after-partial-snap")],
    era: &[],
    breaks: &["P-DIG", "P-HIST", "P-DISK"],
    judges: &[
        "no-silent-divergence",
        "disk-keeps-promises",
        "log-order",
        "committed-prefix",
        "logs-agree",
        "local-primary-order",
        "leader-completeness",
    ],
    words: "",
    profile: "crashes",
    mechanism: "A synchronization by SNAP that breaks off leaves a tree that is the leader's and a disk that is not. \
               The server goes back to the election with that tree; the next leader finds it well ahead and sends a \
               DIFF. After a restart the disk tells another story.",
    schedule: &[
        "B is far behind and gets a SNAP.",
        "The link breaks before NEWLEADER has been acknowledged.",
        "B goes to the election in the same process, with the tree it was sent.",
        "The leader sends a DIFF; B's log begins above what its disk has.",
    ],
    look: "B's log: a hole between its last snapshot and the first record of the DIFF.",
    published: None,
};
