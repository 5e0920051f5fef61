//! The configuration that a simulated server would have been started with.

use super::addresses::Addresses;
use std::fmt::Write;
use zablab_protocol::{Config, PeerType, Port, QuorumVerifier, Settings, Sid};

/// A server's zoo.cfg. Settings that ZooKeeper reads as system properties stand there under the names by which a zoo.cfg sets
/// them, where they are not the defaults.
pub(super) fn text(config: &Config, addresses: &Addresses) -> String {
    let settings = &config.settings;
    let mut lines = vec![
        format!("tickTime={}", settings.tick_time),
        format!("initLimit={}", settings.init_limit),
        format!("syncLimit={}", settings.sync_limit),
        format!("dataDir=/var/lib/zookeeper/{}", config.sid.0),
        format!("clientPort={}", addresses.port(config.sid, Port::Client)),
        "clientPortAddress=127.0.0.1".to_owned(),
        "admin.enableServer=false".to_owned(),
    ];
    lines.extend(tuning(settings));
    if !config.is_participant() {
        lines.push("peerType=observer".to_owned());
    }
    for (sid, peer_type) in config.verifier.members() {
        let observer = if peer_type == PeerType::Observer { ":observer" } else { "" };
        lines.push(format!("server.{}={}{observer}", sid.0, addresses.listed(sid)));
    }
    lines.extend(groups(&config.verifier));
    lines.iter().fold(String::new(), |mut text, line| {
        // A string takes everything.
        let _ = writeln!(text, "{line}");
        text
    })
}

/// What is not as it would be without a line.
fn tuning(settings: &Settings) -> Vec<String> {
    let default = Settings::default();
    let mut lines = Vec::new();
    let mut number = |key: &str, value: u64, usual: u64| {
        if value != usual {
            lines.push(format!("{key}={value}"));
        }
    };
    number("connectToLearnerMasterLimit", settings.connect_to_learner_master_limit, 0);
    if let Some(ms) = settings.min_session_timeout {
        number("minSessionTimeout", ms, u64::MAX);
    }
    if let Some(ms) = settings.max_session_timeout {
        number("maxSessionTimeout", ms, u64::MAX);
    }
    number("cnxTimeout", settings.cnx_timeout, default.cnx_timeout);
    let (least, most) = (settings.min_notification_interval, settings.max_notification_interval);
    number("fastleader.minNotificationInterval", least, default.min_notification_interval);
    number("fastleader.maxNotificationInterval", most, default.max_notification_interval);
    if let Some(ms) = settings.max_time_to_wait_for_epoch {
        number("leader.maxTimeToWaitForEpoch", ms, u64::MAX);
    }
    number("commitLogCount", settings.commit_log_count as u64, default.commit_log_count as u64);
    number("snapCount", settings.snap_count, default.snap_count);
    number("preAllocSize", settings.pre_alloc_size, default.pre_alloc_size);
    number("maxBatchSize", settings.max_batch_size as u64, default.max_batch_size as u64);
    if let Some(counter) = settings.initial_counter {
        number("testingonly.initialZxid", u64::from(counter), u64::MAX);
    }
    if settings.snapshot_size_factor != default.snapshot_size_factor {
        lines.push(format!("snapshotSizeFactor={}", size_factor(settings)));
    }
    if settings.force_snapshot_sync {
        lines.push("forceSnapshotSync=true".to_owned());
    }
    if !settings.standalone_enabled {
        lines.push("standaloneEnabled=false".to_owned());
    }
    lines
}

/// `snapshotSizeFactor` as Java prints a `double`: `0.33`, `-1.0`.
pub(super) fn size_factor(settings: &Settings) -> String {
    format!("{:?}", settings.snapshot_size_factor as f64 / 1000.0)
}

/// The groups, and what their members weigh.
fn groups(verifier: &QuorumVerifier) -> Vec<String> {
    let mut groups = verifier.groups();
    if groups.is_empty() {
        return Vec::new();
    }
    // Those that weigh nothing are in a group, too.
    let weightless: Vec<Sid> =
        verifier.voters().filter(|sid| !groups.iter().any(|group| group.contains(sid))).collect();
    groups.extend((!weightless.is_empty()).then_some(weightless));
    let mut lines = Vec::new();
    for (group, number) in groups.iter().zip(1..) {
        let sids: Vec<String> = group.iter().map(|sid| sid.0.to_string()).collect();
        lines.push(format!("group.{number}={}", sids.join(":")));
    }
    let weighty = verifier.voters().filter(|sid| verifier.weight(*sid) != 1);
    lines.extend(weighty.map(|sid| format!("weight.{}={}", sid.0, verifier.weight(sid))));
    lines
}
