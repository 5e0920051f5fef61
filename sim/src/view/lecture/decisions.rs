//! Decisions in words for a learner, each with the rule behind it.

use super::Weight;
use crate::ensemble::{Ensemble, NodeId};
use crate::view::words::Names;
use zablab_protocol::{Adopted, Because, Decision, ElectedBy, Ignored, ServerState, Sid, Vote};

/// All fields that decide between two votes, with their numbers, up to the one that does.
fn comparison(because: Because, wins: &Vote, loses: &Vote) -> String {
    let epoch = |sign: &str| format!("epoch {} {sign} {}", wins.peer_epoch, loses.peer_epoch);
    let zxid = |sign: &str| format!("zxid {} {sign} {}", wins.zxid, loses.zxid);
    match because {
        _ if loses.leader == Sid::NONE => "it proposes somebody".to_owned(),
        Because::PeerEpoch => epoch(">"),
        Because::Zxid => format!("{}, {}", epoch("="), zxid(">")),
        Because::Sid => format!("{}, {}, id {} > {}", epoch("="), zxid("="), wins.leader, loses.leader),
    }
}

/// A decision for a learner, in words.
pub(crate) fn decision_words(ensemble: &Ensemble, node: NodeId, decision: &Decision) -> Option<String> {
    let Words { what, because, .. } = words(ensemble, node, decision)?;
    Some(because.map_or_else(|| what.clone(), |because| format!("{what}: {because}")))
}

/// A decision for a learner.
pub(super) struct Words {
    pub(super) weight: Weight,
    pub(super) what: String,
    pub(super) because: Option<String>,
}

impl Words {
    fn of(weight: Weight, what: String) -> Words {
        Words { weight, what, because: None }
    }

    fn rule(weight: Weight, what: String, because: String) -> Words {
        Words { weight, what, because: Some(because) }
    }
}

fn votes(count: usize) -> String {
    if count == 1 { "1 vote".to_owned() } else { format!("{count} votes") }
}

/// A decision in words; `None` where a learner is better without it.
pub(super) fn words(ensemble: &Ensemble, node: NodeId, decision: &Decision) -> Option<Words> {
    let names = Names(ensemble);
    let me = ensemble.node(node).sid();
    let of = |sid: Sid| if sid == me { "itself".to_owned() } else { names.of(sid) };
    Some(match decision {
        Decision::NewElection { round, vote } if vote.leader == Sid::NONE => {
            Words::of(Weight::Turn, format!("is LOOKING in round {round}; it observes, and proposes nobody"))
        }
        Decision::NewElection { round, vote } => {
            let (epoch, zxid) = (vote.peer_epoch, vote.zxid);
            Words::of(
                Weight::Turn,
                format!(
                    "is LOOKING in round {round}, voting for {} (epoch {epoch}, zxid {zxid})",
                    of(vote.leader)
                ),
            )
        }
        Decision::AdoptedVote { vote, over, because, .. } => {
            let (Adopted::Better(why) | Adopted::NewerRound(why)) = because;
            let what = format!("changes its vote to {}", of(vote.leader));
            Words::rule(Weight::Turn, what, comparison(*why, vote, over))
        }
        Decision::KeptVote { from, against, vote, because: Some(why) } => {
            let own = match vote.leader {
                leader if leader == me => "keeps its own vote".to_owned(),
                leader => format!("keeps its vote for {}", names.of(leader)),
            };
            let other = if against.leader == *from {
                String::new()
            } else {
                format!(" against one for {}", of(against.leader))
            };
            Words::rule(Weight::Step, own + &other, comparison(*why, vote, against))
        }
        Decision::KeptVote { from, vote, because: None, .. } => Words::of(
            Weight::Detail,
            format!("hears that {} agrees on {}", names.of(*from), names.of(vote.leader)),
        ),
        Decision::IgnoredNotification { from, why } if *from != me => {
            let why = match why {
                Ignored::OlderRound => "its round is over",
                Ignored::NotAVoter => "it, or its candidate, does not vote",
                Ignored::EmptyDatabase => "a database without a single snapshot may not vote",
                Ignored::Observing => "it observes",
                Ignored::Finalizing => "it is no better",
            };
            let what = format!("passes over a vote of {}", names.of(*from));
            Words::rule(Weight::Detail, what, why.to_owned())
        }
        Decision::QuorumAgrees { vote, supporters, needs } => {
            let what = format!("counts {} for {}", votes(supporters.len()), names.of(vote.leader));
            let why = format!("{needs} are enough, if no better one comes in 200 ms");
            Words::rule(Weight::Step, what, why)
        }
        Decision::NotificationTimeout { supporters, needs, .. } => Words::rule(
            Weight::Detail,
            "hears nothing new".to_owned(),
            format!("{} held, {needs} needed", votes(supporters.len())),
        ),
        Decision::Elected { state: ServerState::Leading, supporters, .. } => {
            Words::rule(Weight::Turn, "is LEADING".to_owned(), format!("votes of {}", names.all(supporters)))
        }
        Decision::Elected {
            state,
            vote,
            by: ElectedBy::FinalizeWait | ElectedBy::AllVoted,
            supporters,
            ..
        } => Words::rule(
            Weight::Detail,
            format!("is {state} {}", of(vote.leader)),
            format!("votes of {}", names.all(supporters)),
        ),
        Decision::Elected { state, vote, supporters, .. } => Words::rule(
            Weight::Turn,
            format!("is {state} {}", of(vote.leader)),
            format!("it leads already, with {}", names.all(supporters)),
        ),
        Decision::Serving { epoch } => {
            let status = ensemble.node(node).status()?;
            let leader = status.leader.map_or_else(|| "nobody".to_owned(), |sid| names.of(sid));
            let leads = status.state == ServerState::Leading;
            let weight = if leads { Weight::Turn } else { Weight::Detail };
            Words::of(weight, format!("serves in epoch {epoch}, led by {leader}"))
        }
        Decision::EpochChosen { epoch, from } => {
            let why = format!("one above all that {} had accepted", names.all(from));
            Words::rule(Weight::Detail, format!("chooses epoch {epoch}"), why)
        }
        Decision::Supporters { sids, .. } => {
            let what = format!("has {} in sync", names.all(sids));
            Words::rule(Weight::Detail, what, "a quorum".to_owned())
        }
        Decision::SyncChosen { learner, .. } => {
            let (what, why) =
                names.tell(decision)?.split_once(": ").map(|(a, b)| (a.to_owned(), b.to_owned()))?;
            let how = what.split_once(" by ")?.1;
            // An empty DIFF has nothing to go up to.
            let how = if how.starts_with("an empty DIFF") {
                "an empty DIFF".to_owned()
            } else {
                format!("a {how}")
            };
            Words::rule(Weight::Turn, format!("sends {} {how}", names.of(*learner)), why)
        }
        Decision::CannotOpenChannel { to, unanswered } => {
            let why = if *unanswered { "no answer" } else { "refused" };
            Words::of(Weight::Detail, format!("cannot connect to {}: {why}", names.of(*to)))
        }
        Decision::GaveUp { state, .. } => {
            Words::rule(Weight::Turn, format!("stops {state}"), names.reason(decision)?)
        }
        Decision::LearnerDropped { .. } => {
            let (what, why) =
                names.tell(decision)?.split_once(": ").map(|(a, b)| (a.to_owned(), b.to_owned()))?;
            Words::rule(Weight::Turn, what, why)
        }
        Decision::SessionExpiring { .. }
        | Decision::EpochRaised { .. }
        | Decision::SessionClosed { .. }
        | Decision::SessionReturns { .. }
        | Decision::Standalone { .. }
        | Decision::LeftRole { .. } => Words::of(Weight::Turn, names.tell(decision)?),
        Decision::ClientRefused { .. } | Decision::RoundRaised { .. } => {
            Words::of(Weight::Step, names.tell(decision)?)
        }
        _ => Words::of(Weight::Detail, names.tell(decision)?),
    })
}
