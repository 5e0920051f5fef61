//! What was decided last in a run, so that failures of one cause can be told from those of another.
//!
//! The fingerprint is the *set* of what each server decided last about its epoch, with its role: where each stands, in
//! one word. Where a property was broken on the way, only the servers that clash count. Names and number of servers,
//! zxids, times, sync modes, and the order of what independent servers do are matters of the seed and left out; an
//! observer counts as a follower. So are decisions about single packets, votes, requests and connections, which come by
//! the hundred and say nothing about a cause. The last few decisions of all servers, whatever they are, would tell one
//! cause as eleven.

use crate::ensemble::Effect;
use crate::run::{Observer, StepView, state_word};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// How many decisions are told.
const TOLD: usize = 8;

/// Decisions about single packets, votes, requests, connections, and a leader's about single learners.
const ROUTINE: &[&str] = &[
    "heard",
    "kept-vote",
    "adopted-vote",
    "ignored-notification",
    "round-raised",
    "notification-timeout",
    "cannot-open-channel",
    "connection-request",
    "dropped-connection",
    "calls-back",
    "channel-open",
    "channel-broken",
    "cannot-reach-leader",
    "reached-leader",
    "learner-arrived",
    "learner-dropped",
    "sync-chosen",
    "snapshot-sent",
    "proposed",
    "committed",
    "applied",
    "client-refused",
    "session-returns",
    "forwarded",
    "session-opened",
    "session-expiring",
    "session-closed",
];

/// Remembers what was decided last.
#[derive(Clone, Debug, Default)]
pub struct LastDecisions {
    /// Distinct ones, the last one last: role and decision.
    told: Vec<(&'static str, &'static str)>,
    /// The last one of each server, by its name.
    last: BTreeMap<Arc<str>, (&'static str, &'static str)>,
}

impl Observer for LastDecisions {
    fn step(&mut self, step: &StepView<'_>) -> io::Result<()> {
        for effect in step.effects {
            let Effect::Decided { node, decision } = effect else { continue };
            let name = decision.name();
            if ROUTINE.contains(&name) {
                continue;
            }
            let server = step.ensemble.node(*node);
            let role = match state_word(server) {
                "observing" => "following",
                role => role,
            };
            self.told.retain(|known| *known != (role, name));
            if self.told.len() == TOLD {
                self.told.remove(0);
            }
            self.told.push((role, name));
            self.last.insert(server.name.clone(), (role, name));
        }
        Ok(())
    }
}

impl LastDecisions {
    /// The last few in words.
    pub fn words(&self) -> Vec<String> {
        self.told.iter().map(|(role, decision)| format!("{role} {decision}")).collect()
    }

    /// One number for where these servers stand; for all of them where none is named.
    pub fn fingerprint(&self, servers: &[String]) -> String {
        let named = |server: &str| servers.is_empty() || servers.iter().any(|name| name == server);
        let counted = self.last.iter().filter(|(server, _)| named(server));
        let set: BTreeSet<_> = counted.map(|(_, decision)| decision).collect();
        fingerprint(set.into_iter().flat_map(|(role, decision)| [*role, *decision]))
    }
}

/// One number for some texts.
pub(super) fn fingerprint<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
    }
    format!("{:08x}", xxh3_64(&bytes) >> 32)
}
