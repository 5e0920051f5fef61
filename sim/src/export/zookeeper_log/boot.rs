//! A process starts: its configuration, its data, its election port (`QuorumPeerMain`, `QuorumPeer.start`).

use super::line::Thread::{self, Boot, Listener};
use super::server::{Course, Scene, Server};
use super::zoo_cfg::size_factor;
use zablab_protocol::{Decision, Port, Settings};

impl Server {
    /// The process is there, and reads its configuration.
    pub(super) fn started(&mut self, scene: &Scene<'_>) {
        let config = self.node(scene).config.clone();
        let settings = &config.settings;
        let sid = config.sid.0;
        self.course = Course::looking(self.log.now);
        self.boots = true;
        let client = self.log.addresses.port(config.sid, Port::Client);
        let log = &mut self.log;
        log.knows_id = false;
        let file = format!("Reading configuration from: /var/lib/zookeeper/{sid}/zoo.cfg");
        log.info(Boot, "QuorumPeerConfig@177", file);
        log.info(Boot, "QuorumPeerConfig@437", format_args!("clientPortAddress is 127.0.0.1:{client}"));
        log.info(Boot, "QuorumPeerConfig@444", "secureClientPort is not set");
        log.knows_id = true;
        if config.is_standalone() {
            let what = "Either no config or no quorum defined in config, running in standalone mode";
            log.warn(Boot, "QuorumPeerMain@139", what);
            log.info(Boot, "ZooKeeperServerMain@123", "Starting server");
        } else {
            log.info(Boot, "QuorumPeerMain@152", format_args!("Starting quorum peer, myid={sid}"));
        }
        log.info(Boot, "NIOServerCnxnFactory@660", format_args!("binding to port /127.0.0.1:{client}"));
        if !config.is_standalone() {
            self.limits(settings);
        }
        let log = &mut self.log;
        let factor = size_factor(settings);
        log.info(Boot, "ZKDatabase@132", format_args!("zookeeper.snapshotSizeFactor = {factor}"));
        let count = settings.commit_log_count;
        log.info(Boot, "ZKDatabase@152", format_args!("zookeeper.commitLogCount={count}"));
    }

    fn limits(&mut self, settings: &Settings) {
        let log = &mut self.log;
        log.info(Boot, "QuorumPeer@1764", "Local sessions disabled");
        log.info(Boot, "QuorumPeer@1742", format_args!("tickTime set to {}", settings.tick_time));
        let least = settings.min_session_time().0;
        log.info(Boot, "QuorumPeer@1786", format_args!("minSessionTimeout set to {least}"));
        let most = settings.max_session_time().0;
        log.info(Boot, "QuorumPeer@1797", format_args!("maxSessionTimeout set to {most}"));
        log.info(Boot, "QuorumPeer@1822", format_args!("initLimit set to {}", settings.init_limit));
        log.info(Boot, "QuorumPeer@2009", format_args!("syncLimit set to {}", settings.sync_limit));
        let ticks = settings.connect_to_learner_master_limit;
        log.info(Boot, "QuorumPeer@2024", format_args!("connectToLearnerMasterLimit set to {ticks}"));
    }

    /// It has read its data (`QuorumPeer.loadDataBase`).
    pub(super) fn loads(&mut self, scene: &Scene<'_>) {
        let node = self.node(scene);
        if !node.config.verifier.is_member(self.log.sid) || !self.restores(scene, Boot) {
            return;
        }
        let disk = node.disk.storage();
        for (place, name, found) in [
            ("QuorumPeer@1158", "currentEpoch", disk.current_epoch),
            ("QuorumPeer@1186", "acceptedEpoch", disk.accepted_epoch),
        ] {
            if found.is_none() && !node.config.is_standalone() {
                let epoch = disk.last().unwrap_or_default().epoch();
                let what = format!(
                    "{name} not found! Creating with a reasonable default of {epoch}. This should only happen \
                     when you are upgrading your installation"
                );
                self.log.info(Boot, place, what);
            }
        }
    }

    /// The database is made of what is on disk; false if that is refused (`FileTxnSnapLog.restore`).
    pub(super) fn restores(&mut self, scene: &Scene<'_>, thread: Thread) -> bool {
        let disk = self.node(scene).disk.storage();
        let (state, replayed) = disk.restore();
        match disk.snapshots.last() {
            Some(file) => {
                let path = self.data_file(&format!("snapshot.{:x}", file.snapshot.zxid.0));
                self.log.info(thread, "FileSnap@85", format_args!("Reading snapshot {path}"));
            }
            None if disk.log.last().is_some() => return false,
            None => self.snapshotting(thread, state.zxid),
        }
        self.replayed(thread, replayed.len());
        let (zxid, digest) = (state.zxid, state.tree.digest() as i64);
        let what = format!("Snapshot loaded in 0 ms, highest zxid is {zxid}, digest is {digest}");
        self.log.info(thread, "ZKDatabase@289", what);
        true
    }

    /// `N txns loaded in … ms`; nothing where there was none (`FileTxnSnapLog.fastForwardFromEdits`).
    pub(super) fn replayed(&mut self, thread: Thread, count: usize) {
        if count > 0 {
            let what = format_args!("{count} txns loaded in 0 ms");
            self.log.info(thread, "FileTxnSnapLog@372", what);
        }
    }

    /// It is ready to look for others.
    pub(super) fn boot_decision(&mut self, scene: &Scene<'_>, decision: &Decision) -> bool {
        match decision {
            Decision::Booted { .. } => {
                let config = self.node(scene).config.clone();
                self.boots = false;
                if !config.is_standalone() {
                    self.listens(&config.settings);
                }
            }
            Decision::Standalone { .. } => {
                self.log.info(Boot, "ZKAuditProvider@42", "ZooKeeper audit is disabled.");
            }
            _ => return false,
        }
        true
    }

    fn listens(&mut self, settings: &Settings) {
        let (sid, address) = (self.log.sid.0, self.address(self.log.sid, Port::Election));
        let log = &mut self.log;
        // `QuorumPeer.createCnxnManager`: syncLimit ticks, unless quorumCnxnTimeoutMs says otherwise.
        let ms = settings.sync_time().0;
        log.info(Boot, "QuorumPeer@2591", format_args!("Using {ms}ms as the quorum cnxn socket timeout"));
        log.info(Boot, "QuorumCnxManager$Listener@924", "Election port bind maximum retries is 3");
        let least = settings.min_notification_interval;
        let what = format!("zookeeper.fastleader.minNotificationInterval = {least} ms");
        log.info(Boot, "FastLeaderElection@90", what);
        let most = settings.max_notification_interval;
        let what = format!("zookeeper.fastleader.maxNotificationInterval = {most} ms");
        log.info(Boot, "FastLeaderElection@92", what);
        log.info(Boot, "ZKAuditProvider@42", "ZooKeeper audit is disabled.");
        let what = format!("{sid} is accepting connections now, my election bind port: {address}");
        log.info(Listener, "QuorumCnxManager$Listener$ListenerHandler@1071", what);
    }
}
