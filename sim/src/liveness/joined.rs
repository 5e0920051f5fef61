//! Every server that is connected to the leader's quorum follows that leader and serves.

use super::elected::leader;
use super::reach::Group;
use super::{Missing, Quiet};
use crate::check::Property;
use crate::ensemble::NodeId;

pub(super) const PROPERTY: Property = Property {
    name: "everybody-joins",
    says: "every server connected to a serving quorum follows its leader and serves",
    source: "protocol reference §10.2, L1 and L3; L-JOIN",
    test: "tests/liveness.rs::a_server_that_does_not_join_is_noticed",
};

pub(super) fn missing(quiet: &Quiet<'_>, group: &Group) -> Option<Missing> {
    let leader = leader(quiet.ensemble, group)?;
    let (sid, epoch) = {
        let node = quiet.ensemble.node(leader);
        (node.sid(), node.status()?.current_epoch)
    };
    let outside = |id: &&NodeId| {
        let node = quiet.ensemble.node(**id);
        let Some(status) = node.status() else { return false };
        // It may join no leader of an older epoch than it has accepted.
        let ahead = status.accepted_epoch > epoch;
        let member = quiet.ensemble.node(leader).config.verifier.is_member(node.sid());
        let joined = (status.leader == Some(sid) || status.standalone) && status.serving;
        **id != leader && member && !ahead && !joined
    };
    let missing: Vec<NodeId> = group.members.iter().filter(outside).copied().collect();
    let first = quiet.ensemble.node(*missing.first()?);
    let status = first.status()?;
    let names: Vec<&str> = missing.iter().map(|id| quiet.name(*id)).collect();
    let what = format!(
        "{} has not joined {}, which leads epoch {epoch}: {} is {}",
        names.join(", "),
        quiet.name(leader),
        first.name,
        status.state
    );
    Some(quiet.missing(&PROPERTY, &missing, what))
}
