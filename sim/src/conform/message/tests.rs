use super::super::event::ZabState;
use super::*;
use zablab_protocol::{
    Epoch, Notification, Round, ServerState as S, SessionId, Sid, SyncMode as M, Vote, Zxid,
};

fn said(class: &str, message: &str) -> Said {
    super::class(class.as_bytes()).map_or(Said::Unknown, |class| class.read(message).0)
}

fn heard(from: i64, state: S, leader: i64, round: u64, epoch: i64, my_state: Option<S>) -> Event {
    let vote = Vote { leader: Sid(leader), zxid: Zxid(0x2_0000_0005), peer_epoch: Epoch(epoch) };
    Event::Heard { from: Sid(from), said: Notification { state, vote, round: Round(round) }, my_state }
}

const Z: Zxid = Zxid(0x1_0000_0002);

#[test]
fn every_event_has_its_lines() {
    let one = Sid(1);
    let session = SessionId(0x0100_000d_2e19_0000);
    let synchronizing = |last| Event::Synchronizing { sid: one, max: Z, min: Zxid(1), last, peer: Zxid(0) };
    let setting = |key, value| Event::Setting { key, value };
    for (class, message, event) in [
        ("QuorumPeerConfig", "Reading configuration from: /etc/zoo.cfg", Event::ReadingConfig),
        ("QuorumPeerMain", "Starting quorum peer, myid=1", Event::StartingPeer { sid: Some(one) }),
        ("QuorumPeerMain", "Starting quorum peer", Event::StartingPeer { sid: None }),
        ("QuorumPeer", "tickTime set to 2000", setting("tickTime", 2000)),
        ("QuorumPeer", "initLimit set to 10", setting("initLimit", 10)),
        ("QuorumPeer", "syncLimit set to 5", setting("syncLimit", 5)),
        ("QuorumPeer", "minSessionTimeout set to 4000", setting("minSessionTimeout", 4000)),
        ("ZooKeeperServer", "maxSessionTimeout set to 40000 ms", setting("maxSessionTimeout", 40_000)),
        ("QuorumPeer", "connectToLearnerMasterLimit set to 0", setting("connectToLearnerMasterLimit", 0)),
        ("QuorumPeer", "Local sessions disabled", setting("localSessionsEnabled", 0)),
        ("ZKDatabase", "zookeeper.snapshotSizeFactor = 0.33", setting("snapshotSizeFactor", 330)),
        ("ZKDatabase", "zookeeper.snapshotSizeFactor = -1.0", setting("snapshotSizeFactor", -1000)),
        ("ZKDatabase", "zookeeper.commitLogCount=500", setting("commitLogCount", 500)),
        (
            "FastLeaderElection",
            "zookeeper.fastleader.minNotificationInterval=200",
            setting("minNotificationInterval", 200),
        ),
        (
            "FastLeaderElection",
            "zookeeper.fastleader.maxNotificationInterval = 60000 ms",
            setting("maxNotificationInterval", 60_000),
        ),
        ("Leader", "zookeeper.leader.maxTimeToWaitForEpoch = -1ms", setting("maxTimeToWaitForEpoch", -1)),
        (
            "FileTxnSnapLog",
            "Snapshotting: 0x100000002 to /v/version-2/snapshot.100000002",
            Event::Snapshotting { zxid: Z },
        ),
        ("FileSnap", "Reading snapshot /v/version-2/snapshot.100000002", Event::ReadingSnapshot { zxid: Z }),
        ("FileTxnSnapLog", "12 txns loaded in 3 ms", Event::TxnsLoaded { count: 12 }),
        (
            "ZKDatabase",
            "Snapshot loaded in 13 ms, highest zxid is 0x100000002, digest is 137",
            Event::DatabaseLoaded { zxid: Z },
        ),
        (
            "QuorumPeer",
            "currentEpoch not found! Creating with a reasonable default of 0. This should only happen when you are upgrading your installation",
            Event::CurrentEpochMade { epoch: 0 },
        ),
        (
            "QuorumPeer",
            "acceptedEpoch not found! Creating with a reasonable default of 3. This should only happen",
            Event::AcceptedEpochMade { epoch: 3 },
        ),
        ("QuorumPeer", "Unable to load database on disk", Event::CannotLoad),
        ("ServiceUtils", "Exiting JVM with code 2", Event::Exiting { code: Some(2) }),
        ("QuorumPeerMain", "Invalid config, exiting abnormally", Event::Exiting { code: None }),
        (
            "QuorumPeerMain",
            "Either no config or no quorum defined in config, running  in standalone mode",
            Event::Standalone,
        ),
        (
            "QuorumCnxManager",
            "1 is accepting connections now, my election bind port: /1.2.3.4:3888",
            Event::ElectionPortOpen { sid: Some(one) },
        ),
        (
            "QuorumCnxManager",
            "My election bind port: 0.0.0.0/0.0.0.0:3888",
            Event::ElectionPortOpen { sid: None },
        ),
        ("QuorumPeer", "LOOKING", Event::Looking),
        (
            "FastLeaderElection",
            "New election. My id =  1, proposed zxid=0x100000002",
            Event::NewElection { sid: one, zxid: Z },
        ),
        (
            "FastLeaderElection",
            "Notification: my state:LOOKING; n.sid:2, n.state:FOLLOWING, n.leader:3, n.round:0x1a, n.peerEpoch:0x2, \
             n.zxid:0x200000005, message format version:0x2, n.config version:0x0",
            heard(2, S::Following, 3, 0x1a, 2, Some(S::Looking)),
        ),
        (
            "FastLeaderElection",
            "Notification: 1 (message format version), 3 (n.leader), 0x200000005 (n.zxid), 0x1a (n.round), LEADING (n.state), \
             3 (n.sid), 0x2 (n.peerEpoch) FOLLOWING (my state)",
            heard(3, S::Leading, 3, 0x1a, 2, Some(S::Following)),
        ),
        (
            "FastLeaderElection",
            "Notification: 2 (message format version), 3 (n.leader), 0x200000005 (n.zxid), 0x1 (n.round), LOOKING (n.state), \
             1 (n.sid), 0x4 (n.peerEPoch), LOOKING (my state)0 (n.config version)",
            heard(1, S::Looking, 3, 1, 4, Some(S::Looking)),
        ),
        (
            "FastLeaderElection",
            "Notification: 3 (n.leader), 0x200000005 (n.zxid), 0x1 (n.round), LOOKING (n.state), 1 (n.sid), 0x4 (n.peerEPoch), \
             LOOKING (my state)",
            heard(1, S::Looking, 3, 1, 4, Some(S::Looking)),
        ),
        (
            "FastLeaderElection",
            "Notification: 2 (message format version), 3 (n.leader), 0x200000005 (n.zxid), 0x1 (n.round), LOOKING (n.state), \
             1 (n.sid), 0x4 (n.peerEPoch)",
            heard(1, S::Looking, 3, 1, 4, None),
        ),
        ("FastLeaderElection", "Notification time out: 400 ms", Event::NotificationTimeout { next: 400 }),
        ("FastLeaderElection", "Notification time out: 60000", Event::NotificationTimeout { next: 60_000 }),
        ("FastLeaderElection", "Oracle indicates not to follow", Event::Oracle),
        (
            "QuorumCnxManager",
            "Cannot open channel to 1 at election address h1/1.2.3.4:3888",
            Event::CannotOpenChannel { to: one },
        ),
        ("QuorumCnxManager", "Received connection request from /1.2.3.4:33656", Event::ConnectionRequest),
        ("QuorumCnxManager", "Received connection request /1.2.3.4:33656", Event::ConnectionRequest),
        (
            "QuorumCnxManager",
            "Have smaller server identifier, so dropping the connection: (myId:0 --> sid:1)",
            Event::DroppedConnection { to: one },
        ),
        (
            "QuorumCnxManager",
            "Have smaller server identifier, so dropping the connection: (1, 0)",
            Event::DroppedConnection { to: one },
        ),
        (
            "QuorumCnxManager",
            "Connection broken for id 1, my id = 2, error = ",
            Event::ChannelBroken { with: one },
        ),
        ("QuorumCnxManager", "Interrupting SendWorker", Event::ChannelEnds),
        ("QuorumCnxManager", "Interrupted while waiting for message on queue", Event::ChannelEnds),
        ("QuorumCnxManager", "Send worker leaving thread  id 2 my id = 1", Event::ChannelEnds),
        ("QuorumCnxManager", "Exception when using channel: for id 2 my id = 1", Event::ChannelEnds),
        (
            "QuorumCnxManager",
            "We got a connection request from a server with our own ID. This should be either a configuration error, or a bug.",
            Event::OwnIdCalls,
        ),
        (
            "QuorumPeer",
            "Peer state changed: looking",
            Event::StateChanged { state: S::Looking, zab: None, mode: None },
        ),
        (
            "QuorumPeer",
            "Peer state changed: leading - broadcast",
            Event::StateChanged { state: S::Leading, zab: Some(ZabState::Broadcast), mode: None },
        ),
        (
            "QuorumPeer",
            "Peer state changed: following - synchronization - snap",
            Event::StateChanged {
                state: S::Following,
                zab: Some(ZabState::Synchronization),
                mode: Some(M::Snap),
            },
        ),
        ("QuorumPeer", "FOLLOWING", Event::Role { state: S::Following }),
        ("QuorumPeer", "LEADING", Event::Role { state: S::Leading }),
        ("QuorumPeer", "OBSERVING", Event::Role { state: S::Observing }),
        ("Leader", "LEADING - LEADER ELECTION TOOK - 247", Event::ElectionTook { state: S::Leading }),
        ("Follower", "FOLLOWING - LEADER ELECTION TOOK - 52 MS", Event::ElectionTook { state: S::Following }),
        ("QuorumPeer", "PeerState set to LOOKING", Event::SetToLooking),
        (
            "Learner",
            "Successfully connected to leader, using address: h/1.2.3.4:2888",
            Event::ReachedLeader { port: Some(2888) },
        ),
        (
            "Learner",
            "Unexpected exception, tries=0, remaining init limit=19999, connecting to /1.2.3.4:2888",
            Event::CannotReachLeader { tries: 0, port: Some(2888) },
        ),
        (
            "Learner",
            "Unexpected exception, tries=3, connecting to h/1.2.3.4:2888",
            Event::CannotReachLeader { tries: 3, port: Some(2888) },
        ),
        (
            "Learner",
            "Unexpected exception, retries exceeded. tries=4, remaining init limit=1, connecting to /1.2.3.4:2888",
            Event::GaveUpConnecting,
        ),
        ("Learner", "Failed connect to /1.2.3.4:2888", Event::GaveUpConnecting),
        ("Learner", "Unexpected exception", Event::GaveUpConnecting),
        ("Learner", "Getting a diff from the leader 0x100000002", Event::Synced { mode: M::Diff, zxid: Z }),
        ("Learner", "Getting a snapshot from leader 0x100000002", Event::Synced { mode: M::Snap, zxid: Z }),
        ("Learner", "Getting a snapshot from leader", Event::Synced { mode: M::Snap, zxid: Zxid::NONE }),
        (
            "Learner",
            "Truncating log to get in sync with the leader 0x100000002",
            Event::Synced { mode: M::Trunc, zxid: Z },
        ),
        (
            "Learner",
            "Got zxid 0x100000002 expected 0x1",
            Event::FirstProposal { zxid: Z, expected: Zxid(1), syncing: true },
        ),
        (
            "Follower",
            "Got zxid 0x100000002 expected 0x1",
            Event::FirstProposal { zxid: Z, expected: Zxid(1), syncing: false },
        ),
        (
            "Learner",
            "DIFF sync got new epoch proposal 0x100000002, last queued 0x3, expected 0x4",
            Event::FirstProposal { zxid: Z, expected: Zxid(4), syncing: true },
        ),
        ("Learner", "Learner received NEWLEADER message", Event::NewLeader),
        ("Learner", "Learner received UPTODATE message", Event::UpToDate),
        (
            "Learner",
            "Leaders epoch, 1 is less than accepted epoch, 2",
            Event::EpochTooOld { epoch: 1, accepted: 2 },
        ),
        ("Follower", "Exception when following the leader", Event::LearnerFailed),
        ("Observer", "Exception when observing the leader", Event::LearnerFailed),
        (
            "Follower",
            "Disconnected from leader (with address: /1.2.3.4:2888). Was connected for 12ms. Sync state: true",
            Event::Disconnected { synced: true },
        ),
        ("Follower", "shutdown Follower", Event::LearnerShutdown),
        ("Observer", "shutdown called", Event::LearnerShutdown),
        ("Learner", "Revalidating client: 0x100000d2e190000", Event::Revalidating { session }),
        (
            "LearnerHandler",
            "Follower sid: 1 : info : 1.2.3.4:2888:3888:participant",
            Event::LearnerArrived { sid: one, observer: false },
        ),
        (
            "LearnerHandler",
            "Follower sid: 1 : info : 1.2.3.4:2888:3888:observer",
            Event::LearnerArrived { sid: one, observer: true },
        ),
        (
            "LearnerHandler",
            "Synchronizing with Learner sid: 1 maxCommittedLog=0x100000002 minCommittedLog=0x1 lastProcessedZxid=0x100000003 \
             peerLastZxid=0x0",
            synchronizing(Some(Zxid(0x1_0000_0003))),
        ),
        (
            "LearnerHandler",
            "Synchronizing with Follower sid: 1 maxCommittedLog=0x100000002 minCommittedLog=0x1 peerLastZxid=0x0",
            synchronizing(None),
        ),
        ("LearnerHandler", "Using committedLog for peer sid: 1", Event::UsingCommittedLog { sid: one }),
        ("LearnerHandler", "Use txnlog and committedLog for peer sid: 1", Event::UsingTxnLog { sid: one }),
        (
            "LearnerHandler",
            "Unhandled scenario for peer sid: 1 maxCommittedLog=0x1 minCommittedLog=0x1 lastProcessedZxid=0x1",
            Event::Unhandled { sid: one },
        ),
        (
            "ZKDatabase",
            "On disk txn sync enabled with snapshotSizeFactor 0.33",
            Event::TxnLogSync { enabled: true },
        ),
        ("ZKDatabase", "On disk txn sync disabled", Event::TxnLogSync { enabled: false }),
        (
            "ZKDatabase",
            "Unable to find proposals from txnlog for zxid: 0x100000002",
            Event::NotInTxnLog { zxid: Z },
        ),
        (
            "ZKDatabase",
            "Unable to find proposals from txnlog for zxid: 4294967298",
            Event::NotInTxnLog { zxid: Z },
        ),
        ("ZKDatabase", "Txnlog size: 12 exceeds sizeLimit: 3", Event::TxnLogTooLarge { size: 12, limit: 3 }),
        (
            "LearnerHandler",
            "Sending DIFF zxid=0x100000002  for peer sid: 1",
            Event::Sending { sid: one, mode: M::Diff, zxid: Z },
        ),
        (
            "LearnerHandler",
            "Sending TRUNC zxid=0x100000002 for peer sid: 1",
            Event::Sending { sid: one, mode: M::Trunc, zxid: Z },
        ),
        (
            "LearnerHandler",
            "Sending snapshot last zxid of peer is 0x0, zxid of leader is 0x100000002, send zxid of db as 0x1, 1 concurrent \
             snapshot sync, snapshot sync was exempt from throttle",
            Event::SendingSnapshot { peer: Zxid(0), leader: Z, db: Zxid(1) },
        ),
        (
            "LearnerHandler",
            "Sending snapshot last zxid of peer is 0x0  zxid of leader is 0x100000002sent zxid of db as 0x1",
            Event::SendingSnapshot { peer: Zxid(0), leader: Z, db: Zxid(1) },
        ),
        (
            "Leader",
            "Have quorum of supporters, sids: [[1, 2]]; starting up and setting last processed zxid: 0x100000002",
            Event::Supporters { sids: vec![one, Sid(2)], zxid: Z },
        ),
        (
            "Leader",
            "Have quorum of supporters, sids: [ 1,2 ]; starting up and setting last processed zxid: 0x100000002",
            Event::Supporters { sids: vec![one, Sid(2)], zxid: Z },
        ),
        (
            "Leader",
            "Shutdown called. For the reason Not sufficient followers synced, only synced with sids: [ [1] ]",
            Event::LeaderShutdown {
                reason: "Not sufficient followers synced, only synced with sids: [ [1] ]".into(),
                only: Some(vec![one]),
            },
        ),
        ("Leader", "Shutdown called", Event::LeaderShutdown { reason: "".into(), only: None }),
        ("LearnerHandler", "******* GOODBYE /1.2.3.4:5 ********", Event::HandlerEnds { sid: None }),
        (
            "LearnerHandler",
            "******* GOODBYE sid:1 /1.2.3.4:5 ********",
            Event::HandlerEnds { sid: Some(one) },
        ),
        (
            "LearnerHandler",
            "Synchronously closing socket to learner 1.",
            Event::HandlerEnds { sid: Some(one) },
        ),
        ("FileTxnLog", "Creating new log file: log.100000002", Event::NewLogFile { zxid: Z }),
        (
            "FileTxnLog",
            "Current zxid 4294967298 is <= 4294967299 for setData",
            Event::LogOutOfOrder { zxid: Z, last: Zxid(0x1_0000_0003) },
        ),
        (
            "LeaderSessionTracker",
            "Committing global session 0x100000d2e190000",
            Event::SessionOpened { session },
        ),
        (
            "ZooKeeperServer",
            "Expiring session 0x100000d2e190000, timeout of 4000ms exceeded",
            Event::SessionExpiring { session },
        ),
        (
            "QuorumZooKeeperServer",
            "Submitting global closeSession request for session 0x100000d2e190000",
            Event::SessionClosing { session },
        ),
        ("NIOServerCnxn", "Close of session 0x100000d2e190000", Event::SessionClosing { session }),
        ("ZooKeeperCriticalThread", "Severe unrecoverable error, from thread : SyncThread:1", Event::Severe),
    ] {
        assert_eq!(said(class, message), Said::Event(event), "{class}: {message}");
    }
}

#[test]
fn what_does_not_bear_on_the_protocol_is_ignored_with_a_reason() {
    for (class, message, why) in [
        ("NIOServerCnxn", "Close of session 0x0", why::CLIENTS),
        ("NIOServerCnxn", "Processing mntr command from /127.0.0.1:1", why::CLIENTS),
        ("QuorumPeerConfig", "clientPortAddress is 127.0.0.1:10011", why::SETTINGS),
        ("Leader", "zookeeper.leader.ackLoggingFrequency = 1000", why::SETTINGS),
        ("ZookeeperBanner", "", why::SETUP),
        ("QuorumPeer", "Dynamic reconfig is disabled, we don't store the last seen config.", why::DYNAMIC),
    ] {
        assert_eq!(said(class, message), Said::Ignored(why), "{class}: {message}");
    }
}

#[test]
fn a_message_that_does_not_go_on_as_it_begins_is_malformed() {
    for (class, message, pattern) in [
        ("QuorumPeerMain", "Starting quorum peer, myid=x", "Starting quorum peer, myid={}"),
        ("FastLeaderElection", "Notification time out: soon", "Notification time out: {} ms"),
        ("QuorumPeer", "Peer state changed: following - elsewhere", "Peer state changed: {}"),
        (
            "Learner",
            "Unexpected exception, tries=x, remaining init limit=1, connecting to a:1",
            "Unexpected exception, tries={}, remaining init limit={}, connecting to {}",
        ),
    ] {
        assert_eq!(said(class, message), Said::Malformed(pattern), "{message}");
    }
    assert_eq!(said("QuorumPeer", "LOOKINGS"), Said::Malformed("LOOKING"));
    assert_eq!(said("QuorumPeer", "a new message"), Said::Unknown);
    assert_eq!(said("Stranger", "LOOKING"), Said::Unknown);
}
