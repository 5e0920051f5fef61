//! Progress: what must have come true when the last fault is long enough ago, and where nothing was owed, why.
//!
//! What is true already is kept, however short the quiet was; only what is missing has to wait for its bound.

mod answered;
mod elected;
mod ephemerals;
mod joined;
mod patience;
mod reach;
mod serving;
mod without_quorum;

pub use patience::patience;

use crate::check::Property;
use crate::ensemble::{Ensemble, NodeId};
use crate::schedule::Pace;
use reach::Group;
use serde::Serialize;
use std::time::Duration;
use zablab_protocol::Zxid;

/// What is judged when a run has ended.
pub const PROPERTIES: &[Property] = &[
    elected::PROPERTY,
    serving::PROPERTY,
    joined::PROPERTY,
    answered::PROPERTY,
    ephemerals::PROPERTY,
    without_quorum::PROPERTY,
];

/// A request that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose.
    pub client: NodeId,
    /// Since when: virtual nanoseconds.
    pub since: u64,
}

/// A proposal that its leader has not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Who proposed it.
    pub leader: NodeId,
    /// Which.
    pub zxid: Zxid,
    /// When: virtual nanoseconds.
    pub since: u64,
}

/// The end of a run.
pub struct Quiet<'a> {
    /// The servers and clients as they stand.
    pub ensemble: &'a Ensemble,
    /// How fast each server is.
    pub paces: &'a [Pace],
    /// Virtual nanoseconds since the scenario last did something to a server or a link, or a leader had no zxid left.
    pub lasts: u64,
    /// Virtual nanoseconds now.
    pub now: u64,
    /// The oldest request of each client that waits for an answer.
    pub waiting: &'a [Waiting],
    /// The oldest proposal of each leader that is not committed.
    pub proposed: &'a [Proposed],
}

/// What progress there was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "progress", rename_all = "kebab-case")]
pub enum Standing {
    /// All that is owed has come true.
    Kept,
    /// Something is missing, and its time is not over.
    TooEarly {
        /// What is missing.
        missing: String,
        /// How long it was quiet, virtual milliseconds.
        quiet: u64,
        /// How long it may take.
        bound: u64,
    },
    /// Nothing is owed.
    NotOwed {
        /// Who is missing, and of which quorum.
        why: String,
    },
    /// Something is missing, and should have come true.
    Broken,
}

/// Something owed that has not come true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// Which property says so.
    pub property: &'static str,
    /// Who.
    pub servers: Vec<String>,
    /// What is missing, in one sentence.
    pub what: String,
}

impl Quiet<'_> {
    fn bound_of(&self, group: &Group) -> Duration {
        patience(
            group
                .members
                .iter()
                .map(|id| (&self.ensemble.node(*id).config.settings, &self.paces[id.index()])),
        )
    }

    fn name(&self, id: NodeId) -> &str {
        self.ensemble.name(id)
    }

    fn missing(&self, property: &Property, servers: &[NodeId], what: String) -> Missing {
        let servers = servers.iter().map(|id| self.name(*id).to_owned()).collect();
        Missing { property: property.name, servers, what }
    }

    /// Why this group is owed nothing, although it is a quorum.
    fn excuse(&self, group: &Group) -> Option<String> {
        if let Some((a, b)) = group.gap {
            let (a, b) = (self.name(a), self.name(b));
            return Some(format!("{a} and {b} do not reach each other, and others reach both"));
        }
        if group.lists_differ(self.ensemble) {
            return Some("their lists of servers differ".to_owned());
        }
        if let Some((a, b)) = group.namesakes(self.ensemble) {
            return Some(format!("{} and {} both say that they are server {}", a.name, b.name, a.sid()));
        }
        group.members.iter().find_map(|id| {
            let slow = patience::too_slow(&self.ensemble.node(*id).config.settings, &self.paces[id.index()]);
            Some(format!("{}: {}", self.name(*id), slow?))
        })
    }

    /// Who is missing, which votes there are, and of which quorum.
    fn why_not(&self, groups: &[Group]) -> String {
        let hindered: Vec<String> = self
            .ensemble
            .nodes
            .iter()
            .filter_map(|node| Some(format!("{} {}", node.name, reach::hindrance(node)?)))
            .collect();
        let mut parts = Vec::new();
        if !hindered.is_empty() {
            parts.push(hindered.join(", "));
        }
        for group in groups {
            let names: Vec<&str> = group.members.iter().map(|id| self.name(*id)).collect();
            let reach = if names.len() == 1 { "reaches nobody" } else { "reach only each other" };
            let mut part = format!("{} {reach}", names.join(", "));
            let votes: Vec<String> = group
                .nodes(self.ensemble)
                .filter_map(|node| {
                    let status =
                        node.status().filter(|status| status.leader.is_none() && !status.standalone)?;
                    let leader = self.ensemble.by_sid(status.vote.leader)?;
                    Some(format!("{} votes for {}", node.name, self.name(leader)))
                })
                .collect();
            if !votes.is_empty() {
                part = format!("{part} ({})", votes.join(", "));
            }
            parts.push(part);
        }
        let needs = self.ensemble.nodes.first().map(|node| node.config.verifier.needs()).unwrap_or_default();
        format!("{}; a quorum is {needs}", parts.join("; "))
    }
}

/// Judges the end of a run: what there was of progress, and what is missing.
pub fn judge(quiet: &Quiet<'_>) -> (Standing, Vec<Missing>) {
    let groups = reach::groups(quiet.ensemble);
    let (quorums, rest): (Vec<&Group>, Vec<&Group>) =
        groups.iter().partition(|group| group.is_quorum(quiet.ensemble));
    if let Some(missing) = without_quorum::missing(quiet, &rest) {
        return (Standing::Broken, vec![missing]);
    }
    let Some(group) = quorums.first() else {
        return (Standing::NotOwed { why: quiet.why_not(&groups) }, Vec::new());
    };
    let mut missing: Vec<Missing> = elected::missing(quiet, group).into_iter().collect();
    // Without a leader all the rest is missing, too.
    if missing.is_empty() {
        missing.extend(serving::missing(quiet, group));
    }
    if missing.is_empty() {
        missing.extend(joined::missing(quiet, group));
        missing.extend(answered::missing(quiet, group));
        missing.extend(ephemerals::missing(quiet, group));
    }
    let Some(first) = missing.first() else { return (Standing::Kept, missing) };
    if let Some(why) = quiet.excuse(group) {
        return (Standing::NotOwed { why }, Vec::new());
    }
    let bound = quiet.bound_of(group);
    if Duration::from_nanos(quiet.lasts) >= bound {
        return (Standing::Broken, missing);
    }
    let standing = Standing::TooEarly {
        missing: first.what.clone(),
        quiet: quiet.lasts / 1_000_000,
        bound: u64::try_from(bound.as_millis()).unwrap_or(u64::MAX),
    };
    (standing, Vec::new())
}
