//! A leader with a connected quorum serves, and what it is asked to write is committed.

use super::elected::leader;
use super::reach::Group;
use super::{Missing, Quiet};
use crate::check::Property;
use crate::ensemble::NodeId;
use crate::run::is_available;
use std::time::Duration;
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
        return stuck(quiet, group, leader);
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

/// A leader that has what it needs, and commits nothing.
fn stuck(quiet: &Quiet<'_>, group: &Group, leader: NodeId) -> Option<Missing> {
    let oldest = quiet.proposed.iter().find(|proposed| proposed.leader == leader)?;
    let age = Duration::from_nanos(quiet.now.saturating_sub(oldest.since).min(quiet.lasts));
    if age < quiet.bound_of(group) {
        return None;
    }
    let (name, zxid, seconds) = (quiet.name(leader), oldest.zxid, age.as_secs());
    let what = format!("{name} leads and serves, and has not committed {zxid} in {seconds} s of quiet");
    Some(quiet.missing(&PROPERTY, &[leader], what))
}
