//! A process ends by itself: why, and with what (`ServiceUtils.requestSystemExit`).

use super::line::Thread::{Boot, Peer};
use super::server::{Scene, Server};
use super::thrown::Thrown;
use zablab_protocol::{Exit, Port, SyncMode};

const LOADS: &str = "org.apache.zookeeper.server.quorum.QuorumPeer.loadDataBase(QuorumPeer.java:1175)";
const MAIN: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain.main(QuorumPeerMain.java:91)";

impl Server {
    pub(super) fn exits(&mut self, _: &Scene<'_>, exit: &Exit) {
        match exit {
            Exit::EpochsContradict { accepted, current } => {
                let (accepted, current) = (accepted.0, current.0);
                self.cannot_load(Thrown::Io(format!(
                    "The accepted epoch, {accepted} is less than the current epoch, {current}"
                )));
            }
            Exit::EpochBehindData { current, zxid } => {
                let (current, last) = (current.0, zxid.0);
                self.cannot_load(Thrown::Io(format!(
                    "The current epoch, {current}, is older than the last zxid, {last}"
                )));
            }
            Exit::NoSnapshot => {
                let what = "No snapshot found, but there are log entries. Something is broken!";
                self.cannot_load(Thrown::Io(what.to_owned()));
            }
            Exit::NotInPeerList { sid } => {
                let what = format!("My id {} not in the peer list", sid.0);
                self.dies_at_start(&Thrown::Runtime(what), None);
            }
            Exit::CannotListen { sid } => {
                let address = self.address(*sid, Port::Election);
                let what = format!(
                    "As I'm leaving the listener thread, I won't be able to participate in leader election any longer: {address}"
                );
                self.log.error(Peer, "QuorumCnxManager$Listener@987", what);
            }
            Exit::DiskFailed { .. } if self.boots => self.cannot_load(self.disk_error()),
            Exit::UnmatchedCommit { zxid, next } => {
                let what = format!("Committing zxid {zxid} but next pending txn {next}");
                self.log.error(Peer, "FollowerZooKeeperServer@104", what);
            }
            Exit::BadSyncPacket { packet } => {
                let what = format!("Got unexpected packet from leader: {packet}, exiting ... ");
                self.log.error(Peer, "Learner@609", what);
            }
            Exit::CannotTruncate { zxid } => {
                let what = format!("Not able to truncate the log {zxid}");
                self.log.error(Peer, "Learner@603", what);
            }
            Exit::TruncationFailed => {
                let thrown = self.disk_error();
                self.log.error(Peer, "FileTxnSnapLog@530", "Unable to truncate Txn log");
                let frame =
                    "org.apache.zookeeper.server.persistence.FileTxnLog.truncate(FileTxnLog.java:467)";
                self.log.thrown(&thrown, frame);
                if let Some((SyncMode::Trunc, zxid)) = self.course.mode {
                    let what = format!("Not able to truncate the log {zxid}");
                    self.log.error(Peer, "Learner@603", what);
                }
            }
            Exit::DiskFailed { .. } => self.log_thread_ends(),
            Exit::SnapshotFailed => {
                let (_, thread) = self.snapshot_thread(self.disk_error.0);
                let thrown = self.disk_error();
                self.log.error(thread, "ZooKeeperServer@541", "Severe unrecoverable error, exiting");
                let frame =
                    "org.apache.zookeeper.server.ZooKeeperServer.takeSnapshot(ZooKeeperServer.java:539)";
                self.log.thrown(&thrown, frame);
            }
        }
        let what = format!("Exiting JVM with code {}", exit.code());
        self.log.error(self.main_thread(), "ServiceUtils@42", what);
        self.is_killed();
    }

    /// `QuorumPeer.loadDataBase` refuses what it has read.
    fn cannot_load(&mut self, cause: Thrown) {
        self.log.error(Boot, "QuorumPeer@1200", "Unable to load database on disk");
        self.log.thrown(&cause, LOADS);
        self.dies_at_start(&Thrown::Runtime("Unable to run quorum server ".to_owned()), Some(&cause));
    }

    fn dies_at_start(&mut self, thrown: &Thrown, cause: Option<&Thrown>) {
        self.log.error(Boot, "QuorumPeerMain@114", "Unexpected exception, exiting abnormally");
        self.log.thrown(thrown, MAIN);
        if let Some(cause) = cause {
            self.log.caused_by(cause, LOADS);
        }
        self.log.info(Boot, "ZKAuditProvider@42", "ZooKeeper audit is disabled.");
    }
}
