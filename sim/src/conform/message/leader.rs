//! A server that leads: `Leader`, and its `LearnerHandler`s.

use super::why::{DYNAMIC, NETWORK, PIPELINE, REMARKS, SECURITY, SETTINGS};
use super::{Shape, says, skip};
use crate::conform::event::Event;
use crate::conform::fields::{Fields, hex, number, sid, sids};
use zablab_protocol::{ServerState, SyncMode};

pub(super) const LEADER: &[Shape] = &[
    says("LEADING - LEADER ELECTION TOOK -", |_| Some(Event::ElectionTook { state: ServerState::Leading })),
    says("Have quorum of supporters, sids: [{}]; starting up and setting last processed zxid: 0x{}", |f| {
        Some(Event::Supporters { sids: sids(f[0]), zxid: hex(f[1])? })
    }),
    says("Shutdown called. For the reason {}", |f| Some(shutdown(f[0]))).of((3, 6, 0), (3, 9, 99)),
    // The reason is in the cause.
    says("Shutdown called", |_| Some(shutdown(""))).of((3, 4, 0), (3, 5, 99)),
    says("zookeeper.leader.maxTimeToWaitForEpoch = {}ms", |f| {
        Some(Event::Setting { key: "maxTimeToWaitForEpoch", value: number(f[0])? })
    })
    .of((3, 6, 0), (3, 9, 99)),
    skip("TCP NoDelay set to", SETTINGS),
    skip("zookeeper.leader.", SETTINGS),
    skip("Set ", SETTINGS),
    skip("NEWLEADER proposal has Zxid of", REMARKS),
    skip("NEWLEADER ACK from sid", REMARKS),
    skip("Quit leading due to voter changed mind", REMARKS),
    skip("Enough followers present", REMARKS),
    skip("Commit", PIPELINE),
    skip("First is", PIPELINE),
    skip("Going to commm", PIPELINE),
    skip("Going to commit null", PIPELINE),
    skip("Trying to commit future proposal", PIPELINE),
    skip("This really should be impossible", PIPELINE),
    skip("Somehow session", PIPELINE),
    skip("Throttled request", PIPELINE),
    skip("Shutting down", PIPELINE),
    skip("Dynamic reconfig feature is disabled", DYNAMIC),
    skip("This leader is not the designated leader", DYNAMIC),
    skip("designated leader is", DYNAMIC),
    skip("Couldn't bind to", NETWORK),
    skip("Exception while", NETWORK),
    skip("exception while shutting down acceptor", NETWORK),
    skip("Error closing socket", NETWORK),
    skip("Interrupted while", NETWORK),
    skip("Ignoring unexpected exception during close", NETWORK),
    skip("not all the LearnerCnxAcceptorHandler terminated properly", NETWORK),
    skip("maxConcurrentSnapshots", SETTINGS),
    skip("maxConcurrentSnapshotTimeout", SETTINGS),
    skip("java.", NETWORK),
];

/// `reason` is that of `Leader.shutdown`.
pub(in crate::conform) fn shutdown(reason: &str) -> Event {
    const FEW: &str = "only synced with sids:";
    let only = reason.split_once(FEW).map(|(_, list)| sids(list));
    Event::LeaderShutdown { reason: reason.into(), only }
}

pub(super) const HANDLER: &[Shape] = &[
    says("Follower sid: {} : info : {}", |f| {
        Some(Event::LearnerArrived { sid: sid(f[0])?, observer: f[1].ends_with(":observer") })
    }),
    // It does not count towards a quorum.
    says("Follower sid: {} not in the current config", |f| {
        Some(Event::LearnerArrived { sid: sid(f[0])?, observer: true })
    }),
    says(
        "Synchronizing with Learner sid: {} maxCommittedLog=0x{} minCommittedLog=0x{} lastProcessedZxid=0x{} \
         peerLastZxid=0x{}",
        synchronizing,
    )
    .of((3, 6, 0), (3, 9, 99)),
    says(
        "Synchronizing with Follower sid: {} maxCommittedLog=0x{} minCommittedLog=0x{} lastProcessedZxid=0x{} \
         peerLastZxid=0x{}",
        synchronizing,
    )
    .of((3, 5, 0), (3, 5, 99)),
    says(
        "Synchronizing with Follower sid: {} maxCommittedLog=0x{} minCommittedLog=0x{} peerLastZxid=0x{}",
        |f| {
            let (max, min, peer) = (hex(f[1])?, hex(f[2])?, hex(f[3])?);
            Some(Event::Synchronizing { sid: sid(f[0])?, max, min, last: None, peer })
        },
    )
    .of((3, 4, 0), (3, 4, 99)),
    says("Using committedLog for peer sid: {}", |f| Some(Event::UsingCommittedLog { sid: sid(f[0])? })),
    says("Use txnlog and committedLog for peer sid: {}", |f| Some(Event::UsingTxnLog { sid: sid(f[0])? })),
    says("Unhandled scenario for peer sid: {}", |f| Some(Event::Unhandled { sid: sid(f[0])? })),
    says("Sending DIFF zxid=0x{} for peer sid: {}", |f| sending(SyncMode::Diff, f)),
    says("Sending TRUNC zxid=0x{} for peer sid: {}", |f| sending(SyncMode::Trunc, f)),
    says("Sending TRUNC zxid to send 0x{} for peer sid: {}", |f| sending(SyncMode::Trunc, f)),
    says("Sending snapshot last zxid of peer is 0x{}, zxid of leader is 0x{}, send zxid of db as 0x{}", |f| {
        sending_snapshot(f)
    })
    .of((3, 5, 0), (3, 9, 99)),
    says("Sending snapshot last zxid of peer is 0x{} zxid of leader is 0x{}sent zxid of db as 0x{}", |f| {
        sending_snapshot(f)
    })
    .of((3, 4, 0), (3, 4, 99)),
    says("Synchronously closing socket to learner {}", |f| ends(Some(f[0]))).of((3, 7, 0), (3, 9, 99)),
    says("Asynchronously closing socket to learner {}", |f| ends(Some(f[0]))).of((3, 7, 0), (3, 9, 99)),
    says("******* GOODBYE sid:{} {} ********", |f| ends(Some(f[0]))),
    says("******* GOODBYE", |_| ends(None)),
    says("Unexpected exception causing shutdown", |_| ends(None)),
    says("Unexpected exception in LearnerHandler", |_| ends(None)),
    says("Exception while sending packets in LearnerHandler", |_| ends(None)),
    says("Closing connection to peer due to transaction timeout", |_| ends(None)),
    skip("Sending DIFF", REMARKS).of((3, 4, 0), (3, 4, 99)),
    skip("Sending SNAP", REMARKS).of((3, 4, 0), (3, 4, 99)),
    skip("Sending TRUNC", REMARKS).of((3, 4, 0), (3, 4, 99)),
    skip("Received NEWLEADER-ACK message from", REMARKS).of((3, 4, 0), (3, 4, 99)),
    skip("leader and follower are in sync", REMARKS),
    skip("Unhandled proposal scenario", REMARKS),
    skip("Detected gap between end of txnlog", REMARKS),
    skip("Cannot send TRUNC to peer sid", REMARKS),
    skip("Forcing snapshot sync", REMARKS),
    skip("too many concurrent", REMARKS),
    skip("ACK for", PIPELINE),
    skip("Somehow session", PIPELINE),
    skip("zookeeper.leader.", SETTINGS),
    skip("leader.closeSocketAsync", SETTINGS).of((3, 7, 0), (3, 7, 99)),
    skip("Server failed to authenticate quorum learner", SECURITY),
    skip("Attempting to start sending thread", NETWORK),
    skip("First packet", NETWORK),
    skip("Next packet was supposed to be an ACK", NETWORK),
    skip("{} is not ACKEPOCH", NETWORK),
    skip("unexpected quorum packet", NETWORK),
    skip("Unexpected", NETWORK),
    skip("Exception while closing socket", NETWORK),
    skip("Error closing socket", NETWORK),
    skip("Ignoring", NETWORK),
];

fn synchronizing(f: &Fields<'_>) -> Option<Event> {
    let (max, min, last, peer) = (hex(f[1])?, hex(f[2])?, hex(f[3])?, hex(f[4])?);
    Some(Event::Synchronizing { sid: sid(f[0])?, max, min, last: Some(last), peer })
}

fn sending(mode: SyncMode, f: &Fields<'_>) -> Option<Event> {
    Some(Event::Sending { sid: sid(f[1])?, mode, zxid: hex(f[0])? })
}

fn sending_snapshot(f: &Fields<'_>) -> Option<Event> {
    Some(Event::SendingSnapshot { peer: hex(f[0])?, leader: hex(f[1])?, db: hex(f[2])? })
}

fn ends(sid: Option<&str>) -> Option<Event> {
    let sid = match sid {
        Some(text) => Some(crate::conform::fields::sid(text)?),
        None => None,
    };
    Some(Event::HandlerEnds { sid })
}
