//! With a connected quorum that nothing disturbs, a leader is elected.

use super::reach::Group;
use super::{Missing, Quiet};
use crate::check::Property;
use crate::ensemble::{Ensemble, NodeId};
use zablab_protocol::ServerState;

pub(super) const PROPERTY: Property = Property {
    name: "leader-elected",
    says: "after the last fault a connected quorum elects a leader, within a bound computed from its settings",
    source: "protocol reference §10.2, L1; L-ELECT",
    test: "tests/liveness.rs::servers_that_find_no_leader_are_noticed",
};

/// The leader of a group, if it has exactly one.
pub(super) fn leader(ensemble: &Ensemble, group: &Group) -> Option<NodeId> {
    let leads = |id: &&NodeId| {
        let status = ensemble.node(**id).status();
        status.is_some_and(|status| status.state == ServerState::Leading || status.standalone)
    };
    let mut leaders = group.members.iter().filter(leads);
    leaders.next().copied().filter(|_| leaders.next().is_none())
}

pub(super) fn missing(quiet: &Quiet<'_>, group: &Group) -> Option<Missing> {
    if leader(quiet.ensemble, group).is_some() {
        return None;
    }
    let votes: Vec<String> = group
        .nodes(quiet.ensemble)
        .filter_map(|node| {
            let status = node.status()?;
            let vote = quiet.ensemble.by_sid(status.vote.leader).map_or("nobody", |id| quiet.name(id));
            Some(format!(
                "{} is {} and votes for {vote} in round {}",
                node.name, status.state, status.round.0
            ))
        })
        .collect();
    let what = format!("a connected quorum has no leader: {}", votes.join("; "));
    Some(quiet.missing(&PROPERTY, &group.members, what))
}
