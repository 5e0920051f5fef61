//! Bugs of the election.

use super::{Bug, Class, PutBack};

/// The order of votes is none.
pub(super) const ZK_1419: Bug = Bug {
    number: 1419,
    also: &[],
    title: "the order of votes is none",
    class: Class::Election,
    releases: "3.4.0 to 3.4.3; fixed 3.4.4, 3.5.0",
    settings: &[PutBack::Defect("vote-order-unguarded")],
    era: &[],
    breaks: &["L-ELECT"],
    judges: &["votes-rise", "leader-elected", "leader-serves"],
    words: "",
    profile: "crashes",
    mechanism: "Of two votes the one with the higher epoch wins, or with the higher zxid, or with the higher id; the \
               last clause forgot to ask that the epochs are equal. With equal zxids and different epochs each vote \
               beats the other, and servers change their minds for ever.",
    schedule: &[
        "An epoch is established at B, and no transaction follows. C missed it: same zxid, lower epoch, \
         higher id.",
        "All look. B's vote beats C's by its epoch; C's beats B's by its id.",
        "Each notification turns the other round. Nobody is elected.",
    ],
    look: "The votes that one server adopts within one round: they should only get better.",
    published: Some("TLC: 232 s, 7,880,899 states, depth 41 (SandTable, EuroSys'24)"),
};

/// Who comes late finds no quorum of equal votes.
pub(super) const ZK_1732: Bug = Bug {
    number: 1732,
    also: &[1514, 1818, 1805, 1817],
    title: "who comes late finds no quorum of equal votes",
    class: Class::Election,
    releases: "before 3.4.6; 3.5.0 to 3.5.4 in part (1818); fixed 3.4.6, 3.5.5, 3.6.0",
    settings: &[PutBack::Defect("joiner-compares-full-vote"), PutBack::Defect("no-vote-refresh")],
    era: &[],
    breaks: &["L-JOIN"],
    judges: &["everybody-joins"],
    words: "",
    profile: "crashes",
    mechanism: "A looking server that meets an ensemble at work needs a quorum of votes that name one leader. It \
               compares them field by field, and members may hold votes that differ in zxid, round or epoch, for \
               they joined the same leader at different times. No quorum is equal, and it looks for ever.",
    schedule: &[
        "A and B follow C; a new epoch is on disk.",
        "B restarts and follows C with a vote of the old epoch; C and A restart, and elect C with votes of \
         the new one.",
        "A restarts. It hears (C, old) and (C, new): no quorum agrees.",
        "B and C serve; A looks for ever.",
    ],
    look: "What A hears, vote by vote. Only the leader's name should have to agree.",
    published: None,
};

/// A looking server makes itself leader beside a live ensemble.
pub(super) const ZK_975: Bug = Bug {
    number: 975,
    also: &[3537],
    title: "a looking server makes itself leader beside a live ensemble",
    class: Class::Election,
    releases: "before 3.4.0 (975), before 3.6.0 (3537)",
    settings: &[PutBack::Defect("leave-when-all-voted"), PutBack::Defect("trust-single-leading")],
    era: &[],
    breaks: &["L-JOIN"],
    judges: &["elected-by-quorum", "everybody-joins", "leader-elected"],
    words: "",
    profile: "rolling-restart",
    mechanism: "Two short cuts end an election without a quorum: all servers have voted, for whomever; or one server \
               of the same round says that it leads. A server that restarts beside a live ensemble leaves the \
               election as a leader whom nobody follows, waits in vain, and starts over.",
    schedule: &[
        "B and C serve under C. A restarts and hears votes of its own round.",
        "All have voted: A takes itself for elected.",
        "Nobody follows. Its time runs out, and it looks again.",
    ],
    look: "How often A leads without followers while C serves.",
    published: None,
};
