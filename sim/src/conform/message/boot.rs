//! A process starts, and ends: `QuorumPeerMain`, `ZooKeeperServerMain`, `QuorumPeerConfig`, `ServiceUtils`.

use super::why::{ADMIN, ADVICE, DYNAMIC, ENVIRONMENT, REMARKS, SETTINGS};
use super::{Shape, says, skip};
use crate::conform::event::Event;
use crate::conform::fields::{number, sid};

pub(super) const MAIN: &[Shape] = &[
    says("Starting quorum peer, myid={}", |f| Some(Event::StartingPeer { sid: Some(sid(f[0])?) }))
        .of((3, 5, 8), (3, 9, 99)),
    says("Starting quorum peer", |_| Some(Event::StartingPeer { sid: None })).of((3, 4, 0), (3, 6, 0)),
    says("Either no config or no quorum defined in config, running", |_| Some(Event::Standalone)),
    says("Invalid config, exiting abnormally", |_| Some(Event::Exiting { code: None })),
    says("Invalid arguments, exiting abnormally", |_| Some(Event::Exiting { code: None })),
    says("Unexpected exception, exiting abnormally", |_| Some(Event::Exiting { code: None })),
    says("Unable to access datadir, exiting abnormally", |_| Some(Event::Exiting { code: None })),
    says("Unable to start AdminServer, exiting abnormally", |_| Some(Event::Exiting { code: None })),
    says("Exiting normally", |_| Some(Event::Exiting { code: None })),
    skip("Starting server", REMARKS),
    skip("Usage:", REMARKS),
    skip("Quorum Peer interrupted", ENVIRONMENT),
    skip("Server interrupted", ENVIRONMENT),
    skip("Unable to register log4j JMX control", ADMIN),
    skip("Error while stopping metrics", ADMIN),
    skip("Problem stopping AdminServer", ADMIN),
    skip("Connection factory did not start", ENVIRONMENT),
];

pub(super) const CONFIG: &[Shape] = &[
    says("Reading configuration from:", |_| Some(Event::ReadingConfig)),
    skip("clientPort", SETTINGS),
    skip("secureClientPort", SETTINGS),
    skip("observerMasterPort", SETTINGS),
    skip("metricsProvider.", SETTINGS),
    skip("Defaulting to majority quorums", ADVICE),
    skip("Invalid configuration, only one server specified", ADVICE),
    skip("Invalid autopurge.snapRetainCount", ADVICE),
    skip("No server failure will be tolerated", ADVICE),
    skip("Non-optimal configuration, consider an odd number of servers", ADVICE).of((3, 8, 0), (3, 9, 99)),
    skip("Non-optimial configuration, consider an odd number of servers", ADVICE).of((3, 4, 0), (3, 7, 99)),
    skip("Peer type from servers list", ADVICE),
    skip("NextQuorumVerifier is initiated to null", DYNAMIC),
    skip("deleting {} failed", DYNAMIC),
    skip("{} does not have the form host:port", ADVICE),
    // The configuration itself, as it goes to the dynamic file.
    skip("{", DYNAMIC),
];

pub(super) const EXIT: &[Shape] = &[
    says("Exiting JVM with code {}", |f| Some(Event::Exiting { code: Some(number(f[0])?) })),
    skip("Fatal error, JVM should exit", REMARKS),
    skip("JVM should exit", REMARKS),
];

pub(super) const CRITICAL: &[Shape] =
    &[says("Severe unrecoverable error, from thread", |_| Some(Event::Severe))];
