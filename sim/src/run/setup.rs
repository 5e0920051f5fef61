//! From a scenario's settings to an ensemble: configurations, quorum rule, pace.

use crate::ensemble::{Ensemble, NodeId};
use crate::scenario::setting::Value;
use crate::scenario::{Diagnostic, Scenario, Setting, Span};
use crate::schedule::{Pace, Range};
use std::collections::BTreeMap;
use std::sync::Arc;
use zablab_protocol::{Config, PeerType, QuorumError, QuorumVerifier, Settings, Sid};

/// What the settings of one server come to.
#[derive(Clone, Debug, Default)]
struct Tuning {
    settings: Settings,
    pace: Pace,
    silent_before_start: bool,
}

/// Puts a setting into effect; groups and weights are the ensemble's.
fn tune(tuning: &mut Tuning, key: &str, value: &Value) {
    let Tuning { settings, pace, silent_before_start } = tuning;
    match (key, value) {
        ("tickTime", Value::Integer(n)) => settings.tick_time = *n as u64,
        ("initLimit", Value::Integer(n)) => settings.init_limit = *n as u64,
        ("syncLimit", Value::Integer(n)) => settings.sync_limit = *n as u64,
        ("connectToLearnerMasterLimit", Value::Integer(n)) => {
            settings.connect_to_learner_master_limit = *n as u64
        }
        ("commitLogCount", Value::Integer(n)) => settings.commit_log_count = *n as usize,
        ("snapCount", Value::Integer(n)) => settings.snap_count = *n as u64,
        ("snapshotSizeFactor", Value::Decimal(n)) => settings.snapshot_size_factor = *n,
        ("preAllocSize", Value::Integer(n)) => settings.pre_alloc_size = *n as u64,
        ("cnxTimeout", Value::Integer(n)) => settings.cnx_timeout = *n as u64,
        ("minNotificationInterval", Value::Integer(n)) => settings.min_notification_interval = *n as u64,
        ("maxNotificationInterval", Value::Integer(n)) => settings.max_notification_interval = *n as u64,
        ("maxBatchSize", Value::Integer(n)) => settings.max_batch_size = *n as usize,
        ("forceSnapshotSync", Value::Word(word)) => settings.force_snapshot_sync = *word == "yes",
        ("leader.maxTimeToWaitForEpoch", Value::Integer(n)) => {
            settings.max_time_to_wait_for_epoch = u64::try_from(*n).ok();
        }
        ("initialCounter", Value::Integer(n)) => settings.initial_counter = u32::try_from(*n).ok(),
        ("absent", Value::Word(word)) => *silent_before_start = *word == "unanswered",
        (key, Value::Duration { min, max }) => {
            if let Some(range) = pace_of(pace, key) {
                *range = Range { min: min.0, max: max.0 };
            }
        }
        // `weight.N` and `group.N` make the quorum rule.
        _ => {}
    }
}

/// The part of a pace that a key sets.
pub(super) fn pace_of<'p>(pace: &'p mut Pace, key: &str) -> Option<&'p mut Range> {
    Some(match key {
        "latency" => &mut pace.latency,
        "connect" => &mut pace.connect,
        "boot" => &mut pace.boot,
        "teardown" => &mut pace.teardown,
        "takeover" => &mut pace.takeover,
        "fsync" => &mut pace.fsync,
        "write" => &mut pace.write,
        "task" => &mut pace.task,
        _ => return None,
    })
}

/// The quorum rule that the members, weights and groups of a scenario make.
fn verifier(scenario: &Scenario) -> Result<QuorumVerifier, (Option<Span>, QuorumError)> {
    let members: Vec<(Sid, PeerType)> = scenario
        .servers()
        .iter()
        .map(|server| {
            (Sid(server.sid), if server.observer { PeerType::Observer } else { PeerType::Participant })
        })
        .collect();
    let mut groups = BTreeMap::new();
    let mut weights = BTreeMap::new();
    let mut last = None;
    for Setting { key, value, span, .. } in scenario.settings() {
        let number = |prefix| key.strip_prefix(prefix).and_then(|n| n.parse::<i64>().ok());
        match value {
            Value::Sids(sids) => {
                groups.insert(number("group.").unwrap_or(0), sids.iter().copied().map(Sid).collect());
                last = Some(*span);
            }
            Value::Integer(weight) => {
                if let Some(sid) = number("weight.") {
                    weights.insert(Sid(sid), *weight as u64);
                    last = Some(*span);
                }
            }
            _ => {}
        }
    }
    let groups: Vec<Vec<Sid>> = groups.into_values().collect();
    QuorumVerifier::hierarchical(members, &groups, &weights).map_err(|error| (last, error))
}

/// An ensemble ready to run, and the pace of each of its servers.
pub(super) fn build(
    name: &str,
    text: &str,
    scenario: &Scenario,
) -> Result<(Ensemble, Vec<Pace>), Diagnostic> {
    let servers = scenario.servers();
    let verifier = Arc::new(verifier(scenario).map_err(|(span, error)| {
        let span = span.or(servers.first().map(|server| server.span)).unwrap_or_default();
        Diagnostic::at(name, text, span, &error.to_string(), "these servers make no quorum rule")
    })?);
    let mut nodes = Vec::new();
    let mut paces = Vec::new();
    for server in &servers {
        let mut tuning = Tuning::default();
        // What is set for one server alone wins over what is set for all, wherever it stands.
        for alone in [false, true] {
            for setting in scenario.settings() {
                let meant = match &setting.server {
                    None => !alone,
                    Some(name) => alone && *name == server.name,
                };
                if meant {
                    tune(&mut tuning, &setting.key, &setting.value);
                }
            }
        }
        let config = Config { sid: Sid(server.sid), verifier: verifier.clone(), settings: tuning.settings };
        nodes.push((Arc::from(server.name.as_str()), Arc::new(config), tuning.silent_before_start));
        paces.push(tuning.pace);
    }
    Ok((Ensemble::new(nodes, Vec::new()), paces))
}

/// A server by its name.
pub(super) fn by_name(ensemble: &Ensemble, name: &str) -> Option<NodeId> {
    ensemble.ids().find(|id| &*ensemble.node(*id).name == name)
}
