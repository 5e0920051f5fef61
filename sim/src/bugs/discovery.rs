//! Bugs of discovery: which epoch it is, and who promised what.

use super::{Bug, Class, PutBack};

/// The epoch is neither agreed on nor written down.
pub(super) const ZK_335: Bug = Bug {
    number: 335,
    also: &[1081, 1082],
    title: "the epoch is neither agreed on nor written down",
    class: Class::Discovery,
    releases: "3.0 to 3.3; fixed 3.4.0",
    settings: &[PutBack::Defect("no-accepted-epoch")],
    era: &[],
    breaks: &["P-ONE", "P-ZXID", "P-PFX"],
    judges: &[
        "one-leader-per-epoch",
        "integrity",
        "committed-prefix",
        "logs-agree",
        "epochs-rise",
        "chosen-epoch-is-new",
    ],
    words: "",
    profile: "crashes",
    mechanism: "A new leader takes the epoch of its own last transaction and adds one. It asks nobody, and nobody \
               remembers. Two leaders, one after the other, can take the same epoch and give one zxid to two \
               transactions.",
    schedule: &[
        "All are at the end of epoch 1. C leads, takes epoch 2, logs a proposal on its own disk only, and \
         goes down.",
        "A and B elect one of them. Its last transaction is still of epoch 1: it takes epoch 2, too.",
        "It commits another transaction under the same zxid.",
        "C returns. Its last zxid is the leader's: an empty DIFF, and C keeps what nobody else has.",
    ],
    look: "One zxid, two transactions. Since 3.4 an epoch is promised by a quorum, on disk, before it is used.",
    published: None,
};

/// A quorum of discovery without the leader itself.
pub(super) const ZK_1270: Bug = Bug {
    number: 1270,
    also: &[1191, 1192],
    title: "a quorum of discovery without the leader itself",
    class: Class::Discovery,
    releases: "before 3.4.0; fixed 3.4.0, 3.5.0",
    settings: &[PutBack::Defect("quorum-without-self")],
    era: &[],
    breaks: &["L-SERVE", "P-ONE", "P-SANE"],
    judges: &[
        "leader-serves",
        "leader-elected",
        "chosen-epoch-is-new",
        "one-leader-per-epoch",
        "epochs-rise",
        "nothing-illegal-arrives",
    ],
    words: "",
    profile: "calm",
    mechanism: "Followers alone can make up the quorum of FOLLOWERINFO, or of ACKEPOCH, before the leader has come \
               to speak for itself. In the one case its own accepted epoch does not count. In the other they go on and \
               acknowledge NEWLEADER before the leader knows of it: a quorum is there, and nobody serves.",
    schedule: &[
        "Three servers; both followers reach the leader before its main thread has come to the wait.",
        "The quorum is complete without it.",
        "They acknowledge NEWLEADER, which it has not proposed yet; it waits for what has already come.",
    ],
    look: "The order of three arrivals at one leader. No fault is needed.",
    published: None,
};

/// An epoch is proposed that somebody has already accepted.
pub(super) const ZK_1343: Bug = Bug {
    number: 1343,
    also: &[],
    title: "an epoch is proposed that somebody has already accepted",
    class: Class::Discovery,
    releases: "3.4.0 to 3.4.2; fixed 3.4.3, 3.5.0",
    settings: &[PutBack::Defect("epoch-strictly-greater"), PutBack::Defect("count-minus-one-ack")],
    era: &[],
    breaks: &["L-SERVE", "P-ONE"],
    judges: &["chosen-epoch-is-new", "one-leader-per-epoch", "leader-serves"],
    words: "",
    profile: "crashes",
    mechanism: "A leader raises its candidate for the epoch only where a follower has accepted a higher one; an \
               equal one leaves it as it is. The epoch that is proposed is then one that this follower has promised \
               to another leader before.",
    schedule: &[
        "C asked for epoch 2, B accepted it, and C went down.",
        "A leads. It has accepted 1 itself, so its candidate is 2; then B says that it has accepted 2, and \
         the candidate stays.",
        "Epoch 2 is proposed a second time.",
    ],
    look: "The epoch that A chooses, next to acceptedEpoch on B's disk.",
    published: None,
};
