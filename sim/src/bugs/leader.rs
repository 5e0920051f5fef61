//! Bugs of the leader while it comes to lead, and while it does.

use super::{Bug, Class, PutBack};

/// A leader takes the new epoch for its last zxid before anybody follows it.
pub(super) const ZK_790: Bug = Bug {
    number: 790,
    also: &[],
    title: "a leader takes the new epoch for its last zxid before anybody follows it",
    class: Class::Discovery,
    releases: "up to 3.3.1; fixed 3.3.2, 3.4.0",
    settings: &[PutBack::Defect("early-last-zxid"), PutBack::Defect("no-accepted-epoch")],
    era: &["no-accepted-epoch"],
    breaks: &["L-JOIN", "P-SANE", "P-DUR", "P-INIT"],
    judges: &[
        "everybody-joins",
        "leader-elected",
        "leader-serves",
        "primary-integrity",
        "nobody-dies",
        "leader-completeness",
        "durable-before-commit",
        "committed-durability",
        "initial-history",
    ],
    words: "",
    profile: "partitions",
    mechanism: "A server that believes that it is elected moves its last zxid to the beginning of the new epoch at \
               once. When nobody comes to follow, it goes back to the election with a zxid that nobody can beat and \
               no data behind it. With the epochs of that time it wins again, or can follow nobody.",
    schedule: &[
        "All are at the end of epoch 1. C is elected, claims epoch 2, loses its links and gives up; once \
         more, and it claims epoch 3.",
        "A and B elect B, which computes epoch 2 and commits in it.",
        "C finds an epoch below its own and follows nobody. Or it wins the next election with an old tree, \
         and what was committed goes.",
    ],
    look: "C's zxid, which grows without a transaction. With promised epochs (3.4) the same haste does no harm: \
          that is a test, too.",
    published: None,
};

/// The log writer dies and the leader goes on.
pub(super) const ZK_2247: Bug = Bug {
    number: 2247,
    also: &[4203, 4882],
    title: "the log writer dies and the leader goes on",
    class: Class::Broadcast,
    releases: "before 3.4.9 and 3.5.3; fixed 3.4.9, 3.5.3, 3.6.0; 4203 and 4882 are open",
    settings: &[PutBack::Defect("log-thread-dies-alone")],
    era: &[],
    breaks: &["L-SERVE"],
    judges: &["leader-serves", "requests-end"],
    words: "",
    profile: "disks",
    mechanism: "A write to the log fails once, and the thread that writes ends. Nothing else does: heartbeats go on, \
               followers stay, and nothing is ever committed again. Everybody waits for a leader that looks well.",
    schedule: &[
        "A leads. One write of its log fails.",
        "Its log writer ends. The pings go on, and every follower stays.",
        "Requests come in, and no answer goes out.",
    ],
    look: "The leader's queue to its log, which only grows.",
    published: None,
};

/// The counter of a zxid runs over into the epoch.
pub(super) const ZK_1277: Bug = Bug {
    number: 1277,
    also: &[2789, 4883],
    title: "the counter of a zxid runs over into the epoch",
    class: Class::Broadcast,
    releases: "before 3.3.5 and 3.4.4; fixed 3.3.5, 3.4.4, 3.5.0",
    settings: &[PutBack::Defect("no-rollover-guard")],
    era: &[],
    breaks: &["P-ZXID", "P-ONE", "P-HIST", "L-SERVE"],
    judges: &[
        "integrity",
        "one-leader-per-epoch",
        "logs-agree",
        "leader-serves",
        "epochs-rise",
        "log-order",
        "nothing-illegal-arrives",
        "local-primary-order",
        "leader-elected",
        "requests-end",
    ],
    words: "",
    profile: "calm",
    mechanism: "A zxid is one number, and the next one is one more. Behind the last counter of an epoch comes the \
               first zxid of an epoch that nobody elected and nobody accepted; the next leader may well take the \
               same.",
    schedule: &[
        "The counter stands near its end.",
        "Two proposals: the second one is of an epoch that was never agreed on.",
        "A crash and an election: the new leader takes that epoch, too.",
    ],
    look: "The zxid behind 0x…ffffffff. A right leader gives up there, and an election brings the next epoch.",
    published: None,
};
