//! Every request of a client that reaches the service is answered, or reported lost.

use super::reach::Group;
use super::{Missing, Quiet, Waiting};
use crate::check::Property;
use std::time::Duration;
use zablab_protocol::Port;

pub(super) const PROPERTY: Property = Property {
    name: "requests-end",
    says: "every request of a client that reaches a serving quorum is answered, or reported lost",
    source: "protocol reference §10.2, L2",
    test: "tests/liveness.rs::a_request_without_an_answer_is_noticed",
};

/// What a client waits for that it should have.
pub(super) fn missing(quiet: &Quiet<'_>, group: &Group) -> Option<Missing> {
    let bound = quiet.bound_of(group);
    quiet.waiting.iter().find_map(|waiting| {
        let Waiting { client, since } = *waiting;
        let node = quiet.ensemble.client(client).filter(|node| node.process.is_some() && !node.paused)?;
        let net = &quiet.ensemble.net;
        let reaches = |id| {
            net.lets_through(client, id, Port::Client)
                && net.lets_through(id, client, Port::Client)
                && !net.is_refused(client, id, Port::Client)
        };
        let listed = |id| node.config.servers.contains(&quiet.ensemble.node(id).sid());
        let served = group.members.iter().any(|id| listed(*id) && reaches(*id));
        // A server that went silent is given up within the session's time-out.
        let longest =
            group.nodes(quiet.ensemble).map(|node| node.config.settings.max_session_time().0).max()?;
        let age = Duration::from_nanos(quiet.now.saturating_sub(since).min(quiet.lasts));
        if !served || age < bound + Duration::from_millis(longest) {
            return None;
        }
        let (name, seconds) = (quiet.name(client), age.as_secs());
        let what = format!("{name} has waited for an answer for more than {seconds} s of quiet");
        Some(quiet.missing(&PROPERTY, &[client], what))
    })
}
