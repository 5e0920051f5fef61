//! Once a session is over, its ephemeral znodes are gone on every server that serves.

use super::elected::leader;
use super::reach::Group;
use super::{Missing, Quiet};
use crate::check::Property;
use zablab_protocol::SessionId;

pub(super) const PROPERTY: Property = Property {
    name: "ephemerals-end",
    says: "once a session is over, no serving server has ephemeral znodes of it",
    source: "protocol reference §8.2; L-EPH",
    test: "tests/liveness.rs::an_ephemeral_znode_of_a_session_that_is_over_is_noticed",
};

pub(super) fn missing(quiet: &Quiet<'_>, group: &Group) -> Option<Missing> {
    let sessions = quiet.ensemble.node(leader(quiet.ensemble, group)?).peer()?.sessions();
    group.members.iter().find_map(|id| {
        let peer = quiet.ensemble.node(*id).peer().filter(|peer| peer.is_serving())?;
        let over = |owner: &SessionId| sessions.timeout(*owner).is_none() && !owner.is_local();
        let owner = peer.tree().owners().find(over)?;
        let path = peer.tree().ephemerals(owner).next()?;
        let what = format!("{} still has {path}, and its session {owner} is over", quiet.name(*id));
        Some(quiet.missing(&PROPERTY, &[*id], what))
    })
}
