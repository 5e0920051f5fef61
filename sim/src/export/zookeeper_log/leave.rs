//! A role is over (`QuorumPeer.run`, the ends of its branches; `Leader.shutdown`, `Learner.shutdown`).

use super::leader::listed;
use super::line::Thread::{Commit, Peer, Sync};
use super::server::{Scene, Server};
use super::thrown::Thrown;
use zablab_protocol::{Decision, GaveUp, Port, ServerState, Writer};

impl Server {
    pub(super) fn end_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::GaveUp { why, .. } => self.leaves(scene, why),
            Decision::LeftRole { fast_forwarded, reloaded, .. } => {
                self.reloads = *reloaded;
                // All is torn down (`QuorumPeer.updateServerState`).
                self.replayed(Peer, *fast_forwarded);
                self.log.info(Peer, "QuorumPeer@917", "Peer state changed: looking");
                self.log.warn(Peer, "QuorumPeer@1585", "PeerState set to LOOKING");
            }
            _ => return false,
        }
        true
    }

    fn leaves(&mut self, scene: &Scene<'_>, why: &GaveUp) {
        // A role may be over before it was entered.
        self.enters_role(scene);
        if let GaveUp::DiskFailed { writer: Writer::Log } = why {
            self.log_thread_ends();
        }
        match self.course.state {
            ServerState::Looking => {}
            ServerState::Leading => self.leader_leaves(why),
            ServerState::Following | ServerState::Observing => self.learner_leaves(why),
        }
    }

    /// The log could not be written (`ZooKeeperCriticalThread.handleException`).
    pub(super) fn log_thread_ends(&mut self) {
        let (thread, me) = (Sync, self.log.sid.0);
        let thrown = self.disk_error();
        let log = &mut self.log;
        let what = format!("Severe unrecoverable error, from thread : SyncThread:{me}");
        log.error(thread, "ZooKeeperCriticalThread@49", what);
        log.thrown(&thrown, "org.apache.zookeeper.server.persistence.FileTxnLog.commit(FileTxnLog.java:386)");
        let what = format!("Thread SyncThread:{me} exits, error code 1");
        log.info(thread, "ZooKeeperServerListenerImpl@43", what);
        log.info(thread, "SyncRequestProcessor@224", "SyncRequestProcessor exited!");
    }

    pub(super) fn disk_error(&self) -> Thrown {
        Thrown::Io(self.disk_error.1.to_owned())
    }

    fn learner_leaves(&mut self, why: &GaveUp) {
        const READS: &str = "org.apache.zookeeper.server.quorum.Learner.readPacket(Learner.java:228)";
        const REGISTERS: &str =
            "org.apache.zookeeper.server.quorum.Learner.registerWithLeader(Learner.java:522)";
        const CONNECTS: &str = "org.apache.zookeeper.server.quorum.Learner.connectToLeader(Learner.java:348)";
        const SYNCS: &str = "org.apache.zookeeper.server.quorum.Learner.syncWithLeader(Learner.java:560)";
        const WRITES: &str =
            "org.apache.zookeeper.server.quorum.QuorumPeer.writeLongToFile(QuorumPeer.java:2212)";
        let observes = self.course.state == ServerState::Observing;
        let io = |what: String| Some(Thrown::Io(what));
        let (thrown, frame) = match why {
            GaveUp::CannotConnect { leader } => {
                self.gives_up_connecting(*leader);
                let address = self.address(*leader, Port::Quorum);
                (io(format!("Failed connect to {address}")), CONNECTS)
            }
            GaveUp::LeaderGone { .. } => (Some(Thrown::EndOfFile), READS),
            GaveUp::LeaderSilent { .. } => (Some(Thrown::ReadTimedOut), READS),
            GaveUp::EpochTooOld { epoch, accepted } => {
                let what = format!("Leaders epoch, {} is less than accepted epoch, {}", epoch.0, accepted.0);
                (io(what), REGISTERS)
            }
            GaveUp::UnexpectedPacket { .. } => {
                (io("First packet should have been NEWLEADER".into()), REGISTERS)
            }
            // The real one goes on, or ends its process.
            GaveUp::HoleInStream { got, .. } => (io(format!("Got zxid {got} out of order")), SYNCS),
            GaveUp::CannotTruncate { zxid } => (io(format!("Not able to truncate the log {zxid}")), SYNCS),
            // The main thread sees that the server object is in state ERROR, and stops.
            GaveUp::DiskFailed { writer: Writer::Log } => (None, READS),
            GaveUp::DiskFailed { .. } => (Some(self.disk_error()), WRITES),
            _ => (None, READS),
        };
        if let Some(thrown) = thrown {
            let (place, what) = match observes {
                true => ("Observer@132", "Exception when observing the leader"),
                false => ("Follower@128", "Exception when following the leader"),
            };
            self.log.warn(Peer, place, what);
            self.log.thrown(&thrown, frame);
        }
        if let Some(since) = self.course.connected {
            let address = self.address(self.course.leader, Port::Quorum);
            let (ms, synced) = (self.log.now.saturating_sub(since), self.course.serves);
            let what = format!(
                "Disconnected from leader (with address: {address}). Was connected for {ms}ms. Sync state: {synced}"
            );
            self.log.info(Peer, if observes { "Observer@144" } else { "Follower@142" }, what);
        }
        match observes {
            true => self.log.info(Peer, "Observer@249", "shutdown Observer"),
            false => self.log.info(Peer, "Follower@286", "shutdown Follower"),
        }
        self.stops_serving();
    }

    fn leader_leaves(&mut self, why: &GaveUp) {
        const WAITS: &str = "org.apache.zookeeper.server.quorum.Leader.getEpochToPropose(Leader.java:1443)";
        const ACKS: &str = "org.apache.zookeeper.server.quorum.Leader.waitForEpochAck(Leader.java:1491)";
        const WRITES: &str =
            "org.apache.zookeeper.server.quorum.QuorumPeer.writeLongToFile(QuorumPeer.java:2212)";
        let waited = |what| Some(Thrown::Interrupted(Some(what)));
        let (thrown, frame, reason) = match why {
            GaveUp::LostQuorum { only, .. } => {
                let only = listed(only);
                let reason = format!("Not sufficient followers synced, only synced with sids: [ [{only}] ]");
                (None, WAITS, reason)
            }
            GaveUp::NewLeaderWait { only, .. } => {
                let only = listed(only);
                let reason =
                    format!("Waiting for a quorum of followers, only synced with sids: [ [{only}] ]");
                (None, WAITS, reason)
            }
            GaveUp::CounterExhausted => {
                let reason = "zxid lower 32 bits have rolled over, forcing re-election, and therefore new \
                              epoch start";
                (None, WAITS, reason.to_owned())
            }
            GaveUp::EpochWait { .. } => {
                (waited("Timeout while waiting for epoch from quorum"), WAITS, FORCED.to_owned())
            }
            GaveUp::EpochAckWait { .. } => {
                (waited("Timeout while waiting for epoch to be acked by quorum"), ACKS, FORCED.to_owned())
            }
            GaveUp::VotersChangedMind { .. } => {
                self.log.info(Peer, "Leader@1395", "Quit leading due to voter changed mind.");
                (waited("Timeout while waiting for epoch from quorum"), WAITS, FORCED.to_owned())
            }
            GaveUp::DiskFailed { writer: Writer::Log } => {
                (None, WAITS, "Unexpected internal error".to_owned())
            }
            GaveUp::DiskFailed { .. } => (Some(self.disk_error()), WRITES, FORCED.to_owned()),
            _ => (None, WAITS, FORCED.to_owned()),
        };
        if let Some(thrown) = thrown {
            self.log.warn(Peer, "QuorumPeer@1555", "Unexpected exception");
            self.log.thrown(&thrown, frame);
        }
        self.log.info(Peer, "Leader@813", "Shutting down");
        let what = format!("Shutdown called. For the reason {reason}");
        self.log.info(Peer, "Leader@819", what);
        self.stops_serving();
        for handler in std::mem::take(&mut self.course.handlers) {
            self.handler_ends(handler.port, Some(handler.sid), &Thrown::Closed, Peer);
        }
    }

    /// The processors stop, where they had begun (`ZooKeeperServer.shutdown`).
    fn stops_serving(&mut self) {
        if !std::mem::take(&mut self.course.serves) {
            return;
        }
        self.log.info(Peer, "ZooKeeperServer@839", "shutting down");
        match self.course.state {
            ServerState::Following => self.log.info(Peer, "FollowerRequestProcessor@172", "Shutting down"),
            ServerState::Observing => self.log.info(Peer, "ObserverRequestProcessor@161", "Shutting down"),
            ServerState::Leading => self.log.info(Peer, "PrepRequestProcessor@1072", "Shutting down"),
            ServerState::Looking => {}
        }
        self.log.info(Peer, "CommitProcessor@632", "Shutting down");
        self.log.info(Commit, "CommitProcessor@420", "CommitProcessor exited loop!");
        let what = "shutdown of request processor complete";
        self.log.info(Peer, "FinalRequestProcessor@684", what);
    }
}

const FORCED: &str = "Forcing shutdown";
