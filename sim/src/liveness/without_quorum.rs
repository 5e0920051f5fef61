//! Without a connected quorum nobody leads on: a leader notices within its time-outs that it is alone.

use super::reach::Group;
use super::{Missing, Quiet, patience};
use crate::check::Property;
use crate::ensemble::NodeId;
use std::time::Duration;

pub(super) const PROPERTY: Property = Property {
    name: "no-service-without-quorum",
    says: "a leader that is cut off from every quorum gives up within its time-outs",
    source: "protocol reference §10.2, L4",
    test: "tests/liveness.rs::a_leader_without_a_quorum_is_noticed",
};

pub(super) fn missing(quiet: &Quiet<'_>, groups: &[&Group]) -> Option<Missing> {
    groups.iter().flat_map(|group| &group.members).find_map(|id| {
        let node = quiet.ensemble.node(*id);
        let status = node.status().filter(|status| status.serving && !status.standalone)?;
        let settings = &node.config.settings;
        // Its last packets may still be on their way when the quiet begins, and it counts whole ticks.
        let ticks = settings.init_time().0.max(settings.sync_time().0) + 3 * settings.tick_time;
        let pace = &quiet.paces[id.index()];
        let bound = patience::by_clock(Duration::from_millis(ticks), pace)
            + 2 * Duration::from_nanos(pace.latency.max + pace.teardown.max + pace.fsync.max);
        if Duration::from_nanos(quiet.lasts) < bound {
            return None;
        }
        let (name, needs) = (&node.name, node.config.verifier.needs());
        let what =
            format!("{name} is {} and serves on, cut off from every quorum: that is {needs}", status.state);
        Some(quiet.missing(&PROPERTY, &[NodeId(id.0)], what))
    })
}
