//! Roles, and what a server knows when it starts: `QuorumPeer`.

use super::why::{ADMIN, ADVICE, DYNAMIC, ENVIRONMENT, NETWORK, PIPELINE, REMARKS, SECURITY, SETTINGS};
use super::{Shape, says, skip};
use crate::conform::event::{Event, ZabState};
use crate::conform::fields::{Fields, number, state};
use zablab_protocol::{ServerState, SyncMode};

pub(super) const PEER: &[Shape] = &[
    says("Peer state changed: {}", |f| state_changed(f[0])).of((3, 5, 10), (3, 9, 99)),
    says("LOOKING", |_| Some(Event::Looking)),
    says("FOLLOWING", |_| Some(Event::Role { state: ServerState::Following })),
    says("LEADING", |_| Some(Event::Role { state: ServerState::Leading })),
    says("OBSERVING", |_| Some(Event::Role { state: ServerState::Observing })),
    says("PeerState set to LOOKING", |_| Some(Event::SetToLooking)).of((3, 5, 0), (3, 9, 99)),
    says("currentEpoch not found! Creating with a reasonable default of {}.", |f| {
        Some(Event::CurrentEpochMade { epoch: number(f[0])? })
    }),
    says("acceptedEpoch not found! Creating with a reasonable default of {}.", |f| {
        Some(Event::AcceptedEpochMade { epoch: number(f[0])? })
    }),
    says("Unable to load database on disk", |_| Some(Event::CannotLoad)),
    says("tickTime set to {}", |f| setting("tickTime", f)),
    says("initLimit set to {}", |f| setting("initLimit", f)),
    says("syncLimit set to {}", |f| setting("syncLimit", f)).of((3, 6, 0), (3, 9, 99)),
    says("minSessionTimeout set to {}", |f| setting("minSessionTimeout", f)),
    says("maxSessionTimeout set to {}", |f| setting("maxSessionTimeout", f)),
    says("connectToLearnerMasterLimit set to {}", |f| setting("connectToLearnerMasterLimit", f))
        .of((3, 6, 0), (3, 9, 99)),
    says("Local sessions {}", |f| switch("localSessionsEnabled", f)).of((3, 5, 0), (3, 9, 99)),
    says("Local session upgrading {}", |f| switch("localSessionsUpgradingEnabled", f))
        .of((3, 5, 0), (3, 9, 99)),
    skip("zookeeper.quorumCnxnTimeoutMs", SETTINGS),
    skip("zookeeper.observer.syncEnabled", SETTINGS),
    skip("multiAddress.", SETTINGS),
    skip("quorum.cnxn.threads.size", SETTINGS),
    skip("Using {}ms as the quorum cnxn socket timeout", SETTINGS),
    skip("Port unification", SECURITY),
    skip("Using TLS encrypted quorum communication", SECURITY),
    skip("Using insecure (non-TLS) quorum communication", SECURITY),
    skip("QuorumPeer communication is not secured", SECURITY),
    skip("quorum.auth.", SECURITY),
    skip("Dynamic reconfig is disabled", DYNAMIC),
    skip("Becoming a", DYNAMIC),
    skip("Restarting Leader Election", DYNAMIC),
    skip("Clobbering already-set QuorumCnxManager", DYNAMIC),
    skip("Suggested leader:", DYNAMIC),
    skip("setLastSeenQuorumVerifier called", DYNAMIC),
    skip("writeToDisk == true but configFilename == null", DYNAMIC),
    skip("configFilename is null", DYNAMIC),
    skip("Error writing next dynamic config file to disk", DYNAMIC),
    skip("Error closing file", DYNAMIC),
    skip("Setting LearnerType to", ADVICE),
    skip("Server address has not been initialized", ADVICE),
    skip("Election address has not been initialized", ADVICE),
    skip("ClientParts:", ADVICE),
    skip("Set clientAddr to", ADVICE),
    skip("sid = {} addressStr =", ADVICE),
    skip("Host name for quorum server", NETWORK),
    skip("Failed to resolve address", NETWORK),
    skip("Resolved hostname", NETWORK),
    skip("Resolved address", NETWORK),
    skip("IP address {} is unreachable", NETWORK),
    skip("{} is not a valid number", ADVICE),
    skip("{} found. Setting current epoch to {}.", REMARKS),
    skip("updatingEpoch found", REMARKS),
    skip("Attempting to start ReadOnlyZooKeeperServer", ENVIRONMENT),
    skip("Interrupted while attempting to start ReadOnlyZooKeeperServer", ENVIRONMENT),
    skip("FAILED to start ReadOnlyZooKeeperServer", ENVIRONMENT),
    skip("QuorumPeer main thread exited", ENVIRONMENT),
    skip("QuorumPeer responder thread exited", ENVIRONMENT),
    skip("Unexpected exception", ENVIRONMENT),
    skip("Unexpected IO exception in ResponderThread", ENVIRONMENT),
    skip("Unexpected runtime exception in ResponderThread", ENVIRONMENT),
    skip("Got more than just an xid", ENVIRONMENT),
    skip("Null listener when initializing cnx manager", ENVIRONMENT),
    skip("Failed to write new file", ENVIRONMENT),
    skip("Error closing logs", PIPELINE),
    skip("Failed to register with JMX", ADMIN),
    skip("Failed to unregister with JMX", ADMIN),
    skip("Problem starting AdminServer", ADMIN),
    skip("Problem stopping AdminServer", ADMIN),
    skip("Updated learner master list", REMARKS),
    skip("cannot validate request, observer masters not enabled", REMARKS),
    skip("could not find learner master", REMARKS),
];

/// `following - synchronization - diff` and shorter (`QuorumPeer.getDetailedPeerState`).
fn state_changed(text: &str) -> Option<Event> {
    let mut words = text.split(" - ");
    let state = state(words.next()?)?;
    let (mut zab, mut mode) = (None, None);
    for word in words {
        match word.trim() {
            "discovery" => zab = Some(ZabState::Discovery),
            "synchronization" => zab = Some(ZabState::Synchronization),
            "broadcast" => zab = Some(ZabState::Broadcast),
            "diff" => mode = Some(SyncMode::Diff),
            "trunc" => mode = Some(SyncMode::Trunc),
            "snap" => mode = Some(SyncMode::Snap),
            _ => return None,
        }
    }
    Some(Event::StateChanged { state, zab, mode })
}

fn setting(key: &'static str, f: &Fields<'_>) -> Option<Event> {
    Some(Event::Setting { key, value: number(f[0])? })
}

/// `enabled` is 1.
fn switch(key: &'static str, f: &Fields<'_>) -> Option<Event> {
    let value = match f[0] {
        "enabled" => 1,
        "disabled" => 0,
        _ => return None,
    };
    Some(Event::Setting { key, value })
}
