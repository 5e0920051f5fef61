//! From a scenario's settings to an ensemble: configurations, quorum rule, pace.

use super::users::Users;
use crate::ensemble::{ClientNode, Ensemble, NodeId};
use crate::scenario::setting::Value;
use crate::scenario::{ClientDecl, Diagnostic, Scenario, ServerDecl, Setting, Span, Time};
use crate::schedule::{Pace, Range};
use std::collections::BTreeMap;
use std::sync::Arc;
use zablab_protocol::{ClientConfig, Config, Millis, PeerType, QuorumError, QuorumVerifier, Settings, Sid};

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
        let tuning = tuning(scenario, Some(&server.name));
        let config = Config { sid: Sid(server.sid), verifier: verifier.clone(), settings: tuning.settings };
        nodes.push((Arc::from(server.name.as_str()), Arc::new(config), tuning.silent_before_start));
        paces.push(tuning.pace);
    }
    let clients = clients(scenario, &servers);
    paces.extend(clients.iter().map(|_| tuning(scenario, None).pace));
    Ok((Ensemble::new(nodes, clients), paces))
}

/// What the settings come to for a server, or for what is none. What is set for one server alone wins over what is set
/// for all, wherever it stands.
fn tuning(scenario: &Scenario, server: Option<&str>) -> Tuning {
    let mut tuning = Tuning::default();
    for alone in [false, true] {
        for setting in scenario.settings() {
            let meant = match &setting.server {
                None => !alone,
                Some(name) => alone && Some(name.as_str()) == server,
            };
            if meant {
                tune(&mut tuning, &setting.key, &setting.value);
            }
        }
    }
    tuning
}

/// The clients that a scenario declares, then those of its workloads, which begin at one server each, in turn.
fn clients(scenario: &Scenario, servers: &[ServerDecl]) -> Vec<ClientNode> {
    let config = |names: &[String], timeout: Option<Time>| {
        let sid = |name: &String| servers.iter().find(|server| server.name == *name).map(|s| Sid(s.sid));
        let chosen: Vec<Sid> = names.iter().filter_map(sid).collect();
        let all = || servers.iter().map(|server| Sid(server.sid)).collect();
        let timeout = timeout.unwrap_or(ClientDecl::TIMEOUT);
        Arc::new(ClientConfig {
            servers: if chosen.is_empty() { all() } else { chosen },
            timeout: Millis(timeout.nanos().div_ceil(1_000_000)),
        })
    };
    let mut clients: Vec<ClientNode> = scenario
        .clients()
        .iter()
        .map(|client| {
            ClientNode::new(client.name.as_str().into(), config(&client.servers, client.timeout), 0)
        })
        .collect();
    for load in scenario.workloads() {
        let config = config(&load.servers, load.timeout);
        for (at, name) in load.client_names().enumerate() {
            let mut client = ClientNode::new(name.into(), config.clone(), at);
            client.quiet = true;
            clients.push(client);
        }
    }
    clients
}

/// The workloads of a scenario, each with its clients.
type Loads = Vec<(String, Vec<NodeId>)>;

/// The users behind the clients, in the same order, and the workloads.
pub(super) fn users(ensemble: &Ensemble, scenario: &Scenario) -> (Users, Loads) {
    let mut users = Users::default();
    let mut loads = Loads::new();
    let mut ids = ensemble.client_ids();
    for id in ids.by_ref().take(scenario.clients().len()) {
        users.add(id);
    }
    for load in scenario.workloads() {
        let clients: Vec<NodeId> = ids.by_ref().take(load.clients as usize).collect();
        users.add_workload(&load, &clients);
        loads.push((load.name.clone(), clients));
    }
    (users, loads)
}

/// A server by its name.
pub(super) fn by_name(ensemble: &Ensemble, name: &str) -> Option<NodeId> {
    ensemble.ids().find(|id| &*ensemble.node(*id).name == name)
}
