//! How a leader brings a learner up to date, told by its handler (`LearnerHandler.syncFollower`).

use super::line::Thread::{self, Handler};
use super::server::{Scene, Server};
use super::zoo_cfg::size_factor;
use zablab_protocol::{Decision, Settings, Sid, Storage, SyncMode, SyncRule, Zxid};

impl Server {
    /// `LearnerHandler.syncFollower` and `queueCommittedProposals`, with what `ZKDatabase` says to them.
    pub(super) fn chooses_sync(&mut self, scene: &Scene<'_>, decision: &Decision) {
        let Decision::SyncChosen {
            learner,
            mode,
            rule,
            zxid,
            peer_last,
            last_processed,
            min_committed,
            max_committed,
            ..
        } = decision
        else {
            return;
        };
        let config = self.node(scene).config.clone();
        let settings = &config.settings;
        let (sid, from_disk) = (learner.0, settings.snapshot_size_factor >= 0);
        let thread = Handler(self.port_of(scene, *learner));
        let log = &mut self.log;
        if from_disk {
            let what = format!("On disk txn sync enabled with snapshotSizeFactor {}", size_factor(settings));
            log.info(thread, "ZKDatabase@345", what);
        } else {
            log.info(thread, "ZKDatabase@347", "On disk txn sync disabled");
        }
        let window = |max: Zxid, min: Zxid| {
            format!(
                "maxCommittedLog={max} minCommittedLog={min} lastProcessedZxid={last_processed} \
                 peerLastZxid={peer_last}"
            )
        };
        let what =
            format!("Synchronizing with Learner sid: {sid} {}", window(*max_committed, *min_committed));
        log.info(thread, "LearnerHandler@805", what);
        match rule {
            SyncRule::Forced => {
                let what = "Forcing snapshot sync - should not see this in production";
                log.warn(thread, "LearnerHandler@847", what);
            }
            SyncRule::InSync => {
                let what = format!("Sending DIFF zxid={zxid} for peer sid: {sid}");
                log.info(thread, "LearnerHandler@850", what);
            }
            // The real one keeps this to itself.
            SyncRule::LearnerAhead => {}
            SyncRule::Window | SyncRule::WindowDiverges => {
                let what = format!("Using committedLog for peer sid: {sid}");
                log.info(thread, "LearnerHandler@869", what);
                self.sends(thread, sid, (*mode, *zxid), *peer_last);
            }
            SyncRule::OtherEpoch => {
                let in_window = min_committed <= peer_last && peer_last <= max_committed;
                let (which, place) = match in_window {
                    true => ("Using committedLog", "LearnerHandler@869"),
                    false => ("Use txnlog and committedLog", "LearnerHandler@882"),
                };
                log.info(thread, place, format_args!("{which} for peer sid: {sid}"));
                let what = format!("Cannot send TRUNC to peer sid: {sid} peer zxid is from different epoch");
                log.warn(thread, "LearnerHandler@1001", what);
                let what = format!("Unhandled scenario for peer sid: {sid} fall back to use snapshot");
                log.error(thread, "LearnerHandler@932", what);
            }
            SyncRule::LogOnDisk => {
                let what = format!("Use txnlog and committedLog for peer sid: {sid}");
                log.info(thread, "LearnerHandler@882", what);
                self.sends(thread, sid, (*mode, *zxid), *peer_last);
            }
            SyncRule::LogTooShort => {
                // Of a log without any record the real one says nothing.
                if begins_above(self.node(scene).disk.storage(), *peer_last) {
                    let what = format!("Unable to find proposals from txnlog for zxid: {peer_last}");
                    self.log.warn(thread, "ZKDatabase@387", what);
                }
            }
            SyncRule::LogTooLarge => {
                let (size, limit) = self.sizes(scene, settings, *peer_last);
                let what = format!("Txnlog size: {size} exceeds sizeLimit: {limit}");
                self.log.info(thread, "ZKDatabase@397", what);
            }
            SyncRule::Gap => {
                let what = format!("Use txnlog and committedLog for peer sid: {sid}");
                log.info(thread, "LearnerHandler@882", what);
                let end = logged_before(self.node(scene).disk.storage(), *min_committed);
                let what = format!(
                    "Detected gap between end of txnlog: {end} and start of committedLog: {min_committed}"
                );
                self.log.info(thread, "LearnerHandler@886", what);
            }
            SyncRule::Unhandled => {
                // Where nothing is kept, the real one goes on with the last transaction for both ends.
                let empty = *max_committed == Zxid::ZERO;
                let both = (*last_processed, *last_processed);
                let (max, min) = if empty { both } else { (*max_committed, *min_committed) };
                let what = format!(
                    "Unhandled scenario for peer sid: {sid} {} txnLogSyncEnabled={from_disk}",
                    window(max, min)
                );
                log.warn(thread, "LearnerHandler@908", what);
            }
        }
    }

    /// The first packet of the stream is queued (`queueCommittedProposals`).
    fn sends(&mut self, thread: Thread, sid: i64, first: (SyncMode, Zxid), peer_last: Zxid) {
        let (mode, zxid) = first;
        let place = match mode {
            SyncMode::Trunc => "LearnerHandler@1005",
            _ if peer_last.is_new_epoch() => "LearnerHandler@988",
            _ => "LearnerHandler@977",
        };
        self.log.info(thread, place, format_args!("Sending {mode} zxid={zxid}  for peer sid: {sid}"));
    }

    /// How much log would have to be read, and how much may be.
    fn sizes(&self, scene: &Scene<'_>, settings: &Settings, peer_last: Zxid) -> (u64, u64) {
        let disk = self.node(scene).disk.storage();
        let file = disk.log.file_for(peer_last);
        let size = file.map_or(0, |file| disk.log.bytes_after(file, settings.pre_alloc_size));
        let snapshot = disk.snapshots.last().map_or(0, |file| file.snapshot.bytes());
        (size, snapshot * settings.snapshot_size_factor.unsigned_abs() / 1000)
    }

    /// A whole snapshot goes out (`LearnerHandler.run`).
    pub(super) fn sends_snapshot(&mut self, scene: &Scene<'_>, learner: Sid, zxids: [Zxid; 3]) {
        let [peer_last, last_proposed, zxid] = zxids;
        let exempt = match self.node(scene).config.verifier.is_voter(learner) {
            true => "exempt",
            false => "not exempt",
        };
        let what = format!(
            "Sending snapshot last zxid of peer is {peer_last}, zxid of leader is {last_proposed}, send zxid of \
             db as {zxid}, 1 concurrent snapshot sync, snapshot sync was {exempt} from throttle"
        );
        self.log.info(Handler(self.port_of(scene, learner)), "LearnerHandler@572", what);
    }
}

/// The last logged transaction below `zxid`.
fn logged_before(disk: &Storage, zxid: Zxid) -> Zxid {
    let txns = disk.log.txns();
    let below = txns.partition_point(|txn| txn.zxid < zxid);
    below.checked_sub(1).map_or(Zxid::ZERO, |at| txns[at].zxid)
}

/// Whether the log, read from `zxid` on, begins with something newer (`ZKDatabase.getProposalsFromTxnLog`).
fn begins_above(disk: &Storage, zxid: Zxid) -> bool {
    let file = disk.log.file_for(zxid).map(|file| disk.log.files()[file].first);
    file.and_then(|first| disk.log.txns().get(first)).is_some_and(|txn| txn.zxid > zxid)
}
