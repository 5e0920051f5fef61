//! A server leaves an election only for a leader that a quorum has voted for, and takes the lead only by votes of its own
//! round.

use super::per_server::PerServer;
use super::view::View;
use super::{Monitor, Property, Violation};
use crate::ensemble::NodeId;
use std::collections::BTreeMap;
use zablab_protocol::{Decision, MemberSet, Round, ServerState, Sid};

/// What a server has heard since it began to look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Lookout {
    /// The round that it is in.
    round: Round,
    /// Who has said, in whatever round, that he votes for whom.
    voters: BTreeMap<Sid, MemberSet>,
}

/// What each server has heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ElectedByQuorum {
    lookouts: PerServer<Lookout>,
}

impl Monitor for ElectedByQuorum {
    const PROPERTY: Property = Property {
        name: "elected-by-quorum",
        says: "a server leaves an election only for a leader that a quorum voted for, and leads only by its own round's votes",
        source: "protocol reference §4.4 (FastLeaderElection.termPredicate, checkLeader); L-ELECT and L-JOIN, as seen at once",
        test: "sim/src/check/elected_by_quorum.rs::speaks_when_a_server_believes_a_minority",
    };

    fn decided(&mut self, view: &View<'_>, node: NodeId, decision: &Decision) -> Option<Violation> {
        match decision {
            Decision::NewElection { round, .. } => {
                *self.lookouts.of(node) = Lookout { round: *round, voters: BTreeMap::new() };
                None
            }
            Decision::RoundRaised { round, .. } => {
                self.lookouts.of(node).round = *round;
                None
            }
            Decision::Heard { from, notification, my_state: ServerState::Looking } => {
                let voters = self.lookouts.of(node).voters.entry(notification.vote.leader).or_default();
                view.node(node).config.verifier.add(voters, *from);
                None
            }
            Decision::Elected { state, vote, round, .. } => {
                let Lookout { round: own, voters } = std::mem::take(self.lookouts.of(node));
                let voters = voters.get(&vote.leader).copied().unwrap_or_default();
                let verifier = &view.node(node).config.verifier;
                let name = view.name(node);
                let what = if !verifier.contains_quorum(voters) {
                    let sids: Vec<String> = verifier.sids(voters).iter().map(ToString::to_string).collect();
                    let (leader, needs) = (vote.leader, verifier.needs());
                    let heard = sids.join(", ");
                    format!("{name} takes server {leader} for its leader by votes of [{heard}], and it takes {needs}")
                } else if *state == ServerState::Leading && *round != own {
                    format!("{name} leads by votes of round {}, and was in round {}", round.0, own.0)
                } else {
                    return None;
                };
                Some(view.broken(&Self::PROPERTY, &[node], &[], what))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::trial::{Trial, zxid};
    use zablab_protocol::{Decision, ElectedBy, Epoch, Notification, Round, ServerState, Sid, Vote};

    fn vote(leader: i64) -> Vote {
        Vote { leader: Sid(leader), zxid: zxid(1, 1), peer_epoch: Epoch(1) }
    }

    /// Server 1 looks in round 4 and has heard these votes: from whom, for whom.
    fn heard(votes: &[(i64, i64)]) -> Trial {
        let mut trial = Trial::new("elected-by-quorum");
        assert!(!trial.decide(0, Decision::NewElection { round: Round(3), vote: vote(1) }));
        assert!(!trial.decide(0, Decision::RoundRaised { from: Sid(2), old: Round(3), round: Round(4) }));
        for (from, leader) in votes {
            let my_state = ServerState::Looking;
            let notification = Notification { state: my_state, vote: vote(*leader), round: Round(4) };
            assert!(!trial.decide(0, Decision::Heard { from: Sid(*from), notification, my_state }));
        }
        trial
    }

    fn elected(leader: i64, round: u64) -> Decision {
        let state = if leader == 1 { ServerState::Leading } else { ServerState::Following };
        let by = ElectedBy::Settled;
        Decision::Elected { state, vote: vote(leader), round: Round(round), by, supporters: Vec::new() }
    }

    #[test]
    fn speaks_when_a_server_believes_a_minority() {
        assert!(!heard(&[(1, 3), (3, 3)]).decide(0, elected(3, 4)));
        assert!(!heard(&[(1, 1), (1, 3), (2, 3)]).decide(0, elected(3, 4)), "its mind may have changed");
        assert!(heard(&[(1, 1), (2, 2), (3, 3)]).decide(0, elected(3, 4)), "all have voted");
        assert!(heard(&[(3, 3), (3, 3)]).decide(0, elected(3, 4)), "the leader alone");
        let mut trial = heard(&[(1, 3), (3, 3)]);
        trial.decide(0, Decision::NewElection { round: Round(5), vote: vote(1) });
        assert!(trial.decide(0, elected(3, 5)), "that was another election");
    }

    #[test]
    fn speaks_when_a_server_leads_by_votes_of_another_round() {
        let votes = [(2, 1), (3, 1)];
        assert!(!heard(&votes).decide(0, elected(1, 4)));
        assert!(heard(&votes).decide(0, elected(1, 9)));
        assert!(!heard(&[(2, 3), (3, 3)]).decide(0, elected(3, 9)), "a follower may come to a round");
    }
}
