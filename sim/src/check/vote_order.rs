//! Within one round a server's proposal only changes to a better vote, and its logicalClock never falls, except to join a
//! leader of an older round.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use zablab_protocol::{Adopted, Decision, ElectedBy, Round, Vote};

/// The round and the proposal of each server, as far as it has said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct VoteOrder {
    proposals: PerServer<Option<(Round, Option<Vote>)>>,
}

impl Monitor for VoteOrder {
    const PROPERTY: Property = Property {
        name: "votes-rise",
        says: "within one round a server's proposal only changes to a better vote, and its logicalClock never falls",
        source: "protocol reference §10.1, vote monotonicity (FLE)",
        test: "sim/src/check/vote_order.rs::speaks_when_a_worse_vote_is_adopted",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        let known = self.proposals.of(node);
        let before = *known;
        let name = view.name(node);
        let fell = |round: Round| {
            let (old, _) = before.filter(|(old, _)| *old > round)?;
            Some(format!("the logicalClock of {name} falls from {} to {}", old.0, round.0))
        };
        let what = match decision {
            Decision::Booted { .. } => {
                *known = None;
                None
            }
            Decision::NewElection { round, vote } => {
                *known = Some((*round, Some(*vote)));
                fell(*round)
            }
            Decision::RoundRaised { round, .. } => {
                *known = Some((*round, None));
                fell(*round)
            }
            Decision::Elected { round, by, .. } => {
                *known = Some((*round, None));
                fell(*round).filter(|_| *by != ElectedBy::Settled)
            }
            Decision::AdoptedVote { vote, over, because, .. } => {
                let (round, proposal) = before?;
                *known = Some((round, Some(*vote)));
                let over = match because {
                    Adopted::Better(_) => proposal.unwrap_or(*over),
                    Adopted::NewerRound(_) => *over,
                };
                let worse = vote.beats(&over).is_none();
                worse.then(|| format!("{name} changes its proposal from {over} to {vote} in one round"))
            }
            Decision::KeptVote { vote, .. } => {
                let (round, proposal) = before?;
                *known = Some((round, Some(*vote)));
                let over = proposal.filter(|proposal| proposal.beats(vote).is_some())?;
                Some(format!("{name} keeps {vote}, and had proposed {over} in this round"))
            }
            _ => None,
        };
        what.map(|what| view.broken(&Self::PROPERTY, &[node], &[], what))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, zxid};
    use zablab_protocol::{Adopted, Because, Decision, ElectedBy, Epoch, Round, ServerState, Sid, Vote};

    fn vote(leader: i64) -> Vote {
        Vote { leader: Sid(leader), zxid: zxid(1, 1), peer_epoch: Epoch(1) }
    }

    fn begins(round: u64) -> Decision {
        Decision::NewElection { round: Round(round), vote: vote(2) }
    }

    fn adopted(leader: i64, over: i64, because: fn(Because) -> Adopted) -> Decision {
        let because = because(Because::Sid);
        Decision::AdoptedVote { from: Sid(3), vote: vote(leader), over: vote(over), because }
    }

    #[test]
    fn speaks_when_a_worse_vote_is_adopted() {
        for (leader, wrong) in [(3, false), (2, true), (1, true)] {
            let mut trial = Trial::new("votes-rise");
            trial.decide(0, begins(1));
            // What it says it gives up does not matter, but what it had proposed.
            assert_eq!(trial.decide(0, adopted(leader, 0, Adopted::Better)), wrong, "{leader}");
        }
        let mut trial = Trial::new("votes-rise");
        trial.decide(0, begins(1));
        trial.decide(0, adopted(3, 2, Adopted::Better));
        let kept = Decision::KeptVote { from: Sid(3), against: vote(1), vote: vote(2), because: None };
        assert!(trial.decide(0, kept));
    }

    #[test]
    fn a_newer_round_begins_with_the_servers_own_vote() {
        let mut trial = Trial::new("votes-rise");
        trial.decide(0, begins(1));
        trial.decide(0, adopted(9, 2, Adopted::Better));
        assert!(!trial.decide(0, Decision::RoundRaised { from: Sid(3), old: Round(1), round: Round(2) }));
        assert!(!trial.decide(0, adopted(3, 2, Adopted::NewerRound)));
        assert!(trial.decide(0, adopted(3, 2, Adopted::Better)));
    }

    #[test]
    fn speaks_when_the_clock_falls() {
        let ends = |round, by| {
            let (state, vote) = (ServerState::Following, vote(3));
            Decision::Elected { state, vote, round: Round(round), by, supporters: Vec::new() }
        };
        for (then, wrong) in [
            (begins(5), false),
            (begins(4), true),
            (ends(4, ElectedBy::Settled), false),
            (ends(4, ElectedBy::SameRound), true),
        ] {
            let mut trial = Trial::new("votes-rise");
            trial.decide(0, begins(5));
            assert_eq!(trial.decide(0, then.clone()), wrong, "{then:?}");
        }
        let mut trial = Trial::new("votes-rise");
        trial.decide(0, begins(5));
        let booted =
            Decision::Booted { zxid: zxid(0, 0), replayed: 0, accepted_epoch: Epoch(0), current_epoch: Epoch(0) };
        trial.decide(0, booted);
        assert!(!trial.decide(0, begins(1)), "a new process");
    }
}
