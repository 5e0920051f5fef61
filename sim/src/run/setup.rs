//! From a scenario's settings to an ensemble: configurations, quorum rule, pace.

use super::users::Users;
use crate::ensemble::{ClientNode, Ensemble, NodeId};
use crate::scenario::setting::{self, Value};
use crate::scenario::{ClientDecl, Diagnostic, Scenario, ServerDecl, Setting, Span, Time};
use crate::schedule::{Pace, Range};
use std::collections::BTreeMap;
use std::sync::Arc;
use zablab_protocol::{
    ClientConfig, Config, Defect, Millis, PeerType, QuorumVerifier, Settings, Sid, SyncOrder,
};

/// What the settings of one server come to.
#[derive(Clone, Debug, Default)]
struct Tuning {
    settings: Settings,
    pace: Pace,
    silent_before_start: bool,
    /// `window`; in place of `commitLogCount`.
    window: Option<usize>,
}

/// Puts a setting into effect, but for those that make the quorum rule.
fn tune(tuning: &mut Tuning, key: &str, value: &Value) {
    let Tuning { settings, pace, silent_before_start, window } = tuning;
    match (key, value) {
        ("tickTime", Value::Integer(n)) => settings.tick_time = *n as u64,
        ("initLimit", Value::Integer(n)) => settings.init_limit = *n as u64,
        ("syncLimit", Value::Integer(n)) => settings.sync_limit = *n as u64,
        ("connectToLearnerMasterLimit", Value::Integer(n)) => {
            settings.connect_to_learner_master_limit = *n as u64
        }
        ("minSessionTimeout", Value::Integer(n)) => settings.min_session_timeout = u64::try_from(*n).ok(),
        ("maxSessionTimeout", Value::Integer(n)) => settings.max_session_timeout = u64::try_from(*n).ok(),
        ("commitLogCount", Value::Integer(n)) => {
            settings.commit_log_count = (*n).max(setting::LEAST_COMMIT_LOG_COUNT) as usize;
        }
        ("standaloneEnabled", Value::Word(word)) => settings.standalone_enabled = *word == "true",
        ("window", Value::Integer(n)) => *window = Some(*n as usize),
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
        ("newleader", Value::Word(word)) => {
            let named = SyncOrder::ALL.into_iter().zip(SyncOrder::NAMES).find(|(_, name)| name == word);
            settings.newleader = named.map_or(SyncOrder::Right, |(order, _)| order);
        }
        ("defects", Value::Names(names)) => {
            let named = |defect: &Defect| names.contains(&Defect::NAMES[*defect as usize]);
            settings.defects = Defect::ALL.into_iter().filter(named).collect();
        }
        ("absent", Value::Word(word)) => *silent_before_start = *word == "unanswered",
        (key, Value::Duration { min, max }) => {
            if let Some(range) = pace_of(pace, key) {
                *range = Range { min: min.0, max: max.0 };
            }
        }
        // The list of servers, `weight.N` and `group.N` make the quorum rule.
        _ => {}
    }
}

/// What settings for all servers come to.
pub(crate) fn tuned<'s>(given: impl IntoIterator<Item = &'s Setting>) -> (Settings, Pace) {
    let mut tuning = Tuning::default();
    for setting in given {
        tune(&mut tuning, &setting.key, &setting.value);
    }
    (tuning.settings, tuning.pace)
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

/// What holds for one server, the value and the place of each key. What is set for it alone wins over what is set for
/// all, wherever it stands.
fn settings_of<'s>(scenario: &'s Scenario, server: &str) -> BTreeMap<&'s str, &'s Setting> {
    let mut settings = BTreeMap::new();
    for alone in [false, true] {
        for setting in scenario.settings() {
            let meant = match &setting.server {
                None => !alone,
                Some(name) => alone && name == server,
            };
            if meant {
                settings.insert(setting.key.as_str(), setting);
            }
        }
    }
    settings
}

/// What makes no ensemble, and the place of the setting that says so.
type Wrong = (Option<Span>, String);

/// The quorum rule of servers that share their settings; nothing where these make none.
pub(crate) fn quorum_rule(declared: &[ServerDecl], settings: &[Setting]) -> Option<QuorumVerifier> {
    let shared = settings.iter().filter(|setting| setting.server.is_none());
    verifier(declared, &shared.map(|setting| (setting.key.as_str(), setting)).collect()).ok()
}

/// Whether what a scenario sets lets its servers contradict each other: some two quorums have nobody in common, or a server
/// goes by another id than the lists say. Also where it makes no ensemble.
pub(crate) fn can_differ(scenario: &Scenario) -> bool {
    let servers = scenario.servers();
    let mut rules: Vec<QuorumVerifier> = Vec::new();
    for server in &servers {
        let settings = settings_of(scenario, &server.name);
        let rule = verifier(&servers, &settings).ok();
        let rule = match scenario.unsafe_quorum() {
            Some(quorum) => rule.and_then(|rule| rule.with_unsafe_size(quorum.size as usize).ok()),
            None => rule,
        };
        match (rule, own_id(server, &settings)) {
            (Some(rule), Ok(sid)) if sid.0 == server.sid => {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
            _ => return true,
        }
    }
    let pairs = rules.iter().enumerate().flat_map(|(at, one)| rules[at..].iter().map(move |two| (one, two)));
    pairs.into_iter().any(|(one, two)| one.can_miss(two))
}

/// The quorum rule that a server's list, weights and groups make.
fn verifier(declared: &[ServerDecl], settings: &BTreeMap<&str, &Setting>) -> Result<QuorumVerifier, Wrong> {
    let sids = |key: &str| match settings.get(key).map(|setting| (&setting.value, setting.span)) {
        Some((Value::Sids(sids), span)) => Some((sids, span)),
        _ => None,
    };
    for (sids, span) in ["servers", "voters"].into_iter().filter_map(sids) {
        if let Some(sid) = sids.iter().find(|sid| declared.iter().all(|server| server.sid != **sid)) {
            return Err((Some(span), format!("server {sid} of this list is not in the ensemble")));
        }
    }
    let listed = sids("servers").map(|(sids, _)| sids);
    let voting = sids("voters").map(|(sids, _)| sids);
    let members = declared.iter().filter(|server| listed.is_none_or(|sids| sids.contains(&server.sid)));
    let members = members.map(|server| {
        let votes = voting.map_or(!server.observer, |sids| sids.contains(&server.sid));
        (Sid(server.sid), if votes { PeerType::Participant } else { PeerType::Observer })
    });
    let mut groups = BTreeMap::new();
    let mut weights = BTreeMap::new();
    let mut last = None;
    for (key, setting) in settings {
        let number = |prefix| key.strip_prefix(prefix).and_then(|n| n.parse::<i64>().ok());
        match &setting.value {
            Value::Sids(sids) => {
                if let Some(group) = number("group.") {
                    groups.insert(group, sids.iter().copied().map(Sid).collect());
                }
            }
            Value::Integer(weight) => {
                if let Some(sid) = number("weight.") {
                    weights.insert(Sid(sid), *weight as u64);
                }
            }
            _ => continue,
        }
        if number("group.").or(number("weight.")).is_some() || sids(key).is_some() {
            last = last.max(Some((setting.span.line, setting.span.start, setting.span.end)));
        }
    }
    let groups: Vec<Vec<Sid>> = groups.into_values().collect();
    QuorumVerifier::hierarchical(members, &groups, &weights).map_err(|error| {
        let span = last.map(|(line, start, end)| Span { line, start, end });
        (span, error.to_string())
    })
}

/// A shortest session that is longer than the longest is refused, as ZooKeeper refuses it.
fn check_sessions(settings: &BTreeMap<&str, &Setting>, tuned: &Settings) -> Result<(), Wrong> {
    let (min, max) = (tuned.min_session_time().0, tuned.max_session_time().0);
    if min <= max {
        return Ok(());
    }
    let keys = ["minSessionTimeout", "maxSessionTimeout", "tickTime"];
    let place = keys.iter().find_map(|key| settings.get(key)).map(|setting| setting.span);
    Err((
        place,
        format!("minSessionTimeout is {min} ms and must not be larger than maxSessionTimeout, {max} ms"),
    ))
}

/// Who a server says it is: by its data directory, else by the lists.
fn own_id(server: &ServerDecl, settings: &BTreeMap<&str, &Setting>) -> Result<Sid, Wrong> {
    match settings.get("myid").map(|setting| (&setting.value, *setting)) {
        Some((Value::Integer(_), Setting { server: None, span, .. })) => {
            Err((Some(*span), "one id for all servers".to_owned()))
        }
        Some((Value::Integer(sid), _)) => Ok(Sid(*sid)),
        _ => Ok(Sid(server.sid)),
    }
}

/// An ensemble ready to run, and the pace of each of its servers.
pub(super) fn build(
    name: &str,
    text: &str,
    scenario: &Scenario,
) -> Result<(Ensemble, Vec<Pace>), Diagnostic> {
    if let Some(config) = scenario.configs().first() {
        let message = format!("`{}` stands for a file that is not read here", config.file);
        return Err(Diagnostic::at(name, text, config.span, &message, "expected the settings themselves")
            .with_help("`zablab run` reads the configurations of a scenario in a file"));
    }
    let servers = scenario.servers();
    let first = servers.first().map(|server| server.span);
    let refuse = |(span, message): Wrong, label: &str| {
        Diagnostic::at(name, text, span.or(first).unwrap_or_default(), &message, label)
    };
    let mut nodes = Vec::new();
    let mut paces = Vec::new();
    let mut shared: Vec<Arc<QuorumVerifier>> = Vec::new();
    for server in &servers {
        let settings = settings_of(scenario, &server.name);
        let verifier = verifier(&servers, &settings)
            .map_err(|wrong| refuse(wrong, "these servers make no quorum rule"))?;
        let verifier = match scenario.unsafe_quorum() {
            None => verifier,
            Some(quorum) => verifier.with_unsafe_size(quorum.size as usize).map_err(|error| {
                let wrong = (Some(quorum.span), error.to_string());
                refuse(wrong, "these servers have no quorums of this size")
            })?,
        };
        let verifier = match shared.iter().find(|other| ***other == verifier) {
            Some(same) => same.clone(),
            None => {
                shared.push(Arc::new(verifier));
                shared[shared.len() - 1].clone()
            }
        };
        let mut tuning = Tuning::default();
        for (key, setting) in &settings {
            tune(&mut tuning, key, &setting.value);
        }
        if let Some(window) = tuning.window {
            tuning.settings.commit_log_count = window;
        }
        let sid = own_id(server, &settings)
            .map_err(|wrong| refuse(wrong, "expected the server whose data directory holds it"))?;
        let everywhere = settings.get("quorumListenOnAllIPs").map(|setting| &setting.value);
        tuning.settings.listens = sid.0 == server.sid || everywhere == Some(&Value::Word("true"));
        check_sessions(&settings, &tuning.settings)
            .map_err(|wrong| refuse(wrong, "expected sessions of some length to be allowed"))?;
        let config = Config { sid, verifier, settings: tuning.settings };
        nodes.push((Arc::from(server.name.as_str()), Arc::new(config), tuning.silent_before_start));
        paces.push(tuning.pace);
    }
    let clients = clients(scenario, &servers);
    let mut of_clients = Tuning::default();
    for setting in scenario.settings().iter().filter(|setting| setting.server.is_none()) {
        tune(&mut of_clients, &setting.key, &setting.value);
    }
    paces.extend(clients.iter().map(|_| of_clients.pace));
    let mut ensemble = Ensemble::new(nodes, clients);
    for (node, server) in ensemble.nodes.iter_mut().zip(&servers) {
        node.listed = Sid(server.sid);
    }
    Ok((ensemble, paces))
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
