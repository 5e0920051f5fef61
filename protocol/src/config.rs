//! What a server is told at start: who the members are, and the settings that bear on the quorum.

use crate::defects::{Defect, Defects};
use crate::ids::{Millis, Sid};
use crate::quorum::{PeerType, QuorumVerifier};
use crate::sync_order::SyncOrder;
use std::sync::Arc;

/// The settings of one server, under zoo.cfg's own names (protocol reference §11).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// `tickTime`, ms.
    pub tick_time: u64,
    /// `initLimit`, ticks: bounds connecting to a leader, and each wait of discovery and synchronization.
    pub init_limit: u64,
    /// `syncLimit`, ticks: bounds silence on a quorum connection after NEWLEADER.
    pub sync_limit: u64,
    /// `connectToLearnerMasterLimit`, ticks; 0 = initLimit.
    pub connect_to_learner_master_limit: u64,
    /// `minSessionTimeout`, ms: the shortest session a client gets; `None` = 2 ticks.
    pub min_session_timeout: Option<u64>,
    /// `maxSessionTimeout`, ms: the longest session a client gets; `None` = 20 ticks.
    pub max_session_timeout: Option<u64>,
    /// `zookeeper.cnxTimeout`, ms: how long an election connection may take.
    pub cnx_timeout: u64,
    /// `zookeeper.fastleader.minNotificationInterval`, ms.
    pub min_notification_interval: u64,
    /// `zookeeper.fastleader.maxNotificationInterval`, ms.
    pub max_notification_interval: u64,
    /// `zookeeper.leader.maxTimeToWaitForEpoch`, ms; `None` = off (ZOOKEEPER-3109).
    pub max_time_to_wait_for_epoch: Option<u64>,
    /// `zookeeper.commitLogCount`: transactions kept in memory for a DIFF. The real server refuses less than
    /// 500; the machine takes any number, so that small runs reach every sync mode.
    pub commit_log_count: usize,
    /// `zookeeper.snapshotSizeFactor` in thousandths; negative = never sync from the log on disk.
    pub snapshot_size_factor: i64,
    /// `zookeeper.forceSnapshotSync`.
    pub force_snapshot_sync: bool,
    /// `snapCount`: a snapshot is taken, and the log rolled, after half to all of this many transactions.
    pub snap_count: u64,
    /// `preAllocSize`, KB: the log file is padded ahead in steps of this size.
    pub pre_alloc_size: u64,
    /// `zookeeper.maxBatchSize`: transactions that one fsync may cover.
    pub max_batch_size: usize,
    /// `standaloneEnabled`: the only server in its list serves without an election.
    pub standalone_enabled: bool,
    /// Whether this machine has the address that the lists give for its sid, or `quorumListenOnAllIPs` lets it listen all the
    /// same. Else it can open neither its election nor its quorum port, and ends with 14.
    pub listens: bool,
    /// `zookeeper.testingonly.initialZxid`: the counter an epoch starts from.
    pub initial_counter: Option<u32>,
    /// What a learner does at NEWLEADER, in which order; all but the default lose something.
    pub newleader: SyncOrder,
    /// What is deliberately wrong with the machine; nothing, but where a tester is put to the test.
    pub defects: Defects,
}

impl Default for Settings {
    /// ZooKeeper's defaults, with the sample configuration's tickTime 2000, initLimit 10, syncLimit 5.
    fn default() -> Settings {
        Settings {
            tick_time: 2000,
            init_limit: 10,
            sync_limit: 5,
            connect_to_learner_master_limit: 0,
            min_session_timeout: None,
            max_session_timeout: None,
            cnx_timeout: 5000,
            min_notification_interval: 200,
            max_notification_interval: 60_000,
            max_time_to_wait_for_epoch: None,
            commit_log_count: 500,
            snapshot_size_factor: 330,
            force_snapshot_sync: false,
            snap_count: 100_000,
            pre_alloc_size: 65_536,
            max_batch_size: 1000,
            standalone_enabled: true,
            listens: true,
            initial_counter: None,
            newleader: SyncOrder::default(),
            defects: Defects::default(),
        }
    }
}

impl Settings {
    /// How long LOOKING listens on after a quorum agreed (`FastLeaderElection.finalizeWait`).
    pub const FINALIZE_WAIT: Millis = Millis(200);
    /// How long a server tries to open its election port: `electionPortBindRetry` tries, 3, each followed by 1 s
    /// (`QuorumCnxManager.Listener`).
    pub const BIND_TIME: Millis = Millis(3000);
    /// Pause between two tries to reach the leader (`leaderConnectDelayDuringRetryMs`).
    pub const LEADER_CONNECT_DELAY: Millis = Millis(100);
    /// Tries to reach the leader before the follower gives up (`Learner.connectToLeader`).
    pub const LEADER_CONNECT_TRIES: u32 = 5;

    /// Whether the machine has this fault.
    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defects.has(defect)
    }

    /// initLimit as a time.
    pub fn init_time(&self) -> Millis {
        Millis(self.init_limit * self.tick_time)
    }

    /// syncLimit as a time.
    pub fn sync_time(&self) -> Millis {
        Millis(self.sync_limit * self.tick_time)
    }

    /// The budget for reaching the leader.
    pub fn connect_time(&self) -> Millis {
        match self.connect_to_learner_master_limit {
            0 => self.init_time(),
            ticks => Millis(ticks * self.tick_time),
        }
    }

    /// The session time-out that a client gets which asks for `wanted` (`ZooKeeperServer.processConnectRequest`).
    pub fn session_timeout(&self, wanted: Millis) -> Millis {
        wanted.max(self.min_session_time()).min(self.max_session_time())
    }

    /// The shortest session a client gets.
    pub fn min_session_time(&self) -> Millis {
        Millis(self.min_session_timeout.unwrap_or(2 * self.tick_time))
    }

    /// The longest session a client gets.
    pub fn max_session_time(&self) -> Millis {
        Millis(self.max_session_timeout.unwrap_or(20 * self.tick_time))
    }

    /// Half a tick: the leader's ping period.
    pub fn half_tick(&self) -> Millis {
        Millis(self.tick_time / 2)
    }
}

/// Everything one server knows about itself and the ensemble before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// Its own id.
    pub sid: Sid,
    /// The members as this server's own server list has them.
    pub verifier: Arc<QuorumVerifier>,
    /// Its settings.
    pub settings: Settings,
}

impl Config {
    /// Whether this server votes; one that is not in its own list does not.
    pub fn is_participant(&self) -> bool {
        self.verifier.is_voter(self.sid)
    }

    /// Whether it has nobody to agree with and serves alone (`QuorumPeerMain`, `ZooKeeperServerMain`).
    pub fn is_standalone(&self) -> bool {
        self.settings.standalone_enabled && self.verifier.members().count() == 1
    }

    /// Participant or observer.
    pub fn peer_type(&self) -> PeerType {
        if self.is_participant() { PeerType::Participant } else { PeerType::Observer }
    }
}
