//! A leader with a connected quorum serves, and what it is asked to write is committed.

use super::elected::leader;
use super::reach::Group;
use super::{Missing, Quiet};
use crate::check::Property;
use crate::run::is_available;
use zablab_protocol::Status;

pub(super) const PROPERTY: Property = Property {
    name: "leader-serves",
    says: "a leader with a connected quorum serves, and would commit a write",
    source: "protocol reference §10.2, L1; L-SERVE",
    test: "tests/liveness.rs::a_leader_that_does_not_come_to_serve_is_noticed",
};

pub(super) fn missing(quiet: &Quiet<'_>, group: &Group) -> Option<Missing> {
    let leader = leader(quiet.ensemble, group)?;
    let node = quiet.ensemble.node(leader);
    let alone = |status: Status| status.standalone && status.serving;
    if is_available(quiet.ensemble) || node.status().is_some_and(alone) {
        return None;
    }
    let followers: Vec<&str> = group
        .nodes(quiet.ensemble)
        .filter(|other| other.status().is_some_and(|status| status.leader == Some(node.sid())))
        .filter(|other| other.sid() != node.sid())
        .map(|other| &*other.name)
        .collect();
    let with = if followers.is_empty() { "nobody".to_owned() } else { followers.join(", ") };
    let serves = if node.status().is_some_and(|status| status.serving) { "serves" } else { "does not serve" };
    let (name, needs) = (&node.name, node.config.verifier.needs());
    let what =
        format!("{name} leads and {serves}, followed by {with}, and would commit nothing: it needs {needs}");
    Some(quiet.missing(&PROPERTY, &[leader], what))
}
