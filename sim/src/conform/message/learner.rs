//! A server that follows: `Learner`, `Follower`, `Observer`.

use super::why::{NETWORK, PIPELINE, REMARKS, SETTINGS};
use super::{Shape, says, skip};
use crate::conform::event::Event;
use crate::conform::fields::{Fields, hex, number, port, session};
use zablab_protocol::{ServerState, SyncMode, Zxid};

pub(super) const LEARNER: &[Shape] = &[
    says("Successfully connected to leader, using address: {}", |f| {
        Some(Event::ReachedLeader { port: port(f[0]) })
    })
    .of((3, 6, 0), (3, 9, 99)),
    says("Unexpected exception, tries={}, remaining init limit={}, connecting to {}", |f| {
        Some(Event::CannotReachLeader { tries: number(f[0])?, port: port(f[2]) })
    })
    .of((3, 5, 0), (3, 9, 99)),
    says("Unexpected exception, tries={}, connecting to {}", |f| {
        Some(Event::CannotReachLeader { tries: number(f[0])?, port: port(f[1]) })
    })
    .of((3, 4, 0), (3, 4, 99)),
    says("Unexpected exception, retries exceeded.", |_| Some(Event::GaveUpConnecting)),
    says("Unexpected exception, initLimit exceeded.", |_| Some(Event::GaveUpConnecting)),
    says("Unexpected exception, connectToLeader exceeded.", |_| Some(Event::GaveUpConnecting)),
    says("connectToLeader exceeded on retries.", |_| Some(Event::GaveUpConnecting)),
    says("initLimit exceeded on retries.", |_| Some(Event::GaveUpConnecting)),
    says("Failed connect to", |_| Some(Event::GaveUpConnecting)),
    // 3.4: the last try.
    says("Unexpected exception", |_| Some(Event::GaveUpConnecting)).of((3, 4, 0), (3, 4, 99)),
    says("Getting a diff from the leader 0x{}", |f| synced(SyncMode::Diff, f)),
    says("Getting a snapshot from leader 0x{}", |f| synced(SyncMode::Snap, f)),
    // Up to 3.4.12 without its zxid.
    says("Getting a snapshot from leader", |_| {
        Some(Event::Synced { mode: SyncMode::Snap, zxid: Zxid::NONE })
    })
    .of((3, 4, 0), (3, 4, 99)),
    says("Truncating log to get in sync with the leader 0x{}", |f| synced(SyncMode::Trunc, f)),
    says("Got zxid 0x{} expected 0x{}", |f| first_proposal(f, true)),
    // From 3.9.4 on; `lastQueued` is 0 before the first.
    says("DIFF sync got first proposal 0x{}", |f| {
        Some(Event::FirstProposal { zxid: hex(f[0])?, expected: Zxid(1), syncing: true })
    })
    .of((3, 9, 4), (3, 9, 99)),
    says("DIFF sync got new epoch proposal 0x{}, last queued 0x{}, expected 0x{}", skipping_one)
        .of((3, 9, 4), (3, 9, 99)),
    says("DIFF sync got proposal 0x{}, last queued 0x{}, expected 0x{}", skipping_one)
        .of((3, 9, 4), (3, 9, 99)),
    says("Learner received NEWLEADER message", |_| Some(Event::NewLeader)).of((3, 5, 0), (3, 9, 99)),
    says("Learner received UPTODATE message", |_| Some(Event::UpToDate)).of((3, 5, 0), (3, 9, 99)),
    says("Leaders epoch, {} is less than accepted epoch, {}", |f| {
        Some(Event::EpochTooOld { epoch: number(f[0])?, accepted: number(f[1])? })
    }),
    says("Revalidating client: 0x{}", |f| Some(Event::Revalidating { session: session(f[0])? })),
    says("shutdown Follower", |_| Some(Event::LearnerShutdown)),
    skip("leaderConnectDelayDuringRetryMs", SETTINGS).of((3, 6, 0), (3, 9, 99)),
    skip("TCP NoDelay set to", SETTINGS),
    skip("zookeeper.learner.", SETTINGS),
    skip("learner.closeSocketAsync", SETTINGS).of((3, 7, 0), (3, 7, 99)),
    skip("learner.asyncSending", SETTINGS).of((3, 6, 1), (3, 7, 99)),
    skip("Connection to the leader is already established", REMARKS),
    skip("Forcing a snapshot write as part of upgrading", REMARKS).of((3, 7, 0), (3, 9, 99)),
    skip("It took {}ms to persist and commit txns", REMARKS).of((3, 8, 5), (3, 9, 99)),
    skip("Sent NEWLEADER ack to leader", REMARKS).of((3, 8, 5), (3, 9, 99)),
    skip("Set the current epoch to", REMARKS).of((3, 8, 5), (3, 9, 99)),
    skip("{} txns have been", REMARKS).of((3, 8, 5), (3, 9, 99)),
    skip("Committing", REMARKS),
    skip("First packet should have been NEWLEADER", NETWORK),
    skip("Got unexpected packet from leader", NETWORK),
    skip("Missing signature", NETWORK),
    skip("Missing session", REMARKS),
    skip("Not able to truncate the log", REMARKS),
    skip("Throttled request sent to leader", PIPELINE),
    skip("Interrupted while", NETWORK),
    skip("not all the LeaderConnector terminated properly", NETWORK),
    skip("Ignoring", NETWORK),
    skip("Invalid packet type", NETWORK),
    skip("Unknown packet type", NETWORK),
];

pub(super) const FOLLOWER: &[Shape] = &[
    says("FOLLOWING - LEADER ELECTION TOOK -", |_| {
        Some(Event::ElectionTook { state: ServerState::Following })
    }),
    says("Got zxid 0x{} expected 0x{}", |f| first_proposal(f, false)),
    says("Exception when following the leader", |_| Some(Event::LearnerFailed)),
    says("Disconnected from leader (with address: {}). Was connected for {}ms. Sync state: {}", disconnected)
        .of((3, 6, 0), (3, 9, 99)),
    says("shutdown Follower", |_| Some(Event::LearnerShutdown)).of((3, 6, 0), (3, 9, 99)),
    says("shutdown called", |_| Some(Event::LearnerShutdown)).of((3, 4, 0), (3, 5, 99)),
    skip("Proposed leader epoch", REMARKS),
    skip("Received an UPTODATE message after Follower started", NETWORK),
    skip("Starting ObserverMaster", REMARKS),
    skip("Unknown packet type", NETWORK),
    skip("Invalid packet type", NETWORK),
    skip("error getting zxid", REMARKS),
];

pub(super) const OBSERVER: &[Shape] = &[
    says("OBSERVING - LEADER ELECTION TOOK -", |_| {
        Some(Event::ElectionTook { state: ServerState::Observing })
    }),
    says("Exception when observing the leader", |_| Some(Event::LearnerFailed)),
    says("Disconnected from leader (with address: {}). Was connected for {}ms. Sync state: {}", disconnected)
        .of((3, 6, 0), (3, 9, 99)),
    says("shutdown Observer", |_| Some(Event::LearnerShutdown)).of((3, 6, 0), (3, 9, 99)),
    says("shutdown called", |_| Some(Event::LearnerShutdown)).of((3, 4, 0), (3, 5, 99)),
    skip("Observing", REMARKS),
    skip("Waiting for {} ms before reconnecting", REMARKS),
    skip("Already connected to requested learner master", REMARKS),
    skip("Requesting disconnect and reconnect", REMARKS),
    skip("requested next learner master", REMARKS),
    skip("No learner master found", REMARKS),
    skip("zookeeper.observer.", SETTINGS),
    skip("Interrupted while waiting", NETWORK),
    skip("Ignoring", NETWORK),
    skip("Received an UPTODATE message after Observer started", NETWORK),
    skip("Unknown packet type", NETWORK),
    skip("Invalid packet type", NETWORK),
];

fn synced(mode: SyncMode, f: &Fields<'_>) -> Option<Event> {
    Some(Event::Synced { mode, zxid: hex(f[0])? })
}

fn first_proposal(f: &Fields<'_>, syncing: bool) -> Option<Event> {
    Some(Event::FirstProposal { zxid: hex(f[0])?, expected: hex(f[1])?, syncing })
}

/// The field between is what was queued last.
fn skipping_one(f: &Fields<'_>) -> Option<Event> {
    Some(Event::FirstProposal { zxid: hex(f[0])?, expected: hex(f[2])?, syncing: true })
}

fn disconnected(f: &Fields<'_>) -> Option<Event> {
    Some(Event::Disconnected { synced: f[2].split_whitespace().next()?.parse().ok()? })
}
