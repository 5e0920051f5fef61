//! A follower's or observer's way from its election to broadcast (`Learner`, `Follower`, `Observer`).

use super::line::Thread::{Connector, Peer};
use super::server::{Scene, Server, Unread};
use super::thrown::Thrown;
use zablab_protocol::{Decision, Port, ServerState, Settings, Sid, SyncMode, Zxid};

impl Server {
    /// The word for a role in `Peer state changed: …`.
    pub(super) fn role(&self) -> &'static str {
        match self.course.state {
            ServerState::Looking => "looking",
            ServerState::Following => "following",
            ServerState::Leading => "leading",
            ServerState::Observing => "observing",
        }
    }

    pub(super) fn is_learner(&self) -> bool {
        matches!(self.course.state, ServerState::Following | ServerState::Observing)
    }

    /// `QuorumPeer.setZabState`.
    pub(super) fn reaches(&mut self, zab: &str) {
        let what = format!("Peer state changed: {} - {zab}", self.role());
        self.log.info(Peer, "QuorumPeer@917", what);
    }

    /// `QuorumPeer.setSyncMode`.
    fn sync_mode(&mut self, mode: &str) {
        let what = format!("Peer state changed: {} - synchronization{mode}", self.role());
        self.log.info(Peer, "QuorumPeer@922", what);
    }

    /// The server object is made, and the role begins (`QuorumPeer.makeFollower`, `Follower.followLeader` and their like).
    pub(super) fn enters_role(&mut self, scene: &Scene<'_>) {
        if !std::mem::take(&mut self.course.entering) {
            return;
        }
        self.course.entered = self.log.now;
        let settings = &self.node(scene).config.settings;
        let (least, most) = (settings.min_session_time().0, settings.max_session_time().0);
        let folder = self.data_file("");
        let folder = folder.trim_end_matches('/');
        let what = format!(
            "Created server with tickTime {} ms minSessionTimeout {least} ms maxSessionTimeout {most} ms \
             clientPortListenBacklog -1 datadir {folder} snapdir {folder}",
            settings.tick_time
        );
        let patience = settings.max_time_to_wait_for_epoch.map_or(-1, |ms| ms as i64);
        let log = &mut self.log;
        if self.course.state == ServerState::Leading && !std::mem::replace(&mut self.has_led, true) {
            let what = format_args!("zookeeper.leader.maxTimeToWaitForEpoch = {patience}ms");
            log.info(Peer, "Leader@1369", what);
        }
        log.info(Peer, "ZooKeeperServer@1297", format_args!("minSessionTimeout set to {least} ms"));
        log.info(Peer, "ZooKeeperServer@1306", format_args!("maxSessionTimeout set to {most} ms"));
        log.info(Peer, "ZooKeeperServer@365", what);
        let took = log.now.saturating_sub(self.course.looks_since);
        let what = format!("{} - LEADER ELECTION TOOK - {took} MS", self.course.state);
        match self.course.state {
            ServerState::Following => log.info(Peer, "Follower@77", what),
            ServerState::Leading => log.info(Peer, "Leader@588", what),
            ServerState::Looking | ServerState::Observing => {}
        }
        self.reaches("discovery");
        if self.course.state == ServerState::Observing {
            let leader = self.course.leader;
            let address = self.address(leader, Port::Quorum);
            let what = format!("Observing new leader sid={} addr={address}", leader.0);
            self.log.info(Peer, "Observer@168", what);
        }
    }

    pub(super) fn learner_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::CannotReachLeader { leader, tries } => self.cannot_reach(scene, *leader, *tries),
            Decision::ReachedLeader { leader } => {
                self.course.connected = Some(self.log.now);
                let address = self.address(*leader, Port::Quorum);
                let what = format!("Successfully connected to leader, using address: {address}");
                self.log.info(Connector(*leader), "Learner$LeaderConnector@384", what);
            }
            Decision::Synced { mode, zxid, .. } => self.synced(*mode, *zxid),
            Decision::NewLeader { .. } => {
                self.reads_stream(Unread::NewLeader);
                self.log.info(Peer, "Learner@737", "Learner received NEWLEADER message");
                self.no_reconfiguration();
            }
            Decision::NewLeaderAcked { .. } => {
                self.sync_mode("");
                self.processors();
                if self.course.state == ServerState::Following {
                    let what = "Initialized FollowerRequestProcessor with \
                                zookeeper.follower.skipLearnerRequestToNextProcessor as false";
                    self.log.info(Peer, "FollowerRequestProcessor@59", what);
                }
            }
            Decision::Serving { .. } if self.is_learner() => {
                self.reads_stream(Unread::UpToDate);
                self.log.info(Peer, "Learner@721", "Learner received UPTODATE message");
                self.reaches("broadcast");
                self.course.serves = true;
                self.course.last_queued = Zxid::ZERO;
                self.reads_broadcast();
            }
            Decision::CommitWithoutProposal { zxid } => {
                let what = format!("Committing {:x} without seeing txn", zxid.0);
                self.log.warn(Peer, "FollowerZooKeeperServer@99", what);
            }
            _ => return false,
        }
        true
    }

    pub(super) fn no_reconfiguration(&mut self) {
        let what = "Dynamic reconfig is disabled, we don't store the last seen config.";
        self.log.info(Peer, "QuorumPeer@1892", what);
    }

    /// The request processors are set up (`setupRequestProcessors`).
    pub(super) fn processors(&mut self) {
        let what = "Configuring CommitProcessor with readBatchSize -1 commitBatchSize 1";
        self.log.info(Peer, "CommitProcessor@491", what);
        let what = "Configuring CommitProcessor with 2 worker threads.";
        self.log.info(Peer, "CommitProcessor@452", what);
    }

    /// What is left of the time for connecting (`Learner.LeaderConnector.connectToLeader`).
    fn remaining(&self, scene: &Scene<'_>) -> u64 {
        let budget = self.node(scene).config.settings.connect_time().0;
        budget.saturating_sub(self.log.now.saturating_sub(self.course.entered))
    }

    fn cannot_reach(&mut self, scene: &Scene<'_>, leader: Sid, tries: u32) {
        self.course.tries = tries + 1;
        let (left, address) = (self.remaining(scene), self.address(leader, Port::Quorum));
        let rest = format!("tries={tries}, remaining init limit={left}, connecting to {address}");
        let (thread, log) = (Connector(leader), &mut self.log);
        if tries + 1 < Settings::LEADER_CONNECT_TRIES {
            log.warn(thread, "Learner$LeaderConnector@448", format_args!("Unexpected exception, {rest}"));
            log.thrown(&Thrown::Refused, CONNECTS);
        } else {
            let what = format!("Unexpected exception, retries exceeded. {rest}");
            log.error(thread, "Learner$LeaderConnector@440", what);
            log.thrown(&Thrown::Refused, CONNECTS);
        }
    }

    /// The budget is spent, or the tries are: the last words of `LeaderConnector`.
    pub(super) fn gives_up_connecting(&mut self, leader: Sid) {
        let (address, tries) = (self.address(leader, Port::Quorum), self.course.tries);
        let refused = tries == Settings::LEADER_CONNECT_TRIES;
        let (thread, log) = (Connector(leader), &mut self.log);
        let thrown = if refused { Thrown::Refused } else { Thrown::Unanswered };
        if !refused {
            let what = format!(
                "Unexpected exception, connectToLeader exceeded. tries={tries}, remaining init limit=0, \
                 connecting to {address}"
            );
            log.error(thread, "Learner$LeaderConnector@432", what);
            log.thrown(&thrown, CONNECTS);
        }
        log.error(thread, "Learner$LeaderConnector@392", format_args!("Failed connect to {address}"));
        log.thrown(&thrown, CONNECTS);
    }

    /// The first packet of the stream.
    fn synced(&mut self, mode: SyncMode, zxid: Zxid) {
        self.course.mode = Some((mode, zxid));
        match mode {
            SyncMode::Diff => {
                let what = format!("Getting a diff from the leader {zxid}");
                self.log.info(Peer, "Learner@565", what);
                self.sync_mode(" - diff");
            }
            SyncMode::Snap => {
                self.sync_mode(" - snap");
                let what = format!("Getting a snapshot from leader {zxid}");
                self.log.info(Peer, "Learner@576", what);
            }
            SyncMode::Trunc => {
                self.sync_mode(" - trunc");
                let what = format!("Truncating log to get in sync with the leader {zxid}");
                self.log.warn(Peer, "Learner@599", what);
            }
        }
    }

    /// The main thread has read the stream up to this packet (`Learner.syncWithLeader`).
    fn reads_stream(&mut self, until: Unread) {
        while let Some(unread) = self.course.unread.pop_front() {
            match unread {
                Unread::Txn { zxid, informed } => {
                    self.next_transaction(zxid, if informed { "Learner@704" } else { "Learner@637" });
                }
                unread if unread == until => return,
                _ => {}
            }
        }
    }

    /// The main thread reads what comes (`Follower.processPacket`; an observer does not look at the order).
    pub(super) fn reads_broadcast(&mut self) {
        while let Some(unread) = self.course.unread.pop_front() {
            if let Unread::Txn { zxid, informed: false } = unread {
                self.next_transaction(zxid, "Follower@169");
            }
        }
    }

    /// `Got zxid … expected …`: in every role the first one is unexpected, for the count begins at 0.
    fn next_transaction(&mut self, zxid: Zxid, place: &str) {
        let expected = Zxid(self.course.last_queued.0.wrapping_add(1));
        if zxid != expected {
            self.log.warn(Peer, place, format_args!("Got zxid {zxid} expected {expected}"));
        }
        self.course.last_queued = zxid;
    }
}

const CONNECTS: &str = "org.apache.zookeeper.server.quorum.Learner.sockConnect(Learner.java:305)";
