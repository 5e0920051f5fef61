//! Elections and their connections: `FastLeaderElection`, `QuorumCnxManager`.

use super::why::{ADMIN, DYNAMIC, NETWORK, PIPELINE, REMARKS, SECURITY, SETTINGS};
use super::{Shape, says, skip};
use crate::conform::event::Event;
use crate::conform::fields::{Fields, hex, hex_number, number, sid, state};
use zablab_protocol::{Epoch, Notification, Round, Vote};

pub(super) const ELECTION: &[Shape] = &[
    says(
        "Notification: my state:{}; n.sid:{}, n.state:{}, n.leader:{}, n.round:0x{}, n.peerEpoch:0x{}, n.zxid:0x{}, \
         message format version:0x{}",
        |f| heard(f, [1, 2, 3, 4, 5, 6], Some(0)),
    )
    .of((3, 6, 0), (3, 9, 99)),
    // 3.4.6 to 3.4.14: `n.peerEpoch` and no comma behind it.
    says(
        "Notification: {} (message format version), {} (n.leader), 0x{} (n.zxid), 0x{} (n.round), {} (n.state), \
         {} (n.sid), 0x{} (n.peerEpoch) {} (my state)",
        |f| heard(f, [5, 4, 1, 3, 6, 2], Some(7)),
    )
    .of((3, 4, 0), (3, 4, 99)),
    says(
        "Notification: {} (message format version), {} (n.leader), 0x{} (n.zxid), 0x{} (n.round), {} (n.state), \
         {} (n.sid), 0x{} (n.peerEPoch), {} (my state)",
        |f| heard(f, [5, 4, 1, 3, 6, 2], Some(7)),
    )
    .of((3, 5, 0), (3, 5, 99)),
    // Before 3.4.6.
    says(
        "Notification: {} (n.leader), 0x{} (n.zxid), 0x{} (n.round), {} (n.state), {} (n.sid), 0x{} (n.peerEPoch), \
         {} (my state)",
        |f| heard(f, [4, 3, 0, 2, 5, 1], Some(6)),
    )
    .of((3, 4, 0), (3, 4, 5)),
    says(
        "Notification: {} (message format version), {} (n.leader), 0x{} (n.zxid), 0x{} (n.round), {} (n.state), \
         {} (n.sid), 0x{} (n.peerEPoch)",
        |f| heard(f, [5, 4, 1, 3, 6, 2], None),
    ),
    says("Notification time out: {} ms", |f| Some(Event::NotificationTimeout { next: number(f[0])? }))
        .of((3, 8, 0), (3, 9, 99)),
    says("Notification time out: {}", |f| Some(Event::NotificationTimeout { next: number(f[0])? }))
        .of((3, 4, 0), (3, 7, 99)),
    says("New election. My id = {}, proposed zxid=0x{}", |f| {
        Some(Event::NewElection { sid: sid(f[0])?, zxid: hex(f[1])? })
    }),
    says("Oracle indicates not to follow", |_| Some(Event::Oracle)).of((3, 8, 0), (3, 9, 99)),
    says("zookeeper.fastleader.minNotificationInterval = {} ms", |f| setting("minNotificationInterval", f))
        .of((3, 8, 0), (3, 9, 99)),
    says("zookeeper.fastleader.maxNotificationInterval = {} ms", |f| setting("maxNotificationInterval", f))
        .of((3, 8, 0), (3, 9, 99)),
    says("zookeeper.fastleader.minNotificationInterval={}", |f| setting("minNotificationInterval", f))
        .of((3, 6, 0), (3, 7, 99)),
    says("zookeeper.fastleader.maxNotificationInterval={}", |f| setting("maxNotificationInterval", f))
        .of((3, 6, 0), (3, 7, 99)),
    skip("Oracle indicates to follow", REMARKS).of((3, 8, 0), (3, 9, 99)),
    skip("Notification state unrec", NETWORK),
    skip("Backward compatibility mode", NETWORK),
    skip("Got a short response", NETWORK),
    skip("Skipping the processing of a partial / malformed", NETWORK),
    skip("Ignoring notification", NETWORK),
    skip("Interrupted Exception while waiting for new message", NETWORK),
    skip("Something went wrong while processing config", DYNAMIC),
    skip("restarting leader election", DYNAMIC),
    skip("{} Received version: {} my version: {}", DYNAMIC),
    skip("WorkerReceiver is down", PIPELINE),
    skip("WorkerSender is down", PIPELINE),
    skip("Failed to register with JMX", ADMIN),
    skip("Failed to unregister with JMX", ADMIN),
];

/// `at`: where sender, its state, leader, round, peerEpoch and zxid stand among the fields.
fn heard(f: &Fields<'_>, at: [usize; 6], my_state: Option<usize>) -> Option<Event> {
    let [from, its_state, leader, round, epoch, zxid] = at.map(|at| f[at]);
    let vote = Vote { leader: sid(leader)?, zxid: hex(zxid)?, peer_epoch: Epoch(hex_number(epoch)?) };
    // A server that has just entered its role may still send the vote it started with: its round is -1 (`Vote`), and has
    // all bits set here.
    let round = Round(hex(round)?.0 as u64);
    let said = Notification { state: state(its_state)?, vote, round };
    let my_state = match my_state {
        Some(at) => Some(state(f[at])?),
        None => None,
    };
    Some(Event::Heard { from: sid(from)?, said, my_state })
}

fn setting(key: &'static str, f: &Fields<'_>) -> Option<Event> {
    Some(Event::Setting { key, value: number(f[0])? })
}

pub(super) const CONNECTIONS: &[Shape] = &[
    says("{} is accepting connections now, my election bind port:", |f| {
        Some(Event::ElectionPortOpen { sid: Some(sid(f[0])?) })
    })
    .of((3, 5, 8), (3, 9, 99)),
    says("My election bind port:", |_| Some(Event::ElectionPortOpen { sid: None })).of((3, 4, 0), (3, 6, 0)),
    says("Cannot open channel to {} at election address", |f| {
        Some(Event::CannotOpenChannel { to: sid(f[0])? })
    }),
    says("Cannot open secure channel to {} at election address", |f| {
        Some(Event::CannotOpenChannel { to: sid(f[0])? })
    }),
    says("None of the addresses ({}) are reachable for sid {}", |f| {
        Some(Event::CannotOpenChannel { to: sid(f[1])? })
    })
    .of((3, 6, 0), (3, 6, 0)),
    says("Received connection request", |_| Some(Event::ConnectionRequest)),
    says("Have smaller server identifier, so dropping the connection: (myId:{} --> sid:{})", |f| {
        Some(Event::DroppedConnection { to: sid(f[1])? })
    })
    .of((3, 5, 8), (3, 9, 99)),
    says("Have smaller server identifier, so dropping the connection: ({}, {})", |f| {
        Some(Event::DroppedConnection { to: sid(f[0])? })
    })
    .of((3, 4, 0), (3, 6, 0)),
    says("Connection broken for id {}, my id = {}", |f| Some(Event::ChannelBroken { with: sid(f[0])? })),
    says("Interrupting SendWorker", |_| Some(Event::ChannelEnds)),
    says("Interrupted while waiting for message on queue", |_| Some(Event::ChannelEnds)),
    says("Send worker leaving thread", |_| Some(Event::ChannelEnds)),
    says("Exception when using channel:", |_| Some(Event::ChannelEnds)),
    says("Failed to send last message. Shutting down thread.", |_| Some(Event::ChannelEnds)),
    says("destination address {} not reachable anymore", |_| Some(Event::ChannelEnds)),
    says("We got a connection request from a server with our own ID", |_| Some(Event::OwnIdCalls)),
    skip("Election port bind maximum retries is", SETTINGS),
    skip("'{}' contains invalid value", SETTINGS),
    skip("Setting arbitrary identifier to observer", REMARKS),
    skip("Leaving listener", NETWORK),
    skip("As I'm leaving the listener thread", NETWORK),
    skip("Exception while listening", NETWORK),
    skip("Exception when shutting down listener", NETWORK),
    skip("Exception while closing", NETWORK),
    skip("Exception while connecting", NETWORK),
    skip("Exception handling connection", NETWORK),
    skip("Exception while submitting quorum connection request", NETWORK),
    skip("Exception reading or writing challenge", NETWORK),
    skip("Ignoring exception reading or writing challenge", NETWORK),
    skip("Error closing server socket", NETWORK),
    skip("Error while accessing socket", NETWORK),
    skip("Got interrupted before joining the listener", NETWORK),
    skip("The socket is listening for the election accepted and it timed out", NETWORK),
    skip("Interrupted while sleeping", NETWORK),
    skip("Initial message parsing error", NETWORK),
    skip("Invalid server id", NETWORK),
    skip("SecurityException in getByName", NETWORK),
    skip("No queue", NETWORK),
    skip("Read only {} bytes out of", NETWORK),
    skip("Unreasonable buffer length", NETWORK),
    skip("Unable to", NETWORK),
    skip("Unexpected error", NETWORK),
    skip("BufferUnderflowException", NETWORK),
    skip("Creating TLS-", SECURITY),
    skip("SSL handshake complete", SECURITY),
    skip("Accepted TLS connection", SECURITY),
    skip("TLS", SECURITY),
    skip("org.apache.zookeeper.common.X509Exception", SECURITY),
];
