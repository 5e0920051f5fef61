//! What ZooKeeper does with each key of a zoo.cfg (`QuorumPeerConfig.parseProperties`, and the classes that read the
//! system properties which all other keys become).

use crate::scenario::setting::{self, Value};

/// How a key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// A whole number that Java's `int` holds; anything else is refused.
    Int,
    /// The same for a `long`.
    Long,
    /// `true` or `false` in any case; anything else is refused.
    Bool,
    /// Any text.
    Text,
    /// A system property that the simulation knows, too.
    Property(Property),
    /// A key that ZooKeeper knows and that means nothing in a simulation.
    Foreign,
    /// One that would change how the quorum or its clients behave, which is not simulated. It is remarked on unless
    /// it has this value.
    Unsimulated(&'static str),
    /// Nobody knows it.
    Unknown,
}

/// A system property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// The key of a scenario.
    pub(super) setting: &'static str,
    /// What a value that is no number becomes; `None`: the server ends with exit code 1.
    pub(super) fallback: Option<&'static str>,
    /// What a number below this one becomes: this one.
    pub(super) least: Option<i64>,
}

const fn property(setting: &'static str, fallback: &'static str) -> Taken {
    Taken::Property(Property { setting, fallback: Some(fallback), least: None })
}

/// The keys that are read as numbers, words or texts, and those that become system properties of note.
const TABLE: &[(&str, Taken)] = &[
    ("dataDir", Taken::Text),
    ("dataLogDir", Taken::Text),
    ("clientPort", Taken::Int),
    ("clientPortAddress", Taken::Text),
    ("secureClientPort", Taken::Int),
    ("secureClientPortAddress", Taken::Text),
    ("clientPortListenBacklog", Taken::Int),
    ("observerMasterPort", Taken::Int),
    ("tickTime", Taken::Int),
    ("maxClientCnxns", Taken::Int),
    ("minSessionTimeout", Taken::Int),
    ("maxSessionTimeout", Taken::Int),
    ("initLimit", Taken::Int),
    ("syncLimit", Taken::Int),
    ("connectToLearnerMasterLimit", Taken::Int),
    ("electionAlg", Taken::Int),
    ("quorumListenOnAllIPs", Taken::Bool),
    ("peerType", Taken::Text),
    ("syncEnabled", Taken::Bool),
    ("dynamicConfigFile", Taken::Text),
    ("autopurge.snapRetainCount", Taken::Int),
    ("autopurge.purgeInterval", Taken::Int),
    ("standaloneEnabled", Taken::Bool),
    ("reconfigEnabled", Taken::Bool),
    ("localSessionsEnabled", Taken::Bool),
    ("localSessionsUpgradingEnabled", Taken::Bool),
    ("sslQuorum", Taken::Bool),
    ("portUnification", Taken::Bool),
    ("sslQuorumReloadCertFiles", Taken::Bool),
    ("quorum.auth.enableSasl", Taken::Bool),
    ("quorum.auth.serverRequireSasl", Taken::Bool),
    ("quorum.auth.learnerRequireSasl", Taken::Bool),
    ("quorum.cnxn.threads.size", Taken::Int),
    ("jvm.pause.info-threshold.ms", Taken::Long),
    ("jvm.pause.warn-threshold.ms", Taken::Long),
    ("jvm.pause.sleep.time.ms", Taken::Long),
    ("jvm.pause.monitor", Taken::Bool),
    ("multiAddress.enabled", Taken::Bool),
    ("multiAddress.reachabilityCheckTimeoutMs", Taken::Int),
    ("multiAddress.reachabilityCheckEnabled", Taken::Bool),
    ("oraclePath", Taken::Unsimulated("")),
    (
        "commitLogCount",
        Taken::Property(Property { setting: "commitLogCount", fallback: Some("500"), least: Some(500) }),
    ),
    (
        "snapCount",
        Taken::Property(Property { setting: "snapCount", fallback: Some("100000"), least: Some(2) }),
    ),
    ("snapshotSizeFactor", property("snapshotSizeFactor", "0.33")),
    ("preAllocSize", property("preAllocSize", "65536")),
    ("cnxTimeout", Taken::Property(Property { setting: "cnxTimeout", fallback: None, least: None })),
    ("fastleader.minNotificationInterval", property("minNotificationInterval", "200")),
    ("fastleader.maxNotificationInterval", property("maxNotificationInterval", "60000")),
    ("maxBatchSize", property("maxBatchSize", "1000")),
    ("forceSnapshotSync", property("forceSnapshotSync", "no")),
    ("leader.maxTimeToWaitForEpoch", property("leader.maxTimeToWaitForEpoch", "-1")),
    (
        "testingonly.initialZxid",
        Taken::Property(Property { setting: "initialCounter", fallback: None, least: None }),
    ),
    ("forceSync", Taken::Unsimulated("yes")),
    ("leaderServes", Taken::Unsimulated("yes")),
    ("flushDelay", Taken::Unsimulated("0")),
    ("readonlymode.enabled", Taken::Unsimulated("false")),
    ("snapshot.trust.empty", Taken::Unsimulated("false")),
    ("datadir.autocreate", Taken::Unsimulated("true")),
];

/// Keys that are read and then have no effect here, with the value that changes nothing.
pub(super) const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("localSessionsEnabled", "false"),
    ("reconfigEnabled", "false"),
    ("syncEnabled", "true"),
    ("observerMasterPort", "0"),
];

/// Names that end in a dot stand for all below them.
const FOREIGN: &[&str] = &[
    "4lw.commands.whitelist",
    "DigestAuthenticationProvider.",
    "X509AuthenticationProvider.",
    "admin.",
    "audit.enable",
    "authProvider.",
    "client.portUnification",
    "commitProcessor.",
    "digest.enabled",
    "electionPortBindRetry",
    "enforce.auth.",
    "fsync.warningthresholdms",
    "globalOutstandingLimit",
    "jute.maxbuffer",
    "leader.",
    "learner.",
    "maxCnxns",
    "maxWriteQueuePollTime",
    "metricsProvider.",
    "netty.",
    "nio.",
    "observer.",
    "quorum.auth.",
    "request_throttle",
    "requestTimeout",
    "serverCnxnFactory",
    "sessionRequireClientSASLAuth",
    "skipACL",
    "snapSizeLimitInKb",
    "snapshot.",
    "ssl.",
    "superUser",
    "tcpKeepAlive",
    "traceFile",
    "throttledOpWaitTime",
];

/// How a key is taken. `server.N`, `group.N` and `weight.N` are the caller's.
pub(super) fn taken(key: &str) -> Taken {
    if let Some((_, taken)) = TABLE.iter().find(|(name, _)| *name == key) {
        return *taken;
    }
    let foreign = FOREIGN.iter().any(|&name| key == name || name.ends_with('.') && key.starts_with(name));
    if foreign { Taken::Foreign } else { Taken::Unknown }
}

/// What a setting is where a file does not say.
pub(super) fn default_of(setting: &str) -> Option<Value> {
    let text = match setting {
        "minSessionTimeout" | "maxSessionTimeout" => "-1",
        "connectToLearnerMasterLimit" => "0",
        "standaloneEnabled" => "true",
        "cnxTimeout" => "5000",
        _ => TABLE.iter().find_map(|(_, taken)| match taken {
            Taken::Property(property) if property.setting == setting => property.fallback,
            _ => None,
        })?,
    };
    setting::find(setting)?.0.kind.read(text).ok()
}

/// Every key that has a name of its own.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name).chain(FOREIGN.iter().copied().filter(|name| !name.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_lead_to_settings_that_take_their_fallback() {
        for (name, taken) in TABLE {
            let Taken::Property(property) = taken else { continue };
            let (entry, _) = setting::find(property.setting).expect(name);
            if let Some(fallback) = property.fallback {
                assert!(entry.kind.read(fallback).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn families_are_known_by_their_stem() {
        assert_eq!(taken("admin.enableServer"), Taken::Foreign);
        assert_eq!(taken("administer"), Taken::Unknown);
        assert_eq!(taken("tickTime"), Taken::Int);
        assert_eq!(taken("ticktime"), Taken::Unknown);
    }
}
