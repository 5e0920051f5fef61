//! The logs of one ensemble judged: each server's replay, and all of them together.

use super::clocks::ahead;
use super::course::Courses;
use super::event::{Entry, Event};
use super::prefixes::prefixes;
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
    /// The release that they were judged as.
    pub release: Release,
    /// Of each server, in the order of its logs.
    pub servers: Vec<Replayed>,
    /// Of all together.
    pub together: Together,
    /// What had to be taken to be so for all of them.
    pub assumed: Vec<String>,
    /// How far each server's clock is ahead of the first one's, ms; 0 where it may be right.
    pub clocks: Vec<i64>,
}

impl Judged {
    /// How much does not hold.
    pub fn objections(&self) -> usize {
        let disagreements: usize = self.servers.iter().map(|server| server.disagreements.len()).sum();
        disagreements + self.together.conflicts.len()
    }

    /// What every server did.
    pub fn courses(&self, ensemble: &Ensemble) -> Courses {
        Courses::of_logs(ensemble.servers.iter().map(|log| log.sid).zip(&self.servers))
    }
}

/// Judges the logs of one ensemble as those of the release that its lines show: where they fit several, as the oldest of
/// those with the fewest objections.
pub fn judge(ensemble: &Ensemble) -> Result<Judged, String> {
    let mut best: Option<Judged> = None;
    for release in candidates(&ensemble.release) {
        let judged = judge_as(ensemble, release)?;
        let fits = judged.objections() == 0;
        if best.as_ref().is_none_or(|best| judged.objections() < best.objections()) {
            best = Some(judged);
        }
        if fits {
            break;
        }
    }
    best.ok_or_else(|| format!("{} is no release that the machine can be", ensemble.release))
}

/// The releases of a span, the first of each kind of machine.
fn candidates(span: &super::Release) -> Vec<Release> {
    let (least, most) = (span.least, span.most);
    let mut all: Vec<Release> = Vec::new();
    let mut kinds: Vec<Vec<Setting>> = Vec::new();
    for minor in least.minor..=most.minor {
        let from = if minor == least.minor { least.patch } else { 0 };
        let to = if minor == most.minor { most.patch } else { u8::MAX };
        let patches = (from..=to).map_while(|patch| Release::parse(&format!("3.{minor}.{patch}")));
        for release in patches {
            let settings =
                Wrong { release: Some(release), ..Wrong::default() }.settings().unwrap_or_default();
            if !kinds.contains(&settings) {
                kinds.push(settings);
                all.push(release);
            }
        }
    }
    all
}

/// Judges the logs of one ensemble as written by this release. An error says why nobody could make a quorum of it.
pub fn judge_as(ensemble: &Ensemble, release: Release) -> Result<Judged, String> {
    let mut assumed = Vec::new();
    let verifier = everybody(ensemble, &mut assumed)?;
    let lists: BTreeSet<String> = ensemble
        .servers
        .iter()
        .filter_map(|server| Some(list_of(server.members.as_ref()?.verifier.as_ref()?)))
        .collect();
    if lists.len() > 1 {
        let lists: Vec<String> = lists.into_iter().collect();
        assumed.push(format!("the servers' lists differ: {}", lists.join("; ")));
    }
    let clocks = ahead(&ensemble.servers);
    // By the first one's clock.
    let entries: Vec<Vec<Entry>> = ensemble
        .servers
        .iter()
        .zip(&clocks)
        .map(|(log, ahead)| {
            let set_back =
                |entry: &Entry| Entry { time: entry.time.map(|time| time - ahead), ..entry.clone() };
            log.entries.iter().map(set_back).collect()
        })
        .collect();
    let mut reigns = Reigns::default();
    for (server, entries) in ensemble.servers.iter().zip(&entries) {
        reigns.add(server.sid, entries);
    }
    let past = Wrong { release: Some(release), ..Wrong::default() }.settings()?;
    let configs: Vec<Arc<Config>> =
        ensemble.servers.iter().map(|server| Arc::new(config(server, &verifier, &past))).collect();
    let servers: Vec<Replayed> = ensemble
        .servers
        .iter()
        .zip(&configs)
        .zip(&entries)
        .map(|((server, config), entries)| {
            replay(&Subject { config, entries, excerpt: server.is_excerpt, reigns: &reigns })
        })
        .collect();
    let with: Vec<Server<'_>> = ensemble
        .servers
        .iter()
        .zip(&configs)
        .zip(&servers)
        .zip(&entries)
        .map(|(((log, config), replayed), entries)| Server {
            sid: log.sid,
            entries,
            excerpt: log.is_excerpt,
            observes: !config.is_participant(),
            replayed,
        })
        .collect();
    let mut together = together(&with);
    together.conflicts.extend(prefixes(&ensemble.servers));
    Ok(Judged { release, servers, together, assumed, clocks })
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

/// Who is in a list.
fn list_of(verifier: &QuorumVerifier) -> String {
    let member = |(sid, kind): (Sid, PeerType)| match kind {
        PeerType::Participant => sid.to_string(),
        PeerType::Observer => format!("{sid} (observer)"),
    };
    verifier.members().map(member).collect::<Vec<_>>().join(", ")
}

fn all_events(ensemble: &Ensemble) -> impl Iterator<Item = &Event> {
    ensemble.servers.iter().flat_map(|server| &server.entries).map(|entry| &entry.event)
}

/// Everybody whom the logs name, with a vote each, unless it is known to observe.
fn everybody(ensemble: &Ensemble, assumed: &mut Vec<String>) -> Result<Arc<QuorumVerifier>, String> {
    let mut sids: BTreeSet<Sid> = ensemble.servers.iter().map(|server| server.sid).collect();
    let mut observers: BTreeSet<Sid> = BTreeSet::new();
    for event in all_events(ensemble) {
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
    let elects = all_events(ensemble).any(|event| matches!(event, Event::NewElection { .. }));
    if let Some(only) = sids.first().copied().filter(|_| sids.len() == 1 && elects) {
        sids.insert(Sid(only.0.saturating_add(1)));
    }
    if ensemble.servers.iter().any(|server| server.members.is_none()) {
        let names: Vec<String> = sids.iter().map(Sid::to_string).collect();
        assumed.push(format!("the ensemble is servers {}: no zoo.cfg says so", names.join(", ")));
    }
    let kind = |sid: &Sid| if observers.contains(sid) { PeerType::Observer } else { PeerType::Participant };
    let members: Vec<(Sid, PeerType)> = sids.iter().map(|sid| (*sid, kind(sid))).collect();
    QuorumVerifier::majority(members).map(Arc::new).map_err(|error| error.to_string())
}
