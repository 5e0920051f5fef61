//! The logs of one ensemble judged: each server's replay, and all of them together.

use super::event::{Entry, Event};
use super::replay::{Reigns, Replayed, Subject, replay};
use super::together::{Server, Together, together};
use super::{Ensemble, ServerLog};
use crate::bugs::{Release, Wrong};
use crate::run::tuned;
use crate::scenario::Setting;
use std::collections::BTreeSet;
use std::sync::Arc;
use zablab_protocol::{Config, PeerType, QuorumVerifier, Settings, Sid};

/// What came of the logs of one ensemble.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Of each server, in the order of its logs.
    pub servers: Vec<Replayed>,
    /// Of all together.
    pub together: Together,
    /// What had to be taken to be so for all of them.
    pub assumed: Vec<String>,
}

/// Judges the logs of one ensemble, as written by this release. An error says why nobody could make a quorum of it.
pub fn judge(ensemble: &Ensemble, release: Release) -> Result<Judged, String> {
    let mut assumed = Vec::new();
    let verifier = everybody(ensemble, &mut assumed)?;
    let mut reigns = Reigns::default();
    for server in &ensemble.servers {
        reigns.add(server.sid, &server.entries);
    }
    let past = Wrong { release: Some(release), ..Wrong::default() }.settings()?;
    let servers: Vec<Replayed> = ensemble
        .servers
        .iter()
        .map(|server| {
            let config = Arc::new(config(server, &verifier, &past));
            let (entries, excerpt) = (&server.entries[..], server.is_excerpt);
            replay(&Subject { config: &config, entries, excerpt, reigns: &reigns })
        })
        .collect();
    let with: Vec<Server<'_>> = ensemble
        .servers
        .iter()
        .zip(&servers)
        .map(|(log, replayed)| Server {
            sid: log.sid,
            entries: &log.entries,
            excerpt: log.is_excerpt,
            observes: !config(log, &verifier, &past).is_participant(),
            replayed,
        })
        .collect();
    let together = together(&with);
    Ok(Judged { servers, together, assumed })
}

/// One server's configuration: its own zoo.cfg, or what the logs show of the ensemble; and what the release had.
fn config(server: &ServerLog, shown: &Arc<QuorumVerifier>, past: &[Setting]) -> Config {
    let mut config =
        server.members.as_ref().and_then(|members| members.config(server.sid)).unwrap_or_else(|| Config {
            sid: server.sid,
            verifier: shown.clone(),
            settings: Settings::default(),
        });
    let (had, _) = tuned(past);
    config.settings.newleader = had.newleader;
    config.settings.defects = had.defects;
    // When a snapshot is taken is drawn: a log shows it.
    config.settings.snap_count = u64::MAX;
    config
}

/// Everybody whom the logs name, with a vote each, unless it is known to observe.
fn everybody(ensemble: &Ensemble, assumed: &mut Vec<String>) -> Result<Arc<QuorumVerifier>, String> {
    let mut sids: BTreeSet<Sid> = ensemble.servers.iter().map(|server| server.sid).collect();
    let mut observers: BTreeSet<Sid> = BTreeSet::new();
    let all = ensemble.servers.iter().flat_map(|server| &server.entries);
    for Entry { event, .. } in all {
        match event {
            Event::Heard { from, .. } => {
                sids.insert(*from);
            }
            Event::CannotOpenChannel { to } | Event::DroppedConnection { to } => {
                sids.insert(*to);
            }
            Event::LearnerArrived { sid, observer } => {
                sids.insert(*sid);
                if *observer {
                    observers.insert(*sid);
                }
            }
            _ => {}
        }
    }
    if ensemble.servers.iter().any(|server| server.members.is_none()) {
        let names: Vec<String> = sids.iter().map(Sid::to_string).collect();
        assumed.push(format!("the ensemble is servers {}: no zoo.cfg says so", names.join(", ")));
    }
    let kind = |sid: &Sid| if observers.contains(sid) { PeerType::Observer } else { PeerType::Participant };
    let members: Vec<(Sid, PeerType)> = sids.iter().map(|sid| (*sid, kind(sid))).collect();
    QuorumVerifier::majority(members).map(Arc::new).map_err(|error| error.to_string())
}
